"""Drugs and treatments come out with both dates, dose, days, usage, names and both institutions."""

import io
from datetime import date
from decimal import Decimal

from central.receipts.extract import DrugLine, drug_lines, treatment_lines, undated
from central.receipts.master import DrugMaster, load, synthetic
from tests.central.receipts.files import (
    CLINIC,
    DISPENSING,
    GOOD,
    PHARMACY,
    SURGERY,
    Line,
    act,
    changed,
    clinic_lines,
    closing,
    common,
    days,
    dispensing,
    drug,
    encode,
    header,
    insurance,
    patched,
    pharmacy_lines,
    prescription,
    receipts_of,
    remark,
)


def drugs(data: bytes, master: DrugMaster | None = None) -> list[DrugLine]:
    return [line for receipt in receipts_of(data) for line in drug_lines(receipt, master)]


def test_a_dispensed_drug_has_dates_dose_days_usage_names_and_both_institutions() -> None:
    first = drugs(GOOD["dispensing"](), synthetic())[0]
    assert (first.line, first.receipt, first.month) == (9, 1, date(2026, 5, 1))
    assert (first.prescribed_on, first.dispensed_on) == (date(2026, 5, 7), date(2026, 5, 7))
    assert (first.code, first.name, first.unit) == ("699900102", "カクウジピン錠５ｍｇ「架空」", "錠")
    assert first.general_name == "【般】カクウジピン錠５ｍｇ"
    assert (first.amount, first.times, first.single_dose) == (Decimal(1), 28, None)
    assert (first.category, first.category_ja) == ("1", "内服")
    assert (first.usage_code, first.usage, first.instruction) == ("006", "１日１回朝食後", "")
    assert (first.institution.code, first.institution.name) == ("994" + PHARMACY, "架空薬局")
    assert (first.prescriber.code, first.prescriber.organisation) == ("991" + SURGERY, "1")
    assert first.pharmacy
    assert not first.inpatient


def test_every_drug_of_a_pharmacy_comes_out() -> None:
    assert [(one.line, one.code[-3:]) for one in drugs(GOOD["dispensing"]())] == [
        (9, "102"),
        (10, "108"),
        (13, "119"),
        (22, "124"),
    ]


def test_an_uncoded_usage_is_taken_from_the_instruction() -> None:
    as_needed = drugs(GOOD["dispensing"]())[2]
    assert (as_needed.usage_code, as_needed.usage, as_needed.instruction) == ("900", "頭痛時", "")
    assert as_needed.times == 10


def test_prescribing_and_dispensing_may_lie_in_different_months() -> None:
    last = drugs(GOOD["dispensing"]())[3]
    assert (last.prescribed_on, last.dispensed_on) == (date(2026, 5, 29), date(2026, 6, 1))
    assert last.month == date(2026, 5, 1)


def _group(*lines: Line) -> bytes:
    all_ = [header(DISPENSING), common(1, "4112"), insurance(1, 1), *lines, closing(1, 1)]
    return encode(DISPENSING, all_)


def test_one_prescription_dispensed_twice_gives_each_drug_twice() -> None:
    shared = _group(
        prescription(1, 1, "18", instruction="粉砕"),
        dispensing("20260507", 14, 10, 10),
        dispensing("20260521", 14, 10, 10),
        drug(102),
        ("CO", {"code": "810000001", "text": "残薬調整"}),
    )
    found = drugs(shared)
    assert [(one.line, one.dispensed_on.day) for one in found] == [(7, 7), (7, 21)]
    assert found[0].usage == "１日２回朝夕食後"
    assert found[0].instruction == "粉砕　残薬調整"
    repeated = _group(
        prescription(1, 1, "018"),
        dispensing("20260507", 14, 10, 10),
        drug(102),
        dispensing("20260521", 7, 10, 10),
        drug(102),
    )
    assert [(one.line, one.dispensed_on.day, one.times) for one in drugs(repeated)] == [(6, 7, 14), (8, 21, 7)]


def test_what_cannot_be_read_gives_no_line() -> None:
    data = GOOD["dispensing"]()
    assert len(drugs(patched(data, 9, 2, b"6999"))) == 3
    assert len(drugs(patched(data, 8, 3, b"20260532"))) == 2
    assert len(drugs(patched(data, 2, 3, b"202613"))) == 1
    assert list(treatment_lines(receipts_of(patched(GOOD["clinic"](), 2, 3, b"0"))[0])) == []


def test_in_house_drugs_come_from_the_day_columns() -> None:
    found = [one for one in drugs(GOOD["clinic"](), synthetic()) if one.receipt == 1]
    assert [(one.line, one.dispensed_on.day, one.times, one.category) for one in found] == [
        (10, 7, 14, "21"),
        (10, 21, 14, "21"),
        (11, 7, 14, "21"),
        (11, 21, 14, "21"),
        (12, 7, 6, "22"),
    ]
    assert found[0].prescribed_on == found[0].dispensed_on
    assert found[0].prescriber == found[0].institution
    assert found[4].usage == "頭痛時"
    assert found[0].usage == ""
    assert not found[0].pharmacy


