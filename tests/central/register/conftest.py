"""The register on both databases."""

from collections.abc import AsyncIterator

import pytest_asyncio

import central.audit.tables
import central.register.tables  # noqa: F401 — the tables that `store` creates
from central.db import Store
from tests.central.register.world import World
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest_asyncio.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """A register with three insurers and a welfare office, and a clock that only moves when told."""
    made = World(store)
    await made.open()
    yield made
