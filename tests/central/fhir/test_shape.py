"""The shape that other people's FHIR takes: facts written here as JP Core examples have them, beside our own output.

Every element of the example is in ours at the same place, with the same value where it is no id or reference.
"""

from datetime import date
from typing import Any

from central.checkups.checkup import CheckupItem
from central.fhir import bundle
from central.fhir import systems as s
from central.fhir.resources import Identifier
from protocol.codes import LimitCategory
from protocol.messages import LimitCertificateInfo
from tests.central.fhir.facts import IDS, checkup, disclosed, kept, line, receipt, resources, respond_with
from tests.central.register.world import SOCIETY

JP = "http://jpfhir.jp/fhir/core"
MEMBER = f"{SOCIETY}:１２３４５６７８:１２３:00"
ME = Identifier(system=s.MEMBER_ID, value=MEMBER)
ANY = object()
"""An id, a reference, or words of our own: there, whatever it is."""


def missing(example: Any, ours: Any, path: str = "") -> list[str]:
    """What of the example is not in ours."""
    if example is ANY:
        return [] if ours is not None else [path]
    if isinstance(example, dict):
        if not isinstance(ours, dict):
            return [path]
        return [told for name in example for told in missing(example[name], ours.get(name), f"{path}.{name}")]
    if isinstance(example, list):
        found = ours if isinstance(ours, list) else []
        return [f"{path}[{n}]" for n, one in enumerate(example) if all(missing(one, other) for other in found)]
    return [] if example == ours else [path]


def test_coverage() -> None:
    extension = f"{JP}/Extension/StructureDefinition/JP_Coverage_InsuredPerson"
    example = {
        "resourceType": "Coverage",
        "id": ANY,
        "meta": {"profile": [f"{JP}/StructureDefinition/JP_Coverage"]},
        "extension": [
            {"url": f"{extension}Symbol", "valueString": "１２３４５６７８"},
            {"url": f"{extension}Number", "valueString": "１２３"},
            {"url": f"{extension}SubNumber", "valueString": "00"},
        ],
        "identifier": [
            {"system": f"{JP}/IdSystem/JP_Coverage_id", "value": f'"{SOCIETY}","１２３４５６７８","１２３","00"'}
        ],
        "status": "active",
        "beneficiary": {"reference": ANY},
        "relationship": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": "self"}]
        },
        "period": {"start": "2024-04-01"},
        "payor": [{"reference": ANY}],
        "costToBeneficiary": [
            {
                "type": {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/coverage-copay-type", "code": "copaypct"}
                    ]
                },
                "valueQuantity": {"value": 30, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
            }
        ],
    }
    assert missing(example, resources(respond_with(), "Coverage")[0]) == []


def test_patient_and_insurer() -> None:
    representation = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
    patient = {
        "resourceType": "Patient",
        "id": ANY,
        "meta": {"profile": [f"{JP}/StructureDefinition/JP_Patient"]},
        "identifier": [{"system": "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID", "value": MEMBER}],
        "name": [
            {
                "extension": [{"url": representation, "valueCode": code}],
                "use": "official",
                "text": f"{family}　{given}",
                "family": family,
                "given": [given],
            }
            for code, family, given in (("IDE", "合成", "太郎"), ("SYL", "ゴウセイ", "タロウ"))
        ],
        "gender": "male",
        "birthDate": "1980-04-02",
        "address": [{"text": "東京都架空区架空一丁目１番１号", "postalCode": "100-0000", "country": "JP"}],
    }
    insurer = {
        "resourceType": "Organization",
        "id": ANY,
        "meta": {"profile": [f"{JP}/StructureDefinition/JP_Organization"]},
        "identifier": [{"system": f"{JP}/mhlw/IdSystem/InsurerNumber", "value": SOCIETY}],
        "type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "pay"}]}],
        "name": "架空健康保険組合",
    }
    made = respond_with()
    assert missing(patient, resources(made, "Patient")[0]) == []
    assert missing(insurer, resources(made, "Organization")[0]) == []


def test_response() -> None:
    """The amount of a limit is not in ours: it changes by law and with the cost, and no answer has it."""
    example = {
        "resourceType": "CoverageEligibilityResponse",
        "id": ANY,
        "status": "active",
        "purpose": ["validation"],
        "patient": {"reference": ANY},
        "servicedDate": "2026-05-07",
        "created": ANY,
        "request": ANY,
        "outcome": "complete",
        "insurer": {"reference": ANY},
        "insurance": [
            {
                "coverage": {"reference": ANY},
                "inforce": True,
                "benefitPeriod": {"start": "2024-04-01"},
                "item": [{"category": {"text": "限度額適用区分"}, "name": "A03", "description": "ウ"}],
            }
        ],
    }
    made = respond_with(limit=LimitCertificateInfo(category=LimitCategory.A03))
    assert missing(example, resources(made, "CoverageEligibilityResponse")[0]) == []


def test_medication_dispense() -> None:
    example = {
        "resourceType": "MedicationDispense",
        "id": ANY,
        "meta": {"profile": [f"{JP}/StructureDefinition/JP_MedicationDispense"]},
        "identifier": [
            {"system": f"{JP}/mhlw/IdSystem/Medication-RPGroupNumber", "value": "1"},
            {"system": f"{JP}/mhlw/IdSystem/MedicationAdministrationIndex", "value": "1"},
        ],
        "status": "completed",
        "medicationCodeableConcept": {"coding": ANY, "text": "カクウジピン錠５ｍｇ「架空」"},
        "subject": {"reference": ANY},
        "quantity": {"value": 28, "unit": "錠", "system": "urn:oid:1.2.392.100495.20.2.101", "code": "TAB"},
        "daysSupply": {"value": 28, "unit": "日", "system": "http://unitsofmeasure.org", "code": "d"},
        "whenHandedOver": "2026-05-07",
        "dosageInstruction": [{"text": "１日１回朝食後"}],
    }
    made = kept(bundle.medications(disclosed(receipts=(receipt(line()),)), identifier=ME, ids=IDS))
    assert missing(example, resources(made, "MedicationDispense")[0]) == []


def test_checkup_results() -> None:
    def example(code: str, value: float, unit: str, flag: str) -> dict[str, Any]:
        category = "http://terminology.hl7.org/CodeSystem/observation-category"
        interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
        return {
            "resourceType": "Observation",
            "id": ANY,
            "status": "final",
            "category": [{"coding": [{"system": category, "code": "laboratory"}]}],
            "code": {
                "coding": [
                    {"system": "http://medis.or.jp/CodeSystem/master-JLAC10-17digits", "code": code, "display": ANY}
                ]
            },
            "subject": {"reference": ANY},
            "effectiveDateTime": "2026-05-27",
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
            "interpretation": [{"coding": [{"system": interpretation, "code": flag}]}],
        }

    facts = [
        ("3F015000002327101", "342", "mg/dL", "H"),
        ("3F070000002327101", "34", "mg/dL", "L"),
        ("3D046000001906202", "6.8", "%", "H"),
    ]
    items = [CheckupItem(code=code, value=value, unit=unit, flag=flag) for code, value, unit, flag in facts]
    made = kept(bundle.checkups(disclosed(checkups=(checkup(*items, day=date(2026, 5, 27)),)), identifier=ME, ids=IDS))
    for (code, value, unit, flag), ours in zip(facts, resources(made, "Observation"), strict=True):
        assert missing(example(code, float(value), unit, flag), ours) == []


def test_what_is_missing_is_seen() -> None:
    assert missing({"a": [{"b": 1}], "c": ANY}, {"a": [{"b": 2}]}) == [".a[0]", ".c"]
