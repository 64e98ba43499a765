"""The rules can fail: each broken thing is found, and where it is."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from central.api.docs import program_version
from central.checkups.checkup import CheckupItem
from central.fhir import bundle
from central.fhir import systems as s
from central.fhir.capability import statement
from central.fhir.outcome import refusal
from central.fhir.resources import Identifier
from central.fhir.rules import violations
from protocol.errors import CATALOGUE, OnshiError
from tests.central.fhir.facts import IDS, answer, checkup, disclosed, kept, line, receipt, resources, result
from tests.central.fhir.test_eligibility import respond

ME = Identifier(system=s.MEMBER_ID, value="06990014:１２３４５６７８:１２３:00")
DRUGS = kept(bundle.medications(disclosed(receipts=(receipt(line(), line(category="4")),)), identifier=ME, ids=IDS))
RESULTS = kept(
    bundle.checkups(
        disclosed(checkups=(checkup(CheckupItem(code="3F015000002327101", value="342", unit="mg/dL", flag="H")),)),
        identifier=ME,
        ids=IDS,
    )
)
ELIGIBLE = respond(answer(result()))
Break = Callable[[dict[str, Any]], object]


def drop(*names: str) -> Break:
    return lambda resource: [resource.pop(name) for name in names]


def put(name: str, value: object) -> Break:
    return lambda resource: resource.update({name: value})


BREAKS: list[tuple[dict[str, Any], str, Break]] = [
    (DRUGS, "MedicationDispense", drop("quantity")),
    (DRUGS, "MedicationDispense", drop("whenHandedOver")),
    (DRUGS, "MedicationDispense", drop("medicationCodeableConcept")),
    (DRUGS, "MedicationDispense", put("medicationReference", {"reference": "#medication"})),
    (DRUGS, "MedicationDispense", lambda one: one["identifier"].pop()),
    (DRUGS, "MedicationDispense", lambda one: one["identifier"].append(one["identifier"][0])),
    (DRUGS, "MedicationDispense", lambda one: one["identifier"][0].update(value="01")),
    (DRUGS, "MedicationDispense", lambda one: one["quantity"].pop("code")),
    (DRUGS, "MedicationDispense", lambda one: one["quantity"].update(value="28")),
    (DRUGS, "MedicationDispense", lambda one: one["medicationCodeableConcept"].pop("text")),
    (DRUGS, "MedicationDispense", lambda one: one["dosageInstruction"][0].update(text="")),
    (DRUGS, "MedicationDispense", lambda one: one["subject"].update(reference="urn:uuid:elsewhere")),
    (DRUGS, "MedicationDispense", lambda one: one["extension"][0].update(url=f"{s.PROFILE}JP_Anything")),
    (DRUGS, "MedicationDispense", lambda one: one["extension"][0].update(valueString="beside its parts")),
    (DRUGS, "MedicationDispense", lambda one: one["meta"].update(profile=[s.PATIENT])),
    (DRUGS, "Patient", drop("identifier")),
    (DRUGS, "Patient", put("gender", "other")),
    (DRUGS, "Patient", put("birthDate", "1980-4-2")),
    (DRUGS, "Patient", lambda one: one["name"][0].pop("extension")),
    (DRUGS, "Patient", lambda one: one["identifier"][0].update(value="06990014:1 2:３")),
    (DRUGS, "Patient", lambda one: one["identifier"][0].update(system="urn:oid:1.2.3")),
    (DRUGS, "Patient", lambda one: one["name"][0].update(text="123456789018")),
    (DRUGS, "Organization", drop("identifier")),
    (RESULTS, "Observation", drop("specimen")),
    (RESULTS, "Observation", drop("valueQuantity")),
    (RESULTS, "Observation", put("dataAbsentReason", {"coding": [{"system": s.ABSENT, "code": "unknown"}]})),
    (RESULTS, "Observation", lambda one: one["category"][0]["coding"].reverse() or one["category"].pop()),
    (RESULTS, "Observation", lambda one: one["category"][0]["coding"][0].update(code="exam")),
    (RESULTS, "Observation", lambda one: one["code"].pop("text")),
    (RESULTS, "Observation", lambda one: one["code"]["coding"][0].update(code="3F015")),
    (RESULTS, "Observation", lambda one: one["interpretation"][0]["coding"][0].update(code="HH")),
    (RESULTS, "Observation", put("valueString", None)),
    (ELIGIBLE, "Coverage", drop("payor")),
    (ELIGIBLE, "Coverage", drop("extension")),
    (ELIGIBLE, "Coverage", put("status", "draft")),
    (ELIGIBLE, "Coverage", lambda one: one["identifier"].pop()),
    (ELIGIBLE, "Coverage", put("period", {"start": "2026-05-02", "end": "2026-05-01"})),
    (ELIGIBLE, "Coverage", lambda one: one["extension"][0].update(url=s.INSURED_NUMBER.replace("Extension/", ""))),
    (ELIGIBLE, "CoverageEligibilityResponse", put("outcome", "error")),
    (ELIGIBLE, "CoverageEligibilityResponse", put("created", "2026-05-01T00:00:00")),
    (ELIGIBLE, "CoverageEligibilityResponse", lambda one: one["insurance"][0].pop("inforce")),
    (ELIGIBLE, "CoverageEligibilityResponse", put("patient", {})),
    (ELIGIBLE, "CoverageEligibilityResponse", put("id", "no id")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("whole", "kind", "harm"), BREAKS, ids=[f"{n} {kind}" for n, (_, kind, _) in enumerate(BREAKS)]
)
def test_what_is_broken_is_found_where_it_is(whole: dict[str, Any], kind: str, harm: Break) -> None:
    broken = copy.deepcopy(whole)
    harm(resources(broken, kind)[0])
    found = violations(broken)
    assert found
    places = [n for n, entry in enumerate(broken["entry"]) if entry["resource"]["resourceType"] == kind]
    assert any(f"entry[{places[0]}]" in violation.path for violation in found)


@pytest.mark.parametrize(
    "harm",
    [
        put("total", 9),
        put("link", [{"relation": "self", "url": "/fhir/r4/Patient?identifier=1"}]),
        put("type", "batch"),
        lambda one: one["entry"].append(one["entry"][0]),
        lambda one: one["entry"][0].update(fullUrl="urn:uuid:another"),
        lambda one: one["entry"][0].update(resource={"resourceType": "Claim"}),
    ],
)
def test_a_broken_bundle_is_found(harm: Break) -> None:
    broken = copy.deepcopy(DRUGS)
    harm(broken)
    assert violations(broken)


def test_every_refusal_of_the_catalogue_is_an_outcome_in_both_languages() -> None:
    for fault in CATALOGUE.values():
        (issue,) = kept(refusal(OnshiError(fault, at="somewhere")))["issue"]
        assert issue["details"]["coding"][0] == {"system": s.FAULT, "code": fault.code}
        assert fault.desk_ja in issue["details"]["text"]
        assert fault.desk_en in issue["diagnostics"]
        assert "at=somewhere" in issue["diagnostics"]


def test_the_capability_statement_is_one() -> None:
    told = kept(msgspec.json.encode(statement(program_version())))
    types = [resource["type"] for resource in told["rest"][0]["resource"]]
    assert {"CoverageEligibilityRequest", "Patient", "Coverage", "MedicationDispense", "Observation"} <= set(types)
