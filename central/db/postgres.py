"""The store on PostgreSQL: Core statements compiled once for asyncpg, run prepared on connections of our own pool.

Not through SQLAlchemy's engine, which costs several times the query. Isolation is READ COMMITTED; commits are
durable before they return (``synchronous_commit`` stays as the server has it: on).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from central.db.compiled import Compiled, Compiler
from central.db.pool import LOST, Pool
from central.db.store import Contention, Row, Statement, StoreDown, Transaction, Violation, ViolationKind

T = TypeVar("T")
PORTION = 500
"""Rows fetched at once by a stream."""

_VIOLATIONS: tuple[tuple[type[asyncpg.PostgresError], ViolationKind], ...] = (
    (asyncpg.UniqueViolationError, "unique"),
    (asyncpg.ForeignKeyViolationError, "foreign"),
    (asyncpg.CheckViolationError, "check"),
    (asyncpg.NotNullViolationError, "null"),
    (asyncpg.ExclusionViolationError, "exclude"),
    (asyncpg.RestrictViolationError, "exclude"),
)


class PostgresStore:
    """`central.db.store.Store` over ``postgresql://`` (several hosts may be named, see asyncpg)."""

    dialect = "postgresql"

    def __init__(self, dsn: str, *, size: int = 8, patience: float = 30.0) -> None:
        self._compile = Compiler(asyncpg_dialect())  # type: ignore[no-untyped-call]
        self._counting: dict[Statement, Statement | None] = {}
        self._pool = Pool(dsn, size=size, patience=patience)

    async def all(self, statement: Statement, **parameters: object) -> Sequence[Row]:
        return await self._read(statement, parameters)

    async def first(self, statement: Statement, **parameters: object) -> Row | None:
        rows = await self._read(statement, parameters)
        return rows[0] if rows else None

    async def _read(self, statement: Statement, parameters: Mapping[str, object]) -> list[Row]:
        compiled = self._compile(statement)
        sql, values = compiled.bind(parameters)
        try:
            async with self._pool.connection() as connection:
                return _rows(compiled, await self._guarded(connection, connection.fetch, sql, *values))
        except Contention:
            raise
        except StoreDown:
            # A connection that died while idle (restart, failover) says so only now; reading again is safe.
            async with self._pool.connection() as connection:
                return _rows(compiled, await self._guarded(connection, connection.fetch, sql, *values))

    async def _guarded(self, connection: Any, work: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """Runs one call on a connection, with the database's refusals in the store's words."""
        try:
            return await work(*arguments)
        except asyncpg.IntegrityConstraintViolationError as refused:
            for kind, name in _VIOLATIONS:
                if isinstance(refused, kind):
                    raise Violation(name, str(refused.args[0])) from refused
            raise
        except asyncpg.TransactionRollbackError as crossed:
            raise Contention(type(crossed).__name__) from crossed
        except LOST as lost:
            self._pool.drop(connection)
            raise StoreDown(type(lost).__name__) from lost

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._pool.connection() as stale:
            try:
                await self._guarded(stale, stale.execute, "BEGIN")
                began = True
            except StoreDown:
                began = False
            if began:
                async with self._within(stale) as running:
                    yield running
                return
        async with self._pool.connection() as connection:
            await self._guarded(connection, connection.execute, "BEGIN")
            async with self._within(connection) as running:
                yield running

    @asynccontextmanager
    async def _within(self, connection: Any) -> AsyncIterator[Transaction]:
        try:
            yield _PostgresTransaction(self, connection)
        except BaseException:
            if not connection.is_closed():
                await asyncio.shield(self._guarded(connection, connection.execute, "ROLLBACK"))
            raise
        done = await self._guarded(connection, connection.execute, "COMMIT")
        if done != "COMMIT":
            # A failed statement whose exception was swallowed turns COMMIT into ROLLBACK.
            raise Violation("check", "transaction was already aborted")

    def _fetching(self, connection: Any) -> Callable[[Statement, Mapping[str, object]], Awaitable[list[Row]]]:
        async def fetch(statement: Statement, parameters: Mapping[str, object]) -> list[Row]:
            compiled = self._compile(statement)
            sql, values = compiled.bind(parameters)
            return _rows(compiled, await self._guarded(connection, connection.fetch, sql, *values))

        return fetch

    async def _run(self, connection: Any, statement: Statement, parameters: Mapping[str, object]) -> int:
        sql, values = self._compile(statement).bind(parameters)
        status = await self._guarded(connection, connection.execute, sql, *values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def _run_many(self, connection: Any, statement: Statement, parameters: Sequence[Mapping[str, object]]) -> int:
        if len(parameters) < 2:
            return sum([await self._run(connection, statement, one) for one in parameters])
        if statement not in self._counting:
            self._counting[statement] = self._compile(statement).counting()
        counting = self._counting[statement]
        if counting is None or self._compile(counting).expands:
            return sum([await self._run(connection, statement, one) for one in parameters])
        compiled = self._compile(counting)
        values = [compiled.values(one) for one in parameters]
        return len(await self._guarded(connection, connection.fetchmany, compiled.sql, values))

    async def stream(self, statement: Statement, **parameters: object) -> AsyncIterator[Row]:
        """A server-side cursor in a read-only transaction of its own."""
        compiled = self._compile(statement)
        sql, values = compiled.bind(parameters)
        async with self._pool.connection() as connection:
            await self._guarded(connection, connection.execute, "BEGIN READ ONLY")
            try:
                cursor = await self._guarded(connection, _opened, connection, sql, values)
                while found := await self._guarded(connection, cursor.fetch, PORTION):
                    for row in _rows(compiled, found):
                        yield row
            finally:
                if not connection.is_closed():
                    await asyncio.shield(self._guarded(connection, connection.execute, "ROLLBACK"))

    async def close(self) -> None:
        await self._pool.close()


async def _opened(connection: Any, sql: str, values: Sequence[Any]) -> Any:
    return await connection.cursor(sql, *values)


def _rows(compiled: Compiled, found: Sequence[Any]) -> list[Row]:
    if compiled.plain or not found:
        return [dict(record) for record in found]
    return list(compiled.rows(found, list(found[0].keys())))


class _PostgresTransaction:
    __slots__ = ("_connection", "_fetch", "_store")

    def __init__(self, store: PostgresStore, connection: Any) -> None:
        self._store = store
        self._connection = connection
        self._fetch = store._fetching(connection)

    async def all(self, statement: Statement, **parameters: object) -> Sequence[Row]:
        return await self._fetch(statement, parameters)

    async def first(self, statement: Statement, **parameters: object) -> Row | None:
        rows = await self._fetch(statement, parameters)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **parameters: object) -> int:
        return await self._store._run(self._connection, statement, parameters)

    async def run_many(self, statement: Statement, parameters: Sequence[Mapping[str, object]]) -> int:
        return await self._store._run_many(self._connection, statement, parameters)
