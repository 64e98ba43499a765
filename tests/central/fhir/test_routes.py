"""FHIR over HTTP: nothing without consent, no number in a URL, refusals as OperationOutcome, all on the audit log."""

import hashlib
from datetime import date

import pytest
from msgspec import structs

from central.disclosure.disclosed import Purpose
from central.disclosure.service import Withdrawal
from central.fhir import systems as s
from protocol.errors import central, disclosure, fhir, input_, trust
from tests.central.disclosure.practice import CHECKUPS, DRUGS, TREATMENT, Practice, stored_receipt
from tests.central.fhir.desk import MEMBER, desk, outcome, request
from tests.central.fhir.facts import resources
from tests.central.register.world import CLINIC, OTHER_CLINIC, record

pytestmark = pytest.mark.sockets

BIRTH = ("birthdate", "1980-01-02")


async def test_a_submitted_request_is_answered_and_on_the_audit_log(practice: Practice) -> None:
    person = await practice.patient()
    async with desk(practice) as clinic:
        status, made = await clinic.submit(request())
        assert status == 200
        (response,) = resources(made, "CoverageEligibilityResponse")
        assert (response["outcome"], response["insurance"][0]["inforce"]) == ("complete", True)
        assert response["request"] == {"reference": "CoverageEligibilityRequest/cer-1"}
        assert (response["purpose"], response["servicedDate"]) == (["validation", "benefits"], "2026-06-01")
        assert resources(made, "Patient")[0]["name"][0]["text"] == "見本　太郎"
        row = (await clinic.audit())[-1]
        assert (row["kind"], row["outcome"], row["subject"]) == ("query", "answered", person)
        assert person not in str(made)


async def test_the_answer_that_left_is_the_one_on_the_log(practice: Practice) -> None:
    await practice.patient()
    async with desk(practice) as clinic:
        response = await clinic.http.post("/fhir/r4/CoverageEligibilityRequest/$submit", json=request(id=None))
        body = await response.read()
        row = (await clinic.audit())[-1]
        assert row["answer_hash"] == hashlib.sha256(body).hexdigest()
        assert row["request_hash"] in body.decode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"provider": {"identifier": {"system": s.FACILITY_CODE, "value": OTHER_CLINIC}}}, trust.OTHER_FACILITY.code),
        ({"provider": {"reference": "Organization/x"}}, fhir.REQUEST_WRONG.code),
        ({"purpose": ["discovery"]}, fhir.NOT_SUPPORTED.code),
        ({"purpose": []}, fhir.REQUEST_WRONG.code),
        ({"status": "draft"}, fhir.NOT_SUPPORTED.code),
        ({"implicitRules": "urn:x"}, fhir.NOT_SUPPORTED.code),
        ({"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, fhir.NOT_SUPPORTED.code),
        ({"insurance": []}, fhir.REQUEST_WRONG.code),
        ({"insurance": [{"coverage": {"display": "x"}}]}, fhir.REQUEST_WRONG.code),
        ({"insurer": {"identifier": {"system": s.INSURER_NUMBER, "value": "01130012"}}}, fhir.REQUEST_WRONG.code),
        ({"patient": {"reference": "Patient/elsewhere"}}, fhir.REQUEST_WRONG.code),
        ({"servicedDate": "2026-06-31"}, input_.DATE.code),
        ({"servicedDate": "2000-01-01"}, central.QUERY_DAY.code),
        ({"resourceType": "Claim"}, fhir.REQUEST_WRONG.code),
    ],
)
async def test_a_request_that_is_none_is_refused_with_the_place(
    practice: Practice, change: dict[str, object], code: str
) -> None:
    await practice.patient()
    async with desk(practice) as clinic:
        status, told = await clinic.submit({**request(), **change})
        assert 400 <= status < 500
        assert outcome(told) == code


async def test_the_limit_certificate_needs_its_own_consent(practice: Practice) -> None:
    from central.register import entries as e
    from tests.central.register.world import record

    await practice.patient()
    await practice.add(
        e.LimitCertificate(
            record=record(), kind="01", income_class="A03", issued_on=date(2026, 4, 1), valid_from=date(2026, 4, 1)
        )
    )
    async with desk(practice) as clinic:
        _, without = await clinic.submit(request())
        said = {"extension": [{"url": s.LIMIT_CONSENT, "valueBoolean": True}]}
        _, with_consent = await clinic.submit(request(**said))
        assert "A03" not in str(without)
        assert "A03" in str(with_consent)


