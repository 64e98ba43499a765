"""The routes of medical information on the real door: documents, refusals in words, the glance, the cancel."""

from collections.abc import Collection
from typing import Any

import msgspec
import pytest
import pytest_asyncio

import central.db.tables  # noqa: F401 — the tables that `store` creates
from central.api.route import Call, Raw
from central.db import Store
from central.disclosure.disclosed import Purpose
from central.disclosure.door import Door
from central.disclosure.service import Withdrawal
from central.facilities.device import Device
from central.medical.routes import PDF, MedicalRoutes
from central.receipts.master import DrugMaster
from central.register import entries as e
from central.register.limits import QueryLimits
from protocol.codes import MedicalTreatment, ViewingKind
from protocol.errors import Fault, OnshiError, clinic, disclosure, input_, trust
from protocol.errors.central import QUERIES_TOO_MANY, QUERY_WRONG
from protocol.messages import (
    CheckupAnswer,
    ConsentCancel,
    DrugAnswer,
    MedicalRefusal,
    MedicalRequest,
    Message,
    read_json,
    write_json,
)
from protocol.numbers import Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol, YearMonth
from tests.central.disclosure.practice import CHECKUPS, DRUGS, OPERATIONS, TREATMENT, Practice
from tests.central.medical.readings import MASTER
from tests.central.register.world import CLINIC, NOON, OTHER_CLINIC, SOCIETY, record
from tests.parts.postgres import postgres
from tests.parts.store import store, store_url

__all__ = ["postgres", "store", "store_url"]


class Known:
    """Stands in for `StoredMaster`."""

    async def having(self, codes: Collection[str]) -> DrugMaster:
        return MASTER


class Desk:
    """The routes, called as a device would."""

    def __init__(self, practice: Practice, door: Door | None = None) -> None:
        self.practice = practice
        made = MedicalRoutes(door or practice.door, practice.disclosure, masters=Known(), clock=lambda: practice.now)
        self._handlers = {route.path.removeprefix("/v1/medical/"): route.handler for route in made.routes()}

    async def post(self, what: str, message: Message, *, facility: str = CLINIC, **query: str) -> Raw:
        tree = write_json(message)
        caller = Device(id="reader-1", facility=facility, public_key=b"k", certificate=b"f", enrolled_at=NOON)
        call: Call[Any] = Call(body=tree, raw=msgspec.json.encode(tree), query=query, caller=caller)
        answer = await self._handlers[what](call)
        assert isinstance(answer, Raw)
        return answer

    async def refused(self, what: str, message: Message) -> str:
        """The code that a refusal in words begins with."""
        answer = await self.post(what, message)
        assert answer.content_type == "application/json"
        told = read_json(msgspec.json.decode(answer.body), MedicalRefusal)
        assert told.result_code == "9"
        code, _, words = told.contents.partition(" ")
        assert words
        return code


@pytest_asyncio.fixture
async def desk(store: Store) -> Desk:
    practice = Practice(store)
    await practice.open()
    return Desk(practice)


def asked(category: str = "2", key: e.RecordKey | None = None, **more: Any) -> MedicalRequest:
    key = key or record()
    return MedicalRequest(
        facility=FacilityCode(CLINIC),
        insurer_number=InsurerNumber(key.insurer),
        symbol=Symbol(key.symbol) if key.symbol else None,
        number=InsuredNumber(key.number),
        branch=Branch(key.branch) if key.branch else None,
        file_identifier="F-1",
        file_category=category,
        **more,
    )


def read(answer: Raw, kind: type[Any]) -> Any:
    assert answer.content_type == "application/json"
    return read_json(msgspec.json.decode(answer.body), kind)


async def test_a_live_consent_gives_the_drugs_as_a_message(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS)
    told = read(await desk.post("drugs", asked("2")), DrugAnswer)
    assert (told.result_code, told.file_identifier, told.facility.raw) == ("1", "F-1", CLINIC)
    (month,) = told.receipts
    assert [one.code for day in month.days for one in day.drugs] == ["620000001"]
    assert not any(day.treatments for day in month.days)


@pytest.mark.parametrize(("what", "category"), [("drugs", "1"), ("drugs", "3"), ("checkups", "1")])
async def test_a_pdf_is_asked_for_by_its_category(desk: Desk, what: str, category: str) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS, CHECKUPS)
    answer = await desk.post(what, asked(category))
    assert answer.content_type == PDF
    assert answer.body.startswith(b"%PDF-")


