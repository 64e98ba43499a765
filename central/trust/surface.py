"""The signed card surface (券面AP): municipality's certificate → signed objects → the card's own key → its signature.

Proves that a genuine chip was present and what birth date, sex and photo digest the municipality signed into it;
not whose certificate lies on the same card (`presence`). Facts: `my-number-card` reference 2.2 and 3.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from central.trust import tlv
from central.trust.anchors import HASH, LAB, PADDING, PRODUCTION, TEST
from central.trust.certificates import signed_digest
from protocol.errors import OnshiError, trust
from protocol.visit import SurfaceEvidence

KEY_ID = 16
_BODY = 297
"""Octets of a CV certificate's body: two key ids, exponent, RSA-2048 modulus."""
_HIERARCHY = {ord("5"): PRODUCTION, ord("6"): TEST, ord("9"): LAB}
"""First digit of a CA key id; 9 is ours."""
_DIGEST_INFO_96 = bytes.fromhex("3071300d060960864801650304020105000460")
"""DigestInfo with the identifier of SHA-256 and an OCTET STRING of 96 octets: the form of DF28."""


class SurfaceAnchors:
    """The pinned CA keys of the card surface, by their 16-octet key id; a key of another application is not here.

    Raises `OnshiError` (ANCHOR_WRONG) for a key that is not RSA-2048 or of a hierarchy that is not accepted.
    """

    def __init__(self, keys: Mapping[bytes, RSAPublicKey], *, hierarchies: Collection[str] = (PRODUCTION,)) -> None:
        self.hierarchies = frozenset(hierarchies)
        for key_id, key in keys.items():
            if len(key_id) != KEY_ID or key.key_size != 2048:
                raise OnshiError(trust.ANCHOR_WRONG, reason="surface key")
            if _HIERARCHY.get(key_id[0]) not in self.hierarchies:
                raise OnshiError(trust.ANCHOR_WRONG, reason="hierarchy", key_id=key_id.hex())
        self._keys = dict(keys)
        self._issuer = lru_cache(maxsize=4096)(self._certified)

    @classmethod
    def from_files(cls, paths: Iterable[Path], *, hierarchies: Collection[str] = (PRODUCTION,)) -> "SurfaceAnchors":
        """Pins files named by their key id in hexadecimal (32 digits), each a SubjectPublicKeyInfo in DER or PEM."""
        keys: dict[bytes, RSAPublicKey] = {}
        for path in paths:
            try:
                content = path.read_bytes()
                load = load_pem_public_key if content.startswith(b"-----BEGIN") else load_der_public_key
                key = load(content)
                key_id = bytes.fromhex(path.stem)
            except (OSError, ValueError, UnsupportedAlgorithm) as wrong:
                raise OnshiError(trust.ANCHOR_WRONG, file=path.name, reason=type(wrong).__name__) from None
            if not isinstance(key, RSAPublicKey):
                raise OnshiError(trust.ANCHOR_WRONG, file=path.name, reason="surface key")
            keys[key_id] = key
        return cls(keys, hierarchies=hierarchies)

    def issuer(self, certificate: bytes) -> RSAPublicKey:
        """The municipality's key out of its CV certificate (券面AP 0004); there are some 1,700, so they are remembered.

        Raises EVIDENCE_UNREADABLE, SURFACE_ISSUER_UNKNOWN, SURFACE_ISSUER_TEST, SURFACE_ISSUER_FORGED.
        """
        return self._issuer(certificate)

    def _certified(self, certificate: bytes) -> RSAPublicKey:
        try:
            body, signature = tlv.exactly(tlv.exactly(certificate, 0x7F21)[0], 0x5F4E, 0x5F37)
            if len(body) != _BODY:
                raise tlv.Malformed("body")
            subject = public_key(body[2 * KEY_ID :])
        except tlv.Malformed:
            raise OnshiError(trust.EVIDENCE_UNREADABLE, object="0004") from None
        authority = body[:KEY_ID]
        key = self._keys.get(authority)
        if key is None:
            hierarchy = _HIERARCHY.get(authority[0])
            test = hierarchy in (TEST, LAB) and hierarchy not in self.hierarchies
            fault = trust.SURFACE_ISSUER_TEST if test else trust.SURFACE_ISSUER_UNKNOWN
            raise OnshiError(fault, key_id=authority.hex())
        if not _signed(key, signature, body):
            raise OnshiError(trust.SURFACE_ISSUER_FORGED, key_id=authority.hex())
        return subject


