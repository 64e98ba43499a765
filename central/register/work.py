"""Work items: what an insurer has to look into because the register contradicts itself or the chip.

One open item per insurer and cause; an item that no longer applies is closed with its outcome. Not a mail or a page
(the insurer's console shows them).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations

import sqlalchemy as sa

from central.db.schema import Moment
from central.db.store import Row, Statement, Transaction
from central.register import tables as t


class WorkKind(StrEnum):
    """Why there is something to do."""

    SEVERAL_COVERAGES = "several-coverages"
    """Coverages of one person overlap across insured records."""
    CHIP_DIFFERS = "chip-differs"
    """The birth date or sex that the chip carries is not the register's person's: a mis-link or a wrong entry."""


_w = t.work_item
_names = ("insurer_number", "row_id", "kind", "person_id", "record_id", "subject", "details", "opened_at")
_open_already = sa.exists(
    sa.select(_w.c.row_id).where(
        _w.c.insurer_number == sa.bindparam("insurer_number"),
        _w.c.subject == sa.bindparam("subject"),
        _w.c.closed_at.is_(None),
    )
)
OPEN = Statement(
    "register.work.open",
    sa.insert(_w).from_select(
        list(_names),
        sa.select(*(sa.cast(sa.bindparam(name, type_=_w.c[name].type), _w.c[name].type) for name in _names)).where(
            ~_open_already
        ),
    ),
    key="insurer_number",
)
"""Inserts unless the same item is open already."""
OF_PERSON = Statement(
    "register.work.of_person",
    sa.select(_w).where(
        _w.c.person_id == sa.bindparam("person_id"), _w.c.kind == sa.bindparam("kind"), _w.c.closed_at.is_(None)
    ),
)
OF_INSURER = Statement(
    "register.work.of_insurer",
    sa.select(_w)
    .where(_w.c.insurer_number == sa.bindparam("insurer_number"), _w.c.closed_at.is_(None))
    .order_by(_w.c.opened_at, _w.c.row_id),
    key="insurer_number",
)
CLOSE = Statement(
    "register.work.close",
    sa.update(_w)
    .where(_w.c.insurer_number == sa.bindparam("insurer"), _w.c.row_id == sa.bindparam("row"), _w.c.closed_at.is_(None))
    .values(closed_at=sa.bindparam("moment", type_=Moment), outcome=sa.bindparam("result")),
    key="insurer",
)

_COVERAGES = Statement(
    "register.work.coverages",
    sa.select(t.coverage.c.record_id, t.coverage.c.valid_from, t.coverage.c.valid_to, t.tie.c.insurer_number).where(
        t.coverage.c.person_id == sa.bindparam("person_id"),
        t.tie.c.person_id == sa.bindparam("person_id"),
        t.tie.c.record_id == t.coverage.c.record_id,
        t.tie.c.recorded_to.is_(None),
        t.coverage.c.recorded_to.is_(None),
    ),
    key="person_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A new work item. ``subject`` is the same for the same cause; ``details`` are codes and ids only."""

    insurer_number: str
    kind: WorkKind
    person_id: str
    record_id: str | None
    subject: str
    details: str

    def parameters(self, row_id: str, now: datetime) -> Mapping[str, object]:
        """For `OPEN`."""
        return {
            "insurer_number": self.insurer_number,
            "row_id": row_id,
            "kind": self.kind.value,
            "person_id": self.person_id,
            "record_id": self.record_id,
            "subject": self.subject,
            "details": self.details,
            "opened_at": now,
        }


def _overlap(one: Row, other: Row) -> bool:
    if one["valid_from"] in (one["valid_to"], other["valid_to"]) or other["valid_from"] == other["valid_to"]:
        return False
    return (other["valid_to"] is None or one["valid_from"] < other["valid_to"]) and (
        one["valid_to"] is None or other["valid_from"] < one["valid_to"]
    )


def contradictions(person_id: str, coverages: Sequence[Row]) -> list[Item]:
    """Two items, one for each insurer, for every pair of records whose coverages overlap."""
    found: dict[tuple[str, str], Item] = {}
    for one, other in combinations(coverages, 2):
        if one["record_id"] == other["record_id"] or not _overlap(one, other):
            continue
        pair = "+".join(sorted((one["record_id"], other["record_id"])))
        for own in (one, other):
            found[own["insurer_number"], own["record_id"] + pair] = Item(
                insurer_number=own["insurer_number"],
                kind=WorkKind.SEVERAL_COVERAGES,
                person_id=person_id,
                record_id=own["record_id"],
                subject=f"{WorkKind.SEVERAL_COVERAGES.value}:{own['record_id']}:{pair}",
                details=pair,
            )
    return list(found.values())


async def review(running: Transaction, person_id: str, now: datetime, ids: Callable[[], str]) -> None:
    """Open what contradicts itself now, close what no longer does."""
    items = contradictions(person_id, await running.all(_COVERAGES, person_id=person_id))
    wanted = {(item.insurer_number, item.subject) for item in items}
    for row in await running.all(OF_PERSON, person_id=person_id, kind=WorkKind.SEVERAL_COVERAGES.value):
        if (row["insurer_number"], row["subject"]) not in wanted:
            insurer, row_id = row["insurer_number"], row["row_id"]
            await running.run(CLOSE, insurer=insurer, row=row_id, moment=now, result="resolved")
    for item in items:
        await running.run(OPEN, **item.parameters(ids(), now))