async def test_checkups_are_a_message_of_their_own(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), CHECKUPS)
    told = read(await desk.post("checkups", asked("2")), CheckupAnswer)
    assert [one.day.year for one in told.checkups] == [2025]


async def test_treatments_need_their_own_consent_and_say_so_when_it_lacks(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS)
    told = read(await desk.post("drugs", asked("4")), DrugAnswer)
    assert "診療情報" in (told.contents or "")
    assert not any(day.treatments for month in told.receipts for day in month.days)


@pytest.mark.parametrize(("what", "category"), [("drugs", "5"), ("drugs", "0"), ("checkups", "3")])
async def test_another_category_is_no_request(desk: Desk, what: str, category: str) -> None:
    with pytest.raises(OnshiError) as caught:
        await desk.post(what, asked(category))
    assert caught.value.fault is input_.UNKNOWN_CODE


async def test_another_facilitys_code_is_no_request(desk: Desk) -> None:
    for what, message in (("drugs", asked()), ("glance", asked()), ("consents/cancel", cancel())):
        with pytest.raises(OnshiError) as caught:
            await desk.post(what, message, facility=OTHER_CLINIC)
        assert caught.value.fault is trust.OTHER_FACILITY


@pytest.mark.parametrize("category", ["1", "2"])
async def test_no_grant_is_an_answer_with_the_reason(desk: Desk, category: str) -> None:
    await desk.practice.patient()
    assert await desk.refused("drugs", asked(category)) == trust.NO_GRANT.code
    nobody = asked(category, record(number="99999999"))
    assert await desk.refused("drugs", nobody) == trust.NO_GRANT.code


async def test_consent_for_another_item_is_no_consent(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), CHECKUPS)
    assert await desk.refused("drugs", asked()) == trust.NO_GRANT.code
    assert (await desk.post("checkups", asked("1"))).content_type == PDF


async def test_several_people_under_one_number_are_refused_with_the_reason(desk: Desk) -> None:
    for branch in ("00", "01"):
        await desk.practice.consent(await desk.practice.patient(record(branch=branch)), DRUGS)
    assert await desk.refused("drugs", asked(key=record(branch=None))) == disclosure.SEVERAL_PEOPLE.code
    assert read(await desk.post("drugs", asked(key=record(branch="01"))), DrugAnswer).result_code == "1"


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        (Withdrawal.PATIENT, disclosure.GRANT_WITHDRAWN_PATIENT),
        (Withdrawal.FACILITY, disclosure.GRANT_WITHDRAWN_FACILITY),
    ],
)
async def test_a_withdrawn_consent_is_refused_at_once(desk: Desk, why: Withdrawal, fault: Fault) -> None:
    person = await desk.practice.patient()
    await desk.practice.consent(person, DRUGS)
    assert read(await desk.post("drugs", asked()), DrugAnswer).result_code == "1"
    await desk.practice.disclosure.withdraw(CLINIC, person, desk.practice.now, why=why)
    assert await desk.refused("drugs", asked()) == fault.code


async def test_months_the_wrong_way_round_are_refused_in_words(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS)
    wrong = asked(first_month=YearMonth("202605"), last_month=YearMonth("202601"))
    assert await desk.refused("drugs", wrong) == disclosure.PERIOD_WRONG.code


async def test_only_the_asked_months_are_there(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS)
    there = asked(first_month=YearMonth("202603"), last_month=YearMonth("202603"))
    assert read(await desk.post("drugs", there), DrugAnswer).receipts
    later = asked(first_month=YearMonth("202604"), last_month=YearMonth("202604"))
    assert not read(await desk.post("drugs", later), DrugAnswer).receipts


async def test_home_visits_read_under_their_own_consent(desk: Desk) -> None:
    person = await desk.practice.patient()
    await desk.practice.consent(person, DRUGS, purpose=Purpose.HOME_VISIT)
    home = asked(treatment=MedicalTreatment.HOME_VISIT)
    assert read(await desk.post("drugs", home), DrugAnswer).result_code == "1"
    assert await desk.refused("drugs", asked(treatment=MedicalTreatment.ONLINE)) != ""


