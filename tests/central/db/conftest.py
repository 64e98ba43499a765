"""Both databases for the store's contract."""

from tests.parts.postgres import postgres
from tests.parts.store import store_url

__all__ = ["postgres", "store_url"]
