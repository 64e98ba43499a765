"""How fresh each insurer's data is: last upload, backlog, lines that came late, and who has gone quiet.

In 2023 a town's data went stale because nobody looked at a screen: so an insurer that uploads more rarely than it is
its own habit raises an alarm (metric, log line, exit code), not a row in a list.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import msgspec
import sqlalchemy as sa

from central.db import Moment, Row, Statement, Store
from central.insurers import tables as t
from central.insurers.ledger import KNOWN_INSURER, UNFINISHED_STATES
from central.insurers.parts import State
from central.register.tables import insurer as _insurer
from central.register.tables import work_item as _work
from protocol.errors import OnshiError
from protocol.errors.insurers import INSURER_UNKNOWN

HABIT = 12
"""Newest applied uploads that an insurer's habit is taken from."""
ENOUGH = 4
"""Applied uploads without which there is no habit to go by."""
RECENT = timedelta(days=30)
"""Late lines are counted over this time."""
LEAST = timedelta(days=1)
"""Several uploads on one day are one working day's: a habit is not shorter than this."""

_u = t.upload
_ranked = (
    sa.select(
        _u.c.insurer_number,
        _u.c.received_at,
        sa.func.row_number().over(partition_by=_u.c.insurer_number, order_by=_u.c.received_at.desc()).label("nth"),
    )
    .where(_u.c.state == State.APPLIED.value)
    .subquery()
)
_one = sa.or_(sa.bindparam("insurer", type_=sa.String) == "", _ranked.c.insurer_number == sa.bindparam("insurer"))
APPLIED = Statement(
    "insurers.freshness.applied",
    sa.select(_ranked.c.insurer_number, _ranked.c.received_at)
    .where(_ranked.c.nth <= HABIT, _one)
    .order_by(_ranked.c.insurer_number, _ranked.c.received_at),
)
BACKLOG = Statement(
    "insurers.freshness.backlog",
    sa.select(
        _u.c.insurer_number,
        sa.func.count().label("uploads"),
        sa.func.sum(sa.case((_u.c.lines > 0, _u.c.lines), else_=_u.c.staged)).label("lines"),
        sa.func.min(_u.c.received_at).label("since"),
    )
    .where(_u.c.state.in_(UNFINISHED_STATES))
    .group_by(_u.c.insurer_number),
)
LATE = Statement(
    "insurers.freshness.late",
    sa.select(_u.c.insurer_number, sa.func.sum(_u.c.late).label("late"), sa.func.sum(_u.c.lines).label("lines"))
    .where(_u.c.state == State.APPLIED.value, _u.c.received_at >= sa.bindparam("since", type_=Moment))
    .group_by(_u.c.insurer_number),
)
WORK = Statement(
    "insurers.freshness.work",
    sa.select(_work.c.insurer_number, sa.func.count().label("items"))
    .where(_work.c.closed_at.is_(None))
    .group_by(_work.c.insurer_number),
)
INSURERS = Statement(
    "insurers.freshness.insurers",
    sa.select(_insurer.c.number).where(_insurer.c.recorded_to.is_(None), _insurer.c.valid_to.is_(None)).distinct(),
)


class Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """One insurer. ``usual_hours``: the median distance of its newest uploads, None where it has no habit yet."""

    insurer: str
    last_upload: datetime | None
    usual_hours: float | None
    quiet: bool
    """Nothing has come for several times its usual distance."""
    waiting_uploads: int
    waiting_lines: int
    waiting_since: datetime | None
    open_work: int
    """Open items of its work list."""
    late_lines: int
    """Lines of the last 30 days that came more than the set days after their event."""
    lines: int
    """Lines of the last 30 days."""


def judged(moments: Sequence[datetime], *, now: datetime, factor: int) -> tuple[float | None, bool]:
    """The usual distance in hours, and whether the silence is longer than ``factor`` times it.

    ``moments`` of the newest applied uploads, oldest first.
    """
    if len(moments) < ENOUGH:
        return None, False
    gaps = [max(later - earlier, LEAST) for earlier, later in pairwise(moments)]
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps))
    return usual.total_seconds() / 3600, now - moments[-1] > factor * usual


class Freshness:
    """``factor``: an insurer is quiet after this many times its own usual distance."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime], factor: int = 3) -> None:
        self._store = store
        self._clock = clock
        self._factor = factor

    async def of(self, insurer: str) -> Fresh:
        """One insurer's; `OnshiError` (`INSURER_UNKNOWN`)."""
        if await self._store.first(KNOWN_INSURER, insurer=insurer) is None:
            raise OnshiError(INSURER_UNKNOWN, insurer=insurer)
        return (await self._told([insurer]))[0]

    async def all(self) -> list[Fresh]:
        """Every insurer that the register has, those that have gone quiet first."""
        numbers = sorted(row["number"] for row in await self._store.all(INSURERS))
        return sorted(await self._told(numbers), key=lambda one: (not one.quiet, one.insurer))

    async def _told(self, numbers: Sequence[str]) -> list[Fresh]:
        now = self._clock()
        moments: dict[str, list[datetime]] = {}
        for row in await self._store.all(APPLIED, insurer=numbers[0] if len(numbers) == 1 else ""):
            moments.setdefault(row["insurer_number"], []).append(row["received_at"])
        backlog = _by_insurer(await self._store.all(BACKLOG))
        late = _by_insurer(await self._store.all(LATE, since=now - RECENT))
        work = _by_insurer(await self._store.all(WORK))
        found = []
        for number in numbers:
            came = moments.get(number, [])
            usual, quiet = judged(came, now=now, factor=self._factor)
            waiting, recent, items = backlog.get(number), late.get(number), work.get(number)
            found.append(
                Fresh(
                    insurer=number,
                    last_upload=came[-1] if came else None,
                    usual_hours=round(usual, 1) if usual is not None else None,
                    quiet=quiet,
                    waiting_uploads=int(waiting["uploads"]) if waiting else 0,
                    waiting_lines=int(waiting["lines"] or 0) if waiting else 0,
                    waiting_since=waiting["since"] if waiting else None,
                    open_work=int(items["items"]) if items else 0,
                    late_lines=int(recent["late"]) if recent else 0,
                    lines=int(recent["lines"]) if recent else 0,
                )
            )
        return found


def _by_insurer(rows: Sequence[Row]) -> dict[str, Row]:
    return {row["insurer_number"]: row for row in rows}
