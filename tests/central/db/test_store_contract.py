"""What every store promises, on SQLite and on real PostgreSQL alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import pytest_asyncio
import sqlalchemy as sa

from central.db import Day, Document, Moment, Statement, Store, Violation, insert
from central.db.opening import open_store
from tests.parts.store import create_all

ground = sa.MetaData()
things = sa.Table(
    "things",
    ground,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", Moment),
    sa.Column("day", Day),
    sa.Column("count", sa.Integer, sa.CheckConstraint("count >= 0", name="ck_count")),
    sa.Column("bytes", Document),
    sa.Column("on", sa.Boolean),
    sa.Column("notes", sa.JSON),
    sa.Column("must", sa.String(8), nullable=False),
)
parts = sa.Table(
    "parts",
    ground,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("thing", sa.ForeignKey("things.id"), nullable=False),
)

ADD = Statement("add", sa.insert(things))
ADD_FEW = Statement("add few", sa.insert(things).values(id=sa.bindparam("id"), count=sa.bindparam("count"), must="m"))
ADD_ONCE = Statement(
    "add once",
    insert(things).values(id=sa.bindparam("id"), must=sa.bindparam("must")).on_conflict_do_nothing(),
)
ADD_PART = Statement("add part", sa.insert(parts))
ONE = Statement("one", sa.select(things).where(things.c.id == sa.bindparam("id")), key="id", hot=True)
ALL = Statement("all", sa.select(things.c.id, things.c.count).order_by(things.c.id))
SOME = Statement(
    "some", sa.select(things.c.id).where(things.c.id.in_(sa.bindparam("ids", expanding=True))).order_by("id")
)
SOME_SINCE = Statement(
    "some since",
    sa.select(things.c.id).where(things.c.id.in_(["a", "b"]), things.c.at >= sa.bindparam("since", type_=Moment)),
)
SINCE = Statement("since", sa.select(things.c.id).where(things.c.at >= sa.bindparam("since")).order_by("id"))
RAISE_COUNT = Statement(
    "raise",
    sa.update(things).where(things.c.id == sa.bindparam("which")).values(count=things.c.count + sa.bindparam("by")),
)
TAKE = Statement("take", sa.delete(things).where(things.c.id == sa.bindparam("id")).returning(things.c.day))
TEXT = Statement("text", sa.text("SELECT 7 AS seven"))

NOON = datetime(2026, 11, 21, 3, 0, 0, 123456, UTC)
FULL = {
    "id": "a", "at": NOON, "day": date(2026, 11, 21), "count": 3, "bytes": b"\x00\xff", "on": True,
    "notes": {"k": ["値", 1, None]}, "must": "m",
}  # fmt: skip


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    await create_all(store_url, ground)
    opened = open_store(store_url, size=4, patience=10)
    try:
        yield opened
    finally:
        await opened.close()


async def add(store: Store, *ids: str) -> None:
    async with store.transaction() as transaction:
        await transaction.run_many(ADD_FEW, [{"id": one, "count": 0} for one in ids])


async def test_beside_a_list_every_parameter_keeps_its_own_form(store: Store) -> None:
    """A moment compared beside an ``IN`` once went to SQLite as Python writes it, and sorted before its own day."""
    async with store.transaction() as running:
        await running.run(ADD, **FULL)
    assert [row["id"] for row in await store.all(SOME_SINCE, since=NOON)] == ["a"]
    assert await store.all(SOME_SINCE, since=NOON + timedelta(seconds=1)) == []


async def test_values_come_back_as_they_went_in(store: Store) -> None:
    async with store.transaction() as transaction:
        assert await transaction.run(ADD, **FULL) == 1
    row = await store.first(ONE, id="a")
    assert row == FULL
    assert row["at"].tzinfo is UTC
    assert {type(name) for name in row} == {str}


async def test_empty_values_come_back_empty(store: Store) -> None:
    empty = {**dict.fromkeys(FULL), "id": "b", "must": "m"}
    async with store.transaction() as transaction:
        await transaction.run(ADD, **empty)
    assert await store.first(ONE, id="b") == empty


async def test_moments_compare_as_time_does_whatever_their_zone(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    moments = {"x": NOON, "y": NOON.replace(microsecond=0), "z": datetime(2026, 11, 21, 12, 0, 1, tzinfo=tokyo)}
    async with store.transaction() as transaction:
        for name, moment in moments.items():
            await transaction.run(ADD, **{**FULL, "id": name, "at": moment})
    assert [row["id"] for row in await store.all(SINCE, since=NOON)] == ["x", "z"]


async def test_a_moment_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        await store.all(SINCE, since=datetime(2026, 1, 1))  # noqa: DTZ001


async def test_nothing_found_is_none_or_an_empty_list(store: Store) -> None:
    assert await store.first(ONE, id="nobody") is None
    assert list(await store.all(ALL)) == []


async def test_a_list_parameter_takes_any_length(store: Store) -> None:
    await add(store, "a", "b", "c")
    for ids in ([], ["a"], ["a", "c", "zz"]):
        found = [row["id"] for row in await store.all(SOME, ids=ids)]
        assert found == [one for one in ids if one != "zz"]


async def test_text_statements_name_their_columns(store: Store) -> None:
    assert await store.first(TEXT) == {"seven": 7}


async def test_missing_and_unknown_parameters_are_errors_of_the_caller(store: Store) -> None:
    with pytest.raises(TypeError, match="missing parameter: id"):
        await store.first(ONE)
    with pytest.raises(TypeError, match="unknown parameters"):
        await store.first(ONE, id="a", other=1)


async def test_run_tells_how_many_rows_changed(store: Store) -> None:
    await add(store, "a", "b")
    async with store.transaction() as transaction:
        assert await transaction.run(RAISE_COUNT, which="a", by=2) == 1
        assert await transaction.run(RAISE_COUNT, which="nobody", by=2) == 0
        assert await transaction.run(ADD_ONCE, id="a", must="m") == 0
        assert await transaction.run(ADD_ONCE, id="c", must="m") == 1


@pytest.mark.parametrize("number", [0, 1, 3])
async def test_run_many_counts_what_was_really_written(store: Store, number: int) -> None:
    await add(store, "a")
    async with store.transaction() as transaction:
        rows = [{"id": one, "must": "m"} for one in ("b", "a", "c")[:number]]
        assert await transaction.run_many(ADD_ONCE, rows) == len([row for row in rows if row["id"] != "a"])
        raises = [{"which": "a", "by": 1}] * number
        assert await transaction.run_many(RAISE_COUNT, raises) == number


async def test_a_write_can_give_rows_back(store: Store) -> None:
    async with store.transaction() as transaction:
        await transaction.run(ADD, **FULL)
        assert await transaction.first(TAKE, id="a") == {"day": FULL["day"]}
        assert await transaction.first(TAKE, id="a") is None


async def test_an_exception_rolls_everything_back(store: Store) -> None:
    async def change_mind() -> None:
        async with store.transaction() as transaction:
            await transaction.run(ADD, **FULL)
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await change_mind()
    assert await store.first(ONE, id="a") is None


async def test_a_cancelled_transaction_rolls_back_and_the_next_one_works(store: Store) -> None:
    reached = asyncio.Event()

    async def never_ends() -> None:
        async with store.transaction() as transaction:
            await transaction.run(ADD, **FULL)
            reached.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(never_ends())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.first(ONE, id="a") is None
    await add(store, "a")


async def test_nobody_sees_a_write_before_its_commit(store: Store) -> None:
    async with store.transaction() as transaction:
        await transaction.run(ADD, **FULL)
        assert await transaction.first(ONE, id="a") is not None
        assert await store.first(ONE, id="a") is None
    assert await store.first(ONE, id="a") is not None


@pytest.mark.parametrize(
    ("kind", "statement", "values"),
    [
        ("unique", ADD, FULL),
        ("null", ADD, {**FULL, "id": "n", "must": None}),
        ("check", ADD, {**FULL, "id": "n", "count": -1}),
        ("foreign", ADD_PART, {"id": 1, "thing": "nobody"}),
    ],
)
async def test_a_broken_rule_is_named_alike_on_both(
    store: Store, kind: str, statement: Statement, values: dict[str, object]
) -> None:
    async with store.transaction() as transaction:
        await transaction.run(ADD, **FULL)
    with pytest.raises(Violation) as refused:
        async with store.transaction() as transaction:
            await transaction.run(statement, **values)
    assert refused.value.kind == kind
    assert len(await store.all(ALL)) == 1


async def test_a_swallowed_violation_never_passes_for_a_commit(store: Store) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK then; SQLite keeps what stands. Neither loses rows in silence."""
    try:
        async with store.transaction() as transaction:
            await transaction.run(ADD, **FULL)
            with pytest.raises(Violation):
                await transaction.run(ADD, **FULL)
    except Violation:
        assert await store.first(ONE, id="a") is None
    else:
        assert await store.first(ONE, id="a") is not None


