"""The card's applications as tables: every file that is known, what opens it, and where its content comes from.

Facts: `my-number-card` reference, section 2. 住基AP is left out: nothing but its AID is public. Physical file
sizes, contents of the unknown files (filler) and the access of the 入力補助 key are inferred.
"""

from sandbox.card import attributes, pictures, surface
from sandbox.card.model import (
    Always,
    Application,
    ElementaryFile,
    PrivateKey,
    Records,
    Secret,
    Transparent,
    any_of,
)
from sandbox.card.personalisation import CardPersonalisation, Token
from sandbox.card.tlv import tlv
from sandbox.card.virtual import ISD

JPKI_AID = bytes.fromhex("D392F000260100000001")
SURFACE_AID = bytes.fromhex("D3921000310001010402")
ATTRIBUTES_AID = bytes.fromhex("D3921000310001010408")
COMMON_AID = bytes.fromhex("D3921000310001010100")

FREE, NEVER = Always.FREE, Always.NEVER
CERTIFICATE_SIZE = 2048
UNKNOWN_SIZE = 64


def _filled(content: bytes) -> int:
    """A physical size with filler behind the content: up to the next multiple of 256, at least 16 bytes."""
    return (len(content) + 16 + 255) // 256 * 256


def _secret(card: CardPersonalisation, name: str, value: str | None, limit: int, **rest: int) -> Secret:
    """A credential; without a value it is as on a card that never got one: used up, and unguessable."""
    lengths = (rest["shortest"], rest["longest"]) if rest else None
    made = Secret((value or "\x00" * 17).encode(), limit, lengths)
    if value is None or name in card.blocked:
        made.block()
    return made


def token_information(token: Token, serial: str) -> bytes:
    """JPKI ``0006``: CK_TOKEN_INFO with 32-bit big-endian numbers, 160 bytes, text padded with blanks."""
    text = token.value.ljust(32) + "JPKI".ljust(32) + "JPKI".ljust(16) + serial[:16].ljust(16)
    numbers = (0x0000040D, 0, 0, 0, 0, 16, 4, *(4 * [0xFFFFFFFF]))
    packed = b"".join(number.to_bytes(4, "big") for number in numbers)
    return text.encode() + packed + bytes.fromhex("01000100") + b" " * 16


def jpki(card: CardPersonalisation) -> Application:
    """公的個人認証AP."""
    have = bytes((0x8F if der else 0x00) for der in (card.signature_certificate, card.authentication_certificate))
    # A telephone shows its authentication certificate only after the PIN; a card to anybody.
    certificate_access = FREE if card.token is Token.CARD else any_of(0x18)
    files: dict[int, ElementaryFile] = {
        0x01: Transparent(card.signature_certificate or b"", any_of(0x1B), CERTIFICATE_SIZE),
        0x02: Transparent(card.signature_ca, FREE, CERTIFICATE_SIZE),
        0x06: Transparent(token_information(card.token, card.serial), FREE),
        0x08: Transparent(have + b"\x00", FREE),
        0x09: Transparent(b"", NEVER, UNKNOWN_SIZE),
        0x0A: Transparent(card.authentication_certificate or b"", certificate_access, CERTIFICATE_SIZE),
        0x0B: Transparent(card.authentication_ca, FREE, CERTIFICATE_SIZE),
        0x16: Transparent(b"", NEVER, UNKNOWN_SIZE),
        0x17: PrivateKey(card.authentication_key, any_of(0x18)),
        0x18: _secret(card, "pin", card.pin, 3, shortest=4, longest=4),
        0x1A: PrivateKey(card.signature_key, any_of(0x1B)),
        0x1B: _secret(card, "signature", card.signature_password, 5, shortest=6, longest=16),
    }
    return Application(JPKI_AID, "jpki", files, change_header=bytes.fromhex("002401"))


