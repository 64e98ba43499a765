"""Bad lines: each is a fault with its place and its remedy; no traceback, no 個人番号, no partial read."""

import csv
import io
import re
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.insurers import layout
from central.insurers.check import ERROR_HEADER, LineChecker, LineFault, error_rows
from central.insurers.layout import COLUMNS, COUNT, COUNT_MARK, HEADER, MAX_LINE_BYTES
from central.insurers.reader import BOM, UploadReader
from central.insurers.shapes import choices, shape
from central.insurers.values import NumberRule, individual_check_digit, individual_fits
from protocol.errors import Fault, OnshiError
from protocol.errors import insurers as faults
from protocol.numbers import with_check_digit
from sandbox.residents.people import number_of
from tests.central.insurers.bureau import ADDRESS, SOCIETY, csv_file

NUMBER = number_of(1)
GOOD = {
    "operation": "1", "insurer": SOCIETY, "symbol": "12-34", "number": "1001", "branch": "00", "individual": NUMBER,
    "name": "見本　太郎", "kana": "ミホン　タロウ", "sex": "1", "birth": "19800102", "address": ADDRESS,
    "relation": "1", "classification": "01", "qualified": "20200401", "percent": "030",
}  # fmt: skip


def checked(data: bytes, chunk: int = 1000) -> tuple[list[list[str]], list[LineFault]]:
    reader = UploadReader(data[at : at + chunk] for at in range(0, len(data), chunk))
    checker = LineChecker(today=date(2026, 6, 1), rule=NumberRule.SYNTHETIC)
    good, bad = [], []
    for number, text in reader:
        fields, found = checker.check(number, text)
        assert (fields is None) == bool(found)
        bad += found
        if fields is not None:
            good.append(fields)
    return good, bad


def codes(**changes: str) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in checked(csv_file([GOOD | changes]))[1]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("chunk", [1, 7, 100_000])
def test_both_encodings_and_line_ends_are_read(encoding: str, end: str, chunk: int) -> None:
    good, bad = checked(csv_file([GOOD, GOOD], encoding=encoding, end=end), chunk)
    assert (len(good), bad) == (2, [])
    assert good[0][7] == "見本　太郎"


@pytest.mark.parametrize(
    ("changes", "field", "fault"),
    [
        ({"birth": "19800231"}, "生年月日", faults.DAY),
        ({"birth": "昭和65年"}, "生年月日", faults.DAY),
        ({"birth": "20270101"}, "生年月日", faults.DAY_ORDER),
        ({"qualified": "20200001"}, "資格取得日", faults.DAY),
        ({"qualified": "99991231"}, "資格取得日", faults.DAY),
        ({"qualified": ""}, "資格取得日", faults.MISSING),
        ({"disqualified": "20200331"}, "資格喪失日", faults.DAY_ORDER),
        ({"birth": "20210101"}, "生年月日", faults.DAY_ORDER),
        ({"branch": "０１"}, "枝番", faults.FULL_WIDTH),
        ({"branch": "1"}, "枝番", faults.FORM),
        ({"branch": "123"}, "枝番", faults.WIDTH),
        ({"insurer": SOCIETY[:-1] + str((int(SOCIETY[-1]) + 1) % 10)}, "保険者番号", faults.CHECK_DIGIT),
        ({"individual": NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)}, "個人番号", faults.CHECK_DIGIT),
        ({"individual": ""}, "個人番号", faults.MISSING),
        ({"name": "=HYPERLINK(1)"}, "氏名", faults.FORMULA),
        ({"address": "＋1 見本県"}, "住所", faults.FORMULA),
        ({"symbol": "-12"}, "記号", faults.FORMULA),
        ({"symbol": " 12"}, "記号", faults.FORM),
        ({"kana": "見本"}, "氏名カナ", faults.KANA),
        ({"name": "あ" * 201}, "氏名", faults.WIDTH),
        ({"sex": "4"}, "性別", faults.CODE),
        ({"operation": "4"}, "処理区分", faults.CODE),
        ({"percent": "035"}, "負担割合", faults.FORM),
        ({"elderly_percent": "020"}, "高齢受給者発効日", faults.GROUP),
        ({"limit_kind": "01"}, "限度額適用区分", faults.GROUP),
        ({"limit_through": "20260801"}, "限度額区分", faults.GROUP),
        ({"assured": "2"}, "疑いなし理由", faults.REASON_MISSING),
        ({"kana": "", "address": ""}, "氏名", faults.ITEMS_TOO_FEW),
        ({"sex": "3", "address": ""}, "氏名", faults.ITEMS_TOO_FEW),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(changes: dict[str, str], field: str, fault: Fault) -> None:
    assert (field, fault.code) in codes(**changes)


def test_the_late_elderly_always_have_a_ratio() -> None:
    elderly = {"insurer": with_check_digit("3999001"), "percent": ""}
    assert ("負担割合", faults.RATIO_MISSING.code) in codes(**elderly)


def test_a_disease_stands_once_only() -> None:
    twice = {f"disease{n}_{key}": value for n in (1, 2) for key, value in DISEASE.items()}
    assert ("特定疾病2区分", faults.GROUP.code) in codes(**twice)
    once = {f"disease1_{key}": value for key, value in DISEASE.items()}
    assert codes(**once) == []


DISEASE = {"category": "1", "issued": "20200401", "from": "20200401", "yen": "10000"}


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("1,1,\x00", faults.LINE_CONTROL),
        ('1,1,"open', faults.LINE_QUOTES),
        ("1,2,3", faults.LINE_COLUMNS),
        ("", faults.LINE_COLUMNS),
        ("x" * (5 << 20), faults.LINE_TOO_LONG),
        ("," * (COUNT + 1), faults.LINE_COLUMNS),
    ],
    ids=["nul", "quote", "few", "blank", "5-mb", "many"],
)
def test_a_broken_line_is_a_fault_and_the_next_one_is_read(raw: str, fault: Fault) -> None:
    first, line, *_ = csv_file([GOOD]).decode().split("\r\n")
    second = line.replace("1,1,", "1,2,", 1)
    good, bad = checked("\n".join([first, raw, second, f"{COUNT_MARK},2"]).encode())
    assert (len(good), [(one.line, one.code) for one in bad]) == (1, [(2, fault.code)])


