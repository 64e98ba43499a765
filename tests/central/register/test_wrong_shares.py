"""The wrong burden ratios of 2023, by cause, as far as causes are public: each must not be able to happen here.

The ministry counted eight patterns without publishing them all; these are the causes that towns have told.
"""

from datetime import date, timedelta

import pytest

from central.register import entries as e
from protocol.codes import QualificationValidity as V
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_OVERLAP
from tests.central.register.world import ELDERLY, TOWN, World, record

BIRTH = date(1945, 5, 5)
SINCE = date(2020, 5, 5)
JULY, AUGUST = date(2025, 7, 31), date(2025, 8, 1)
OWN = record(ELDERLY, "12345678", "", None)


async def member(world: World) -> str:
    return await world.insured(BIRTH, key=OWN, since=SINCE)


def ratio(percent: int, first: date, last: date | None = None) -> e.BurdenRatio:
    return e.BurdenRatio(record=OWN, percent=percent, valid_from=first, valid_through=last)


async def share(world: World, who: str, day: date, **more: object) -> int | None:
    found = (await world.card(who, day, **more)).message.results[0].burden_ratio
    return found.percent if found else None


async def test_a_corrected_ratio_cannot_be_added_beside_the_wrong_one(world: World) -> None:
    """千葉市: the right record was added, the wrong one never invalidated, and the wrong one went out."""
    who = await member(world)
    (wrong,) = await world.add(ratio(20, SINCE))
    with pytest.raises(OnshiError) as refused:
        await world.add(ratio(30, SINCE))
    assert refused.value.fault is REGISTER_OVERLAP
    await world.intake.correct(wrong, ratio(30, SINCE))
    assert await share(world, who, AUGUST) == 30


async def test_neighbouring_spans_with_one_ratio_are_not_taken_for_one(world: World) -> None:
    """千葉市: equal neighbours were merged, so that correcting the second left the first one's ratio standing."""
    who = await member(world)
    _, second = await world.add(ratio(20, SINCE, JULY), ratio(20, AUGUST))
    await world.intake.correct(second, ratio(30, AUGUST))
    assert [await share(world, who, day) for day in (JULY, AUGUST)] == [20, 30]


async def test_a_reissue_after_the_new_certificate_was_posted_changes_the_days_it_says_and_no_others(
    world: World,
) -> None:
    who = await world.insured(date(1954, 5, 5))
    days = {"issued_on": date(2025, 7, 1), "valid_from": AUGUST, "valid_through": date(2026, 7, 31)}
    posted = e.ElderlyCertificate(record=record(), percent=20, **days)
    (ref,) = await world.add(posted)
    known = (await world.card(who, AUGUST)).known_at
    world.later(days=10)
    reissued = {**days, "issued_on": date(2025, 9, 10)}
    await world.intake.correct(ref, e.ElderlyCertificate(record=record(), percent=30, **reissued))
    now = (await world.card(who, AUGUST)).message.results[0].elderly
    then = (await world.card(who, AUGUST, known_at=known)).message.results[0].elderly
    assert now is not None
    assert then is not None
    assert (str(now.ratio), str(then.ratio)) == ("030", "020")


async def test_an_ended_ratio_is_not_carried_on(world: World) -> None:
    who = await member(world)
    await world.add(ratio(20, SINCE, JULY))
    assert [await share(world, who, day) for day in (JULY, AUGUST)] == [20, None]


async def test_an_income_corrected_in_retrospect_is_true_back_then_and_unknown_back_then(world: World) -> None:
    who = await member(world)
    (old,) = await world.add(ratio(10, SINCE))
    known = (await world.card(who, AUGUST)).known_at
    world.later(days=200)
    await world.intake.correct(old, ratio(30, SINCE))
    assert await share(world, who, AUGUST) == 30
    assert await share(world, who, AUGUST, known_at=known) == 10


async def test_an_invalidated_ratio_does_not_bring_back_an_older_one(world: World) -> None:
    who = await member(world)
    (old,) = await world.add(ratio(10, SINCE))
    new = await world.intake.correct(old, ratio(30, SINCE))
    await world.intake.invalidate(new)
    assert await share(world, who, AUGUST) is None


async def test_the_ratio_of_the_insurer_left_behind_never_goes_out(world: World) -> None:
    who = await member(world)
    await world.add(ratio(10, SINCE))
    moved = record(ELDERLY, "87654321", "", None)
    await world.insured(person_id=who, key=moved, since=AUGUST)
    assert await share(world, who, AUGUST) is None
    await world.add(e.BurdenRatio(record=moved, percent=20, valid_from=AUGUST))
    assert await share(world, who, AUGUST) == 20


async def test_the_elderly_certificate_of_the_former_insurer_never_goes_out_at_75(world: World) -> None:
    birth = date(1950, 8, 1)
    who = await world.insured(birth)
    await world.add(
        e.ElderlyCertificate(record=record(), percent=20, issued_on=date(2020, 8, 1), valid_from=date(2020, 9, 1))
    )
    await world.insured(person_id=who, key=OWN, since=AUGUST)
    await world.add(ratio(10, AUGUST))
    before = (await world.card(who, AUGUST - timedelta(1))).message.results[0]
    after = (await world.card(who, AUGUST)).message.results[0]
    assert before.elderly is not None
    assert (after.elderly, after.burden_ratio and after.burden_ratio.percent) == (None, 10)


async def test_a_change_of_insurer_on_one_day_leaves_no_day_without_and_none_with_two(world: World) -> None:
    who = await world.insured(disqualified_on=AUGUST, loss_reason=e.LossReason.OTHER_INSURANCE)
    await world.insured(person_id=who, key=record(TOWN, "9", "", None), since=AUGUST)
    answers = [await world.card(who, day) for day in (JULY, AUGUST)]
    assert [(answer.validity, answer.conflict) for answer in answers] == [(V.VALID, ()), (V.VALID, ())]
    assert [str(answer.message.results[0].number) for answer in answers] == ["4260", "9"]
