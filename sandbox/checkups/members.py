"""Who may be examined: people of the population or of the cast, by the insured record that their insurer uploads.

Not for results (`central.checkups.measured`). Facts: specific checkups are for 40 to 74, those of 75 and over are their
広域連合's (program 020); data-formats reference 3.1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from central.checkups.checkup import PersonKeys
from protocol.numbers import BirthDate, Branch, InsuredNumber, InsurerNumber, Symbol
from sandbox.cast.persona import Persona
from sandbox.residents.people import Person

FIRST_AGE, ELDERLY_AGE = 40, 75
SPECIFIC, ELDERLY = "010", "020"


@dataclass(frozen=True, slots=True)
class Member:
    """An insured record and who holds it; ``until``: the first day without this coverage."""

    keys: PersonKeys
    kana: str
    since: date
    until: date | None = None

    def insured(self, day: date) -> bool:
        """Whether the record was valid on that day."""
        return self.since <= day and (self.until is None or day < self.until)

    def program(self, day: date) -> str | None:
        """プログラム種別 of a checkup on that day; None for those who are too young for one."""
        age = self.keys.birth.age_on(day)
        return None if age < FIRST_AGE else SPECIFIC if age < ELDERLY_AGE else ELDERLY


def of_population(people: Iterable[Person]) -> Iterator[Member]:
    """The people of `sandbox.residents`, each under the one record of today."""
    for one in people:
        yield Member(
            _keys(one.insurer, one.symbol, one.insured_number, one.branch, one.birth, one.sex), one.kana, one.qualified
        )


def of_cast(cast: Iterable[Persona]) -> Iterator[Member]:
    """The members of the cast, under every record that they have or had."""
    for one in cast:
        for held in one.memberships:
            number = InsurerNumber(held.insurer.number).padded_zeros
            keys = _keys(number, held.symbol, held.number, held.branch, one.birth, one.sex.value)
            yield Member(keys, one.name.kana, held.start, held.end)


def _keys(insurer: str, symbol: str, number: str, branch: str, birth: date, sex: str) -> PersonKeys:
    return PersonKeys(
        insurer=InsurerNumber(insurer),
        symbol=Symbol(symbol) if symbol else None,
        number=InsuredNumber(number),
        branch=Branch(branch) if branch else None,
        birth=BirthDate.of(birth),
        sex=sex,
    )
