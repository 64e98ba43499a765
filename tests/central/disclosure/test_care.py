"""Home visits and online care: a consent that lives while care goes on, and the list of who gave one."""

import asyncio
from datetime import date, timedelta

import pytest

from central.db.opening import open_store
from central.disclosure.disclosed import Purpose
from central.disclosure.service import CARE_LIFE, Withdrawal, certificate_end
from protocol.errors import OnshiError, disclosure
from tests.central.disclosure.practice import CHECKUPS, DRUGS, THERE, Practice, marks
from tests.central.register.world import CLINIC, TODAY, record
from tests.parts.postgres import Server
from tests.parts.store import create_all

HOME, ONLINE = Purpose.HOME_VISIT, Purpose.ONLINE_CARE


async def refusal(practice: Practice, person: str, purpose: Purpose) -> str:
    with pytest.raises(OnshiError) as caught:
        await practice.read(person, DRUGS, purpose=purpose)
    return caught.value.fault.code


async def test_a_consent_to_care_opens_only_that_care(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, purpose=HOME)
    assert marks(await practice.read(person, DRUGS, purpose=HOME)) == {"drug"}
    assert await refusal(practice, person, Purpose.VISIT) == disclosure.GRANT_OTHER_PURPOSE.code
    assert await refusal(practice, person, ONLINE) == disclosure.GRANT_OTHER_PURPOSE.code


async def test_it_lives_while_the_facility_reads_and_ends_without_care(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, purpose=HOME)
    for _ in range(4):
        practice.later(days=80)
        await practice.read(person, DRUGS, purpose=HOME)
    practice.later(days=94)
    assert await refusal(practice, person, HOME) == disclosure.GRANT_EXPIRED.code


async def test_it_never_outlives_its_certificate(practice: Practice) -> None:
    person = await practice.patient()
    last_day = TODAY + timedelta(days=30)
    await practice.consent(person, DRUGS, purpose=HOME, last_day=last_day)
    practice.later(days=29)
    await practice.read(person, DRUGS, purpose=HOME)
    (row,) = await practice.disclosure.grants_of(person)
    assert row["available_until"] == certificate_end(last_day)
    practice.now = certificate_end(last_day)
    assert await refusal(practice, person, HOME) == disclosure.CERTIFICATE_ENDED.code


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        (Withdrawal.FACILITY, disclosure.GRANT_WITHDRAWN_FACILITY),
        (Withdrawal.PATIENT, disclosure.GRANT_WITHDRAWN_PATIENT),
    ],
)
async def test_it_ends_when_either_side_withdraws(practice: Practice, why: Withdrawal, fault: object) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, purpose=ONLINE)
    await practice.read(person, DRUGS, purpose=ONLINE)
    await practice.disclosure.withdraw(CLINIC, person, practice.now, why=why)
    assert await refusal(practice, person, ONLINE) == fault.code  # type: ignore[attr-defined]


async def test_the_list_is_by_day_of_consent_or_of_reading(practice: Practice) -> None:
    first = await practice.patient()
    second = await practice.patient(record(number="5000"))
    visitor = await practice.patient(record(number="6000"))
    consent = await practice.consent(first, DRUGS, CHECKUPS, purpose=HOME)
    await practice.consent(visitor, DRUGS)
    practice.later(days=10)
    await practice.consent(second, DRUGS, purpose=HOME)
    await practice.consent(second, DRUGS, purpose=HOME, reader=THERE)
    practice.later(days=10)
    await practice.read(first, DRUGS, purpose=HOME)

    async def listed(first_day: date, last: date, by: str = "consent", facility: str = CLINIC) -> list[str]:
        found = await practice.care.consented_patients(facility, HOME, first_day, last, by=by)  # type: ignore[arg-type]
        return [one.person_id for one in found]

    later, last = TODAY + timedelta(days=10), TODAY + timedelta(days=20)
    assert await listed(TODAY, TODAY) == [first]
    assert await listed(TODAY, later) == [first, second]
    assert await listed(TODAY, last, by="examination") == [first]
    assert await listed(TODAY, later, by="examination") == []
    assert await listed(TODAY, last, facility=THERE.facility) == [second]
    assert await practice.care.consented_patients(CLINIC, Purpose.VISIT, TODAY, last) == []
    (one,) = await practice.care.consented_patients(CLINIC, HOME, TODAY, TODAY)
    assert (one.items, one.consent_id) == ((CHECKUPS, DRUGS), consent)
    assert one.available_until == certificate_end(last + CARE_LIFE)
    await practice.disclosure.withdraw(CLINIC, first, practice.now, why=Withdrawal.FACILITY)
    assert await listed(TODAY, last) == [second]


@pytest.mark.real
async def test_two_workers_that_read_at_once_both_keep_the_consent_alive(postgres: Server) -> None:
    """Both want to prolong the grant that they read under: neither waits for the other's share of it."""
    postgres.run("createdb", "care")
    url = postgres.url("care")
    await create_all(url)
    stores = [open_store(url, patience=20) for _ in range(2)]
    here, there = (Practice(store, log=log) for store, log in zip(stores, "ab", strict=True))
    await here.open()
    person = await here.patient()
    await here.consent(person, DRUGS, purpose=HOME)
    for one in (here, there):
        one.now += timedelta(days=1)
    reads = [one.read(person, DRUGS, purpose=HOME) for one in (here, there) * 4]
    assert len({seen.reading_id for seen in await asyncio.gather(*reads)}) == 8
    (row,) = await here.disclosure.grants_of(person)
    assert row["available_until"] == certificate_end(TODAY + timedelta(days=1) + CARE_LIFE)
    for store in stores:
        await store.close()
