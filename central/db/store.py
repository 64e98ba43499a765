"""The one store that every service of the centre talks to: a compiled statement, parameters, rows.

SQLite (one writer thread) and PostgreSQL (asyncpg, prepared) stand behind it, so that a service is one code for
both. Statements are SQLAlchemy Core, made once at import as `Statement`; no session or ORM object reaches a
service. Days are ``date``, moments are aware ``datetime`` in UTC, ids are ``str``, documents are ``bytes``.

Errors: `Violation` (a constraint refused the write), `StoreDown` (no database; a catalogue error).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

from sqlalchemy.sql import Executable

from protocol.errors.central import DATABASE_DOWN
from protocol.errors.fault import OnshiError

Row = Mapping[str, Any]
"""A result row, read by column name."""


ViolationKind = Literal["unique", "foreign", "check", "null", "exclude"]


class Violation(Exception):
    """A constraint refused the write. ``kind`` is the same on both databases; ``told`` is the database's words."""

    def __init__(self, kind: ViolationKind, told: str) -> None:
        super().__init__(f"{kind}: {told}")
        self.kind = kind


class StoreDown(OnshiError):
    """The database cannot be reached or went away; trying later helps."""

    def __init__(self, reason: str) -> None:
        super().__init__(DATABASE_DOWN, reason=reason)


class Contention(StoreDown):
    """The database gave this transaction up in favour of another (deadlock, serialisation): do it again."""


class Statement:
    """A named Core statement with ``bindparam`` s; each store compiles it once for its own dialect.

    ``key`` names the bind parameter that is the table's distribution key (None: not distributed); a test holds
    every hot statement to it. Python-side column defaults are not applied: pass every value.
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

    async def run_many(self, statement: Statement, parameters: Sequence[Mapping[str, object]]) -> int:
        """Execute once per mapping and give the number of rows changed in all."""
        ...


class Store(Reader, Protocol):
    dialect: str
    """``sqlite`` or ``postgresql``."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    def stream(self, statement: Statement, **parameters: object) -> AsyncIterator[Row]:
        """Rows in portions, for anything long. Close it (``aclosing``) when leaving early."""
        ...

    async def close(self) -> None: ...
