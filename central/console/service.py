"""What the console's pages show of one insurer: how its data stand, uploads, work items, members, stops.

Reads only (`central.insurers` writes); every question is bound to the officer's insurer. Values as they are: words
and forms are the templates'. Facts: data-formats reference 1.8, 1.9; screens reference 4.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from central.console import statements as s
from central.console.seen import people as people_seen
from central.db.store import Row, Store
from central.insurers.assurances import may_be_vouched
from central.insurers.check import LineFault, line_fault
from central.insurers.comparisons import Comparisons
from central.insurers.identity import Resident
from central.insurers.layout import COLUMNS
from central.insurers.merge import Difference
from central.insurers.parts import OVER, State
from central.register.keys import lookup_key, symbol_key
from central.register.work import WorkKind
from protocol import eras, text
from protocol.errors import CATALOGUE, OnshiError
from protocol.errors.console import PAGE_UNKNOWN, SEARCH_WORDS

PAGE = 50
"""Entries of one page of a list."""
FAULTS_SHOWN = 100
FOUND_MOST = 50
_COLUMNS = {column.header: column for column in COLUMNS}


class _Report(msgspec.Struct, kw_only=True):
    code: str = ""
    details: dict[str, str | int] = {}
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload as its row tells it."""

    id: str
    state: State
    operator: str
    confirmed_by: str | None
    received_at: datetime
    changed_at: datetime
    applied_as: datetime | None
    lines: int
    staged: int
    faulty: int
    late: int
    skip_faulty: bool
    code: str
    details: Mapping[str, str | int]
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An insured record as it is printed."""

    id: str
    symbol: str
    number: str
    branch: str
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of the five items, both sides."""

    item: str
    stated: str
    resident: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A work item with what it is about. ``compared`` is empty where there are no two sides to show; ``differing``
    names items of a comparison, or fields of a person that a card states otherwise."""

    id: str
    kind: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None
    record: Record | None
    name: str
    birth_date: date | None
    digest: str
    compared: tuple[Compared, ...]
    resident_known: bool
    may_be_vouched: bool
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A line of a search's result."""

    record: Record
    name: str
    kana: str
    birth_date: date | None
    support_measure: bool


