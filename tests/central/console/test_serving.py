"""The console beside the web API in one process: one certificate for both, and neither undoes the other's waiting."""

import ssl
from pathlib import Path

import aiohttp
import pytest

from central.audit import Journal
from central.db import Store
from central.db.migrate import upgrade_file
from central.db.opening import open_store
from central.facilities.ca import DeviceCa
from central.insurers.desk import UploadDesk
from central.insurers.officers import Officers, Role
from central.insurers.parts import State
from central.insurers.serving import serving
from central.insurers.settings import Console, Files, ImporterSettings, Listen, Numbers, ResidentRegister
from central.insurers.settings import Officers as OfficerSettings
from central.settings import Database
from protocol.errors import OnshiError
from protocol.errors import insurers as faults
from protocol.settings import Credential
from tests.central.console.desk import CA, Desk
from tests.central.insurers.bureau import NOON, SOCIETY, Bureau, csv_file, parts_of
from tests.parts.devices import key_pem, new_key, server_certificate, signing_request

pytestmark = pytest.mark.sockets


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """One database is enough: nothing here depends on which."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


@pytest.mark.parametrize("enabled", [True, False])
async def test_a_process_serves_both_and_the_console_only_where_it_is_enabled(tmp_path: Path, enabled: bool) -> None:
    database = tmp_path / "x.sqlite"
    upgrade_file(database)
    store = open_store(f"sqlite:///{database}", patience=20)
    bureau = Bureau(store, f"sqlite:///{database}", tmp_path / "spool")
    await bureau.open()
    key, server = new_key(), new_key()
    officers = Officers(store, Journal(store, log="admin", clock=lambda: NOON), clock=lambda: NOON)
    issued = await officers.enrol(
        DeviceCa(*CA), signing_request(key, "o-1"), officer="o-1", insurer=SOCIETY, role=Role.OFFICER, days=1800
    )
    await store.close()
    _write(
        tmp_path,
        {
            "ca.pem": CA[0],
            "server.pem": server_certificate(server),
            "server.key": key_pem(server),
            "o-1.pem": issued.pem,
            "o-1.key": key_pem(key),
            "n.key": b"k" * 32,
            "f.key": b"f" * 32,
        },
    )
    settings = ImporterSettings(
        credentials=tmp_path,
        database=Database(url=f"sqlite:///{database}"),
        numbers=Numbers(keys=(Credential("n.key"),)),
        files=Files(folder=tmp_path / "files", key=Credential("f.key")),
        residents=ResidentRegister(url="http://127.0.0.1:9"),
        officers=OfficerSettings(ca_certificate=Credential("ca.pem")),
        listen=Listen(
            host="127.0.0.1", port=0, ops_port=0, certificate=Credential("server.pem"), key=Credential("server.key")
        ),
        console=Console(enabled=enabled, host="127.0.0.1", port=0),
    )
    trust = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    trust.load_cert_chain(tmp_path / "o-1.pem", tmp_path / "o-1.key")
    async with serving(settings) as running, aiohttp.ClientSession() as session:
        assert bool(running.console_port) is enabled
        if not enabled:
            return
        async with session.get(f"https://127.0.0.1:{running.console_port}/", ssl=trust) as answer:
            assert answer.status == 200
            assert "見本健康保険組合" in await answer.text()
        trust = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
        with pytest.raises(aiohttp.ClientError):
            async with session.get(f"https://127.0.0.1:{running.console_port}/", ssl=trust):
                pass


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


async def test_what_waits_for_an_officers_word_is_not_applied_by_a_restart(desk: Desk, store: Store) -> None:
    """The web API's own uploads go on when the process starts; those of the console wait for the person."""
    bureau = desk.bureau
    bureau.town.away = 1
    path = await desk.upload("o-1", bureau.line(1))
    checking = path.removeprefix("/uploads/")
    with pytest.raises(OnshiError) as refused:
        await bureau.importer.run(checking)
    assert refused.value.fault is faults.UPLOAD_STATE
    await _restarted(bureau)
    assert (await bureau.importer.result(checking)).state is State.CHECKING
    await desk["o-1"].post(f"{path}/again")
    await desk.served.runs.settled()
    await _restarted(bureau)
    assert (await bureau.importer.result(checking)).state is State.READY
    assert await bureau.current("coverage") == []


async def _restarted(bureau: Bureau) -> None:
    parts = parts_of(bureau.store, bureau.url, bureau.folder, bureau.town, lambda: bureau.now)
    api = UploadDesk(parts, Journal(bureau.store, log="api", clock=parts.clock))
    await api.start()
    await api.stop()


async def test_an_upload_of_the_web_api_is_seen_and_left_alone(desk: Desk) -> None:
    bureau = desk.bureau
    upload = await bureau.importer.receive([csv_file([bureau.line(1)])], operator="officer:s-1", insurer=SOCIETY)
    _, page = await desk["o-1"].get(f"/uploads/{upload}")
    assert "画面以外（API など）で受け付け、順に処理しています。" in page
    for act in ("apply", "again"):
        assert (await desk["o-1"].post(f"/uploads/{upload}/{act}"))[0] == 409
