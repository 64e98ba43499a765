"""Patients who consented to home visits or online care, in a bulk: whose consents live, with their coverage today.

Whether a consent lives is judged again when a unit is worked off and whenever it is handed out.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from central.clinics.units import BulkKind
from central.disclosure.disclosed import Purpose
from central.disclosure.service import CARE_LIFE, Withdrawal
from central.register import entries as e
from protocol import codes
from protocol.codes import MedicalTreatment, ViewingConsent
from protocol.errors import OnshiError, clinic, disclosure
from protocol.messages import ConsentedBulkRequest, ConsentedSearch
from protocol.numbers import FacilityCode
from protocol.visit import ConsentItem
from tests.central.clinics.desk import Desk
from tests.central.disclosure.practice import CHECKUPS, DRUGS, certificate, serial_of
from tests.central.register.world import CLINIC, NOON, TODAY, record

HOME, DISEASES = BulkKind.HOME_VISITS, ConsentItem.SPECIFIC_DISEASES
FLAGS = {HOME: MedicalTreatment.HOME_VISIT, BulkKind.ONLINE_CARE: MedicalTreatment.ONLINE}
PURPOSES = {HOME: Purpose.HOME_VISIT, BulkKind.ONLINE_CARE: Purpose.ONLINE_CARE}
FIRST, LAST = date(2026, 5, 15), date(2026, 6, 15)
DIALYSIS = e.DiseaseCertificate(
    record=record(), category="1", issued_on=date(2026, 4, 1), valid_from=date(2026, 4, 1), self_pay=10000
)


def search(kind: BulkKind, **more: Any) -> ConsentedBulkRequest:
    told = {"consented_from": FIRST, "consented_to": LAST, "treatment": FLAGS[kind]} | more
    return ConsentedBulkRequest(facility=FacilityCode(CLINIC), file_identifier="F 1", search=ConsentedSearch(**told))


async def taken_in(desk: Desk, kind: BulkKind = HOME, **more: Any) -> str:
    tree = await desk.post(f"/v1/bulk/{kind.value}", search(kind, **more))
    number: str = tree["XmlMsg"]["MessageBody"]["ReceptionNumber"]
    return number


async def with_dialysis(desk: Desk, *items: ConsentItem) -> str:
    person = await desk.world.insured()
    await desk.world.add(DIALYSIS)
    await desk.world.consent(person, *items, purpose=Purpose.HOME_VISIT)
    return person


@pytest.mark.parametrize("kind", FLAGS)
async def test_each_living_consent_is_a_unit_with_coverage_and_the_consents_flags(desk: Desk, kind: BulkKind) -> None:
    person, other = await desk.world.insured(), await desk.world.insured(key=record(number="5000"))
    await desk.world.consent(person, CHECKUPS, DRUGS, purpose=PURPOSES[kind])
    await desk.world.consent(other, DRUGS)
    number = await taken_in(desk, kind)
    await desk.work()
    done = await desk.results(number, kind)
    assert (done.segment, done.processed, done.errors) == (codes.SegmentOfResult.NORMAL, 1, 0)
    (unit,) = done.units
    assert (unit.validity, unit.result.name) == ("1", "見本　太郎")
    assert unit.result.drugs_consent is ViewingConsent.GIVEN
    assert unit.result.drugs_until == NOON + CARE_LIFE
    assert (unit.result.treatment_consent, unit.result.treatment_until) == (ViewingConsent.NONE, None)
    assert [row["subject"] for row in await desk.audit(f"bulk-{kind.value}")] == [person]
    assert await desk.world.door.readings_of(person) == []


async def test_days_of_examination_are_asked_as_such(desk: Desk) -> None:
    person = await desk.world.patient()
    await desk.world.consent(person, DRUGS, purpose=Purpose.HOME_VISIT)
    examined = {"consented_from": None, "consented_to": None, "examined_from": TODAY, "examined_to": TODAY}
    assert (await desk.results(await taken_in(desk, **examined), HOME)).units == ()
    await desk.world.read(person, DRUGS, purpose=Purpose.HOME_VISIT)
    number = await taken_in(desk, **examined)
    await desk.work()
    assert len((await desk.results(number, HOME)).units) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"consented_to": None},
        {"consented_from": None},
        {"consented_from": None, "consented_to": None},
        {"examined_from": FIRST, "examined_to": LAST},
        {"consented_from": LAST, "consented_to": FIRST},
        {"treatment": MedicalTreatment.ONLINE},
        {"treatment": MedicalTreatment.OUTPATIENT},
    ],
)
async def test_a_wrong_period_or_kind_of_care_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(OnshiError) as refused:
        await taken_in(desk, **wrong)
    assert refused.value.fault is clinic.CONSENTED_PERIOD


async def test_somebody_whose_coverage_ended_is_still_told_with_what_is_known(desk: Desk) -> None:
    person = await desk.world.insured(disqualified_on=TODAY - timedelta(days=1))
    await desk.world.consent(person, DRUGS, purpose=Purpose.HOME_VISIT)
    number = await taken_in(desk)
    await desk.work()
    (unit,) = (await desk.results(number, HOME)).units
    assert unit.validity in {"2", "3"}


async def test_diseases_that_leave_with_a_unit_are_a_reading_on_the_persons_page_at_each_download(desk: Desk) -> None:
    person = await with_dialysis(desk, DISEASES, DRUGS)
    number = await taken_in(desk)
    await desk.work()
    assert await desk.world.door.readings_of(person) == []
    for times in (1, 2):
        (unit,) = (await desk.results(number, HOME)).units
        assert [one.disease.value for one in unit.result.diseases] == ["1"]
        readings = await desk.world.door.readings_of(person)
        assert [(row["item"], row["facility"], row["purpose"]) for row in readings] == [
            ("TSR", CLINIC, "home-visit")
        ] * times
    listed = await desk.world.care.consented_patients(CLINIC, Purpose.HOME_VISIT, TODAY, TODAY, by="examination")
    assert listed == []


@pytest.mark.parametrize("worked", [False, True])
async def test_what_is_withdrawn_after_the_bulk_was_taken_in_does_not_leave(desk: Desk, worked: bool) -> None:
    """Before the unit is worked off, or during the days in which it is handed out."""
    person = await with_dialysis(desk, DISEASES, DRUGS)
    number = await taken_in(desk)
    if worked:
        await desk.work()
    await desk.world.disclosure.withdraw(CLINIC, person, desk.world.now, why=Withdrawal.PATIENT)
    await desk.work()
    done = await desk.results(number, HOME)
    assert (done.processed, done.normal, done.errors) == (1, 0, 1)
    assert [(unit.result, unit.result_code) for unit in done.units] == [(None, disclosure.GRANT_WITHDRAWN_PATIENT.code)]
    assert await desk.world.door.readings_of(person) == []


async def test_an_item_that_is_withdrawn_is_left_out_and_the_others_stay(desk: Desk) -> None:
    person = await with_dialysis(desk, DISEASES, DRUGS)
    number = await taken_in(desk)
    await desk.work()
    await desk.world.disclosure.withdraw(CLINIC, person, desk.world.now, why=Withdrawal.PATIENT, item=DISEASES)
    (unit,) = (await desk.results(number, HOME)).units
    assert (unit.result.diseases, unit.result.drugs_consent) == ((), ViewingConsent.GIVEN)
    assert await desk.world.door.readings_of(person) == []


async def test_a_stop_or_a_corrected_certificate_holds_back_a_unit_that_was_worked_off(desk: Desk) -> None:
    person = await with_dialysis(desk, DISEASES)
    number = await taken_in(desk)
    await desk.work()
    desk.world.later(seconds=1)
    (stop,) = await desk.world.add(
        e.ViewStop(person_id=person, scope=e.StopScope.MEDICAL, reason=e.StopReason.INSURER, valid_from=TODAY)
    )
    (unit,) = (await desk.results(number, HOME)).units
    assert unit.result.diseases == ()
    await desk.world.intake.invalidate(stop)
    other = await desk.world.person()
    await desk.world.intake.correct(desk.world.certificates[person], certificate(other, serial_of(person)))
    (unit,) = (await desk.results(number, HOME)).units
    assert (unit.result, unit.result_code) == (None, disclosure.CERTIFICATE_CORRECTED.code)
    assert await desk.world.door.readings_of(person) == []
