"""From bytes to a validated 利用者証明用 certificate: issuer by signature, usage, policy, key, and where it stands.

Not for revocation (`revocation`). Order: read → issuer → signature → profile; what is forged is never looked at
further. Facts: `my-number-card` reference 5, trust rules "Certificates", RFC 5280.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from central.trust import tlv
from central.trust.anchors import LAB, READING, TEST, Anchor, Anchors, organisation
from central.trust.days import grace_end, japan_day, notice_from
from protocol.errors import OnshiError, trust
from protocol.visit import CertificateStanding, CertificateState

AUTHENTICATION_POLICY = "1.2.392.200149.8.5.1.3.30"
"""certificatePolicies of the 利用者証明用 certificate."""
MAX_CERTIFICATE = 16384
"""Octets; real ones have about 1,600."""
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
    }
)
"""Extensions that may be critical: everything in them that matters here is judged, the names identify nobody."""
_CLIENT = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_PADDING = PKCS1v15()
_PREHASHED = Prehashed(SHA256())


@dataclass(frozen=True, slots=True)
class CertificateId:
    """What a certificate is: its issuer's key and its serial, never the serial alone. Both hexadecimal, lower case."""

    issuer_key_id: str
    serial: str

    def __str__(self) -> str:
        return f"{self.issuer_key_id}:{self.serial}"


def serial_text(serial: int) -> str:
    """A serial number as it is stored and compared: lower-case hexadecimal without leading zeros."""
    return f"{serial:x}"


@dataclass(frozen=True, slots=True, eq=False)
class AuthenticationCertificate:
    """A 利用者証明用 certificate whose issuer, signature and profile are good; not yet its time or status."""

    id: CertificateId
    digest: str
    """SHA-256 of the DER, hexadecimal."""
    public_key: RSAPublicKey
    not_before: datetime
    not_after: datetime
    """Its own end, or its issuer's if that comes first: an expired CA vouches for nobody."""
    issuer: Anchor
    certificate: x509.Certificate

    @property
    def last_day(self) -> date:
        """Japan time; real certificates end at 23:59:59."""
        return japan_day(self.not_after)

    @property
    def grace_until(self) -> date:
        return grace_end(self.last_day)

    def expired(self, now: datetime) -> bool:
        return now > self.not_after

    def standing(self, now: datetime) -> CertificateStanding:
        """Where it stands in time. Raises CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED (past grace)."""
        if now < self.not_before:
            raise OnshiError(trust.CERTIFICATE_NOT_YET_VALID, certificate=str(self.id))
        today = japan_day(now)
        if today > self.grace_until:
            raise OnshiError(trust.CERTIFICATE_EXPIRED, certificate=str(self.id))
        if self.expired(now):
            state = CertificateState.GRACE
        elif today >= notice_from(self.last_day):
            state = CertificateState.EXPIRING
        else:
            state = CertificateState.VALID
        return CertificateStanding(state=state, last_day=self.last_day, grace_until=self.grace_until)

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether the card's authentication key signed this SHA-256 (PKCS#1 v1.5 with DigestInfo)."""
        return signed_digest(self.public_key, signature, digest)


def signed_digest(key: RSAPublicKey, signature: bytes, digest: bytes) -> bool:
    """PKCS#1 v1.5 verification of a ready SHA-256 digest."""
    try:
        key.verify(signature, digest, _PADDING, _PREHASHED)
    except InvalidSignature:
        return False
    return True


