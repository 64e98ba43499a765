"""The whole history of one insured record: what was true when, what was known when, and which upload said so.

Reads only, and only after the ties have shown that the record is the officer's insurer's own. Of the person it tells
what was true before the person left this insurer: a later address is not this insurer's to see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from central.console import statements as s
from central.console.seen import age, makers, while_here
from central.console.service import Record
from central.db.store import Row, Statement, Store
from protocol.errors import OnshiError
from protocol.errors.console import PAGE_UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row with both its times. ``values``: (name of the field, value) as stored."""

    values: tuple[tuple[str, object], ...]
    valid_from: date
    valid_to: date | None
    """The first day after."""
    recorded_from: datetime
    recorded_to: datetime | None
    entered_by: str
    """Operator, "" where it was not an upload of this insurer."""
    ended_by: str
    upload: str
    """Id of the upload that entered it, or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One kind of fact: what holds now, and what was corrected or ended in recorded time."""

    name: str
    current: tuple[Entry, ...]
    former: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Of one record. ``hidden``: an address is not shown (支援措置)."""

    record: Record
    name: str
    kana: str
    birth_date: date | None
    hidden: bool
    sections: tuple[Section, ...]
    assured: Sequence[Row]
    work: Sequence[Row]


_SECTIONS: tuple[tuple[str, Statement, tuple[str, ...]], ...] = (
    (
        "coverage",
        s.COVERAGES,
        (
            "classification",
            "relation",
            "insured_name",
            "loss_reason",
            "issued_on",
            "card_valid_from",
            "card_valid_through",
        ),
    ),
    ("ratio", s.RATIOS, ("percent",)),
    ("elderly", s.ELDERLY, ("percent", "issued_on")),
    ("limit", s.LIMITS, ("kind", "income_class", "issued_on", "long_term_from")),
    ("disease", s.DISEASES, ("category", "issued_on", "self_pay")),
    ("stop", s.STOPS_OF, ("scope", "reason")),
)
_PERSON = ("name", "kana", "birth_date", "sex", "postal_code", "address", "other_name", "other_kana")
_TIE = ("symbol", "number", "branch")


async def history(store: Store, insurer: str, record: str) -> History:
    """Everything of the record; `OnshiError` (`PAGE_UNKNOWN`) for what is not there or is another insurer's."""
    ties = await store.all(s.TIES, insurer=insurer, record=record)
    if not ties:
        raise OnshiError(PAGE_UNKNOWN)
    people = sorted({tie["person_id"] for tie in ties})
    rows: dict[str, tuple[Sequence[Row], tuple[str, ...]]] = {"tie": (ties, _TIE)}
    known, coverages = await store.all(s.PERSON_ROWS, people=people), await store.all(s.COVERAGES, record=record)
    own = await makers(store, insurer, known)
    seen = [row for row in known if while_here(row, coverages, own)]
    hidden = any(row["support_measure"] and row["recorded_to"] is None for row in known)
    rows["person"] = seen, tuple(name for name in _PERSON if not (hidden and name in {"address", "postal_code"}))
    for name, statement, columns in _SECTIONS:
        rows[name] = await store.all(statement, record=record), columns
    made = await makers(store, insurer, [row for found, _ in rows.values() for row in found])
    current = [tie for tie in ties if tie["recorded_to"] is None] or list(ties)
    tie = current[-1]
    person = max((row for row in seen if row["person_id"] == tie["person_id"]), key=age, default=None)
    return History(
        record=Record(
            id=record, symbol=tie["symbol"], number=tie["number"], branch=tie["branch"], person_id=tie["person_id"]
        ),
        name=person["name"] if person else "",
        kana=person["kana"] if person else "",
        birth_date=person["birth_date"] if person else None,
        hidden=hidden,
        sections=tuple(_section(name, found, columns, made) for name, (found, columns) in rows.items()),
        assured=await store.all(s.ASSURED, insurer=insurer, record=record),
        work=await store.all(s.WORK_OF, insurer=insurer, record=record, people=people),
    )


def _section(name: str, rows: Sequence[Row], columns: tuple[str, ...], makers: dict[datetime, Row]) -> Section:
    entries = [_entry(row, columns, makers) for row in rows]
    return Section(
        name=name,
        current=tuple(entry for entry in entries if entry.recorded_to is None),
        former=tuple(entry for entry in entries if entry.recorded_to is not None),
    )


def _entry(row: Row, columns: tuple[str, ...], makers: dict[datetime, Row]) -> Entry:
    entered, ended = makers.get(row["recorded_from"]), makers.get(row["recorded_to"])
    return Entry(
        values=tuple((name, row[name]) for name in columns if row[name] not in (None, "")),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        recorded_from=row["recorded_from"],
        recorded_to=row["recorded_to"],
        entered_by=entered["operator"] if entered else "",
        ended_by=ended["operator"] if ended else "",
        upload=entered["upload_id"] if entered else "",
    )
