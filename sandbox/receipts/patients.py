"""Who may become a patient: the cast and the population of `sandbox.residents`, with what insures them on a day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import jaconv

from sandbox.cast import cast
from sandbox.cast.persona import Membership, Persona
from sandbox.residents.people import ELDERLY, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """One insured record, or (``recipient``) 医療扶助 of a welfare office; ``until`` exclusive, None: open."""

    insurer: str
    symbol: str = ""
    number: str = ""
    branch: str = ""
    family: bool = False
    recipient: str = ""
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is valid on a day."""
        return self.since <= day and (self.until is None or day < self.until)

    @property
    def elderly(self) -> bool:
        """後期高齢者医療."""
        return self.insurer.startswith(ELDERLY)

    @property
    def written_insurer(self) -> str:
        """As receipts have it: eight places, a number of 国保 behind blanks."""
        return self.insurer.removeprefix("00").rjust(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person as a clinic knows them. ``key`` is what their life is drawn from; ``regular``: goes every month."""

    key: str
    name: str
    kana: str
    birth: date
    sex: str
    covers: tuple[Cover, ...]
    regular: bool = False

    def cover(self, day: date) -> Cover | None:
        """What pays on a day: an insurance before 医療扶助."""
        valid = [one for one in self.covers if one.holds(day)]
        return next((one for one in valid if not one.recipient), valid[0] if valid else None)

    def age(self, day: date) -> int:
        """Completed years."""
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


def of_cast(today: date) -> Iterator[Patient]:
    """The cast with every record that they ever had; they go every month, so that there is something to show."""
    for persona in cast(today):
        covers = [_membership(one) for one in persona.memberships]
        if persona.welfare is not None:
            welfare = persona.welfare
            covers.append(
                Cover(
                    insurer=welfare.office.number,
                    recipient=welfare.recipient,
                    since=welfare.start,
                    until=welfare.end,
                )
            )
        if covers:
            yield _patient(persona, tuple(covers))


def _membership(one: Membership) -> Cover:
    return Cover(
        insurer=one.insurer.number.rjust(8, "0"),
        symbol=one.symbol,
        number=one.number,
        branch=one.branch,
        family=one.family,
        since=one.start,
        until=one.end,
    )


def _patient(persona: Persona, covers: tuple[Cover, ...]) -> Patient:
    return Patient(
        key=persona.slug,
        name=_written(persona.name.as_registered()),
        kana=_written(persona.name.kana),
        birth=persona.birth,
        sex=persona.sex.value,
        covers=covers,
        regular=True,
    )


def of_population(people: Iterable[Person]) -> Iterator[Patient]:
    """Residents with the coverage that is valid today."""
    for one in people:
        cover = Cover(
            insurer=one.insurer,
            symbol=one.symbol,
            number=one.insured_number,
            branch=one.branch,
            family=one.relation == "2",
            since=one.qualified,
        )
        yield Patient(
            key=str(one.place),
            name=_written(one.name),
            kana=_written(one.kana),
            birth=one.birth,
            sex=one.sex,
            covers=(cover,),
        )


def _written(name: str) -> str:
    """Full width, one blank, at most 20 characters: what RE has room for."""
    return jaconv.h2z(name.replace(" ", "　"), ascii=True, digit=True)[:20].strip("　")
