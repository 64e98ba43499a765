"""The one store that every service of the centre talks to: a compiled statement, parameters, rows.

SQLite (one writer thread) and PostgreSQL (asyncpg, prepared) stand behind it, so that a service is one code for
both. Statements are SQLAlchemy Core, made once at import as `Statement`; no session or ORM object reaches a
service. Days are ``date``, moments are aware ``datetime`` in UTC, ids are ``str``, documents are ``bytes``.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlalchemy.sql import Executable

Row = Mapping[str, Any]
"""A result row, read by column name."""


class Statement:
    """A named Core statement with ``bindparam`` s; each store compiles it once for its own dialect.

    ``key`` names the bind parameter that is the table's distribution key (None: not distributed); a test holds
    every hot statement to it.
    """

    __slots__ = ("core", "hot", "key", "name")

    def __init__(self, name: str, core: Executable, *, key: str | None = None, hot: bool = False) -> None:
        self.name = name
        self.core = core
        self.key = key
        self.hot = hot

    def __repr__(self) -> str:
        return f"Statement({self.name})"


class Reader(Protocol):
    async def all(self, statement: Statement, **parameters: object) -> Sequence[Row]: ...

    async def first(self, statement: Statement, **parameters: object) -> Row | None: ...


class Transaction(Reader, Protocol):
    """Everything or nothing; rolled back when its block ends with an exception."""

    async def run(self, statement: Statement, **parameters: object) -> int:
        """Execute and give the number of rows changed."""
        ...

    async def run_many(self, statement: Statement, parameters: Sequence[Mapping[str, object]]) -> None: ...


class Store(Reader, Protocol):
    dialect: str
    """``sqlite`` or ``postgresql``."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    def stream(self, statement: Statement, **parameters: object) -> AsyncIterator[Row]:
        """Rows in portions, for anything long."""
        ...

    async def close(self) -> None: ...
