"""Checks: good files have no fault, each wrong thing is told once with its place, and nothing tells of a person."""

import io
from collections.abc import Callable

import msgspec
import pytest

from central.receipts.check import check
from central.receipts.reader import read
from protocol.errors import CATALOGUE
from protocol.numbers import with_check_digit
from tests.central.receipts.files import (
    CLINIC,
    DENTAL,
    DISPENSING,
    GOOD,
    INSURER,
    MF,
    Line,
    basics,
    changed,
    clinic_lines,
    closing,
    common,
    confirmed,
    days,
    dental_lines,
    dispensing,
    drug,
    encode,
    facility,
    header,
    insurance,
    judged,
    patched,
    pharmacy_lines,
    prescription,
    public,
    told,
    visits,
)

Told = list[tuple[int, str, str, str]]


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_good_files_have_no_fault(make: Callable[[], bytes]) -> None:
    report = judged(make())
    assert report.faults == []
    assert report.totals.receipts == sum(report.totals.by_kind.values())


def test_totals_count_what_is_there() -> None:
    totals = judged(GOOD["clinic"]()).totals
    assert (totals.receipts, totals.points, totals.records) == (2, 651, 28)
    assert (totals.insurances, totals.public_payers) == (2, 1)
    assert totals.by_kind == {"clinic": 2}
    assert totals.by_record["SI"] == 5
    assert judged(GOOD["dpc"]()).totals.by_kind == {"dpc": 1}


def test_four_seeded_faults_give_four_faults() -> None:
    """An impossible birth date, a wrong check digit, a drug code of 8 digits, a grand total off by one."""
    data = encode(DISPENSING, changed(pharmacy_lines(), 23, points=513), end=b"\x1a")
    data = patched(data, 2, 6, b"19800231")
    data = patched(data, 3, 1, INSURER[:7].encode() + str((int(INSURER[7]) + 1) % 10).encode())
    data = patched(data, 9, 2, b"69990010")
    assert told(judged(data)) == [
        (2, "RE", "birth_date", "023"),
        (3, "HO", "insurer", "026"),
        (9, "IY", "code", "022"),
        (24, "GO", "points", "062"),
    ]


