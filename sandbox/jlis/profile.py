"""Certificates of holders: what stands in a 利用者証明用 and a 署名用 certificate, and until when they are valid.

Facts: `my-number-card` reference, section 5. No extended key usage and no OCSP address: both are unconfirmed there.
Inferred: 29 February counts as the 28th in other years; the directory name of the distribution point.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from protocol import eras
from sandbox.jlis.authority import PUBLISHED_NAME, Authority, Purpose, distribution_point, usage

CPS = "http://www.jpki.go.jp/cps.html"
POLICIES = {
    Purpose.AUTHENTICATION: x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30"),
    Purpose.SIGNATURE: x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20"),
}
USAGES = {
    Purpose.AUTHENTICATION: usage("digital_signature"),
    Purpose.SIGNATURE: usage("digital_signature", "content_commitment"),
}
ATTRIBUTES_ARC = "1.2.392.200149.8.5.5."
UTC_BEHIND_JAPAN = timedelta(hours=9)


@dataclass(frozen=True, kw_only=True)
class SignatureAttributes:
    """The four attributes in a 署名用 certificate, as otherNames. ``sex`` 1 male, 2 female, 3 unknown.

    The maps say which characters of name and address were put in place of others; empty where none was.
    """

    name: str
    name_map: str = ""
    sex: str
    birth: date
    address: str
    address_map: str = ""

    def general_names(self) -> list[x509.GeneralName]:
        values = (self.name, self.name_map, self.sex, _era_day(self.birth), self.address, self.address_map)
        return [
            x509.OtherName(x509.ObjectIdentifier(f"{ATTRIBUTES_ARC}{number}"), _utf8(value))
            for number, value in enumerate(values, start=1)
            if value
        ]


def _utf8(text: str) -> bytes:
    """A DER UTF8String."""
    octets = text.encode()
    size = len(octets)
    if size < 0x80:
        head = bytes((size,))
    elif size < 0x100:
        head = bytes((0x81, size))
    else:
        head = b"\x82" + size.to_bytes(2, "big")
    return b"\x0c" + head + octets


def _era_day(day: date) -> str:
    """``EYYYYMMDD``: the era's digit before the Gregorian date."""
    return f"{eras.era_of(day).digit}{day:%Y%m%d}"


def birthday(birth: date, year: int) -> date:
    """The birthday in that year; 29 February counts as the 28th where there is none."""
    try:
        return birth.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def last_day(birth: date, issued: date, card_expiry: date | None = None) -> date:
    """The fifth birthday after the day of issue, never past the card's own end."""
    first = birthday(birth, issued.year)
    fifth = birthday(birth, issued.year + (5 if first <= issued else 4))
    return min(fifth, card_expiry) if card_expiry else fifth


def end_of_day(day: date) -> datetime:
    """23:59:59 Japan time: ``14:59:59Z``."""
    return datetime.combine(day, time(23, 59, 59), UTC) - UTC_BEHIND_JAPAN


def start_of_business(day: date) -> datetime:
    """10:00 Japan time: when a municipality's counter issues."""
    return datetime.combine(day, time(10), UTC) - UTC_BEHIND_JAPAN


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """The variable parts of a holder's certificate. The odd values exist for certificates that must be refused."""

    purpose: Purpose
    serial: int
    common_name: str
    issued: date
    last_day: date
    usage: x509.KeyUsage
    policy: x509.ObjectIdentifier
    attributes: SignatureAttributes | None = None


def sign_leaf(
    leaf: Leaf, key: rsa.RSAPublicKey, authority: Authority, signer: rsa.RSAPrivateKey | None = None
) -> x509.Certificate:
    """The certificate under ``authority``; another ``signer`` makes it a forgery."""
    policy = x509.PolicyInformation(leaf.policy, [CPS])
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.COMMON_NAME, leaf.common_name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(leaf.serial)
        .not_valid_before(start_of_business(leaf.issued))
        .not_valid_after(end_of_day(leaf.last_day))
        .add_extension(leaf.usage, critical=True)
        .add_extension(x509.CertificatePolicies([policy]), critical=True)
        .add_extension(x509.IssuerAlternativeName([PUBLISHED_NAME]), critical=False)
        .add_extension(distribution_point(authority.organisation, leaf.purpose), critical=False)
        .add_extension(authority.authority_key_identifier, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if leaf.attributes:
        names = x509.SubjectAlternativeName(leaf.attributes.general_names())
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer or authority.key, hashes.SHA256())
