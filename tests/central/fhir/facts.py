"""Invented facts for FHIR tests: answers to numbers, readings of drugs and checkups; and our answers read back.

Everything that a test makes goes through `kept`: our own rules, and fhir.resources' R4B models.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from fhir.resources.R4B import get_fhir_model_class

from central.checkups.checkup import Checkup, CheckupItem, PersonKeys
from central.checkups.history import StoredCheckup
from central.disclosure.disclosed import Disclosed, Holder, Purpose, Reader
from central.fhir import eligibility
from central.fhir.ids import IdMaker
from central.fhir.resources import Element, Identifier, Reference, encode
from central.fhir.rules import violations
from central.fhir.systems import REQUEST_HASH
from central.receipts.extract import DrugLine, Institution
from central.receipts.history import StoredReceipt
from protocol import codes
from protocol.messages import (
    EligibilityAnswer,
    EligibilityResult,
    LimitCertificateInfo,
    SearchInfo,
    SpecificDiseaseInfo,
)
from protocol.numbers import (
    BirthDate,
    Branch,
    BurdenRatio,
    FacilityCode,
    InsuredNumber,
    InsurerNumber,
    Symbol,
    Yen,
    with_check_digit,
)
from protocol.visit import ConsentItem
from tests.central.register.world import CLINIC, NOON, SOCIETY

MAKER = IdMaker(b"k" * 32)
IDS = MAKER.of(CLINIC)
PHARMACY = Institution(with_check_digit("994000001"), "架空薬局", "4")
HOSPITAL = Institution(with_check_digit("991000000"), "架空病院", "1")
BIRTH = date(1980, 4, 2)
DAY = date(2026, 5, 7)


def kept(made: Element | bytes) -> dict[str, Any]:
    """The JSON of what was made; fails where a rule is broken or fhir.resources cannot read it as R4."""
    written = made if isinstance(made, bytes) else encode(made)
    found: dict[str, Any] = msgspec.json.decode(written)
    assert violations(found) == []
    get_fhir_model_class(found["resourceType"]).model_validate_json(written)
    return found


def resources(bundle: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", []) if entry["resource"]["resourceType"] == kind]


def search(**more: Any) -> SearchInfo:
    values: dict[str, Any] = {
        "insurer_number": InsurerNumber(SOCIETY),
        "symbol": Symbol("１２３４５６７８"),
        "number": InsuredNumber("１２３"),
        "branch": Branch("00"),
        "birth_date": BirthDate.of(BIRTH),
        "limit_consent": codes.LimitConsent.GIVEN,
    }
    return SearchInfo(**{**values, **more})


def result(**more: Any) -> EligibilityResult:
    values: dict[str, Any] = {
        "card_classification": codes.CardClassification.GENERAL,
        "insurer_number": InsurerNumber(SOCIETY),
        "symbol": Symbol("12345678"),
        "number": InsuredNumber("123"),
        "branch": Branch("00"),
        "personal_family": codes.PersonalFamily.INSURED,
        "name": "合成　太郎",
        "name_kana": "ｺﾞｳｾｲ ﾀﾛｳ",
        "sex1": codes.Sex.MALE,
        "birth_date": BirthDate.of(BIRTH),
        "address": "東京都架空区架空一丁目１番１号",
        "post_number": "1000000",
        "qualification_date": date(2024, 4, 1),
        "insurer_name": "架空健康保険組合",
        "limit_consent": codes.LimitConsent.GIVEN,
        "limit": LimitCertificateInfo(
            classification=codes.LimitCertificate.LIMIT,
            category=codes.LimitCategory.A03,
            valid_from=date(2026, 4, 1),
            valid_until=date(2027, 3, 31),
        ),
        "burden_ratio": BurdenRatio.of(30),
    }
    return EligibilityResult(**{**values, **more})


def answer(*results: EligibilityResult, **more: Any) -> EligibilityAnswer:
    values: dict[str, Any] = {
        "executed_at": NOON,
        "asked_day": DAY,
        "facility": FacilityCode(CLINIC),
        "reference": codes.ReferenceClassification.INSURED_NUMBER,
        "segment": codes.SegmentOfResult.NORMAL,
        "status": codes.ProcessingResultStatus.NORMAL,
        "validity": codes.QualificationValidity.VALID,
        "results": results,
    }
    return EligibilityAnswer(**{**values, **more})


DISEASE = SpecificDiseaseInfo(
    disease=codes.SpecificDisease.DIALYSIS, valid_from=date(2026, 4, 1), self_pay=Yen("10000")
)


def respond_with(**more: Any) -> dict[str, Any]:
    """The response to a request whose answer is one `result`."""
    request = Reference(type="CoverageEligibilityRequest", identifier=Identifier(system=REQUEST_HASH, value="0" * 64))
    made = eligibility.response(
        answer(result(**more)), search=search(), purpose=("validation",), request=request, ids=IDS, now=NOON
    )
    return kept(made)


def line(**more: Any) -> DrugLine:
    values: dict[str, Any] = {
        "line": 7,
        "receipt": 1,
        "month": DAY.replace(day=1),
        "pharmacy": True,
        "inpatient": False,
        "institution": PHARMACY,
        "prescriber": HOSPITAL,
        "prescribed_on": date(2026, 5, 6),
        "dispensed_on": DAY,
        "code": "699900102",
        "amount": Decimal(1),
        "single_dose": None,
        "times": 28,
        "category": "1",
        "category_ja": "内服",
        "usage_code": "006",
        "usage": "１日１回朝食後",
        "instruction": "",
        "name": "カクウジピン錠５ｍｇ「架空」",
        "general_name": "【般】カクウジピン錠５ｍｇ",
        "unit": "錠",
    }
    return DrugLine(**{**values, **more})


def receipt(*drugs: DrugLine, **more: Any) -> StoredReceipt:
    values: dict[str, Any] = {
        "receipt_id": "r1",
        "record_id": "i1",
        "month": DAY.replace(day=1),
        "kind": "dispensing",
        "institution": PHARMACY,
        "inpatient": False,
        "covered": False,
        "received_at": NOON,
        "drugs": drugs,
    }
    return StoredReceipt(**{**values, **more})


def checkup(*items: CheckupItem, **more: Any) -> StoredCheckup:
    values: dict[str, Any] = {
        "file": "h.xml",
        "facility": FacilityCode(CLINIC),
        "day": date(2026, 5, 27),
        "person": PersonKeys(
            InsurerNumber(SOCIETY), Symbol("12345678"), InsuredNumber("123"), Branch("00"), BirthDate.of(BIRTH), "1"
        ),
        "report": "10",
        "program": "000",
        "items": items,
    }
    made = Checkup(**{**values, **more})
    return StoredCheckup(checkup_id="c1", record_id="i1", received_at=NOON, checkup=made)


def disclosed(**more: Any) -> Disclosed:
    values: dict[str, Any] = {
        "reading_id": f"{1:032x}",
        "reader": Reader(facility=CLINIC, device="reader-1"),
        "purpose": Purpose.VISIT,
        "person": Holder(name="合成　太郎", kana="ゴウセイ　タロウ", birth_date=BIRTH, sex="1"),
        "items": (ConsentItem.DRUGS,),
        "consents": ("c1",),
        "first_month": date(2023, 6, 1),
        "last_month": date(2026, 6, 1),
        "disclosed_at": datetime(2026, 6, 1, 3, 4, 5, 678, tzinfo=UTC),
    }
    return Disclosed(**{**values, **more})
