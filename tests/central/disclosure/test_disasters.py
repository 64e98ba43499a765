"""A disaster: two operators open it for a place and a time, staff find the patient without a card, consent is noted."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from central.disclosure.disasters import LONGEST, Disaster
from central.disclosure.disclosed import Purpose
from central.disclosure.lookup import LIMITS, MOST, Candidate, Sought
from central.disclosure.openings import CONFIRM_LIFE, Basis, Reason
from central.facilities.service import ADD_FACILITY, PLACE_FACILITY
from central.register import entries as e
from protocol.errors import Fault, OnshiError, disclosure, input_
from protocol.errors.central import QUERIES_TOO_MANY
from protocol.numbers import InsuredNumber, InsurerNumber
from tests.central.disclosure.practice import DRUGS, HERE, MEDICAL, THERE, Practice, marks
from tests.central.register.world import ADULT, CLINIC, OTHER_CLINIC, SOCIETY, TODAY

NURSE = msgspec.structs.replace(HERE, operator="nurse")
TARO = Sought(birth_date=ADULT, kana="ﾐﾎﾝ ﾀﾛｳ")


@pytest.fixture
async def town(practice: Practice) -> Practice:
    for code in (CLINIC, OTHER_CLINIC):
        async with practice.store.transaction() as running:
            await running.run(ADD_FACILITY, code=code, name="x", valid_from=TODAY, recorded_at=practice.now)
    async with practice.store.transaction() as running:
        await running.run(PLACE_FACILITY, which=CLINIC, place="99201")
    return practice


async def flood(practice: Practice, *areas: str, facilities: tuple[str, ...] = (), **more: Any) -> Disaster:
    starts = more.pop("starts_at", practice.now)
    return await practice.disasters.open(
        "見本川の洪水",
        areas=areas,
        facilities=facilities,
        starts_at=starts,
        ends_at=more.pop("ends_at", starts + timedelta(days=7)),
        operator="one",
    )


async def opened(practice: Practice, *areas: str, **more: Any) -> str:
    made = await flood(practice, *areas, **more)
    await practice.disasters.confirm(made.disaster_id, operator="two")
    return made.disaster_id


async def look(practice: Practice, sought: Sought = TARO, reader: Any = NURSE) -> list[Candidate]:
    return await practice.lookup(reader, sought)


async def no(practice: Practice, sought: Sought = TARO, reader: Any = NURSE) -> Fault:
    with pytest.raises(OnshiError) as caught:
        await look(practice, sought, reader)
    return caught.value.fault


async def reading(practice: Practice, person: str) -> Fault | None:
    try:
        await practice.read(person, DRUGS, purpose=Purpose.DISASTER)
    except OnshiError as refused:
        return refused.fault
    return None


async def test_from_the_flood_to_the_drugs(town: Practice) -> None:
    person = await town.patient()
    assert await no(town) is disclosure.DISASTER_NOT_OPEN
    disaster = await opened(town, "99")
    (found,) = await look(town)
    assert (found.name, found.birth_date, found.sex) == ("見本　太郎", ADULT, "1")
    assert await reading(town, person) is disclosure.OPENING_UNCONFIRMED
    opening = await town.openings.disaster(NURSE, found.opening_id, basis=Basis.ORAL)
    assert opening.person_id == person
    assert await town.openings.person_of(HERE, found.opening_id) == (person, Purpose.DISASTER)
    seen = await town.read(person, *MEDICAL, purpose=Purpose.DISASTER)
    assert marks(seen) == {"drug", "treatment", "operation", "checkup"}
    assert (seen.purpose, seen.consents) == (Purpose.DISASTER, (found.opening_id,))
    (row,) = await town.openings.of_person(person)
    assert (row["basis"], row["reason"], row["disaster_id"], row["opened_by"]) == ("oral", None, disaster, "nurse")
    await town.disasters.close(disaster, operator="one")
    assert await reading(town, person) is disclosure.DISASTER_NOT_OPEN
    kinds = [one.kind for one in await town.audited()]
    assert [kind for kind in kinds if kind.startswith("disaster.")] == [
        "disaster.lookup", "disaster.open", "disaster.confirm", "disaster.lookup", "disaster.confirm", "disaster.close",
    ]  # fmt: skip


async def test_whoever_cannot_be_asked_is_read_with_the_reason(town: Practice) -> None:
    person = await town.patient()
    await opened(town, "99201")
    (found,) = await look(town)
    for basis, reason in ((Basis.WAIVED, None), (Basis.ORAL, Reason.UNCONSCIOUS)):
        with pytest.raises(ValueError, match="reason"):
            await town.openings.disaster(NURSE, found.opening_id, basis=basis, reason=reason)
    await town.openings.disaster(NURSE, found.opening_id, basis=Basis.WAIVED, reason=Reason.UNCONSCIOUS)
    assert await reading(town, person) is None
    (row,) = await town.openings.of_person(person)
    assert (row["basis"], row["reason"]) == ("waived", "unconscious")


async def test_one_operator_alone_opens_nothing(town: Practice) -> None:
    await town.patient()
    made = await flood(town, "99")
    assert await no(town) is disclosure.DISASTER_NOT_OPEN
    with pytest.raises(OnshiError) as caught:
        await town.disasters.confirm(made.disaster_id, operator="one")
    assert caught.value.fault is disclosure.SAME_PERSON
    await town.disasters.confirm(made.disaster_id, operator="two")
    for again in (town.disasters.confirm(made.disaster_id, operator="three"), town.disasters.close("0", operator="x")):
        with pytest.raises(OnshiError) as caught:
            await again
        assert caught.value.fault is disclosure.DISASTER_UNKNOWN
    (listed,) = await town.disasters.all()
    assert (listed.opened_by, listed.confirmed_by, listed.closed_by) == ("one", "two", None)


@pytest.mark.parametrize(
    ("areas", "facilities", "here", "there"),
    [
        (("99",), (), True, True),
        (("99201",), (), True, False),
        (("99202", "13"), (), False, False),
        ((), (OTHER_CLINIC,), False, True),
    ],
)
async def test_it_is_open_by_prefecture_municipality_or_facility(
    town: Practice, areas: tuple[str, ...], facilities: tuple[str, ...], *, here: bool, there: bool
) -> None:
    await opened(town, *areas, facilities=facilities)
    assert bool(await town.openings.disasters_at(CLINIC, town.now)) is here
    assert bool(await town.openings.disasters_at(OTHER_CLINIC, town.now)) is there


async def test_it_is_open_in_its_period_only(town: Practice) -> None:
    person = await town.patient()
    await opened(town, "99", starts_at=town.now + timedelta(hours=1), ends_at=town.now + timedelta(hours=3))
    assert await no(town) is disclosure.DISASTER_NOT_OPEN
    town.later(hours=2)
    (found,) = await look(town)
    await town.openings.disaster(NURSE, found.opening_id, basis=Basis.ORAL)
    assert await reading(town, person) is None
    town.later(hours=1)
    assert await reading(town, person) is disclosure.DISASTER_NOT_OPEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"areas": ()},
        {"areas": ("9",)},
        {"areas": ("99",), "days": 0},
        {"areas": ("99",), "days": LONGEST.days + 1},
        {"areas": ("99",), "starts": -10, "days": 2},
    ],
)
async def test_a_disaster_that_is_none_is_refused(town: Practice, wrong: dict[str, Any]) -> None:
    starts = town.now + timedelta(days=wrong.get("starts", 0))
    with pytest.raises(OnshiError) as caught:
        await flood(town, *wrong["areas"], starts_at=starts, ends_at=starts + timedelta(days=wrong.get("days", 1)))
    assert caught.value.fault is disclosure.DISASTER_WRONG
    with pytest.raises(OnshiError) as caught:
        await flood(town, facilities=("123",))
    assert caught.value.fault is input_.FACILITY_CODE


async def test_every_given_item_has_to_fit(town: Practice) -> None:
    await town.patient()
    await town.add(
        e.Person(
            person_id="p1", birth_date=ADULT, name="髙﨑　花子", kana="タカサキ　ハナコ", sex=e.Sex.FEMALE,
            address="見本県見本市一番町1-2", valid_from=TODAY - timedelta(days=1),
        )
    )  # fmt: skip
    await opened(town, "99")
    fits: tuple[dict[str, Any], ...] = (
        {"name": "高崎花子"},
        {"kana": "たかさき はなこ", "sex": "2"},
        {"kana": "タカサキハナコ", "address": "一番町"},
        {"insurer": InsurerNumber(SOCIETY), "number": InsuredNumber("4260")},
        {"insurer": InsurerNumber(SOCIETY), "number": InsuredNumber("4260"), "name": "髙﨑花子"},
    )
    for given in fits:
        assert [one.name for one in await look(town, Sought(birth_date=ADULT, **given))] == ["髙﨑　花子"], given
    others: tuple[dict[str, Any], ...] = (
        {"name": "高崎花"},
        {"name": "高崎花子", "sex": "1"},
        {"name": "高崎花子", "address": "二番町"},
        {"kana": "タカサキハナコ", "birth_date": date(1980, 1, 3)},
        {"insurer": InsurerNumber(SOCIETY), "number": InsuredNumber("4261")},
        {"insurer": InsurerNumber(SOCIETY), "number": InsuredNumber("4260"), "name": "見本太郎"},
    )
    town.later(hours=1)
    for given in others:
        assert await no(town, Sought(**{"birth_date": ADULT, **given})) is disclosure.LOOKUP_NONE, given
    for given in ({}, {"name": "●"}, {"address": "一番町"}, {"number": InsuredNumber("4260")}):
        assert await no(town, Sought(birth_date=ADULT, **given)) is disclosure.LOOKUP_TOO_LITTLE, given


async def test_the_address_of_a_protected_person_cannot_be_guessed(town: Practice) -> None:
    await town.person(kana="ホゴ　ハナコ", address="秘密町1", support_measure=True)
    await opened(town, "99")
    for address in ("秘密町", "別の町"):
        assert len(await look(town, Sought(birth_date=ADULT, kana="ホゴハナコ", address=address))) == 1


async def test_many_are_nobody_and_many_tries_are_refused(town: Practice) -> None:
    await opened(town, "99")
    for _ in range(MOST):
        await town.person()
    assert len(await look(town)) == MOST
    await town.person()
    assert await no(town) is disclosure.LOOKUP_TOO_MANY
    for _ in range(LIMITS.burst - 2):
        await no(town)
    assert await no(town) is QUERIES_TOO_MANY
    assert await no(town, reader=HERE) is disclosure.OPERATOR_MISSING


async def test_what_was_found_is_opened_soon_here_and_while_it_is_open(town: Practice) -> None:
    person = await town.patient()
    disaster = await opened(town, "99")
    (found,) = await look(town)
    other = msgspec.structs.replace(THERE, operator="nurse")
    for reader, fault in ((other, disclosure.OPENING_NONE), (HERE, disclosure.OPERATOR_MISSING)):
        with pytest.raises(OnshiError) as caught:
            await town.openings.disaster(reader, found.opening_id, basis=Basis.ORAL)
        assert caught.value.fault is fault
    with pytest.raises(OnshiError) as caught:
        await town.openings.confirm(msgspec.structs.replace(HERE, operator="two"), found.opening_id)
    assert caught.value.fault is disclosure.OPENING_NONE
    await town.disasters.close(disaster, operator="one")
    with pytest.raises(OnshiError) as caught:
        await town.openings.disaster(NURSE, found.opening_id, basis=Basis.ORAL)
    assert caught.value.fault is disclosure.DISASTER_NOT_OPEN
    await opened(town, "99")
    (found,) = await look(town)
    town.now += CONFIRM_LIFE + timedelta(seconds=1)
    with pytest.raises(OnshiError) as caught:
        await town.openings.disaster(NURSE, found.opening_id, basis=Basis.ORAL)
    assert caught.value.fault is disclosure.OPENING_ENDED
    assert await reading(town, person) is disclosure.OPENING_ENDED
    with pytest.raises(OnshiError) as caught:
        await town.openings.person_of(THERE, found.opening_id)
    assert caught.value.fault is disclosure.OPENING_NONE
