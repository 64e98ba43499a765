"""Asking the responder for one certificate's status, and judging its answer. Not for deciding (`revocation`).

An answer counts when the issuing CA or a responder that it delegated signed it, it is about this certificate, and
its thisUpdate is at most 15 minutes old. Facts: RFC 6960, trust rules "Certificates".
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from central.trust.anchors import PADDING, READING, Anchor
from central.trust.certificates import AuthenticationCertificate, CertificateId
from central.trust.crl import Revocation
from protocol.errors import OnshiError, trust

MAX_AGE = timedelta(minutes=15)
"""How old an answer's thisUpdate may be."""
SKEW = timedelta(minutes=2)
"""How far the responder's clock may be ahead of ours."""
MAX_ANSWER = 65536
CACHE = 100_000
"""Certificates whose last answer is kept: about 15 minutes of the nation's peak on one machine."""
PAUSE = 5.0
"""Seconds for which a responder that failed is not asked, so that its silence costs no visit its time."""
NONCE = 16
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_REASONS = {flag: number for number, flag in enumerate((
    x509.ReasonFlags.unspecified, x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise,
    x509.ReasonFlags.affiliation_changed, x509.ReasonFlags.superseded, x509.ReasonFlags.cessation_of_operation,
    x509.ReasonFlags.certificate_hold, None, x509.ReasonFlags.remove_from_crl,
    x509.ReasonFlags.privilege_withdrawn, x509.ReasonFlags.aa_compromise,
))}  # fmt: skip
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """A checked answer. ``known`` False: the responder does not know the certificate."""

    id: CertificateId
    this_update: datetime
    known: bool
    revocation: Revocation | None

    def fresh(self, now: datetime) -> bool:
        return now - self.this_update <= MAX_AGE


