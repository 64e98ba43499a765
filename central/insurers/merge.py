"""The order in which a staged upload is planned, checked and applied; the SQL is `sql`, `people` and `against`.

`plan` reads and marks; `apply` is one transaction and one recorded moment of the register, so that everything of an
upload becomes visible at once or not at all.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from central.db.schema import Moment
from central.db.store import Statement, Store, Transaction
from central.insurers import against, kinds, people, plain, sql
from central.insurers import tables as t
from central.register.intake import Intake

Told = Callable[[int, int], None]
"""Hears (steps done, steps in all)."""


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload does to one cohort, on its day and later ones. ``before``: members (ratios) known before it."""

    cohort: str
    before: int = 0
    ratios_before: int = 0
    lost: int
    gained: int
    ratio_lost: int
    ratio_changed: int
    ratio_gained: int
    ratio_left: int = 0
    """Members with a ratio who were lost."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload does: lines by effect and by verdict of the identity check, people by what changes for them."""

    effects: dict[str, int]
    verdicts: dict[str, int]
    cohorts: tuple[Cohort, ...]
    held: tuple[str, ...] = ()
    """Cohorts that stop the apply until a second person confirms."""

    def total(self, name: str) -> int:
        """Of one number over all cohorts."""
        return sum(int(getattr(cohort, name)) for cohort in self.cohorts)


