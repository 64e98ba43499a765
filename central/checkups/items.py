"""The items of a specific checkup (特定健診項目) by their 17-digit JLAC10 code, and the lists of their results.

Loaded from our own tables in ``data/``: `items.csv`, one row for each code, and `codes.csv`, one row for each result
of each list. Names are ours and mean nothing: every rule goes by code. Facts: reference data-formats 3.2; ranges
marked ``source`` from the ministry's programme (wic-8096/200), those marked ``inferred`` are to be confirmed.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from importlib.resources import files

OID = "1.2.392.200119.6."
"""The root under which the ministry numbers its lists."""
BLOOD_SUGAR = frozenset("bcd")
"""Rules of 空腹時血糖, 随時血糖 and HbA1c: one of the three is enough."""
WHEN_NOTED = {
    "9N056160400000049": "9N056000000000011",
    "9N061160800000049": "9N061000000000011",
    "9N066160800000049": "9N066000000000011",
}
"""The words of a history or symptom, required where the item beside them says 1 (特記事項あり)."""
PHYSICIAN = "9N516000000000049"
"""医師の氏名: a person's name."""


class DataType(Enum):
    """The HL7 data type of a result: number with unit, code, ordered code, text."""

    PQ = "数値"
    CD = "コード"
    CO = "順序コード"
    ST = "文字列"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the table.

    ``series``: what years are compared by; items that measure the same in other ways share it, in the order in which
    they are taken (その他, 2回目, 1回目). ``rule``: 1 required, a letter one of its group, 2 detailed, 7 if
    answered, 5 other. ``digits``: before and behind the point (PQ). ``longest``: characters (ST). ``unit``: UCUM.
    ``method``: what methodCode says, "" for none. ``oid``: the list of the results. ``low`` and ``high``: input
    range; a result at or beyond them carries L or H.
    """

    code: str
    series: str
    section: str
    rule: str
    type: DataType
    digits: tuple[int, int]
    longest: int
    unit: str
    method: str
    oid: str
    low: Decimal | None
    high: Decimal | None
    range_inferred: bool
    ja: str
    en: str

    @property
    def personal(self) -> bool:
        """Whether the result names a person."""
        return self.code == PHYSICIAN


@lru_cache(maxsize=1)
def items() -> Mapping[str, Item]:
    """Every item by its code, in the order of the table."""
    found: dict[str, Item] = {}
    for row in _rows("items.csv"):
        before, _, behind = row["format"].partition(".")
        type_ = DataType[row["type"]]
        one = Item(
            code=row["code"],
            series=row["series"],
            section=row["section"],
            rule=row["rule"],
            type=type_,
            digits=(len(before), len(behind)) if type_ is DataType.PQ else (0, 0),
            longest=int(row["format"]) if type_ is DataType.ST else 0,
            unit=row["unit"],
            method=row["method"],
            oid=OID + row["oid"] if row["oid"] else "",
            low=Decimal(row["low"]) if row["low"] else None,
            high=Decimal(row["high"]) if row["high"] else None,
            range_inferred=row["range"] == "inferred",
            ja=row["ja"],
            en=row["en"],
        )
        if found.setdefault(one.code, one) is not one:
            raise ValueError(f"two rows of {one.code}")
    return found


@lru_cache(maxsize=1)
def results() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """OID of a list → code → its meaning in Japanese and English."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in _rows("codes.csv"):
        found.setdefault(OID + row["oid"], {})[row["code"]] = (row["ja"], row["en"])
    return found


@lru_cache(maxsize=1)
def required() -> tuple[str, ...]:
    """The codes that every specific checkup carries."""
    return tuple(code for code, one in items().items() if one.rule == "1" and code not in WHEN_NOTED)


@lru_cache(maxsize=1)
def groups() -> tuple[frozenset[str], ...]:
    """The codes of which every specific checkup carries at least one each."""
    found: dict[str, set[str]] = {}
    for code, one in items().items():
        if one.rule.isalpha():
            found.setdefault("blood sugar" if one.rule in BLOOD_SUGAR else one.rule, set()).add(code)
    return tuple(frozenset(codes) for codes in found.values())


@lru_cache(maxsize=1)
def by_series() -> Mapping[str, tuple[Item, ...]]:
    """The items of each series in the order in which they are taken."""
    found: dict[str, list[Item]] = {}
    for one in items().values():
        found.setdefault(one.series, []).append(one)
    return {series: tuple(members) for series, members in found.items()}


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader((files("central.checkups") / "data" / name).read_text(encoding="utf-8").splitlines())
