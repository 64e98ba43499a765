"""The insurers' web API: files and members come in, progress and errors come back, and each sees only its own."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner

from central.api.application import application
from central.api.metrics import make_metrics
from central.audit import Journal, verify
from central.audit.verify import CHAIN
from central.db.migrate import upgrade_file
from central.insurers.commands import insurer
from central.insurers.desk import UploadDesk
from central.insurers.freshness import Freshness
from central.insurers.identity import Resident
from central.insurers.layout import COLUMNS
from central.insurers.officer import Officer, Role
from central.insurers.routes import Office, routes
from central.insurers.serving import serving
from central.insurers.settings import Files, ImporterSettings, Listen, Numbers, ResidentRegister
from central.insurers.values import NumberRule
from central.settings import Database
from protocol.errors import OnshiError
from protocol.errors.insurers import OFFICER_UNKNOWN
from sandbox.residents.people import number_of
from tests.central.insurers.bureau import OTHER, SOCIETY, Bureau, csv_file
from tests.parts.devices import key_pem, new_key, server_certificate, signing_request

CSV = {"Content-Type": "text/csv"}
UPLOADS = "/v1/insurers/uploads"
PEOPLE = {
    "first": Officer(id="first", insurer=SOCIETY, role=Role.OFFICER),
    "chief": Officer(id="chief", insurer=SOCIETY, role=Role.SUPERVISOR),
    "stranger": Officer(id="stranger", insurer=OTHER, role=Role.SUPERVISOR),
}


async def by_name(request: web.Request) -> Officer:
    """Stands for the client certificate."""
    name = request.headers.get("X-Who", "")
    if name not in PEOPLE:
        raise OnshiError(OFFICER_UNKNOWN)
    return PEOPLE[name]


@dataclass
class Counter:
    """The web API over a bureau, and who asks."""

    bureau: Bureau
    client: TestClient[Any, Any]
    desk: UploadDesk
    journal: Journal

    async def ask(self, method: str, path: str, who: str = "first", status: int = 200, **more: Any) -> Any:
        headers = {"X-Who": who, **more.pop("headers", {})}
        async with self.client.request(method, path, headers=headers, **more) as answer:
            assert answer.status == status, await answer.text()
            if answer.content_type == "application/json":
                return await answer.json()
            return (await answer.read()).decode("utf-8-sig")

    async def hand_in(self, *lines: dict[str, str], key: str = "", **more: Any) -> Any:
        headers = CSV | ({"Idempotency-Key": key} if key else {})
        return await self.ask("POST", UPLOADS, data=csv_file(lines), headers=headers, **more)

    async def ended(self, upload: str) -> Any:
        for _ in range(2000):
            told = await self.ask("GET", f"{UPLOADS}/{upload}")
            if not told["running"]:
                return told
            await asyncio.sleep(0.005)
        raise AssertionError("it does not end")


@pytest_asyncio.fixture
async def counter(bureau: Bureau) -> AsyncIterator[Counter]:
    async with opened(bureau) as made:
        yield made


@asynccontextmanager
async def opened(bureau: Bureau) -> AsyncIterator[Counter]:
    parts = bureau.importer._parts
    journal = Journal(bureau.store, log="insurers", clock=parts.clock)
    desk = UploadDesk(parts, journal)
    office = Office(desk, Freshness(bureau.store, clock=parts.clock))
    made = application(routes(lambda: office), metrics=make_metrics(), officers=by_name)
    await desk.start()
    async with TestClient(TestServer(made)) as client:
        yield Counter(bureau, client, desk, journal)
    await desk.stop()
    await journal.stop()


pytestmark = pytest.mark.sockets


async def test_a_file_is_handed_in_watched_and_applied(counter: Counter) -> None:
    told = await counter.hand_in(counter.bureau.line(1), counter.bureau.line(2))
    upload = told["result"]["upload"]
    done = await counter.ended(upload)
    assert (done["result"]["state"], done["result"]["lines"], done["operator"]) == ("applied", 2, "officer:first")
    assert (await counter.ask("GET", UPLOADS))["uploads"][0]["result"]["upload"] == upload
    assert len(await counter.bureau.current("coverage")) == 2
    rows = [row["content"] async for row in counter.bureau.store.stream(CHAIN, log="insurers")]
    assert b'"officer:first"' in rows[0]
    assert b"upload.receive" in rows[0]
    await verify(counter.bureau.store, "insurers")


async def test_one_member_and_several_are_applied_before_the_answer(counter: Counter) -> None:
    line = counter.bureau.line
    member = {key: value for key, value in line(1).items() if key != "insurer"}
    one = await counter.ask("POST", "/v1/insurers/members", json=member)
    assert (one["standing"]["result"]["state"], one["faults"]) == ("applied", [])
    several = {"members": [line(2), line(3, birth="19800231")]}
    refused = await counter.ask("POST", "/v1/insurers/members/batch", json=several)
    assert refused["standing"]["result"]["state"] == "refused"
    assert [(fault["line"], fault["field"], fault["code"]) for fault in refused["faults"]] == [
        (3, "生年月日", "INSURER-031")
    ]
    skipped = await counter.ask("POST", "/v1/insurers/members/batch?skip_faulty=1", json=several)
    assert skipped["standing"]["result"]["state"] == "applied"
    assert len(await counter.bureau.current("coverage")) == 2
    unknown = await counter.ask("POST", "/v1/insurers/members", json={"my_number": "1"}, status=400)
    assert unknown["code"] == "INSURER-016"
    broken = await counter.ask("POST", "/v1/insurers/members", json=line(4, address='一\n行,"二'))
    assert broken["standing"]["result"]["state"] == "refused"


async def test_a_member_does_not_wait_for_another_insurers_file(counter: Counter) -> None:
    town, free = counter.bureau.town, asyncio.Event()
    answered = town.lookup

    async def slow(numbers: Sequence[str]) -> list[Resident | None]:
        if number_of(1) in numbers:
            await free.wait()
        return await answered(numbers)

    town.lookup = slow  # type: ignore[method-assign]
    file = (await counter.hand_in(counter.bureau.line(1)))["result"]["upload"]
    member = counter.bureau.line(2, insurer=OTHER)
    done = await counter.ask("POST", "/v1/insurers/members", who="stranger", json=member)
    assert done["standing"]["result"]["state"] == "applied"
    assert (await counter.ask("GET", f"{UPLOADS}/{file}"))["running"]
    free.set()
    assert (await counter.ended(file))["result"]["state"] == "applied"


async def test_an_idempotency_key_names_one_upload_for_ever(counter: Counter) -> None:
    line = counter.bureau.line
    first = await counter.hand_in(line(1), key="k1")
    await counter.ended(first["result"]["upload"])
    again = await counter.hand_in(line(1), key="k1")
    assert again["result"]["upload"] == first["result"]["upload"]
    assert again["result"]["state"] == "applied"
    assert (await counter.hand_in(line(2), key="k1", status=409))["code"] == "INSURER-015"
    assert (await counter.hand_in(line(2), key="x" * 65, status=400))["code"].startswith("CENTRE")
    member = await counter.ask("POST", "/v1/insurers/members", json=line(3), headers={"Idempotency-Key": "k2"})
    same = await counter.ask("POST", "/v1/insurers/members", json=line(3), headers={"Idempotency-Key": "k2"})
    assert member["standing"]["result"]["upload"] == same["standing"]["result"]["upload"]
    assert len(await counter.bureau.rows("SELECT * FROM insurers_upload")) == 2
    named = {"json": line(4), "headers": {"Idempotency-Key": "k3"}}
    several = await asyncio.gather(*(counter.ask("POST", "/v1/insurers/members", **named) for _ in range(6)))
    assert len({one["standing"]["result"]["upload"] for one in several}) == 1
    assert {one["standing"]["result"]["state"] for one in several} == {"applied"}


async def test_errors_come_back_as_a_list_of_errors_only(counter: Counter) -> None:
    told = await counter.hand_in(counter.bureau.line(1), counter.bureau.line(2, sex="9"))
    done = await counter.ended(told["result"]["upload"])
    assert (done["result"]["state"], done["result"]["code"]) == ("refused", "INSURER-007")
    text = await counter.ask("GET", f"{UPLOADS}/{told['result']['upload']}/errors")
    header, *rows = text.splitlines()
    assert header == "行,項目,コード,値,内容,対処"
    assert [row.split(",")[:4] for row in rows] == [["3", "性別", "INSURER-030", "9"]]


async def test_a_list_of_errors_that_is_cut_says_so(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.insurers.staging.FAULTS_KEPT", 2)
    told = await counter.hand_in(*(counter.bureau.line(n, sex="9") for n in range(1, 6)))
    await counter.ended(told["result"]["upload"])
    rows = (await counter.ask("GET", f"{UPLOADS}/{told['result']['upload']}/errors")).splitlines()
    assert (len(rows), "ほかに 3 行" in rows[-1]) == (4, True)


async def test_a_held_upload_waits_for_a_supervisor_who_is_not_the_uploader(counter: Counter) -> None:
    line = counter.bureau.line
    await counter.ended((await counter.hand_in(*(line(n) for n in range(1, 9))))["result"]["upload"])
    ending = [line(n, operation="2", disqualified="20260501", loss="03") for n in range(1, 9)]
    held = (await counter.hand_in(*ending, who="chief"))["result"]["upload"]
    assert (await counter.ended(held))["result"]["state"] == "held"
    path = f"{UPLOADS}/{held}/confirm"
    assert (await counter.ask("POST", path, who="first", status=403))["code"] == "INSURER-074"
    assert (await counter.ask("POST", path, who="chief", status=403))["code"] == "INSURER-012"
    PEOPLE["second"] = Officer(id="second", insurer=SOCIETY, role=Role.SUPERVISOR)
    await counter.ask("POST", path, who="second")
    done = await counter.ended(held)
    assert (done["result"]["state"], done["confirmed_by"]) == ("applied", "officer:second")
    assert (await counter.ask("POST", f"{UPLOADS}/{held}/withdraw", status=409))["code"] == "INSURER-010"


async def test_what_is_another_insurers_does_not_exist(counter: Counter) -> None:
    own = (await counter.hand_in(counter.bureau.line(1)))["result"]["upload"]
    await counter.ended(own)
    for route in routes(lambda: pytest.fail("unasked")):
        if "{upload}" not in route.path:
            continue
        for upload in (own, "nobody"):
            path = route.path.replace("{upload}", upload)
            told = await counter.ask(route.method, path, who="stranger", status=404)
            assert told["code"] == "INSURER-009", route.path
    assert (await counter.ask("GET", UPLOADS, who="stranger"))["uploads"] == []
    assert (await counter.ask("GET", "/v1/insurers/freshness", who="stranger"))["last_upload"] is None
    foreign = await counter.hand_in(counter.bureau.line(2), who="stranger", status=404)
    assert foreign["code"] == "INSURER-008"
    member = await counter.ask("POST", "/v1/insurers/members", who="stranger", json=counter.bureau.line(2), status=404)
    assert member["code"] == "INSURER-008"
    assert len(await counter.bureau.current("coverage")) == 1


async def test_nobody_gets_in_without_an_enrolled_certificate(counter: Counter) -> None:
    for route in routes(lambda: pytest.fail("unasked")):
        told = await counter.ask(route.method, route.path.replace("{upload}", "x"), who="", status=401)
        assert told["code"] == "INSURER-070"


async def test_other_content_is_refused_before_it_is_kept(counter: Counter) -> None:
    assert (await counter.ask("POST", UPLOADS, data=b"x", status=415))["code"] == "CENTRE-907"
    assert (await counter.ask("POST", UPLOADS, data=b"", headers=CSV, status=400))["code"] == "INSURER-002"
    packed = CSV | {"Content-Encoding": "gzip"}
    assert (await counter.ask("POST", UPLOADS, data=b"x", headers=packed, status=400))["code"] == "CENTRE-919"
    for query in ("skip_faulty=2", "before=yesterday"):
        method = "POST" if "skip" in query else "GET"
        await counter.ask(method, f"{UPLOADS}?{query}", data=b"x" if "skip" in query else None,
                          headers=CSV if "skip" in query else {}, status=400)  # fmt: skip
    assert counter.bureau.importer._parts.spool.kept() == []


async def test_what_a_restart_interrupts_goes_on_by_itself(bureau: Bureau) -> None:
    upload = await bureau.importer.receive([csv_file([bureau.line(1)])], operator="officer:first")
    bureau.town.away = 1
    async with opened(bureau) as counter:
        stopped = await counter.ended(upload)
        assert (stopped["result"]["state"], stopped["trouble"]) == ("received", "INSURER-060")
        await counter.ask("POST", f"{UPLOADS}/{upload}/resume")
        assert (await counter.ended(upload))["result"]["state"] == "applied"
        assert (await counter.ask("POST", f"{UPLOADS}/{upload}/resume", status=409))["code"] == "INSURER-010"


async def test_the_layout_and_the_older_uploads_are_told(counter: Counter) -> None:
    assert len(await counter.ask("GET", "/v1/insurers/layout")) == len(COLUMNS)
    first = (await counter.hand_in(counter.bureau.line(1)))["result"]["upload"]
    await counter.ended(first)
    counter.bureau.now += timedelta(hours=1)
    second = (await counter.hand_in(counter.bureau.line(2)))["result"]["upload"]
    await counter.ended(second)
    counter.bureau.now += timedelta(hours=1)
    newest = await counter.ask("GET", UPLOADS)
    assert [one["result"]["upload"] for one in newest["uploads"]] == [second, first]
    older = await counter.ask("GET", UPLOADS, params={"before": newest["uploads"][0]["received_at"]})
    assert [one["result"]["upload"] for one in older["uploads"]] == [first]


async def test_served_over_tls_to_an_enrolled_officer(tmp_path: Path) -> None:
    upgrade_file(tmp_path / "x.sqlite")
    keys = tmp_path / "keys"
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    env = {"ONSHI_INSURER_CREDENTIALS": str(keys), "ONSHI_INSURER_DATABASE__URL": url}
    key, own = new_key(), new_key()

    def run(*words: str, stdin: bytes | None = None) -> bytes:
        done = CliRunner(env=env).invoke(insurer, words, input=stdin)
        assert done.exit_code == 0, done.output
        return done.stdout_bytes

    def prepared() -> None:
        run("keys", str(keys))
        run("officer", "ca", str(keys))
        run("add", SOCIETY, "--name", "見本組合", "--from", "1961-04-01")
        enrol = ("officer", "enrol", "o-1", "--insurer", SOCIETY, "--csr", "-")
        (tmp_path / "o.pem").write_bytes(run(*enrol, stdin=signing_request(own, "o-1")))
        (tmp_path / "o.key").write_bytes(key_pem(own))
        (keys / "insurers.key").write_bytes(key_pem(key))
        (keys / "insurers.pem").write_bytes(server_certificate(key))

    await asyncio.to_thread(prepared)
    settings = ImporterSettings(
        credentials=keys,
        database=Database(url=url),
        files=Files(folder=tmp_path / "spool"),
        numbers=Numbers(check_digit=NumberRule.SYNTHETIC),
        residents=ResidentRegister(url="http://127.0.0.1:9"),
        listen=Listen(host="127.0.0.1", port=0, ops_port=0),
    )
    async with serving(settings) as running, aiohttp.ClientSession() as session:
        trust = ssl.create_default_context(cafile=str(keys / "insurers.pem"))
        base = f"https://127.0.0.1:{running.port}/v1/insurers"
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{base}/freshness", ssl=trust)
        trust = ssl.create_default_context(cafile=str(keys / "insurers.pem"))
        trust.load_cert_chain(tmp_path / "o.pem", tmp_path / "o.key")
        async with session.get(f"{base}/freshness", ssl=trust) as answer:
            assert answer.status == 200, await answer.text()
            told = await answer.json()
        assert (told["insurer"], told["quiet"]) == (SOCIETY, False)
        async with session.get(f"http://127.0.0.1:{running.ops_port}/readyz") as answer:
            assert answer.status == 200
        async with session.get(f"http://127.0.0.1:{running.ops_port}/metrics") as answer:
            assert "onshi_insurers_quiet 0.0" in await answer.text()
