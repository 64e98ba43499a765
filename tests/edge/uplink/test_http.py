"""The line over HTTP: mutual TLS, kept connections, and a fault with its words for every way it can fail."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.uplink import answers
from edge.uplink.diagnosis import Hop, diagnose
from edge.uplink.http import ANSWER_BYTES, HttpCentre, tls_context
from protocol import canonical
from protocol.errors import Fault, Kind, OnshiError, Problem, central, device, input_, problem, uplink
from tests.edge.fakes import FakeCentre, message
from tests.edge.uplink.test_outbox import document

pytestmark = pytest.mark.sockets

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """A little centre; ``answer`` decides what comes back."""

    url: str = ""
    answer: Handler | None = None
    peers: set[object] = field(default_factory=set)
    hits: int = 0
    runner: web.AppRunner | None = None

    async def start(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.hits += 1
            if request.transport is not None:
                self.peers.add(request.transport.get_extra_info("peername"))
            assert self.answer is not None
            return await self.answer(request)

        app = web.Application()
        app.router.add_post("/{tail:.*}", handle)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port, ssl_context=context)
        await site.start()
        found = self.runner.addresses[0][1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{found}"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    yield made
    if made.runner is not None:
        await made.runner.cleanup()


def says(body: object, status: int = 200, content_type: str = "application/json") -> Handler:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=data, status=status, content_type=content_type)

    return answer


CHALLENGE = {"challenges": [{"value": "c" * 24, "expires_at": "2026-11-21T10:00:00Z"}]}


async def fault_of(call: Awaitable[object]) -> OnshiError:
    with pytest.raises(OnshiError) as refused:
        await call
    return refused.value


async def test_challenges_visits_and_queries_come_back_checked_over_one_connection(server: Server) -> None:
    server.answer = says(CHALLENGE)
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        issued = await centre.challenges(1, deferred=False)
        assert issued[0].value == "c" * 24
        answer = await FakeCentre().visit(document(7))
        server.answer = says(answer)
        assert await centre.visit(document(7)) == answer
        server.answer = says(message())
        assert await centre.eligibility(message()) == message()
    assert len(server.peers) == 1


async def test_the_signed_bytes_travel_unchanged(server: Server) -> None:
    bodies = []

    async def answer(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.read())
        return web.json_response(body=msgspec.json.encode(await FakeCentre().visit(document(7))))

    server.answer = answer
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        await centre.visit(document(7))
    assert bodies == [canonical.encode(document(7))]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"challenges":[]}',
        b'{"challenges":[{"value":"x","expires_at":"2026-11-21T10:00:00Z"}]}',
        b'{"challenges":[{"value":"cccccccccccccccccccccccc","expires_at":"2026-11-21"}]}',
    ],
)
async def test_rubbish_is_never_half_believed(server: Server, rubbish: bytes) -> None:
    server.answer = says(rubbish)
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        error = await fault_of(centre.challenges(1, deferred=False))
    assert error.fault.code == uplink.ANSWER_UNREADABLE.code


async def test_the_answer_to_another_request_and_a_broken_message_are_rubbish(server: Server) -> None:
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        server.answer = says(await FakeCentre().visit(document(8)))
        assert (await fault_of(centre.visit(document(7)))).fault.code == uplink.ANSWER_UNREADABLE.code
        answer = await FakeCentre().visit(document(7))
        server.answer = says(msgspec.structs.replace(answer, message={"XmlMsg": {"MessageBody": {}}}))
        assert (await fault_of(centre.visit(document(7)))).fault.code == uplink.ANSWER_UNREADABLE.code
        server.answer = says(message(), content_type="text/plain")
        assert (await fault_of(centre.eligibility({}))).fault.code == uplink.ANSWER_UNREADABLE.code
        server.answer = says(b"x" * (ANSWER_BYTES + 1))
        assert (await fault_of(centre.eligibility({}))).fault.code == uplink.ANSWER_UNREADABLE.code


@pytest.mark.parametrize(
    ("status", "fault"), [(500, uplink.CENTRE_FAILED), (404, uplink.ANSWER_UNREADABLE), (302, uplink.ANSWER_UNREADABLE)]
)
async def test_statuses_without_a_problem(server: Server, status: int, fault: Fault) -> None:
    server.answer = says(b"oops", status=status)
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        assert (await fault_of(centre.eligibility({}))).fault.code == fault.code


async def test_the_centres_own_fault_is_the_same_fault_here(server: Server) -> None:
    server.answer = says(problem(OnshiError(central.DEVICE_REVOKED, device="dev-1")), status=403)
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        error = await fault_of(centre.visit(document(7)))
        assert error.fault is central.DEVICE_REVOKED
        assert error.details == {"device": "dev-1"}
        newer = Problem(
            code="TRUST-998",
            kind=Kind.NOT_PROVEN,
            desk_ja="新しい誤り",
            desk_en="new",
            next_ja="次",
            next_en="next",
            vendor="v",
            repeat="never",  # type: ignore[arg-type]
        )
        server.answer = says(newer, status=422)
        error = await fault_of(centre.visit(document(7)))
        assert (error.fault.code, error.fault.desk_ja) == ("TRUST-998", "新しい誤り")


async def test_a_slow_centre(server: Server) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    server.answer = slow
    await server.start()
    async with HttpCentre(server.url, None, answer_seconds=0.2) as centre:
        assert (await fault_of(centre.eligibility({}))).fault.code == uplink.CENTRE_SLOW.code


async def test_a_cut_connection_is_repeated_once_with_the_same_bytes(server: Server) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        if server.hits == 1:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return await says(CHALLENGE)(request)

    server.answer = cut
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        assert len(await centre.challenges(1, deferred=False)) == 1
    assert server.hits == 2


async def test_nobody_listens_and_no_such_name() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with HttpCentre(f"http://127.0.0.1:{port}", None) as centre:
        assert (await fault_of(centre.eligibility({}))).fault.code == uplink.NO_CONNECTION.code
    async with HttpCentre("http://no-such-name.invalid", None) as centre:
        assert (await fault_of(centre.eligibility({}))).fault.code == uplink.NAME_UNRESOLVED.code


# --- mutual TLS -----------------------------------------------------------------------------------------------------


class Authority:
    """A CA of the test's own, and leaves by it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.path = folder / f"{name}.pem"
        self._write(self.path, self._build(self.name, self.key.public_key(), ca=True))

    def _build(self, subject: x509.Name, public: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        builder = builder.not_valid_after(now + timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if not ca:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def _write(self, path: Path, certificate: x509.Certificate) -> None:
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def leaf(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, secret = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        self._write(certificate, self._build(subject, key.public_key(), ca=False))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, secret


def server_context(authority: Authority, clients: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.leaf("centre"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(clients.path)
    return context


async def test_mutual_tls_and_its_failures(server: Server, tmp_path: Path) -> None:
    centres, devices, strangers = (Authority(tmp_path, name) for name in ("centres", "devices", "strangers"))
    server.answer = says(CHALLENGE)
    await server.start(server_context(centres, devices))
    certificate, key = devices.leaf("dev-1")
    tls = tls_context(centre_ca=centres.path, certificate=certificate, key=key)
    async with HttpCentre(server.url, tls) as centre:
        assert len(await centre.challenges(1, deferred=False)) == 1
        states = await diagnose(server.url, tls, centre, ticks=time.monotonic)
    assert [state.ok for state in states] == [True] * 5

    wrong_anchor = tls_context(centre_ca=strangers.path, certificate=certificate, key=key)
    async with HttpCentre(server.url, wrong_anchor) as centre:
        assert (await fault_of(centre.challenges(1, deferred=False))).fault.code == uplink.TLS_FAILED.code
        states = await diagnose(server.url, wrong_anchor, centre, ticks=time.monotonic)
    assert [state.ok for state in states] == [True, True, False, None, None]

    foreign = tls_context(centre_ca=centres.path, certificate=strangers.leaf("x")[0], key=tmp_path / "x.key")
    async with HttpCentre(server.url, foreign) as centre:
        assert (await fault_of(centre.challenges(1, deferred=False))).fault.code == uplink.TLS_FAILED.code


def test_the_file_that_cannot_be_used_is_the_one_that_is_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "centres")
    certificate, key = authority.leaf("dev-1")
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    for wrong, reason in ((tmp_path / "gone", "No such file or directory"), (broken, "no PEM")):
        with pytest.raises(OnshiError) as refused:
            tls_context(centre_ca=wrong, certificate=certificate, key=key)
        assert refused.value.fault is input_.CREDENTIAL_WRONG
        assert refused.value.details == {"setting": "files.centre_ca", "file": str(wrong), "reason": reason}
        with pytest.raises(OnshiError) as refused:
            tls_context(centre_ca=authority.path, certificate=wrong, key=key)
        assert refused.value.fault is device.CERTIFICATE_MISSING


async def test_the_chain_names_the_hop_that_failed(server: Server) -> None:
    await server.start()
    async with HttpCentre(server.url, None) as centre:
        server.answer = says(problem(OnshiError(central.DATABASE_DOWN)), status=503)
        states = await diagnose(server.url, None, centre, ticks=time.monotonic)
        assert [(state.hop, state.ok) for state in states][-2:] == [(Hop.CENTRE, True), (Hop.DATABASE, False)]
        assert states[-1].problem is not None
        assert states[-1].problem.code == uplink.CENTRE_DATABASE.code
        server.answer = says(b"oops", status=500)
        states = await diagnose(server.url, None, centre, ticks=time.monotonic)
        assert [state.ok for state in states] == [True, True, True, False, None]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    states = await diagnose(f"http://127.0.0.1:{port}", None, FakeCentre(), ticks=time.monotonic)
    assert [state.ok for state in states] == [True, False, None, None, None]
    states = await diagnose("http://no-such-name.invalid", None, FakeCentre(), ticks=time.monotonic)
    assert [state.ok for state in states] == [False, None, None, None, None]


async def test_a_hop_that_hangs_is_named_after_its_time() -> None:
    class Slow(FakeCentre):
        async def challenges(self, count: int, *, deferred: bool) -> tuple:  # type: ignore[type-arg,override]
            await asyncio.sleep(60)
            return ()

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        states = await diagnose(url, None, Slow(), ticks=time.monotonic, answer_seconds=0.1)
    assert [state.ok for state in states] == [True, True, True, False, None]
    assert states[3].problem is not None
    assert states[3].problem.code == uplink.CENTRE_SLOW.code


def test_a_body_that_is_no_problem_is_none() -> None:
    assert answers.refusal(b"x") is None
    assert answers.refusal(b'{"code":1}') is None


async def test_a_document_in_the_form_that_was_asked_for_comes_whole(server: Server) -> None:
    paper = b"%PDF-1.4" + bytes(range(256)) * 20_000
    server.answer = says(paper, content_type="application/pdf")
    await server.start()
    drugs, pdf, room = "/v1/medical/drugs", "application/pdf", 10_000_000
    async with HttpCentre(server.url, None) as centre:
        found = await centre.fetch(drugs, {}, accept=pdf, max_bytes=room)
        assert (found.content_type, found.body) == (pdf, paper)
        for wrong in (
            centre.fetch(drugs, {}, accept="text/csv", max_bytes=room),
            centre.fetch(drugs, {}, accept=pdf, max_bytes=1000),
            centre.exchange(drugs, {}, max_bytes=room),
        ):
            assert (await fault_of(wrong)).fault is uplink.ANSWER_UNREADABLE
