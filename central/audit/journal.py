"""Writes audit rows durably before the answer leaves; concurrent callers share one commit.

What for: `Journal.record` returns after the row (and the writes that belong to it) is on disk. Not for reading
the log as a report. Facts: trust rules ("Audit row"); group commit from the project's measurements.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from central.audit.entry import GENESIS, AuditEntry, AuditRow, checked, sealed
from central.audit.tables import audit_log
from central.db.store import Contention, Statement, Store, StoreDown, Transaction, Violation

Write = tuple[Statement, Mapping[str, object]]

GROUP = 64
"""Most entries in one commit."""
TRIES = 5
"""How often a group is tried again when another process has extended the same log."""

HEAD = Statement(
    "audit.head",
    sa.select(audit_log.c.sequence, audit_log.c.hash)
    .where(audit_log.c.log == sa.bindparam("log"))
    .order_by(audit_log.c.sequence.desc())
    .limit(1),
    key="log",
)
APPEND = Statement("audit.append", sa.insert(audit_log), key="log", hot=True)


class Conflict(Exception):
    """A ``unique`` write found its row there already; nothing of this entry was written."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.name)
        self.statement = statement


class _Pending(NamedTuple):
    entry: AuditEntry
    unique: tuple[Write, ...]
    writes: tuple[Write, ...]
    done: "asyncio.Future[int]"


class _HeadMoved(Exception):
    """Another process wrote to this log: its head must be read again."""


class _Clash(Exception):
    """A ``unique`` write of the group changed no row; ``guilty`` is known when it was found one by one."""

    def __init__(self, guilty: "tuple[_Pending, Statement] | None" = None) -> None:
        super().__init__()
        self.guilty = guilty


