"""Checkups on both databases, over a small register."""

from collections.abc import AsyncIterator

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.checkups.shelf import Shelf
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def shelf(store: Store) -> AsyncIterator[Shelf]:
    made = Shelf(store)
    await made.open()
    yield made
    await made.journal.stop()
