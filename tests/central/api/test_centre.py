"""The whole centre over real sockets: who gets in, what stops the start, and that it stops clean."""

import asyncio
import gc
import re
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from central.app import Central, build
from central.audit import verify
from central.db.migrate import upgrade_file
from central.facilities.ca import DeviceCa, Issued, make_ca, read_request
from central.settings import Challenges, Database, Listen, Settings, Trust, describe_settings
from protocol.errors import OnshiError
from protocol.numbers import with_check_digit
from protocol.settings import Credential
from tests.parts.devices import key_pem, new_key, server_certificate, signing_request

pytestmark = pytest.mark.sockets

CLINIC = with_check_digit("991000000")
HOP = "X-Onshi-Client-Certificate"


class Desk:
    """A started centre with one enrolled device."""

    def __init__(self, central: Central, ca: DeviceCa, folder: Path) -> None:
        self.central = central
        self.ca = ca
        self.folder = folder
        self.base = f"https://127.0.0.1:{central.device_port}"
        self.ops = f"http://127.0.0.1:{central.ops_port}"

    async def enrol(self, name: str = "reader-1") -> tuple[EllipticCurvePrivateKey, Issued]:
        key = new_key()
        request = signing_request(key, name)
        issued = await self.central.facilities.enrol(self.ca, request, device=name, facility=CLINIC, days=3)
        return key, issued

    def tls(self, shown: tuple[EllipticCurvePrivateKey, bytes] | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "server.pem"))
        if shown is not None:
            place = self.folder / "client.pem"
            place.write_bytes(shown[1] + key_pem(shown[0]))
            context.load_cert_chain(place)
        return context


def settings_in(folder: Path, **more: object) -> Settings:
    listen = Listen(host="127.0.0.1", port=0, ops_port=0)
    whole = Settings(credentials=folder, database=Database(url="sqlite://"), listen=listen)
    return msgspec.structs.replace(whole, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    key = new_key()
    (tmp_path / "server.pem").write_bytes(server_certificate(key))
    (tmp_path / "server.key").write_bytes(key_pem(key))
    certificate, ca_key = make_ca(now=datetime.now(UTC))
    (tmp_path / "device-ca.pem").write_bytes(certificate)
    (tmp_path / "device-ca.key").write_bytes(ca_key)
    (tmp_path / "challenge.key").write_bytes(b"k" * 32)
    return tmp_path


@pytest_asyncio.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    central = build(settings_in(folder))
    await central.start()
    await central.facilities.add_facility(CLINIC, "第一医院")
    ca = DeviceCa((folder / "device-ca.pem").read_bytes(), (folder / "device-ca.key").read_bytes())
    try:
        yield Desk(central, ca, folder)
    finally:
        await central.stop()


async def challenged(base: str, **how: object) -> tuple[int, dict[str, object]]:
    asked = {"json": {"count": 2}, **how}
    async with aiohttp.ClientSession() as session, session.post(f"{base}/v1/challenges", **asked) as response:  # type: ignore[arg-type]
        return response.status, await response.json()


async def test_an_enrolled_device_gets_its_challenges(desk: Desk) -> None:
    key, issued = await desk.enrol()
    status, told = await challenged(desk.base, ssl=desk.tls((key, issued.pem)))
    assert status == 200
    assert len(told["challenges"]) == 2  # type: ignore[arg-type]
    assert (await verify(desk.central.store, "centre-1")).rows == 2


async def test_without_a_certificate_of_our_ca_nobody_reaches_a_route(desk: Desk) -> None:
    stranger = new_key()
    other = DeviceCa(*make_ca(now=datetime.now(UTC)))
    forged = other.issue(read_request(signing_request(stranger, "reader-1")), now=datetime.now(UTC), days=3)
    for shown in (None, (stranger, forged.pem)):
        with pytest.raises(aiohttp.ClientError):
            await challenged(desk.base, ssl=desk.tls(shown))


async def test_a_certificate_of_our_ca_is_not_enough_without_enrolment(desk: Desk) -> None:
    key = new_key()
    unknown = desk.ca.issue(read_request(signing_request(key, "reader-7")), now=datetime.now(UTC), days=3)
    status, told = await challenged(desk.base, ssl=desk.tls((key, unknown.pem)))
    assert (status, told["code"]) == (401, "CENTRE-909")


async def test_a_revoked_device_is_refused_on_its_open_connection(desk: Desk) -> None:
    key, issued = await desk.enrol()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=desk.tls((key, issued.pem)))) as session:
        async with session.post(f"{desk.base}/v1/challenges", json={}) as response:
            assert response.status == 200
        await desk.central.facilities.revoke("reader-1", reason="lost")
        async with session.post(f"{desk.base}/v1/challenges", json={}) as response:
            assert (response.status, (await response.json())["code"]) == (403, "CENTRE-910")


