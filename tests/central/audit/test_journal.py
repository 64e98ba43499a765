"""The audit journal: durable, grouped, gapless, and one guilty entry never harms its neighbours."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from central.audit import AuditEntry, Conflict, Journal, logs, verify
from central.audit.tables import audit_log
from central.db import Statement, Store, StoreDown, Violation, insert
from central.facilities.tables import device, facility
from protocol.errors import OnshiError
from protocol.errors.central import AUDIT_BROKEN

NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
HASH = "ab" * 32

SPEND = Statement("test.spend", insert(facility).on_conflict_do_nothing())
ADD_DEVICE = Statement(
    "test.device",
    sa.insert(device).values({c.name: sa.bindparam(c.name) for c in device.c if not c.name.startswith("revoked")}),
)
SPENT = Statement("test.spent", sa.select(facility.c.code).order_by(facility.c.code))
EVERY = Statement("test.every", sa.select(audit_log).order_by(audit_log.c.log, audit_log.c.sequence))


def entry(number: int = 0, **more: Any) -> AuditEntry:
    return AuditEntry(kind="visit", outcome="answered", request_id=f"{number:032x}", request_hash=HASH, **more)


def spend(code: str) -> tuple[Statement, dict[str, object]]:
    values = {
        "code": code,
        "name": "x",
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "municipality": None,
        "recorded_at": NOON,
    }
    return SPEND, values


def enrol(name: str, at: str) -> tuple[Statement, dict[str, object]]:
    return ADD_DEVICE, {"id": name, "facility": at, "public_key": name.encode(), "enrolled_at": NOON}


def journal(store: Store, log: str = "a") -> Journal:
    return Journal(store, log=log, clock=lambda: NOON)


async def test_a_recorded_row_is_there_with_everything_it_says(store: Store) -> None:
    one = entry(
        7, asked_day=date(2026, 11, 20), computed_from=NOON - timedelta(seconds=3), facility="9910000001",
        device="device-1", subject="person-1", answer_hash=HASH, references=("grant:1",),
    )  # fmt: skip
    assert await journal(store).record(one) == 1
    (row,) = await store.all(EVERY)
    said = msgspec.json.decode(row["content"])
    assert said["entry"]["asked_day"] == "2026-11-20"
    assert said["entry"]["computed_from"] == "2026-11-21T02:59:57Z"
    assert said["previous"] == "00" * 32
    assert (row["facility"], row["subject"], row["recorded_at"]) == ("9910000001", "person-1", NOON)


async def test_concurrent_rows_share_commits_and_have_no_gaps(store: Store) -> None:
    book = journal(store)
    sequences = await asyncio.gather(*(book.record(entry(number)) for number in range(300)))
    assert sorted(sequences) == list(range(1, 301))
    assert book.commits <= 300 // 32
    assert (await verify(store, "a")).rows == 300


async def test_the_chain_goes_on_after_a_restart(store: Store) -> None:
    for expected in (1, 2, 3):
        assert await journal(store).record(entry(expected)) == expected
    assert (await verify(store, "a")).rows == 3


async def test_each_log_has_a_chain_of_its_own(store: Store) -> None:
    await asyncio.gather(*(journal(store, log).record(entry()) for log in ("b", "a")))
    assert await logs(store) == ["a", "b"]
    assert [(await verify(store, log)).rows for log in ("a", "b")] == [1, 1]


async def test_two_processes_on_one_log_still_make_one_chain(store: Store) -> None:
    books = [journal(store), journal(store)]
    await books[0].record(entry())
    sequences = await asyncio.gather(*(books[n % 2].record(entry(n)) for n in range(40)))
    assert sorted(sequences) == list(range(2, 42))
    assert (await verify(store, "a")).rows == 41


async def test_writes_stand_and_fall_with_their_row(store: Store) -> None:
    book = journal(store)
    await book.record(entry(), unique=[spend("A")], writes=[enrol("d", "A")])
    with pytest.raises(Violation) as refused:
        await book.record(entry(), unique=[spend("B")], writes=[enrol("e", "nowhere")])
    assert refused.value.kind == "foreign"
    assert [row["code"] for row in await store.all(SPENT)] == ["A"]
    assert (await verify(store, "a")).rows == 1


async def test_a_second_spending_is_a_conflict_and_writes_nothing(store: Store) -> None:
    book = journal(store)
    await book.record(entry(), unique=[spend("A")])
    with pytest.raises(Conflict) as clash:
        await book.record(entry(), unique=[spend("A")], writes=[enrol("d", "A")])
    assert clash.value.statement is SPEND
    assert (await verify(store, "a")).rows == 1


async def test_the_second_of_two_unique_writes_takes_the_first_back(store: Store) -> None:
    book = journal(store)
    await book.record(entry(), unique=[spend("A")])
    with pytest.raises(Conflict):
        await book.record(entry(), unique=[spend("B"), spend("A")])
    assert [row["code"] for row in await store.all(SPENT)] == ["A"]


async def test_of_many_that_spend_the_same_exactly_one_wins(store: Store) -> None:
    book = journal(store)
    outcomes = await asyncio.gather(
        *(book.record(entry(n), unique=[spend("same")]) for n in range(20)),
        *(book.record(entry(n), unique=[spend(f"own{n}")]) for n in range(20)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, int) for one in outcomes[:20]) == 1
    assert sum(isinstance(one, Conflict) for one in outcomes[:20]) == 19
    assert all(isinstance(one, int) for one in outcomes[20:])
    assert (await verify(store, "a")).rows == 21


async def test_one_bad_entry_does_not_harm_the_others_of_its_group(store: Store) -> None:
    book = journal(store)
    await book.record(entry(), unique=[spend("A")])
    outcomes = await asyncio.gather(
        *(book.record(entry(n), unique=[spend(f"s{n}")], writes=[enrol(f"d{n}", "A")]) for n in range(5)),
        book.record(entry(), unique=[spend("bad")], writes=[enrol("bad", "nowhere")]),
        book.record(entry(), unique=[spend("worse"), spend("A")]),
        book.record(entry(), writes=[(SPEND, {"unknown": 1})]),
        *(book.record(entry(n), unique=[spend(f"s{n}")]) for n in range(5, 10)),
        return_exceptions=True,
    )
    kinds = [type(one) for one in outcomes]
    assert kinds == [int] * 5 + [Violation, Conflict, TypeError] + [int] * 5
    codes = [row["code"] for row in await store.all(SPENT)]
    assert codes == ["A", *(f"s{n}" for n in range(10))]
    assert (await verify(store, "a")).rows == 11


async def test_a_caller_that_leaves_does_not_stop_the_others(store: Store) -> None:
    book = journal(store)
    tasks = [asyncio.create_task(book.record(entry(n))) for n in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, int) for one in done) == 9
    await book.stop()
    assert (await verify(store, "a")).rows in {9, 10}


async def test_an_entry_with_more_than_ids_is_refused_before_anything_is_written(store: Store) -> None:
    with pytest.raises(msgspec.ValidationError):
        await journal(store).record(AuditEntry(kind="visit", outcome="answered", subject="山田 太郎"))
    assert await store.all(EVERY) == []


async def test_a_changed_missing_or_swapped_row_is_found(store: Store) -> None:
    book = journal(store)
    await asyncio.gather(*(book.record(entry(n)) for n in range(5)))
    where = (audit_log.c.log == "a", audit_log.c.sequence == 3)
    third = await store.first(Statement("third", sa.select(audit_log).where(*where)))
    assert third
    damages = {
        "hash differs from content": {"hash": b"\x00" * 32},
        "columns differ from content": {"outcome": "TRUST-001"},
        "content is not canonical": {"content": third["content"] + b" "},
        "content of another row": {"content": third["content"].replace(b'"sequence":3', b'"sequence":4')},
        "hash differs": {"content": third["content"].replace(b"answered", b"answerad")},
    }
    for reason, values in damages.items():
        async with store.transaction() as transaction:
            await transaction.run(Statement(reason, sa.update(audit_log).where(*where).values(values)))
        with pytest.raises(OnshiError, match=reason) as broken:
            await verify(store, "a")
        assert (broken.value.fault, broken.value.details["sequence"]) == (AUDIT_BROKEN, 3)
        async with store.transaction() as transaction:
            await transaction.run(Statement("mend", sa.update(audit_log).where(*where).values(dict(third))))
    assert (await verify(store, "a")).rows == 5
    async with store.transaction() as transaction:
        await transaction.run(Statement("cut", sa.delete(audit_log).where(*where)))
    with pytest.raises(OnshiError, match="row missing"):
        await verify(store, "a")


async def test_without_a_database_everybody_hears_it_and_later_it_goes_on(store: Store) -> None:
    class Flaky:
        dialect = store.dialect
        down = True

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def transaction(self) -> Any:
            if self.down:
                raise StoreDown("test")
            return store.transaction()

    flaky = Flaky()
    book = Journal(flaky, log="a", clock=lambda: NOON)  # type: ignore[arg-type]
    outcomes = await asyncio.gather(*(book.record(entry(n)) for n in range(3)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [StoreDown] * 3
    flaky.down = False
    assert await book.record(entry()) == 1
