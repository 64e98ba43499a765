"""The officers' console on both databases, over a small town."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.console.desk import Desk, opened
from tests.central.insurers.bureau import Bureau
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def desk(store: Store, store_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    bureau = Bureau(store, store_url, tmp_path / "spool")
    await bureau.open()
    async with opened(bureau, tmp_path / "spool") as made:
        yield made
