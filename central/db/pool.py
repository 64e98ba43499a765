"""PostgreSQL connections kept open and prepared, handed out last-in first-out without a reset between uses.

asyncpg's own pool resets each connection on release and costs as much as the query; nothing here leaves session
state behind, so a connection goes back as it is, and is thrown away when it ended badly.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from central.db.store import StoreDown

LOST = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    # Raised when the server's farewell arrived on an idle connection just before it was used.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
    asyncpg.exceptions.PostgresIOError,
)
"""What means "this connection, or the server, is gone", as against "this statement is wrong"."""


class Pool:
    """At most ``size`` connections, opened when needed. ``patience`` in seconds bounds waiting and each statement."""

    def __init__(self, dsn: str, *, size: int, patience: float) -> None:
        self._dsn = dsn
        self._size = size
        self._patience = patience
        self._idle: list[Any] = []
        self._lent: set[Any] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection for the block; `StoreDown` when there is none to be had."""
        connection = await self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    async def _take(self) -> Any:
        if self._closed:
            raise StoreDown("closed")
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    self._lent.add(connection)
                    return connection
            if len(self._lent) + self._opening < self._size:
                return await self._open()
            await self._wait()

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as left:
            if turn.done() and not turn.cancelled():
                self._wake()  # the turn came while leaving: it is somebody else's now
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(left, TimeoutError):
                raise StoreDown("no free connection") from None
            raise

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def _open(self) -> Any:
        self._opening += 1
        try:
            connection = await asyncpg.connect(
                self._dsn,
                timeout=self._patience,
                command_timeout=self._patience,
                statement_cache_size=1024,
                max_cached_statement_lifetime=0,
                # jit costs more than any statement of ours takes; everything is UTC inside.
                server_settings={"application_name": "onshi", "TimeZone": "UTC", "jit": "off"},
            )
            await _set_codecs(connection)
        except (*LOST, asyncpg.PostgresError) as failed:
            self._wake()
            raise StoreDown(type(failed).__name__) from failed
        finally:
            self._opening -= 1
        self._lent.add(connection)
        return connection

    def _give_back(self, connection: Any) -> None:
        self._lent.discard(connection)
        if self._closed or connection.is_closed():
            connection.terminate()
        elif connection.is_in_transaction():
            # Its end was not reached (lost, or cancelled twice): the server rolls back what it sees dropped.
            connection.terminate()
        else:
            self._idle.append(connection)
        self._wake()

    def drop(self, connection: Any) -> None:
        """Never hand this connection out again; what is idle has most likely died with it, and goes as well."""
        connection.terminate()
        while self._idle:
            self._idle.pop().terminate()

    async def close(self) -> None:
        """Closes idle connections; lent ones are closed when they come back."""
        self._closed = True
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.close(timeout=self._patience)
            except LOST:
                connection.terminate()


async def _set_codecs(connection: Any) -> None:
    """JSON as SQLAlchemy's asyncpg dialect expects it: text in from its processor, values out."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_as_is, decoder=json.loads, schema="pg_catalog", format="text")


def _as_is(text: str) -> str:
    return text
