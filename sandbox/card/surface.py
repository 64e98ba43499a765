"""Files of 券面AP: birth date, card face, basic information, 個人番号 as a picture.

Facts: `my-number-card` reference, 2.2 and 3 (DF28: a DigestInfo with a 96-byte OCTET STRING). Inferred: the
encoding of the card's public key in DF12/DF24/DF42 (the objects 90 and 91 of the CV certificate), what DF35
holds (CA key id and a signature over the objects before it), and an empty DF27 on a card without a photo.
"""

import hashlib
from datetime import date

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from sandbox.card.tlv import indexed, tlv
from sandbox.jlis.cvc import SurfaceIssuer, public_key_objects


def _day(day: date) -> bytes:
    return f"{day:%Y%m%d}".encode()


def _signed(issuer: SurfaceIssuer, objects: bytes) -> bytes:
    return issuer.key.sign(objects, padding.PKCS1v15(), hashes.SHA256())


def birth_file(issuer: SurfaceIssuer, birth: date, card_key: rsa.RSAPublicKey) -> bytes:
    """``0001``: FF10 {DF11 birth date, DF12 card public key, DF13 signature over both}."""
    objects = tlv(0xDF11, _day(birth)) + tlv(0xDF12, public_key_objects(card_key))
    return tlv(0xFF10, objects, tlv(0xDF13, _signed(issuer, objects)))


_DIGEST_INFO_OF_THREE = bytes.fromhex("3071300D060960864801650304020105000460")
"""DigestInfo with the SHA-256 identifier around 96 bytes."""


def face_signature(issuer: SurfaceIssuer, attributes: bytes, pictures: bytes, photo: bytes) -> bytes:
    """DF28 over three digests: DF22‖DF23‖DF24, DF25‖DF26, DF27, each over whole objects."""
    digests = b"".join(hashlib.sha256(part).digest() for part in (attributes, pictures, photo))
    return issuer.key.sign(_DIGEST_INFO_OF_THREE + digests, padding.PKCS1v15(), utils.NoDigestInfo())


def face_file(
    issuer: SurfaceIssuer,
    card_key: rsa.RSAPublicKey,
    *,
    birth: date,
    sex: str,
    name_png: bytes,
    address_png: bytes,
    photo: bytes,
    expiry: date,
    code_png: bytes,
) -> bytes:
    """``0002``, the card face. DF29 (expiry) and DF2A (security code) stand outside the signature."""
    attributes = [
        tlv(0xDF22, _day(birth)),
        tlv(0xDF23, sex.encode()),
        tlv(0xDF24, public_key_objects(card_key)),
    ]
    pictures = [tlv(0xDF25, name_png), tlv(0xDF26, address_png)]
    face = tlv(0xDF27, photo)
    signature = face_signature(issuer, b"".join(attributes), b"".join(pictures), face)
    unsigned = [tlv(0xDF29, _day(expiry)), tlv(0xDF2A, code_png)]
    return indexed(0xFF20, 0xDF21, [*attributes, *pictures, face, tlv(0xDF28, signature), *unsigned])


def basic_information(outer: int, issuer: SurfaceIssuer, municipality: str) -> bytes:
    """``0003`` of 券面AP (FF30) and ``0005`` of 入力補助AP: who issued, and with which key."""
    first = outer - 0xFF00 | 0xDF01
    objects = (
        tlv(first, bytes.fromhex("06030E01"))
        + tlv(first + 1, issuer.key_id)
        + tlv(first + 2, b"\x01")
        + tlv(first + 3, municipality.encode())
    )
    return tlv(outer, objects, tlv(first + 4, issuer.certificate[10:26] + _signed(issuer, objects)))


def number_file(issuer: SurfaceIssuer, card_key: rsa.RSAPublicKey, number_png: bytes) -> bytes:
    """``0005``: FF40 {DF41 個人番号 as a picture, DF42 key, DF43 signature}. Opens with 照合番号A only."""
    objects = tlv(0xDF41, number_png) + tlv(0xDF42, public_key_objects(card_key))
    return tlv(0xFF40, objects, tlv(0xDF43, _signed(issuer, objects)))