def test_in_house_drugs_without_a_day_are_counted() -> None:
    (first, *_) = receipts_of(GOOD["clinic"]())
    assert undated(first) == 0
    lines = GOOD["clinic"]().splitlines(keepends=True)
    lines[10] = b",".join(lines[10].split(b",")[:13]) + b"\r\n"
    (first, *_) = receipts_of(b"".join(lines))
    assert [one.line for one in drug_lines(first)] == [10, 10, 12]
    assert undated(first) == 1
    assert undated(receipts_of(GOOD["dispensing"]())[0]) == 0


def test_a_comment_before_its_drugs_is_their_usage() -> None:
    drops = drugs(GOOD["clinic"](), synthetic())[-1]
    assert (drops.usage, drops.name, drops.amount) == ("１日３回　両目", "モギ点眼液０．１％　５ｍＬ", Decimal(5))


def _clinic(*lines: Line) -> bytes:
    return encode(CLINIC, [header(CLINIC), common(1, "1112"), insurance(1, 1), *lines, closing(1, 1)])


def test_comments_belong_to_their_own_run() -> None:
    found = drugs(
        _clinic(
            act("IY", "21", "699900102", "", 7, **days(_7=7)),
            remark("21", "朝食後"),
            act("IY", "", "699900108", 3, 7, **days(_7=7)),
            remark("21", "夕食後"),
            act("IY", "", "699900109", 3, 7, **days(_7=7)),
            act("IY", "21", "699900112", 3, 7, comment_1="810000001", comment_1_text="粉砕", **days(_7=7)),
            remark("99", "全体の注釈"),
        )
    )
    assert [(one.line, one.usage, one.instruction) for one in found] == [
        (4, "朝食後", ""),
        (6, "朝食後", ""),
        (8, "夕食後", ""),
        (9, "", "粉砕"),
    ]


def test_injections_and_drugs_of_treatments_come_out_too() -> None:
    found = drugs(
        _clinic(
            act("SI", "31", "130000510", 20, 1, **days(_7=1)),
            act("IY", "", "699900130", 137, 1, amount=1, **days(_7=1)),
        )
    )
    assert [(one.category, one.category_ja, one.times) for one in found] == [("31", "皮下筋注", 1)]


def test_days_behind_the_end_of_the_month_give_nothing() -> None:
    data = _clinic(act("IY", "21", "699900102", 3, 7, **days(_31=7)))
    assert len(drugs(data)) == 1
    assert drugs(data.replace(b"202605", b"202604")) == []


def test_drugs_of_a_stay_paid_as_a_whole_come_from_the_coding_data() -> None:
    (found,) = drugs(GOOD["dpc"](), synthetic())
    assert (found.code, found.dispensed_on, found.category) == ("699900130", date(2026, 5, 4), "33")
    assert found.inpatient


def test_dental_drugs_have_their_comments() -> None:
    found = drugs(GOOD["dental"]())
    assert [(one.times, one.amount, one.usage, one.institution.name) for one in found] == [
        (5, Decimal(3), "毎食後", "架空歯科")
    ]


def test_treatments_by_day_and_operations_apart() -> None:
    lines = [line for receipt in receipts_of(GOOD["clinic"]()) for line in treatment_lines(receipt)]
    first = lines[0]
    assert (first.code, first.done_on, first.times, first.points) == ("112007410", date(2026, 5, 7), 1, Decimal(75))
    assert (first.category_ja, first.operation) == ("再診", False)
    assert len(lines) == 7
    (operation,) = treatment_lines(receipts_of(GOOD["dpc"]())[0])
    assert operation.operation
    assert operation.inpatient


def test_a_treatment_without_days_has_its_count() -> None:
    lines = clinic_lines()
    bare: Line = ("SI", {"category": "60", "burden": "1", "code": "160010010", "points": 49, "count": 1})
    receipt = receipts_of(encode(CLINIC, [*lines[:13], bare, *lines[14:]]))[0]
    assert [(one.done_on, one.times) for one in treatment_lines(receipt)][-1] == (None, 1)


def test_dental_treatments_have_their_additions_and_pharmacies_none() -> None:
    first = next(treatment_lines(receipts_of(GOOD["dental"]())[0]))
    assert (first.code, first.additions) == ("301000110", ("CA001",))
    assert list(treatment_lines(receipts_of(GOOD["dispensing"]())[0])) == []


def test_names_are_those_of_the_day() -> None:
    row = b'"3","Y","699900102","3",%s,"1","X","16","1",%s' + b',"0"' * 19 + b',%s,"99999999","9990001F1011"'
    row += b',"0"' * 2 + b',""\r\n'
    old = row % ("旧名称".encode("cp932").join((b'"', b'"')), "錠".encode("cp932").join((b'"', b'"')), b'"20260101"')
    new = old.replace("旧名称".encode("cp932"), "新名称".encode("cp932")).replace(b"20260101", b"20260515")
    assert old.count(b",") == 34
    master = load(io.BytesIO(_priced(old)), io.BytesIO(_priced(new)))
    lines = changed(pharmacy_lines(), 7, dispensed_on="20260516")
    assert drugs(encode(DISPENSING, lines), master)[0].name == "新名称"
    assert drugs(encode(DISPENSING, pharmacy_lines()), master)[0].name == "旧名称"


def _priced(row: bytes) -> bytes:
    columns = row.split(b",")
    columns[11] = b'"10.10"'
    return b",".join(columns)
