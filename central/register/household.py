"""A household as the register sees it: who is insured under the same symbol and number; and 支援措置.

A person under a support measure (支援措置: somebody in the family may be the danger) is in nobody else's view, and
neither is anybody in theirs, because a view is two ways to the same address. Not the residents' household (住民票).
"""

from collections.abc import Callable
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from central.db.schema import Day
from central.db.store import Statement, Store
from central.register import entries as e
from central.register import tables as t
from central.register.intake import RegisterIntake
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_UNKNOWN

_day = sa.bindparam("day", type_=Day)


def _valid(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.recorded_to.is_(None),
        table.c.valid_from <= _day,
        sa.or_(table.c.valid_to.is_(None), table.c.valid_to > _day),
    )


_OWN = Statement(
    "register.household.own",
    sa.select(t.number_directory.c.lookup_key, t.number_directory.c.symbol_key)
    .where(
        t.number_directory.c.person_id == sa.bindparam("person_id"),
        t.number_directory.c.record_id.is_not(None),
        _valid(t.number_directory),
    )
    .distinct(),
)
_UNDER = Statement(
    "register.household.under",
    sa.select(t.number_directory.c.person_id, t.number_directory.c.branch).where(
        t.number_directory.c.lookup_key == sa.bindparam("lookup_key"),
        t.number_directory.c.symbol_key == sa.bindparam("symbol_key"),
        t.number_directory.c.record_id.is_not(None),
        _valid(t.number_directory),
    ),
    key="lookup_key",
)
_PERSON = Statement(
    "register.household.person",
    sa.select(t.person).where(t.person.c.person_id == sa.bindparam("person_id"), _valid(t.person)),
    key="person_id",
)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the household. ``branch`` 枝番; empty where the insurer has none."""

    person_id: str
    name: str
    birth_date: date
    branch: str


class Households:
    """Reads households; sets and ends support measures (``clock``: the present, aware)."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def of(self, person_id: str, day: date) -> list[Member]:
        """The others insured with this person on a day, by branch; empty around a support measure."""
        own = await self._store.first(_PERSON, person_id=person_id, day=day)
        if own is None:
            raise OnshiError(REGISTER_UNKNOWN, missing="person")
        if own["support_measure"]:
            return []
        found: dict[str, Member] = {}
        for key in await self._store.all(_OWN, person_id=person_id, day=day):
            for row in await self._store.all(_UNDER, **key, day=day):
                other = await self._store.first(_PERSON, person_id=row["person_id"], day=day)
                if other is None or other["person_id"] == person_id or other["support_measure"]:
                    continue
                found[other["person_id"]] = Member(
                    person_id=other["person_id"],
                    name=other["name"],
                    birth_date=other["birth_date"],
                    branch=row["branch"],
                )
        return sorted(found.values(), key=lambda member: (member.branch, member.person_id))

    async def support_measure(self, person_id: str, *, on: bool) -> None:
        """From today (Japan) on the person is, or is no longer, under a support measure."""
        today = self._clock().astimezone(JST).date()
        row = await self._store.first(_PERSON, person_id=person_id, day=today)
        if row is None:
            raise OnshiError(REGISTER_UNKNOWN, missing="person")
        if row["support_measure"] == on:
            return
        values = {name: row[name] for name in e.Person.__struct_fields__ if name in row}
        stated = e.Person(**{**values, "sex": e.Sex(row["sex"]), "support_measure": on, "valid_from": today})
        async with RegisterIntake(self._store, self._clock).transaction() as intake:
            if row["valid_from"] == today:
                ref = e.RowRef(kind="Person", row_id=row["row_id"], key=person_id)
                await intake.correct(ref, stated)
            else:
                await intake.register(stated)
