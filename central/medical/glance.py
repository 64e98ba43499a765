"""At a glance for the doctor: facts of the drugs side by side, each with the lines it came from. No advice.

Pure. Three statements: the same ingredient from two places, days of supply left, the drugs of the last dispensing. A
place is who prescribed. An ingredient is the first seven characters of the 薬価基準コード (or of the general name's
code), the same form and strength the first nine. Facts: issue 5.6, reference data-formats 2.7, 2.8. Inferred: a
supply begins on the day of dispensing and is told for oral drugs only; 120 days are looked back, because receipts
arrive up to two months late.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from central.disclosure.disclosed import Disclosed, Holder
from central.medical.messages import number
from central.medical.words import gap_lines
from central.receipts.extract import DrugLine
from central.receipts.master import DrugMaster
from protocol.eras import JST

LOOKED_BACK = timedelta(days=120)
_PHARMACY_ORAL = "1"
_IN_HOUSE_ORAL = "21"
_INGREDIENT = 7
_STRENGTH = 9


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a receipt as a fact. ``receipt`` and ``line`` say where it stands; ``last_day`` and ``days_left``
    (with today) only for oral drugs."""

    receipt: str
    line: int
    code: str
    name: str
    general_name: str = ""
    place_code: str
    place: str
    prescriber_code: str = ""
    prescriber: str = ""
    prescribed_on: date
    dispensed_on: date
    amount: str = ""
    unit: str = ""
    usage: str = ""
    times: int
    last_day: date | None = None
    days_left: int | None = None

    def __repr__(self) -> str:
        return f"Line({self.receipt!r}, {self.line})"


class SameIngredient(msgspec.Struct, frozen=True, kw_only=True):
    """One ingredient that two or more places gave; ``same_strength``: all lines have one form and strength."""

    ingredient: str
    ja: str
    en: str
    same_strength: bool
    lines: tuple[Line, ...]


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """Oral drugs that last until today or longer, as they were dispensed."""

    ja: str
    en: str
    lines: tuple[Line, ...]


class LastDispensing(msgspec.Struct, frozen=True, kw_only=True):
    """The drugs of the newest day on which any were dispensed."""

    day: date
    ja: str
    en: str
    lines: tuple[Line, ...]


class MissingPart(msgspec.Struct, frozen=True):
    """What the statements cannot know, in words."""

    ja: str
    en: str


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """The statements for one reading on one day (Japan). A statement that has no line is not there."""

    reading_id: str
    person: Holder
    today: date
    since: date
    same_ingredient: tuple[SameIngredient, ...]
    supply: Supply | None
    last_dispensing: LastDispensing | None
    missing: tuple[MissingPart, ...]

    def __repr__(self) -> str:
        return f"Glance({self.reading_id!r})"


def glance(disclosed: Disclosed, master: DrugMaster) -> Glance:
    """The facts as of the reading's day, from what was read `Asked.at_a_glance`: whatever period was asked for besides.

    Drugs that ``master`` does not know are the same only by code.
    """
    today = disclosed.disclosed_at.astimezone(JST).date()
    since = today - LOOKED_BACK
    pairs = [(receipt.receipt_id, one) for receipt in disclosed.glanced for one in receipt.drugs]
    pairs = [(receipt, one) for receipt, one in pairs if one.dispensed_on <= today]
    recent = [(receipt, one) for receipt, one in pairs if one.dispensed_on >= since]
    return Glance(
        reading_id=disclosed.reading_id,
        person=disclosed.person,
        today=today,
        since=since,
        same_ingredient=tuple(_same(recent, master, today)),
        supply=_supply(pairs, today),
        last_dispensing=_last(pairs, today),
        missing=tuple(MissingPart(ja, en) for ja, en in gap_lines(disclosed.gaps)),
    )


def last_day(one: DrugLine) -> date | None:
    """The last day of an oral drug's supply, when it is begun on the day of dispensing; None for other drugs."""
    oral = one.category == (_PHARMACY_ORAL if one.pharmacy else _IN_HOUSE_ORAL)
    if not oral or one.inpatient or not 0 < one.times <= 366:
        return None
    return one.dispensed_on + timedelta(days=one.times - 1)


_Pair = tuple[str, DrugLine]


def _line(pair: _Pair, today: date) -> Line:
    receipt, one = pair
    ends = last_day(one)
    return Line(
        receipt=receipt,
        line=one.line,
        code=one.code,
        name=one.name or one.code,
        general_name=one.general_name,
        place_code=one.institution.code,
        place=one.institution.name,
        prescriber_code=one.prescriber.code,
        prescriber=one.prescriber.name,
        prescribed_on=one.prescribed_on,
        dispensed_on=one.dispensed_on,
        amount=number(one.amount) or "",
        unit=one.unit,
        usage="　".join(part for part in (one.usage, one.instruction) if part),
        times=one.times,
        last_day=ends,
        days_left=None if ends is None else max((ends - today).days + 1, 0),
    )


def _lines(pairs: Iterable[_Pair], today: date) -> tuple[Line, ...]:
    found = (_line(pair, today) for pair in pairs)
    return tuple(sorted(found, key=lambda one: (-one.dispensed_on.toordinal(), one.receipt, one.line)))


def _codes(one: DrugLine, master: DrugMaster) -> tuple[str, str]:
    """Ingredient, and form with strength."""
    product = master.product(one.code, one.dispensed_on)
    coded = (product.price_code or product.general_code) if product is not None else ""
    if len(coded) < _STRENGTH:
        return one.code, one.code
    return coded[:_INGREDIENT], coded[:_STRENGTH]


def _same(pairs: list[_Pair], master: DrugMaster, today: date) -> Iterator[SameIngredient]:
    groups: dict[str, list[tuple[str, _Pair]]] = {}
    for pair in pairs:
        ingredient, strength = _codes(pair[1], master)
        groups.setdefault(ingredient, []).append((strength, pair))
    for ingredient, members in sorted(groups.items()):
        places = {_place(pair[1]) for _, pair in members}
        if len(places) > 1:
            yield SameIngredient(
                ingredient=ingredient,
                ja=f"同じ成分が{len(places)}か所から出ています。",
                en=f"The same ingredient came from {len(places)} places.",
                same_strength=len({strength for strength, _ in members}) == 1,
                lines=_lines((pair for _, pair in members), today),
            )


def _place(one: DrugLine) -> str:
    """Where it came from: who prescribed it, or who gave it where that is not told."""
    return one.prescriber.code or one.prescriber.name or one.institution.code


def _supply(pairs: list[_Pair], today: date) -> Supply | None:
    lasting = [pair for pair in pairs if (ends := last_day(pair[1])) is not None and ends >= today]
    if not lasting:
        return None
    return Supply(
        ja="内服薬の残り日数（調剤日から飲み始めたとして）。",
        en="Days of oral drugs left, if begun on the day of dispensing.",
        lines=_lines(lasting, today),
    )


def _last(pairs: list[_Pair], today: date) -> LastDispensing | None:
    newest = max((one.dispensed_on for _, one in pairs), default=None)
    if newest is None:
        return None
    return LastDispensing(
        day=newest,
        ja="記録にある最後の調剤の薬です。",
        en="The drugs of the last dispensing on record.",
        lines=_lines((pair for pair in pairs if pair[1].dispensed_on == newest), today),
    )
