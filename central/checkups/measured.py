"""Synthetic results of a checkup: plausible for age and sex, the same for the same seed, drifting over the years.

Who is heavier than others has, on the whole, higher pressure, triglyceride, sugar and ALT, and lower HDL. Not for
statistics about anybody. Facts: reference data-formats 3.2 (cut-offs of the metabolic judgement), 7.3 (what goes
together); how strongly is our own choice.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from central.checkups.checkup import CheckupItem, PersonKeys
from central.checkups.items import Item, items

MALE = "1"
_BMI = "9N011000000000001"
_FASTING, _NOT_FASTING = "2", "3"
_FASTING_TG, _RANDOM_TG = "3F015000002327101", "3F015129902327101"
_FASTING_SUGAR, _RANDOM_SUGAR = "3D010000001926101", "3D010129901926101"
_CHOICES = {
    "1A020000000191111": "11111123",
    "1A010000000191111": "111111234",
    "9N056000000000011": "2222221",
    "9N061000000000011": "2222221",
    "9N066000000000011": "2",
    "9N736000000000011": "1233333",
    "9N741000000000011": "122",
    "9N746000000000011": "12",
    "9N751000000000011": "12",
    "9N756000000000011": "12",
    "9N872000000000011": "11112",
    "9N766000000000011": "1222333",
    "9N771000000000011": "122",
    "9N782000000000011": "1233",
    "9N781000000000011": "1222",
    "9N786000000000011": "12345678",
    "9N796000000000011": "112",
    "9N801000000000011": "12345",
    "9N808000000000011": "1222",
    "9N716000000000011": "2222222221",
    "9N721000000000011": "2222222221",
    "9N726000000000011": "2",
    "9N731000000000011": "22222221",
}
"""Code → the results it takes, the frequent ones often."""
_WORDS = {
    "9N056000000000011": ("9N056160400000049", "合成の既往歴"),
    "9N061000000000011": ("9N061160800000049", "合成の自覚症状"),
}


def measure(person: PersonKeys, day: date, seed: int) -> list[CheckupItem]:
    """The items of a person's checkup on a day, in the order of the table."""
    life = Random(f"{seed}/{person.insurer}/{person.number.key}/{person.branch}")  # noqa: S311 - synthetic data
    year = Random(f"{seed}/{person.insurer}/{person.number.key}/{person.branch}/{day}")  # noqa: S311
    found = _body(person, day, life, year)
    found.update(_blood(life, year, (float(found[_BMI]) - 23) / 3.2))
    for code, results in _CHOICES.items():
        found[code] = life.choice(results) if year.random() < 0.85 else year.choice(results)
    for flag, (code, words) in _WORDS.items():
        if found[flag] == "1":
            found[code] = words
    for code, chance in (("9N701000000000011", 0.2), ("9N706000000000011", 0.08), ("9N711000000000011", 0.15)):
        found[code] = "1" if life.random() < chance else "2"
    found.update(_judgement(person, found))
    return [_item(items()[code], found[code]) for code in items() if code in found]


def _item(item: Item, value: str) -> CheckupItem:
    if not value:
        return CheckupItem(code=item.code, absent="NI", method=item.method)
    flag = ""
    if item.unit and item.low is not None and Decimal(value) <= item.low:
        flag = "L"
    elif item.unit and item.high is not None and Decimal(value) >= item.high:
        flag = "H"
    return CheckupItem(code=item.code, value=value, unit=item.unit, method=item.method, flag=flag)


def _written(code: str, number: float) -> str:
    item = items()[code]
    shown = Decimal(number).quantize(Decimal(1).scaleb(-item.digits[1]), ROUND_HALF_UP)
    return str(max(shown, Decimal(0)))


