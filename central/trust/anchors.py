"""The pinned certification authorities: whom a card's certificate may come from, by purpose and generation.

Three generations share one name, so the issuer is found by key identifier and signature, never by name alone.
Not for fetching anchors: files are pinned by the operator. Facts: `my-number-card` reference 5.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from protocol.errors import OnshiError, trust

PRODUCTION = "JPKI"
"""Organisation name of the production hierarchy."""
TEST = "JPKI-TEST"
"""Organisation name of the official test hierarchy."""
LAB = "JPKI-LAB"
"""Organisation name of the hierarchy that our own toy cards use."""
PADDING = PKCS1v15()
HASH = SHA256()
READING = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
           x509.UnsupportedGeneralNameType, OverflowError, UserWarning)  # fmt: skip
"""What `cryptography` raises over bytes that are no good certificate (its warnings become errors in tests)."""


def key_identifier(key: RSAPublicKey) -> str:
    """SHA-1 over the public key bits (RFC 5280 4.2.1.2, method 1), lower-case hexadecimal.

    Computed from the key and never taken from an extension, so that no certificate chooses its own identity.
    """
    return hashlib.sha1(_key_bits(key), usedforsecurity=False).hexdigest()


def _key_bits(key: RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """One pinned CA certificate of one generation; there is one object for each, compared as such."""

    key_id: str
    organisation: str
    name: bytes
    """Subject as DER."""
    public_key: RSAPublicKey
    key_bits: bytes
    """The subjectPublicKey's content, over which key identifiers are hashed."""
    not_before: datetime
    not_after: datetime
    certificate: x509.Certificate

    def signed(self, signature: bytes, content: bytes) -> bool:
        """Whether this key made this sha256WithRSA signature."""
        try:
            self.public_key.verify(signature, content, PADDING, HASH)
        except InvalidSignature:
            return False
        return True


def _anchor(der: bytes) -> Anchor:
    certificate = x509.load_der_x509_certificate(der)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError("the key of an anchor must be RSA of at least 2048 bits")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    if not constraints.ca or not usage.key_cert_sign:
        raise ValueError("not a CA certificate")
    return Anchor(
        key_id=key_identifier(key),
        organisation=organisation(certificate.subject),
        name=certificate.subject.public_bytes(),
        public_key=key,
        key_bits=_key_bits(key),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        certificate=certificate,
    )


def organisation(name: x509.Name) -> str:
    """The O attribute, or an empty string."""
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    value = found[0].value if found else ""
    return value if isinstance(value, str) else ""


class Anchors:
    """The anchors of one purpose (利用者証明用 or 署名用), looked up by key identifier or name.

    ``hierarchies`` are the accepted organisation names; test hierarchies only when they are named here.
    Raises `OnshiError` (`ANCHOR_WRONG`) for bytes that may not be an anchor.
    """

    def __init__(self, ders: Iterable[bytes], *, hierarchies: Collection[str] = (PRODUCTION,)) -> None:
        self.hierarchies = frozenset(hierarchies)
        self._by_key: dict[str, Anchor] = {}
        self._by_name: dict[bytes, list[Anchor]] = {}
        for der in ders:
            self._pin(der)

    @classmethod
    def from_files(cls, paths: Iterable[Path], *, hierarchies: Collection[str] = (PRODUCTION,)) -> "Anchors":
        """Pins DER (or PEM) files; a file that cannot be read stops the start as `ANCHOR_WRONG`."""
        ders = []
        for path in paths:
            try:
                content = path.read_bytes()
                if content.startswith(b"-----BEGIN"):
                    content = x509.load_pem_x509_certificate(content).public_bytes(Encoding.DER)
            except (OSError, *READING) as wrong:
                raise OnshiError(trust.ANCHOR_WRONG, file=path.name, reason=str(wrong)) from None
            ders.append(content)
        return cls(ders, hierarchies=hierarchies)

    def _pin(self, der: bytes) -> None:
        try:
            anchor = _anchor(der)
        except (*READING, x509.ExtensionNotFound) as wrong:
            raise OnshiError(trust.ANCHOR_WRONG, reason=str(wrong)) from None
        if anchor.organisation not in self.hierarchies:
            raise OnshiError(trust.ANCHOR_WRONG, reason="hierarchy", organisation=anchor.organisation)
        if anchor.key_id not in self._by_key:
            self._by_name.setdefault(anchor.name, []).append(anchor)
        self._by_key[anchor.key_id] = anchor
        found = anchor.certificate.extensions
        try:
            stated = found.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
        except x509.ExtensionNotFound:
            return
        self._by_key.setdefault(stated, anchor)

    def __iter__(self) -> Iterator[Anchor]:
        return iter({anchor.key_id: anchor for anchor in self._by_key.values()}.values())

    def by_key(self, key_id: str) -> Anchor | None:
        return self._by_key.get(key_id)

    def by_name(self, name: bytes) -> list[Anchor]:
        """All generations with this subject (DER)."""
        return self._by_name.get(name, [])
