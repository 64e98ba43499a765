"""Where and when reading in a disaster (災害時医療情報閲覧) is open: one operator states it, another confirms it.

The same for one facility whose line or appliance is down. Facts: reference clinic-interface 5, field 1 (the centre
opens it by municipality and period); how long at most is the project's own.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from central.audit.entry import AuditEntry
from central.audit.journal import Conflict, Journal, Write
from central.db import Row, Store
from central.disclosure.opened import ADD_DISASTER, CLOSE_DISASTER, CONFIRM_DISASTER, DISASTER, DISASTERS
from central.facilities.service import FACILITY
from protocol.errors import OnshiError, disclosure
from protocol.errors.central import FACILITY_UNKNOWN
from protocol.numbers import FacilityCode

LONGEST = timedelta(days=90)


class Disaster(msgspec.Struct, frozen=True, kw_only=True):
    """A disaster as listed. Not open before ``confirmed_by``, nor once ``closed_by``."""

    disaster_id: str
    name: str
    areas: tuple[str, ...]
    facilities: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    opened_by: str
    confirmed_by: str | None
    closed_by: str | None


_AREA = re.compile(r"(?:0[1-9]|[1-3][0-9]|4[0-7]|99)(?:[0-9]{3})?", re.ASCII)
"""都道府県 01 to 47 (99: invented facilities), alone or with the three digits of a municipality."""


class Disasters:
    """``ids`` gives unguessable ids of 32 hexadecimal digits."""

    def __init__(
        self, store: Store, journal: Journal, *, clock: Callable[[], datetime], ids: Callable[[], str]
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._ids = ids

    async def open(
        self,
        name: str,
        *,
        areas: Sequence[str],
        facilities: Sequence[str],
        starts_at: datetime,
        ends_at: datetime,
        operator: str,
    ) -> Disaster:
        """States a disaster; nobody reads before a second operator confirms it.

        ``areas``: prefectures (2 digits) and municipalities (5). Raises `OnshiError`: DISASTER_WRONG (names
        the areas that do not exist), INPUT-003, FACILITY_UNKNOWN.
        """
        now = self._clock()
        wrong = [area for area in areas if _AREA.fullmatch(area) is None]
        for code in facilities:
            FacilityCode(code).validate_check_digit()
            if await self._store.first(FACILITY, code=code) is None:
                raise OnshiError(FACILITY_UNKNOWN, facility=code)
        in_order = starts_at < ends_at and now < ends_at and ends_at - starts_at <= LONGEST
        if wrong or not (areas or facilities) or not in_order or not 0 < len(name) <= 100:
            raise OnshiError(disclosure.DISASTER_WRONG, areas=" ".join(wrong))
        row = {
            "disaster_id": self._ids(),
            "name": name,
            "areas": ",".join(areas),
            "facilities": ",".join(facilities),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "opened_by": operator,
            "opened_at": now,
            "confirmed_by": None,
            "confirmed_at": None,
            "closed_by": None,
            "closed_at": None,
        }
        covered = (*(f"area:{area}" for area in areas), *(f"facility:{code}" for code in facilities))
        await self._journal.record(
            _entry("disaster.open", operator, str(row["disaster_id"]), *covered), writes=[(ADD_DISASTER, row)]
        )
        return _disaster(row)

    async def confirm(self, disaster_id: str, *, operator: str) -> None:
        """A second operator confirms: from now on it is open. Raises `OnshiError`: DISASTER_UNKNOWN, SAME_PERSON."""
        row = await self._store.first(DISASTER, disaster=disaster_id)
        if row is not None and row["opened_by"] == operator:
            raise OnshiError(disclosure.SAME_PERSON, disaster=disaster_id)
        await self._settle("disaster.confirm", disaster_id, operator, confirming=True)

    async def close(self, disaster_id: str, *, operator: str) -> None:
        """Ends it, and every reading under it, at once; one operator is enough. Raises `OnshiError`."""
        await self._settle("disaster.close", disaster_id, operator, confirming=False)

    async def _settle(self, kind: str, disaster_id: str, operator: str, *, confirming: bool) -> None:
        statement = CONFIRM_DISASTER if confirming else CLOSE_DISASTER
        write: Write = (statement, {"disaster": disaster_id, "by": operator, "at": self._clock()})
        try:
            await self._journal.record(_entry(kind, operator, disaster_id), unique=[write])
        except Conflict:
            raise OnshiError(disclosure.DISASTER_UNKNOWN, disaster=disaster_id) from None

    async def all(self) -> list[Disaster]:
        """Every disaster ever stated, the newest first."""
        return [_disaster(row) for row in await self._store.all(DISASTERS)]


def _disaster(row: Row) -> Disaster:
    return Disaster(
        disaster_id=row["disaster_id"],
        name=row["name"],
        areas=tuple(filter(None, row["areas"].split(","))),
        facilities=tuple(filter(None, row["facilities"].split(","))),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        opened_by=row["opened_by"],
        confirmed_by=row["confirmed_by"],
        closed_by=row["closed_by"],
    )


def _entry(kind: str, operator: str, disaster_id: str, *references: str) -> AuditEntry:
    return AuditEntry(kind=kind, outcome="done", operator=operator, references=(f"disaster:{disaster_id}", *references))