async def test_drugs_leave_under_consent_only_and_until_it_ends(practice: Practice) -> None:
    person = await practice.patient()
    async with desk(practice) as clinic:
        assert outcome((await clinic.search("MedicationDispense"))[1]) == trust.NO_GRANT.code
        await practice.consent(person, CHECKUPS)
        assert outcome((await clinic.search("MedicationDispense"))[1]) == trust.NO_GRANT.code
        practice.later()
        consent = await practice.consent(person, DRUGS)
        status, made = await clinic.search("MedicationDispense")
        assert (status, made["total"]) == (200, 1)
        (drug,) = resources(made, "MedicationDispense")
        assert drug["medicationCodeableConcept"]["text"].endswith("/drug")
        row = (await clinic.audit())[-1]
        assert (row["kind"], row["outcome"], row["subject"]) == ("disclosure", "answered", person)
        assert {"item:YZK", f"consent:{consent}"} <= set(row["references"])
        assert MEMBER not in str(await clinic.audit())
        await practice.disclosure.withdraw(CLINIC, person, practice.now, why=Withdrawal.PATIENT, operator="x")
        assert outcome((await clinic.search("MedicationDispense"))[1]) == disclosure.GRANT_WITHDRAWN_PATIENT.code


async def test_a_reading_of_drugs_holds_no_treatment_and_no_checkup(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, CHECKUPS, TREATMENT)
    async with desk(practice) as clinic:
        _, drugs = await clinic.search("MedicationDispense")
        _, results = await clinic.search("Observation")
        assert "/drug" in str(drugs)
        assert "/checkup" in str(results)
        assert not [mark for mark in ("treatment", "operation", "checkup") if f"/{mark}" in str(drugs)]
        assert not [mark for mark in ("treatment", "operation", "drug") if f"/{mark}" in str(results)]


async def test_a_consent_to_home_visits_opens_those_only_and_staff_without_a_name_open_nothing(
    practice: Practice,
) -> None:
    await practice.consent(await practice.patient(), DRUGS, purpose=Purpose.HOME_VISIT)
    async with desk(practice) as clinic:
        assert (await clinic.search("MedicationDispense", purpose="home-visit"))[1]["total"] == 1
        assert outcome((await clinic.search("MedicationDispense"))[1]) == disclosure.GRANT_OTHER_PURPOSE.code
        for purpose in ("emergency", "disaster", "other"):
            told = (await clinic.search("MedicationDispense", purpose=purpose))[1]
            assert outcome(told) == fhir.NOT_SUPPORTED.code


async def test_searches_narrow_by_day_and_code(practice: Practice) -> None:
    person = await practice.patient()
    await practice.consent(person, DRUGS, CHECKUPS)
    async with desk(practice) as clinic:
        for days, total in (
            ((("whenhandedover", "ge2026-03-01"), ("whenhandedover", "le2026-03-31")), 1),
            ((("whenhandedover", "2026-03-01"),), 1),
            ((("whenhandedover", "ge2026-03-02"),), 0),
        ):
            assert (await clinic.search("MedicationDispense", *days))[1]["total"] == total
        assert (await clinic.search("Observation", date="2025-11-04"))[1]["total"] == 1
        assert (await clinic.search("Observation", code=f"{s.JLAC10}|9N001000000000001"))[1]["total"] == 1
        assert (await clinic.search("Observation", code="3F015000002327101"))[1]["total"] == 0


async def test_a_drug_handed_over_in_the_month_after_its_receipt_s_is_found_by_its_day(practice: Practice) -> None:
    person = await practice.patient()
    record_id = await practice.record_id(record())
    late = stored_receipt(record_id, date(2026, 1, 1))
    (drug,) = late.drugs
    practice.shelves.receipts[:] = [
        structs.replace(late, drugs=(structs.replace(drug, dispensed_on=date(2026, 2, 1)),), undated=1)
    ]
    await practice.consent(person, DRUGS)
    async with desk(practice) as clinic:
        for day, total in (("ge2026-02-01", 1), ("2026-02-01", 1), ("ge2026-02-02", 0), ("le2026-01-31", 0)):
            _, found = await clinic.search("MedicationDispense", ("whenhandedover", day))
            assert found["total"] == total
            assert ("day-not-told" in str(found)) == (day == "le2026-01-31"), "of the months that were asked for"
        # The first month of the window has none before it that is kept.
        for first in ("ge2023-06-01", "ge2023-05-31"):
            _, found = await clinic.search("MedicationDispense", ("whenhandedover", first))
            assert ("outside-window" in str(found)) == (first == "ge2023-05-31")


async def test_patient_and_coverage_need_number_and_birth_date_and_have_the_registers_limits(
    practice: Practice,
) -> None:
    await practice.patient()
    async with desk(practice) as clinic:
        status, people = await clinic.search("Patient", BIRTH)
        assert (status, people["total"]) == (200, 1)
        status, found = await clinic.search("Coverage", ("beneficiary.birthdate", "1980-01-02"))
        assert (status, found["total"], len(resources(found, "Organization"))) == (200, 1, 1)
        assert (await clinic.search("Patient", ("birthdate", "1980-01-03")))[1]["total"] == 0
        assert outcome((await clinic.search("Patient"))[1]) == central.BODY_WRONG.code
        assert outcome((await clinic.search("Patient", BIRTH, facility=OTHER_CLINIC))[1]) == trust.OTHER_FACILITY.code
        assert [row["outcome"] for row in await clinic.audit()] == ["answered"] * 3 + [trust.OTHER_FACILITY.code]