def request(certificate: AuthenticationCertificate, nonce: bytes | None) -> bytes:
    """The DER of an OCSP request for one certificate."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate.certificate,
        certificate.issuer.certificate,
        hashes.SHA1(),  # noqa: S303 - the CertID of RFC 6960, an index and no signature
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def judge(
    der: bytes,
    certificate: AuthenticationCertificate,
    now: datetime,
    *,
    nonce: bytes | None = None,
    revoked: Callable[[int], bool] = lambda serial: False,
) -> OcspAnswer:
    """The answer about this certificate. Raises `OnshiError` (OCSP_WRONG) with a ``reason``.

    ``revoked`` tells whether a delegated responder's own serial stands on its issuer's list. A nonce that comes
    back must be ours; a responder that signs in advance sends none.
    """
    try:
        return _judge(der, certificate, now, nonce, revoked)
    except (*READING, InvalidSignature, x509.ExtensionNotFound) as wrong:
        reason = str(wrong) if isinstance(wrong, _Refused) else type(wrong).__name__
        raise OnshiError(trust.OCSP_WRONG, certificate=str(certificate.id), reason=reason) from None


class _Refused(ValueError):
    pass


def _judge(
    der: bytes,
    certificate: AuthenticationCertificate,
    now: datetime,
    nonce: bytes | None,
    revoked: Callable[[int], bool],
) -> OcspAnswer:
    response = ocsp.load_der_ocsp_response(der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise _Refused(f"responder says {response.response_status.name.lower()}")
    _signature(response, certificate.issuer, now, revoked)
    if nonce is not None:
        for extension in response.extensions:
            if isinstance(extension.value, x509.OCSPNonce) and extension.value.nonce != nonce:
                raise _Refused("other nonce")
    single = _about(response, certificate)
    if single is None:
        raise _Refused("other certificate")
    this_update, next_update = single.this_update_utc, single.next_update_utc
    if this_update > now + SKEW or now - this_update > MAX_AGE or (next_update is not None and next_update <= now):
        raise _Refused("outside its time")
    revocation = None
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        at = single.revocation_time_utc or this_update
        revocation = Revocation(certificate.certificate.serial_number, at, _REASONS.get(single.revocation_reason, 0))
    known = single.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN
    return OcspAnswer(certificate.id, this_update, known, revocation)


def _about(response: ocsp.OCSPResponse, certificate: AuthenticationCertificate) -> ocsp.OCSPSingleResponse | None:
    issuer = certificate.issuer
    for single in response.responses:
        algorithm = single.hash_algorithm.name
        if algorithm not in ("sha1", "sha256"):
            continue
        name = hashlib.new(algorithm, issuer.name).digest()
        key = hashlib.new(algorithm, issuer.key_bits).digest()
        if (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
            certificate.certificate.serial_number,
            name,
            key,
        ):
            return single
    return None


def _signature(response: ocsp.OCSPResponse, issuer: Anchor, now: datetime, revoked: Callable[[int], bool]) -> None:
    """Signed by the issuing CA itself or by a responder to which it gave id-kp-OCSPSigning."""
    key = _delegate(response, issuer, now, revoked) or issuer.public_key
    algorithm = response.signature_hash_algorithm
    if not isinstance(algorithm, _HASHES):
        raise _Refused("signature algorithm")
    if isinstance(key, RSAPublicKey):
        key.verify(response.signature, response.tbs_response_bytes, PADDING, algorithm)
    else:
        key.verify(response.signature, response.tbs_response_bytes, ECDSA(algorithm))


def _delegate(
    response: ocsp.OCSPResponse, issuer: Anchor, now: datetime, revoked: Callable[[int], bool]
) -> RSAPublicKey | EllipticCurvePublicKey | None:
    """The key of the delegated responder that the answer names; None where it names the issuer itself."""
    name, key_hash = response.responder_name, response.responder_key_hash
    if key_hash is not None and key_hash.hex() == issuer.key_id:
        return None
    for certificate in response.certificates:
        if (
            key_hash is not None
            and x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest != key_hash
        ):
            continue
        if name is not None and certificate.subject != name:
            continue
        return _responder_key(certificate, issuer, now, revoked)
    if name is not None and name.public_bytes() == issuer.name:
        return None
    raise _Refused("unknown responder")


def _responder_key(
    certificate: x509.Certificate, issuer: Anchor, now: datetime, revoked: Callable[[int], bool]
) -> RSAPublicKey | EllipticCurvePublicKey:
    key = certificate.public_key()
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if (
        certificate.issuer.public_bytes() != issuer.name
        or not isinstance(certificate.signature_hash_algorithm, _HASHES)
        or not issuer.signed(certificate.signature, certificate.tbs_certificate_bytes)
        or ExtendedKeyUsageOID.OCSP_SIGNING not in usage
        or not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        or revoked(certificate.serial_number)
        or not isinstance(key, RSAPublicKey | EllipticCurvePublicKey)
    ):
        raise _Refused("responder is not delegated by the issuer")
    return key


class OcspClient:
    """Asks one responder over a kept connection; the last answer of each certificate serves for 15 minutes.

    ``session`` keeps the connections and belongs to the caller. ``nonce`` gives random octets, or None for
    responders that sign in advance. ``timeout`` in seconds, all of the exchange.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        nonce: Callable[[int], bytes] | None,
        timeout: float = 0.4,
        revoked: Callable[[str, int], bool] = lambda issuer, serial: False,
    ) -> None:
        self._session = session
        self._url = url
        self._nonce = nonce
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._revoked = revoked
        self._answers: OrderedDict[CertificateId, OcspAnswer] = OrderedDict()
        self._asking: dict[CertificateId, asyncio.Task[OcspAnswer | None]] = {}
        self._rests_until = 0.0

    async def ask(self, certificate: AuthenticationCertificate, now: datetime) -> OcspAnswer | None:
        """A fresh answer, or None when there is none to be had: the reason is logged, ids only."""
        kept = self._answers.get(certificate.id)
        if kept is not None and kept.fresh(now):
            return kept
        asking = self._asking.get(certificate.id)
        if asking is None:
            asking = asyncio.get_running_loop().create_task(self._ask(certificate, now), name="trust.ocsp")
            self._asking[certificate.id] = asking
            asking.add_done_callback(lambda _: self._asking.pop(certificate.id, None))
        return await asyncio.shield(asking)

    async def _ask(self, certificate: AuthenticationCertificate, now: datetime) -> OcspAnswer | None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return None
        nonce = self._nonce(NONCE) if self._nonce else None
        try:
            der = await self._post(request(certificate, nonce))
        except (aiohttp.ClientError, TimeoutError, OSError) as failed:
            self._rests_until = loop.time() + PAUSE
            log.warning("ocsp_unreachable", reason=type(failed).__name__)
            return None
        try:
            answer = judge(
                der,
                certificate,
                now,
                nonce=nonce,
                revoked=lambda serial: self._revoked(certificate.id.issuer_key_id, serial),
            )
        except OnshiError as wrong:
            log.warning("ocsp_refused", certificate=str(certificate.id), reason=wrong.details["reason"])
            return None
        self._answers[certificate.id] = answer
        self._answers.move_to_end(certificate.id)
        if len(self._answers) > CACHE:
            self._answers.popitem(last=False)
        return answer

    async def _post(self, content: bytes) -> bytes:
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        async with self._session.post(self._url, data=content, headers=headers, timeout=self._timeout) as response:
            response.raise_for_status()
            der = b""
            async for portion in response.content.iter_chunked(MAX_ANSWER):
                der += portion
                if len(der) > MAX_ANSWER:
                    raise aiohttp.ClientPayloadError("answer too large")
            return der
