"""The lab's certification authorities: user authentication and signature, three generations each under one name.

Facts: `my-number-card` reference, section 5. The third name component is ours (O=JPKI-LAB); the official test name
(O=JPKI-TEST) and a stranger's CA exist for certificates that must be refused. Not for leaves (`sandbox.jlis.profile`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

GENERATIONS = (1, 2, 3)
YEARS = 10


class Purpose(StrEnum):
    """Which of the two authorities; the value is the OU of its name."""

    AUTHENTICATION = "JPKI for user authentication"
    SIGNATURE = "JPKI for digital signature"

    @property
    def slug(self) -> str:
        """The short name in URLs, files and key names."""
        return self.name.lower()


class Organisation(StrEnum):
    """O of the authority's name."""

    LAB = "JPKI-LAB"
    TEST = "JPKI-TEST"
    OTHER = "Some Other Authority"


PUBLISHED_NAME = x509.DirectoryName(
    x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "公的個人認証サービス"),
        ]
    )
)
"""The service's Japanese name: SAN of the authorities, issuerAltName of the leaves."""


def _name(organisation: Organisation, *units: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation.value),
            *(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units),
        ]
    )


def authority_name(organisation: Organisation, purpose: Purpose) -> x509.Name:
    """The one distinguished name that all generations share."""
    return _name(organisation, purpose.value, "Japan Agency for Local Authority Information Systems")


def distribution_point(organisation: Organisation, purpose: Purpose) -> x509.CRLDistributionPoints:
    """A directory name only: no address in the certificate says where the list is."""
    name = _name(organisation, purpose.value, "CRL Distribution Points")
    return x509.CRLDistributionPoints([x509.DistributionPoint([x509.DirectoryName(name)], None, None, None)])


def usage(*names: str) -> x509.KeyUsage:
    """keyUsage with exactly these bits."""
    bits = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{bit: bit in names for bit in bits})


@dataclass(frozen=True)
class Authority:
    """One generation of one authority, with its key."""

    purpose: Purpose
    organisation: Organisation
    generation: int
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_identifier(self) -> x509.SubjectKeyIdentifier:
        return x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())

    @property
    def key_id(self) -> str:
        """SHA-1 of the key bits in hexadecimal: with a serial, the identity of a certificate."""
        return self.key_identifier.digest.hex()

    @property
    def authority_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self.key_identifier)


def span(generation: int, today: date) -> tuple[datetime, datetime]:
    """From when to when a generation lives, seen from the world's day: 1 has ended, 3 outlives what it issues today."""
    year = today.year - 4 * (len(GENERATIONS) + 1 - generation)
    end = datetime(year + YEARS, 1, 16, tzinfo=UTC) - timedelta(hours=9, seconds=1)
    return datetime(year, 1, 15, 15, tzinfo=UTC), end


def found(
    purpose: Purpose, organisation: Organisation, generation: int, key: rsa.RSAPrivateKey, serial: int, today: date
) -> Authority:
    """Make one self-signed authority. The same arguments give the same bytes."""
    name = authority_name(organisation, purpose)
    begin, end = span(generation, today)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([PUBLISHED_NAME]), critical=False)
        .add_extension(distribution_point(organisation, purpose), critical=False)
        .add_extension(own, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(purpose, organisation, generation, key, certificate)


def delegate(authority: Authority, key: ec.EllipticCurvePublicKey, serial: int, now: datetime) -> x509.Certificate:
    """The certificate of an OCSP responder, delegated by this generation (RFC 6960, 4.2.2.2), for 30 days."""
    subject = _name(authority.organisation, authority.purpose.value, "OCSP Responder")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(authority.authority_key_identifier, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
