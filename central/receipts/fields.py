"""Checks of one record by its definition: characters, mode, width, required, dates, code lists, check digits.

A record that is right costs one regular expression; only a wrong one is looked at field by field.
Facts: reference data-formats 1.1, 1.2, 2.1.
"""

from collections.abc import Iterator
from functools import lru_cache

from central.receipts.layout import MAX_FIELDS, Field, RecordType, Rule
from central.receipts.record import Record, day_of, month_of
from protocol.errors import Fault, OnshiError, receipts
from protocol.numbers import FacilityCode, InsurerNumber, PayerNumber, check_digit_fits

Found = tuple[Fault, Field | None]
LOCAL_PROGRAMMES = (b"8", b"9")
"""公費 80 to 99 are local programmes: what their recipient numbers end in is theirs to say [inferred]."""


def record_faults(record: Record) -> Iterator[Found]:
    """The faults of one line, at most one for a field; ``None`` for the field where the line itself is wrong."""
    type_ = record.type
    if type_ is None:
        yield (receipts.UNKNOWN_RECORD if record.id else receipts.BLANK_LINE), None
        return
    body = b",".join(record.raw)
    missing = len(type_.fields) - len(record.raw)
    padded = body + b"," * missing if missing > 0 and not type_.loose else body
    if type_.pattern.fullmatch(padded) is not None and (body.isascii() or _decodes(body)):
        for place, field in type_.ruled:
            if place < len(record.raw) and record.raw[place] and not _local(record, field):
                fault = _rule(field.rule, record.raw[place])
                if fault is not None:
                    yield fault, field
        return
    yield from _slowly(record, type_)


def _local(record: Record, field: Field) -> bool:
    return field.rule is Rule.RECIPIENT and record.bytes_of("payer").startswith(LOCAL_PROGRAMMES)


def _slowly(record: Record, type_: RecordType) -> Iterator[Found]:
    raw = record.raw
    if type_.loose:
        yield receipts.FIELD_CHARACTERS, None
        return
    if any(raw[len(type_.fields) :]) or len(raw) > MAX_FIELDS:
        yield receipts.TOO_MANY_FIELDS, None
        return
    for place, field in enumerate(type_.fields):
        fault = field_fault(field, raw[place] if place < len(raw) else b"")
        if fault is not None and not (fault is receipts.CHECK_DIGIT and _local(record, field)):
            yield fault, field


def field_fault(field: Field, raw: bytes) -> Fault | None:
    """What is wrong with the bytes of one field."""
    if not raw:
        return receipts.FIELD_MISSING if field.required else None
    if not raw.isascii() and not _decodes(raw):
        return receipts.FIELD_CHARACTERS
    if field.accepts(raw):
        return _rule(field.rule, raw)
    if field.rule in {Rule.DATE, Rule.MONTH}:
        return receipts.FIELD_DATE if raw.isdigit() else receipts.FIELD_MODE
    if not field.of_mode(raw):
        return receipts.FIELD_MODE
    if len(raw) > field.width > 0 or (field.fixed and len(raw) != field.width):
        return receipts.FIELD_WIDTH
    if field.starts and not raw.startswith(field.starts.encode()):
        return receipts.CODE_RANGE
    return receipts.FIELD_CODE if field.codes is not None and field.codes.closed else receipts.FIELD_WIDTH


def _decodes(raw: bytes) -> bool:
    try:
        raw.decode("cp932")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=16_384)
def _rule(rule: Rule, raw: bytes) -> Fault | None:
    match rule:
        case Rule.DATE:
            return None if day_of(raw) is not None else receipts.FIELD_DATE
        case Rule.MONTH:
            return None if month_of(raw) is not None else receipts.FIELD_DATE
        case Rule.NONE:
            return None
        case _:
            return _number(rule, raw.decode("ascii"))


def _number(rule: Rule, written: str) -> Fault | None:
    """Insurer and payer numbers are checked as numbers; a recipient's by its last digit alone."""
    try:
        if rule is Rule.INSURER:
            fits = InsurerNumber(written).check_digit_ok
        elif rule is Rule.PAYER:
            fits = PayerNumber(written).check_digit_ok
        else:
            fits = check_digit_fits(written)
    except OnshiError:
        return receipts.FIELD_MODE
    return None if fits else receipts.CHECK_DIGIT


@lru_cache(maxsize=4096)
def institution_fits(prefecture: str, table: str, institution: str) -> bool:
    """Whether the check digit fits over all ten digits of a 医療機関コード; True where it cannot be told."""
    try:
        return FacilityCode(prefecture + table + institution).check_digit_ok
    except OnshiError:
        return True