class Console:
    """Asks ``store``; ``comparisons`` opens both sides of a mismatch."""

    def __init__(self, store: Store, comparisons: Comparisons) -> None:
        self._store = store
        self._comparisons = comparisons

    async def name(self, insurer: str) -> str:
        """The insurer's."""
        row = await self._store.first(s.INSURER, insurer=insurer)
        return str(row["name"]) if row else ""

    async def uploads(self, insurer: str, page: int) -> tuple[list[Upload], bool]:
        """One page, the newest first, and whether there are more."""
        rows = await self._store.all(s.UPLOADS, insurer=insurer, many=PAGE + 1, past=(page - 1) * PAGE)
        return [_upload(row) for row in rows[:PAGE]], len(rows) > PAGE

    async def unfinished(self, insurer: str) -> Upload | None:
        """The upload that waits or runs: there is at most one."""
        for row in await self._store.all(s.UPLOADS, insurer=insurer, many=PAGE, past=0):
            if State(row["state"]) not in OVER:
                return _upload(row)
        return None

    async def upload(self, insurer: str, upload: str) -> Upload:
        """Raises `OnshiError` (`PAGE_UNKNOWN`) for what is not there or is another insurer's."""
        row = await self._store.first(s.UPLOAD, insurer=insurer, upload=upload)
        if row is None:
            raise OnshiError(PAGE_UNKNOWN)
        return _upload(row)

    async def faults(self, upload: str, page: int) -> list[LineFault]:
        """Of an upload that `upload` gave."""
        rows = await self._store.all(s.FAULTS, upload=upload, many=FAULTS_SHOWN, past=(page - 1) * FAULTS_SHOWN)
        return [
            line_fault(row["line"], CATALOGUE[row["code"]], _COLUMNS.get(row["field"]), row["value"]) for row in rows
        ]

    async def fault_codes(self, upload: str) -> list[tuple[str, int]]:
        """How often which fault, the most frequent first."""
        return [(row["code"], row["count"]) for row in await self._store.all(s.FAULT_CODES, upload=upload)]

    async def work_kinds(self, insurer: str) -> dict[str, int]:
        """Open work items by kind."""
        return {row["kind"]: row["count"] for row in await self._store.all(s.WORK_KINDS, insurer=insurer)}

    async def work(self, insurer: str, kind: str, page: int) -> tuple[list[WorkItem], bool]:
        """One page of the open work items (``kind`` "": of all kinds), the oldest first, and whether there are more."""
        told: dict[str, Any] = {"insurer": insurer, "many": PAGE + 1, "past": (page - 1) * PAGE}
        rows = await (self._store.all(s.WORK_OF_KIND, kind=kind, **told) if kind else self._store.all(s.WORK, **told))
        return await self._items(insurer, rows[:PAGE]), len(rows) > PAGE

    async def chosen(self, insurer: str, items: Sequence[str]) -> list[WorkItem]:
        """These work items, closed ones as well. One that is not this insurer's: `OnshiError` (`PAGE_UNKNOWN`)."""
        rows = await self._store.all(s.WORK_CHOSEN, insurer=insurer, items=list(items)) if items else []
        if len(rows) != len(set(items)):
            raise OnshiError(PAGE_UNKNOWN)
        return await self._items(insurer, rows)

    async def _items(self, insurer: str, rows: Sequence[Row]) -> list[WorkItem]:
        records = await self.records(insurer, (row["record_id"] for row in rows if row["record_id"]))
        people = await self._people(insurer, records.values())
        return [self._item(insurer, row, records.get(row["record_id"]), people) for row in rows]

    def _item(self, insurer: str, row: Row, record: Record | None, people: dict[str, Row]) -> WorkItem:
        opened = self._comparisons.open(insurer, row["sealed"]) if row["sealed"] else None
        person = people.get(record.person_id) if record else None
        differing: tuple[str, ...] = ()
        if row["kind"].startswith("identity-"):
            differing = tuple(filter(None, row["details"].split("+")))
        elif row["kind"] == WorkKind.CHIP_DIFFERS:
            differing = tuple(filter(None, row["details"].split(",")))
        compared: tuple[Compared, ...] = ()
        if opened is not None:
            compared = tuple(
                Compared(item=item, stated=stated, resident=resident, differs=item in differing)
                for (item, stated), (_, resident) in zip(
                    _five(opened.stated), _five(opened.resident or Resident()), strict=True
                )
            )
        return WorkItem(
            id=row["row_id"],
            kind=row["kind"],
            opened_at=row["opened_at"],
            closed_at=row["closed_at"],
            outcome=row["outcome"],
            record=record,
            name=opened.stated.name if opened else (person["name"] if person else ""),
            birth_date=_day(opened.stated.birth_date) if opened else (person["birth_date"] if person else None),
            digest=row["digest"] or "",
            compared=compared,
            resident_known=opened is not None and opened.resident is not None,
            may_be_vouched=may_be_vouched(row["kind"]),
            differing=differing,
        )

    async def records(self, insurer: str, ids: Iterable[str]) -> dict[str, Record]:
        """How this insurer's records are printed; others are not in it."""
        wanted = sorted(set(ids))
        rows = await self._store.all(s.RECORDS, insurer=insurer, records=wanted) if wanted else []
        return {
            row["record_id"]: Record(
                id=row["record_id"],
                symbol=row["symbol"],
                number=row["number"],
                branch=row["branch"],
                person_id=row["person_id"],
            )
            for row in rows
        }

    async def _people(self, insurer: str, records: Iterable[Record]) -> dict[str, Row]:
        found = list(records)
        ids = sorted({record.person_id for record in found})
        return await people_seen(self._store, insurer, ids, [record.id for record in found])

    async def stopped(self, insurer: str, page: int) -> tuple[list[tuple[Row, Record | None, str]], bool]:
        """One page of stops of viewing in force, with record and name, the oldest first, and whether there are more."""
        rows = await self._store.all(s.STOPPED, insurer=insurer, many=PAGE + 1, past=(page - 1) * PAGE)
        records = await self.records(insurer, (row["record_id"] for row in rows))
        people = await self._people(insurer, records.values())
        found = []
        for row in rows[:PAGE]:
            record = records.get(row["record_id"])
            person = people.get(record.person_id) if record else None
            found.append((row, record, person["name"] if person else ""))
        return found, len(rows) > PAGE

    async def stopped_count(self, insurer: str) -> int:
        row = await self._store.first(s.STOPPED_COUNT, insurer=insurer)
        return int(row["count"]) if row else 0

    async def search(self, insurer: str, *, symbol: str, number: str, name: str, birth: str) -> list[Member]:
        """Members by insured number (and symbol), or by how their name begins and the birth date.

        At most `FOUND_MOST`. Raises `OnshiError` (`SEARCH_WORDS`, or the number's own fault).
        """
        if number:
            rows = await self._store.all(
                s.BY_NUMBER, insurer=insurer, lookup_key=lookup_key(insurer, number), many=FOUND_MOST
            )
            key = symbol_key(symbol)
            ids = [row["record_id"] for row in rows if key in {"", row["symbol_key"]}]
        elif name and birth:
            kana, kanji = text.kana_key(name), text.kanji_key(name)
            if kana is None or kanji is None:
                raise OnshiError(SEARCH_WORDS, item="name")
            found = await self._store.all(
                s.BY_NAME,
                insurer=insurer,
                birth=written_day(birth),
                kana=_begins(kana),
                kanji=_begins(kanji),
                many=FOUND_MOST,
            )
            ids = [row["record_id"] for row in found]
        else:
            raise OnshiError(SEARCH_WORDS, item="number" if symbol else "birth" if name else "")
        records = await self.records(insurer, ids)
        people = await self._people(insurer, records.values())
        members = []
        for record in records.values():
            person = people.get(record.person_id)
            members.append(
                Member(
                    record=record,
                    name=person["name"] if person else "",
                    kana=person["kana"] if person else "",
                    birth_date=person["birth_date"] if person else None,
                    support_measure=bool(person and person["support_measure"]),
                )
            )
        return sorted(members, key=lambda member: (member.record.number, member.record.branch))

    async def actions(self, insurer: str, officer: str, page: int) -> tuple[Sequence[Row], bool]:
        """One page of what the officer did, the newest first, and whether there is more."""
        rows = await self._store.all(s.ACTIONS, insurer=insurer, officer=officer, many=PAGE + 1, past=(page - 1) * PAGE)
        return rows[:PAGE], len(rows) > PAGE


