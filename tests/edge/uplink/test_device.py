"""The device key: made once, readable by its owner only, and the certificate that belongs to it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from edge.enrolment import make_identity
from edge.uplink.device import DeviceKey
from protocol.errors import Fault, OnshiError, device
from tests.edge.fakes import NOW


def certificate(request: bytes, name: str | None = None) -> bytes:
    """Sign a request as the centre would."""
    asked = x509.load_pem_x509_csr(request)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) if name else asked.subject
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(asked.subject)
    builder = builder.public_key(asked.public_key()).serial_number(1)  # type: ignore[arg-type]
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_a_key_is_private_signs_and_is_never_overwritten(tmp_path: Path) -> None:
    made = make_identity(tmp_path / "identity", "dev-1")
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.key.parent.stat().st_mode & 0o777 == 0o700
    request = x509.load_pem_x509_csr(made.request.read_bytes())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=dev-1"
    key = DeviceKey.load(made.key, "dev-1")
    signed = key.document("visit", b"{}")
    public = request.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signed.signature, signed.payload, ec.ECDSA(hashes.SHA256()))
    assert (signed.kind, signed.device) == ("visit", "dev-1")
    before = made.key.read_bytes()
    with pytest.raises(OnshiError) as refused:
        make_identity(tmp_path / "identity", "dev-1")
    assert refused.value.fault.code == device.KEY_EXISTS.code
    assert made.key.read_bytes() == before


def test_the_sealing_key_is_the_devices_own_and_stays_the_same(tmp_path: Path) -> None:
    one = DeviceKey.generate(tmp_path / "one", "dev-1")
    other = DeviceKey.generate(tmp_path / "other", "dev-1")
    assert one.sealing_key() == DeviceKey.load(tmp_path / "one", "dev-1").sealing_key()
    assert one.sealing_key() != other.sealing_key()
    assert len(one.sealing_key()) == 32


def _pem(key: object) -> bytes:
    return key.private_bytes(  # type: ignore[attr-defined,no-any-return]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("data", "mode", "fault"),
    [
        (None, 0o600, device.KEY_MISSING),
        (b"rubbish", 0o600, device.KEY_UNREADABLE),
        (_pem(ec.generate_private_key(ec.SECP384R1())), 0o600, device.KEY_UNREADABLE),
        (_pem(rsa.generate_private_key(65537, 2048)), 0o600, device.KEY_UNREADABLE),
        (_pem(ec.generate_private_key(ec.SECP256R1())), 0o640, device.KEY_EXPOSED),
        (_pem(ec.generate_private_key(ec.SECP256R1())), 0o602, device.KEY_EXPOSED),
    ],
)
def test_a_key_that_is_none_is_refused(tmp_path: Path, data: bytes | None, mode: int, fault: Fault) -> None:
    path = tmp_path / "key"
    if data is not None:
        path.write_bytes(data)
        os.chmod(path, mode)
    with pytest.raises(OnshiError) as refused:
        DeviceKey.load(path, "dev-1")
    assert refused.value.fault.code == fault.code


def test_a_key_is_not_made_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OnshiError) as refused:
        DeviceKey.generate(tmp_path / "gone" / "key", "dev-1")
    assert refused.value.fault.code == device.DISK_FAILED.code
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OnshiError) as refused:
        make_identity(tmp_path / "file", "dev-1")
    assert refused.value.fault.code == device.DISK_FAILED.code


def test_the_certificate_must_be_of_this_key_and_name(tmp_path: Path) -> None:
    key = DeviceKey.generate(tmp_path / "key", "dev-1")
    other = DeviceKey.generate(tmp_path / "other", "dev-1")
    path = tmp_path / "certificate"
    path.write_bytes(certificate(key.request()))
    assert key.check_certificate(path).serial_number == 1
    for wrong in (certificate(other.request()), certificate(key.request(), "dev-2")):
        path.write_bytes(wrong)
        with pytest.raises(OnshiError) as refused:
            key.check_certificate(path)
        assert refused.value.fault.code == device.CERTIFICATE_NOT_OURS.code
    path.write_bytes(b"rubbish")
    with pytest.raises(OnshiError) as refused:
        key.check_certificate(path)
    assert refused.value.fault.code == device.CERTIFICATE_MISSING.code
