"""「理由付き疑いなし」 stated by an officer about open work items: stops of viewing end, and the statement is kept.

The same as 本人確認判定フラグ 2 with its reason in an upload (`people`), item by item. One transaction, one recorded
moment. Facts: data-formats reference 1.8 (the flow since May 2024), 1.9.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa

from central.db.schema import Moment
from central.db.store import Row, Statement, Store
from central.insurers import tables as t
from central.insurers.values import number_runs
from central.register import tables as r
from central.register.entries import StopReason
from central.register.intake import RegisterIntake
from central.register.work import CLOSE
from protocol.errors import OnshiError
from protocol.errors.console import ITEMS_NONE, ITEMS_TOO_MANY, REASON_MISSING, REASON_WRONG
from protocol.text import is_plain

MOST = 200
"""Work items of one statement."""
LONGEST = 200


class Outcome(StrEnum):
    """How an officer's statement closes a work item."""

    NO_DOUBT = "no-doubt"


VOUCHED = frozenset({"chip-differs", "several-on-one-number", "one-on-several-numbers"})
"""Beside the mismatches (``identity-…``): what an officer may state no doubt about. Overlapping coverages end when
the data are corrected, and only then."""
_STOPS = (
    StopReason.BIRTH_OR_SEX_DIFFERS,
    StopReason.NO_RESIDENT,
    StopReason.NAMES_DIFFER,
    StopReason.NAME_AND_ADDRESS_DIFFER,
)

_ITEM = Statement(
    "insurers.assurance.item",
    sa.select(r.work_item, t.comparison.c.digest, t.comparison.c.upload_id)
    .outerjoin(
        t.comparison,
        sa.and_(
            t.comparison.c.insurer_number == sa.bindparam("insurer"),
            t.comparison.c.record_id == r.work_item.c.record_id,
            r.work_item.c.kind.startswith("identity-"),
        ),
    )
    .where(
        r.work_item.c.insurer_number == sa.bindparam("insurer"),
        r.work_item.c.row_id == sa.bindparam("item"),
        r.work_item.c.closed_at.is_(None),
    ),
    key="insurer",
)
_STATE = Statement("insurers.assurance.state", sa.insert(t.assurance))
_END_STOPS = Statement(
    "insurers.assurance.end_stops",
    sa.update(r.view_stop)
    .where(
        r.view_stop.c.person_id == sa.bindparam("person"),
        r.view_stop.c.record_id == sa.bindparam("record"),
        r.view_stop.c.recorded_to.is_(None),
        r.view_stop.c.reason.in_([reason.value for reason in _STOPS]),
    )
    .values(recorded_to=sa.bindparam("moment", type_=Moment)),
    key="person",
)
_FORGET = Statement(
    "insurers.assurance.forget",
    sa.delete(t.comparison).where(
        t.comparison.c.insurer_number == sa.bindparam("insurer"), t.comparison.c.record_id == sa.bindparam("record")
    ),
    key="insurer",
)


def may_be_vouched(kind: str) -> bool:
    """Whether an officer may state no doubt about work items of this kind."""
    return kind.startswith("identity-") or kind in VOUCHED


def checked_reason(reason: str) -> str:
    """The reason without blanks around it; `OnshiError`: none, too long, control characters, like a 個人番号."""
    told = reason.strip()
    if not told:
        raise OnshiError(REASON_MISSING)
    if len(told) > LONGEST or not is_plain(told) or "\n" in told or number_runs(told):
        raise OnshiError(REASON_WRONG, length=len(told))
    return told


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A work item as the officer saw it: its id and the digest of the two sides ("" where there were none)."""

    item: str
    digest: str = ""


async def state_no_doubt(
    store: Store,
    clock: Callable[[], datetime],
    *,
    insurer: str,
    seen: Sequence[Seen],
    reason: str,
    operator: str,
) -> int:
    """Closes this insurer's open items with the reason; gives how many.

    Left as they are: items of another insurer, closed ones, those that cannot be vouched for, and those of which
    something else is compared by now than what was seen. Raises `OnshiError` for a reason or a number of items that
    will not do.
    """
    told = checked_reason(reason)
    wanted = {one.item: one.digest for one in seen}
    if not wanted:
        raise OnshiError(ITEMS_NONE)
    if len(wanted) > MOST:
        raise OnshiError(ITEMS_TOO_MANY, limit=MOST)
    closed: list[Row] = []
    async with RegisterIntake(store, clock).transaction() as intake:
        running, moment = intake.running, intake.moment
        for item, digest in wanted.items():
            row = await running.first(_ITEM, insurer=insurer, item=item)
            if row is None or not may_be_vouched(row["kind"]) or (row["digest"] or "") != digest:
                continue
            await running.run(CLOSE, insurer=insurer, row=item, moment=moment, result=Outcome.NO_DOUBT.value)
            closed.append(row)
        # One statement for each record, however many of its items were closed; the one with a comparison speaks.
        by_record = {row["record_id"]: row for row in sorted(closed, key=lambda row: row["digest"] or "")}
        for record, row in by_record.items():
            if record is None:
                continue
            await running.run(
                _STATE,
                insurer_number=insurer,
                record_id=record,
                stated_at=moment,
                upload_id=row["upload_id"] or "",
                operator=operator,
                reason=told,
                comparison=row["digest"],
            )
            if row["kind"].startswith("identity-"):
                await running.run(_END_STOPS, person=row["person_id"], record=record, moment=moment)
                await running.run(_FORGET, insurer=insurer, record=record)
    return len(closed)
