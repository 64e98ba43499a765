"""利用設定: which kinds of information a facility uses at all, and whether it may read in an emergency.

Not a consent: both are needed. Facts: reference clinic-interface 5 (as delivered, 手術・診療 are off and 薬剤・健診
on), OQSCD037 利用設定, OQSCD043 救急時閲覧権限.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from central.audit.entry import AuditEntry
from central.audit.journal import Journal
from central.db import Row, Statement, Store, insert
from central.disclosure.tables import rights
from central.facilities.service import FACILITY
from protocol.errors import OnshiError, disclosure
from protocol.errors.central import FACILITY_UNKNOWN
from protocol.numbers import FacilityCode
from protocol.visit import ConsentItem


class Right(StrEnum):
    """What can be switched for a facility."""

    CHECKUPS = "TKK"
    DRUGS = "YZK"
    TREATMENT = "SRJ"
    OPERATIONS = "SHJ"
    EMERGENCY = "emergency"
    """救急時閲覧権限: of hospitals, in place of the four others while an emergency opening lives."""


AS_DELIVERED = frozenset({Right.CHECKUPS, Right.DRUGS})
OF_ITEM = {
    ConsentItem.CHECKUPS: Right.CHECKUPS,
    ConsentItem.DRUGS: Right.DRUGS,
    ConsentItem.TREATMENT: Right.TREATMENT,
    ConsentItem.OPERATIONS: Right.OPERATIONS,
}
"""The items that are medical information, each with its switch."""


def in_force(rows: Iterable[Row]) -> frozenset[Right]:
    """The rights that are on, from the stored rows of one facility."""
    stated = {Right(row["right"]): bool(row["allowed"]) for row in rows}
    return frozenset(right for right in Right if stated.get(right, right in AS_DELIVERED))


RIGHTS = Statement(
    "disclosure.rights", sa.select(rights).where(rights.c.facility == sa.bindparam("at_facility")), hot=True
)
_new = insert(rights)
SWITCH = Statement(
    "disclosure.rights.switch",
    _new.on_conflict_do_update(
        index_elements=["facility", "right"],
        set_={"allowed": _new.excluded.allowed, "changed_at": _new.excluded.changed_at},
    ),
)
MEDICAL = "1"
"""点数表 of hospitals and clinics; which of them is a hospital, the operator knows."""


class Rights:
    """``operator`` names who acts in the audit rows."""

    def __init__(self, store: Store, journal: Journal, *, clock: Callable[[], datetime], operator: str) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._operator = operator

    async def of(self, facility: str) -> frozenset[Right]:
        """What is on. Raises `OnshiError` (FACILITY_UNKNOWN)."""
        if await self._store.first(FACILITY, code=facility) is None:
            raise OnshiError(FACILITY_UNKNOWN, facility=facility)
        return in_force(await self._store.all(RIGHTS, at_facility=facility))

    async def switch(self, facility: str, right: Right, *, allowed: bool) -> None:
        """Turns it on or off, for the next request on. Raises `OnshiError`: FACILITY_UNKNOWN, RIGHT_OF_HOSPITALS."""
        await self.of(facility)
        if right is Right.EMERGENCY and allowed and FacilityCode(facility).fee_table != MEDICAL:
            raise OnshiError(disclosure.RIGHT_OF_HOSPITALS, facility=facility)
        row = {"facility": facility, "right": right.value, "allowed": allowed, "changed_at": self._clock()}
        entry = AuditEntry(
            kind="facility.rights",
            outcome="done",
            facility=facility,
            operator=self._operator,
            references=(f"{'on' if allowed else 'off'}:{right.value}",),
        )
        await self._journal.record(entry, writes=[(SWITCH, row)])
