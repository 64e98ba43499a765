"""The importer on both databases, over a small town; on PostgreSQL also as it treats large uploads."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.insurers.bureau import Bureau, as_if_large
from tests.parts.postgres import postgres
from tests.parts.store import postgres_database, store

__all__ = ["postgres", "store"]


@pytest_asyncio.fixture(
    params=["sqlite", *(pytest.param(name, marks=pytest.mark.real) for name in ("postgresql", "ahead"))]
)
async def store_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """The URL of a database of each kind; ``ahead``: PostgreSQL, where every upload is as if it were large."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'centre.sqlite'}"
        return
    if request.param == "ahead":
        as_if_large(monkeypatch)
    async with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest_asyncio.fixture
async def bureau(store: Store, store_url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    made = Bureau(store, store_url, tmp_path / "spool")
    await made.open()
    yield made