def test_a_quotation_across_lines_faults_those_lines_only() -> None:
    header, line, *_ = csv_file([GOOD]).decode().split("\r\n")
    third = line.replace("1,1,", "1,3,", 1)
    data = "\n".join([header, line.replace("見本　太郎", '"見本'), '太郎"' + line, third, f"{COUNT_MARK},3"])
    good, bad = checked(data.encode())
    assert len(good) == 1
    assert {one.line for one in bad} == {2, 3}


def test_mixed_encodings_are_told_line_by_line() -> None:
    header, line, *_ = csv_file([GOOD]).split(b"\r\n")
    other = csv_file([GOOD], encoding="cp932").split(b"\r\n")[1]
    _, bad = checked(b"\n".join([header, line, other, f"{COUNT_MARK},2".encode()]))
    assert [(one.line, one.code) for one in bad] == [(3, faults.LINE_ENCODING.code)]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", faults.FILE_EMPTY),
        (HEADER.encode(), faults.FILE_COUNT),
        (csv_file([GOOD]).replace(b",1\r\n", b",2\r\n"), faults.FILE_COUNT),
        (csv_file([GOOD]) + b"more", faults.FILE_COUNT),
        (csv_file([GOOD]).replace("件数,1".encode(), "件数,x".encode()), faults.FILE_COUNT),
        (csv_file([GOOD]).replace("氏名カナ".encode(), "カナ".encode()), faults.FILE_HEADER),
        (b"a,b,c\n", faults.FILE_HEADER),
        (csv_file([GOOD]).decode().encode("utf-16"), faults.FILE_ENCODING),
        (b"PK\x03\x04" + bytes(2000), faults.FILE_ENCODING),
        (b"\x00" * 100_000, faults.FILE_ENCODING),
    ],
    ids=["empty", "no-count", "wrong-count", "after-count", "no-number", "header", "other", "utf-16", "zip", "nul"],
)
def test_a_wrong_file_is_refused_as_a_whole(data: bytes, fault: Fault) -> None:
    with pytest.raises(OnshiError) as refused:
        checked(data)
    assert refused.value.fault is fault


def test_an_end_mark_of_old_programs_is_no_line() -> None:
    assert len(checked(csv_file([GOOD]) + b"\x1a")[0]) == 1
    assert len(checked(BOM + csv_file([GOOD]))[0]) == 1


