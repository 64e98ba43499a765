"""Mistakes that link a person to somebody else's data, seeded on purpose: each class has a name and is told apart.

A mistake changes an upload's line, never the resident register. What the importer has to find or stop is in the
names here; facts: data-formats reference 1.9, field reference 1 (7,312 wrong links).
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from sandbox.residents.lines import Line
from sandbox.residents.people import Person, number_of

Stated = tuple[Person, Line]


class Mistake(StrEnum):
    """What went wrong at the insurer."""

    NAMESAKE = "namesake"
    """The number of another person with the same kana name, sex and birth date, found on three items."""
    FAMILY = "family"
    """The number of another member of the family."""
    SWAPPED = "swapped"
    """Two people of one file have each other's number."""
    TWO_ON_ONE = "two-on-one"
    """Two people of one file have the same number."""
    ONE_ON_TWO = "one-on-two"
    """The same person once more, under another record and a number that nobody has."""
    WRONG_NUMBER = "wrong-number"
    """A stranger's number: typing errors that keep the check digit, a slipped row."""
    NUMBER_TYPO = "number-typo"
    """One digit wrong: the check digit tells."""
    BIRTH_TYPO = "birth-typo"
    SEX_TYPO = "sex-typo"


_FREE = 90_000_000_000
"""Places from here on have numbers that nobody of the population has."""


class Mistakes:
    """Puts ``wanted`` mistakes evenly among ``of`` lines, the classes in turn."""

    def __init__(self, seed: str, *, wanted: int, of: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - invented people
        self._wanted, self._of = wanted, of
        self._seen = 0
        self._turn = 0
        self._numbers_of_nobody = 0
        self.done = 0
        self.residents: list[tuple[str, ...]] = []
        """Further residents, whose numbers are given away: namesakes and strangers."""

    def made(self, stated: Sequence[Stated]) -> list[tuple[Line, str]]:
        """The lines, some of them now wrong, each with the name of its mistake or ""."""
        self._seen += len(stated)
        lines = [line for _, line in stated]
        kinds = [""] * len(lines)
        extra: list[tuple[Line, str]] = []
        free = list(range(len(lines)))
        self._rng.shuffle(free)
        order = tuple(Mistake)
        while self.done < self._wanted * self._seen // self._of and len(free) > 1:
            kind = order[self._turn % len(order)]
            self._turn += 1
            at = free.pop()
            if kind is Mistake.ONE_ON_TWO:
                extra.append((self._again(lines[at]), kind.value))
                self.done += 1
                continue
            touched = self._spoil(kind, stated, at, free)
            for one in touched:
                kinds[one] = kind.value
            self.done += len(touched)
        return [*zip(lines, kinds, strict=True), *extra]

    def _spoil(self, kind: Mistake, stated: Sequence[Stated], at: int, free: list[int]) -> tuple[int, ...]:
        """Makes one mistake; gives the places of the lines that are wrong now."""
        person, line = stated[at]
        match kind:
            case Mistake.NAMESAKE:
                line["individual"] = self._namesake(person)
            case Mistake.FAMILY:
                near = [o for o in (at - 1, at + 1) if 0 <= o < len(stated) and stated[o][0].home == person.home]
                if not near:
                    return ()
                line["individual"] = stated[self._rng.choice(near)][0].number
            case Mistake.SWAPPED:
                other = free.pop()
                line["individual"], stated[other][1]["individual"] = stated[other][0].number, person.number
                return at, other
            case Mistake.TWO_ON_ONE:
                line["individual"] = stated[free.pop()][0].number
            case Mistake.WRONG_NUMBER:
                line["individual"] = self._stranger(stated[free[-1]][0])
            case Mistake.NUMBER_TYPO:
                place = self._rng.randrange(11)
                digit = (int(line["individual"][place]) + self._rng.randrange(1, 10)) % 10
                line["individual"] = f"{line['individual'][:place]}{digit}{line['individual'][place + 1 :]}"
            case Mistake.BIRTH_TYPO:
                off = timedelta(days=self._rng.choice((1, 10, 30, 365, 3650)))
                line["birth"] = f"{min(person.birth + off, person.qualified):%Y%m%d}"
                if line["birth"] == f"{person.birth:%Y%m%d}":
                    return ()
            case Mistake.SEX_TYPO:
                line["sex"] = "1" if person.sex == "2" else "2"
        return (at,)

    def _stranger(self, like: Person) -> str:
        """A new resident, in nobody's upload, made of another person's parts."""
        number = number_of(_FREE + 5_000_000_000 + len(self.residents))
        birth = like.birth - timedelta(days=11 + len(self.residents) % 300)
        self.residents.append((number, like.name, like.kana, f"{birth:%Y%m%d}", like.sex, like.home.address))
        return number

    def _again(self, line: Line) -> Line:
        self._numbers_of_nobody += 1
        number = number_of(_FREE + self._numbers_of_nobody)
        return line | {"individual": number, "symbol": f"{line.get('symbol', '')}9", "branch": "77"}

    def _namesake(self, person: Person) -> str:
        """A new resident: same kana name, sex and birth date; another kanji name mostly, another address always,
        a neighbour's as often as not."""
        number = number_of(_FREE + 5_000_000_000 + len(self.residents))
        other = f"{person.surname[:1]}{'野原川'[len(self.residents) % 3]}"
        surname = person.surname if self._rng.random() < 0.4 else other
        if person.place % 2:
            address = replace(person.home, house=person.home.house + 20, building="").address
        else:
            spot = f"{1 + len(self.residents) % 9}丁目{1 + len(self.residents) % 30}番{person.place % 20 + 21}号"
            address = f"別見県他市本町{spot}"
        self.residents.append(
            (
                number,
                f"{surname}　{person.given}",
                person.kana,
                f"{person.birth:%Y%m%d}",
                person.sex,
                address,
            )
        )
        return number
