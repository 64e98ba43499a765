"""The kinds of receipt files, told by their header, and the definition of each record of a kind.

The file's name says nothing here. Facts: reference data-formats 1.2, 2.1-2.5.
"""

import re
from collections.abc import Mapping
from enum import Enum

from central.receipts import clinic, dental, dispensing, dpc
from central.receipts.layout import RecordType, by_id
from protocol.errors import OnshiError, receipts

HEADERS = frozenset({"UK", "IR", "YK"})
_MONTH = re.compile(rb"[0-9]{5,6}")


class Kind(Enum):
    """医科 (with DPC), 歯科 or 調剤: value, Japanese, English, 点数表."""

    CLINIC = ("clinic", "医科", "medical", "1")
    DENTAL = ("dental", "歯科", "dental", "3")
    DISPENSING = ("dispensing", "調剤", "dispensing", "4")

    def __init__(self, label: str, ja: str, en: str, table: str) -> None:
        self.label = label
        self.ja = ja
        self.en = en
        self.table = table

    @property
    def records(self) -> Mapping[str, RecordType]:
        """The definitions by record id."""
        return _RECORDS[self]

    def record_type(self, id_: str, raw: tuple[bytes, ...]) -> RecordType | None:
        """The definition of one line; None for an id that the kind does not have."""
        if self is Kind.DENTAL and id_ == "IR" and len(raw) > 6 and not _MONTH.fullmatch(raw[5]):
            return dental.INSTITUTION_NAMED
        return _RECORDS[self].get(id_)


_RECORDS: Mapping[Kind, Mapping[str, RecordType]] = {
    Kind.CLINIC: by_id((*clinic.RECORDS, *dpc.RECORDS)),
    Kind.DENTAL: by_id(dental.RECORDS),
    Kind.DISPENSING: by_id(dispensing.RECORDS),
}
_BY_TABLE = {kind.table: kind for kind in Kind}


def kind_of(id_: str, raw: tuple[bytes, ...]) -> Kind:
    """The kind that a header tells. Raises `OnshiError` (RECEIPT-001, RECEIPT-002)."""
    if id_ not in HEADERS or len(raw) < 4:
        raise OnshiError(receipts.NOT_A_RECEIPT_FILE)
    if id_ == "YK":
        return Kind.DISPENSING
    kind = _BY_TABLE.get(raw[2].decode("latin-1"))
    if kind is not None and kind is not Kind.DISPENSING:
        return kind
    one_letter = re.fullmatch(rb"[0-9A-Z]", raw[2]) is not None
    raise OnshiError(receipts.TABLE_UNSUPPORTED if one_letter else receipts.NOT_A_RECEIPT_FILE)