@pytest.mark.parametrize("place", [column.key for column in COLUMNS if column.key != "serial"])
def test_a_number_in_the_wrong_column_is_never_shown(place: str) -> None:
    for spelled in (NUMBER, NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９")), "-".join(NUMBER)):
        _, bad = checked(csv_file([GOOD | {place: f"={spelled}" if place in {"name", "address"} else spelled}]))
        told = "".join(str(one) for one in bad)
        assert NUMBER not in told
        assert spelled not in told


_SPELLINGS = [
    NUMBER,
    f"中央1-2-3 {NUMBER}",
    NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "-".join(NUMBER),
    f"{NUMBER[:4]}　{NUMBER[4:8]}　{NUMBER[8:]}",
    f"{NUMBER[:4]}ー{NUMBER[4:8]}－{NUMBER[8:]}",
]
OTHERS = number_of(2)


@pytest.mark.parametrize("place", ["symbol", "number", "name", "kana", "address", "head", "assurance"])
@pytest.mark.parametrize("spelled", _SPELLINGS)
def test_a_number_of_its_own_in_another_field_is_a_fault_without_a_value(place: str, spelled: str) -> None:
    stated = {place: spelled.replace("中央", "チュウオウ") if place == "kana" else spelled}
    (fault,) = checked(csv_file([GOOD | stated]))[1]
    header = COLUMNS[layout.AT[place]].header
    assert (fault.field, fault.code, fault.value) == (header, faults.NUMBER_ELSEWHERE.code, "")


@pytest.mark.parametrize("more", [{}, {"operation": "2", "individual": ""}, {"operation": "3", "individual": ""}])
@pytest.mark.parametrize("place", ["name", "kana", "address", "head", "assurance"])
def test_what_is_told_of_people_holds_nobodys_number(place: str, more: dict[str, str]) -> None:
    for spelled in (OTHERS, f"({OTHERS[:4]}-{OTHERS[4:8]}-{OTHERS[8:]})", f"コ{OTHERS}"):
        (fault,) = checked(csv_file([GOOD | more | {place: spelled}]))[1]
        header = COLUMNS[layout.AT[place]].header
        assert (fault.field, fault.code, fault.value) == (header, faults.NUMBER_ELSEWHERE.code, "")


def test_a_number_that_stands_elsewhere_is_shown_by_no_other_fault() -> None:
    scattered = "".join(f"{digit}番" for digit in NUMBER)
    _, bad = checked(csv_file([GOOD | {"name": scattered, "kana": "", "address": ""}]))
    assert {one.code for one in bad} == {
        faults.NUMBER_ELSEWHERE.code,
        faults.ITEMS_TOO_FEW.code,
    }
    assert [one.value for one in bad] == ["", ""]


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "見本県青葉市中央１丁目２番３号　青空ハイツ1203"},
        {"address": "見本県青葉市大字本郷1234番地567 コーポ見本1201号"},
        {"number": "123456789012", "symbol": "9876543210987654"},
        {"number": OTHERS},
        {"assurance": "2026年6月1日 戸籍で確認、電話 03-1234-5678"},
        {"assurance": NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)},
        {"operation": "3", "registration": "6a1e000000020123456789012345678901234567"},
    ],
)
def test_other_digits_are_no_number_of_a_person(changes: dict[str, str]) -> None:
    assert codes(**changes) == []


def test_the_errors_only_file_runs_no_formula() -> None:
    _, bad = checked(csv_file([GOOD | {"name": "=1+1", "address": "@x"}]))
    out = io.StringIO()
    csv.writer(out).writerows([ERROR_HEADER, *error_rows(bad)])
    rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert {row[3] for row in rows[1:]} == {"'=1+1", "'@x"}
    assert not any(cell[:1] in layout.FORMULA and cell for row in rows for cell in row)


def test_the_check_digit_is_that_of_the_law() -> None:
    assert individual_check_digit("12345678901") == 8
    assert individual_fits("123456789018", NumberRule.REAL)
    assert not individual_fits("123456789018", NumberRule.SYNTHETIC)
    assert individual_fits("123456789019", NumberRule.SYNTHETIC)


def test_serial_numbers_are_the_lines_places() -> None:
    first, line, *_ = csv_file([GOOD]).decode().split("\r\n")
    good, bad = checked("\n".join([first, line, line, f"{COUNT_MARK},2"]).encode())
    assert (len(good), [one.code for one in bad]) == (1, [faults.SERIAL.code])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.integers(1, 50), st.booleans())
def test_any_bytes_end_as_lines_faults_or_a_refusal(junk: bytes, chunk: int, headed: bool) -> None:
    data = (HEADER.encode() + b"\n" + junk + f"\n{COUNT_MARK},{junk.count(10) + 1}\n".encode()) if headed else junk
    with suppress(OnshiError):
        checked(data, chunk)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([c.key for c in COLUMNS]),
        st.text(max_size=30) | st.sampled_from([*_SPELLINGS, OTHERS]),
        max_size=6,
    )
)
def test_any_text_in_any_field_is_taken_or_told(changes: dict[str, str]) -> None:
    text = ",".join({**GOOD, "serial": "1", **changes}.get(column.key, "") for column in COLUMNS)
    checker = LineChecker(today=date(2026, 6, 1), rule=NumberRule.SYNTHETIC, insurer=SOCIETY)
    fields, found = checker.check(2, text)
    assert (fields is None) == bool(found)
    slow = LineChecker(today=date(2026, 6, 1), rule=NumberRule.SYNTHETIC, insurer=SOCIETY)
    slow._right = lambda fields: False  # type: ignore[method-assign]
    assert (slow.check(2, text)[0] is None) == (fields is None), "the quick look and the close look agree"


def test_a_line_of_the_greatest_length_is_still_judged() -> None:
    assert sum(column.width for column in COLUMNS) * 4 + COUNT < MAX_LINE_BYTES


def test_every_column_says_what_it_takes_and_its_codes_are_those_of_the_pattern() -> None:
    for column in COLUMNS:
        ja, en = shape(column)
        assert ja
        assert en
        for code in choices(column.codes) if column.codes else ():
            assert re.fullmatch(column.pattern, code), (column.header, code)
            assert code in ja
    assert choices("A0[1-6]|B10") == ("A01", "A02", "A03", "A04", "A05", "A06", "B10")
