"""Synthetic receipt files of every kind, made with the project's own writer; invented people, prefecture 99."""

import io
from collections.abc import Callable, Iterable

from central.receipts.check import Report, check
from central.receipts.kinds import Kind
from central.receipts.reader import read_volumes
from central.receipts.record import Receipt
from central.receipts.writer import build
from protocol.numbers import with_check_digit

Values = dict[str, str | int]
Line = tuple[str, Values]
DISPENSING, CLINIC, DENTAL = Kind.DISPENSING, Kind.CLINIC, Kind.DENTAL

INSURER = with_check_digit("0699001")
NATIONAL = with_check_digit("99001").rjust(8)
ELDERLY = with_check_digit("3999001")
WELFARE = with_check_digit("1299001")
INTRACTABLE = with_check_digit("5499001")
RECIPIENT = with_check_digit("000001")


def facility(table: str, serial: int) -> str:
    """The 7 digits of an institution in prefecture 99 whose ten digits have a right check digit."""
    return with_check_digit(f"99{table}99{serial:04d}")[3:]


PHARMACY, SURGERY, DENTIST = facility("4", 1), facility("1", 2), facility("3", 3)


def days(**counts: int) -> Values:
    """``days(_7=1)`` fills the column of the 7th."""
    return {f"day{day}": count for day, count in counts.items()}


def encode(kind: Kind, lines: Iterable[Line], *, ending: bytes = b"\r\n", end: bytes = b"") -> bytes:
    """The bytes of a file."""
    records = [build(kind, id_, values).line_bytes() for id_, values in lines]
    return b"".join(records).replace(b"\r\n", ending) + end


def header(kind: Kind, month: str = "202606", volume: str = "00") -> Line:
    """The first line."""
    code = {DISPENSING: PHARMACY, CLINIC: SURGERY, DENTAL: DENTIST}[kind]
    values: Values = {
        "agency": 1,
        "prefecture": "99",
        "table": kind.table,
        "institution": code,
        "claim_month": month,
    }
    if kind is not DENTAL:
        values |= {"institution_name": "架空薬局" if kind is DISPENSING else "架空内科", "volume": volume}
    return ("YK" if kind is DISPENSING else "IR"), values


def common(number: int, type_: str, **more: str | int) -> Line:
    """RE of an invented person."""
    values: Values = {
        "number": number,
        "type": type_,
        "month": "202605",
        "patient_name": "合成　太郎",
        "sex": 1,
        "birth_date": "19800402",
        "kana_name": "ゴウセイタロウ",
    }
    return "RE", values | more


def insurance(days_: int, points: int, **more: str | int) -> Line:
    """HO."""
    values: Values = {"insurer": INSURER, "symbol": "１２", "insured_number": "３４５", "days": days_, "points": points}
    return "HO", values | more


def public(days_: int, points: int, **more: str | int) -> Line:
    """KO."""
    values: Values = {"payer": WELFARE, "recipient": RECIPIENT, "days": days_, "points": points}
    return "KO", values | more


def confirmed(payer: int = 1, branch: str = "00") -> Line:
    """SN."""
    return "SN", {"payer_kind": payer, "confirmation": "01", "branch": branch}


def visits(payer: int = 1, **marks: int) -> Line:
    """JD."""
    return "JD", {"payer_kind": payer} | days(**marks)


MF: Line = ("MF", {"desk_payment": "00"})


def prescription(number: int, form: int, usage: str = "", **more: str | int) -> Line:
    """SH."""
    return "SH", {"prescription": f"{number:02d}", "form": form, "usage": usage} | more


def dispensing(day: str, quantity: int, points: int, drugs: int, burden: str = "1", **more: str | int) -> Line:
    """CZ."""
    values: Values = {
        "doctor": 1,
        "prescribed_on": day,
        "dispensed_on": day,
        "reception": 1,
        "quantity": quantity,
        "preparation_burden": burden,
        "preparation_way": 1,
        "preparation_place": "00",
        "preparation_code": "420000710",
        "preparation_points": points,
        "drug_points": drugs,
    }
    return "CZ", values | more