_WRONG: list[tuple[str, int, int, bytes, Told]] = [
    ("dispensing", 1, 4, b"9900010", [(1, "YK", "institution", "026")]),
    ("dispensing", 1, 5, b"half", [(1, "YK", "institution_name", "021")]),
    ("dispensing", 1, 6, b"202613", [(1, "YK", "claim_month", "023")]),
    ("dispensing", 1, 6, b"202604", [(2, "RE", "month", "048"), (15, "RE", "month", "048")]),
    ("dispensing", 1, 7, b"0", [(1, "YK", "volume", "022")]),
    ("dispensing", 2, 1, b"", [(2, "RE", "number", "020")]),
    ("dispensing", 2, 2, b"1112", [(2, "RE", "type", "041")]),
    ("dispensing", 2, 2, b"4122", [(2, "RE", "type", "042")]),
    ("dispensing", 2, 4, "合成 太郎".encode("cp932"), [(2, "RE", "patient_name", "021")]),
    ("dispensing", 2, 4, "合".encode("cp932") * 21, [(2, "RE", "patient_name", "022")]),
    ("dispensing", 2, 4, b"\x81\xad", [(2, "RE", "patient_name", "025")]),
    ("dispensing", 2, 5, b"3", [(2, "RE", "sex", "024")]),
    ("dispensing", 2, 6, b"1980-4-2", [(2, "RE", "birth_date", "021")]),
    ("dispensing", 2, 6, b"20260601", [(2, "RE", "birth_date", "047")]),
    ("dispensing", 2, 11, b"9900020", [(2, "RE", "prescriber_institution", "026")]),
    ("dispensing", 3, 1, b"0699001", [(3, "HO", "insurer", "022")]),
    ("dispensing", 3, 1, b"        ", [(3, "HO", "insurer", "021")]),
    ("dispensing", 3, 4, b"2", []),
    ("dispensing", 3, 4, b"0", [(3, "HO", "days", "046")]),
    ("dispensing", 3, 5, b"219", [(3, "HO", "points", "043"), (24, "GO", "points", "062")][:1]),
    ("dispensing", 3, 5, b"2l8", [(3, "HO", "points", "021")]),
    ("dispensing", 5, 8, b"3", [(5, "JD", "day_7", "024")]),
    ("dispensing", 7, 2, b"8", [(7, "SH", "form", "024")]),
    ("dispensing", 8, 2, b"20260508", [(8, "CZ", "dispensed_on", "049")]),
    ("dispensing", 8, 5, b"", [(8, "CZ", "quantity", "020")]),
    ("dispensing", 8, 13, b"85", [(3, "HO", "points", "043")]),
    ("dispensing", 8, 10, b"x", [(8, "CZ", "preparation_points", "021")]),
    ("dispensing", 9, 1, b"0", [(9, "IY", "burden", "024")]),
    ("dispensing", 9, 2, b"799900102", [(9, "IY", "code", "027")]),
    ("dispensing", 9, 3, b"1.2.3", [(9, "IY", "amount", "021")]),
    ("dispensing", 9, 0, b"ZZ", [(9, "ZZ", "record_id", "010")]),
    ("dispensing", 16, 1, with_check_digit("1299001")[:7].encode() + b"x", [(16, "KO", "payer", "021")]),
    ("dispensing", 16, 2, b"0000019", [(16, "KO", "recipient", "026")]),
    ("dispensing", 24, 1, b"3", [(24, "GO", "receipts", "061")]),
    ("dispensing", 24, 2, b"511", [(24, "GO", "points", "062")]),
    ("dispensing", 24, 3, b"", [(24, "GO", "volume", "020")]),
    ("clinic", 8, 5, b"76", [(3, "HO", "points", "043")]),
    ("clinic", 8, 5, b"75", []),
    ("clinic", 8, 6, b"3", [(8, "SI", "count", "044")]),
    ("clinic", 8, 19, b"2", [(8, "SI", "count", "044")]),
    ("clinic", 3, 4, b"3", [(3, "HO", "days", "046")]),
    ("clinic", 5, 8, b"9", []),
    ("clinic", 5, 8, b"2", [(3, "HO", "days", "046")]),
    ("clinic", 7, 1, b"999", [(7, "SY", "disease", "022")]),
    ("clinic", 7, 2, b"", [(7, "SY", "started_on", "020")]),
    ("clinic", 18, 5, b"290", [(18, "KO", "points", "043")]),
    ("dental", 9, 3, b"101000110", [(9, "SS", "code", "027")]),
    ("dental", 9, 76, b"268", [(4, "HO", "points", "043")]),
]


@pytest.mark.parametrize(("name", "line", "place", "value", "expected"), _WRONG)
def test_one_wrong_field_gives_one_fault(name: str, line: int, place: int, value: bytes, expected: Told) -> None:
    data = GOOD[name]().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert told(judged(patched(data, line, place, value))) == expected


def test_a_fault_says_what_stands_there_and_what_was_expected() -> None:
    fault = judged(patched(GOOD["dispensing"](), 24, 2, b"511")).faults[0]
    assert (fault.value, fault.expected) == ("511", "512")
    assert fault.field_ja == "総合計点数"
    assert fault.text == "総合計点数: 総合計点数が合いません。 / points: The grand total is wrong."


def test_every_code_is_in_the_catalogue() -> None:
    for name, line, place, value, _ in _WRONG:
        for fault in judged(patched(GOOD[name]().replace(b"\n", b"\r\n"), line, place, value)).faults:
            assert fault.code in CATALOGUE


def test_nothing_told_names_a_person() -> None:
    """Also where a lost comma moves every value into its neighbour's column."""
    secrets = ("合成", "ゴウセイ", "19800402", INSURER, "３４５", "345")
    lines = GOOD["dispensing"]().replace("３４５".encode("cp932"), b"345").split(b"\r\n")
    for place in range(1, 12):
        for number in (1, 2):
            fields = lines[number].split(b",")
            if place < len(fields):
                moved = [*lines[:number], b",".join(fields[:place] + fields[place + 1 :]), *lines[number + 1 :]]
                report = msgspec.json.encode(judged(b"\r\n".join(moved)).faults).decode()
                assert not [secret for secret in secrets if secret in report]