FEW = 5
"""People from which on it is a cohort: one that loses all of them, or all ratios, is held whatever the limits say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortLimits:
    """A cohort is held from this share (per cent) and this many people on, and where it loses everything."""

    share: int = 10
    members: int = 20

    def exceeded(self, cohort: Cohort) -> bool:
        """Whether the cohort loses its ratio, or more of its members than the set share."""

        def over(lost: int, of: int) -> bool:
            return lost >= self.members and lost * 100 >= self.share * max(of, lost)

        def gone(lost: int, of: int) -> bool:
            return lost >= max(of, FEW)

        # Who is lost takes the ratio along: those who stay are without it.
        ratios_left = cohort.ratios_before - cohort.ratio_left
        return (
            over(cohort.lost, cohort.before)
            or gone(cohort.lost, cohort.before)
            or over(cohort.ratio_lost, cohort.ratios_before)
            or gone(cohort.ratio_lost, ratios_left)
        )


_WIPE = tuple(
    Statement(f"insurers.wipe.{table.name}", sa.delete(table).where(table.c.upload_id == sa.bindparam("upload")))
    for table in (t.plan, t.span)
)
_WIPE_STAGING = Statement(
    "insurers.wipe.staging", sa.delete(t.staging).where(t.staging.c.upload_id == sa.bindparam("upload"))
)
_WIPE_CHECKS = Statement(
    "insurers.wipe.checks",
    sa.delete(t.fault).where(t.fault.c.upload_id == sa.bindparam("upload"), t.fault.c.place >= against.PLACE),
)
_KNOWN = Statement(
    "insurers.cohorts.known", sa.select(t.cohort).where(t.cohort.c.insurer_number == sa.bindparam("insurer"))
)
_ADD = Statement(
    "insurers.cohorts.add",
    sa.update(t.cohort)
    .where(t.cohort.c.insurer_number == sa.bindparam("insurer"), t.cohort.c.cohort == sa.bindparam("of"))
    .values(
        members=t.cohort.c.members + sa.bindparam("more", type_=sa.BigInteger),
        ratios=t.cohort.c.ratios + sa.bindparam("more_ratios", type_=sa.BigInteger),
    ),
    key="insurer",
)
_NEW = Statement("insurers.cohorts.new", sa.insert(t.cohort))
APPLIED = Statement(
    "insurers.applied",
    sa.update(t.upload)
    .where(t.upload.c.insurer_number == sa.bindparam("insurer"), t.upload.c.upload_id == sa.bindparam("upload"))
    .values(applied_as=sa.bindparam("moment", type_=Moment)),
    key="insurer",
)

_SETTINGS = (
    Statement("insurers.memory", sa.text("SET LOCAL work_mem = '128MB'")),
    Statement("insurers.plans", sa.text("SET LOCAL plan_cache_mode = 'force_custom_plan'")),
)
"""For this transaction alone: joins of a million lines in memory instead of on disk, planned for the lines at hand."""
_LEARN = tuple(
    Statement(f"insurers.learn.{table}", sa.text(f"ANALYZE {table}"))
    for table in (
        t.individual.name,
        *(
            f"register_{name}"
            for name in ("insured_record", "person", "coverage", "tie", "number_directory", "work_item")
        ),
        *sorted({kind.table for kind in kinds.KINDS}),
    )
)


class _Step(NamedTuple):
    """``needs``: the fact (`against.FACTS`, `against.MARKED`) without which it would find nothing; empty: none."""

    statement: Statement
    needs: str = ""


_STEPS: tuple[_Step, ...] = (
    _Step(sql.INSERT_INDIVIDUALS),
    _Step(people.MARK, "met"),
    _Step(sql.INSERT_RECORDS),
    _Step(sql.INSERT_PEOPLE),
    _Step(people.CLOSE_PEOPLE, "renews"),
    _Step(people.KEEP_PEOPLE, "renews"),
    _Step(people.CHANGE_PEOPLE, "renews"),
    _Step(people.CLOSE_BIRTHS, "renews"),
    _Step(people.INSERT_BIRTHS, "renews"),
    _Step(people.OPEN_TWO_ON_ONE, "conflicts"),
    _Step(people.TELL_OTHERS, "conflicts"),
    _Step(people.OPEN_ONE_ON_TWO),
    _Step(people.UPDATE_INDIVIDUALS, "renews"),
    _Step(sql.CLOSE_COVERAGE, "known"),
    _Step(sql.INSERT_COVERAGE),
    _Step(sql.SPANS),
    _Step(sql.CLOSE_TIES, "known"),
    _Step(sql.INSERT_TIES),
    _Step(sql.CLOSE_DIRECTORY, "known"),
    _Step(sql.INSERT_DIRECTORY),
    *(
        step
        for kind, close, keep, insert in zip(kinds.KINDS, kinds.CLOSE, kinds.KEEP, kinds.INSERT, strict=True)
        for step in (_Step(close, "known"), _Step(keep, "known"), _Step(insert, kind.name))
    ),
    _Step(people.STATE_ASSURANCES),
    _Step(people.CLOSE_STOPS, "known"),
    _Step(people.OPEN_STOPS),
    _Step(people.CLOSE_WORK, "known"),
    _Step(people.OPEN_WORK),
    _Step(people.KEEP_COMPARISONS, "sealed"),
    _Step(people.DROP_COMPARISONS, "known"),
    _Step(people.CLOSE_DUE, "met"),
    _Step(people.OPEN_DUE, "met"),
    _Step(people.OPEN_SEVERAL, "met"),
    _Step(people.CLOSE_SEVERAL, "met"),
)


async def begin(running: Transaction, upload: str, *, dialect: str) -> None:
    """Nothing is planned yet."""
    for setting in _SETTINGS if dialect == "postgresql" else ():
        await running.run(setting)
    for statement in (*_WIPE, _WIPE_CHECKS):
        await running.run(statement, upload=upload)


async def enter(intake: Intake, upload: str, first: int, through: int, *, key_id: str) -> int:
    """Plans and enters the plain lines among staged lines ``first`` to ``through``; gives their number."""
    values: dict[str, object] = {"upload": upload, "first": first, "through": through}
    entered = await intake.running.run(plain.PLAN, **values)
    if entered:
        facts = await intake.running.first(plain.FACTS, **values) or {}
        values |= {"moment": intake.moment, "key_id": key_id}
        for statement, needs in plain.WHOLE if entered == facts["lines"] else plain.PLANNED:
            if facts[needs]:
                await intake.running.run(statement, **sql.bound(statement, values))
    return entered


async def plan(running: Transaction, upload: str) -> None:
    """What each staged line would do, and the faults of lines against the register (`insurers_fault`)."""
    await running.run(sql.PLAN, upload=upload)
    await _check(running, upload)


async def plan_rest(running: Transaction, upload: str) -> None:
    """`plan` where plain lines are entered already; those that turn out not to be plain are taken back."""
    left = await running.first(plain.LEFT, upload=upload)
    if left and left["lines"]:
        await running.run(against.ANALYZE[0])
        if await running.run(plain.TAKE_BACK, upload=upload):
            for statement in plain.DELETE:
                await running.run(statement, upload=upload)
        await running.run(sql.PLAN_REST, upload=upload)
    await _check(running, upload)


async def _check(running: Transaction, upload: str) -> None:
    await running.run(against.ANALYZE[0])
    for statement in against.CHECKS:
        await running.run(statement, upload=upload)


async def set_aside(running: Transaction, upload: str) -> None:
    """Leave out the lines that have faults against the register."""
    await running.run(against.SET_ASIDE, upload=upload)


async def difference(running: Transaction, upload: str, insurer: str, today: date, limits: CohortLimits) -> Difference:
    """The report on a planned upload, with the cohorts that hold it."""
    known = {row["cohort"]: row for row in await running.all(_KNOWN, insurer=insurer)}
    cohorts = []
    for row in await running.all(against.COHORTS, upload=upload, today=today):
        before = known.get(row["cohort"])
        numbers = {name: int(value) for name, value in row.items() if name != "cohort"}
        cohorts.append(
            Cohort(
                cohort=str(row["cohort"] or ""),
                before=before["members"] if before else 0,
                ratios_before=before["ratios"] if before else 0,
                **numbers,
            )
        )
    return Difference(
        effects={row["effect"]: row["lines"] for row in await running.all(against.EFFECTS, upload=upload)},
        verdicts={row["verdict"]: row["lines"] for row in await running.all(against.VERDICTS, upload=upload)},
        cohorts=tuple(cohorts),
        held=tuple(cohort.cohort for cohort in cohorts if limits.exceeded(cohort)),
    )


async def apply(
    intake: Intake, upload: str, *, insurer: str, today: date, operator: str, key_id: str, told: Told
) -> None:
    """Everything that the plan says, inside the intake's transaction; visible when that commits."""
    values: dict[str, object] = {
        "upload": upload,
        "insurer": insurer,
        "moment": intake.moment,
        "today": today,
        "operator": operator,
        "key_id": key_id,
    }
    facts = dict(await intake.running.first(against.FACTS, upload=upload) or {})
    facts |= {"renews": 0, "conflicts": 0}
    for done, (step, needs) in enumerate(_STEPS):
        told(done, len(_STEPS))
        if needs and not facts[needs]:
            continue
        await intake.running.run(step, **sql.bound(step, values))
        if step is people.MARK:
            facts |= await intake.running.first(against.MARKED, upload=upload) or {}
        elif step is sql.SPANS:
            await intake.running.run(against.ANALYZE[1])
    told(len(_STEPS), len(_STEPS))


async def count(running: Transaction, insurer: str, found: Difference) -> None:
    """Bring the sizes of the insurer's cohorts up to date after an apply."""
    known = {row["cohort"] for row in await running.all(_KNOWN, insurer=insurer)}
    for cohort in found.cohorts:
        more = cohort.gained - cohort.lost
        ratios = cohort.ratio_gained - cohort.ratio_lost - cohort.ratio_left
        if cohort.cohort in known:
            await running.run(_ADD, insurer=insurer, of=cohort.cohort, more=more, more_ratios=ratios)
        elif more or ratios:
            await running.run(_NEW, insurer_number=insurer, cohort=cohort.cohort, members=more, ratios=ratios)


async def learn(store: Store) -> None:
    """After a large apply: let PostgreSQL's planner know the tables as they are now, two at a time."""
    left = iter(_LEARN)

    async def some() -> None:
        for statement in left:
            async with store.transaction() as running:
                await running.run(statement)

    await asyncio.gather(some(), some())


async def wipe(store: Store, upload: str) -> None:
    """Remove plan and staging of an upload that is over."""
    async with store.transaction() as running:
        for statement in (*_WIPE, _WIPE_STAGING):
            await running.run(statement, upload=upload)
