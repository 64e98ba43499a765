"""A checkup as it is kept: facility, date, the person's keys, items; how long it is kept, and the trend over years.

Pure values: nothing here knows what day it is. Facts: reference data-formats 1.3, 3.2; issue 5 (five years kept).
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from central.checkups.items import Item, by_series, items, results
from central.checkups.observation import Observation
from central.checkups.reading import Document
from protocol import eras
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol

YEARS_KEPT = 5


class PersonKeys(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """What links a checkup to an insured record; ``sex`` is 1 or 2. Its parts never show themselves in ``repr``."""

    insurer: InsurerNumber
    symbol: Symbol | None
    number: InsuredNumber
    branch: Branch | None
    birth: BirthDate
    sex: str

    def __repr__(self) -> str:
        return "PersonKeys(…)"


class CheckupItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result. ``code``: JLAC10; ``value`` as written; ``unit``: UCUM; ``flag``: L or H; ``absent``: nullFlavor.

    ``method``: 検査方法, said by the code as well. ``known``: in the item table. An absent result has no value, and is
    never 0.
    """

    code: str
    value: str = ""
    unit: str = ""
    method: str = ""
    flag: str = ""
    absent: str = ""
    known: bool = True

    def __repr__(self) -> str:
        return f"CheckupItem({self.code!r})"

    @property
    def number(self) -> Decimal | None:
        """The number of a quantity."""
        item = items().get(self.code)
        return Decimal(self.value) if self.value and item is not None and item.unit else None

    @property
    def meaning(self) -> tuple[str, str]:
        """What a coded result means in Japanese and English; ("", "") for quantities and texts."""
        item = items().get(self.code)
        return results().get(item.oid, {}).get(self.value, ("", "")) if item is not None else ("", "")


class Checkup(msgspec.Struct, frozen=True):
    """One person's checkup. ``report``: 報告区分, ``program``: プログラム種別, ``file``: the name inside the ZIP."""

    file: str
    facility: FacilityCode
    day: date
    person: PersonKeys
    report: str
    program: str
    items: tuple[CheckupItem, ...]

    def __repr__(self) -> str:
        return f"Checkup({self.file!r})"

    def item(self, code: str) -> CheckupItem | None:
        """The result of a code."""
        return next((one for one in self.items if one.code == code), None)


class Point(msgspec.Struct, frozen=True, omit_defaults=True):
    """One year's result in a trend: the code says how it was measured."""

    day: date
    code: str
    value: str
    flag: str = ""


class Trend(msgspec.Struct, frozen=True):
    """The results of a series, the oldest first. ``unit`` is one for all points."""

    series: str
    ja: str
    en: str
    unit: str
    points: tuple[Point, ...]


def build(document: Document, found: list[Observation]) -> Checkup:
    """The checkup of a result document that has no fault; what has one gives none."""
    values = document.values
    symbol, branch = values.get("symbol", ""), values.get("branch", "")
    person = PersonKeys(
        insurer=InsurerNumber(values["insurer"]),
        symbol=Symbol(symbol) if symbol else None,
        number=InsuredNumber(values["number"]),
        branch=Branch(branch) if branch else None,
        birth=BirthDate(values["birth"]),
        sex=values["sex"],
    )
    return Checkup(
        file=document.file,
        facility=FacilityCode(values["facility"]),
        day=eras.day(values["day"]),
        person=person,
        report=values["report"],
        program=values["program"],
        items=tuple(_item(one) for one in found),
    )


def _item(one: Observation) -> CheckupItem:
    method = one.method or (one.item.method if one.item is not None else "")
    return CheckupItem(
        code=one.code,
        value="" if one.absent else one.value,
        unit="" if one.absent else one.unit,
        method=method,
        flag=one.flag,
        absent=one.absent,
        known=one.item is not None,
    )


def kept_until(day: date, years: int = YEARS_KEPT) -> date:
    """The last day on which a checkup of ``day`` is kept; of 29 February, 28 February [inferred]."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def kept(checkups: Iterable[Checkup], today: date, years: int = YEARS_KEPT) -> list[Checkup]:
    """The checkups that are still kept ``today``, the newest first. Days after ``today`` are kept as well."""
    return sorted(
        (one for one in checkups if today <= kept_until(one.day, years)), key=lambda one: one.day, reverse=True
    )


def trend(checkups: Iterable[Checkup], series: Iterable[str] | None = None) -> list[Trend]:
    """The results of one person over the years, by series (all of the table, in its order, unless named).

    A checkup gives at most one point to a series: the first of its items in the table's order that has a value
    (収縮期血圧: その他 before 2回目 before 1回目). Fasting and random results are different series. Of two checkups
    of one day the later in ``checkups`` counts. Series without any point are left out.
    """
    days = {one.day: one for one in checkups}
    wanted = by_series() if series is None else {name: by_series()[name] for name in series}
    found = []
    for name, members in wanted.items():
        points = tuple(point for day in sorted(days) if (point := _point(days[day], members)) is not None)
        if points:
            first = members[0]
            ja, en = first.ja.partition("（")[0] if len(members) > 1 else first.ja, first.en.partition(",")[0]
            found.append(Trend(name, ja, en if len(members) > 1 else first.en, first.unit, points))
    return found


def _point(checkup: Checkup, members: tuple[Item, ...]) -> Point | None:
    there = {one.code: one for one in checkup.items}
    for member in members:
        one = there.get(member.code)
        if one is not None and one.value and one.unit == member.unit:
            return Point(checkup.day, one.code, one.value, one.flag)
    return None
