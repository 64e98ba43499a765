"""How statements come into the register: register, correct, invalidate, relink; nothing is ever overwritten.

Used by whoever loads the register (the sandbox now, the insurers' upload later). One transaction is one recorded
moment: what it writes becomes known at once, and a reader of an earlier moment never sees any of it. Moments are
strictly increasing in the order of commits, because a writer locks the register's clock first. Not for reading
answers (`service`).
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from central.db.schema import Moment
from central.db.store import Row, Statement, Store, StoreDown, Transaction, Violation
from central.register import entries as e
from central.register import forms, work
from central.register import tables as t
from central.register.entries import Entry, RecordKey, RowRef
from central.register.forms import Values
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_CLOSED, REGISTER_ENTRY, REGISTER_OVERLAP, REGISTER_UNKNOWN

Clock = Callable[[], datetime]
"""Gives the present moment, aware, UTC."""


def _key(table: sa.Table) -> str:
    """The column that a `RowRef` carries to find its row: the distribution key."""
    return table.info["distribution"] or "number"


def _current(table: sa.Table, *columns: str, name: str) -> Statement:
    """The current rows with these values."""
    same = (table.c[column] == sa.bindparam(column) for column in columns)
    return Statement(f"register.{name}.{table.name}", sa.select(table).where(*same, table.c.recorded_to.is_(None)))


_READ_CLOCK = Statement("register.clock", sa.select(t.clock.c.published).where(t.clock.c.id == 1).with_for_update())
_SET_CLOCK = Statement(
    "register.publish",
    sa.update(t.clock).where(t.clock.c.id == 1).values(published=sa.bindparam("moment", type_=Moment)),
)
_INSERT = {table: Statement(f"register.insert.{table.name}", sa.insert(table)) for table in t.HISTORY}
_CLOSE = {
    table: Statement(
        f"register.close.{table.name}",
        sa.update(table)
        .where(
            table.c[_key(table)] == sa.bindparam("of"),
            table.c.row_id == sa.bindparam("row"),
            table.c.recorded_to.is_(None),
        )
        .values(recorded_to=sa.bindparam("moment", type_=Moment)),
    )
    for table in t.HISTORY
}
_ROW = {table: _current(table, _key(table), "row_id", name="row") for table in t.HISTORY}
_SAME = {table: _current(table, *columns, name="same") for table, columns in t.ONE_AT_A_TIME.items()}
_HANGING = {table: _current(table, "person_id", "record_id", name="hanging") for table in t.DISTRIBUTED_WITH_RECORD}
_DIRECTORY_OF_PERSON = _current(t.number_directory, "person_id", name="of_person")
_HOLDERS = _current(t.number_directory, "lookup_key", "symbol_key", "branch", name="holders")
_RECORD = Statement(
    "register.record",
    sa.select(t.insured_record.c.record_id).where(
        t.insured_record.c.lookup_key == sa.bindparam("lookup_key"),
        t.insured_record.c.symbol_key == sa.bindparam("symbol_key"),
        t.insured_record.c.branch == sa.bindparam("branch"),
    ),
    key="lookup_key",
)
_NEW_RECORD = Statement("register.insert.record", sa.insert(t.insured_record))
_SUPERSEDING = frozenset({"Insurer", "Person", "ReferenceNumber"})
"""Of these a later statement holds from its day on and ends the earlier one."""


_TURNS: "WeakKeyDictionary[Store, asyncio.Lock]" = WeakKeyDictionary()
"""Who of a process writes next. All write one after the other anyway, and whoever waits here holds no connection:
while a large upload is entered, those who only ask shall find one free."""


class RegisterIntake:
    """The one way in. ``clock`` gives the present, aware; ``ids`` unguessable row ids; ``patience`` in seconds bounds
    the wait for others who write (None: none but the database's own), then `StoreDown`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Callable[[], str] = lambda: secrets.token_hex(16),
        *,
        patience: float | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._patience = patience

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Intake]":
        """Everything or nothing, known from one recorded moment on. Refusals are `OnshiError`."""
        try:
            async with AsyncExitStack() as stack:
                running, published = await self._begun(stack)
                moment = max(self._clock(), published + timedelta(microseconds=1))
                await running.run(_SET_CLOCK, moment=moment)
                intake = Intake(running, moment, self._ids)
                yield intake
                await intake.settle()
        except Violation as refused:
            if refused.kind == "exclude":
                raise OnshiError(REGISTER_OVERLAP) from refused
            raise

    async def _begun(self, stack: AsyncExitStack) -> tuple[Transaction, datetime]:
        """A transaction that holds the register's clock, and the newest recorded moment."""
        try:
            async with asyncio.timeout(self._patience):
                await stack.enter_async_context(_TURNS.setdefault(self._store, asyncio.Lock()))
                running = await stack.enter_async_context(self._store.transaction())
                clock = await running.first(_READ_CLOCK)
        except TimeoutError:
            raise StoreDown("the register is being written") from None
        if clock is None:
            raise RuntimeError("the register's clock has no row: its guards were not created")
        return running, clock["published"]

    async def register(self, *entries: Entry) -> list[RowRef]:
        """All of them in one transaction, in the order given."""
        async with self.transaction() as intake:
            return [await intake.register(entry) for entry in entries]

    async def correct(self, ref: RowRef, entry: Entry) -> RowRef:
        """`Intake.correct` in a transaction of its own."""
        async with self.transaction() as intake:
            return await intake.correct(ref, entry)

    async def invalidate(self, ref: RowRef) -> None:
        """`Intake.invalidate` in a transaction of its own."""
        async with self.transaction() as intake:
            await intake.invalidate(ref)