def drug(code: int, amount: str = "1", burden: str = "1", **more: str | int) -> Line:
    """IY of a pharmacy: ``code`` counts within the synthetic master."""
    return "IY", {"burden": burden, "code": f"699900{code}", "amount": amount} | more


def basics(day: str, basic: int, care: int, burden: str = "1", **more: str | int) -> Line:
    """KI."""
    values: Values = {
        "done_on": day,
        "reception": 1,
        "basic_burden": burden,
        "basic_code": "410004110",
        "basic_points": basic,
        "care_1_burden": burden,
        "care_1_code": "440006710",
        "care_1_count": 1,
        "care_1_points": care,
    }
    return "KI", values | more


def closing(receipts: int, points: int, volume: str = "99") -> Line:
    """GO."""
    return "GO", {"receipts": receipts, "points": points, "volume": volume}


PRESCRIBER: Values = {
    "prescriber_prefecture": "99",
    "prescriber_table": "1",
    "prescriber_institution": SURGERY,
    "prescriber_name": "架空内科",
}


def pharmacy_lines() -> list[Line]:
    """Two receipts: 24+84+10+10+45+45 = 218 with the insurance, 24+180+45+45 = 294 on welfare alone."""
    return [
        header(DISPENSING),
        common(1, "4112", **PRESCRIBER),
        insurance(1, 218),
        confirmed(),
        visits(_7=1),
        MF,
        prescription(1, 1, "006", unit_points=3),
        dispensing("20260507", 28, 24, 84),
        drug(102),
        drug(108),
        prescription(2, 3, "900", instruction="頭痛時", unit_points=1),
        dispensing("20260507", 10, 10, 10),
        drug(119),
        basics("20260507", 45, 45),
        common(2, "4212", **PRESCRIBER),
        public(1, 294),
        confirmed(2, ""),
        visits(2, _29=1),
        MF,
        prescription(1, 1, "012", unit_points=6),
        dispensing("20260529", 30, 24, 180, burden="5", dispensed_on="20260601"),
        drug(124, "2", burden="5"),
        basics("20260601", 45, 45, burden="5"),
        closing(2, 512),
    ]


def act(
    id_: str, category: str, code: str, points: int | str, count: int, burden: str = "1", **more: str | int
) -> Line:
    """SI, IY, TO or SS."""
    values: Values = {"category": category, "burden": burden, "code": code, "points": points, "count": count}
    return id_, values | more


def remark(category: str, text: str, burden: str = "1") -> Line:
    """CO."""
    return "CO", {"category": category, "burden": burden, "code": "810000001", "text": text}


def clinic_lines() -> list[Line]:
    """75×2 + 11×2 + 3×28 + 1×6 + 49 = 311 with the insurance; the second receipt has a public payer for 291 of 340."""
    return [
        header(CLINIC),
        common(1, "1112"),
        insurance(2, 311),
        confirmed(),
        visits(_7=1, _21=1),
        MF,
        ("SY", {"disease": "0000999", "started_on": "20240110", "outcome": 1, "disease_name": "合成高血圧症"}),
        act("SI", "12", "112007410", 75, 2, **days(_7=1, _21=1)),
        act("SI", "24", "120000710", 11, 2, **days(_7=1, _21=1)),
        act("IY", "21", "699900102", "", 28, amount=1, **days(_7=14, _21=14)),
        act("IY", "", "699900108", 3, 28, amount=1, **days(_7=14, _21=14)),
        act("IY", "22", "699900119", 1, 6, amount=1, **days(_7=6)),
        remark("22", "頭痛時"),
        act("SI", "60", "160010010", 49, 1, **days(_7=1)),
        remark("99", "経過良好"),
        common(2, "1126", birth_date="20160815", special_notes="30"),
        insurance(1, 340),
        public(1, 291, payer=INTRACTABLE, desk_amount=500),
        confirmed(),
        visits(_12=1),
        visits(2, _12=1),
        MF,
        ("SY", {"disease": "0000999", "started_on": "20260512", "outcome": 2, "disease_name": "合成結膜炎"}),
        act("SI", "11", "111000110", 286, 1, burden="2", **days(_12=1)),
        remark("23", "１日３回　両目", burden="2"),
        act("IY", "", "699900128", 5, 1, burden="2", amount=5, **days(_12=1)),
        act("SI", "60", "160010010", 49, 1, **days(_12=1)),
        closing(3, 651),
    ]


