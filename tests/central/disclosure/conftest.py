"""Both databases for grants and the door."""

import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.disclosure.practice import Practice
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def practice(store: Store) -> Practice:
    made = Practice(store)
    await made.open()
    return made