def _body(person: PersonKeys, day: date, life: Random, year: Random) -> dict[str, str]:
    male, age = person.sex == MALE, person.birth.age_on(day)
    height = life.gauss(170.0, 6.0) if male else life.gauss(157.0, 5.5)
    mass = life.gauss(23.8 if male else 22.2, 3.2) + 0.05 * min(age - 40, 25) + year.gauss(0, 0.4)
    kilos = Decimal(_written("9N006000000000001", max(mass, 15.0) * (height / 100) ** 2))
    tall = _written("9N001000000000001", height)
    metres = Decimal(tall) / 100
    heavy = (mass - 23) / 3.2
    systolic = life.gauss(122, 13) + 0.4 * (age - 45) + 3 * heavy + year.gauss(0, 4)
    diastolic = min(life.gauss(76, 8) + year.gauss(0, 3), systolic - 20)
    waist = 82 + 2.4 * (mass - 23) + year.gauss(0, 1.5)
    return {
        "9N001000000000001": tall,
        "9N006000000000001": str(kilos),
        _BMI: str((kilos / metres**2).quantize(Decimal("0.1"), ROUND_HALF_UP)),
        "9N016160100000001": _written("9N016160100000001", waist),
        "9A752000000000001": _written("9A752000000000001", systolic),
        "9A751000000000001": _written("9A751000000000001", systolic + abs(year.gauss(3, 2))),
        "9A762000000000001": _written("9A762000000000001", diastolic),
        "9A761000000000001": _written("9A761000000000001", diastolic + abs(year.gauss(1, 1))),
    }


def _blood(life: Random, year: Random, heavy: float) -> dict[str, str]:
    """``heavy``: how far the BMI lies from the middle, in standard deviations."""
    fasting = year.random() < 0.85
    lipids = 2.718 ** (life.gauss(4.6, 0.42) + 0.18 * heavy + year.gauss(0, 0.12))
    sugar = life.gauss(97, 11) + 5 * heavy + year.gauss(0, 3)
    if life.random() < 0.05 + 0.03 * max(heavy, 0.0):  # the few with diabetes
        sugar += abs(life.gauss(40, 15))
    values = {
        "3F070000002327101": life.gauss(62, 13) - 5 * heavy,
        "3F077000002327101": life.gauss(123, 28) + year.gauss(0, 6),
        "3B035000002327201": 2.718 ** (life.gauss(3.1, 0.3) + year.gauss(0, 0.1)),
        "3B045000002327201": 2.718 ** (life.gauss(3.0, 0.42) + 0.15 * heavy + year.gauss(0, 0.1)),
        "3B090000002327101": 2.718 ** (life.gauss(3.4, 0.6) + year.gauss(0, 0.1)),
        "3D046000001906202": 5.5 + (sugar - 97) / 30 + year.gauss(0, 0.1),
        _FASTING_TG if fasting else _RANDOM_TG: lipids if fasting else lipids * 1.3,
        _FASTING_SUGAR if fasting else _RANDOM_SUGAR: sugar if fasting else sugar + 15,
    }
    written = {code: _written(code, value) for code, value in values.items()}
    other = {} if fasting else {_FASTING_TG: "", _FASTING_SUGAR: ""}
    return {**written, **other, "9N141000000000011": _FASTING if fasting else _NOT_FASTING}


def _judgement(person: PersonKeys, found: dict[str, str]) -> dict[str, str]:
    def at_least(code: str, limit: str) -> bool:
        return bool(found.get(code)) and Decimal(found[code]) >= Decimal(limit)

    wide = at_least("9N016160100000001", "85" if person.sex == MALE else "90")
    risks = [
        at_least(_FASTING_TG, "150") or at_least(_RANDOM_TG, "175") or not at_least("3F070000002327101", "40"),
        at_least("9A752000000000001", "130") or at_least("9A762000000000001", "85"),
        at_least(_FASTING_SUGAR, "110") or at_least("3D046000001906202", "6.0"),
    ]
    syndrome = "3" if not wide or not any(risks) else "1" if sum(risks) > 1 else "2"
    return {
        "9N501000000000011": syndrome,
        "9N506000000000011": {"1": "1", "2": "2", "3": "3"}[syndrome],
        "9N511000000000049": "異常所見なし" if not any(risks) else "要経過観察",
        "9N516000000000049": "架空　一郎",
    }
