"""Both databases for grants."""

import central.db.tables  # noqa: F401 — the tables that `store` creates
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]
