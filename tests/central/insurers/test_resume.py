"""An importer that is killed goes on: the same end state, no line lost or doubled; and what it leaves on the disk."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central.db import Store
from central.insurers import ahead, merge, spool, staging
from central.insurers.parts import Progress, State
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.insurers import LINE_QUOTES, RESIDENTS_DOWN, SPOOL_BROKEN
from sandbox.residents.people import number_of
from tests.central.insurers.bureau import Bureau, csv_file, written

LINES = 120


class Killed(BaseException):
    """Stands for the process's end: nothing of ours catches it."""


def _lines(bureau: Bureau) -> list[dict[str, str]]:
    return [bureau.line(n, **({"birth": "19800231"} if n == 60 else {})) for n in range(1, LINES + 1)]


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "PORTION", 20)
    monkeypatch.setattr("central.insurers.reading.BATCH", 10)


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("at", ["read:60", "read:100", "apply:0", "apply:30", "apply:46"])
async def test_stopped_at_any_moment_and_resumed_it_ends_the_same(bureau: Bureau, at: str) -> None:
    part, _, done = at.partition(":")

    def told(now: Progress) -> None:
        if now.part == part and now.done >= int(done):
            raise Killed

    stopping = Importer(bureau.importer._parts, told=told)
    data = csv_file(_lines(bureau))
    upload = await stopping.receive([data], operator="a", skip_faulty=True)
    with pytest.raises(Killed):
        await stopping.run(upload)
    assert await bureau.current("coverage") == [], "nothing is visible before all of it is"
    assert await bureau.importer.receive([data], operator="a", skip_faulty=True) == upload
    result = await bureau.importer.run(upload)
    assert (result.state, result.lines, result.faulty) == (State.APPLIED, LINES, 1)
    assert len(await bureau.current("coverage")) == LINES - 1
    assert len(await bureau.rows("SELECT * FROM insurers_individual")) == LINES - 1
    assert [code for _, code in await bureau.codes(result)] == ["INSURER-031"]
    assert list(written(bureau.folder)) == []
    assert await bureau.rows("SELECT * FROM insurers_staging") == []


@pytest.mark.usefixtures("small_portions")
async def test_a_resident_register_that_is_away_is_asked_again_when_resumed(bureau: Bureau) -> None:
    bureau.town.away = 1
    upload = await bureau.importer.receive([csv_file(_lines(bureau)[:50])], operator="a")
    with pytest.raises(OnshiError) as away:
        await bureau.importer.run(upload)
    assert away.value.fault is RESIDENTS_DOWN
    assert (await bureau.importer.run(upload)).state is State.APPLIED


@pytest.mark.usefixtures("small_portions")
async def test_staging_that_a_database_crash_emptied_is_read_again(bureau: Bureau) -> None:
    def told(now: Progress) -> None:
        if now.part == "read" and now.done >= 30:
            raise Killed

    upload = await bureau.importer.receive([csv_file(_lines(bureau)[:59])], operator="a")
    with pytest.raises(Killed):
        await Importer(bureau.importer._parts, told=told).run(upload)
    await merge.wipe(bureau.store, upload)
    result = await bureau.importer.run(upload)
    assert (result.state, result.lines) == (State.APPLIED, 59)
    assert len(await bureau.current("coverage")) == 59


async def test_a_file_that_lost_its_end_or_its_key_is_not_applied(bureau: Bureau) -> None:
    upload = await bureau.importer.receive([csv_file([bureau.line(1)])], operator="a")
    (path,) = bureau.folder.glob("*.csv.enc")
    path.write_bytes(path.read_bytes()[:-30])
    result = await bureau.importer.run(upload)
    assert (result.state, result.code) == (State.REFUSED, SPOOL_BROKEN.code)
    assert await bureau.current("person") == []


async def test_a_count_that_is_wrong_applies_nothing(bureau: Bureau) -> None:
    data = csv_file([bureau.line(n) for n in range(1, 30)]).replace(b",29\r\n", b",30\r\n")
    upload = await bureau.importer.receive([data], operator="a", skip_faulty=True)
    result = await bureau.importer.run(upload)
    assert (result.state, result.code) == (State.REFUSED, "INSURER-005")
    assert await bureau.current("person") == []
    assert await bureau.rows("SELECT * FROM insurers_staging") == []


async def test_a_count_that_is_wrong_because_a_field_holds_a_line_break_tells_the_line(bureau: Bureau) -> None:
    data = csv_file([bureau.line(n) for n in range(1, 4)])
    header, first, second, *rest = data.split(b"\r\n")
    broken = second.replace("見本県".encode(), b'"\n', 1)
    assert broken != second
    upload = await bureau.importer.receive([b"\r\n".join([header, first, broken, *rest])], operator="a")
    result = await bureau.importer.run(upload)
    assert (result.state, result.code) == (State.REFUSED, "INSURER-005")
    found = [(fault.line, fault.code) async for fault in bureau.importer.faults(upload)]
    assert found[0] == (3, LINE_QUOTES.code)
    assert await bureau.current("person") == []
    assert await bureau.rows("SELECT * FROM insurers_staging") == []


async def test_lines_of_another_encoding_refuse_the_file_even_when_faulty_ones_may_be_left_out(bureau: Bureau) -> None:
    header, first, *_ = csv_file([bureau.line(1)]).split(b"\r\n")
    second = csv_file([bureau.line(1), bureau.line(2)], encoding="cp932").split(b"\r\n")[2]
    data = b"\r\n".join([header, first, second, "件数,2".encode()])
    upload = await bureau.importer.receive([data], operator="a", skip_faulty=True)
    result = await bureau.importer.run(upload)
    assert (result.state, result.code) == (State.REFUSED, "INSURER-003")


