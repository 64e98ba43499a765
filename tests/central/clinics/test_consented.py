"""Patients who consented to home visits or online care, in a bulk: whose consents live, with their coverage today."""

from datetime import date, timedelta
from typing import Any

import pytest

from central.clinics.units import BulkKind
from central.disclosure.disclosed import ConsentedPatient, Purpose
from protocol import codes
from protocol.codes import MedicalTreatment, ViewingConsent
from protocol.errors import OnshiError, clinic
from protocol.messages import ConsentedBulkRequest, ConsentedSearch
from protocol.numbers import FacilityCode
from protocol.visit import ConsentItem
from tests.central.clinics.desk import Desk
from tests.central.register.world import CLINIC, NOON, TODAY

FLAGS = {BulkKind.HOME_VISITS: MedicalTreatment.HOME_VISIT, BulkKind.ONLINE_CARE: MedicalTreatment.ONLINE}
PURPOSES = {BulkKind.HOME_VISITS: Purpose.HOME_VISIT, BulkKind.ONLINE_CARE: Purpose.ONLINE_CARE}
FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)


def search(kind: BulkKind, **more: Any) -> ConsentedBulkRequest:
    told = {"consented_from": FIRST, "consented_to": LAST, "treatment": FLAGS[kind]} | more
    return ConsentedBulkRequest(facility=FacilityCode(CLINIC), file_identifier="F 1", search=ConsentedSearch(**told))


@pytest.mark.parametrize("kind", FLAGS)
async def test_each_living_consent_is_a_unit_with_coverage_and_the_consents_flags(desk: Desk, kind: BulkKind) -> None:
    person = await desk.world.insured()
    desk.consented.append(
        ConsentedPatient(
            person_id=person,
            purpose=PURPOSES[kind],
            items=(ConsentItem.CHECKUPS, ConsentItem.DRUGS),
            consent_id="c",
            consented_at=NOON - timedelta(days=9),
            available_until=NOON + timedelta(days=83),
        )
    )
    tree = await desk.post(f"/v1/bulk/{kind.value}", search(kind))
    await desk.work()
    done = await desk.results(tree["XmlMsg"]["MessageBody"]["ReceptionNumber"], kind)
    assert desk.asked_for_consented == [(CLINIC, PURPOSES[kind], FIRST, LAST, "consent")]
    assert (done.segment, done.processed, done.errors) == (codes.SegmentOfResult.NORMAL, 1, 0)
    (unit,) = done.units
    assert (unit.validity, unit.result.name) == ("1", "見本　太郎")
    assert unit.result.drugs_consent is ViewingConsent.GIVEN
    assert unit.result.drugs_until == NOON + timedelta(days=83)
    assert (unit.result.treatment_consent, unit.result.treatment_until) == (ViewingConsent.NONE, None)
    assert [row["subject"] for row in await desk.audit(f"bulk-{kind.value}")] == [person]


async def test_days_of_examination_are_asked_as_such(desk: Desk) -> None:
    kind = BulkKind.HOME_VISITS
    asked = search(kind, consented_from=None, consented_to=None, examined_from=FIRST, examined_to=LAST)
    tree = await desk.post(f"/v1/bulk/{kind.value}", asked)
    assert desk.asked_for_consented == [(CLINIC, Purpose.HOME_VISIT, FIRST, LAST, "examination")]
    done = await desk.results(tree["XmlMsg"]["MessageBody"]["ReceptionNumber"], kind)
    assert (done.segment, done.units) == (codes.SegmentOfResult.NORMAL, ())


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
        await desk.post("/v1/bulk/home-visits", search(BulkKind.HOME_VISITS, **wrong))
    assert refused.value.fault is clinic.CONSENTED_PERIOD
    assert not desk.asked_for_consented


async def test_somebody_whose_coverage_ended_is_still_told_with_what_is_known(desk: Desk) -> None:
    person = await desk.world.insured(disqualified_on=TODAY - timedelta(days=1))
    desk.consented.append(
        ConsentedPatient(
            person_id=person,
            purpose=Purpose.HOME_VISIT,
            items=(ConsentItem.DRUGS,),
            consent_id="c",
            consented_at=NOON,
            available_until=NOON,
        )
    )
    tree = await desk.post("/v1/bulk/home-visits", search(BulkKind.HOME_VISITS))
    await desk.work()
    (unit,) = (await desk.results(tree["XmlMsg"]["MessageBody"]["ReceptionNumber"], BulkKind.HOME_VISITS)).units
    assert unit.validity in {"2", "3"}