def dental_lines() -> list[Line]:
    """267 + 2×48 + 7×5 = 398; UK, then IR before each receipt."""
    reception: Line = ("UK", header(CLINIC)[1] | {"table": "3", "institution": DENTIST, "institution_name": "架空歯科"})
    return [
        reception,
        header(DENTAL),
        common(1, "3112", started_on="20260507", outcome=1),
        insurance(2, 398),
        confirmed(),
        visits(_7=1, _14=1),
        MF,
        ("HS", {"teeth": "101100", "disease": "8830109"}),
        act("SS", "11", "301000110", 267, 1, addition_1="CA001", **days(_7=1)),
        act("SS", "80", "309000110", 48, 2, **days(_7=1, _14=1)),
        act("IY", "21", "699900102", 7, 5, amount=3, **days(_7=5)),
        remark("21", "毎食後"),
        header(DENTAL),
        common(2, "3112", birth_date="19901010"),
        insurance(1, 100, insurer=NATIONAL),
        ("HS", {"disease": "8830109"}),
        act("SS", "12", "301001610", 100, 1, **days(_9=1)),
        closing(2, 498),
    ]


def dpc_lines() -> list[Line]:
    """A stay paid by diagnosis group; its total cannot be added up."""
    return [
        header(CLINIC),
        common(1, "1111", admitted_on="20260503"),
        insurance(5, 12345, meals=12, meals_amount=7680),
        ("BU", {"group": "010010xx9900xx", "admitted_on": "20260503", "discharged_on": "20260507"}),
        act("SI", "50", "150253010", 9000, 1, **days(_4=1)),
        ("CD", {"done_on": "20260504", "category": "33", "code": "699900130", "amount": 1, "count": 1}),
        closing(1, 12345),
    ]


GOOD: dict[str, Callable[[], bytes]] = {
    "dispensing": lambda: encode(DISPENSING, pharmacy_lines(), end=b"\x1a"),
    "clinic": lambda: encode(CLINIC, clinic_lines()),
    "dental": lambda: encode(DENTAL, dental_lines(), ending=b"\n"),
    "dpc": lambda: encode(CLINIC, dpc_lines()),
}


def judged(*volumes: bytes) -> Report:
    """The report of a file, or of its volumes."""
    return check(read_volumes(io.BytesIO(volume) for volume in volumes))


def receipts_of(data: bytes) -> list[Receipt]:
    """The receipts of a file."""
    return [item for item in read_volumes([io.BytesIO(data)]) if isinstance(item, Receipt)]


def told(report: Report) -> list[tuple[int, str, str, str]]:
    """Line, record, field and number of each fault."""
    return [(one.line, one.record, one.field, one.code.removeprefix("RECEIPT-")) for one in report.faults]


def changed(lines: list[Line], at: int, **values: str | int) -> list[Line]:
    """The lines with other values in the one at a place."""
    id_, old = lines[at]
    return [*lines[:at], (id_, old | values), *lines[at + 1 :]]


def patched(data: bytes, line: int, place: int, value: bytes) -> bytes:
    """The bytes with another field: line from 1, place 0 is the record id. For what the writer refuses to write."""
    lines = data.split(b"\r\n")
    fields = lines[line - 1].split(b",")
    fields[place] = value
    lines[line - 1] = b",".join(fields)
    return b"\r\n".join(lines)