class CertificateReader:
    """Reads certificates under pinned anchors.

    ``policies`` are the allowed policy identifiers; ``signature_anchors`` (署名用) only serve to say what is wrong
    when the other certificate of the card was sent.
    """

    def __init__(
        self,
        anchors: Anchors,
        *,
        policies: Collection[str] = (AUTHENTICATION_POLICY,),
        signature_anchors: Anchors | None = None,
    ) -> None:
        self._anchors = anchors
        self._policies = frozenset(policies)
        self._signature_anchors = signature_anchors

    def read(self, der: bytes) -> AuthenticationCertificate:
        """The certificate; every refusal is an `OnshiError` with a CERTIFICATE_… fault."""
        if not 0 < len(der) <= MAX_CERTIFICATE:
            raise OnshiError(trust.CERTIFICATE_UNREADABLE, reason="length")
        digest = hashlib.sha256(der).hexdigest()
        try:
            certificate = x509.load_der_x509_certificate(der)
            extensions = certificate.extensions
            serial = certificate.serial_number
            issuer = self._issuer(certificate, extensions)
            key = self._profile(extensions, certificate.public_key(), serial)
            not_before, not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        except READING as wrong:
            raise OnshiError(trust.CERTIFICATE_UNREADABLE, reason=type(wrong).__name__) from None
        return AuthenticationCertificate(
            id=CertificateId(issuer.key_id, serial_text(serial)),
            digest=digest,
            public_key=key,
            not_before=not_before,
            not_after=min(not_after, issuer.not_after),
            issuer=issuer,
            certificate=certificate,
        )

    def _issuer(self, certificate: x509.Certificate, extensions: x509.Extensions) -> Anchor:
        """The pinned anchor that signed it; with a key identifier exactly one signature is tried."""
        name = _issuer_name(certificate.tbs_certificate_bytes)
        stated = _authority_key_id(extensions)
        anchors = _generations(self._anchors, name, stated)
        if not anchors:
            raise self._stranger(certificate, name, stated)
        if certificate.signature_algorithm_oid != SignatureAlgorithmOID.RSA_WITH_SHA256:
            raise OnshiError(trust.CERTIFICATE_PROFILE, reason="signature-algorithm")
        for anchor in anchors:
            if anchor.signed(certificate.signature, certificate.tbs_certificate_bytes):
                return anchor
        raise OnshiError(trust.CERTIFICATE_FORGED, issuer=anchors[0].key_id)

    def _stranger(self, certificate: x509.Certificate, name: bytes, stated: str | None) -> OnshiError:
        """What to say about a certificate that names no pinned anchor."""
        for anchor in _generations(self._signature_anchors, name, stated) if self._signature_anchors else ():
            if anchor.signed(certificate.signature, certificate.tbs_certificate_bytes):
                return OnshiError(trust.CERTIFICATE_WRONG_USAGE, reason="signature-certificate")
        if organisation(certificate.issuer) in {TEST, LAB} - self._anchors.hierarchies:
            return OnshiError(trust.CERTIFICATE_TEST_CA)
        return OnshiError(trust.CERTIFICATE_OTHER_CA)

    def _profile(self, extensions: x509.Extensions, key: object, serial: int) -> RSAPublicKey:
        """Usage, policy and key as a 利用者証明用 certificate has them; what cannot be understood is refused."""
        unknown = [one.oid.dotted_string for one in extensions if one.critical and one.oid not in _UNDERSTOOD]
        if unknown:
            raise OnshiError(trust.CERTIFICATE_PROFILE, reason="critical-extension", oid=unknown[0])
        if not isinstance(key, RSAPublicKey) or key.key_size != 2048 or key.public_numbers().e != 65537:
            raise OnshiError(trust.CERTIFICATE_PROFILE, reason="key")
        if serial <= 0:
            raise OnshiError(trust.CERTIFICATE_PROFILE, reason="serial")
        if not _only_authenticates(extensions):
            raise OnshiError(trust.CERTIFICATE_WRONG_USAGE)
        policies = _value(extensions, x509.CertificatePolicies) or ()
        if self._policies.isdisjoint(policy.policy_identifier.dotted_string for policy in policies):
            raise OnshiError(trust.CERTIFICATE_POLICY)
        return key


E = TypeVar("E", bound=x509.ExtensionType)


def _value(extensions: x509.Extensions, kind: type[E]) -> E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _authority_key_id(extensions: x509.Extensions) -> str | None:
    found = _value(extensions, x509.AuthorityKeyIdentifier)
    return found.key_identifier.hex() if found is not None and found.key_identifier else None


def _issuer_name(tbs: bytes) -> bytes:
    """The issuer's name as it stands in the TBS: [0] version, serial, algorithm, **issuer** (RFC 5280 4.1)."""
    at = tlv.read(tbs, 0, len(tbs)).start
    for expected in (0xA0, 0x02, 0x30):
        span = tlv.read(tbs, at, len(tbs))
        if span.tag != expected:
            raise tlv.Malformed("not a version 3 certificate")
        at = span.stop
    return tbs[at : tlv.read(tbs, at, len(tbs)).stop]


def _generations(anchors: Anchors, name: bytes, stated: str | None) -> list[Anchor]:
    """The anchors that may have signed: the one whose key is stated, else all of this name.

    A stated key that is not pinned under a pinned name is another CA (or a generation not pinned yet), so nothing
    is tried and nothing is called forged.
    """
    if stated is None:
        return anchors.by_name(name)
    anchor = anchors.by_key(stated)
    return [anchor] if anchor is not None and anchor.name == name else []


def _only_authenticates(extensions: x509.Extensions) -> bool:
    """keyUsage critical and digitalSignature alone; not a CA; an extended usage allows client authentication."""
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return False
    bits = usage.value
    other = (
        bits.content_commitment, bits.key_encipherment, bits.data_encipherment, bits.key_agreement,
        bits.key_cert_sign, bits.crl_sign,
    )  # fmt: skip
    if not usage.critical or not bits.digital_signature or any(other):
        return False
    constraints = _value(extensions, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        return False
    extended = _value(extensions, x509.ExtendedKeyUsage)
    return extended is None or not _CLIENT.isdisjoint(extended)
