"""One fault of a receipt file, as it is told: line, record, field, code, words; never a person's name or number."""

import msgspec

from central.receipts.layout import Field
from central.receipts.record import Record
from protocol.errors import Fault

RECORD_ID = "record_id"
"""Stands for the field where the line itself is wrong."""
RECORD_ID_JA = "レコード識別情報"
ABOUT_PEOPLE = frozenset({"RE", "HO", "KO", "SN", "HR"})
"""In these a shifted column may hold a name or number of a person: their values are not told."""


class LineFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fault. ``field`` is the English name of the definition, ``field_ja`` the Japanese one.

    ``value`` and ``expected`` stand only where they can be no person's name or number.
    """

    line: int
    record: str
    field: str
    code: str
    text: str
    field_ja: str = ""
    value: str = ""
    expected: str = ""


def finding(fault: Fault, record: Record, field: Field | None) -> LineFault:
    """A fault of a line, or of one of its fields, judged by the definition alone."""
    value = record.bytes_of(field.name) if field is not None and record.id not in ABOUT_PEOPLE else b""
    told = value.decode("ascii") if value.isalnum() and value.isascii() and len(value) <= 16 else ""
    return _told(fault, record, field, "" if field is None or field.personal else told, "")


def contradiction(fault: Fault, record: Record, field: str, expected: object = "") -> LineFault:
    """A fault between fields: the field is right by itself and wrong beside others. ``field`` is its name."""
    one = record.type.fields[record.type.index[field]] if record.type is not None else None
    value = record.text(field) if one is not None and not one.personal else ""
    return _told(fault, record, one, value, str(expected))


def refusal(fault: Fault, line: int) -> LineFault:
    """A refused file as a fault of the line at which reading stopped."""
    words = f"{fault.desk_ja} / {fault.desk_en}"
    return LineFault(line=line, record="", field=RECORD_ID, code=fault.code, text=words, field_ja=RECORD_ID_JA)


def _told(fault: Fault, record: Record, field: Field | None, value: str, expected: str) -> LineFault:
    ja, en = (field.ja, field.en) if field is not None else (record.id_shown, record.id_shown)
    return LineFault(
        line=record.line,
        record=record.id_shown,
        field=field.name if field is not None else RECORD_ID,
        code=fault.code,
        text=f"{ja}: {fault.desk_ja} / {en}: {fault.desk_en}",
        field_ja=field.ja if field is not None else RECORD_ID_JA,
        value=value,
        expected=expected,
    )
