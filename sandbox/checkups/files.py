"""Who is examined when and where, and the ZIPs that the facilities send: one for each facility, insurer and year.

The same members and seed give the same bytes. Who takes part does so in most years and others in few, so that trends
have gaps as in life; the mean is ``participation``. Facts: data-formats reference 3.1, 7.1 (59.9 % in 2023), 7.3.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from central.checkups.checkup import YEARS_KEPT
from central.checkups.names import FolderName
from central.checkups.synthesis import Examined, submission
from protocol import eras
from protocol.numbers import with_check_digit
from sandbox.cast.days import years_before
from sandbox.checkups.members import Member

PARTICIPATION = 60
"""Per cent of those who may take part, in a year."""
FACILITIES = 3
"""How many facilities examine the members of an insurer; more where the turns of a day would not do."""
PER_ZIP = 1000
TURNS = 10
_STEADY = 4.0
"""How much people differ: the parameters of a Beta distribution add up to this."""
_SENT_AFTER = timedelta(days=14)


class Written(NamedTuple):
    """What was written. ``members``: of an age for a checkup in one of the years."""

    members: int
    checkups: int
    zips: int


@dataclass(frozen=True, slots=True)
class Plan:
    """``seed`` of everything; ``today``: the world's day; ``participation`` in per cent, 0 to 100."""

    seed: int
    today: date
    years: int = YEARS_KEPT
    participation: int = PARTICIPATION

    def window(self, year: int) -> tuple[date, date]:
        """First day and first day after of a year, counted back from today; the last submissions were sent today."""
        end = self.today - _SENT_AFTER
        first = years_before(end, year + 1)
        return max(first, years_before(self.today, YEARS_KEPT)), years_before(end, year)

    def days(self, member: Member) -> Iterator[tuple[int, date]]:
        """The years and days on which a member is examined."""
        own = Random(f"{self.seed}/{member.keys.insurer}/{member.keys.number}/{member.keys.branch}/days")  # noqa: S311
        mean = self.participation / 100
        habit = mean if mean in {0.0, 1.0} else own.betavariate(_STEADY * mean, _STEADY * (1 - mean))
        for year in range(self.years):
            first, end = self.window(year)
            day = first + timedelta(days=own.randrange(max((end - first).days, 1)))
            if own.random() < habit and member.insured(day) and member.program(day) is not None:
                yield year, day


def write(
    members: Iterable[Member], folder: Path, plan: Plan, *, told: Callable[[int], None] = lambda _: None
) -> Written:
    """Writes the ZIPs into ``folder``; ``told`` hears how many checkups are written."""
    folder.mkdir(parents=True, exist_ok=True)
    of_insurer: dict[str, list[Member]] = {}
    counted = 0
    for one in members:
        if one.program(plan.today) is not None:
            counted += 1
            of_insurer.setdefault(one.keys.insurer.padded_zeros, []).append(one)
    checkups = zips = 0
    for insurer, own in sorted(of_insurer.items()):
        for name, examined in _submissions(insurer, own, plan):
            (folder / f"{name}.zip").write_bytes(submission(name, examined, seed=plan.seed))
            checkups, zips = checkups + len(examined), zips + 1
            told(checkups)
    return Written(counted, checkups, zips)


def _submissions(insurer: str, members: list[Member], plan: Plan) -> Iterator[tuple[FolderName, list[Examined]]]:
    facilities = max(FACILITIES, -(-len(members) // (PER_ZIP * TURNS // 2)))
    groups: dict[tuple[int, int], list[Examined]] = {}
    for place, one in enumerate(members):
        for year, day in plan.days(one):
            card = f"{day.year % 100:02d}{place:09d}"
            group = groups.setdefault((year, place % facilities), [])
            group.append(Examined(one.keys, one.kana, day, card, one.program(day) or ""))
    for (year, facility), examined in sorted(groups.items(), reverse=True):
        sent = eras.day_text(plan.window(year)[1] + _SENT_AFTER)
        for turn in range(0, len(examined), PER_ZIP):
            name = FolderName(facility_code(facility), insurer, sent, str(turn // PER_ZIP), "1")
            yield name, examined[turn : turn + PER_ZIP]


def facility_code(serial: int) -> str:
    """A facility that examines, in prefecture 99."""
    return with_check_digit(f"99198{serial:04d}")