def _pharmacy(*records: Line, points: int, days_: int = 1) -> bytes:
    lines = [
        header(DISPENSING),
        common(1, "4112"),
        insurance(days_, points),
        prescription(1, 1, "006", unit_points=3),
        *records,
        closing(1, points),
    ]
    return encode(DISPENSING, lines)


def test_fees_given_several_times_may_stand_once_or_summed_up() -> None:
    care = {"care_1_count": 2}
    for points in (10 + 20 + 45 + 2 * 30, 10 + 20 + 45 + 30):
        records = (dispensing("20260507", 1, 10, 20), drug(102), basics("20260507", 45, 30, **care))
        assert told(judged(_pharmacy(*records, points=points))) == []
    assert told(judged(_pharmacy(*records, points=106))) == [(3, "HO", "points", "043")]


def test_split_dispensing_is_not_added_up() -> None:
    records: tuple[Line, ...] = (dispensing("20260507", 1, 10, 20), drug(102), ("ST", {"doctor": 1, "after": 7}))
    assert told(judged(_pharmacy(*records, points=7))) == []


def test_drugs_that_only_a_public_payer_bears_are_not_the_insurances() -> None:
    lines = [
        header(DISPENSING),
        common(1, "4122"),
        insurance(1, 30),
        public(1, 50),
        prescription(1, 1, "006", unit_points=3),
        dispensing("20260507", 1, 10, 20),
        drug(102),
        prescription(2, 1, "006", unit_points=4),
        dispensing("20260507", 1, 10, 40, burden="5"),
        drug(108, burden="5"),
        closing(2, 30),
    ]
    assert told(judged(encode(DISPENSING, lines))) == []
    mixed = [*lines[:7], drug(109, burden="5"), *lines[7:]]
    assert told(judged(encode(DISPENSING, [*changed(mixed, 2, points=99)[:-1], closing(2, 99)]))) == []


def test_the_reduction_of_the_drug_charge_may_be_taken_off() -> None:
    records = (dispensing("20260507", 1, 10, 40, reduction=90, reduction_points=4), drug(102))
    assert told(judged(_pharmacy(*records, points=46))) == []
    assert told(judged(_pharmacy(*records, points=50))) == []


def test_meals_are_yen_and_not_points() -> None:
    lines = clinic_lines()
    meal: Line = ("SI", {"category": "97", "burden": "1", "code": "197000110", "points": 640, "count": 3})
    assert told(judged(encode(CLINIC, [*lines[:14], meal, *lines[14:]]))) == []


def test_lines_without_days_are_let_be() -> None:
    """未来院請求 and donors' receipts have none."""
    lines = clinic_lines()
    bare: Line = ("SI", {k: v for k, v in lines[13][1].items() if not k.startswith("day_")})
    assert told(judged(encode(CLINIC, [*lines[:13], bare, *lines[14:]]))) == []


def test_a_day_that_the_month_does_not_have() -> None:
    lines = changed(clinic_lines(), 1, month="202602", birth_date="19800402")
    lines[13] = ("SI", {k: v for k, v in lines[13][1].items() if k != "day_7"} | days(_30=1))
    assert told(judged(encode(CLINIC, lines))) == [(14, "SI", "day_30", "045")]


def test_reordered_records_are_told_once() -> None:
    lines = pharmacy_lines()
    lines[2], lines[4] = lines[4], lines[2]
    assert told(judged(encode(DISPENSING, lines))) == [(5, "HO", "record_id", "013")]
    lines = pharmacy_lines()
    lines[6], lines[7] = lines[7], lines[6]
    assert told(judged(encode(DISPENSING, lines))) == [(7, "CZ", "record_id", "013")]
    lines = clinic_lines()
    lines[2], lines[13] = lines[13], lines[2]
    assert [one[1:] for one in told(judged(encode(CLINIC, lines)))] == [("SN", "record_id", "013")]


def test_swapped_receipts_are_told_by_their_numbers() -> None:
    lines = pharmacy_lines()
    swapped = [lines[0], *lines[14:23], *lines[1:14], lines[23]]
    assert told(judged(encode(DISPENSING, swapped))) == [(11, "RE", "number", "040")]


