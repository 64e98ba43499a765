"""Both databases for the journal."""

from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]
