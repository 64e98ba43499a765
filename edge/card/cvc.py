"""Card-verifiable certificates (7F21) and the municipality's signatures over 券面AP files: parsing and a verdict.

The verdict is for tools and screens; the centre verifies for itself and trusts no appliance in this. Facts:
`my-number-card` reference, section 3 ("Signature of 0002", "CV certificate").
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from edge.card import tlv
from edge.card.port import SurfaceOpening
from protocol.errors import OnshiError, card

KEY_ID_LENGTH = 16
BODY_LENGTH = 297
"""Two key ids and an RSA-2048 public key."""
MODULUS_BITS = 2048
THREE_DIGESTS = bytes.fromhex("3071300d060960864801650304020105000460")
"""DigestInfo with the SHA-256 identifier around 96 bytes: what DF28 signs, unlike any standard signature."""


class Verdict(StrEnum):
    """What the signature over a card-surface file is worth."""

    GENUINE = "genuine"
    """The file fits the issuer's key, and a given CA key signed that key."""
    ISSUER_UNKNOWN = "issuer_unknown"
    """The file fits the issuer's key; the CA key that should have signed it was not given."""
    ISSUER_FORGED = "issuer_forged"
    """The CA key is known and did not sign the issuer's certificate."""
    FORGED = "forged"
    """The file was not signed by the issuer's key."""


@dataclass(frozen=True)
class CvCertificate:
    """A municipality's key as certified. Key ids are 16 bytes; ``body`` is what the CA signed."""

    authority: bytes
    subject: bytes
    key: rsa.RSAPublicKey
    body: bytes
    signature: bytes


def parse(raw: bytes) -> CvCertificate:
    """A 7F21 object. Raises `OnshiError` (`card.GARBLED`)."""
    inside = tlv.children(raw, 0x7F21)
    body = tlv.want(inside, 0x5F4E).value
    if len(body) != BODY_LENGTH:
        raise OnshiError(card.GARBLED, step="7F21", length=len(body))
    return CvCertificate(
        authority=body[:KEY_ID_LENGTH],
        subject=body[KEY_ID_LENGTH : 2 * KEY_ID_LENGTH],
        key=public_key(body[2 * KEY_ID_LENGTH :]),
        body=body,
        signature=tlv.want(inside, 0x5F37).value,
    )


def public_key(raw: bytes) -> rsa.RSAPublicKey:
    """An RSA-2048 key from its objects 90 (exponent) and 91 (modulus), as in DF12, DF24 and 5F4E."""
    parts = {part.tag: part.value for part in tlv.each(raw)}
    exponent = int.from_bytes(parts.get(0x90, b""), "big")
    modulus = int.from_bytes(parts.get(0x91, b""), "big")
    if modulus.bit_length() != MODULUS_BITS:
        raise OnshiError(card.GARBLED, step="public key", length=modulus.bit_length())
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise OnshiError(card.GARBLED, step="public key") from None


def card_key(opening: SurfaceOpening) -> rsa.RSAPublicKey:
    """The card-surface public key of an opened file: DF12 of 0001, DF24 of 0002."""
    objects = {part.tag: part for part in tlv.each(opening.attributes)}
    return public_key(tlv.want(objects, 0xDF12 if opening.file == "0001" else 0xDF24).value)


def verdict(opening: SurfaceOpening, authorities: Mapping[bytes, rsa.RSAPublicKey]) -> Verdict:
    """Check the file against its issuer and the issuer against the CA keys by key id (16 bytes).

    Raises `OnshiError` (`card.GARBLED`) for a certificate that is none.
    """
    issuer = parse(opening.issuer)
    if not _file_fits(opening, issuer.key):
        return Verdict.FORGED
    authority = authorities.get(issuer.authority)
    if authority is None:
        return Verdict.ISSUER_UNKNOWN
    fits = _fits(authority, issuer.signature, issuer.body)
    return Verdict.GENUINE if fits else Verdict.ISSUER_FORGED


def signed_by(key: rsa.RSAPublicKey, signature: bytes, digest: bytes) -> bool:
    """Whether ``signature`` is PKCS#1 v1.5 over this SHA-256 by ``key``: the card is here, not a copy of its files."""
    try:
        key.verify(signature, digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _file_fits(opening: SurfaceOpening, issuer: rsa.RSAPublicKey) -> bool:
    if opening.file == "0001":
        return _fits(issuer, opening.signature, opening.attributes)
    expected = THREE_DIGESTS + hashlib.sha256(opening.attributes).digest() + b"".join(opening.digests)
    try:
        recovered = issuer.recover_data_from_signature(opening.signature, padding.PKCS1v15(), None)
    except InvalidSignature:
        return False
    return recovered == expected


def _fits(key: rsa.RSAPublicKey, signature: bytes, data: bytes) -> bool:
    return signed_by(key, signature, hashlib.sha256(data).digest())
