"""Certificates of the world's own wires: the centre's TLS certificate and the CA of the devices. P-256 throughout.

Not the cards' certificates: those are the J-LIS stand-in's (`sandbox.jlis`). Written once as PEM beside their keys,
and again when they come near their end.
"""

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.world.keys import KeyCache

YEARS = timedelta(days=1825)
_BOTH_SIDES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
"""The centre is a client too, of its broker."""
LEFT = timedelta(days=30)
"""Written anew when less than this is left."""


def authority(keys: KeyCache, name: str, common_name: str, now: datetime) -> Path:
    """A self-signed CA certificate; its key is ``name`` in the cache. Gives the PEM's path."""
    path = keys.folder / f"{name}.crt"
    if _good(path, now):
        return path
    key = keys.p256(name)
    subject = _name(common_name)
    made = (
        _builder(subject, subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def server(keys: KeyCache, name: str, issuer: str, hosts: tuple[str, ...], now: datetime) -> Path:
    """A server certificate for these names and addresses, signed by the CA whose key is ``issuer``."""
    path = keys.folder / f"{name}.crt"
    if _good(path, now):
        return path
    ca_key = keys.p256(issuer)
    ca = x509.load_pem_x509_certificate((keys.folder / f"{issuer}.crt").read_bytes())
    made = (
        _builder(_name(hosts[0]), ca.subject, keys.p256(name).public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_BOTH_SIDES), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, SHA256())
    )
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def _good(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_before_utc <= now and now + LEFT < certificate.not_valid_after_utc


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Onshi sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + YEARS)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