async def test_older_tls_is_refused(desk: Desk) -> None:
    key, issued = await desk.enrol()
    old = desk.tls((key, issued.pem))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(aiohttp.ClientError):
        await challenged(desk.base, ssl=old)


async def test_the_proxys_header_is_ignored_unless_a_proxy_is_configured(desk: Desk) -> None:
    _, issued = await desk.enrol()
    stranger = new_key()
    unknown = desk.ca.issue(read_request(signing_request(stranger, "x")), now=datetime.now(UTC), days=3)
    headers = {HOP: quote(issued.pem.decode())}
    status, _ = await challenged(desk.base, ssl=desk.tls((stranger, unknown.pem)), headers=headers)
    assert status == 401


@pytest.mark.parametrize(("hop", "status"), [("127.0.0.1", 200), ("127.0.0.9", 401)])
async def test_a_configured_proxy_alone_hands_the_certificate_on(folder: Path, hop: str, status: int) -> None:
    central = build(settings_in(folder, listen=Listen(host="127.0.0.1", port=0, ops_port=0, trusted_hop=hop)))
    await central.start()
    try:
        await central.facilities.add_facility(CLINIC, "第一医院")
        ca = DeviceCa((folder / "device-ca.pem").read_bytes(), (folder / "device-ca.key").read_bytes())
        desk = Desk(central, ca, folder)
        _, issued = await desk.enrol()
        base = desk.base.replace("https", "http")
        good = quote(issued.pem.decode())
        assert (await challenged(base, headers={HOP: good}))[0] == status
        for wrong in ({}, {HOP: "rubbish"}, {HOP: "x" * 7000}, {HOP: "%e5%b1%b1"}):
            assert (await challenged(base, headers=wrong))[0] == 401
    finally:
        await central.stop()


async def test_operators_see_health_and_documents_and_devices_do_not(desk: Desk) -> None:
    async with aiohttp.ClientSession() as session:
        for path, status in {
            "/livez": 200,
            "/metrics": 200,
            "/openapi.json": 200,
            "/docs": 200,
            "/v1/visits": 404,
        }.items():
            async with session.get(desk.ops + path) as response:
                assert response.status == status, path
        async with session.get(f"{desk.ops}/readyz") as response:
            told = await response.json()
            assert (response.status, set(told["details"])) == (503, {"anchors", "revocation"})
    key, issued = await desk.enrol()
    own = aiohttp.TCPConnector(ssl=desk.tls((key, issued.pem)))
    async with aiohttp.ClientSession(connector=own) as session, session.get(f"{desk.base}/metrics") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    "words",
    [
        b"rubbish\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20000 + b"\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET /\xe5\xb1\xb1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_malformed_http_is_a_problem_and_not_repeated(desk: Desk, words: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.central.ops_port)
    writer.write(words)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] 4", head)
    assert msgspec.json.decode(body)["code"].startswith("CENTRE-")
    assert b"yyyy" not in answer


async def test_stopping_twice_is_no_error_and_frees_the_port(folder: Path) -> None:
    central = build(settings_in(folder))
    await central.start()
    port = central.device_port
    await central.stop()
    await central.stop()
    again = build(settings_in(folder, listen=Listen(host="127.0.0.1", port=port, ops_port=0)))
    await again.start()
    await again.stop()
    gc.collect()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