@dataclass(frozen=True, slots=True)
class Surface:
    """What the municipality signed into this chip."""

    birth_date: date
    sex: str | None
    """``1`` male, ``2`` female, ``0`` or ``9`` without meaning (JIS X 0303); only from 0002."""
    photo: str | None
    """SHA-256 of the whole DF27 object, hexadecimal; only from 0002."""
    key: RSAPublicKey
    """The card-surface key (DF12, DF24)."""

    @property
    def key_digest(self) -> str:
        """SHA-256 of the key's SubjectPublicKeyInfo, hexadecimal: what a binding remembers."""
        return hashlib.sha256(self.key_spki).hexdigest()

    @property
    def key_spki(self) -> bytes:
        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether the card-surface key signed this SHA-256 (internal authentication)."""
        return signed_digest(self.key, signature, digest)


def read(evidence: SurfaceEvidence, anchors: SurfaceAnchors) -> Surface:
    """The signed objects, with the chain up to a pinned CA key; the card's own signature is not judged here.

    Raises EVIDENCE_UNREADABLE, SURFACE_FORGED and what `SurfaceAnchors.issuer` raises.
    """
    issuer = anchors.issuer(evidence.issuer)
    if evidence.file == "0001":
        birth, key = _objects(evidence.attributes, 0xDF11, 0xDF12)
        genuine = _signed(issuer, evidence.signature, evidence.attributes)
        sex, photo = None, None
    else:
        birth, sex_octet, key = _objects(evidence.attributes, 0xDF22, 0xDF23, 0xDF24)
        sex, photo = _sex(sex_octet), _photo(evidence.digests)
        signed = hashlib.sha256(evidence.attributes).digest() + b"".join(evidence.digests)
        genuine = _recovers(issuer, evidence.signature, _DIGEST_INFO_96 + signed)
    if not genuine:
        raise OnshiError(trust.SURFACE_FORGED, object="DF13" if evidence.file == "0001" else "DF28")
    try:
        return Surface(_day(birth), sex, photo, public_key(key))
    except tlv.Malformed as wrong:
        raise OnshiError(trust.EVIDENCE_UNREADABLE, object=evidence.file, reason=str(wrong)) from None


def _objects(content: bytes, *tags: int) -> tuple[bytes, ...]:
    try:
        return tlv.exactly(content, *tags)
    except tlv.Malformed as wrong:
        raise OnshiError(trust.EVIDENCE_UNREADABLE, object="attributes", reason=str(wrong)) from None


def _sex(octet: bytes) -> str:
    if octet not in (b"0", b"1", b"2", b"9"):
        raise OnshiError(trust.EVIDENCE_UNREADABLE, object="DF23")
    return octet.decode()


def _photo(digests: tuple[bytes, ...]) -> str:
    if any(len(digest) != 32 for digest in digests):
        raise OnshiError(trust.EVIDENCE_UNREADABLE, object="digests")
    return digests[1].hex()


def _day(digits: bytes) -> date:
    text = digits.decode("ascii", "replace")
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise tlv.Malformed("birth date")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise tlv.Malformed("birth date") from None


def public_key(objects: bytes) -> RSAPublicKey:
    """An RSA-2048 key as cards write it: ``90`` exponent, ``91`` modulus. Raises `Malformed`."""
    exponent, modulus = tlv.exactly(objects, 0x90, 0x91)
    numbers = RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
    if numbers.e != 65537 or numbers.n.bit_length() != 2048:
        raise tlv.Malformed("not an RSA-2048 key with exponent 65537")
    try:
        return numbers.public_key()
    except ValueError as wrong:
        raise tlv.Malformed(str(wrong)) from None


def _signed(key: RSAPublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content, PADDING, HASH)
    except InvalidSignature:
        return False
    return True


def _recovers(key: RSAPublicKey, signature: bytes, wanted: bytes) -> bool:
    """Whether the signature holds exactly these octets under PKCS#1 v1.5 padding, as no standard verify call checks."""
    try:
        return key.recover_data_from_signature(signature, PADDING, None) == wanted
    except InvalidSignature:
        return False
