"""The store on SQLite: one writer thread, a few reader threads, WAL, every commit on disk before it returns.

The default, so that one command runs everything. The event loop never waits for the file: each call is one hop
to a thread. The synchronous driver is used because the async wrapper costs five times more.
"""

import asyncio
import contextlib
import os
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from central.db.compiled import Compiler
from central.db.store import Row, Statement, StoreDown, Transaction, Violation, ViolationKind

T = TypeVar("T")
PORTION = 500
"""Rows fetched at once by a stream."""

_VIOLATIONS: dict[str, ViolationKind] = {
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_ROWID": "unique",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign",
    "SQLITE_CONSTRAINT_CHECK": "check",
    "SQLITE_CONSTRAINT_NOTNULL": "null",
    # PostgreSQL's exclusion constraints are triggers here.
    "SQLITE_CONSTRAINT_TRIGGER": "exclude",
}


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection as the product uses it: foreign keys on, waits 10 s for another process's write.

    A new file is its owner's alone: it holds names and addresses. (SQLite gives the files beside it the same mode.)
    """
    with contextlib.suppress(OSError):  # there already, or SQLite says what is wrong
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=10.0
    )
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute("PRAGMA synchronous=FULL").close()
    connection.execute("PRAGMA foreign_keys=ON").close()
    if readonly:
        connection.execute("PRAGMA query_only=ON").close()
    return connection


class SqliteStore:
    """`central.db.store.Store` over one file; without a path, over a private file that `close` removes."""

    dialect = "sqlite"

    def __init__(self, path: Path | None, *, readers: int = 2) -> None:
        self._private = None if path else tempfile.TemporaryDirectory(prefix="onshi-")
        self.path = path or Path(self._private.name if self._private else ".", "centre.sqlite")
        self._compile = Compiler(sqlite_dialect(paramstyle="qmark"))
        self._open: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(readers, "onshi-db-read")
        self._writer = ThreadPoolExecutor(1, "onshi-db-write")
        self._local = threading.local()
        self._turn = asyncio.Lock()
        try:
            self._write = self._connect(readonly=False)
        except sqlite3.Error as failed:
            raise _down(failed) from failed

    def _connect(self, *, readonly: bool) -> sqlite3.Connection:
        connection = connect(self.path, readonly=readonly)
        self._open.append(connection)
        return connection

    async def all(self, statement: Statement, **parameters: object) -> Sequence[Row]:
        return await self._hop(self._readers, self._read, statement, parameters)

    async def first(self, statement: Statement, **parameters: object) -> Row | None:
        rows = await self._hop(self._readers, self._read, statement, parameters, 1)
        return rows[0] if rows else None

    def _read(self, statement: Statement, parameters: Mapping[str, object], limit: int | None = None) -> list[Row]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(readonly=True)
        return self._fetch(connection, statement, parameters, limit)

    def _fetch(
        self,
        connection: sqlite3.Connection,
        statement: Statement,
        parameters: Mapping[str, object],
        limit: int | None,
    ) -> list[Row]:
        compiled = self._compile(statement)
        cursor = connection.execute(*compiled.bind(parameters))
        try:
            raw = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
            return list(compiled.rows(raw, [column[0] for column in cursor.description or ()]))
        finally:
            cursor.close()

    async def _hop(self, pool: ThreadPoolExecutor, work: Callable[..., T], *arguments: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)
        except sqlite3.IntegrityError as refused:
            kind = _VIOLATIONS.get(refused.sqlite_errorname, "check")
            raise Violation(kind, str(refused)) from refused
        except sqlite3.DatabaseError as failed:
            if isinstance(failed, sqlite3.ProgrammingError) or failed.sqlite_errorname == "SQLITE_ERROR":
                raise
            raise _down(failed) from failed

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._turn:
            running = _SqliteTransaction(self)
            try:
                yield running
            except BaseException:
                # The writer thread keeps the order: a rollback that nobody waits for still comes before the next.
                await asyncio.shield(self._hop(self._writer, self._roll_back))
                raise
            await asyncio.shield(self._hop(self._writer, self._commit))

    def _roll_back(self) -> None:
        if self._write.in_transaction:
            self._write.execute("ROLLBACK").close()

    def _commit(self) -> None:
        if not self._write.in_transaction:
            return
        try:
            self._write.execute("COMMIT").close()
        except sqlite3.Error:
            self._roll_back()
            raise

    def _in_transaction(self, work: Callable[..., T], *arguments: object) -> T:
        if not self._write.in_transaction:
            self._write.execute("BEGIN IMMEDIATE").close()
        return work(*arguments)

    async def _written(self, work: Callable[..., T], *arguments: object) -> T:
        return await self._hop(self._writer, self._in_transaction, work, *arguments)

    def _run(self, statement: Statement, parameters: Mapping[str, object]) -> int:
        cursor = self._write.execute(*self._compile(statement).bind(parameters))
        try:
            cursor.fetchall()
            return max(cursor.rowcount, 0)
        finally:
            cursor.close()

    def _run_many(self, statement: Statement, parameters: Sequence[Mapping[str, object]]) -> int:
        compiled = self._compile(statement)
        if compiled.expands or not parameters:
            return sum(self._run(statement, one) for one in parameters)
        cursor = self._write.executemany(compiled.sql, [compiled.bind(one)[1] for one in parameters])
        try:
            return max(cursor.rowcount, 0)
        finally:
            cursor.close()

    async def stream(self, statement: Statement, **parameters: object) -> AsyncIterator[Row]:
        """On a connection and thread of its own, one portion at a time."""
        compiled = self._compile(statement)
        own = ThreadPoolExecutor(1, "onshi-db-stream")
        connection: sqlite3.Connection | None = None
        try:
            connection = await self._hop(own, lambda: connect(self.path, readonly=True))
            cursor = await self._hop(own, connection.execute, *compiled.bind(parameters))
            names = [column[0] for column in cursor.description or ()]
            while raw := await self._hop(own, cursor.fetchmany, PORTION):
                for row in compiled.rows(raw, names):
                    yield row
        finally:
            if connection is not None:
                own.submit(connection.close)
            own.shutdown(wait=False)

    async def close(self) -> None:
        """Waits for what runs, then closes the file."""
        async with self._turn:
            await asyncio.to_thread(self.shut)

    def shut(self) -> None:
        """`close` for a store that nobody uses any more, without a loop."""
        self._readers.shutdown()
        self._writer.shutdown()
        while self._open:
            self._open.pop().close()
        if self._private:
            self._private.cleanup()


class _SqliteTransaction:
    __slots__ = ("_store",)

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def all(self, statement: Statement, **parameters: object) -> Sequence[Row]:
        store = self._store
        return await store._written(store._fetch, store._write, statement, parameters, None)

    async def first(self, statement: Statement, **parameters: object) -> Row | None:
        # All rows are fetched: a write with RETURNING is done only when its cursor has run to the end.
        rows = await self.all(statement, **parameters)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **parameters: object) -> int:
        return await self._store._written(self._store._run, statement, parameters)

    async def run_many(self, statement: Statement, parameters: Sequence[Mapping[str, object]]) -> int:
        return await self._store._written(self._store._run_many, statement, parameters)


def _down(failed: sqlite3.Error) -> StoreDown:
    name = getattr(failed, "sqlite_errorname", None)
    return StoreDown(name or type(failed).__name__)
