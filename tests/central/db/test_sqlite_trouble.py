"""SQLite: the loop is never blocked, another process may write, the private file goes away."""

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from central.db import Statement, StoreDown
from central.db.opening import open_store
from central.db.sqlite import SqliteStore, connect
from protocol.errors import OnshiError

SLOW = Statement(
    "slow",
    sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) AS i FROM n"
    ),
)
PRAGMA = Statement("pragma", sa.text("SELECT journal_mode AS mode FROM pragma_journal_mode"))
CREATE = Statement("create", sa.text("SELECT 1 AS one"))


async def test_a_long_query_does_not_stop_the_loop() -> None:
    store = SqliteStore(None)
    ticks = 0
    task = asyncio.create_task(store.first(SLOW))
    while not task.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert (await task) == {"i": 2000000}
    assert ticks > 5
    await store.close()


async def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "centre.sqlite")
    await store.first(PRAGMA)
    modes = {entry.name: entry.stat().st_mode & 0o777 for entry in os.scandir(tmp_path)}
    await store.close()
    assert modes == {"centre.sqlite": 0o600, "centre.sqlite-shm": 0o600, "centre.sqlite-wal": 0o600}


async def test_a_private_database_leaves_nothing_behind() -> None:
    store = SqliteStore(None)
    assert store.path.exists()
    assert await store.first(PRAGMA) == {"mode": "wal"}
    await store.close()
    assert not store.path.parent.exists()


async def test_every_commit_is_synchronous(tmp_path: Path) -> None:
    connection = connect(tmp_path / "x.sqlite")
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    connection.close()


async def test_readers_cannot_write(tmp_path: Path) -> None:
    connection = connect(tmp_path / "x.sqlite", readonly=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("CREATE TABLE t (a)")
    connection.close()


async def test_a_file_that_is_no_database_is_a_catalogue_error(tmp_path: Path) -> None:
    path = tmp_path / "no.sqlite"
    path.write_bytes(b"this is not a database, it is a text of some length" * 100)
    with pytest.raises(StoreDown):
        open_store(f"sqlite:///{path}")
    with pytest.raises(StoreDown):
        open_store(f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.sqlite'}")


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(OnshiError, match=r"database\.url"):
        open_store("mysql://host/db")
