"""Who waits for the register's turn holds no connection: those who only ask are answered meanwhile."""

import asyncio
import time
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from central.db.opening import open_store
from central.db.store import Statement, StoreDown
from central.register import entries as e
from central.register.intake import RegisterIntake
from tests.parts.postgres import postgres_url
from tests.parts.store import create_all

__all__ = ["postgres_url"]

pytestmark = pytest.mark.real
ASK = Statement("test.ask", sa.text("SELECT published FROM register_clock"))
HOLD = Statement("test.hold", sa.text("SELECT published FROM register_clock FOR UPDATE"))


def _insurer(number: int) -> e.Insurer:
    return e.Insurer(number=f"0699{number:04d}", name="見本", valid_from=date(2000, 1, 1))


async def test_many_who_wait_leave_connections_to_those_who_ask(postgres_url: str) -> None:
    await create_all(postgres_url)
    store, other = open_store(postgres_url, size=2, patience=20), open_store(postgres_url, size=1)
    intake = RegisterIntake(store, lambda: datetime.now(UTC))
    async with other.transaction() as running:
        await running.first(HOLD)
        waiting = [asyncio.create_task(intake.register(_insurer(number))) for number in range(6)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            assert await store.first(ASK) is not None
        assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)
    found = await store.all(Statement("test.moments", sa.text("SELECT DISTINCT recorded_from FROM register_insurer")))
    assert len(found) == 6, "one after the other, each with a moment of its own"
    await store.close()
    await other.close()


async def test_patience_ends_and_the_connection_is_good_again(postgres_url: str) -> None:
    await create_all(postgres_url)
    store, other = open_store(postgres_url, size=1, patience=20), open_store(postgres_url, size=1)
    intake = RegisterIntake(store, lambda: datetime.now(UTC), patience=0.2)
    async with other.transaction() as running:
        await running.first(HOLD)
        begun = time.monotonic()
        done = await asyncio.gather(*(intake.register(_insurer(n)) for n in range(5)), return_exceptions=True)
        assert time.monotonic() - begun < 15, "not the database's patience"
        assert all(isinstance(one, StoreDown) for one in done)
        assert await store.first(ASK) is not None
    await intake.register(_insurer(9))
    assert len(await store.all(Statement("test.rows", sa.text("SELECT 1 FROM register_insurer")))) == 1
    await store.close()
    await other.close()
