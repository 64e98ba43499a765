"""Checkups as Observation: numbers as numbers, codes as codes, what was not done as absent and never as 0."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.checkups.checkup import CheckupItem
from central.checkups.items import DataType, items, results
from central.fhir import bundle
from central.fhir import systems as s
from central.fhir.bundle import Days
from central.fhir.resources import Identifier, encode
from tests.central.fhir.facts import IDS, checkup, disclosed, kept, resources

ME = Identifier(system=s.MEMBER_ID, value="06990014:１２３４５６７８:１２３:00")
TRIGLYCERIDES, HDL, HBA1C, HEIGHT = "3F015000002327101", "3F070000002327101", "3D046000001906202", "9N001000000000001"
URINE, SMOKING = "1A020000000191111", "9N736000000000011"


def made(*found: CheckupItem, **more: Any) -> dict[str, Any]:
    return kept(bundle.checkups(disclosed(checkups=(checkup(*found),)), identifier=ME, ids=IDS, **more))


def one(item: CheckupItem) -> dict[str, Any]:
    (found,) = resources(made(item), "Observation")
    return found


def test_a_quantity_has_its_unit_and_its_flag() -> None:
    found = one(CheckupItem(code=TRIGLYCERIDES, value="342", unit="mg/dL", flag="H"))
    assert found["valueQuantity"] == {"value": 342, "unit": "mg/dL", "system": s.UCUM, "code": "mg/dL"}
    assert found["interpretation"][0]["coding"][0] == {"system": s.INTERPRETATION, "code": "H"}
    assert found["code"]["coding"][0]["system"] == s.JLAC10
    assert (found["code"]["coding"][0]["code"], found["code"]["text"]) == (TRIGLYCERIDES, "中性脂肪（空腹時）")
    assert found["effectiveDateTime"] == "2026-05-27"
    assert [coding["system"] for coding in found["category"][0]["coding"]] == [s.CATEGORY_JP, s.CATEGORY_HL7]
    assert found["specimen"] == {"type": "Specimen", "display": "JLAC10 材料コード 023"}


def test_a_number_is_written_as_it_was_measured() -> None:
    reading = disclosed(checkups=(checkup(CheckupItem(code=HBA1C, value="6.0", unit="%")),))
    assert b'"value":6.0,' in encode(bundle.checkups(reading, identifier=ME, ids=IDS))


def test_a_coded_result_carries_its_list_and_its_meaning() -> None:
    found = one(CheckupItem(code=URINE, value="1"))["valueCodeableConcept"]
    oid = items()[URINE].oid
    assert found["coding"][0]["system"] == f"urn:oid:{oid}"
    assert found["text"] == results()[oid]["1"][0]
    assert one(CheckupItem(code=SMOKING, value="1"))["meta"]["profile"] == [s.SOCIAL_HISTORY]


@pytest.mark.parametrize(
    ("flavor", "reason"), [("NI", "not-performed"), ("negationInd", "not-performed"), ("UNK", "unknown")]
)
def test_what_was_not_done_is_absent_and_not_zero(flavor: str, reason: str) -> None:
    found = one(CheckupItem(code=HDL, absent=flavor))
    assert found["dataAbsentReason"]["coding"][0] == {"system": s.ABSENT, "code": reason}
    assert not [name for name in found if name.startswith("value")]


def test_items_that_we_do_not_know_are_words_under_their_own_code() -> None:
    found = one(CheckupItem(code="ABC123", value="±", known=False))
    assert (found["code"]["coding"][0]["system"], found["valueString"]) == (s.LOCAL_ITEM, "±")
    assert one(CheckupItem(code=HEIGHT, value="高い"))["valueString"] == "高い"


def test_a_search_by_code_and_day_keeps_those() -> None:
    found = (CheckupItem(code=HDL, value="60", unit="mg/dL"), CheckupItem(code=HEIGHT, value="170.1", unit="cm"))
    for codes in ({(None, HDL)}, {(s.JLAC10, HDL)}):
        assert [one["code"]["coding"][0]["code"] for one in resources(made(*found, codes=codes), "Observation")] == [
            HDL
        ]
    assert made(*found, codes={("urn:x", HDL)})["total"] == 0
    assert made(*found, days=Days(date(2026, 5, 28), None))["total"] == 0


_VALUES = st.sampled_from(["0", "12", "172.0", "0.5", "-1", "1", "2", "9", "ことば", "01", "1e9"])
_ITEMS = st.builds(
    CheckupItem,
    code=st.sampled_from([*items(), "LOCAL1"]),
    value=st.one_of(st.just(""), _VALUES),
    unit=st.sampled_from(["", "cm", "mg/g*CR", "ml/min/1.73m2"]),
    flag=st.sampled_from(["", "L", "H", "N"]),
    absent=st.sampled_from(["", "", "NI", "NASK", "INV", "PINF", "negationInd"]),
    known=st.booleans(),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(_ITEMS, max_size=8))
def test_every_result_comes_out_once_and_keeps_the_rules(found: list[CheckupItem]) -> None:
    told = made(*found)
    assert told["total"] == len(found)
    assert [one["code"]["coding"][0]["code"] for one in resources(told, "Observation")] == [item.code for item in found]


def test_every_item_of_the_table_has_a_profile_of_its_section() -> None:
    values = {DataType.PQ: "1", DataType.ST: "語"}
    found = [
        CheckupItem(code=item.code, unit=item.unit, value=values.get(item.type) or next(iter(results()[item.oid])))
        for item in items().values()
    ]
    told = resources(made(*found), "Observation")
    assert len(told) == len(items())
    for one, item in zip(told, items().values(), strict=True):
        kind = {DataType.PQ: "valueQuantity", DataType.ST: "valueString"}.get(item.type, "valueCodeableConcept")
        assert kind in one, item.code