def written_day(written: str) -> date:
    """A day as people write it: 1980-01-02, 19800102, 昭和55年1月2日, S55.1.2. Raises `OnshiError` (`SEARCH_WORDS`)."""
    digits = text.half_width(written).replace("-", "").replace("/", "")
    try:
        return eras.day(digits) if digits.isdecimal() else eras.parse(written)
    except OnshiError:
        raise OnshiError(SEARCH_WORDS, item="birth") from None


def _begins(key: str) -> str:
    """A pattern of LIKE (escape ``/``) for what begins with the key."""
    return re.sub("([/%_])", r"/\1", key) + "%"


def _five(side: Resident) -> tuple[tuple[str, str], ...]:
    return (
        ("kanji", side.name),
        ("kana", side.kana),
        ("birth", side.birth_date),
        ("sex", side.sex),
        ("address", side.address),
    )


def _day(digits: str) -> date | None:
    try:
        return eras.day(digits)
    except OnshiError:
        return None


def _upload(row: Row) -> Upload:
    report = msgspec.json.decode(row["report"], type=_Report) if row["report"] else _Report()
    return Upload(
        id=row["upload_id"],
        state=State(row["state"]),
        operator=row["operator"],
        confirmed_by=row["confirmed_by"],
        received_at=row["received_at"],
        changed_at=row["changed_at"],
        applied_as=row["applied_as"],
        lines=row["lines"],
        staged=row["staged"],
        faulty=row["faulty"],
        late=row["late"],
        skip_faulty=row["skip_faulty"],
        code=report.code,
        details=report.details,
        difference=report.difference,
    )
