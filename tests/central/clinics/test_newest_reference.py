"""The newest 照会番号 of a facility stands in each kind of answer about the record, and in no other facility's."""

from typing import Any

from central.clinics.units import BulkKind
from central.disclosure.disclosed import Purpose
from protocol.codes import MedicalTreatment
from protocol.messages import ConsentedBulkRequest, ConsentedSearch, ReferenceNumberInfo, ReferenceNumberRequest
from protocol.numbers import Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol
from protocol.visit import ConsentItem
from tests.central.clinics.desk import Desk, asked
from tests.central.register.world import CLINIC, OTHER_CLINIC, TODAY, record


async def registered(desk: Desk, reference: str, facility: str = CLINIC) -> None:
    key = record()
    info = ReferenceNumberInfo(
        reference_number=reference,
        insurer_number=InsurerNumber(key.insurer),
        symbol=Symbol(key.symbol),
        number=InsuredNumber(key.number),
        branch=Branch(key.branch or ""),
    )
    request = ReferenceNumberRequest(facility=FacilityCode(facility), registration=info)
    tree = await desk.post("/v1/reference-numbers", request, facility=facility)
    assert tree["XmlMsg"]["MessageBody"]["ProcessingResultStatus"] == "1"


async def bulk_unit(desk: Desk) -> Any:
    reception = await desk.upload([asked()])
    await desk.work()
    (unit,) = (await desk.results(reception.reception_number)).units
    return unit


async def consented_unit(desk: Desk, person: str) -> Any:
    await desk.world.consent(person, ConsentItem.DRUGS, purpose=Purpose.HOME_VISIT)
    search = ConsentedSearch(consented_from=TODAY, consented_to=TODAY, treatment=MedicalTreatment.HOME_VISIT)
    tree = await desk.post("/v1/bulk/home-visits", ConsentedBulkRequest(facility=FacilityCode(CLINIC), search=search))
    await desk.work()
    done = await desk.results(tree["XmlMsg"]["MessageBody"]["ReceptionNumber"], BulkKind.HOME_VISITS)
    (unit,) = done.units
    return unit


async def test_every_answer_about_the_record_carries_the_newest_reference_number(desk: Desk) -> None:
    person = await desk.world.insured()
    await registered(desk, "カルテ 1")
    await registered(desk, "隣の番号", OTHER_CLINIC)
    for newest in ("カルテ 1", "カルテ 2", "カルテ 1"):
        desk.world.later()
        await registered(desk, newest)
        single = await desk.world.ask()
        card = await desk.world.card(person)
        unit, consented = await bulk_unit(desk), await consented_unit(desk, person)
        assert [one.reference_number for one in single.message.results] == [newest]
        assert [one.reference_number for one in card.message.results] == [newest]
        assert (unit.reference_number, unit.result.reference_number) == (newest, None)
        assert (consented.reference_number, consented.result.reference_number) == (newest, None)
    theirs = await desk.world.ask(facility=OTHER_CLINIC)
    assert [one.reference_number for one in theirs.message.results] == ["隣の番号"]
