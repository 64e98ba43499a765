"""The importer on both databases, over a small town."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.insurers.bureau import Bureau
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def bureau(store: Store, store_url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    made = Bureau(store, store_url, tmp_path / "spool")
    await made.open()
    yield made
