"""What of a person an insurer may see: what was stated while the person was with it, and what it stated itself.

A later address or name, stated by a later insurer, is not the old one's to see.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from central.console import statements as s
from central.db.store import Row, Store
from protocol.eras import JST


async def makers(store: Store, insurer: str, rows: Sequence[Row]) -> dict[datetime, Row]:
    """Which upload of this insurer wrote at each recorded moment of these rows."""
    moments = sorted({m for row in rows for m in (row["recorded_from"], row["recorded_to"]) if m is not None})
    if not moments:
        return {}
    return {row["applied_as"]: row for row in await store.all(s.MADE_BY, insurer=insurer, moments=moments)}


def while_here(row: Row, coverages: Sequence[Row], own: Mapping[datetime, Row]) -> bool:
    """Whether a person's row is about a time under these coverages, and was stated then; or this insurer stated it.

    A tie may stay open when the coverage has ended: who is a member is told by the coverages.
    """
    if row["recorded_from"] in own:
        return True
    for coverage in coverages:
        if coverage["person_id"] != row["person_id"] or coverage["recorded_to"] is not None:
            continue
        left = coverage["valid_to"]
        if left is None or (row["valid_from"] < left and row["recorded_from"].astimezone(JST).date() < left):
            return True
    return False


async def people(store: Store, insurer: str, ids: Sequence[str], records: Sequence[str]) -> dict[str, Row]:
    """The newest row that may be seen of each person; ``records`` are this insurer's own records of them."""
    if not ids or not records:
        return {}
    rows = await store.all(s.PERSON_ROWS, people=list(ids))
    coverages = await store.all(s.COVERAGES_OF, records=list(records))
    own = await makers(store, insurer, rows)
    found: dict[str, Row] = {}
    for row in sorted(rows, key=age):
        if while_here(row, coverages, own):
            found[row["person_id"]] = row
    return found


def age(row: Row) -> tuple[bool, bool, date, datetime]:
    """Sorts a person's rows: what was superseded first, what holds now last."""
    return row["recorded_to"] is None, row["valid_to"] is None, row["valid_from"], row["recorded_from"]
