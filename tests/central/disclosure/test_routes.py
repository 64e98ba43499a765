"""The routes of consents, emergencies and disasters, called as a device would; and readings under an opening."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from central.api import body
from central.api.route import Call, Raw, Route
from central.disclosure.disclosed import Purpose
from central.disclosure.rights import Right
from central.disclosure.routes import DisclosureRoutes
from central.disclosure.service import KEEP_CONSENT
from central.facilities.device import Device
from central.facilities.service import ADD_FACILITY
from central.medical.routes import MedicalRoutes
from central.receipts.masters import StoredMaster
from protocol.errors import OnshiError, central, disclosure, trust
from tests.central.disclosure.practice import CHECKUPS, DRUGS, Practice
from tests.central.disclosure.test_disasters import opened
from tests.central.register.world import CLINIC, NOON, OTHER_CLINIC, SOCIETY, TODAY


class Desk:
    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        routes: list[Route] = DisclosureRoutes(
            practice.disclosure, practice.openings, practice.lookup, lambda: practice.now
        ).routes()
        routes += MedicalRoutes(
            practice.door, practice.disclosure, masters=StoredMaster(practice.store), clock=lambda: practice.now
        ).routes()
        self._routes = {route.path: route for route in routes}

    async def post(
        self, path: str, facility: str = CLINIC, query: dict[str, str] | None = None, **given: Any
    ) -> dict[str, Any]:
        """What comes back, as JSON; the body is decoded as the server does it."""
        route = self._routes[path]
        raw = msgspec.json.encode(given)
        caller = Device(id="reader-1", facility=facility, public_key=b"k", certificate=b"f", enrolled_at=NOON)
        value = body.decode(raw, msgspec.json.Decoder(route.request))
        assert set(query or {}) <= set(route.query)
        answer = await route.handler(Call(body=value, raw=raw, caller=caller, query=query or {}))
        content = answer.body if isinstance(answer, Raw) else msgspec.json.encode(answer)
        return msgspec.json.decode(content)  # type: ignore[no-any-return]

    async def no(self, path: str, **given: Any) -> str:
        with pytest.raises(OnshiError) as caught:
            await self.post(path, **given)
        return caught.value.fault.code


@pytest.fixture
async def desk(practice: Practice) -> Desk:
    for code in (CLINIC, OTHER_CLINIC):
        async with practice.store.transaction() as running:
            await running.run(ADD_FACILITY, code=code, name="x", valid_from=TODAY, recorded_at=practice.now)
    return Desk(practice)


def drugs(**header: str) -> dict[str, Any]:
    return {
        "XmlMsg": {
            "MessageHeader": {
                "MedicalInstitutionCode": CLINIC,
                "InsurerNumber": SOCIETY,
                "InsuredPersonIdentificationNumber": "4260",
                **header,
            },
            "MessageBody": {"FileCategory": "2", "MedicalTreatmentFlag": "1"},
        }
    }


async def taken(practice: Practice, person: str) -> str:
    """A consent to drugs and checkups, as `central.presence` keeps it."""
    consent_id = await practice.consent(person, DRUGS, CHECKUPS)
    row = {
        "device": "reader-1", "visit": consent_id, "consent_id": consent_id, "facility": CLINIC, "person_id": person,
        "items": "YZK,TKK", "consented_at": practice.now, "payload_digest": "d" * 64, "payload": b"p",
        "signature": b"s", "visit_payload": b"v", "visit_signature": b"s", "answer": None, "forget_at": None,
    }  # fmt: skip
    async with practice.store.transaction() as running:
        await running.run(KEEP_CONSENT, **row)
    return consent_id


async def test_a_facility_withdraws_what_it_took(desk: Desk, practice: Practice) -> None:
    person = await practice.patient()
    consent_id = await taken(practice, person)
    path = "/v1/consents/withdraw"
    assert await desk.no(path, consent_id="f" * 32) == disclosure.CONSENT_UNKNOWN.code
    assert await desk.no(path, consent_id=consent_id, device="reader-2") == disclosure.CONSENT_UNKNOWN.code
    assert await desk.no(path, consent_id=consent_id, facility=OTHER_CLINIC) == disclosure.CONSENT_UNKNOWN.code
    told = await desk.post(path, consent_id=consent_id, items=["TKK"], operator="nurse")
    assert told["items"] == ["TKK"]
    assert (await practice.read(person, DRUGS, CHECKUPS)).items == (DRUGS,)
    entry = next(one for one in await practice.audited() if one.kind == "grant.withdraw")
    assert (entry.operator, entry.device, entry.subject) == ("nurse", "reader-1", person)
    assert (await desk.post(path, consent_id=consent_id))["items"] == []
    with pytest.raises(OnshiError) as caught:
        await practice.read(person, DRUGS)
    assert caught.value.fault is disclosure.GRANT_WITHDRAWN_FACILITY


async def test_an_emergency_from_the_card_to_the_drugs(desk: Desk, practice: Practice) -> None:
    person = await practice.patient()
    asked = {"visit": await practice.card_read(person), "reason": "unconscious", "operator": "nurse"}
    assert await desk.no("/v1/emergencies", **asked) == disclosure.EMERGENCY_NO_RIGHT.code
    await practice.rights.switch(CLINIC, Right.EMERGENCY, allowed=True)
    waiting = await desk.post("/v1/emergencies", **asked)
    opening = {"opening_id": waiting["opening_id"]}
    assert await desk.no("/v1/emergencies/confirm", **opening, operator="nurse") == disclosure.SAME_PERSON.code
    live = await desk.post("/v1/emergencies/confirm", **opening, operator="doctor")
    assert live["insured"] == {
        "insurer_number": SOCIETY, "symbol": "12-34", "number": "4260", "branch": "00",
    }  # fmt: skip
    message = drugs()
    assert b"/drug" not in msgspec.json.encode(await desk.post("/v1/medical/drugs", **message))
    by_opening = await desk.post("/v1/medical/drugs", query={"opening": waiting["opening_id"]}, **message)
    assert b"/drug" in msgspec.json.encode(by_opening)
    message["XmlMsg"]["MessageBody"]["MedicalTreatmentFlag"] = "4"
    assert b"/drug" in msgspec.json.encode(await desk.post("/v1/medical/drugs", **message))
    assert {row["purpose"] for row in await practice.door.readings_of(person)} == {"emergency"}


async def test_a_disaster_from_the_name_to_the_drugs(desk: Desk, practice: Practice) -> None:
    person = await practice.patient()
    sought = {"operator": "nurse", "birth_date": "1980-01-02", "kana": "ﾐﾎﾝﾀﾛｳ"}
    assert await desk.no("/v1/disasters/people", **sought) == disclosure.DISASTER_NOT_OPEN.code
    await opened(practice, "99")
    (found,) = (await desk.post("/v1/disasters/people", **sought))["candidates"]
    opening = {"opening_id": found["opening_id"], "operator": "nurse"}
    for wrong in ({"basis": "waived"}, {"basis": "oral", "reason": "unconscious"}, {"basis": "shrug"}):
        assert await desk.no("/v1/disasters/openings", **opening, **wrong) == central.BODY_WRONG.code
    live = await desk.post("/v1/disasters/openings", **opening, basis="oral")
    assert (live["purpose"], live["insured"]["number"]) == (Purpose.DISASTER.value, "4260")
    query = {"opening": found["opening_id"]}
    assert b"/drug" in msgspec.json.encode(await desk.post("/v1/medical/drugs", query=query, **drugs()))
    foreign = await desk.post(
        "/v1/medical/drugs", OTHER_CLINIC, query=query, **drugs(MedicalInstitutionCode=OTHER_CLINIC)
    )
    assert b"/drug" not in msgspec.json.encode(foreign)
    assert disclosure.OPENING_NONE.code in str(foreign)
    practice.now += timedelta(days=7)
    ended = await desk.post("/v1/medical/drugs", query=query, **drugs())
    assert disclosure.DISASTER_NOT_OPEN.code in str(ended)
    assert len(await practice.door.readings_of(person)) == 1
    assert trust.NO_GRANT.code in str(await desk.post("/v1/medical/drugs", **drugs()))


async def test_a_lookup_by_number_reads_numbers_as_everywhere(desk: Desk, practice: Practice) -> None:
    await practice.patient()
    await opened(practice, "99")
    known = {"operator": "nurse", "birth_date": "1980-01-02", "insurer_number": SOCIETY, "number": "４２６０"}
    (found,) = (await desk.post("/v1/disasters/people", **known, symbol="１２－３４", branch="00"))["candidates"]
    assert (found["kana"], found["sex"]) == ("ミホン　タロウ", "1")
    assert await desk.no("/v1/disasters/people", **known, branch="01") == disclosure.LOOKUP_NONE.code
    assert await desk.no("/v1/disasters/people", **{**known, "insurer_number": "1"}) == "INPUT-001"
