"""A centre on both databases."""

from collections.abc import AsyncIterator

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.presence.centre import Centre
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def centre(store: Store) -> AsyncIterator[Centre]:
    made = Centre(store)
    await made.open()
    yield made
    await made.journal.stop()
