"""Both databases for one test suite: the fixture ``store`` runs each test on SQLite and on real PostgreSQL.

Import ``store``, ``store_url`` and (from `tests.parts.postgres`) ``postgres`` in a ``conftest.py``. Tables come
from ``metadata``: import the tables that the test needs (or `central.db.tables`, for all).
"""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.sql.ddl import ExecutableDDLElement

from central.db import Store, metadata
from central.db.opening import is_sqlite, open_store, sqlite_path
from tests.parts.postgres import Server

_numbers = count(1)


def ddl(dialect: str, tables: sa.MetaData = metadata) -> list[str]:
    """Every statement that ``create_all`` would run for this dialect, the tables' own triggers included."""
    found: list[str] = []

    def note(element: ExecutableDDLElement, *_: object, **__: object) -> None:
        found.append(str(element.compile(dialect=engine.dialect)).strip())

    engine = sa.create_mock_engine("sqlite://" if dialect == "sqlite" else "postgresql+asyncpg://", note)
    tables.create_all(engine, checkfirst=False)  # type: ignore[arg-type]
    return [statement for statement in found if statement]


async def create_all(url: str, tables: sa.MetaData = metadata) -> None:
    """All tables of ``tables``, empty. A database that had all of the product's tables before is only emptied."""
    if is_sqlite(url):
        path = sqlite_path(url)
        assert path is not None, "a private database has no URL to create tables in"
        with sqlite3.connect(path) as connection:
            for statement in ddl("sqlite", tables):
                connection.execute(statement)
        connection.close()
        return
    statements = ddl("postgresql", tables)
    names = frozenset(tables.tables)
    connection = await asyncpg.connect(url)
    try:
        if _filled.get(url) == names:
            wipe = "".join(f'DELETE FROM "{name}";' for name in names)  # noqa: S608 - our own tables' names
            rows = [statement for statement in statements if statement.startswith("INSERT")]
            await connection.execute(f"SET session_replication_role = replica; {wipe} RESET session_replication_role")
        else:
            rows = statements
        # One script is one transaction: forty tables, one fsync.
        await connection.execute(";".join(rows))
    finally:
        await connection.close()
    _filled[url] = names if tables is metadata and _filled.get(url, names) == names else frozenset()


_filled: dict[str, frozenset[str]] = {}
"""Databases by URL with the names of the product's tables in them; none where something else is in there as well."""
_spare: dict[str, list[str]] = {}
"""Of those, by server, the ones that no test uses now: making one takes a second, emptying one a few milliseconds."""


@pytest_asyncio.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)],
)
async def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database of each kind, for `create_all` or `store`."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'centre.sqlite'}"
        return
    async with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@asynccontextmanager
async def postgres_database(server: Server) -> AsyncIterator[str]:
    """The URL of a database for the block, for `create_all`; another test may have left its tables in it."""
    names = frozenset(metadata.tables)
    spare = _spare.setdefault(server.url(), [])
    url = next((one for one in spare if _filled[one] == names), None)
    if url is not None:
        spare.remove(url)
        yield url
    else:
        name = f"s{os.getpid()}_{next(_numbers)}"
        await _maintain(server, f"CREATE DATABASE {name}")
        url = server.url(name)
        yield url
    if _filled.get(url) == names:
        spare.append(url)


async def _maintain(server: Server, sql: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open store with all tables that are imported."""
    await create_all(store_url)
    opened = open_store(store_url, patience=20)
    try:
        yield opened
    finally:
        await opened.close()
