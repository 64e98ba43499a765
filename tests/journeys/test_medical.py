"""Medical information through the whole system: card, consent, a request file dropped, XML and PDF come back.

The receipts and checkups were loaded as files. What the patient did not allow, or took back, is refused with words.
"""

import io
import itertools
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from pypdf import PdfReader

from central.disclosure.care import CareConsents
from central.disclosure.disclosed import Purpose
from central.disclosure.service import Withdrawal
from protocol.errors import Fault, disclosure, trust
from protocol.visit import ConsentItem
from sandbox.cast import Persona
from sandbox.cast.insurers import OTHER_CLINIC
from sandbox.clock import japan_day
from sandbox.demo.centre import RunningCentre
from sandbox.world import records
from sandbox.world.seed import person_id
from tests.journeys.desk import ALL
from tests.journeys.test_folders import answered, values
from tests.journeys.town import Clinic, Town, audit
from tests.parts.until import until

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

SLUG = "dialysis"
_numbers = itertools.count()
KINDS = ("YZKsiquc01", "TKKsiquc01")


@pytest.fixture
async def patient(town: Town, centre: RunningCentre, tmp_path: Path) -> Persona:
    """Somebody whose pharmacy and checkups have sent their files."""
    persona = town.persona(SLUG)
    told = await records.load(centre.central, town.world, tmp_path, [persona])
    assert not told.faults
    return persona


def request(clinic: Clinic, persona: Persona, kind: str, category: str) -> bytes:
    """As sample 11 and 12 have it."""
    own = persona.memberships[0]
    months = "<StartDate>202401</StartDate><EndDate>209912</EndDate>" if kind == "YZKsiquc01" else ""
    document = f"""<?xml version="1.0" encoding="Shift_JIS" standalone="no"?>
<XmlMsg>
  <MessageHeader>
    <MedicalInstitutionCode>{clinic.settings.device.facility}</MedicalInstitutionCode>
    <InsurerNumber>{own.insurer.number}</InsurerNumber>
    <InsuranceCardSymbol>{own.symbol}</InsuranceCardSymbol>
    <InsuredPersonIdentificationNumber>{own.number}</InsuredPersonIdentificationNumber>
    <BranchNumber>{own.branch}</BranchNumber>
    <ArbitraryFileIdentifier>240</ArbitraryFileIdentifier>
  </MessageHeader>
  <MessageBody>
    {months}
    <FileCategory>{category}</FileCategory>
    <PrDiInfClassification>1</PrDiInfClassification>
    <MedicalTreatmentFlag>1</MedicalTreatmentFlag>
  </MessageBody>
</XmlMsg>"""
    return document.encode("cp932")


async def message(clinic: Clinic, persona: Persona, kind: str, category: str = "2") -> Path:
    name = f"{kind}req_02260101{next(_numbers):04d}240.xml"  # a name used again would let the old answer go first
    return await answered(clinic, name, request(clinic, persona, kind, category))


async def paper(clinic: Clinic, persona: Persona, kind: str) -> str:
    """The text of the PDF that is asked for."""
    name = f"{kind}req_012601011200240.xml"
    (clinic.folder / "req" / name).write_bytes(request(clinic, persona, kind, "1"))
    place = clinic.folder / "res" / f"{kind}res_012601011200240.pdf"
    await until(place.exists, 30.0)  # the first paper of a process reads a whole font
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(place.read_bytes())).pages).replace("\n", "")


async def refused(clinic: Clinic, persona: Persona, kind: str, fault: Fault) -> None:
    """XML and PDF alike: ResultCode 9 and the words."""
    for category in "12":
        file = await message(clinic, persona, kind, category)
        code, contents = values(file, "ResultCode", "MessageContents")
        assert (code, contents) == ("9", f"{fault.code} {fault.desk_ja}{fault.next_ja}")
        file.unlink()


async def test_with_consent_drugs_and_checkups_come_back_as_message_and_as_paper(
    clinic: Clinic, patient: Persona, centre: RunningCentre
) -> None:
    await clinic.by_pin(patient, consent=(ConsentItem.CHECKUPS, ConsentItem.DRUGS))
    drugs = await message(clinic, patient, "YZKsiquc01")
    assert values(drugs, "ResultCode", "ArbitraryFileIdentifier", "QuaInf/Name", "MeTrDiHNm", "PrlsHNm", "DrugC") == [
        "1", "240", "泉　正雄", "架空薬局", "架空内科", "699900102",
    ]  # fmt: skip
    checkups = await message(clinic, patient, "TKKsiquc01")
    assert values(checkups, "ResultCode", "QualificationsInfo/Name", "ItemName") == ["1", "泉　正雄", "身長"]
    text = await paper(clinic, patient, "YZKsiquc01")
    for said in ("泉　正雄", "カクウジピン錠５ｍｇ", "１日１回朝食後", clinic.settings.device.facility, clinic.device):
        assert said in text, said
    assert "推移" in await paper(clinic, patient, "TKKsiquc01")
    read = [row for row in await audit(centre) if row.device == clinic.device and row.kind == "disclosure"]
    assert [row.outcome for row in read] == ["answered"] * 4
    assert {row.subject for row in read} == {person_id(patient)}