async def test_another_facilitys_code_is_refused_and_noted_before_the_door(practice: Practice) -> None:
    await practice.consent(await practice.patient(), DRUGS)
    async with desk(practice) as clinic:
        status, told = await clinic.search("MedicationDispense", facility=OTHER_CLINIC)
        assert (status, outcome(told)) == (403, trust.OTHER_FACILITY.code)
        row = (await clinic.audit())[-1]
        assert (row["kind"], row["outcome"], row["facility"]) == ("disclosure", trust.OTHER_FACILITY.code, CLINIC)


@pytest.mark.parametrize(
    "pairs",
    [
        [("-facility", CLINIC)],
        [("patient.identifier", f"{s.MEMBER_ID}|{MEMBER}")],
        [("-facility", CLINIC), ("patient.identifier", MEMBER)],
        [("-facility", CLINIC), ("patient.identifier", f"{s.MEMBER_ID}|12345")],
        [("-facility", CLINIC), ("patient.identifier", f"{s.MEMBER_ID}|{MEMBER}"), ("status", "completed")],
        [("-facility", CLINIC), ("patient.identifier", f"{s.MEMBER_ID}|{MEMBER}"), ("_format", "xml")],
        [("-facility", CLINIC), ("patient.identifier", f"{s.MEMBER_ID}|{MEMBER}"), ("-facility", CLINIC)],
        [("-facility", CLINIC), ("patient.identifier", f"{s.MEMBER_ID}|{MEMBER}"), ("whenhandedover", "gt2026-01-01")],
    ],
)
async def test_a_parameter_that_is_missing_doubled_or_unknown_is_refused(
    practice: Practice, pairs: list[tuple[str, str]]
) -> None:
    await practice.consent(await practice.patient(), DRUGS)
    async with desk(practice) as clinic:
        status, told = await clinic.form("MedicationDispense", pairs)
        assert status == 400
        assert outcome(told) in {central.BODY_WRONG.code, fhir.REQUEST_WRONG.code, fhir.NOT_SUPPORTED.code}
        assert MEMBER not in str(told)


@pytest.mark.parametrize(
    "path", [f"MedicationDispense?patient.identifier={MEMBER}", "MedicationDispense/_search?a=1", "Patient/1", "Claim"]
)
async def test_get_is_refused_with_the_reason(practice: Practice, path: str) -> None:
    async with desk(practice) as clinic:
        status, told = await clinic.send("GET", path)
        assert (status, outcome(told)) == (405, fhir.BY_POST_ONLY.code)
        assert told["issue"][0]["code"] == "not-supported"
        assert not await clinic.audit()
        assert MEMBER not in str(told)


async def test_a_post_with_parameters_in_its_url_is_refused(practice: Practice) -> None:
    async with desk(practice) as clinic:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, told = await clinic.send("POST", f"Patient/_search?identifier={MEMBER}", data=b"a=b", headers=form)
        assert status == 400
        assert MEMBER not in str(told)


async def test_every_other_refusal_is_an_outcome_too(practice: Practice) -> None:
    async with desk(practice) as clinic:
        for method, path, status, code in (
            ("POST", "Claim/x/y", 404, central.ROUTE_UNKNOWN.code),
            ("DELETE", "Patient/_search", 405, central.METHOD_WRONG.code),
            ("POST", "Patient/_search", 415, central.CONTENT_TYPE_WRONG.code),
        ):
            got, told = await clinic.send(method, path, json={} if method == "POST" else None)
            assert (got, outcome(told)) == (status, code)
        status, told = await clinic.submit(b"{")
        assert (status, outcome(told)) == (400, central.BODY_WRONG.code)
        status, told = await clinic.form("Patient", b"identifier=\xff")
        assert (status, outcome(told)) == (400, central.BODY_WRONG.code)


async def test_the_capability_statement_lists_every_search(practice: Practice) -> None:
    async with desk(practice) as clinic:
        status, told = await clinic.send("GET", "metadata")
        assert (status, told["fhirVersion"]) == (200, "4.0.1")
        searched = {one["type"] for one in told["rest"][0]["resource"] if "searchParam" in one}
        assert searched == {"Patient", "Coverage", "MedicationDispense", "Observation"}
        for type_ in sorted(searched):
            assert (await clinic.form(type_, b""))[0] == 400