def surface_application(card: CardPersonalisation) -> Application:
    """券面AP."""
    card_key = card.surface_key.public_key()
    birth = surface.birth_file(card.issuer, card.birth, card_key)
    face = surface.face_file(
        card.issuer,
        card_key,
        birth=card.birth,
        sex=card.sex,
        name_png=pictures.text_png(card.name, 480),
        address_png=pictures.text_png(card.address, 900),
        photo=card.photo or b"",
        expiry=card.expiry,
        code_png=pictures.text_png(card.security_code, 120),
    )
    number = surface.number_file(card.issuer, card_key, pictures.text_png(card.individual_number, 300))
    basic = surface.basic_information(0xFF30, card.issuer, card.municipality)
    files: dict[int, ElementaryFile] = {
        0x01: Transparent(birth, any_of(0x11), _filled(birth)),
        0x02: Transparent(face, any_of(0x12, 0x13), _filled(face)),
        0x03: Transparent(basic, FREE, _filled(basic)),
        0x04: Transparent(card.issuer.certificate, FREE, _filled(card.issuer.certificate)),
        0x05: Transparent(number, any_of(0x13), _filled(number)),
        0x06: Transparent(b"", any_of(0x12, 0x13), UNKNOWN_SIZE),
        0x11: _secret(card, "birth", card.birth_digits, 10),
        0x12: _secret(card, "number_b", card.number_b, 10),
        0x13: _secret(card, "number_a", card.individual_number, 10),
        0x1A: PrivateKey(card.surface_key, FREE),
    }
    return Application(SURFACE_AID, "surface", files, default_key=0x1A)


def attributes_application(card: CardPersonalisation) -> Application:
    """券面事項入力補助AP. Its counters are its own: a try here does not count in 券面AP."""
    number = attributes.number_file(card.individual_number)
    four = attributes.four_attributes(card.name, card.address, card.birth, card.sex)
    signature = attributes.signature_file(card.attributes_issuer, number, four)
    basic = surface.basic_information(0xFF40, card.attributes_issuer, card.municipality)
    certificate = card.attributes_issuer.certificate
    pin, a, b = 0x11, 0x14, 0x15
    as_issued = Secret(b"\x00" * 17, 3)
    as_issued.block()
    files: dict[int, ElementaryFile] = {
        0x01: Transparent(number, any_of(pin, a), 17),
        0x02: Transparent(four, any_of(pin, b), _filled(four)),
        0x03: Transparent(signature, any_of(pin, a, b), _filled(signature)),
        0x04: Transparent(certificate, FREE, _filled(certificate)),
        0x05: Transparent(basic, FREE, _filled(basic)),
        0x06: Transparent(b"", any_of(pin, a, b), UNKNOWN_SIZE),
        0x07: Transparent(b"", any_of(pin, a, b), UNKNOWN_SIZE),
        0x11: _secret(card, "attributes_pin", card.attributes_pin, 3, shortest=4, longest=4),
        0x12: as_issued,
        0x13: PrivateKey(None, any_of(pin, a, b)),
        0x14: _secret(card, "attributes_number_a", card.individual_number, 10),
        0x15: _secret(card, "attributes_number_b", card.number_b, 10),
    }
    change = bytes.fromhex("002401")
    return Application(ATTRIBUTES_AID, "attributes", files, default_key=0x13, change_header=change)


def common(card: CardPersonalisation) -> Application:
    """共通カードAP: the card's number. Its internal-authentication key has no public half anywhere."""
    record = b"\x01\x1c" + f"{card.serial}{card.municipality}{card.expiry:%Y%m%d}".encode()
    files: dict[int, ElementaryFile] = {
        0x01: Records((record,), FREE),
        0x19: PrivateKey(card.surface_key, FREE),
        0x1C: _secret(card, "common", card.attributes_pin, 3, shortest=4, longest=4),
    }
    return Application(
        COMMON_AID,
        "common",
        files,
        change_header=bytes.fromhex("803200"),
        internal_authentication_key=0x19,
    )


def issuer_security_domain(card: CardPersonalisation, atr: bytes) -> Application:
    """The application of the power-on state: data objects only. That each comes as a TLV is inferred."""
    objects = {
        0x0045: tlv(0x45, card.serial.encode()),
        0x00F0: tlv(0xF0, card.municipality.encode()),
        0x00F2: tlv(0xF2, f"{card.expiry:%Y%m%d}".encode()),
        0x00F8: tlv(0xF8, card.issuer.certificate),
        0x7F21: card.issuer.certificate,
        0x5F51: tlv(0x5F51, atr[1:]),
    }
    return Application(ISD, "isd", objects=objects)
