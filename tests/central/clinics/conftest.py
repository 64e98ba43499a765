"""The clinics' domain on both databases, over a small register."""

from collections.abc import AsyncIterator

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.clinics.desk import Desk
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    made = Desk(store)
    await made.world.open()
    yield made
    await made.journal.stop()
