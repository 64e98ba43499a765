"""Large uploads are entered while they are read: the end is the same to the last row, and nothing is seen before it."""

import asyncio
import dataclasses
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.db import Statement, Store, metadata
from central.db.opening import open_store
from central.insurers import ahead, merge
from central.insurers.identity import Resident
from central.insurers.parts import Progress, Result, State
from central.insurers.uploads import Importer
from central.register import entries as e
from central.register.intake import RegisterIntake
from tests.central.insurers.bureau import OTHER, Bureau, as_if_large, csv_file
from tests.parts.postgres import Server
from tests.parts.store import create_all, postgres_database
from tests.parts.until import until

pytestmark = pytest.mark.real

Line = dict[str, str]
TABLES = sorted(
    {name for name in metadata.tables if name.startswith(("register_", "insurers_"))}
    - {"register_insurer", "insurers_comparison"}
)
"""All but the one that the office itself fills, and sealed comparisons, which are never sealed twice alike."""


@asynccontextmanager
async def office(server: Server, folder: Path, *, size: int = 8) -> AsyncIterator[Bureau]:
    """An importer on a database of its own, whose ids and moments are those of every other such office."""
    async with postgres_database(server) as url:
        await create_all(url)
        store = open_store(url, size=size, patience=20)
        try:
            made = Bureau(store, url, folder)
            parts = dataclasses.replace(made.importer._parts, random=random.Random("same").randbytes)  # noqa: S311
            made.importer = Importer(parts)
            await made.open()
            yield made
        finally:
            await store.close()


async def rows(bureau: Bureau) -> dict[str, list[dict[str, object]]]:
    """Everything that is there, to the last recorded moment and id."""
    return {
        table: sorted((dict(row) for row in await bureau.rows(f"SELECT * FROM {table}")), key=str)  # noqa: S608
        for table in TABLES
    }


async def send(bureau: Bureau, lines: list[Line], *, skip_faulty: bool) -> Result:
    result = await bureau.send(*lines, skip_faulty=skip_faulty)
    if result.state is State.HELD:
        await bureau.importer.confirm(result.upload, operator="second")
        result = await bureau.importer.run(result.upload)
    return result


def line(bureau: Bureau, place: int, record: int, **more: str) -> Line:
    return bureau.line(place, number=f"{1000 + record}") | more


FEW_PEOPLE, MANY = st.integers(1, 3), st.integers(4, 30)
one = st.fixed_dictionaries(
    {
        "place": st.one_of(FEW_PEOPLE, MANY, MANY),
        "record": st.one_of(FEW_PEOPLE, MANY, MANY, MANY),
        "operation": st.sampled_from("1111112233"),
        "qualified": st.sampled_from(("20200401", "20210401", "20220401")),
        "percent": st.sampled_from(("030", "020", "")),
    },
    optional={
        "disqualified": st.just("20230401"),
        "loss": st.just("99"),
        "birth": st.sampled_from(("19800415", "19800231")),
        "name": st.just("見本　他人"),
        "kana": st.just("ミホン　タニン"),
        "address": st.just("見本県白浜市１丁目２番３号"),
        "elderly_from": st.just("20220401"),
        "elderly_percent": st.just("020"),
        "branch": st.sampled_from(("00", "01")),
        "individual": st.just(""),
    },
)
uploads = st.lists(st.tuples(st.lists(one, min_size=1, max_size=12), st.booleans()), min_size=1, max_size=3)


async def _compare(server: Server, sent: list[tuple[list[dict[str, object]], bool]]) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patched:
        folder = Path(name)
        async with office(server, folder / "after") as after, office(server, folder / "ahead") as before:
            for lines, skip_faulty in sent:
                results = []
                for bureau in (after, before):
                    if bureau is before:
                        as_if_large(patched)
                    made = [line(bureau, **stated) for stated in lines]  # type: ignore[arg-type]
                    results.append(await send(bureau, made, skip_faulty=skip_faulty))
                    patched.undo()
                assert results[0] == results[1]
                assert await rows(after) == await rows(before)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(uploads)
def test_entering_ahead_ends_as_entering_after(
    postgres: Server, sent: list[tuple[list[dict[str, object]], bool]]
) -> None:
    asyncio.run(_compare(postgres, sent))