async def test_the_glance_is_facts_or_a_problem_with_the_reason(desk: Desk) -> None:
    person = await desk.practice.patient()
    with pytest.raises(OnshiError) as caught:
        await desk.post("glance", asked())
    assert caught.value.fault is trust.NO_GRANT
    await desk.practice.consent(person, DRUGS)
    told = msgspec.json.decode((await desk.post("glance", asked())).body)
    assert told["last_dispensing"]["lines"][0]["code"] == "620000001"
    assert told["missing"]


async def test_what_is_said_of_today_does_not_change_with_the_period(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS)
    whole = msgspec.json.decode((await desk.post("glance", asked())).body)
    month = {"first_month": YearMonth("202401"), "last_month": YearMonth("202401")}
    part = msgspec.json.decode((await desk.post("glance", asked(**month))).body)
    assert {**part, "reading_id": ""} == {**whole, "reading_id": ""}
    assert not read(await desk.post("drugs", asked("2", **month)), DrugAnswer).receipts
    assert b"%PDF-" in (await desk.post("drugs", asked("1", **month))).body


async def test_a_reading_is_on_the_audit_log_with_the_requests_hash(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS)
    await desk.post("drugs", asked())
    entry = (await desk.practice.audited())[-1]
    assert (entry.kind, entry.outcome, entry.device, entry.facility) == ("disclosure", "answered", "reader-1", CLINIC)
    assert entry.request_hash
    assert entry.answer_hash


def cancel(item: ViewingKind | None = None) -> ConsentCancel:
    key = record()
    return ConsentCancel(
        facility=FacilityCode(CLINIC),
        insurer_number=InsurerNumber(SOCIETY),
        symbol=Symbol(key.symbol),
        number=InsuredNumber(key.number),
        item=item,
    )


async def test_a_facility_ends_a_persons_consents(desk: Desk) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS, CHECKUPS)
    answer = msgspec.json.decode((await desk.post("consents/cancel", cancel(ViewingKind.DRUGS))).body)
    assert answer["XmlMsg"]["MessageHeader"]["ResultCode"] == "1"
    assert await desk.refused("drugs", asked()) == disclosure.GRANT_WITHDRAWN_FACILITY.code
    assert read(await desk.post("checkups", asked()), CheckupAnswer).result_code == "1"
    await desk.post("consents/cancel", cancel())
    assert await desk.refused("checkups", asked()) == disclosure.GRANT_WITHDRAWN_FACILITY.code


async def test_where_there_is_nothing_to_cancel_the_answer_says_so(desk: Desk) -> None:
    await desk.practice.patient()
    assert await desk.refused("consents/cancel", cancel()) == trust.NO_GRANT.code
    with pytest.raises(OnshiError) as caught:
        await desk.post("consents/cancel", cancel(ViewingKind.SPECIFIC_DISEASES))
    assert caught.value.fault is disclosure.ITEMS_WRONG


async def test_our_own_trouble_is_no_answer_about_the_patient(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.practice.consent(await desk.practice.patient(), DRUGS, TREATMENT, OPERATIONS)

    def failing(*_: object) -> bytes:
        raise OnshiError(clinic.PAPER_FONT)

    monkeypatch.setattr("central.medical.routes.drug_pdf", failing)
    with pytest.raises(OnshiError) as caught:
        await desk.post("drugs", asked("3"))
    assert caught.value.fault is clinic.PAPER_FONT


async def test_the_reading_names_the_member_of_staff_whom_the_software_names(desk: Desk) -> None:
    person = await desk.practice.patient()
    await desk.practice.consent(person, DRUGS)
    await desk.post("drugs", asked("2"), operator="doctor-1")
    assert [row["operator"] for row in await desk.practice.door.readings_of(person)] == ["doctor-1"]
    with pytest.raises(OnshiError) as caught:
        await desk.post("drugs", asked("2"), operator="Dr. 見本")
    assert caught.value.fault is QUERY_WRONG


async def test_too_many_refusals_are_a_problem_and_not_an_answer_in_words(desk: Desk) -> None:
    await desk.practice.patient()
    hasty = Desk(desk.practice, desk.practice.made(limits=QueryLimits(per_minute=1, burst=2)))
    for _ in range(2):
        assert await hasty.refused("drugs", asked("2")) == trust.NO_GRANT.code
    with pytest.raises(OnshiError) as caught:
        await hasty.post("drugs", asked("2"))
    assert caught.value.fault is QUERIES_TOO_MANY