@pytest.mark.parametrize("missing", ["server.pem", "server.key", "device-ca.pem"])
async def test_a_missing_or_broken_credential_stops_the_start(folder: Path, missing: str) -> None:
    for ruin in (b"", b"rubbish"):
        (folder / missing).write_bytes(ruin)
        central = build(settings_in(folder))
        with pytest.raises(OnshiError, match="INPUT-902"):
            await central.start()
    (folder / missing).unlink()
    central = build(settings_in(folder))
    with pytest.raises(OnshiError, match="INPUT-902"):
        await central.start()


async def test_a_short_challenge_key_an_unknown_anchor_and_shared_sqlite_stop_the_start(folder: Path) -> None:
    database = Database(url=f"sqlite:///{folder / 'c.sqlite'}")
    (folder / "short.key").write_bytes(b"short")
    wrong: list[tuple[str, dict[str, object]]] = [
        ("INPUT-902", {"challenges": Challenges(keys=(Credential("short.key"),)), "database": database}),
        ("INPUT-902", {"challenges": Challenges(keys=(Credential("none.key"),)), "database": database}),
        ("INPUT-901", {"listen": Listen(share_port=True)}),
        ("INPUT-901", {"credentials": None, "database": database}),
    ]
    anchors = folder / "anchors" / "authentication"
    anchors.mkdir(parents=True)
    (anchors / "x.pem").write_bytes(b"rubbish")
    wrong.append(("TRUST-", {"trust": Trust(anchors=folder / "anchors")}))
    for code, settings in wrong:
        with pytest.raises(OnshiError) as refused:
            build(settings_in(folder, **settings))
        assert refused.value.fault.code.startswith(code)


async def test_a_database_of_another_version_stops_the_start_unless_told_to_upgrade(folder: Path) -> None:
    url = f"sqlite:///{folder / 'c.sqlite'}"
    with pytest.raises(OnshiError, match="CENTRE-917"):
        await build(settings_in(folder, database=Database(url=url))).start()
    central = build(settings_in(folder, database=Database(url=url, upgrade_at_start=True)))
    await central.start()
    await central.stop()


async def test_an_occupied_port_stops_the_start(folder: Path, desk: Desk) -> None:
    central = build(settings_in(folder, listen=Listen(host="127.0.0.1", port=desk.central.device_port, ops_port=0)))
    with pytest.raises(OnshiError, match="INPUT-901"):
        await central.start()


def test_the_command_serves_until_told_to_stop(folder: Path) -> None:
    database = folder / "c.sqlite"
    upgrade_file(database)
    config = folder / "central.toml"
    config.write_text(
        f'credentials = "{folder}"\n[database]\nurl = "sqlite:///{database}"\n'
        '[listen]\nhost = "127.0.0.1"\nport = 0\nops_port = 0\n'
    )
    words = [sys.executable, "-m", "onshi", "central", "run", "--config", str(config), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        ports = msgspec.json.decode(running.stdout.readline())
        assert ports["devices"] > 0
        running.send_signal(SIGTERM)
        assert running.wait(60) == 0
        lines = [msgspec.json.decode(line) for line in running.stderr.read().splitlines()]
    assert any(line["event"] == "started" and line["device_port"] == ports["devices"] for line in lines)


def test_a_wrong_configuration_names_file_line_and_remedy(folder: Path) -> None:
    config = folder / "central.toml"
    config.write_text("[listen]\nport = 99999\n")
    words = [sys.executable, "-m", "onshi", "central", "run", "--config", str(config)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "INPUT-901" in done.stderr
    assert "line=2" in done.stderr
    assert "listen.port" in done.stderr


def test_every_setting_is_described() -> None:
    settings = describe_settings()
    assert len({setting.name for setting in settings}) == len(settings)
    assert all(setting.description and setting.kind for setting in settings)
