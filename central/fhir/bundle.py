"""Answers to searches: a searchset of what was found, whom and where it concerns, and what is missing.

``link`` names the search without its parameters: they hold a person's number, and links end up in logs.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from central.disclosure.disclosed import Disclosed
from central.fhir.eligibility import coverages, parts
from central.fhir.ids import Ids, url
from central.fhir.medication import Products, dispenses
from central.fhir.observation import observations
from central.fhir.outcome import BASE, gaps, told
from central.fhir.parties import facility, names, patient, to
from central.fhir.resources import (
    Bundle,
    Coverage,
    Entry,
    Identifier,
    Link,
    MedicationDispense,
    Observation,
    OperationOutcome,
    Organization,
    Patient,
    Reference,
    Resource,
    Search,
)
from central.receipts.extract import Institution
from protocol.eras import JST
from protocol.messages import EligibilityAnswer

_FACILITY_CODE = re.compile(r"[0-9]{2}[0-9A-Z][0-9]{7}")


@dataclass(frozen=True, slots=True)
class Days:
    """A search by day, both inclusive; None: open."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def touches(self, month: date) -> bool:
        """Whether any day of the month (its first day) is among them."""
        return (self.first is None or self.first.replace(day=1) <= month) and (self.last is None or month <= self.last)


ALL_DAYS = Days()


class _Places:
    """The organizations that a bundle refers to, each once."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._references: dict[Institution, Reference] = {}
        self.found: dict[str, Organization] = {}

    def reference(self, place: Institution) -> Reference:
        """To its Organization in the bundle; where its code is none, its name only."""
        known = self._references.get(place)
        if known is None:
            known = self._references[place] = self._made(place)
        return known

    def _made(self, place: Institution) -> Reference:
        if not _FACILITY_CODE.fullmatch(place.code):
            return Reference(type="Organization", display=place.name or "不明")
        id_ = self._ids("facility", place.code)
        if id_ not in self.found or (place.name and self.found[id_].name is None):
            self.found[id_] = facility(id_, place.code, place.name)
        return to(id_)


def medications(
    disclosed: Disclosed, *, identifier: Identifier, ids: Ids, days: Days = ALL_DAYS, products: Products | None = None
) -> Bundle:
    """The drugs of a reading that were handed over on ``days``. ``identifier``: whom the search named."""
    who, places = _holder(disclosed, identifier, ids), _Places(ids)
    found = [
        one
        for receipt in disclosed.receipts
        for one in dispenses(receipt, subject=to(who.id), organization=places.reference, ids=ids, products=products)
        if one.when_handed_over in days
    ]
    return _read("MedicationDispense", found, disclosed, who, places, ids, days)


def checkups(
    disclosed: Disclosed,
    *,
    identifier: Identifier,
    ids: Ids,
    days: Days = ALL_DAYS,
    codes: Collection[tuple[str | None, str]] = (),
) -> Bundle:
    """The results of the checkups of ``days``; ``codes`` (system or None, code): none, all."""
    who, places = _holder(disclosed, identifier, ids), _Places(ids)
    found = [
        one
        for stored in disclosed.checkups
        if stored.checkup.day in days
        for one in observations(
            stored,
            subject=to(who.id),
            performer=places.reference(Institution(stored.checkup.facility.raw, "", "")),
            ids=ids,
        )
        if not codes
        or any((coding.system, coding.code) in codes or (None, coding.code) in codes for coding in one.code.coding)
    ]
    return _read("Observation", found, disclosed, who, places, ids, days)


def _named(one: Observation, codes: Collection[tuple[str | None, str]]) -> bool:
    return any((coding.system, coding.code) in codes or (None, coding.code) in codes for coding in one.code.coding)


def _holder(disclosed: Disclosed, identifier: Identifier, ids: Ids) -> Patient:
    """The person of a reading: its id is the reading's, so that two numbers of a person stay apart."""
    person = disclosed.person
    return patient(
        ids("patient", disclosed.reading_id),
        (identifier,),
        names=names(person.name, person.kana or None),
        birth_date=person.birth_date,
        sex=person.sex,
    )


def _read(
    type_: str,
    found: Sequence[MedicationDispense | Observation],
    disclosed: Disclosed,
    who: Patient,
    places: _Places,
    ids: Ids,
    days: Days,
) -> Bundle:
    # More months were read than were asked for, so that no day is missed.
    missing = tuple(gap for gap in disclosed.gaps if gap.month is None or days.touches(gap.month))
    referred = {one.reference for one in _references(found)}
    used = [one for one in places.found.values() if url(one.id) in referred]
    return _searchset(
        type_,
        found,
        (who, *used) if found else (),
        gaps(ids("gaps", disclosed.reading_id), missing),
        id_=ids("searchset", disclosed.reading_id),
        moment=disclosed.disclosed_at,
    )


def _references(found: Iterable[MedicationDispense | Observation]) -> Iterator[Reference]:
    for one in found:
        if isinstance(one, Observation):
            yield from one.performer
        else:
            yield from (performer.actor for performer in one.performer)
            yield from (part.value_reference for own in one.extension for part in own.extension if part.value_reference)


def people(message: EligibilityAnswer, ids: Ids, now: datetime) -> Bundle:
    """The Patient of an answer to a number; empty where there is none or there are several."""
    found = coverages(message, ids)
    return _asked("Patient", [found[0].patient] if found else [], (), message, ids, now)


def insurances(message: EligibilityAnswer, ids: Ids, now: datetime) -> Bundle:
    """The Coverages of an answer to a number, with Patient and insurers."""
    found = coverages(message, ids)
    others = [one for one in parts(found) if not isinstance(one, Coverage)]
    return _asked("Coverage", [one.coverage for one in found], others, message, ids, now)


def _asked(
    type_: str,
    found: Sequence[Resource],
    others: Sequence[Resource],
    message: EligibilityAnswer,
    ids: Ids,
    now: datetime,
) -> Bundle:
    word = None
    if message.result_code:
        id_ = ids("word", type_, now.isoformat(), message.result_code)
        word = told(id_, message.result_code, message.result_message)
    return _searchset(type_, found, others, word, id_=ids("searchset", type_, now.isoformat()), moment=now)


def _searchset(
    type_: str,
    found: Sequence[Resource],
    others: Sequence[Resource],
    outcome: OperationOutcome | None,
    *,
    id_: str,
    moment: datetime,
) -> Bundle:
    entries = [_entry(one, "match") for one in found] + [_entry(one, "include") for one in others]
    if outcome is not None:
        entries.append(_entry(outcome, "outcome"))
    return Bundle(
        id=id_,
        type="searchset",
        timestamp=moment.astimezone(JST).replace(microsecond=0),
        total=len(found),
        link=(Link(relation="self", url=f"{BASE}/{type_}/_search"),),
        entry=tuple(entries),
    )


def _entry(resource: Resource, mode: Literal["match", "include", "outcome"]) -> Entry:
    return Entry(full_url=url(resource.id or ""), resource=resource, search=Search(mode=mode))