class Intake:
    """What may be done inside one transaction; ``moment`` is when all of it becomes known."""

    def __init__(self, running: Transaction, moment: datetime, ids: Callable[[], str]) -> None:
        self._run = running
        self._ids = ids
        self._touched: set[str] = set()
        self.moment = moment

    @property
    def running(self) -> Transaction:
        """For writes set by set (the insurers' uploads), under the same moment and the same lock of the clock."""
        return self._run

    async def settle(self) -> None:
        """Flag what now contradicts itself across insurers, for everybody whose coverage was touched."""
        for person_id in sorted(self._touched):
            await work.review(self._run, person_id, self.moment, self._ids)

    async def register(self, entry: Entry) -> RowRef:
        """State something new. Order: insurer, person, certificate, tie (makes the record), then the rest.

        Of insurers, persons and reference numbers a later statement holds from its day on and ends the earlier one.
        Refused: an overlap inside one insured record, an unknown insurer, person or record, a contradiction.
        """
        entry = forms.checked(entry)
        if isinstance(entry, e.Tie):
            return await self._tie(entry)
        kind = type(entry).__name__
        values = await self._values(entry)
        return await (self._supersede if kind in _SUPERSEDING else self._insert)(kind, values)

    async def _values(self, entry: Entry) -> Values:
        match entry:
            case e.Insurer():
                return forms.insurer(entry)
            case e.Person():
                known = await self._run.all(_SAME[t.person], person_id=entry.person_id)
                if any(row["birth_date"] != entry.birth_date for row in known):
                    raise OnshiError(REGISTER_ENTRY, item="birth_date")
                return forms.person(entry)
            case e.Certificate():
                return await self._certificate(entry)
            case e.Assistance():
                return await self._assistance(entry)
            case e.Ticket():
                await self._person(entry.person_id)
                return forms.ticket(entry)
            case e.ViewStop():
                await self._person(entry.person_id)
                record_id = await self._record_id(entry.record) if entry.record else None
                return {**forms.view_stop(entry), "record_id": record_id}
            case _:
                assert not isinstance(entry, e.Tie)  # noqa: S101 — `register` has taken ties already
                return await self._placed(entry)

    async def correct(self, ref: RowRef, entry: Entry) -> RowRef:
        """Close the old row's recorded interval and insert the new one (無効化 and registration in one).

        The entry is of the same kind. A tie corrected to another person takes along what hangs on the record.
        """
        if type(entry).__name__ != ref.kind:
            raise OnshiError(REGISTER_ENTRY, item="kind")
        entry = forms.checked(entry)
        old = await self._row(ref)
        if isinstance(entry, e.Tie):
            return await self._move(old, entry)
        await self._invalidate(ref.kind, old)
        if not isinstance(entry, e.Person):
            return await self.register(entry)
        if entry.person_id != old["person_id"]:
            raise OnshiError(REGISTER_ENTRY, item="person_id")
        if entry.birth_date != old["birth_date"]:
            await self._born(entry)
        values = forms.person(entry)
        if entry.valid_from is None and old["valid_from"] != old["birth_date"]:
            values["valid_from"] = old["valid_from"]
        return await self._insert("Person", {**values, "valid_to": old["valid_to"]})

    async def invalidate(self, ref: RowRef) -> None:
        """無効化: close the row's recorded interval. It stays readable as of earlier moments."""
        await self._invalidate(ref.kind, await self._row(ref))

    async def relink(self, record: RecordKey, person_id: str, *, on: date) -> RowRef:
        """Move the tie valid on that day, and all that hangs on the record, to the right person."""
        directory = await self._holder(forms.checked(record), on)
        ties = await self._run.all(_SAME[t.tie], record_id=directory["record_id"])
        old = next(row for row in ties if row["valid_from"] == directory["valid_from"])
        moved = e.Tie(record=record, person_id=person_id, valid_from=old["valid_from"], valid_until=old["valid_to"])
        return await self._move(old, moved)

    async def _insert(self, kind: str, values: Values) -> RowRef:
        table = forms.TABLES[kind]
        row = await self._write(table, values)
        return RowRef(kind=kind, row_id=row, key=values[_key(table)])

    async def _write(self, table: sa.Table, values: Values) -> str:
        row_id = self._ids()
        if table in (t.coverage, t.tie):
            self._touched.add(values["person_id"])
        times = {"row_id": row_id, "recorded_from": self.moment, "recorded_to": None}
        all_values = {**values, **times}
        await self._run.run(_INSERT[table], **{name: all_values[name] for name in table.columns.keys()})  # noqa: SIM118 — a ColumnCollection iterates columns
        return row_id

    async def _close(self, table: sa.Table, row: Row) -> None:
        of = row[_key(table)]
        if table in (t.coverage, t.tie):
            self._touched.add(row["person_id"])
        if await self._run.run(_CLOSE[table], of=of, row=row["row_id"], moment=self.moment) != 1:
            raise OnshiError(REGISTER_CLOSED, row=row["row_id"])

    async def _row(self, ref: RowRef) -> Row:
        table = forms.TABLES.get(ref.kind)
        if table is None:
            raise OnshiError(REGISTER_ENTRY, item="kind")
        row = await self._run.first(_ROW[table], **{_key(table): ref.key, "row_id": ref.row_id})
        if row is None:
            raise OnshiError(REGISTER_CLOSED, row=ref.row_id)
        return row

    async def _invalidate(self, kind: str, row: Row) -> None:
        await self._close(forms.TABLES[kind], row)
        if kind in {"Tie", "Assistance"}:
            await self._close(t.number_directory, await self._directory_row(row))

    async def _directory_row(self, row: Row) -> Row:
        """The directory's row of a tie or an assistance."""
        record_id = row.get("record_id")
        for found in await self._run.all(_DIRECTORY_OF_PERSON, person_id=row["person_id"]):
            same = (found["lookup_key"], found["record_id"], found["valid_from"])
            if same == (row["lookup_key"], record_id, row["valid_from"]):
                return found
        raise RuntimeError("a tie without its row in the directory")

    async def _supersede(self, kind: str, values: Values) -> RowRef:
        """Insert, and end the current row that holds on the new one's first day."""
        table = forms.TABLES[kind]
        same = {column: values[column] for column in t.ONE_AT_A_TIME[table]}
        for row in await self._run.all(_SAME[table], **same):
            begins, ends = row["valid_from"], row["valid_to"]
            first = values["valid_from"]
            if begins < first and (ends is None or first < ends):
                await self._close(table, row)
                await self._write(table, {**row, "valid_to": first})
                values = {**values, "valid_to": values["valid_to"] or ends}
            elif begins == first and kind == "ReferenceNumber":
                await self._close(table, row)
                values = {**values, "valid_to": ends}
        return await self._insert(kind, values)

    async def _person(self, person_id: str) -> Row:
        rows = await self._run.all(_SAME[t.person], person_id=person_id)
        if not rows:
            raise OnshiError(REGISTER_UNKNOWN, missing="person")
        return rows[0]

    async def _born(self, entry: e.Person) -> None:
        """A corrected birth date: the directory by number goes with it, and every other current row of the person."""
        for row in await self._run.all(_DIRECTORY_OF_PERSON, person_id=entry.person_id):
            await self._close(t.number_directory, row)
            await self._write(t.number_directory, {**row, "birth_date": entry.birth_date})
        for row in await self._run.all(_SAME[t.person], person_id=entry.person_id):
            await self._close(t.person, row)
            await self._write(t.person, {**row, "birth_date": entry.birth_date})

    async def _certificate(self, entry: e.Certificate) -> Values:
        values = forms.certificate(entry)
        if entry.person_id is not None:
            await self._person(entry.person_id)
        elif old := await self._run.all(_SAME[t.certificate], certificate_key=values["previous_key"]):
            values["person_id"] = old[0]["person_id"]
        return values

    async def _record_id(self, record: RecordKey) -> str:
        values = forms.identity(record)
        identity = {name: values[name] for name in ("lookup_key", "symbol_key", "branch")}
        row = await self._run.first(_RECORD, **identity)
        if row is None:
            raise OnshiError(REGISTER_UNKNOWN, missing="record")
        return str(row["record_id"])

    async def _tie(self, entry: e.Tie) -> RowRef:
        values = forms.identity(entry.record)
        if not await self._run.all(_SAME[t.insurer], number=values["insurer_number"]):
            raise OnshiError(REGISTER_UNKNOWN, missing="insurer")
        try:
            record_id = await self._record_id(entry.record)
        except OnshiError:
            record_id = self._ids()
            await self._run.run(_NEW_RECORD, **values, record_id=record_id, recorded_from=self.moment)
        return await self._tied(entry, values, record_id)

    async def _tied(self, entry: e.Tie, values: Values, record_id: str) -> RowRef:
        """Both faces of a tie: with the person, and in the directory."""
        person = await self._person(entry.person_id)
        span = {**forms.span_of_tie(entry), "person_id": entry.person_id, "record_id": record_id}
        seen = {name: values[name] for name in ("lookup_key", "symbol_key", "branch")}
        await self._write(t.number_directory, {**span, **seen, "birth_date": person["birth_date"]})
        return await self._insert("Tie", {**values, **span})

    async def _move(self, old: Row, entry: e.Tie) -> RowRef:
        values = forms.identity(entry.record)
        if await self._record_id(entry.record) != old["record_id"]:
            raise OnshiError(REGISTER_ENTRY, item="record")
        await self._invalidate("Tie", old)
        ref = await self._tied(entry, values, old["record_id"])
        if entry.person_id == old["person_id"]:
            return ref
        for table, hanging in _HANGING.items():
            for row in await self._run.all(hanging, person_id=old["person_id"], record_id=old["record_id"]):
                if row["valid_from"] >= old["valid_from"] and (
                    not old["valid_to"] or row["valid_from"] < old["valid_to"]
                ):
                    await self._close(table, row)
                    await self._write(table, {**row, "person_id": entry.person_id})
        return ref

    async def _assistance(self, entry: e.Assistance) -> Values:
        values = forms.assistance(entry)
        if not await self._run.all(_SAME[t.insurer], number=values["payer"]):
            raise OnshiError(REGISTER_UNKNOWN, missing="insurer")
        person = await self._person(entry.person_id)
        seen = {name: values[name] for name in ("person_id", "lookup_key", "valid_from", "valid_to")}
        none = {"symbol_key": "", "branch": "", "record_id": None}
        await self._write(t.number_directory, {**seen, **none, "birth_date": person["birth_date"]})
        return values

    async def _placed(self, entry: forms.OfRecord) -> Values:
        """An entry's columns with its record and the person to whom that belongs on the entry's first day."""
        values = forms.of_record(entry)
        holder = await self._holder(entry.record, values["valid_from"])
        return {**values, "record_id": holder["record_id"], "person_id": holder["person_id"]}

    async def _holder(self, record: RecordKey, day: date) -> Row:
        """The directory's row of the tie valid on a day."""
        identity = forms.identity(record)
        seen: Mapping[str, object] = {name: identity[name] for name in ("lookup_key", "symbol_key", "branch")}
        for row in await self._run.all(_HOLDERS, **seen):
            begun = row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
            if row["record_id"] is not None and begun:
                return row
        raise OnshiError(REGISTER_UNKNOWN, missing="tie")