@pytest.mark.soak
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(uploads)
def test_entering_ahead_ends_as_entering_after_a_thousand_times(
    postgres: Server, sent: list[tuple[list[dict[str, object]], bool]]
) -> None:
    asyncio.run(_compare(postgres, sent))


async def test_whose_items_another_number_has_is_told_alike(postgres: Server, tmp_path: Path) -> None:
    """Two numbers have all five items of a third line; the first of them is taken back, and entered again last."""
    same = {"name": "見本　同一", "kana": "ミホン　ドウイツ", "birth_date": "19800415"}
    said = {"name": same["name"], "kana": same["kana"], "birth": same["birth_date"]}
    found = []
    for large in (False, True):
        async with office(postgres, tmp_path / str(large)) as bureau:
            for place in (1, 2):
                bureau.town.settle(place, **same)
            bureau.town.settle(3)
            lines = [bureau.line(place, **more) for place, more in ((1, {}), (5, {}), (2, {}), (3, said), (7, {}))]
            lines[0] |= {"disqualified": "20230401", "loss": "99"}
            lines.append(bureau.line(8, number="1001", qualified="20230401"))
            with pytest.MonkeyPatch.context() as patched:
                if large:
                    as_if_large(patched)
                assert (await bureau.send(*lines)).state is State.APPLIED
            found.append(await rows(bureau))
    assert "one-on-several-numbers" in {row["kind"] for row in found[0]["register_work_item"]}
    assert found[0] == found[1]


class Entered:
    """How many plain lines were entered, portion by portion."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.portions: list[int] = []
        enter = merge.enter

        async def counted(*values: object, **more: object) -> int:
            found = await enter(*values, **more)  # type: ignore[arg-type]
            self.portions.append(found)
            return found

        patched.setattr(merge, "enter", counted)


@pytest.fixture
async def large(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    as_if_large(monkeypatch)
    async with office(postgres, tmp_path / "spool") as bureau:
        yield bureau


async def test_plain_lines_are_entered_and_those_that_turn_out_not_to_be_are_taken_back(
    large: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = Entered(monkeypatch)
    lines = [large.line(place) for place in range(1, 9)]
    lines += [
        large.line(1, number="2001"),  # the first line's person under another record
        large.line(10, number="1002", qualified="20230401"),  # the second line's record for another person
        large.line(11),
    ]
    lines[1] |= {"disqualified": "20230401", "loss": "99"}
    assert (await large.send(*lines)).state is State.APPLIED
    assert sum(entered.portions) == 9, "lines 1 and 2 were entered, and taken back"
    assert len(await large.current("coverage")) == 11
    assert len(await large.current("person")) == 10
    assert len(await large.rows("SELECT * FROM register_insured_record")) == 10
    assert await large.person(1) == next(
        row["person_id"] for row in await large.current("tie") if row["number"] == "2001"
    )
    kinds = [row["kind"] for row in await large.rows("SELECT kind FROM register_work_item WHERE closed_at IS NULL")]
    assert kinds == ["several-coverages", "several-coverages"]


class Waiting:
    """A resident register that answers a few requests and then waits."""

    def __init__(self, bureau: Bureau, answers: int) -> None:
        self._lookup = bureau.town.lookup
        self._left = answers
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        bureau.town.lookup = self.lookup  # type: ignore[method-assign, assignment]

    async def lookup(self, numbers: list[str]) -> list[Resident | None]:
        self._left -= 1
        if self._left < 0:
            self.reached.set()
            await self.go_on.wait()
        return await self._lookup(numbers)


async def _is_free(store: Store) -> bool:
    """Whether nobody holds the register's clock."""
    async with store.transaction() as running:
        statement = sa.text("SELECT id FROM register_clock FOR UPDATE SKIP LOCKED")
        return bool(await running.all(Statement("test.clock", statement)))


