"""An emergency at a hospital: card first, a reason, a second person, an hour; and everything of it on record."""

from datetime import timedelta

import msgspec
import pytest

from central.disclosure.disclosed import Purpose, Reader
from central.disclosure.openings import CARD_LIFE, CONFIRM_LIFE, EMERGENCY_LIFE, Reason
from central.disclosure.rights import Right
from central.facilities.service import ADD_FACILITY
from central.register import entries as e
from protocol.errors import Fault, OnshiError, disclosure
from protocol.numbers import with_check_digit
from tests.central.disclosure.practice import DRUGS, HERE, MEDICAL, THERE, Practice, marks
from tests.central.register.world import CLINIC, OTHER_CLINIC, TODAY, record

EMERGENCY = Purpose.EMERGENCY
PHARMACY = with_check_digit("994000000")


def by(operator: str | None, reader: Reader = HERE) -> Reader:
    return msgspec.structs.replace(reader, operator=operator)


@pytest.fixture
async def hospital(practice: Practice) -> Practice:
    """The practice as a hospital that may read in an emergency."""
    for code in (CLINIC, OTHER_CLINIC, PHARMACY):
        async with practice.store.transaction() as running:
            await running.run(ADD_FACILITY, code=code, name="x", valid_from=TODAY, recorded_at=practice.now)
    await practice.rights.switch(CLINIC, Right.EMERGENCY, allowed=True)
    return practice


async def refused(practice: Practice, person: str, reader: Reader = HERE) -> Fault:
    with pytest.raises(OnshiError) as caught:
        await practice.read(person, *MEDICAL, purpose=EMERGENCY, reader=reader)
    return caught.value.fault


async def opened(practice: Practice, person: str, **more: object) -> str:
    visit = await practice.card_read(person, **more)
    opening = await practice.openings.emergency(by("nurse"), visit=visit, device=None, reason=Reason.UNCONSCIOUS)
    return opening.opening_id


async def test_two_people_open_everything_for_an_hour_and_it_is_marked(hospital: Practice) -> None:
    person = await hospital.patient()
    opening = await opened(hospital, person)
    assert await refused(hospital, person) is disclosure.OPENING_UNCONFIRMED
    confirmed = await hospital.openings.confirm(by("doctor"), opening)
    assert confirmed.until == hospital.now + EMERGENCY_LIFE
    seen = await hospital.read(person, *MEDICAL, purpose=EMERGENCY)
    assert marks(seen) == {"drug", "treatment", "operation", "checkup"}
    assert (seen.purpose, seen.consents) == (EMERGENCY, (opening,))
    rows = await hospital.door.readings_of(person)
    assert {(row["purpose"], row["consent_id"]) for row in rows} == {("emergency", opening)}
    assert len(rows) == len(MEDICAL)
    (row,) = await hospital.openings.of_person(person)
    assert (row["opened_by"], row["confirmed_by"], row["basis"], row["reason"]) == (
        "nurse", "doctor", "waived", "unconscious",
    )  # fmt: skip
    kinds = [(one.kind, one.outcome, one.subject) for one in await hospital.audited()][-4:]
    assert kinds == [
        ("emergency.open", "answered", person),
        ("disclosure", disclosure.OPENING_UNCONFIRMED.code, person),
        ("emergency.confirm", "answered", person),
        ("disclosure", "answered", person),
    ]
    hospital.now = confirmed.until
    assert await refused(hospital, person) is disclosure.OPENING_ENDED


async def test_it_opens_one_patient_at_one_facility(hospital: Practice) -> None:
    person, other = await hospital.patient(), await hospital.patient(record(number="5000"))
    await hospital.openings.confirm(by("doctor"), await opened(hospital, person))
    assert await refused(hospital, other) is disclosure.OPENING_NONE
    assert await refused(hospital, person, THERE) is disclosure.EMERGENCY_NO_RIGHT
    await hospital.rights.switch(OTHER_CLINIC, Right.EMERGENCY, allowed=True)
    assert await refused(hospital, person, THERE) is disclosure.OPENING_NONE


