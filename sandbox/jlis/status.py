"""Revocation lists (once a day) and OCSP answers of the J-LIS stand-in, as bytes; no server here.

Facts: `my-number-card` reference, section 5; RFC 5280 5, RFC 6960. Inferred: a list holds for 36 hours; the
responder goes on answering for expired certificates for the time of the grace period (J-LIS: not public).
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from sandbox.jlis.authority import GENERATIONS, Authority, Purpose, delegate
from sandbox.jlis.profile import UTC_BEHIND_JAPAN
from sandbox.jlis.register import Issued
from sandbox.jlis.world import JlisWorld

LIST_HOLDS = timedelta(hours=36)
ANSWER_HOLDS = timedelta(minutes=15)
UNSPECIFIED = x509.ReasonFlags.unspecified


def published(now: datetime) -> datetime:
    """When the list in force at a moment was made: at the last midnight in Japan."""
    japan = now.astimezone(UTC) + UTC_BEHIND_JAPAN
    return japan.replace(hour=0, minute=0, second=0, microsecond=0) - UTC_BEHIND_JAPAN


def revocation_list(world: JlisWorld, authority: Authority, at: datetime) -> bytes:
    """The list of one generation as made at that moment."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + LIST_HOLDS)
        .add_extension(authority.authority_key_identifier, critical=False)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for certificate, revoked in world.register.listed(authority.key_id, at):
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial).revocation_date(revoked.at)
        if revoked.reason is not UNSPECIFIED:
            entry = entry.add_extension(x509.CRLReason(revoked.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Responder:
    """Answers OCSP requests with a key delegated by each generation.

    ``retention``: how long after its end a certificate is still answered for.
    """

    def __init__(self, world: JlisWorld, *, retention: timedelta = timedelta(days=130)) -> None:
        self._world = world
        self.retention = retention
        self._delegated: dict[str, x509.Certificate] = {}
        self._by_hash: dict[str, dict[bytes, Authority]] = {}

    def answer(self, request: bytes, *, age: timedelta = timedelta()) -> bytes:
        """The DER of the answer, thisUpdate ``age`` ago; bad requests get the protocol's own refusals."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
            serial, key_hash = asked.serial_number, asked.issuer_key_hash
        except (ValueError, NotImplementedError):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        authority = self._authorities(asked.hash_algorithm).get(key_hash)
        if authority is None:
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return self._about(asked, authority, serial, age)

    def _authorities(self, algorithm: hashes.HashAlgorithm) -> dict[bytes, Authority]:
        """All generations of both purposes by the hash of their key."""
        if algorithm.name not in self._by_hash:
            every = [self._world.authority(purpose, one) for purpose in Purpose for one in GENERATIONS]
            self._by_hash[algorithm.name] = {_key_hash(one, algorithm): one for one in every}
        return self._by_hash[algorithm.name]

    def _about(self, asked: ocsp.OCSPRequest, authority: Authority, serial: int, age: timedelta) -> bytes:
        this_update = self._world.clock() - age
        status, revoked_at, reason = self._state(self._world.register.find(authority.key_id, serial), this_update)
        delegated = self._delegate(authority)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                asked.issuer_name_hash,
                asked.issuer_key_hash,
                serial,
                asked.hash_algorithm,
                status,
                this_update,
                this_update + ANSWER_HOLDS,
                revoked_at,
                reason,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, delegated)
            .certificates([delegated])
        )
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(self._world.responder_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _state(
        self, certificate: Issued | None, at: datetime
    ) -> tuple[ocsp.OCSPCertStatus, datetime | None, x509.ReasonFlags | None]:
        if certificate is None or at > certificate.not_after + self.retention:
            return ocsp.OCSPCertStatus.UNKNOWN, None, None
        revoked = self._world.register.revocation(certificate, at)
        if revoked is None:
            return ocsp.OCSPCertStatus.GOOD, None, None
        return ocsp.OCSPCertStatus.REVOKED, revoked.at, None if revoked.reason is UNSPECIFIED else revoked.reason

    def _delegate(self, authority: Authority) -> x509.Certificate:
        now = self._world.clock()
        held = self._delegated.get(authority.key_id)
        if held is None or not held.not_valid_before_utc <= now < held.not_valid_after_utc:
            serial = self._world.draw.serial("responder", authority.key_id, now.isoformat())
            held = delegate(authority, self._world.responder_key.public_key(), serial, now)
            self._delegated[authority.key_id] = held
        return held


def _key_hash(authority: Authority, algorithm: hashes.HashAlgorithm) -> bytes:
    bits = authority.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    digest = hashes.Hash(algorithm)
    digest.update(bits)
    return digest.finalize()


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)
