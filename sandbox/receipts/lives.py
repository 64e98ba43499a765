"""What happens to a patient in a month: visits, drugs, teeth, stays; the same for the same seed, person and month.

Rates a month: receipts of NDB FY2023 over the population (医科入院外 1,074.8 M, 調剤 740.6 M, 歯科 248.0 M, 入院 28.5 M
a year over 123.8 M people), weighted by age. Drugs of a receipt: the distribution of 2001 (mean 3.90; from 80 on one
more); days: a mean of 19.9. Facts: data-formats reference 7.1; the weights of age are inferred.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from central.receipts.master import DrugMaster, Product
from central.receipts.record import last_day
from sandbox.receipts.patients import Patient

DRUG_COUNTS = (19.0, 19.5, 16.7, 12.2, 9.9, 7.4, 4.7, 3.5, 2.4, 1.7, 1.3, 0.9, 0.8)
"""Per cent of receipts with 1, 2, 3 … drugs; what the source has as "10 and more" is spread over 10 to 13."""
DAYS = {3: 2, 4: 2.5, 5: 12, 7: 20, 14: 18, 21: 1, 28: 22, 30: 17, 56: 2, 60: 2, 90: 1.5}
"""Days' supply of an oral drug → weight."""
OUTPATIENT, DENTAL, STAY = 0.72, 0.167, 0.019
"""Receipts a month and person."""
DISPENSED_OUTSIDE = 0.69
"""Of outpatient receipts, those with a dispensing receipt beside them (740.6 / 1,074.8)."""
IN_HOUSE = 0.5
"""Of the others, those with drugs of the clinic's own."""
AGE_WEIGHTS = ((6, 1.25), (15, 0.85), (40, 0.55), (65, 0.85), (75, 1.35), (200, 1.7))
"""Below this age: how often a person goes, against the mean."""
CHRONIC = ((15, 0.04), (40, 0.12), (65, 0.4), (75, 0.7), (200, 0.88))
"""Below this age: the share of those who go who take the same drugs month after month."""
ELDEST = 80
EVENINGS = ("006", "006", "006", "003", "013")
"""用法 of oral drugs: after breakfast mostly."""


@dataclass(frozen=True, slots=True)
class Given:
    """A drug as it was prescribed: ``form``: 剤形 (1 oral, 3 as needed, 5 external); ``amount`` a day or in all."""

    product: Product
    form: str
    usage: str
    amount: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpatient:
    """A month with one clinic. ``pharmacy``: where the drugs came from, None: the clinic itself (or none)."""

    clinic: int
    pharmacy: int | None
    days: tuple[int, ...]
    drugs: tuple[Given, ...]
    tested: bool
    first_visit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dental:
    """A month with a dentist."""

    dentist: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay within a month; ``by_group``: paid by diagnosis group (DPC)."""

    hospital: int
    first: int
    last: int
    operated: bool
    by_group: bool
    drugs: tuple[Given, ...]


Event = Outpatient | Dental | Stay


class Lives:
    """Draws lives. ``rate`` multiplies how often people go; places are numbers that `files` gives to institutions."""

    def __init__(self, seed: str, master: DrugMaster, *, rate: float = 1.0) -> None:
        self._seed = seed
        self._rate = rate
        products = sorted(master, key=lambda one: one.code)
        self._oral = [one for one in products if one.form == "1"]
        self._external = [one for one in products if one.form == "6"] or self._oral

    def comes_back(self, search: str, share: float) -> bool:
        """Whether the receipt with this 検索番号 is among the share that is returned."""
        return random.Random(f"{self._seed}:{search}").random() < share  # noqa: S311 - invented people

    def month(self, patient: Patient, month: date) -> list[Event]:
        """What the patient had in the month that begins on this day."""
        always = random.Random(f"{self._seed}:{patient.key}")  # noqa: S311 - invented people
        now = random.Random(f"{self._seed}:{patient.key}:{month:%Y%m}")  # noqa: S311 - invented people
        age = patient.age(month)
        weight = _below(AGE_WEIGHTS, age) * self._rate
        own = always.randrange(1 << 20), always.randrange(1 << 20)
        chronic = always.random() < _below(CHRONIC, age) or patient.regular
        regimen = self._drugs(always, age) if chronic else ()
        found: list[Event] = []
        outside = 1.0 if patient.regular else DISPENSED_OUTSIDE
        if patient.regular or now.random() < OUTPATIENT * weight * (1.25 if chronic else 0.85):
            found.append(self._visit(now, month, age, own, regimen, outside))
            if now.random() < (0.4 if patient.regular else 0.06 * weight):
                elsewhere = now.randrange(1 << 20), now.randrange(1 << 20)
                found.append(self._visit(now, month, age, elsewhere, (), outside))
        if now.random() < DENTAL * weight:
            found.append(Dental(dentist=own[0] // 3, days=_days(now, month, now.choice((1, 1, 2, 3)))))
        if now.random() < STAY * weight:
            first = now.randrange(1, 20)
            last = min(last_day(month), first + now.choice((2, 4, 6, 9)))
            operated = now.random() < 0.3
            drugs = self._drugs(now, age)
            by_group = now.random() < 0.46
            found.append(
                Stay(hospital=own[1], first=first, last=last, operated=operated, by_group=by_group, drugs=drugs)
            )
        return found

    def _visit(
        self,
        now: random.Random,
        month: date,
        age: int,
        own: tuple[int, int],
        regimen: tuple[Given, ...],
        share: float,
    ) -> Outpatient:
        outside = now.random() < share
        drugs = (regimen or self._drugs(now, age)) if outside or now.random() < IN_HOUSE else ()
        shortest = min((one.times for one in drugs if one.form == "1"), default=28)
        visits = 2 if shortest <= 14 and now.random() < 0.4 else 1
        return Outpatient(
            clinic=own[0],
            pharmacy=own[1] if outside else None,
            days=_days(now, month, visits),
            drugs=drugs,
            tested=now.random() < 0.4,
            first_visit=not regimen and now.random() < 0.5,
        )

    def _drugs(self, dice: random.Random, age: int) -> tuple[Given, ...]:
        wanted = dice.choices(range(1, len(DRUG_COUNTS) + 1), DRUG_COUNTS)[0] + (age >= ELDEST)
        days = dice.choices(tuple(DAYS), tuple(DAYS.values()))[0]
        found: list[Given] = []
        for product in _different(dice, self._oral, wanted):
            kind = dice.random()
            if kind < 0.14:
                external = dice.choice(self._external)
                if all(one.product.code != external.code for one in found):
                    found.append(Given(external, "5", "900", dice.choice((5, 10, 20, 35)), 1))
                    continue
            if kind > 0.93:
                found.append(Given(product, "3", "900", 1, dice.choice((5, 10, 10, 20))))
            else:
                usage = dice.choice(EVENINGS)
                found.append(Given(product, "1", usage, 3 if usage == "003" else 1, days))
        return tuple(found)


def _below(weights: Sequence[tuple[int, float]], age: int) -> float:
    return next(weight for limit, weight in weights if age < limit)


def _days(dice: random.Random, month: date, count: int) -> tuple[int, ...]:
    return tuple(sorted(dice.sample(range(1, last_day(month) + 1), count)))


def _different(dice: random.Random, products: Sequence[Product], wanted: int) -> list[Product]:
    """So many products, each of another ingredient as long as there are enough."""
    shuffled = dice.sample(products, len(products))
    first: dict[str, Product] = {}
    for one in shuffled:
        first.setdefault(one.ingredient, one)
    rest = [one for one in shuffled if first[one.ingredient] is not one]
    return [*first.values(), *rest][:wanted]