async def test_the_second_person_is_another_and_comes_in_time_once(hospital: Practice) -> None:
    person = await hospital.patient()
    opening = await opened(hospital, person)
    for reader, fault in (
        (by("nurse"), disclosure.SAME_PERSON),
        (by(None), disclosure.OPERATOR_MISSING),
        (by("doctor", THERE), disclosure.OPENING_NONE),
    ):
        with pytest.raises(OnshiError) as caught:
            await hospital.openings.confirm(reader, opening)
        assert caught.value.fault is fault
    late = await opened(hospital, person)
    await hospital.openings.confirm(by("doctor"), opening)
    with pytest.raises(OnshiError) as caught:
        await hospital.openings.confirm(by("doctor"), opening)
    assert caught.value.fault is disclosure.OPENING_ENDED
    hospital.now += CONFIRM_LIFE + timedelta(seconds=1)
    with pytest.raises(OnshiError) as caught:
        await hospital.openings.confirm(by("doctor"), late)
    assert caught.value.fault is disclosure.OPENING_ENDED


async def test_the_card_comes_first(hospital: Practice) -> None:
    person = await hospital.patient()

    async def fault(visit: str, reader: Reader = by("nurse")) -> Fault:  # noqa: B008 — a value
        with pytest.raises(OnshiError) as caught:
            await hospital.openings.emergency(reader, visit=visit, device=None, reason=Reason.LIFE_AT_RISK)
        return caught.value.fault

    assert await fault("0" * 32) is disclosure.EMERGENCY_NO_CARD
    assert await fault(await hospital.card_read(person, deferred=True)) is disclosure.EMERGENCY_NO_CARD
    assert await fault(await hospital.card_read(person, in_grace=True)) is disclosure.CERTIFICATE_ENDED
    assert await fault(await hospital.card_read(person, facility=OTHER_CLINIC)) is disclosure.EMERGENCY_NO_CARD
    visit = await hospital.card_read(person)
    assert await fault(visit, by(None)) is disclosure.OPERATOR_MISSING
    assert await fault(visit, by("nurse", THERE)) is disclosure.EMERGENCY_NO_RIGHT
    hospital.now += CARD_LIFE + timedelta(seconds=1)
    assert await fault(visit) is disclosure.EMERGENCY_NO_CARD
    outcomes = [one.outcome for one in await hospital.audited() if one.kind == "emergency.open"]
    assert len(outcomes) == 7
    assert "answered" not in outcomes


async def test_taking_the_right_away_or_a_stop_ends_it_at_once(hospital: Practice) -> None:
    person = await hospital.patient()
    await hospital.openings.confirm(by("doctor"), await opened(hospital, person))
    await hospital.rights.switch(CLINIC, Right.EMERGENCY, allowed=False)
    assert await refused(hospital, person) is disclosure.EMERGENCY_NO_RIGHT
    await hospital.rights.switch(CLINIC, Right.EMERGENCY, allowed=True)
    await hospital.read(person, DRUGS, purpose=EMERGENCY)
    await hospital.add(
        e.ViewStop(person_id=person, scope=e.StopScope.MEDICAL, reason=e.StopReason.INSURER, valid_from=TODAY)
    )
    assert await refused(hospital, person) is disclosure.READING_STOPPED


async def test_only_a_hospital_can_be_given_the_right(hospital: Practice) -> None:
    with pytest.raises(OnshiError) as caught:
        await hospital.rights.switch(PHARMACY, Right.EMERGENCY, allowed=True)
    assert caught.value.fault is disclosure.RIGHT_OF_HOSPITALS


async def test_a_reading_names_who_reads_or_who_answers_for_the_opening(hospital: Practice) -> None:
    person = await hospital.patient()
    await hospital.openings.confirm(by("doctor"), await opened(hospital, person))
    for reader, named in ((by(None), "doctor"), (by("intern"), "intern")):
        seen = await hospital.read(person, DRUGS, reader=reader, purpose=EMERGENCY)
        (row,) = [one for one in await hospital.door.readings_of(person) if one["reading_id"] == seen.reading_id]
        assert (row["operator"], (await hospital.audited())[-1].operator, seen.reader.operator) == (named,) * 3