async def test_nothing_is_seen_of_it_before_it_is_whole(large: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = Entered(monkeypatch)
    waiting = Waiting(large, 4)
    sending = asyncio.create_task(large.send(*(large.line(place) for place in range(1, 21))))
    await waiting.reached.wait()
    await until(lambda: sum(entered.portions) >= 6)
    assert not await _is_free(large.store)
    for table in ("insured_record", "person", "coverage", "tie"):
        assert await large.rows(f"SELECT 1 FROM register_{table}") == []  # noqa: S608
    waiting.go_on.set()
    assert (await sending).state is State.APPLIED
    assert sum(entered.portions) == 20
    assert len({row["recorded_from"] for row in await large.current("coverage")}) == 1


async def test_it_gives_up_when_reading_takes_too_long_and_lets_others_write(
    large: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "LONGEST", 0.3)
    entered, waiting = Entered(monkeypatch), Waiting(large, 4)
    sending = asyncio.create_task(large.send(*(large.line(place) for place in range(1, 21))))
    await waiting.reached.wait()
    await until(lambda: entered.portions)
    await until(lambda: _is_free(large.store))
    intake = RegisterIntake(large.store, lambda: large.now)
    await intake.register(e.Insurer(number=OTHER, name="改名", valid_from=large.now.date()))
    assert not sending.done()
    waiting.go_on.set()
    assert (await sending).state is State.APPLIED
    assert len(await large.current("coverage")) == 20


async def test_a_fault_anywhere_ends_it_and_applies_nothing(large: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = Entered(monkeypatch)
    lines = [large.line(place) for place in range(1, 21)]
    lines[-1] |= {"birth": "19800231"}
    result = await large.send(*lines)
    assert (result.state, result.faulty) == (State.REFUSED, 1)
    assert sum(entered.portions) <= 19
    assert await large.current("person") == []
    assert await _is_free(large.store)


async def test_what_a_second_person_has_to_confirm_leaves_nothing_until_then(large: Bureau) -> None:
    assert (await large.send(*(large.line(place) for place in range(1, 11)))).state is State.APPLIED
    ends = [large.line(place, operation="2", disqualified="20260501", loss="99") for place in range(1, 11)]
    held = await large.send(*ends, *(large.line(place) for place in range(11, 31)))
    assert held.state is State.HELD
    assert len(await large.current("coverage")) == 10
    await large.importer.confirm(held.upload, operator="second")
    assert (await large.importer.run(held.upload)).state is State.APPLIED
    assert len(await large.current("coverage")) == 30


async def test_an_upload_of_known_members_is_not_worth_it(large: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "FEW", 10)
    lines = [large.line(place) for place in range(1, 21)]
    assert (await large.send(*lines)).state is State.APPLIED
    entered = Entered(monkeypatch)
    result = await large.send(*lines)
    assert result.state is State.APPLIED
    assert result.difference is not None
    assert result.difference.effects == {"same": 20}
    assert entered.portions == [0]


async def test_one_who_comes_second_waits_for_the_register_and_reads_meanwhile(
    large: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another insurer's upload holds the clock: reading goes on, entering begins when the register is free."""
    entered = Entered(monkeypatch)
    intake = RegisterIntake(large.store, lambda: large.now + timedelta(hours=2))
    async with intake.transaction():
        upload = await large.importer.receive([csv_file([large.line(place) for place in range(1, 21)])], operator="a")
        running = asyncio.create_task(large.importer.run(upload))

        async def staged() -> bool:
            (row,) = await large.rows("SELECT staged FROM insurers_upload")
            return bool(row["staged"] == 20)

        await until(staged)
        await asyncio.sleep(0.05)
        assert entered.portions == []
        assert not running.done()
    assert (await running).state is State.APPLIED
    assert sum(entered.portions) == 20


class Killed(BaseException):
    """Stands for the process's end: nothing of ours catches it."""


@pytest.mark.parametrize("at", ["read:12", "enter:0", "enter:10", "apply:0", "apply:40"])
async def test_stopped_at_any_moment_and_resumed_it_ends_the_same(large: Bureau, at: str) -> None:
    part, _, done = at.partition(":")

    def told(now: Progress) -> None:
        if now.part == part and now.done >= int(done):
            raise Killed

    data = csv_file([large.line(place) for place in range(1, 21)])
    upload = await large.importer.receive([data], operator="a")
    with pytest.raises(Killed):
        await Importer(large.importer._parts, told=told).run(upload)
    assert await large.rows("SELECT * FROM register_insured_record") == []
    assert await _is_free(large.store)
    result = await large.importer.run(upload)
    assert (result.state, result.lines) == (State.APPLIED, 20)
    for table in ("person", "tie", "coverage", "burden_ratio", "number_directory"):
        assert len(await large.current(table)) == 20, table
