"""YZKsiquc01res and TKKsiquc01res from what was let through, as the clients seen would read them."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings

from central.checkups.checkup import CheckupItem
from central.disclosure.disclosed import Disclosed, Gap, Holder, Missing
from central.medical.messages import checkup_answer, drug_answer
from central.medical.words import gap_lines
from central.receipts.extract import Institution
from protocol.codes import CharacterCode
from protocol.messages import Message, write_json, write_xml
from protocol.visit import ConsentItem
from tests.central.medical.readings import (
    FIVE,
    HERE,
    HOSPITAL,
    PHARMACY,
    SURGERY,
    act,
    any_readings,
    asked,
    checkup,
    disclosed,
    drug,
    receipt,
    stored,
)
from tests.central.receipts.files import GOOD


def tree(message: Message, encoding: CharacterCode = CharacterCode.UTF_8) -> Element:
    data = write_xml(message, encoding).decode("cp932" if encoding is CharacterCode.SHIFT_JIS else "utf-8")
    root: Element = fromstring(data.partition("?>")[2])
    return root


def test_a_dispensed_drug_stands_in_the_block_of_receipts_with_every_element_a_client_reads() -> None:
    root = tree(drug_answer(disclosed(receipt(drug())), asked()))
    assert root.findtext(".//ResultCode") == "1"
    assert root.find(".//MessageContents") is None
    assert root.findtext("MessageHeader/ArbitraryFileIdentifier") == " F 1 "
    holder = root.find("MessageHeader/QuaInf")
    assert holder is not None
    assert {one.tag: one.text for one in holder} == {
        "Name": "合成　太郎", "KanaName": "ｺﾞｳｾｲ ﾀﾛｳ", "Birth": "19800402", "AdmGendCode": "1",
    }  # fmt: skip
    (month,) = root.findall("MessageBody/MeTrMonthInf")
    assert {one.tag: one.text for one in month if not len(one)} == {
        "DiOrg": "4", "MeTrDiHCd": PHARMACY.code, "MeTrDiHNm": "架空薬局", "MeTrMonth": "202605",
        "PrlsHCd": SURGERY.code, "PrlsHNm": "架空内科", "PrIsOrg": "2", "InOut": "2",
    }  # fmt: skip
    (day,) = month.findall("DiDateInfs/DiDateInf")
    assert (day.findtext("DiDate"), day.findtext("PrDate")) == ("20260520", "20260520")
    (found,) = day.findall("DrugInfs/DrugInf")
    assert {one.tag: one.text for one in found} == {
        "DrugC": FIVE, "DrugN": "カクウジピン錠５ｍｇ「架空」", "IngreN": "【般】カクウジピン錠５ｍｇ", "Qua1": "1.5",
        "Unit": "錠", "UsageN": "１日１回朝食後", "Times": "28", "MeTrIdCl": "1",
    }  # fmt: skip
    assert root.find("MessageBody/CzDiInf") is None
    assert root.find("MessageBody/ShPrInf") is None


def test_treatments_stand_in_the_day_beside_the_drugs_of_the_same_institution() -> None:
    on = date(2026, 5, 20)
    here = Institution(HERE, "見本医院", "1")
    own = drug(on=on, pharmacy=False, institution=here, prescriber=here, category="21")
    root = tree(drug_answer(disclosed(receipt(own, acts=(act(on, institution=here), act(None))), items=()), asked("4")))
    first, second = root.findall("MessageBody/MeTrMonthInf")
    months = {one.findtext("MeTrDiHCd"): one for one in (first, second)}
    assert months[HERE].findtext("PrIsOrg") == "1"
    assert months[HERE].findtext("InOut") == "1"
    (day,) = months[HERE].findall("DiDateInfs/DiDateInf")
    assert len(day.findall("DrugInfs/DrugInf")) == 1
    (done,) = day.findall("MeTrInfs/MeTrInf")
    assert {one.tag: one.text for one in done} == {"SinInfCd": "160000310", "MeTrIdCl": "60", "Times": "1"}
    assert months[SURGERY.code].find("DiDateInfs/DiDateInf/DiDate") is None


def test_a_day_of_one_institution_and_prescriber_is_there_once() -> None:
    """A client takes a second one for a repetition and leaves its drugs out."""
    on = date(2026, 5, 20)
    renamed = Institution(PHARMACY.code, "架空薬局　本店", "4")
    root = tree(
        drug_answer(
            disclosed(
                receipt(drug(on=on), drug(on=on, line=10)),
                receipt(drug(on=on, institution=renamed), id_="r2"),
                receipt(drug(on=on, prescriber=HOSPITAL), id_="r3"),
            ),
            asked(),
        )
    )
    seen = [
        (month.findtext("MeTrDiHCd"), month.findtext("PrlsHCd"), day.findtext("DiDate"))
        for month in root.findall("MessageBody/MeTrMonthInf")
        for day in month.findall("DiDateInfs/DiDateInf")
    ]
    assert len(seen) == len(set(seen)) == 2
    assert len(root.findall(".//DrugInf")) == 4


def test_every_drug_of_a_generated_receipt_comes_out_of_every_kind() -> None:
    for name in GOOD:
        receipts = stored(GOOD[name]())
        root = tree(drug_answer(disclosed(*receipts), asked("4")))
        lines = [one for kept in receipts for one in kept.drugs]
        acts = [one for kept in receipts for one in kept.treatments]
        assert sorted(one.text or "" for one in root.iter("DrugC")) == sorted(one.code for one in lines), name
        assert len(root.findall(".//MeTrInf")) == len(acts), name
        assert lines or acts, name


def test_checkups_have_their_results_by_code_with_what_a_code_means() -> None:
    root = tree(checkup_answer(disclosed(checkups=(checkup(2026), checkup(2025))), asked()))
    holder = root.find("MessageHeader/QualificationsInfo")
    assert holder is not None
    assert [one.tag for one in holder] == ["Name", "KanasName", "Birthday", "AdministrativeGenderCode"]
    assert [one.text for one in root.iter("EffectiveTime")] == ["20260527", "20250527"]
    found = {
        info.findtext("ItemCode"): info
        for info in root.findall(
            "MessageBody/SpecificHealthCheckupInfo[1]"
            "/HealthCheckupResultAndQuestionInfos/HealthCheckupResultAndQuestionInfo"
        )
    }
    height, smoking = found["9N001000000000001"], found["9N736000000000011"]
    assert [height.findtext(tag) for tag in ("ItemName", "DataType", "Unit")] == ["身長", "PQ", "cm"]
    assert smoking.findtext("DataType") == "CD"
    assert smoking.findtext("Oid", "").startswith("1.2.392.200119.6.")
    assert smoking.findtext("DataValueName")


def test_what_was_not_measured_is_no_result_and_never_zero() -> None:
    absent = CheckupItem(code="3C015000002327101", absent="NI")
    one = checkup(2026, extra=(absent, CheckupItem(code="9Z999000000000001", value="不明な項目", known=False)))
    root = tree(checkup_answer(disclosed(checkups=(one,)), asked()))
    empty = {item.code for item in one.checkup.items if not item.value}
    assert empty
    assert not empty & {found.text for found in root.iter("ItemCode")}
    assert "9Z999000000000001" in {found.text for found in root.iter("ItemCode")}


def test_what_is_missing_is_said_in_words() -> None:
    gaps = (
        Gap(ConsentItem.DRUGS, Missing.NOT_YET_CLAIMED, date(2026, 5, 1)),
        Gap(ConsentItem.DRUGS, Missing.NOT_YET_CLAIMED, date(2026, 4, 1)),
        Gap(ConsentItem.TREATMENT, Missing.NOT_CONSENTED),
    )
    told = drug_answer(disclosed(gaps=gaps), asked()).contents
    assert told is not None
    assert "薬剤情報（2026年4月、2026年5月）" in told
    assert "診療情報: 本人の同意がないため" in told


@pytest.mark.parametrize("why", Missing)
def test_every_reason_for_a_gap_has_words_in_both_languages(why: Missing) -> None:
    ((ja, en),) = gap_lines([Gap(ConsentItem.DRUGS, why)])
    assert ja
    assert en.isascii()


def test_a_name_outside_jis_x_0208_is_a_black_dot_in_shift_jis_only() -> None:
    told = disclosed(person=Holder(name="𠮷田　髙", kana="", birth_date=date(1980, 4, 2), sex="2"))
    for made, path in ((drug_answer, "MessageHeader/QuaInf/Name"), (checkup_answer, ".//QualificationsInfo/Name")):
        answer: Any = made(told, asked())
        assert tree(answer).findtext(path) == "𠮷田　髙"
        assert tree(answer, CharacterCode.SHIFT_JIS).findtext(path) == "●田　●"


def _leaves(value: Any) -> Iterator[Any]:
    assert value not in (None, {}, []), "an empty group or null"
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(any_readings)
def test_whatever_was_let_through_can_be_written_with_no_empty_element(told: Disclosed) -> None:
    for made in (drug_answer, checkup_answer):
        answer: Any = made(told, asked("4"))
        for leaf in _leaves(write_json(answer)):
            assert isinstance(leaf, str)
            assert leaf.strip()
        for encoding in CharacterCode:
            for element in tree(answer, encoding).iter():
                assert len(element) or (element.text or "").strip(), element.tag
