"""The way out: the current checkups of insured records, for the disclosure door and nobody else (an import rule).

Whose a record is says the register; that a checkup's own birth date is that of the person asked about is the door's to
compare. Not for judging who may see anything.
"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from central.checkups import tables as t
from central.checkups.history import StoredCheckup
from central.checkups.packing import unpack
from central.db.schema import Day
from central.db.store import Statement, Store

OF_RECORDS = Statement(
    "checkups.of_records",
    sa.select(t.checkup.c.record_id, t.checkup.c.checkup_id, t.checkup.c.received_at, t.checkup.c.document)
    .where(
        t.checkup.c.record_id.in_(sa.bindparam("record_ids", expanding=True)),
        t.checkup.c.day >= sa.bindparam("first", type_=Day),
        t.checkup.c.day <= sa.bindparam("last", type_=Day),
        t.checkup.c.recorded_to.is_(None),
    )
    .order_by(t.checkup.c.day.desc(), t.checkup.c.received_at.desc(), t.checkup.c.checkup_id),
    key="record_ids",
    hot=True,
)


class CheckupReadings:
    """Reads from ``store``, at once and as of now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, record_ids: Sequence[str], *, first: date, last: date) -> tuple[StoredCheckup, ...]:
        """The checkups of these records made from ``first`` to ``last``, the newest first. What waits is not here."""
        if not record_ids:
            return ()
        rows = await self._store.all(OF_RECORDS, record_ids=list(record_ids), first=first, last=last)
        return tuple(
            StoredCheckup(
                checkup_id=row["checkup_id"],
                record_id=row["record_id"],
                received_at=row["received_at"],
                checkup=unpack(row["document"]),
            )
            for row in rows
        )
