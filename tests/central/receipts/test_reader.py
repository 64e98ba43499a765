"""Reading and writing: kinds by header, bytes kept, streams, volumes, refusals."""

import io
import tracemalloc
from collections.abc import Callable
from decimal import Decimal

import pytest

from central.receipts.kinds import Kind
from central.receipts.reader import MAX_LINE, MAX_RECORDS, read, read_volumes
from central.receipts.record import Blank, Closing, End, Opening, Receipt, Record, Stray, day_of, month_of
from central.receipts.writer import build, write
from protocol.errors import OnshiError, receipts
from tests.central.receipts.files import (
    CLINIC,
    DENTAL,
    DISPENSING,
    GOOD,
    INSURER,
    clinic_lines,
    encode,
    pharmacy_lines,
    receipts_of,
)


def written(data: bytes) -> bytes:
    return b"".join(write(read(io.BytesIO(data))))


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_writing_what_was_read_gives_the_same_bytes(make: Callable[[], bytes]) -> None:
    assert written(make()) == make()


@pytest.mark.parametrize("end", [b"", b"\x1a", b"\x1a\r\n", b"\r\n\r\n\x1a\x1a"])
@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_line_endings_and_the_end_mark_are_kept(ending: bytes, end: bytes) -> None:
    data = encode(DISPENSING, pharmacy_lines(), ending=ending, end=end)
    assert written(data) == data
    assert len(receipts_of(data)) == 2


def test_an_end_mark_behind_the_last_line_without_a_line_end() -> None:
    data = encode(CLINIC, clinic_lines()).removesuffix(b"\r\n") + b"\x1a"
    items = list(read(io.BytesIO(data)))
    assert isinstance(items[-2], Closing)
    assert items[-1] == End(28, b"\x1a")
    assert b"".join(write(items)) == data


def test_bytes_that_cp932_would_write_differently_come_back_as_they_were() -> None:
    """髙 and ≒ have two byte forms each: neither survives a way through text."""
    data = encode(DISPENSING, pharmacy_lines()).replace("合成".encode("cp932"), b"\xee\xe0\x81\xe0")
    other = data.replace(b"\xee\xe0\x81\xe0", b"\xfb\xfc\x87\x90")
    assert written(data) == data
    assert written(other) == other
    one, two = (receipts_of(each)[0].common for each in (data, other))
    assert one.text("patient_name") == two.text("patient_name") == "髙≒　太郎"


@pytest.mark.parametrize(("name", "kind"), [("dispensing", DISPENSING), ("clinic", CLINIC), ("dental", DENTAL)])
def test_the_kind_is_told_by_the_header(name: str, kind: Kind) -> None:
    first = next(read(io.BytesIO(GOOD[name]())))
    assert isinstance(first, Opening)
    assert first.kind is kind
    assert first.institution.startswith("99" + kind.table)


def test_a_receipt_is_re_and_what_follows_it() -> None:
    first, second = receipts_of(GOOD["clinic"]())
    assert first.common.integer("number") == 1
    assert [one.id for one in first.records][:3] == ["RE", "HO", "SN"]
    assert second.every("KO")[0].integer("points") == 291
    assert not first.is_dpc
    assert receipts_of(GOOD["dpc"]())[0].is_dpc


def test_dental_receipts_know_their_reception_and_institution() -> None:
    first, second = receipts_of(GOOD["dental"]())
    assert first.reception is not None
    assert first.reception.record.text("institution_name") == "架空歯科"
    assert first.opening.record.line == 2
    assert second.opening.record.line == 13


def test_a_dental_header_with_a_name_is_read_as_older_programs_write_it() -> None:
    line = "IR,1,99,3,9900010,,架空歯科,50406,03-0000-0000,\r\n".encode("cp932")
    first = next(read(io.BytesIO(line)))
    assert isinstance(first, Opening)
    assert first.record.text("institution_name") == "架空歯科"
    assert first.record.month("claim_month") == month_of(b"202206")


def test_blank_lines_and_strays_are_kept_where_they_stood() -> None:
    head, _, rest = encode(CLINIC, clinic_lines()).partition(b"\r\n")
    data = head + b"\r\n\r\nHO,1\r\n" + rest
    items = list(read(io.BytesIO(data)))
    assert isinstance(items[1], Blank)
    assert isinstance(items[2], Stray)
    assert b"".join(write(items)) == data