def test_records_that_lost_their_receipt_are_told_once() -> None:
    lines = pharmacy_lines()
    assert told(judged(encode(DISPENSING, [lines[0], *lines[2:]]))) == [(2, "HO", "record_id", "012")]


def test_a_lost_payer_is_told_at_the_receipt_alone() -> None:
    lines = pharmacy_lines()
    assert told(judged(encode(DISPENSING, [*lines[:2], *lines[3:]]))) == [(2, "RE", "type", "042")]


def test_payers_too_many() -> None:
    lines = pharmacy_lines()
    twice = [*lines[:3], lines[2], *lines[3:]]
    assert told(judged(encode(DISPENSING, twice))) == [(4, "HO", "record_id", "014")]


def test_two_desk_payments() -> None:
    lines = pharmacy_lines()
    assert told(judged(encode(DISPENSING, [*lines[:6], MF, *lines[6:]]))) == [(7, "MF", "record_id", "014")]


def test_a_wrong_total_is_not_told_again_by_the_grand_total() -> None:
    """The closing record may be the sum of what the receipts say, or of what is right."""
    lines = changed(pharmacy_lines(), 2, points=219)
    for grand in (512, 513):
        assert told(judged(encode(DISPENSING, changed(lines, 23, points=grand)))) == [(3, "HO", "points", "043")]


def test_unknown_and_blank_lines_are_told_and_nothing_else() -> None:
    lines = GOOD["dispensing"]().split(b"\r\n")
    assert told(judged(b"\r\n".join([*lines[:9], b"", *lines[9:]]))) == [(10, "??", "record_id", "011")]
    assert told(judged(b"\r\n".join([lines[0], b"", b"", *lines[1:]]))) == [(2, "", "record_id", "011")]
    assert told(judged(b"\r\n".join([*lines[:1], b"XX,1", *lines[1:]]))) == [(2, "XX", "record_id", "010")]
    assert told(judged(GOOD["clinic"]() + b"\r\n\r\n")) == []


def test_too_many_fields() -> None:
    data = GOOD["dispensing"]().replace(b"GO,2,512,99", b"GO,2,512,99,1")
    assert told(judged(data)) == [(24, "GO", "record_id", "016")]
    assert told(judged(data.replace(b"512,99,1", b"512,99,,,"))) == []
    assert told(judged(patched(GOOD["dispensing"](), 9, 9, b"," * 300))) == [(9, "IY", "record_id", "016")]


def test_fields_at_the_end_may_be_left_out() -> None:
    lines = [line.rstrip(b",") for line in GOOD["dispensing"]().split(b"\r\n")]
    assert told(judged(b"\r\n".join(lines))) == []


def test_quotation_marks_are_not_written_in_receipts() -> None:
    assert told(judged(patched(GOOD["dispensing"](), 1, 8, b'"03"'))) == [(1, "YK", "telephone", "021")]


def test_a_torn_file_is_told_where_it_breaks_off() -> None:
    data = GOOD["dispensing"]()
    for cut in range(len(data) - 4, 20, -17):
        found = told(judged(data[:cut]))
        assert len(found) == 1, found
        assert found[0][3] in {"017", "060"}


def test_data_behind_the_end() -> None:
    assert told(judged(GOOD["dispensing"]() + b"RE,3\r\n")) == [(24, "", "record_id", "015")]
    lines = pharmacy_lines()
    again = encode(DISPENSING, [*lines, *changed(lines, 1, number=3)[1:14]])
    assert told(judged(again)) == [(25, "RE", "record_id", "012")]
    assert told(judged(encode(DISPENSING, [*lines, lines[-1]]))) == [(25, "GO", "record_id", "014")]


def test_a_missing_closing_record() -> None:
    assert told(judged(encode(DISPENSING, pharmacy_lines()[:-1]))) == [(23, "KI", "record_id", "060")]


def test_volumes_are_added_up_over_their_borders() -> None:
    lines = pharmacy_lines()
    first = encode(DISPENSING, lines[:14])
    second = encode(DISPENSING, [header(DISPENSING, volume="01"), *lines[14:]])
    assert told(judged(first, second)) == []
    third = encode(DISPENSING, [header(DISPENSING, volume="02"), *lines[14:]])
    assert told(judged(first, third)) == [(1, "YK", "volume", "063")]
    assert told(judged(second)) == []
    part = encode(DISPENSING, [*lines[:14], closing(1, 218, volume="00")])
    assert told(judged(part, second)) == []
    assert told(judged(part)) == [(15, "GO", "record_id", "060")]


