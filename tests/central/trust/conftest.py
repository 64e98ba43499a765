"""A lab with a clock, and the database on both engines."""

import pytest

import central.trust.tables  # noqa: F401 — the tables that `store` creates
from tests.central.cards import Clock, Lab
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(clock: Clock) -> Lab:
    return Lab(clock)