@pytest.mark.parametrize(
    ("items", "refused_kinds"), [((), KINDS), ((ConsentItem.DRUGS,), KINDS[1:]), ((ConsentItem.CHECKUPS,), KINDS[:1])]
)
async def test_what_was_not_allowed_is_refused_with_words(
    clinic: Clinic, patient: Persona, items: Sequence[ConsentItem], refused_kinds: Sequence[str]
) -> None:
    await clinic.by_pin(patient, consent=ALL)
    await clinic.by_pin(patient, consent=items)
    for kind in KINDS:
        if kind in refused_kinds:
            await refused(clinic, patient, kind, disclosure.GRANT_REPLACED)
        else:
            assert values(await message(clinic, patient, kind), "ResultCode") == ["1"]


async def test_what_the_patient_takes_back_is_refused_at_once(
    town: Town, clinic: Clinic, patient: Persona, centre: RunningCentre
) -> None:
    await clinic.by_pin(patient, consent=ALL)
    assert values(await message(clinic, patient, "YZKsiquc01"), "ResultCode") == ["1"]
    await centre.central.domains.disclosure.withdraw(
        clinic.settings.device.facility, person_id(patient), town.clock(), why=Withdrawal.PATIENT
    )
    for kind in KINDS:
        await refused(clinic, patient, kind, disclosure.GRANT_WITHDRAWN_PATIENT)


async def test_a_consent_to_home_visits_is_read_without_the_card_while_they_go_on(town: Town, tmp_path: Path) -> None:
    async with town.own_centre(tmp_path) as own:
        persona = town.persona(SLUG)
        assert not (await records.load(own.central, town.world, tmp_path, [persona])).faults
        clinic = await town.settled(own, tmp_path / "bag")
        told = msgspec.structs.replace(clinic.settings.visit, care="home-visit")
        clinic.settings = msgspec.structs.replace(clinic.settings, visit=told)
        clinic.appliance = clinic.made(clinic.reader)
        await clinic.appliance.start()
        try:
            visited = await clinic.by_pin(persona, consent=(ConsentItem.DRUGS,))
            assert "訪問診療等が続く間有効です" in visited.heard[-2][0]
            await refused(clinic, persona, "YZKsiquc01", disclosure.GRANT_OTHER_PURPOSE)
            with town.clock.later(timedelta(days=20)):
                assert await read_at_home(clinic, persona) == "1"
                facility = clinic.settings.device.facility
                care = CareConsents(own.central.store, clock=town.clock, ids=lambda: "0")
                today = japan_day(town.clock())
                (listed,) = await care.consented_patients(facility, Purpose.HOME_VISIT, today, today, by="examination")
                assert listed.person_id == person_id(persona)
                await own.central.domains.disclosure.withdraw(
                    facility, person_id(persona), town.clock(), why=Withdrawal.FACILITY
                )
                assert await read_at_home(clinic, persona) == "9"
        finally:
            await clinic.appliance.stop()


async def read_at_home(clinic: Clinic, persona: Persona) -> str | None:
    """ResultCode of a request for drugs with 診療区分 2 (訪問診療等)."""
    document = request(clinic, persona, "YZKsiquc01", "2").replace(
        b"<MedicalTreatmentFlag>1<", b"<MedicalTreatmentFlag>2<"
    )
    code: str | None
    (code,) = values(await answered(clinic, f"YZKsiquc01req_0226{next(_numbers):09d}.xml", document), "ResultCode")
    return code


async def test_the_clinic_next_door_has_no_consent(
    town: Town, clinic: Clinic, patient: Persona, centre: RunningCentre, tmp_path: Path
) -> None:
    await clinic.by_pin(patient, consent=ALL)
    async with town.clinic(centre, tmp_path / "next-door", facility=OTHER_CLINIC.code) as other:
        await refused(other, patient, "YZKsiquc01", trust.NO_GRANT)
