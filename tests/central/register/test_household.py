"""Household views leave out whoever is under a support measure, and show such a person nobody; mergers of insurers."""

from datetime import date, timedelta

import pytest

from central.register import entries as e
from central.register.household import Households
from protocol.codes import QualificationValidity as V
from protocol.codes import ReasonOfLoss
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_UNKNOWN
from tests.central.register.world import NAMES, SOCIETY, TODAY, TOWN, World, record

MERGER = date(2026, 4, 1)


async def family(world: World) -> list[str]:
    return [await world.insured(date(1980 + n, 1, 2), key=record(branch=f"0{n}")) for n in range(3)]


async def test_a_household_is_who_is_insured_under_one_number(world: World) -> None:
    households = Households(world.store, clock=lambda: world.now)
    head, partner, child = await family(world)
    await world.insured(key=record(number="9999"))
    assert [(one.person_id, one.branch) for one in await households.of(head, TODAY)] == [(partner, "01"), (child, "02")]
    assert await households.of(head, date(2019, 1, 1)) == []


async def test_support_measure_people_are_hidden_from_household_views(world: World) -> None:
    households = Households(world.store, clock=lambda: world.now)
    head, partner, child = await family(world)
    world.later()
    await households.support_measure(partner, on=True)
    await households.support_measure(partner, on=True)
    assert [one.person_id for one in await households.of(head, TODAY)] == [child]
    assert await households.of(partner, TODAY) == []
    assert (await world.card(partner)).message.results[0].address is None
    world.later()
    await households.support_measure(partner, on=False)
    assert [one.person_id for one in await households.of(head, TODAY)] == [partner, child]
    world.later(days=3)
    await households.support_measure(child, on=True)
    assert [one.person_id for one in await households.of(head, TODAY + timedelta(3))] == [partner]
    for work in (households.of("nobody", TODAY), households.support_measure("nobody", on=True)):
        with pytest.raises(OnshiError) as refused:
            await work
        assert refused.value.fault is REGISTER_UNKNOWN


async def test_coverages_of_a_merged_insurer_end_with_it_and_the_successors_are_answered(world: World) -> None:
    who = await world.insured()
    other = await world.insured(key=record(number="77"))
    world.later()
    await world.add(e.Tie(record=record(TOWN, "555", "", None), person_id=who, valid_from=MERGER))
    await world.add(e.Coverage(record=record(TOWN, "555", "", None), qualified_on=MERGER))
    (insurer,) = await world.store.all(_insurer())
    world.later()
    await world.intake.correct(
        e.RowRef(kind="Insurer", row_id=insurer["row_id"], key=SOCIETY),
        e.Insurer(
            number=SOCIETY, name=NAMES[SOCIETY], valid_from=insurer["valid_from"], valid_until=MERGER, successor=TOWN
        ),
    )
    moved = await world.card(who)
    assert (moved.validity, moved.conflict) == (V.VALID, ())
    assert str(moved.message.results[0].number) == "555"
    day_before = await world.card(who, MERGER - timedelta(1))
    assert str(day_before.message.results[0].number) == "4260"
    left = await world.card(other)
    assert left.validity is V.INVALID
    assert left.message.results[0].disqualification_date == MERGER
    assert left.message.results[0].reason_of_loss is ReasonOfLoss.OTHER_INSURANCE
    assert (await world.ask()).validity is V.INVALID_NEWER_EXISTS


def _insurer() -> object:
    import sqlalchemy as sa

    from central.db import Statement
    from central.register import tables as t

    return Statement(
        "test.insurer", sa.select(t.insurer).where(t.insurer.c.number == SOCIETY, t.insurer.c.recorded_to.is_(None))
    )
