"""Receipts of many people as files: for each claim month one file of each institution, as the agencies pass them on.

Names: ``YYYYMM/RECEIPTC-<code>.UKE`` (医科), ``RECEIPTS-<code>.UKE`` (歯科), ``RECEIPTY-<code>.CYO`` (調剤).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from central.receipts.kinds import Kind
from central.receipts.writer import build
from protocol.numbers import with_check_digit
from sandbox.cast.insurers import CLINIC, OTHER_CLINIC
from sandbox.receipts import claims
from sandbox.receipts.claims import Place, Written
from sandbox.receipts.lives import Dental, Event, Lives, Outpatient, Stay
from sandbox.receipts.patients import Cover, Patient

END_MARK = b"\x1a"
PEOPLE_FOR_ONE = {"1": 1200, "2": 15_000, "3": 1760, "4": 2010}
"""People for one clinic, hospital, dentist, pharmacy (2023: 89,695, 8,192, 70,335, 61,495)."""
MOST = 60
"""Institutions of a kind in one population: files stay few enough to hold open."""


class Counted(NamedTuple):
    """What was written."""

    files: int
    receipts: int
    drugs: int


def place(table: str, serial: int, name: str) -> Place:
    """An institution in prefecture 99 with a right check digit over its ten digits."""
    return Place(with_check_digit(f"99{table}99{serial:04d}"), name)


@dataclass(frozen=True, slots=True)
class Town:
    """The institutions to which the numbers of `lives` are given out."""

    clinics: Sequence[Place]
    hospitals: Sequence[Place]
    dentists: Sequence[Place]
    pharmacies: Sequence[Place]

    @classmethod
    def of(cls, people: int) -> "Town":
        """As many as so many people have; the first two clinics are those of the cast."""

        def several(kind: str, table: str, name: str, first: int) -> list[Place]:
            count = min(MOST, 1 + people // PEOPLE_FOR_ONE[kind])
            return [place(table, first + one, f"見本{name}{_kanji(one + 1)}") for one in range(count)]

        known = [Place(one.code, one.name) for one in (CLINIC, OTHER_CLINIC)]
        return cls(
            [*known, *several("1", "1", "内科", 100)],
            several("2", "1", "病院", 900),
            several("3", "3", "歯科", 100),
            several("4", "4", "薬局", 100),
        )


def _kanji(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "〇一二三四五六七八九"))


class _Book:
    """One institution's file of a claim month while it is written."""

    def __init__(self, folder: Path, kind: Kind, owner: Place, claim_month: date) -> None:
        letter, ending = {Kind.CLINIC: ("C", "UKE"), Kind.DENTAL: ("S", "UKE"), Kind.DISPENSING: ("Y", "CYO")}[kind]
        self._kind = kind
        self._stem = f"{claim_month:%Y%m}{owner.code}"
        self._file = (folder / f"RECEIPT{letter}-{owner.code}.{ending}").open("wb")
        self.receipts = self._payers = self._points = 0
        values: dict[str, str | int] = {
            "agency": 1,
            "prefecture": owner.code[:2],
            "table": kind.table,
            "institution": owner.code[3:],
            "claim_month": f"{claim_month:%Y%m}",
        }
        named = values | {"institution_name": owner.name, "volume": "00"}
        if kind is Kind.DENTAL:
            self._file.write(build(kind, "UK", named).line_bytes())
            self._file.write(build(kind, "IR", values).line_bytes())
        else:
            self._file.write(build(kind, "YK" if kind is Kind.DISPENSING else "IR", named).line_bytes())

    def next(self) -> tuple[int, str]:
        """Number and 検索番号 of the next receipt."""
        return self.receipts + 1, f"{self._stem}{self.receipts + 1:06d}"

    def add(self, written: Written) -> None:
        self._file.write(written.lines)
        self.receipts += 1
        self._payers += written.payers
        self._points += written.points

    def close(self) -> None:
        last = build(self._kind, "GO", {"receipts": self._payers, "points": self._points, "volume": "99"})
        self._file.write(last.line_bytes() + END_MARK)
        self._file.close()


def months_before(today: date, count: int) -> Iterator[date]:
    """The first days of so many months before today's, the oldest first."""
    month = today.replace(day=1)
    found = []
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(month)
    yield from reversed(found)


def write(
    patients: Sequence[Patient],
    months: Sequence[date],
    folder: Path,
    *,
    lives: Lives,
    town: Town,
    kinds: Sequence[Kind] = tuple(Kind),
    told: Callable[[int], None] = lambda _: None,
) -> Counted:
    """Writes the receipts of these people and months; each month is claimed in the next one."""
    files = receipts = drugs = 0
    for month in months:
        claim_month = (claims.month_end(month) + timedelta(days=1)).replace(day=1)
        into = folder / f"{claim_month:%Y%m}"
        into.mkdir(parents=True, exist_ok=True)
        books: dict[tuple[Kind, str], _Book] = {}

        def book(kind: Kind, owner: Place, into: Path = into, books: dict[tuple[Kind, str], _Book] = books) -> _Book:
            key = kind, owner.code
            if key not in books:
                books[key] = _Book(into, kind, owner, claim_month)  # noqa: B023 - used within this month alone
            return books[key]

        for patient in patients:
            for event in lives.month(patient, month):
                cover = patient.cover(month.replace(day=_first(event)))
                if cover is not None and patient.birth <= month:
                    drugs += _claim(patient, cover, month, event, town, kinds, book)
        for one in books.values():
            one.close()
            receipts += one.receipts
        files += len(books)
        told(receipts)
    return Counted(files, receipts, drugs)


def _first(event: Event) -> int:
    return event.first if isinstance(event, Stay) else event.days[0]


def _claim(
    patient: Patient,
    cover: Cover,
    month: date,
    event: Event,
    town: Town,
    kinds: Sequence[Kind],
    book: Callable[[Kind, Place], _Book],
) -> int:
    """Writes an event's receipts; gives how many drugs were dispensed by a pharmacy."""

    def at(places: Sequence[Place], number: int) -> Place:
        return places[number % len(places)]

    match event:
        case Outpatient():
            clinic = at(town.clinics, event.clinic)
            if Kind.CLINIC in kinds:
                into = book(Kind.CLINIC, clinic)
                into.add(claims.outpatient(patient, cover, month, event, *into.next()))
            if event.pharmacy is not None and Kind.DISPENSING in kinds:
                into = book(Kind.DISPENSING, at(town.pharmacies, event.pharmacy))
                into.add(claims.dispensing(patient, cover, month, event, clinic, *into.next()))
                return len(event.drugs)
        case Dental() if Kind.DENTAL in kinds:
            into = book(Kind.DENTAL, at(town.dentists, event.dentist))
            into.add(claims.dental(patient, cover, month, event, *into.next()))
        case Stay() if Kind.CLINIC in kinds:
            into = book(Kind.CLINIC, at(town.hospitals, event.hospital))
            into.add(claims.stay(patient, cover, month, event, *into.next()))
        case _:
            pass
    return 0
