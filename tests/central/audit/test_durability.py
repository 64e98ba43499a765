"""An acknowledged row survives kill -9: of the centre on SQLite, of the server on PostgreSQL."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from central.audit import AuditEntry, Journal, verify
from central.db import StoreDown
from central.db.migrate import upgrade, upgrade_file
from central.db.opening import open_store
from tests.parts.postgres import postgres_url, running_server

__all__ = ["postgres_url"]

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from central.audit import AuditEntry, Journal
from central.db.opening import open_store

async def main() -> None:
    book = Journal(open_store(sys.argv[1]), log="a", clock=lambda: datetime.now(UTC))

    async def one() -> None:
        while True:
            sequence = await book.record(AuditEntry(kind="visit", outcome="answered"))
            sys.stdout.write(f"{sequence}\\n")
            sys.stdout.flush()

    await asyncio.gather(*(one() for _ in range(8)))

asyncio.run(main())
"""


def killed_writer(url: str) -> int:
    """The last sequence that a centre acknowledged before it was killed."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        told = [writer.stdout.readline() for _ in range(200)]
        writer.kill()
        told += writer.stdout.read().splitlines(keepends=True)
    return max(int(line) for line in told if line.endswith(b"\n"))


async def test_on_sqlite_no_acknowledged_row_is_lost_when_the_centre_is_killed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    upgrade_file(tmp_path / "c.sqlite")
    acknowledged = max([await asyncio.to_thread(killed_writer, url) for _ in range(3)])
    store = open_store(url)
    assert (await verify(store, "a")).rows >= acknowledged >= 600
    await store.close()


@pytest.mark.real
async def test_thirty_two_in_flight_need_a_quarter_of_an_fsync_each_at_most(postgres_url: str) -> None:
    await upgrade(postgres_url)
    before = await _syncs(postgres_url)
    store = open_store(postgres_url)
    book = Journal(store, log="a", clock=lambda: datetime.now(UTC))

    async def one() -> None:
        for _ in range(20):
            await book.record(AuditEntry(kind="visit", outcome="answered"))

    await asyncio.gather(*(one() for _ in range(32)))
    # A backend hands its counts over when it ends.
    await store.close()
    await asyncio.sleep(0.2)
    assert 0 < await _syncs(postgres_url) - before <= 640 / 4


async def _syncs(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT wal_sync FROM pg_stat_wal"))
    finally:
        await connection.close()


@pytest.mark.real
async def test_on_postgresql_no_acknowledged_row_is_lost_when_the_server_is_killed() -> None:
    with running_server() as running:
        url = running.server.url()
        await upgrade(url)
        store = open_store(url, patience=5)
        book = Journal(store, log="a", clock=lambda: datetime.now(UTC))
        acknowledged: list[int] = []

        async def one() -> None:
            while True:
                acknowledged.append(await book.record(AuditEntry(kind="visit", outcome="answered")))

        writers = [asyncio.create_task(one()) for _ in range(8)]
        await asyncio.sleep(0.5)
        running.crash()
        for outcome in await asyncio.gather(*writers, return_exceptions=True):
            assert isinstance(outcome, StoreDown)
        await asyncio.to_thread(running.start)
        again = await book.record(AuditEntry(kind="visit", outcome="answered"))
        assert again > max(acknowledged)
        assert (await verify(store, "a")).rows == again
        await store.close()
