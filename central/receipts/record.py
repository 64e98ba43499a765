"""A line of a receipt file with the bytes of its fields, and what a file is made of: headers, receipts, totals.

The raw bytes stay, because CP932 does not come back the same from text. Facts: reference data-formats 2.1, 6.1.
"""

from calendar import monthrange
from datetime import date
from decimal import Decimal
from functools import lru_cache

import msgspec

from central.receipts import dpc
from central.receipts.kinds import Kind
from central.receipts.layout import RecordType
from protocol import eras, text
from protocol.errors import OnshiError

_MOST_DIGITS = 18
"""The check holds fields to their widths, but not those of records whose layout is not certain (`RecordType.loose`)."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One line. ``raw``: the fields behind the record id; ``ending``: CRLF, LF or nothing; ``line`` from 1.

    ``type`` is None for an id that the kind of the file does not have.
    """

    line: int
    id: str
    type: RecordType | None
    raw: tuple[bytes, ...]
    ending: bytes = b"\r\n"

    @property
    def id_shown(self) -> str:
        """The record id as it may be told: two letters or digits, else ``??`` (a torn line may begin with a name)."""
        return self.id if len(self.id) == 2 and self.id.isascii() and self.id.isalnum() else "??"

    def bytes_of(self, name: str) -> bytes:
        """The bytes of a field; empty where the line is shorter or the definition has no such field."""
        place = self.type.index.get(name) if self.type is not None else None
        return self.raw[place] if place is not None and place < len(self.raw) else b""

    def text(self, name: str) -> str:
        """The text of a field, blanks at its end cut off; ● for bytes that CP932 does not have."""
        raw = self.bytes_of(name)
        return _text_of(raw) if raw else ""

    def integer(self, name: str) -> int | None:
        """A whole number; None where there is none, or one with more digits than any field may have."""
        raw = self.bytes_of(name)
        return int(raw) if raw.isdigit() and len(raw) <= _MOST_DIGITS else None

    def decimal(self, name: str) -> Decimal | None:
        """A number, perhaps with decimals; None where there is none."""
        raw = self.bytes_of(name)
        digits = raw.removeprefix(b"-").replace(b".", b"", 1)
        fits = digits.isdigit() and raw[-1:] != b"." and len(raw) <= _MOST_DIGITS
        return Decimal(raw.decode()) if fits else None

    def day(self, name: str) -> date | None:
        """A date; None where there is none or no such date."""
        return day_of(self.bytes_of(name))

    def month(self, name: str) -> date | None:
        """The first day of a month; None where there is none or no such month."""
        return month_of(self.bytes_of(name))

    def days(self) -> tuple[tuple[int, int], ...]:
        """The day columns that are filled: (day of the month, number in the column)."""
        if self.type is None or self.type.days is None:
            return ()
        first, end = self.type.days
        return tuple((at, int(raw)) for at, raw in enumerate(self.raw[first:end], start=1) if raw.isdigit())

    def line_bytes(self) -> bytes:
        """The line as it stood in the file."""
        return b",".join((self.id.encode("latin-1"), *self.raw)) + self.ending


class Opening(msgspec.Struct, frozen=True):
    """A header (UK, IR, YK): who claims, and which kind of receipts follows."""

    record: Record
    kind: Kind

    @property
    def institution(self) -> str:
        """医療機関コード, 10 digits where the header is whole: prefecture, table, institution."""
        return _joined(*(self.record.bytes_of(name) for name in ("prefecture", "table", "institution")))

    @property
    def records(self) -> tuple[Record, ...]:
        """The one line."""
        return (self.record,)


class Receipt(msgspec.Struct, frozen=True):
    """One receipt: RE and its records, in their order. ``reception``: the UK before an IR, where there is one."""

    opening: Opening
    records: tuple[Record, ...]
    reception: Opening | None = None

    @property
    def common(self) -> Record:
        """The RE."""
        return self.records[0]

    def every(self, *ids: str) -> tuple[Record, ...]:
        """The records with these ids."""
        return tuple([one for one in self.records if one.id in ids])

    @property
    def is_dpc(self) -> bool:
        """Paid by diagnosis group."""
        return self.opening.kind is Kind.CLINIC and any(one.id in dpc.MARKS for one in self.records)


class Closing(msgspec.Struct, frozen=True):
    """請求書 (GO): the totals."""

    record: Record

    @property
    def records(self) -> tuple[Record, ...]:
        """The one line."""
        return (self.record,)


class Stray(msgspec.Struct, frozen=True):
    """A record that stands outside any receipt."""

    record: Record

    @property
    def records(self) -> tuple[Record, ...]:
        """The one line."""
        return (self.record,)


class Blank(msgspec.Struct, frozen=True):
    """An empty line, as it stood."""

    line: int
    content: bytes


class End(msgspec.Struct, frozen=True):
    """The end of one file. ``tail``: the end mark 0x1A and what follows it."""

    line: int
    tail: bytes


Item = Opening | Receipt | Closing | Stray | Blank | End


@lru_cache(maxsize=1024)
def _joined(*parts: bytes) -> str:
    return "".join(_text_of(one) for one in parts)


@lru_cache(maxsize=16_384)
def _text_of(raw: bytes) -> str:
    return readable(raw).rstrip(" 　")


def readable(raw: bytes) -> str:
    """Text for people; ● for bytes that CP932 does not have."""
    return raw.decode("cp932", "replace").replace("\ufffd", text.MISSING)


@lru_cache(maxsize=8192)
def day_of(raw: bytes) -> date | None:
    """A day from YYYYMMDD or GYYMMDD, from Meiji on; None where there is no such day."""
    try:
        written = raw.decode("ascii")
        found = eras.from_gyymmdd(written) if len(written) == 7 else eras.day(written)
        eras.era_of(found)
    except (OnshiError, UnicodeDecodeError):
        return None
    return found


@lru_cache(maxsize=1024)
def month_of(raw: bytes) -> date | None:
    """The first day of a month from YYYYMM or GYYMM; None where there is no such month.

    An era's first month counts although its first day may belong to the era before.
    """
    if len(raw) == 6:
        return day_of(raw + b"01")
    if len(raw) != 5:
        return None
    for last in (b"01", b"28", b"30", b"31"):
        found = day_of(raw + last)
        if found is not None:
            return found.replace(day=1)
    return None


def last_day(month: date) -> int:
    """How many days a month has."""
    return monthrange(month.year, month.month)[1]
