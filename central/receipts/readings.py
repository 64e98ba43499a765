"""Reads stored receipts: a drug history, treatments, costs by month. **Only the disclosure door may import this.**

An import rule holds it: whoever shows medical data goes through `central.disclosure`, which asks for the consent.
Nothing here judges whether somebody may read. Names of drugs come from the master, as of the day of dispensing.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from central.db.schema import Day
from central.db.store import Row, Statement, Store
from central.receipts import tables as t
from central.receipts.history import StoredReceipt
from central.receipts.master import DrugMaster
from central.receipts.masters import StoredMaster
from central.receipts.packed import decode, unpack
from central.register import tables as register

_OF_RECORDS = Statement(
    "receipts.of_records",
    sa.select(
        t.receipt.c.record_id,
        t.receipt.c.receipt_id,
        t.receipt.c.month,
        t.receipt.c.kind,
        t.receipt.c.served_on,
        t.receipt.c.received_at,
        t.receipt.c.document,
    ).where(
        t.receipt.c.record_id.in_(sa.bindparam("record_ids", expanding=True)),
        t.receipt.c.recorded_to.is_(None),
        t.receipt.c.month >= sa.bindparam("first", type_=Day),
        t.receipt.c.month <= sa.bindparam("last", type_=Day),
    ),
    key="record_ids",
    hot=True,
)
_person: sa.BindParameter[str] = sa.bindparam("person_id")
_TIES = Statement(
    "receipts.ties",
    sa.union_all(
        sa.select(register.tie.c.record_id, register.tie.c.valid_from, register.tie.c.valid_to).where(
            register.tie.c.person_id == _person, register.tie.c.recorded_to.is_(None)
        ),
        sa.select(
            register.assistance.c.lookup_key, register.assistance.c.valid_from, register.assistance.c.valid_to
        ).where(register.assistance.c.person_id == _person, register.assistance.c.recorded_to.is_(None)),
    ),
    key="person_id",
    hot=True,
)
"""What hangs on the person, and on which days: insured records and, by its lookup key, 医療扶助."""
_SHARED = Statement(
    "receipts.shared",
    sa.select(register.number_directory.c.valid_from, register.number_directory.c.valid_to).where(
        register.number_directory.c.lookup_key == sa.bindparam("lookup_key"),
        register.number_directory.c.record_id.is_(None),
        register.number_directory.c.person_id != _person,
        register.number_directory.c.recorded_to.is_(None),
    ),
    key="lookup_key",
)
"""Days on which somebody else has the same recipient number: nobody is shown what may be a stranger's."""


class Span(NamedTuple):
    """A record, and the days on which it is the person's (``until`` exclusive, None: open)."""

    record_id: str
    since: date
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.since <= day and (self.until is None or day < self.until)


class CostOfMonth(NamedTuple):
    """What the receipts of one record and month cost, in yen: ``total`` = ``insurer`` + ``public`` + ``desk``."""

    record_id: str
    month: date
    receipts: int
    total: int
    insurer: int
    public: int
    desk: int


class ReceiptReadings:
    """``master``: names of drugs; a `StoredMaster` follows what is loaded into the database."""

    def __init__(self, store: Store, master: DrugMaster | StoredMaster) -> None:
        self._store = store
        self._master = master

    async def of(self, record_ids: Sequence[str], *, first: date, last: date) -> tuple[StoredReceipt, ...]:
        """The current receipts of these records, of the months from ``first``'s to ``last``'s, newest month first.

        A record may have been somebody else's in earlier years: for a person's history use `of_person`, which knows.
        """
        return await self._stored(await self._rows(record_ids, first, last))

    async def of_person(self, person_id: str, *, first: date, last: date) -> tuple[StoredReceipt, ...]:
        """As `of`, for everything that the ties and 医療扶助 now give to the person, each on its own days."""
        return await self._stored(await self._rows_of(person_id, first, last))

    async def costs(self, record_ids: Sequence[str], *, first: date, last: date) -> tuple[CostOfMonth, ...]:
        """医療費 by record and month, newest month first; receipts that tell no cost are not counted."""
        return _summed(await self.of(record_ids, first=first, last=last))

    async def costs_of_person(self, person_id: str, *, first: date, last: date) -> tuple[CostOfMonth, ...]:
        """As `costs`, for what is the person's."""
        return _summed(await self.of_person(person_id, first=first, last=last))

    async def _rows(self, record_ids: Sequence[str], first: date, last: date) -> Sequence[Row]:
        if not record_ids:
            return ()
        months = {"first": first.replace(day=1), "last": last}
        return await self._store.all(_OF_RECORDS, record_ids=list(dict.fromkeys(record_ids)), **months)

    async def _rows_of(self, person_id: str, first: date, last: date) -> Sequence[Row]:
        spans = [
            Span(row["record_id"], row["valid_from"], row["valid_to"])
            for row in await self._store.all(_TIES, person_id=person_id)
        ]
        others = [
            Span(one.record_id, row["valid_from"], row["valid_to"])
            for one in spans
            if ":" in one.record_id
            for row in await self._store.all(_SHARED, lookup_key=one.record_id, person_id=person_id)
        ]
        rows = await self._rows([one.record_id for one in spans], first, last)
        return [row for row in rows if _any(spans, row) and not _any(others, row)]

    async def _stored(self, rows: Sequence[Row]) -> tuple[StoredReceipt, ...]:
        documents = [decode(row["document"]) for row in rows]
        master = self._master
        if isinstance(master, StoredMaster):
            master = await master.having({drug.code for one in documents for drug in one.drugs})
        found = [
            unpack(
                document,
                receipt_id=row["receipt_id"],
                record_id=row["record_id"],
                month=row["month"],
                kind=row["kind"],
                received_at=row["received_at"],
                names=master.product,
            )
            for row, document in zip(rows, documents, strict=True)
        ]
        found.sort(key=lambda one: (-one.month.toordinal(), one.institution.code, one.receipt_id))
        return tuple(found)


def _any(spans: Sequence[Span], row: Row) -> bool:
    return any(one.record_id == row["record_id"] and one.holds(row["served_on"]) for one in spans)


def _summed(receipts: Sequence[StoredReceipt]) -> tuple[CostOfMonth, ...]:
    found: dict[tuple[str, date], CostOfMonth] = {}
    for one in receipts:
        if one.cost is None:
            continue
        key = one.record_id, one.month
        so_far = found.get(key, CostOfMonth(*key, 0, 0, 0, 0, 0))
        found[key] = CostOfMonth(
            *key,
            so_far.receipts + 1,
            so_far.total + one.cost.total,
            so_far.insurer + one.cost.insurer,
            so_far.public + one.cost.public,
            so_far.desk + one.cost.desk,
        )
    return tuple(found.values())
