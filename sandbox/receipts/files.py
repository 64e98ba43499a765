"""Receipts of many people as files: for each claim month one file of each institution, as the agencies pass them on.

Names: ``YYYYMM/RECEIPTC-<code>.UKE`` (医科), ``RECEIPTS-<code>.UKE`` (歯科), ``RECEIPTY-<code>.CYO`` (調剤); what came
back (返戻) is in ``HENREIY-<code>.CYO`` of the next month, its correction in that month's own file. Load the months in
their order, and within one HENREI first, as the names sort.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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
CLAIMED, RETURNED = "RECEIPT", "HENREI"
PEOPLE_FOR_ONE = {"1": 1200, "2": 15_000, "3": 1760, "4": 2010}
"""People for one clinic, hospital, dentist, pharmacy (2023: 89,695, 8,192, 70,335, 61,495)."""
MOST = 60
"""Institutions of a kind in one population: files stay few enough to hold open."""


class Counted(NamedTuple):
    """What was written."""

    files: int
    receipts: int
    drugs: int
    corrections: int


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

    def __init__(self, folder: Path, kind: Kind, owner: Place, claim_month: date, name: str) -> None:
        letter, ending = {Kind.CLINIC: ("C", "UKE"), Kind.DENTAL: ("S", "UKE"), Kind.DISPENSING: ("Y", "CYO")}[kind]
        self._kind = kind
        self._stem = f"{claim_month:%Y%m}{owner.code}"
        self._file = (folder / f"{name}{letter}-{owner.code}.{ending}").open("wb")
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


class _Shelf:
    """The files of one claim month."""

    def __init__(self, folder: Path, claim_month: date) -> None:
        self._folder = folder / f"{claim_month:%Y%m}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._month = claim_month
        self._books: dict[tuple[Kind, str, str], _Book] = {}

    def book(self, kind: Kind, owner: Place, name: str = CLAIMED) -> _Book:
        """The institution's file, begun when it is asked for first."""
        key = kind, owner.code, name
        if key not in self._books:
            self._books[key] = _Book(self._folder, kind, owner, self._month, name)
        return self._books[key]

    def close(self) -> tuple[int, int]:
        """Ends the files; gives how many there are and the receipts in them."""
        for one in self._books.values():
            one.close()
        return len(self._books), sum(one.receipts for one in self._books.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dispensed:
    """A dispensing receipt that was written, so that it can come back."""

    patient: Patient
    cover: Cover
    month: date
    event: Outpatient
    clinic: Place
    pharmacy: Place
    search: str

    def come_back(self, shelf: _Shelf) -> None:
        """The receipt with a reason of return, and its correction: the last drug was given for three days."""
        back = shelf.book(Kind.DISPENSING, self.pharmacy, RETURNED)
        number, _ = back.next()
        back.add(self._written(self.event, number, returned=True))
        *others, last = self.event.drugs
        again = shelf.book(Kind.DISPENSING, self.pharmacy)
        number, _ = again.next()
        again.add(self._written(replace(self.event, drugs=(*others, replace(last, times=3))), number))

    def _written(self, event: Outpatient, number: int, *, returned: bool = False) -> Written:
        return claims.dispensing(
            self.patient, self.cover, self.month, event, self.clinic, number, self.search, returned=returned
        )


def write(
    patients: Sequence[Patient],
    months: Sequence[date],
    folder: Path,
    *,
    lives: Lives,
    town: Town,
    kinds: Sequence[Kind] = tuple(Kind),
    corrected: float = 0.0,
    told: Callable[[int], None] = lambda _: None,
) -> Counted:
    """Writes the receipts of these people and months; each month is claimed in the next one.

    ``corrected``: the share of dispensing receipts that come back a month later and are claimed again.
    """
    files = receipts = drugs = corrections = 0
    coming: list[_Dispensed] = []
    for month in months:
        shelf = _Shelf(folder, (claims.month_end(month) + timedelta(days=1)).replace(day=1))
        for one in coming:
            one.come_back(shelf)
        corrections, coming = corrections + len(coming), []
        for patient in patients:
            for event in lives.month(patient, month):
                cover = patient.cover(month.replace(day=_first(event)))
                if cover is None or patient.birth > month:
                    continue
                dispensed = _claim(patient, cover, month, event, town, kinds, shelf)
                if dispensed is not None:
                    drugs += len(dispensed.event.drugs)
                    if lives.comes_back(dispensed.search, corrected):
                        coming.append(dispensed)
        counted = shelf.close()
        files, receipts = files + counted[0], receipts + counted[1]
        told(receipts)
    return Counted(files, receipts, drugs, corrections)


def _first(event: Event) -> int:
    return event.first if isinstance(event, Stay) else event.days[0]


def _claim(
    patient: Patient,
    cover: Cover,
    month: date,
    event: Event,
    town: Town,
    kinds: Sequence[Kind],
    shelf: _Shelf,
) -> _Dispensed | None:
    """Writes an event's receipts; gives what a pharmacy dispensed."""

    def at(places: Sequence[Place], number: int) -> Place:
        return places[number % len(places)]

    match event:
        case Outpatient():
            clinic = at(town.clinics, event.clinic)
            if Kind.CLINIC in kinds:
                into = shelf.book(Kind.CLINIC, clinic)
                into.add(claims.outpatient(patient, cover, month, event, *into.next()))
            if event.pharmacy is not None and Kind.DISPENSING in kinds:
                pharmacy = at(town.pharmacies, event.pharmacy)
                into = shelf.book(Kind.DISPENSING, pharmacy)
                number, search = into.next()
                into.add(claims.dispensing(patient, cover, month, event, clinic, number, search))
                return _Dispensed(
                    patient=patient,
                    cover=cover,
                    month=month,
                    event=event,
                    clinic=clinic,
                    pharmacy=pharmacy,
                    search=search,
                )
        case Dental() if Kind.DENTAL in kinds:
            into = shelf.book(Kind.DENTAL, at(town.dentists, event.dentist))
            into.add(claims.dental(patient, cover, month, event, *into.next()))
        case Stay() if Kind.CLINIC in kinds:
            into = shelf.book(Kind.CLINIC, at(town.hospitals, event.hospital))
            into.add(claims.stay(patient, cover, month, event, *into.next()))
        case _:
            pass
    return None