def test_several_institutions_in_one_file() -> None:
    one = pharmacy_lines()
    assert told(judged(encode(DISPENSING, [*one, *one]))) == []


def test_payers_files_hold_many_institutions_before_one_closing_record() -> None:
    one = pharmacy_lines()
    other = changed([header(DISPENSING), *one[1:14]], 0, institution=facility("4", 7))
    assert told(judged(encode(DISPENSING, [*one[:14], *other, closing(2, 436)]))) == []


def test_a_broken_header_inside_a_file_is_a_fault_and_no_end() -> None:
    lines = GOOD["dispensing"]().split(b"\r\n")
    data = b"\r\n".join([*lines[:14], lines[0].replace(b"YK,1,99,4,", b"IR,1,99,Z,"), *lines[14:]])
    assert {one[0] for one in told(judged(data))} == {15}


def test_old_dates_are_read_by_their_length() -> None:
    data = GOOD["dispensing"]()
    for new, old in ((b"202606", b"50806"), (b"202605,", b"50805,"), (b"19800402", b"3550402"), (b"202605", b"50805")):
        data = data.replace(new, old)
    data = data.replace(b"20260601", b"5080601")
    assert told(judged(data)) == []
    assert judged(data).totals.points == 512
    wrong = data.replace(b"3550402", b"3640108")
    assert told(judged(wrong)) == [(2, "RE", "birth_date", "023"), (15, "RE", "birth_date", "023")]


def test_local_programmes_number_their_recipients_as_they_like() -> None:
    lines = changed(pharmacy_lines(), 15, payer=with_check_digit("8399001"))
    data = encode(DISPENSING, lines)
    assert told(judged(patched(data, 16, 2, b"0000019"))) == []


def test_elderly_people_have_no_symbol_and_national_insurance_leads_with_blanks() -> None:
    lines = changed(changed(pharmacy_lines(), 1, type="4318"), 2, insurer=with_check_digit("3999001"), symbol="")
    assert told(judged(encode(DISPENSING, lines))) == []
    lines = changed(lines, 2, insurer=with_check_digit("99001").rjust(8))
    assert told(judged(encode(DISPENSING, lines))) == []


def test_visit_days_are_compared_with_their_own_payer() -> None:
    lines = changed(clinic_lines(), 17, days=2)
    assert told(judged(encode(CLINIC, lines))) == [(18, "KO", "days", "046")]
    assert told(judged(encode(CLINIC, [*lines[:20], visits(3, _12=1), *lines[21:]]))) == []


def test_dental_headers_stand_before_each_receipt() -> None:
    lines = dental_lines()
    assert told(judged(encode(DENTAL, [*lines[:12], *lines[13:]]))) == []


def test_refused_files_are_reported_like_faults() -> None:
    report = judged(b"no receipts here\r\n")
    assert told(report) == [(1, "", "record_id", "001")]
    assert report.totals.receipts == 0
    cut = GOOD["dispensing"]().replace(b"KI,", b"KI," + b"9" * 20000, 1)
    assert told(judged(cut))[-1] == (14, "", "record_id", "004")


def test_faults_beyond_the_limit_are_counted() -> None:
    data = GOOD["dispensing"]()[:0] + b"".join(
        encode(DISPENSING, pharmacy_lines()).splitlines(keepends=True)[:2] + [b"XX,1\r\n"] * 30
    )
    report = check(read(io.BytesIO(data)), keep=10)
    assert len(report.faults) == 10
    assert report.left_off == 21


def test_confirmations_and_more_do_not_disturb() -> None:
    lines = pharmacy_lines()
    data = encode(DISPENSING, [*lines[:4], confirmed(1, ""), *lines[4:]])
    data = data.replace(b"MF,00", b"MN,123,\x82\xa0\r\nMF,00", 1)
    assert told(judged(data)) == []
    assert told(judged(data.replace(b"MN,123", b'MN,"12'))) == [(7, "MN", "record_id", "025")]
