"""The definitions hang together, and the lists say what they should."""

import re

import pytest

from central.receipts import clinic, codes, dental, describe, dispensing, dpc
from central.receipts.kinds import Kind
from central.receipts.layout import RecordType, by_id, number

EVERY = [record for kind in Kind for record in kind.records.values()]


def test_each_kind_has_as_many_fields_as_its_specification() -> None:
    counts = {record.id: len(record.fields) for record in dispensing.RECORDS}
    assert (counts["YK"], counts["RE"], counts["HO"], counts["KO"], counts["SN"]) == (8, 41, 13, 9, 8)
    assert (counts["SH"], counts["CZ"], counts["IY"], counts["TO"], counts["KI"], counts["ST"]) == (
        9,
        70,
        9,
        6,
        113,
        15,
    )
    assert [len(one.fields) for one in (clinic.COMMON, clinic.INSURANCE, clinic.PUBLIC)] == [37, 14, 11]
    assert [len(one.fields) for one in (dental.COMMON, dental.INSURANCE, dental.DENTAL_TREATMENT)] == [26, 13, 108]


def test_days_stand_where_the_sources_found_them() -> None:
    assert clinic.TREATMENT.days == clinic.DRUG.days == (12, 43)
    assert clinic.MATERIAL.days == (16, 47)


def test_money_and_dates_of_a_pharmacy_stand_where_the_sources_found_them() -> None:
    cz, ki = dispensing.DISPENSING.index, dispensing.BASICS.index
    assert (cz["prescribed_on"], cz["dispensed_on"], cz["quantity"], cz["drug_points"]) == (1, 2, 4, 12)
    assert (cz["addition_1_burden"], cz["addition_10_points"], cz["management_points"]) == (14, 43, 60)
    assert (ki["basic_points"], ki["care_1_burden"], ki["care_12_points"], ki["basic_addition_10_points"]) == (
        4,
        6,
        53,
        107,
    )
    assert dispensing.INSURANCE.index["desk_amount"] == 8
    assert dispensing.PUBLIC.index["desk_amount"] == 6


@pytest.mark.parametrize("record", EVERY, ids=lambda one: one.id)
def test_codes_of_closed_lists_fit_their_fields(record: RecordType) -> None:
    for field in record.fields:
        if field.codes is not None and field.codes.closed:
            assert all(len(code) <= field.width for code in field.codes.labels), field.name


@pytest.mark.parametrize("record", EVERY, ids=lambda one: one.id)
def test_names_are_english_and_labels_japanese(record: RecordType) -> None:
    for field in record.fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        assert not field.ja.isascii()


def test_a_name_or_an_id_is_used_once() -> None:
    twice = number("points", "点数", 7)
    with pytest.raises(ValueError, match="points"):
        RecordType("XX", "試験", "test", (twice, twice))
    with pytest.raises(ValueError, match="BU"):
        by_id((dpc.GROUP, RecordType("BU", "別", "other", ())))


def test_lines_are_borne_by_whom_their_code_says() -> None:
    assert codes.BEARERS["1"] == {0}
    assert codes.BEARERS["2"] == {0, 1}
    assert codes.BEARERS["4"] == {0, 1, 2}
    assert len(codes.BEARERS) == len(set(codes.BEARERS.values())) == 31


def test_usages_and_types_in_words() -> None:
    assert codes.USAGES.labels["018"] == ("１日２回朝夕食後", "twice a day after breakfast and dinner")
    assert codes.USAGES.labels["033"][0] == "毎１２時間"
    assert len(codes.USAGES.labels) == 49
    clinic_type = codes.receipt_type("1112")
    assert clinic_type is not None
    assert clinic_type[0] == "医科 医保・国保 単独 本人 入院外"
    pharmacy_type = codes.receipt_type("4222")
    assert pharmacy_type is not None
    assert pharmacy_type[1] == "dispensing, public payer only, 2 public payers, insured person"
    assert codes.receipt_type("11X2") is None
    assert codes.SPECIAL_NOTES.meaning("0241") == ("長・区カ", "long-term disease, limit KA (20 per cent)")
    assert codes.SPECIAL_NOTES.meaning("ZZ") is None


def test_the_page_of_the_book_has_every_record_and_field() -> None:
    page = "\n".join(describe.page())
    for record in EVERY:
        assert f"### {record.id} {record.ja}" in page
        shown = [field for field in record.fields if not field.name.startswith("day_")]
        assert all(f"`{field.name}`" in page for field in shown)
