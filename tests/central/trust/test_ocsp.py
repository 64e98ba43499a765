"""The responder's answers: who may sign them, what they are about, how old they may be; and the client's patience."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp as library
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from central.trust import ocsp
from central.trust.certificates import AuthenticationCertificate
from protocol.errors import OnshiError, trust
from sandbox.jlis.authority import Purpose
from sandbox.jlis.service import Condition, JlisService, Service
from sandbox.jlis.status import Responder
from tests.central.cards import NOON, Lab, keys

SHA1 = hashes.SHA1()  # noqa: S303 - the CertID of RFC 6960


def answered(lab: Lab, certificate: AuthenticationCertificate, nonce: bytes | None = None, **more: Any) -> bytes:
    return Responder(lab.jlis).answer(ocsp.request(certificate, nonce), **more)


def reason_of(content: bytes, certificate: AuthenticationCertificate, now: datetime = NOON, **more: Any) -> str:
    with pytest.raises(OnshiError) as caught:
        ocsp.judge(content, certificate, now, **more)
    assert caught.value.fault is trust.OCSP_WRONG
    return str(caught.value.details["reason"])


def made(
    lab: Lab,
    certificate: AuthenticationCertificate,
    *,
    signer: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    responder: x509.Certificate | None = None,
    by_name: bool = False,
    algorithm: hashes.HashAlgorithm | None = None,
    signed_with: hashes.HashAlgorithm | None = None,
    this_update: datetime = NOON,
    next_update: datetime | None = None,
    shown: bool = True,
    unhashed: bool = False,
) -> bytes:
    """An answer "good", signed by the CA itself or by a responder."""
    authority = lab.jlis.authority(Purpose.AUTHENTICATION)
    named = responder or authority.certificate
    how = library.OCSPResponderEncoding.NAME if by_name else library.OCSPResponderEncoding.HASH
    builder = library.OCSPResponseBuilder().add_response_by_hash(
        *_hashes(authority.certificate, algorithm or SHA1),
        certificate.certificate.serial_number,
        algorithm or SHA1,
        library.OCSPCertStatus.GOOD,
        this_update,
        next_update,
        None,
        None,
    )
    builder = builder.responder_id(how, named)
    if responder is not None and shown:
        builder = builder.certificates([responder])
    chosen = None if unhashed else signed_with or hashes.SHA256()
    return builder.sign(signer or authority.key, chosen).public_bytes(Encoding.DER)


def _hashes(issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    found = []
    for content in (
        issuer.subject.public_bytes(),
        issuer.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),  # type: ignore[union-attr]
    ):
        digest = hashes.Hash(algorithm)
        digest.update(content)
        found.append(digest.finalize())
    return found[0], found[1]


def responder(
    lab: Lab,
    key: Any,
    *,
    signer: rsa.RSAPrivateKey | None = None,
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.OCSP_SIGNING,
    until: timedelta = timedelta(days=1),
    name: str = "responder",
) -> x509.Certificate:
    authority = lab.jlis.authority(Purpose.AUTHENTICATION)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(991)
        .not_valid_before(NOON - timedelta(days=2))
        .not_valid_after(NOON + until)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(signer or authority.key, hashes.SHA256())


def test_a_delegated_responder_says_good(lab: Lab) -> None:
    certificate = lab.certificate()
    answer = ocsp.judge(answered(lab, certificate, b"n" * 16), certificate, NOON, nonce=b"n" * 16)
    assert (answer.id, answer.this_update, answer.known, answer.revocation) == (certificate.id, NOON, True, None)


def test_it_says_revoked_with_moment_and_reason(lab: Lab) -> None:
    lab.revoke(lab.issue(), x509.ReasonFlags.certificate_hold)
    certificate = lab.certificate()
    found = ocsp.judge(answered(lab, certificate), certificate, NOON).revocation
    assert found is not None
    assert (found.serial, found.at, found.reason) == (
        certificate.certificate.serial_number,
        NOON - timedelta(hours=1),
        6,
    )


def test_it_says_unknown(lab: Lab) -> None:
    stranger = Lab(lab.clock).certificate("stranger")
    assert not ocsp.judge(answered(lab, stranger), stranger, NOON).known


@pytest.mark.parametrize("algorithm", [SHA1, hashes.SHA256()])
@pytest.mark.parametrize("by_name", [False, True])
def test_the_issuer_itself_may_answer(lab: Lab, algorithm: hashes.HashAlgorithm, by_name: bool) -> None:
    certificate = lab.certificate()
    assert ocsp.judge(made(lab, certificate, algorithm=algorithm, by_name=by_name), certificate, NOON).known


@pytest.mark.parametrize("by_name", [False, True])
def test_a_responder_with_an_rsa_key_may_answer(lab: Lab, by_name: bool) -> None:
    certificate, key = lab.certificate(), keys().rsa_2048("rsa-responder")
    content = made(lab, certificate, signer=key, responder=responder(lab, key), by_name=by_name)
    assert ocsp.judge(content, certificate, NOON).known


def test_an_answer_in_advance_carries_no_nonce_and_counts(lab: Lab) -> None:
    certificate = lab.certificate()
    assert ocsp.judge(made(lab, certificate), certificate, NOON, nonce=b"n" * 16).known


def test_an_answer_to_another_question_is_refused(lab: Lab) -> None:
    certificate = lab.certificate()
    assert reason_of(answered(lab, certificate, b"m" * 16), certificate, nonce=b"n" * 16) == "other nonce"
    assert reason_of(answered(lab, lab.certificate("another")), certificate) == "other certificate"
    assert reason_of(made(lab, certificate, algorithm=hashes.SHA512()), certificate) == "other certificate"


@pytest.mark.parametrize(
    ("this_update", "next_update", "counts"),
    [
        (NOON - timedelta(minutes=15), None, True),
        (NOON - timedelta(minutes=15, seconds=1), None, False),
        (NOON + timedelta(minutes=2), None, True),
        (NOON + timedelta(minutes=2, seconds=1), None, False),
        (NOON - timedelta(minutes=5), NOON, False),
        (NOON - timedelta(minutes=5), NOON + timedelta(seconds=1), True),
    ],
)
def test_an_answer_counts_for_fifteen_minutes(
    lab: Lab, this_update: datetime, next_update: datetime | None, counts: bool
) -> None:
    certificate = lab.certificate()
    content = made(lab, certificate, this_update=this_update, next_update=next_update)
    if counts:
        assert ocsp.judge(content, certificate, NOON).this_update == this_update
    else:
        assert reason_of(content, certificate) == "outside its time"


def test_only_whom_the_issuer_delegated_may_answer(lab: Lab) -> None:
    certificate, key = lab.certificate(), keys().p256("some-responder")
    delegation = "responder is not delegated by the issuer"
    cases: list[tuple[x509.Certificate, str]] = [
        (responder(lab, key, signer=keys().rsa_2048("forger")), delegation),
        (responder(lab, key, usage=ExtendedKeyUsageOID.CLIENT_AUTH), delegation),
        (responder(lab, key, usage=None), "ExtensionNotFound"),
        (responder(lab, key, until=timedelta(seconds=-1)), delegation),
    ]
    for signer, told in cases:
        assert reason_of(made(lab, certificate, signer=key, responder=signer), certificate) == told
    good = made(lab, certificate, signer=key, responder=responder(lab, key))
    assert ocsp.judge(good, certificate, NOON).known
    assert reason_of(good, certificate, revoked=lambda serial: serial == 991) == delegation
    unseen = made(lab, certificate, signer=key, responder=responder(lab, key), shown=False)
    assert reason_of(unseen, certificate) == "unknown responder"


def test_a_responder_of_an_unknown_kind_of_key_is_refused(lab: Lab) -> None:
    certificate, edwards = lab.certificate(), ed25519.Ed25519PrivateKey.generate()
    content = made(lab, certificate, signer=edwards, responder=responder(lab, edwards), unhashed=True)  # type: ignore[arg-type]
    assert reason_of(content, certificate) == "responder is not delegated by the issuer"


def test_a_wrong_signature_is_refused(lab: Lab) -> None:
    certificate, key = lab.certificate(), keys().p256("some-responder")
    for content in (
        made(lab, certificate),
        made(lab, certificate, signer=keys().rsa_2048("rsa"), responder=responder(lab, keys().rsa_2048("rsa"))),
        made(lab, certificate, signer=key, responder=responder(lab, key)),
    ):
        signature = library.load_der_ocsp_response(content).signature
        changed = content.replace(signature, signature[:-1] + bytes((signature[-1] ^ 1,)))
        assert reason_of(changed, certificate) == "InvalidSignature"
    assert reason_of(made(lab, certificate, signed_with=hashes.SHA224()), certificate) == "signature algorithm"


def test_a_refusal_of_the_responder_is_told(lab: Lab) -> None:
    refusal = library.OCSPResponseBuilder.build_unsuccessful(library.OCSPResponseStatus.TRY_LATER)
    content = refusal.public_bytes(Encoding.DER)
    assert reason_of(content, lab.certificate()) == "responder says try_later"


_LAB = Lab()
_CERTIFICATE = _LAB.certificate()
_WHOLE = answered(_LAB, _CERTIFICATE)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_changed_bytes_never_turn_into_another_answer(data: st.DataObject) -> None:
    changed = bytearray(_WHOLE)
    changed[data.draw(st.integers(0, len(_WHOLE) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        answer = ocsp.judge(bytes(changed), _CERTIFICATE, NOON)
    except OnshiError:
        return
    # Only what no signature covers may differ: parts of the responder's certificate that nobody reads.
    assert answer == ocsp.judge(_WHOLE, _CERTIFICATE, NOON)


@given(content=st.binary(max_size=300))
@settings(deadline=None)
def test_rubbish_is_refused_with_a_catalogue_error(content: bytes) -> None:
    reason_of(content, _CERTIFICATE)


# The client


@pytest_asyncio.fixture
async def service(lab: Lab) -> AsyncIterator[tuple[JlisService, TestServer]]:
    made = JlisService(lab.jlis, slow=3.0)
    server = TestServer(made.app())
    await server.start_server()
    yield made, server
    await server.close()


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def client(session: aiohttp.ClientSession, server: TestServer, **more: Any) -> ocsp.OcspClient:
    more.setdefault("nonce", bytes)
    return ocsp.OcspClient(session, str(server.make_url("/ocsp")), **more)


@pytest.mark.sockets
async def test_one_question_serves_all_who_ask_at_once_and_for_fifteen_minutes(
    lab: Lab, service: tuple[JlisService, TestServer], session: aiohttp.ClientSession
) -> None:
    jlis, server = service
    certificate, asking = lab.certificate(), client(session, server)
    answers = await asyncio.gather(*(asking.ask(certificate, NOON) for _ in range(5)))
    assert len({id(answer) for answer in answers}) == 1
    jlis.conditions[Service.OCSP] = Condition.DOWN
    assert await asking.ask(certificate, NOON + timedelta(minutes=15)) is answers[0]
    assert await asking.ask(certificate, NOON + timedelta(minutes=15, seconds=1)) is None


@pytest.mark.sockets
@pytest.mark.parametrize("condition", [Condition.DOWN, Condition.SLOW, Condition.RUBBISH, Condition.STALE])
async def test_a_responder_in_trouble_gives_no_answer_and_costs_no_time(
    lab: Lab, service: tuple[JlisService, TestServer], session: aiohttp.ClientSession, condition: Condition
) -> None:
    jlis, server = service
    jlis.conditions[Service.OCSP] = condition
    asking = client(session, server, timeout=0.2)
    started = asyncio.get_running_loop().time()
    assert await asking.ask(lab.certificate(), NOON) is None
    assert await asking.ask(lab.certificate("second"), NOON) is None
    assert asyncio.get_running_loop().time() - started < jlis.slow
    if condition in (Condition.DOWN, Condition.SLOW):
        # It rests: not even a responder that is well again is asked for some seconds.
        jlis.conditions[Service.OCSP] = Condition.UP
        assert await asking.ask(lab.certificate(), NOON) is None


@pytest.mark.sockets
async def test_without_nonce_and_with_little_room_it_still_asks(
    lab: Lab,
    service: tuple[JlisService, TestServer],
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocsp, "CACHE", 1)
    asking = client(session, service[1], nonce=None)
    for name in ("one", "two"):
        answer = await asking.ask(lab.certificate(name), NOON)
        assert answer is not None
    assert len(asking._answers) == 1


@pytest.mark.sockets
async def test_an_endless_answer_is_cut(
    lab: Lab,
    service: tuple[JlisService, TestServer],
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocsp, "MAX_ANSWER", 100)
    assert await client(session, service[1]).ask(lab.certificate(), NOON) is None