def test_volumes_follow_each_other() -> None:
    lines = pharmacy_lines()
    first, second = encode(DISPENSING, lines[:14]), encode(DISPENSING, [lines[0], *lines[14:]])
    items = list(read_volumes([io.BytesIO(first), io.BytesIO(second)]))
    assert sum(isinstance(item, Receipt) for item in items) == 2
    assert sum(isinstance(item, End) for item in items) == 2


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", receipts.FILE_EMPTY),
        (b"\r\n\r\n", receipts.FILE_EMPTY),
        (b"\x1a", receipts.FILE_EMPTY),
        (b"PK\x03\x04zip", receipts.NOT_A_RECEIPT_FILE),
        (b"%PDF-1.7\r\n", receipts.NOT_A_RECEIPT_FILE),
        (b'"IR","1","13","1"\r\n', receipts.NOT_A_RECEIPT_FILE),
        (b"RE,1,1112\r\n", receipts.NOT_A_RECEIPT_FILE),
        (b"IR,1\r\n", receipts.NOT_A_RECEIPT_FILE),
        (b"IR,1,13,x,1\r\n", receipts.NOT_A_RECEIPT_FILE),
        (b"IR,1,13,6,1234567\r\n", receipts.TABLE_UNSUPPORTED),
        (b"IR,1,13,4,1234567\r\n", receipts.TABLE_UNSUPPORTED),
        (b"\xef\xbb\xbfIR,1,13,1,1234567\r\n", receipts.NOT_CP932),
        ("IR,1,13,1,1234567\r\n".encode("utf-16"), receipts.NOT_CP932),
        ("IR,1,13,1,1234567,,架空内科,202606,00\r\n".encode(), receipts.NOT_CP932),
        ("IR,1,13,1,1234567\r\nRE,1,1112,202605,合成　太郎\r\n".encode(), receipts.NOT_CP932),
        (b"IR,1,13,1,1234567" + b"," * MAX_LINE + b"\r\n", receipts.LINE_TOO_LONG),
        (b"IR,1,13,1,1234567\r\nRE,1\r\n" + b"SI\r\n" * MAX_RECORDS, receipts.RECEIPT_TOO_LONG),
        (b"IR,1,13,1,1234567\r\n\x1a" + b"x" * 5000, receipts.AFTER_END),
    ],
)
def test_what_is_no_receipt_file_is_refused_with_the_line(data: bytes, fault: object) -> None:
    with pytest.raises(OnshiError) as refused:
        list(read(io.BytesIO(data)))
    assert refused.value.fault is fault
    assert "line" in refused.value.details


def test_half_width_kana_is_not_taken_for_utf_8() -> None:
    """ﾃｽ in CP932 is C3 BD, which is ý in UTF-8."""
    data = encode(CLINIC, clinic_lines()).replace("合成　太郎".encode("cp932"), "ﾃｽ ﾃｽ".encode("cp932"))
    assert receipts_of(data)[0].common.text("patient_name") == "ﾃｽ ﾃｽ"


class _Endless(io.RawIOBase):
    """Gives the same receipt again and again, a line at a time."""

    def __init__(self, head: bytes, receipt: list[bytes], count: int) -> None:
        self._lines = (line for part in ([head], *([receipt] * count)) for line in part)

    def readline(self, size: int | None = -1, /) -> bytes:
        return next(self._lines, b"")


def test_memory_does_not_grow_with_the_file() -> None:
    lines = GOOD["dispensing"]().splitlines(keepends=True)

    def peak(count: int) -> int:
        tracemalloc.start()
        stream = _Endless(lines[0], lines[1:14], count)
        assert sum(isinstance(item, Receipt) for item in read(stream)) == count  # type: ignore[arg-type]
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(1500) < peak(50) + 50_000


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        (b"20260507", "2026-05-07"),
        (b"3640107", "1989-01-07"),
        (b"5080507", "2026-05-07"),
        (b"1010123", "1868-01-23"),
        (b"19800231", None),
        (b"4320101", None),
        (b"3640108", None),
        (b"18000101", None),
        (b"00000000", None),
        (b"2026057", None),
        (b"\x8190260507", None),
    ],
)
def test_dates_of_both_forms(raw: bytes, day: str | None) -> None:
    found = day_of(raw)
    assert (found.isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("raw", "month"),
    [
        (b"202605", "2026-05-01"),
        (b"50805", "2026-05-01"),
        (b"40101", "1989-01-01"),
        (b"36401", "1989-01-01"),
        (b"50104", None),
        (b"202613", None),
        (b"5", None),
    ],
)
def test_months_of_both_forms(raw: bytes, month: str | None) -> None:
    found = month_of(raw)
    assert (found.isoformat() if found else None) == month


def test_a_record_gives_its_fields_as_values() -> None:
    record = build(DISPENSING, "IY", {"burden": "1", "code": "699900102", "amount": Decimal("0.5")}, line=7)
    assert record.decimal("amount") == Decimal("0.5")
    assert record.decimal("single_dose") is None
    assert record.integer("code") == 699900102
    assert record.integer("amount") is None
    assert record.bytes_of("no_such_field") == b""
    assert record.days() == ()
    torn = Record(1, "架空".encode("cp932").decode("latin-1"), None, (b"x",))
    assert torn.id_shown == "??"
    assert torn.text("name") == ""
    assert torn.line_bytes() == "架空".encode("cp932") + b",x\r\n"


@pytest.mark.parametrize(
    ("id_", "values", "fault"),
    [
        ("XX", {}, receipts.UNKNOWN_RECORD),
        ("IY", {"colour": 1}, receipts.UNKNOWN_RECORD),
        ("IY", {"burden": "1"}, receipts.FIELD_MISSING),
        ("IY", {"burden": "1", "code": "69990010"}, receipts.FIELD_WIDTH),
        ("IY", {"burden": "1", "code": "799900100"}, receipts.CODE_RANGE),
        ("IY", {"burden": "0", "code": "699900100"}, receipts.FIELD_CODE),
        ("SH", {"prescription": "01", "form": 1, "instruction": "half"}, receipts.FIELD_MODE),
        ("HO", {"insurer": INSURER[:7] + "0", "insured_number": "1", "days": 1, "points": 1}, receipts.CHECK_DIGIT),
    ],
)
def test_the_writer_writes_nothing_that_its_definition_forbids(
    id_: str, values: dict[str, str | int | Decimal], fault: object
) -> None:
    with pytest.raises(OnshiError) as refused:
        build(DISPENSING, id_, values)
    assert refused.value.fault is fault
