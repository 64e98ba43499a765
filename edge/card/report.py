"""Everything that one card tells, in one object: what `onshi edge card` prints.

Spends no try that it was not handed: counters are free, and a secret is shown only when it was given. Not part of a
visit.
"""

import hashlib
from collections.abc import Callable, Mapping

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from edge.card import cvc
from edge.card.calls import CallingSession
from edge.card.credentials import zero
from edge.card.port import Attributes, CardIssue, Credential, PhotoFacts, SurfaceOpening, Tries
from protocol.errors import OnshiError, card


class Certificates(msgspec.Struct, frozen=True, kw_only=True):
    """DER, base64 in JSON; null where the card has none (or, on a telephone, hides it until the PIN)."""

    authentication: bytes | None
    authentication_ca: bytes | None
    signature_ca: bytes | None


class CountersLeft(msgspec.Struct, frozen=True, kw_only=True):
    """Tries left; null where the card has no such credential or does not limit it."""

    pin: int | None
    signature_password: int | None
    number_b: int | None
    birth: int | None
    attributes_number_b: int | None


class PinProof(msgspec.Struct, frozen=True, kw_only=True):
    """The PIN was right. ``signature_fits``: the card signed a fresh value and its certificate verifies it."""

    signature_fits: bool


class SurfaceReport(msgspec.Struct, frozen=True, kw_only=True):
    """An opened card-surface file with the verdict on its signature."""

    file: str
    birth_date: str
    sex: str | None
    expiry: str | None
    verdict: cvc.Verdict
    authority: str
    """Key id of the CA that is named as the issuer's, in hexadecimal."""
    issuer: str
    """Key id of the municipality, in hexadecimal."""
    chip_present: bool
    """The card signed a fresh value with the key that this file names: it is no copy of the file."""
    photo: PhotoFacts | None
    photo_digest: str | None


class CardReport(msgspec.Struct, frozen=True, kw_only=True):
    """What lay on the reader. ``age`` needs the birth date, ``face`` and ``attributes`` 照合番号B, ``pin`` the PIN."""

    reader: str
    atr: str
    token: str
    has_authentication_certificate: bool
    has_signature_certificate: bool
    certificates: Certificates
    counters: CountersLeft
    issue: CardIssue | None
    age: SurfaceReport | None = None
    face: SurfaceReport | None = None
    attributes: Attributes | None = None
    pin: PinProof | None = None


async def read(
    session: CallingSession,
    reader: str,
    secrets: Mapping[Credential, bytearray],
    *,
    authorities: Mapping[bytes, rsa.RSAPublicKey],
    random: Callable[[int], bytes],
) -> CardReport:
    """Read the card. Raises `OnshiError` at the first refusal, also of a secret that was given."""
    identity = await session.identify()
    counters = await session.counters()
    age = face = None
    attributes = None
    if Credential.BIRTH in secrets:
        opening = await session.open_surface(Credential.BIRTH, secrets[Credential.BIRTH])
        age = await _surface(session, opening, authorities, random)
    if Credential.NUMBER_B in secrets:
        again = bytearray(secrets[Credential.NUMBER_B])
        try:
            opening = await session.open_surface(Credential.NUMBER_B, secrets[Credential.NUMBER_B])
            face = await _surface(session, opening, authorities, random)
            attributes = await session.attributes(again)
        finally:
            zero(again)
    issue = await _issue(session)
    pin = None
    if Credential.PIN in secrets:
        await session.verify_pin(secrets[Credential.PIN])
        digest = hashlib.sha256(random(32)).digest()
        signature = await session.sign_authentication(digest)
        pin = PinProof(signature_fits=_fits(await session.authentication_certificate(), signature, digest))
    authentication = await _authentication_certificate(session)
    authorities_on_card = await session.ca_certificates()
    return CardReport(
        reader=reader,
        atr=identity.atr.hex(),
        token=identity.token,
        has_authentication_certificate=identity.has_authentication_certificate,
        has_signature_certificate=identity.has_signature_certificate,
        certificates=Certificates(
            authentication=authentication,
            authentication_ca=authorities_on_card.authentication,
            signature_ca=authorities_on_card.signature,
        ),
        counters=CountersLeft(
            pin=_left(counters.pin),
            signature_password=_left(counters.signature_password),
            number_b=_left(counters.number_b),
            birth=_left(counters.birth),
            attributes_number_b=_left(counters.attributes_number_b),
        ),
        issue=issue,
        age=age,
        face=face,
        attributes=attributes,
        pin=pin,
    )


async def _surface(
    session: CallingSession,
    opening: SurfaceOpening,
    authorities: Mapping[bytes, rsa.RSAPublicKey],
    random: Callable[[int], bytes],
) -> SurfaceReport:
    digest = hashlib.sha256(random(32)).digest()
    issuer = cvc.parse(opening.issuer)
    return SurfaceReport(
        file=opening.file,
        birth_date=opening.birth_date,
        sex=opening.sex,
        expiry=opening.expiry,
        verdict=cvc.verdict(opening, authorities),
        authority=issuer.authority.hex(),
        issuer=issuer.subject.hex(),
        chip_present=cvc.signed_by(cvc.card_key(opening), await session.sign_surface(digest), digest),
        photo=opening.photo,
        photo_digest=opening.photo_digest,
    )


async def _authentication_certificate(session: CallingSession) -> bytes | None:
    try:
        return await session.authentication_certificate()
    except OnshiError as refused:
        if refused.fault in (card.CERTIFICATE_MISSING, card.PIN_NEEDED):
            return None
        raise


async def _issue(session: CallingSession) -> CardIssue | None:
    try:
        return await session.issue()
    except OnshiError as refused:
        if refused.fault is card.SURFACE_MISSING:
            return None
        raise


def _fits(certificate: bytes, signature: bytes, digest: bytes) -> bool:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        return False
    return isinstance(key, rsa.RSAPublicKey) and cvc.signed_by(key, signature, digest)


def _left(tries: Tries | None) -> int | None:
    return tries.left if tries is not None else None
