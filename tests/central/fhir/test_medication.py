"""Drugs as MedicationDispense: every line of the reading, its dose and days as the receipt says them."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.disclosure.disclosed import Gap, Missing
from central.fhir import bundle
from central.fhir import systems as s
from central.fhir.bundle import Days
from central.fhir.outcome import GAPS
from central.fhir.resources import Identifier
from central.receipts import codes, master
from central.receipts.extract import DrugLine, Institution
from protocol.visit import ConsentItem
from tests.central.fhir.facts import DAY, HOSPITAL, IDS, disclosed, kept, line, receipt, resources

ME = Identifier(system=s.MEMBER_ID, value="06990014:１２３４５６７８:１２３:00")
MASTER = master.synthetic()


def made(*drugs: DrugLine, **more: Any) -> dict[str, Any]:
    reading = disclosed(receipts=(receipt(*drugs),), **more)
    return kept(bundle.medications(reading, identifier=ME, ids=IDS, products=MASTER.product))


def one(drug: DrugLine) -> dict[str, Any]:
    (found,) = resources(made(drug), "MedicationDispense")
    return found


def test_an_oral_drug_has_quantity_days_and_usage() -> None:
    found = one(line(amount=Decimal("1.5")))
    assert found["quantity"] == {"value": 42.0, "unit": "錠", "system": s.MERIT9_UNIT, "code": "TAB"}
    assert found["daysSupply"]["value"] == 28
    assert found["whenHandedOver"] == "2026-05-07"
    (dosage,) = found["dosageInstruction"]
    assert dosage["text"] == "１日１回朝食後"
    assert dosage["doseAndRate"][0]["rateRatio"]["numerator"]["value"] == 1.5
    told = {part["url"]: part for part in found["extension"][0]["extension"]}
    assert told["prescribedOn"]["valueDate"] == "2026-05-06"
    assert told["prescriber"]["valueReference"] != found["performer"][0]["actor"]


def test_the_medicine_is_named_in_every_system_that_is_known() -> None:
    shared = one(line())["medicationCodeableConcept"]
    assert [coding["system"] for coding in shared["coding"]] == [s.DRUG, s.GENERAL_NAME]
    brand = one(line(code="699900101", name="カクウスク錠５ｍｇ"))["medicationCodeableConcept"]
    assert {coding["system"]: coding["code"] for coding in brand["coding"]} == {
        s.DRUG: "699900101",
        s.YJ: "9990001F1021",
        s.GENERAL_NAME: "9990001F1ZZZ",
    }
    unknown = one(line(code="610000000", name="", general_name=""))["medicationCodeableConcept"]
    assert unknown == {"coding": [{"system": s.DRUG, "code": "610000000"}], "text": "610000000"}


def test_what_a_receipt_does_not_say_is_not_made_up() -> None:
    found = one(line(amount=None, usage="", usage_code="", unit=""))
    assert found["quantity"] == {"extension": [{"url": s.DATA_ABSENT, "valueCode": "unknown"}]}
    assert found["dosageInstruction"] == [{"text": "用法の記載なし"}]
    nobody = one(line(prescriber=Institution("", "", "")))
    assert nobody["extension"][0]["extension"][1]["valueReference"] == {"type": "Organization", "display": "不明"}


def test_drugs_as_needed_and_injections_have_their_own_form() -> None:
    needed = one(line(category="3", amount=Decimal(2), times=5))
    assert needed["dosageInstruction"][0]["asNeededBoolean"] is True
    assert "daysSupply" not in needed
    assert needed["quantity"]["value"] == 10
    injection = one(line(pharmacy=False, category="31", unit="管"))
    assert injection["meta"]["profile"] == [s.INJECTION]
    assert injection["contained"][0]["code"]["coding"][0]["code"] == "699900102"
    assert injection["quantity"]["system"] == s.UNIT


def test_drugs_of_one_usage_are_one_group_in_the_order_of_the_receipt() -> None:
    found = resources(
        made(
            line(),
            line(code="699900103"),
            line(usage="１日２回朝夕食後", usage_code="018"),
            line(code="699900101"),
            line(dispensed_on=date(2026, 5, 21)),
        ),
        "MedicationDispense",
    )
    numbers = [tuple(identifier["value"] for identifier in drug["identifier"]) for drug in found]
    assert numbers == [("1", "1"), ("1", "2"), ("2", "1"), ("1", "3"), ("1", "1")]


def test_a_search_by_day_keeps_the_days_and_the_numbers() -> None:
    reading = disclosed(receipts=(receipt(line(), line(dispensed_on=date(2026, 5, 21), usage="夕")),))
    found = kept(bundle.medications(reading, identifier=ME, ids=IDS, days=Days(date(2026, 5, 8), None)))
    assert found["total"] == 1
    (drug,) = resources(found, "MedicationDispense")
    everything = kept(bundle.medications(reading, identifier=ME, ids=IDS))
    assert drug["id"] in [one["id"] for one in resources(everything, "MedicationDispense")]
    nothing = kept(bundle.medications(reading, identifier=ME, ids=IDS, days=Days(None, date(2020, 1, 1))))
    assert (nothing["total"], nothing.get("entry", [])) == (0, [])


def test_what_is_missing_is_said_in_both_languages() -> None:
    gaps = tuple(Gap(ConsentItem.DRUGS, why, DAY.replace(day=1)) for why in Missing)
    found = kept(bundle.medications(disclosed(gaps=gaps), identifier=ME, ids=IDS))
    (outcome,) = resources(found, "OperationOutcome")
    assert [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]] == [why.value for why in Missing]
    assert all("2026-05" in issue["details"]["text"] and issue["diagnostics"] for issue in outcome["issue"])
    assert GAPS.keys() == set(Missing)


_LINES = st.builds(
    line,
    pharmacy=st.booleans(),
    inpatient=st.booleans(),
    amount=st.one_of(st.none(), st.decimals("0.001", "99999", places=3)),
    single_dose=st.one_of(st.none(), st.decimals("0.01", "99", places=2)),
    times=st.integers(0, 999),
    category=st.sampled_from([*codes.FORMS.labels, *codes.CATEGORIES.labels, ""]),
    usage=st.sampled_from(["", "１日３回食後"]),
    usage_code=st.sampled_from(["", "003", "900"]),
    instruction=st.sampled_from(["", "粉砕"]),
    unit=st.sampled_from(["", "錠", "ｍＬ", "枚", "キット"]),
    name=st.sampled_from(["", "カクウ錠"]),
    code=st.sampled_from(["699900101", "699900102", "620000000"]),
    prescriber=st.sampled_from([HOSPITAL, Institution("", "", ""), Institution("99", "短い", "1")]),
    dispensed_on=st.dates(date(2023, 6, 1), date(2026, 6, 1)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_LINES, max_size=6))
def test_every_line_of_a_reading_comes_out_once_and_keeps_the_rules(drugs: list[DrugLine]) -> None:
    found = made(*drugs)
    dispensed = resources(found, "MedicationDispense")
    assert [drug["whenHandedOver"] for drug in dispensed] == [str(drug.dispensed_on) for drug in drugs]
    named = {drug["id"] for drug in dispensed}
    assert len(named) == found["total"] == len(drugs)


def test_the_patient_is_named_by_the_askers_number_and_by_no_id_of_the_register() -> None:
    found = made(line())
    (patient,) = resources(found, "Patient")
    assert patient["identifier"] == [msgspec.to_builtins(ME)]
    other = made(line(), reading_id=f"{2:032x}")
    assert resources(other, "Patient")[0]["id"] != patient["id"]
    assert resources(other, "MedicationDispense")[0]["id"] == resources(found, "MedicationDispense")[0]["id"]


@pytest.mark.parametrize("value", ["record_id", "i1", "r1"])
def test_no_internal_id_is_in_it(value: str) -> None:
    assert f'"{value}"' not in msgspec.json.encode(made(line())).decode()
