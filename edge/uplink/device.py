"""The device key: P-256, made on the appliance, in a file that only its owner can read, and never overwritten.

The same key stands behind the client certificate, signs every document and seals the outbox. Facts: trust rules
("Two documents"), architecture ("Signing").
"""

import os
import stat
from pathlib import Path
from typing import Literal, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from protocol.errors import OnshiError, device
from protocol.visit import SignedDocument

_SEAL_DOMAIN = b"onshi outbox seal v1"


class DeviceKey:
    """A P-256 key and the device's name. ``repr`` shows neither."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, device_id: str) -> None:
        self._key = key
        self.device = device_id

    @classmethod
    def generate(cls, path: Path, device_id: str) -> Self:
        """Make a key at ``path`` (mode 0600, on disk when this returns).

        Raises ``DEVICE-004`` when a file is there, ``DEVICE-007`` when it cannot be written.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise OnshiError(device.KEY_EXISTS) from None
        except OSError as refused:
            raise OnshiError(device.DISK_FAILED, errno=refused.errno or 0) from None
        try:
            os.fchmod(descriptor, 0o600)
            os.write(descriptor, pem)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return cls(key, device_id)

    @classmethod
    def load(cls, path: Path, device_id: str) -> Self:
        """Read a key; raises ``DEVICE-001`` (missing), ``DEVICE-002`` (not a key), ``DEVICE-003`` (others can read)."""
        try:
            found = path.stat()
            data = path.read_bytes()
        except FileNotFoundError:
            raise OnshiError(device.KEY_MISSING) from None
        except OSError as refused:
            raise OnshiError(device.KEY_UNREADABLE, errno=refused.errno or 0) from None
        if stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid not in {os.geteuid(), 0}:
            raise OnshiError(device.KEY_EXPOSED, mode=oct(stat.S_IMODE(found.st_mode)))
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise OnshiError(device.KEY_UNREADABLE) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise OnshiError(device.KEY_UNREADABLE)
        return cls(key, device_id)

    def request(self) -> bytes:
        """A certificate signing request in PEM; its common name is the device id."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.device)])
        made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self._key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    def document(self, kind: Literal["visit", "consent"], payload: bytes) -> SignedDocument:
        """The payload in its envelope, signed with ECDSA SHA-256 (DER)."""
        signature = self._key.sign(payload, ec.ECDSA(hashes.SHA256()))
        return SignedDocument(kind=kind, device=self.device, payload=payload, signature=signature)

    def sealing_key(self) -> bytes:
        """32 bytes for AES-256-GCM, from the private number: the outbox opens on this appliance only."""
        secret = self._key.private_numbers().private_value.to_bytes(32, "big")
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_SEAL_DOMAIN).derive(secret)

    def check_certificate(self, path: Path) -> x509.Certificate:
        """The device certificate; raises ``DEVICE-005`` (missing) or ``DEVICE-006`` (another key or name)."""
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError):
            raise OnshiError(device.CERTIFICATE_MISSING) from None
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        theirs = certificate.public_key()
        ours = self._key.public_key()
        if [name.value for name in names] != [self.device] or theirs != ours:
            raise OnshiError(device.CERTIFICATE_NOT_OURS)
        return certificate
