"""The register on both databases; one PostgreSQL database for all tests here, emptied before each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

import central.audit.tables
import central.register.tables
from central.db import Store, metadata
from central.db.opening import is_sqlite, open_store
from tests.central.register.world import World
from tests.parts.postgres import Server, postgres
from tests.parts.store import create_all

__all__ = ["postgres"]

OURS = [name for name in metadata.tables if name.startswith("register_")] + [central.audit.tables.audit_log.name]


@pytest.fixture(scope="session")
def register_database(postgres: Server) -> str:
    postgres.run("createdb", "register")
    return postgres.url("register")


async def _emptied(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('register_clock')") is None:
            await create_all(url)
        await connection.execute(f"TRUNCATE {', '.join(OURS)}")
        await connection.execute(central.register.tables.guard_statements("postgresql")[-1])
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Stands in for the fixture of `tests.parts.store`, which makes a database for every test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.sqlite'}"
    url: str = request.getfixturevalue("register_database")
    asyncio.run(_emptied(url))
    return url


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    if is_sqlite(store_url):
        await create_all(store_url)
    opened = open_store(store_url, patience=20)
    try:
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """A register with three insurers and a welfare office, and a clock that only moves when told."""
    made = World(store)
    await made.open()
    yield made
