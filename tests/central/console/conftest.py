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
async def bureau_only(store: Store, store_url: str, tmp_path: Path) -> Bureau:
    """The importer without a console."""
    made = Bureau(store, store_url, tmp_path / "spool")
    await made.open()
    return made


@pytest_asyncio.fixture
async def desk(bureau_only: Bureau, tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(bureau_only, tmp_path / "spool") as made:
        yield made
