"""Writes receipt files: what was read comes out byte for byte; new records are made from values.

Facts: reference data-formats 2.1, 6.1.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from central.receipts.fields import field_fault, record_faults
from central.receipts.kinds import Kind
from central.receipts.record import Blank, End, Item, Record
from protocol import text
from protocol.errors import OnshiError, receipts

CRLF = b"\r\n"


def write(items: Iterable[Item]) -> Iterator[bytes]:
    """The bytes of a file, line by line: ``b"".join(write(read(stream)))`` is the file that was read."""
    for item in items:
        match item:
            case Blank():
                yield item.content
            case End():
                yield item.tail
            case _:
                for record in item.records:
                    yield record.line_bytes()


def build(kind: Kind, id_: str, values: Mapping[str, str | int | Decimal], *, line: int = 0) -> Record:
    """A record with these values, all its fields written, the others empty.

    Text is CP932 as Windows writes it, ● for characters it does not have. Raises `OnshiError` (RECEIPT-010,
    RECEIPT-020 to RECEIPT-027) with record and field for what the definition does not allow.
    """
    type_ = kind.records.get(id_)
    if type_ is None or values.keys() - type_.index.keys():
        raise OnshiError(receipts.UNKNOWN_RECORD, record=id_)
    raw = tuple(text.encode_cp932(str(values[one.name])) if one.name in values else b"" for one in type_.fields)
    record = Record(line, id_, type_, raw, CRLF)
    if next(record_faults(record), None) is None:
        return record
    for field, one in zip(type_.fields, raw, strict=True):
        fault = field_fault(field, one)
        if fault is not None:
            raise OnshiError(fault, record=id_, field=field.name)
    return record