class Journal:
    """One log of a database. ``log`` names it: one per worker process, so that workers never wait for each other."""

    def __init__(self, store: Store, *, log: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self.log = log
        self._head: tuple[int, bytes] | None = None
        self._pending: list[_Pending] = []
        self._flusher: asyncio.Task[None] | None = None
        self.commits = 0
        """Groups committed since the start, for the metrics."""
        self.rows = 0

    async def record(self, entry: AuditEntry, *, unique: Sequence[Write] = (), writes: Sequence[Write] = ()) -> int:
        """The row's sequence, once it is on disk together with ``unique`` and ``writes``.

        ``unique`` are inserts (``ON CONFLICT DO NOTHING``) that must each insert exactly one row: otherwise
        nothing of this entry is written and `Conflict` is raised. A failure of one entry leaves the others of its
        group as they are. Raises whatever the writes raise (`Violation`, `StoreDown`), `msgspec.ValidationError`
        for an entry with anything but ids and codes.
        """
        loop = asyncio.get_running_loop()
        pending = _Pending(checked(entry), tuple(unique), tuple(writes), loop.create_future())
        self._pending.append(pending)
        if self._flusher is None or self._flusher.done():
            self._flusher = loop.create_task(self._flush(), name=f"audit:{self.log}")
        return await pending.done

    async def stop(self) -> None:
        """Waits until everything handed in is written or refused."""
        if self._flusher is not None:
            await self._flusher

    async def _flush(self) -> None:
        while self._pending:
            group = [one for one in self._pending[:GROUP] if not one.done.cancelled()]
            del self._pending[:GROUP]
            if group:
                await self._settle(group)

    async def _settle(self, group: list[_Pending]) -> None:
        """Writes the group; after a failure each of it alone, so that only the guilty one hears of it."""
        try:
            await self._commit(group)
        except StoreDown as down:
            self._head = None
            for one in group:
                _refuse(one, down)
        except Exception as failed:  # noqa: BLE001 - handed to the caller whose entry it is
            self._head = None
            if len(group) == 1:
                _refuse(group[0], failed)
                return
            for one in group:
                await self._settle([one])

    async def _commit(self, group: list[_Pending]) -> None:
        one_by_one = False
        refused: list[tuple[_Pending, Statement]] = []
        left = group
        tries = 0
        while left:
            try:
                written, clashed, head = await self._write(left, one_by_one=one_by_one)
            except _Clash as clash:
                one_by_one = True
                if clash.guilty is not None:
                    guilty = clash.guilty
                    refused.append(guilty)
                    left = [one for one in left if one is not guilty[0]]
                continue
            except (_HeadMoved, Contention) as crossed:
                self._head = None
                tries += 1
                if tries == TRIES:
                    raise StoreDown("audit log contended") from crossed
                continue
            self._head = head
            self.commits += bool(written)
            self.rows += len(written)
            for one, sequence in written:
                if not one.done.done():
                    one.done.set_result(sequence)
            refused += clashed
            break
        for one, statement in refused:
            _refuse(one, Conflict(statement))

    async def _write(
        self, group: list[_Pending], *, one_by_one: bool
    ) -> tuple[list[tuple[_Pending, int]], list[tuple[_Pending, Statement]], tuple[int, bytes]]:
        """One transaction: the entries' own writes, then their rows at the end of the chain."""
        async with self._store.transaction() as transaction:
            clashed = await (_each(transaction, group) if one_by_one else _together(transaction, group))
            head = self._head
            if head is None:
                found = await transaction.first(HEAD, log=self.log)
                head = (found["sequence"], found["hash"]) if found else (0, GENESIS)
            out = {id(one) for one, _ in clashed}
            kept = [one for one in group if id(one) not in out]
            rows, written = [], []
            for one in kept:
                row, head = self._link(one.entry, head)
                rows.append(row)
                written.append((one, head[0]))
            if rows:
                try:
                    await transaction.run_many(APPEND, rows)
                except Violation as moved:
                    raise _HeadMoved from moved
        return written, clashed, head

    def _link(self, entry: AuditEntry, head: tuple[int, bytes]) -> tuple[dict[str, object], tuple[int, bytes]]:
        sequence = head[0] + 1
        moment = self._clock().astimezone(UTC)
        row = AuditRow(log=self.log, sequence=sequence, previous=head[1].hex(), recorded_at=moment, entry=entry)
        content, seal = sealed(row)
        columns: dict[str, object] = {
            "log": self.log,
            "sequence": sequence,
            "recorded_at": moment,
            "kind": entry.kind,
            "outcome": entry.outcome,
            "facility": entry.facility,
            "subject": entry.subject,
            "content": content,
            "hash": seal,
        }
        return columns, (sequence, seal)


async def _together(transaction: Transaction, group: list[_Pending]) -> list[tuple[_Pending, Statement]]:
    """Entries that write through the same statements go in one call per statement; any clash starts over."""
    shapes: dict[tuple[Statement, ...], list[_Pending]] = {}
    for one in group:
        shape = tuple(statement for statement, _ in (*one.unique, *one.writes))
        shapes.setdefault(shape, []).append(one)
    for shape, alike in sorted(shapes.items(), key=lambda item: [statement.name for statement in item[0]]):
        for position, statement in enumerate(shape):
            values = [(*one.unique, *one.writes)[position][1] for one in alike]
            changed = await transaction.run_many(statement, values)
            if any(position < len(one.unique) for one in alike) and changed != len(alike):
                raise _Clash
    return []


async def _each(transaction: Transaction, group: list[_Pending]) -> list[tuple[_Pending, Statement]]:
    clashed = []
    for one in group:
        for position, (statement, values) in enumerate(one.unique):
            if await transaction.run(statement, **values) == 1:
                continue
            if position:
                raise _Clash((one, statement))
            clashed.append((one, statement))
            break
        else:
            for statement, values in one.writes:
                await transaction.run(statement, **values)
    return clashed


def _refuse(one: _Pending, failed: Exception) -> None:
    if not one.done.done():
        one.done.set_exception(failed)
