"""PostgreSQL going away and coming back under the store."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa

from central.db import Contention, Statement, StoreDown
from central.db.postgres import PostgresStore
from tests.parts.postgres import Server, postgres_url

__all__ = ["postgres_url"]

pytestmark = pytest.mark.real

ONE = Statement("one", sa.text("SELECT 1 AS one"))
SLEEP = Statement("sleep", sa.text("SELECT 1 AS one FROM pg_sleep(30)"))
LOCK = Statement("lock", sa.text("SELECT pg_advisory_xact_lock(:k)").bindparams(sa.bindparam("k", type_=sa.BigInteger)))


@pytest_asyncio.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(postgres_url, size=3, patience=5)
    try:
        yield opened
    finally:
        await opened.close()


async def kill_all(url: str) -> None:
    other = await asyncpg.connect(url)
    try:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await other.close()


async def test_connections_that_died_while_idle_are_not_noticed_by_a_reader(
    store: PostgresStore, postgres_url: str
) -> None:
    for _ in range(5):
        await asyncio.gather(*(store.first(ONE) for _ in range(9)))
        await kill_all(postgres_url)
        assert await store.first(ONE) == {"one": 1}
        await kill_all(postgres_url)
        async with store.transaction() as transaction:
            assert await transaction.first(ONE) == {"one": 1}


async def test_a_connection_that_dies_in_a_transaction_is_told_and_replaced(
    store: PostgresStore, postgres_url: str
) -> None:
    async def hit() -> None:
        async with store.transaction() as transaction:
            await kill_all(postgres_url)
            await transaction.first(ONE)

    with pytest.raises(StoreDown):
        await hit()
    assert await store.first(ONE) == {"one": 1}


async def test_more_callers_than_connections_wait_their_turn(store: PostgresStore) -> None:
    assert await asyncio.gather(*(store.first(ONE) for _ in range(50))) == [{"one": 1}] * 50
    assert len(store._pool._idle) <= 3


async def test_a_waiter_that_gives_up_does_not_take_a_turn_with_it(store: PostgresStore) -> None:
    async with store.transaction(), store.transaction():
        async with store.transaction():
            waiting = [asyncio.create_task(store.first(ONE)) for _ in range(4)]
            await asyncio.sleep(0.05)
            waiting[0].cancel()
            waiting[2].cancel()
        assert await asyncio.wait_for(asyncio.gather(waiting[1], waiting[3]), 5) == [{"one": 1}] * 2


async def test_patience_ends_and_says_that_the_database_is_down(postgres_url: str) -> None:
    store = PostgresStore(postgres_url, size=1, patience=0.3)
    try:
        async with store.transaction():
            with pytest.raises(StoreDown, match="no free connection"):
                await store.first(ONE)
        with pytest.raises(StoreDown):
            await store.first(SLEEP)
    finally:
        await store.close()


async def test_a_deadlock_asks_to_do_it_again(store: PostgresStore) -> None:
    both = asyncio.Barrier(2)

    async def cross(first: int, second: int) -> None:
        async with store.transaction() as transaction:
            await transaction.all(LOCK, k=first)
            await both.wait()
            await transaction.all(LOCK, k=second)

    outcomes = await asyncio.gather(cross(1, 2), cross(2, 1), return_exceptions=True)
    assert {type(one) for one in outcomes} == {type(None), Contention}


async def test_no_server_is_a_catalogue_error_without_the_address(postgres: Server) -> None:
    store = PostgresStore(f"postgresql://x:secret@/none?host={postgres.folder}&port=1", patience=2)
    with pytest.raises(StoreDown) as down:
        await store.first(ONE)
    assert "secret" not in str(down.value)
    assert str(postgres.folder) not in str(down.value)
    await store.close()


async def test_a_cancelled_reading_leaves_the_connection_usable(store: PostgresStore) -> None:
    task = asyncio.create_task(store.first(SLEEP))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.first(ONE) == {"one": 1}
