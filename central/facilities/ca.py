"""The device CA (機器認証局): P-256, issues the client certificates of enrolled appliances; and its own birth.

Not for cards: JPKI certificates are `central.trust`. Profile: RFC 5280, client authentication only, CN = device id.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.errors import OnshiError
from protocol.errors.central import CSR_WRONG
from protocol.errors.input_ import CREDENTIAL_WRONG

BACKDATED = timedelta(minutes=5)
"""Appliances' clocks may be a little behind."""


class Issued(NamedTuple):
    """A certificate just made."""

    der: bytes
    pem: bytes
    fingerprint: bytes
    """SHA-256 of ``der``."""
    serial: str
    not_after: datetime
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""


class SigningRequest(NamedTuple):
    """What a checked CSR says."""

    common_name: str
    key: EllipticCurvePublicKey

    @property
    def public_key(self) -> bytes:
        return spki(self.key)


def spki(key: EllipticCurvePublicKey) -> bytes:
    """SubjectPublicKeyInfo, DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_request(csr: bytes) -> SigningRequest:
    """A PEM or DER CSR whose own signature holds, with a P-256 key and one CN; else `OnshiError` (`CSR_WRONG`)."""
    try:
        load = x509.load_pem_x509_csr if b"-----BEGIN" in csr else x509.load_der_x509_csr
        request = load(csr)
        key = request.public_key()
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, InvalidSignature, x509.InvalidVersion) as wrong:
        raise OnshiError(CSR_WRONG, reason=type(wrong).__name__) from None
    if not signed:
        raise OnshiError(CSR_WRONG, reason="signature")
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise OnshiError(CSR_WRONG, reason="key is not P-256")
    if len(names) != 1 or not isinstance(names[0].value, str):
        raise OnshiError(CSR_WRONG, reason="one CN is needed")
    return SigningRequest(names[0].value, key)


class DeviceCa:
    """Issues device certificates. Made from the two credentials files."""

    def __init__(self, certificate: bytes, key: bytes, *, setting: str = "devices.ca_key") -> None:
        """PEM both; raises `OnshiError` (`CREDENTIAL_WRONG`) unless they belong together and the key is P-256.

        ``setting`` names the key's setting in that error.
        """
        try:
            self.certificate = x509.load_pem_x509_certificate(certificate)
            loaded = load_pem_private_key(key, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
            raise OnshiError(CREDENTIAL_WRONG, setting=setting, reason=type(wrong).__name__) from None
        if not isinstance(loaded, EllipticCurvePrivateKey) or not isinstance(loaded.curve, SECP256R1):
            raise OnshiError(CREDENTIAL_WRONG, setting=setting, reason="key is not P-256")
        if loaded.public_key() != self.certificate.public_key():
            raise OnshiError(CREDENTIAL_WRONG, setting=setting, reason="key and certificate differ")
        self._key = loaded

    def issue(self, request: SigningRequest, *, now: datetime, days: int) -> Issued:
        """A client certificate for the request's key; never beyond the CA's own last day."""
        not_after = min(now + timedelta(days=days), self.certificate.not_valid_after_utc).replace(microsecond=0)
        serial = x509.random_serial_number()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, request.common_name)]))
            .issuer_name(self.certificate.subject)
            .public_key(request.key)
            .serial_number(serial)
            .not_valid_before(now - BACKDATED)
            .not_valid_after(not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_signing_only(), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        der = certificate.public_bytes(Encoding.DER)
        return Issued(
            der=der,
            pem=certificate.public_bytes(Encoding.PEM),
            fingerprint=hashlib.sha256(der).digest(),
            serial=f"{serial:x}",
            not_after=not_after,
            public_key=request.public_key,
        )


def _signing_only(*, ca: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def make_ca(
    *,
    now: datetime,
    name: str = "Onshi device CA",
    days: int = 3650,
    new_key: Callable[[], EllipticCurvePrivateKey] = lambda: generate_private_key(SECP256R1()),
) -> tuple[bytes, bytes]:
    """A new CA: certificate and key, PEM both. The key is not encrypted: it belongs into a credentials file."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - BACKDATED)
        .not_valid_after(now.astimezone(UTC) + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signing_only(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
