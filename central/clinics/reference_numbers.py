"""照会番号: a clinic gives an insured record its own number, and gets it back in every later answer.

The record has to be one that is valid today and fits all given numbers; the newest registration of a facility holds.
Facts: reference clinic-interface 3.7.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from central.db import Day, Statement, Store
from central.register import entries
from central.register import tables as t
from central.register.intake import RegisterIntake
from central.register.keys import lookup_key, symbol_key
from central.register.limits import QueryGuard, QueryLimits
from protocol.eras import JST
from protocol.errors import OnshiError, clinic
from protocol.messages import ReferenceNumberInfo

_day = sa.bindparam("day", type_=Day)
_FITTING = Statement(
    "clinics.fitting_records",
    sa.select(
        t.number_directory.c.person_id,
        t.number_directory.c.symbol_key,
        t.insured_record.c.insurer_number,
        t.insured_record.c.symbol,
        t.insured_record.c.number,
        t.insured_record.c.branch,
    )
    .select_from(
        t.number_directory.join(
            t.insured_record,
            sa.and_(
                t.insured_record.c.lookup_key == sa.bindparam("lookup_key"),
                t.insured_record.c.record_id == t.number_directory.c.record_id,
            ),
        )
    )
    .where(
        t.number_directory.c.lookup_key == sa.bindparam("lookup_key"),
        t.number_directory.c.valid_from <= _day,
        sa.or_(t.number_directory.c.valid_to.is_(None), t.number_directory.c.valid_to > _day),
        t.number_directory.c.recorded_to.is_(None),
    ),
    key="lookup_key",
)


@dataclass(frozen=True, slots=True)
class Registered:
    """Whose record it was (for the audit row only), and when the registration became known."""

    person_id: str
    known_at: datetime


PATIENCE = 5.0
"""Seconds that a facility waits for others who write the register (a large upload), before it is told to come again."""


class ReferenceNumbers:
    """Registrations of all facilities; as often as queries by number, because they tell as much."""

    def __init__(self, store: Store, intake: RegisterIntake, *, limits: QueryLimits | None = None) -> None:
        self._store = store
        self._intake = intake
        self._guard = QueryGuard(limits or QueryLimits())

    def take(self, facility: str, now: datetime) -> None:
        """Count one registration; raises `OnshiError` (CENTRE-954) when there are too many."""
        self._guard.take(facility, now)

    async def register(self, info: ReferenceNumberInfo, *, facility: str, now: datetime) -> Registered:
        """Raises `OnshiError`: ``CLINIC-025`` no such record, ``CLINIC-026`` several."""
        day = now.astimezone(JST).date()
        rows = await self._store.all(_FITTING, lookup_key=lookup_key(info.insurer_number.raw, info.number.raw), day=day)
        symbol = symbol_key(info.symbol.raw) if info.symbol else None
        branch = info.branch.raw if info.branch else None
        fitting = [row for row in rows if symbol in (None, row["symbol_key"]) and branch in (None, row["branch"])]
        self._guard.found(facility, hit=bool(fitting))
        if not fitting:
            raise OnshiError(clinic.REFERENCE_NO_RECORD)
        if len(fitting) > 1:
            raise OnshiError(clinic.REFERENCE_SEVERAL)
        (row,) = fitting
        record = entries.RecordKey(
            insurer=row["insurer_number"],
            symbol=row["symbol"],
            number=row["number"],
            branch=row["branch"] or None,
        )
        return Registered(row["person_id"], await self._state(record, info.reference_number, facility, day))

    async def _state(self, record: entries.RecordKey, reference: str, facility: str, day: date) -> datetime:
        async with self._intake.transaction() as intake:
            await intake.register(
                entries.ReferenceNumber(record=record, facility=facility, reference=reference, valid_from=day)
            )
            return intake.moment