async def test_nothing_on_disk_or_in_the_database_holds_a_number(bureau: Bureau) -> None:
    """While an upload waits, and after it: not in the spool, not in any table, not in the report."""
    numbers = [number_of(n).encode() for n in (1, 2, 3)]
    lines = [bureau.line(1), bureau.line(2, birth="19800231"), bureau.line(3, name=f"={number_of(3)}")]
    upload = await bureau.importer.receive([csv_file(lines)], operator="a")
    kept = b"".join(path.read_bytes() for path in bureau.folder.iterdir())
    result = await bureau.importer.run(upload)
    tables = await bureau.rows("SELECT * FROM insurers_upload"), await bureau.rows("SELECT * FROM insurers_fault")
    told = repr((result, tables, await bureau.faults(result))).encode()
    await bureau.send(bureau.line(1))
    tables += (
        await bureau.rows("SELECT * FROM insurers_individual"),
        await bureau.rows("SELECT * FROM register_person"),
    )
    told += repr(tables).encode()
    for number in numbers:
        assert number not in kept
        assert number not in told


_CHILD = """
    import asyncio, sys
    from pathlib import Path
    from datetime import UTC, datetime
    from central.db.opening import open_store
    from central.insurers import reading, staging
    from central.insurers.uploads import Importer
    import pytest
    from tests.central.insurers.bureau import Bureau, as_if_large, parts_of, Town

    url, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    staging.PORTION, reading.BATCH = 20, 10
    if sys.argv[5] == "large":
        as_if_large(pytest.MonkeyPatch())

    async def main():
        store = open_store(url)
        town = Town()
        for place in range(1, count + 1):
            town.settle(place)
        importer = Importer(
            parts_of(store, url, folder, town, lambda: datetime(2026, 6, 1, 3, tzinfo=UTC)),
            told=lambda now: print(now.part, now.done, flush=True),
        )
        upload = await importer.receive([Path(sys.argv[4]).read_bytes()], operator="a")
        result = await importer.run(upload)
        print("end", result.state.value, flush=True)
        await store.close()

    asyncio.run(main())
"""


@pytest.mark.parametrize("lines_heard", [3, 8, 40])
async def test_kill_9_at_any_moment_then_the_same_command_again(
    store: Store, store_url: str, tmp_path: Path, lines_heard: int
) -> None:
    bureau = Bureau(store, store_url, tmp_path / "spool")
    await bureau.open()
    count = 60
    file = tmp_path / "upload.csv"
    file.write_bytes(csv_file([bureau.line(n) for n in range(1, count + 1)]))
    words = [sys.executable, "-c", textwrap.dedent(_CHILD), store_url, str(tmp_path / "spool"), str(count), str(file)]
    words.append("large" if ahead.LARGE == 0 else "small")

    def run(until: int) -> str:
        child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        assert child.stdout is not None
        last = ""
        for heard, line in enumerate(child.stdout, 1):
            last = line
            if heard == until:
                os.kill(child.pid, signal.SIGKILL)
                break
        child.wait(60)
        child.stdout.close()
        return last

    await asyncio.to_thread(run, lines_heard)
    assert len(await bureau.current("coverage")) in {0, count}
    assert await asyncio.to_thread(run, -1) == "end applied\n"
    for table in ("person", "tie", "coverage", "burden_ratio", "number_directory"):
        assert len(await bureau.current(table)) == count, table
    assert await bureau.rows("SELECT * FROM insurers_staging") == []


async def test_a_file_left_behind_by_a_killed_process_is_destroyed(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    (row,) = await bureau.rows("SELECT upload_id FROM insurers_upload")
    bureau.importer._parts.spool.keep(row["upload_id"], [b"x"])
    bureau.importer._parts.spool.keep("f" * 24, [b"x"])
    bureau.now = datetime.now(UTC) + timedelta(hours=2)
    await bureau.importer.tidy()
    assert list(written(bureau.folder)) == []


@pytest.mark.parametrize("held", ["key", "file"])
async def test_a_sender_who_leaves_while_the_file_is_begun_leaves_nothing(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    """The thread that writes goes on after its caller is gone; what it makes then goes as well."""
    reached, left, over = threading.Event(), threading.Event(), threading.Event()
    write, keep = spool._write, bureau.importer._parts.spool.keep

    def hold(at: str) -> None:
        if at == held:
            reached.set()
            assert left.wait(60)

    def writing(path: Path, content: bytes) -> None:
        write(path, content)
        hold("key")

    def keeping(upload: str, chunks: Iterable[bytes]) -> int:
        try:
            return keep(upload, chunks)
        finally:
            over.set()

    def chunks() -> Iterator[bytes]:
        hold("file")
        yield csv_file([bureau.line(1)])

    monkeypatch.setattr(spool, "_write", writing)
    monkeypatch.setattr(bureau.importer._parts.spool, "keep", keeping)
    sending = asyncio.create_task(bureau.importer.receive(chunks(), operator="a"))
    assert await asyncio.to_thread(reached.wait, 10)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    left.set()
    assert await asyncio.to_thread(over.wait, 10)
    assert list(written(bureau.folder)) == []
    assert await bureau.rows("SELECT * FROM insurers_upload") == []
