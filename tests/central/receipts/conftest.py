"""The import on both databases, over a small register."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.receipts.office import Office
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def office(store: Store, store_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(store, store_url, tmp_path)
    await made.open()
    yield made