async def test_concurrent_writers_all_get_through(store: Store) -> None:
    await add(store, "a")

    async def raise_count() -> None:
        async with store.transaction() as transaction:
            await transaction.run(RAISE_COUNT, which="a", by=1)

    await asyncio.gather(*(raise_count() for _ in range(25)))
    assert await store.all(ALL) == [{"id": "a", "count": 25}]


async def test_a_long_reading_comes_in_portions(store: Store) -> None:
    await add(store, *(f"{number:05}" for number in range(1201)))
    assert [row["id"] async for row in store.stream(ALL)] == [f"{number:05}" for number in range(1201)]


async def test_a_reading_left_early_frees_what_it_held(store: Store) -> None:
    await add(store, *(f"{number:05}" for number in range(1201)))
    for _ in range(6):
        async with aclosing(store.stream(ALL)) as rows:  # type: ignore[type-var]
            async for row in rows:
                assert row["id"] == "00000"
                break
    await add(store, "a")


async def test_a_wrong_statement_is_not_taken_for_a_dead_database(store: Store) -> None:
    nowhere = Statement("nowhere", sa.text("SELECT * FROM nowhere"))
    with pytest.raises(Exception, match="nowhere") as failed:
        await store.all(nowhere)
    assert not hasattr(failed.value, "fault")
