"""Judges one receipt as a whole: order of records, payers, totals, days, dates that contradict each other.

What a damaged field or line makes uncertain is not judged. Facts: reference data-formats 2.2-2.6, 2.10.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from central.receipts import points
from central.receipts.codes import receipt_type
from central.receipts.fields import institution_fits
from central.receipts.finding import LineFault, contradiction, finding
from central.receipts.kinds import Kind
from central.receipts.record import Receipt, Record, last_day
from protocol.errors import receipts

Damage = Mapping[int, Collection[str]]
"""Line → names of its fields that are wrong; an empty name stands for the whole line."""

_SUMMED = ("points", "burden", "count", "category", "quantity")


class Sound:
    """What may be relied on in a receipt with these damages."""

    def __init__(self, damage: Damage) -> None:
        self._damage = damage

    def line(self, record: Record) -> bool:
        """Whether nothing in the line is wrong."""
        return record.line not in self._damage

    def field(self, record: Record, *names: str) -> bool:
        """Whether a record's fields with these names are right."""
        wrong = self._damage.get(record.line, ())
        return "" not in wrong and not any(name in wrong for name in names)

    @property
    def lines(self) -> bool:
        """Whether every line is at least a known record."""
        return not any("" in wrong for wrong in self._damage.values())

    @property
    def sums(self) -> bool:
        """Whether nothing is wrong that a total comes from."""
        return self.lines and not any(name.endswith(_SUMMED) for wrong in self._damage.values() for name in wrong)


def receipt_faults(receipt: Receipt, damage: Damage) -> Iterator[LineFault]:
    """The faults of a receipt that are not those of single fields, each told once."""
    sound = Sound(damage)
    yield from _order(receipt)
    yield from _type(receipt, sound)
    yield from _payers(receipt, sound)
    yield from _dates(receipt, sound)
    days = tuple(_day_columns(receipt, sound))
    yield from days
    yield from _visit_days(receipt, sound)
    if sound.sums and not days:
        yield from _totals(receipt)


def _order(receipt: Receipt) -> Iterator[LineFault]:
    """The first record out of its place, and each record too many."""
    reached = -1
    counts: dict[str, int] = {}
    told = False
    dispensing = receipt.opening.kind is Kind.DISPENSING
    needs = {"CZ": "SH", "IY": "CZ", "TO": "CZ"} if dispensing else {}
    for one in receipt.records:
        counts[one.id] = counts.get(one.id, 0) + 1
        if one.type is None:
            continue
        if one.type.most is not None and counts[one.id] == one.type.most + 1:
            yield finding(receipts.RECORD_TWICE, one, None)
        stage = one.type.stage
        early = stage is not None and stage < reached
        if (early or (one.id in needs and needs[one.id] not in counts)) and not told:
            told = True
            yield finding(receipts.RECORD_ORDER, one, None)
        reached = max(reached, stage if stage is not None else reached)


def _type(receipt: Receipt, sound: Sound) -> Iterator[LineFault]:
    common = receipt.common
    if sound.field(common, "type"):
        code = common.text("type")
        if receipt_type(code) is None or code[0] != receipt.opening.kind.table:
            yield contradiction(receipts.RECEIPT_TYPE, common, "type")
    names = ("prescriber_prefecture", "prescriber_table", "prescriber_institution")
    parts = [common.text(name) for name in names]
    if all(parts) and sound.field(common, *names) and not institution_fits(*parts):
        yield contradiction(receipts.CHECK_DIGIT, common, "prescriber_institution")


def _payers(receipt: Receipt, sound: Sound) -> Iterator[LineFault]:
    """種別: the second digit says whether there is an insurance, the third how many payers there are."""
    code = receipt.common.text("type")
    if not sound.lines or not sound.field(receipt.common, "type") or receipt_type(code) is None:
        return
    insured = code[1] != "2"
    public = int(code[2]) - insured
    counted = len(receipt.every("HO")), len(receipt.every("KO"))
    if (min(counted[0], 1), min(counted[1], 4)) != (int(insured), public):
        yield contradiction(receipts.PAYERS, receipt.common, "type", f"HO {int(insured)}, KO {public}")


def _dates(receipt: Receipt, sound: Sound) -> Iterator[LineFault]:
    common = receipt.common
    month = common.month("month")
    birth = common.day("birth_date")
    if month is not None and birth is not None and birth > month.replace(day=last_day(month)):
        yield contradiction(receipts.BORN_LATER, common, "birth_date")
    claimed = receipt.opening.record.month("claim_month")
    if claimed is not None and month is not None and month > claimed:
        yield contradiction(receipts.MONTH_LATER, common, "month")
    for one in receipt.records:
        if one.id == "CZ" and sound.field(one, "prescribed_on", "dispensed_on"):
            prescribed, dispensed = one.day("prescribed_on"), one.day("dispensed_on")
            if prescribed is not None and dispensed is not None and dispensed < prescribed:
                yield contradiction(receipts.DISPENSED_EARLIER, one, "dispensed_on")


def _day_columns(receipt: Receipt, sound: Sound) -> Iterator[LineFault]:
    """Day columns add up to the count where they are filled; no column lies behind the month's last day."""
    month: date | None = receipt.common.month("month")
    for one in receipt.records:
        days = one.days()
        if not days or not sound.field(one, *(f"day_{day}" for day, _ in days)):
            continue
        if month is not None and days[-1][0] > last_day(month):
            yield contradiction(receipts.NO_SUCH_DAY, one, f"day_{days[-1][0]}")
        elif one.id in points.LINES and sound.field(one, "count"):
            total = sum(number for _, number in days)
            if total != one.integer("count"):
                yield contradiction(receipts.DAY_COLUMNS, one, "count", total)


def _visit_days(receipt: Receipt, sound: Sound) -> Iterator[LineFault]:
    """JD against the day count of its payer. A day with 9 says itself that it fits nothing: then nothing is said."""
    payers = points.payers(receipt)
    for one in receipt.every("JD"):
        payer = payers.get((one.integer("payer_kind") or 0) - 1)
        marks = [mark for _, mark in one.days()]
        if payer is None or 9 in marks or not sound.field(payer, "days") or not sound.line(one):
            continue
        counted, told = marks.count(1), payer.integer("days")
        if told is None:
            continue
        dispensing = receipt.opening.kind is Kind.DISPENSING
        fits = min(told, 1) <= counted <= told if dispensing else counted == told
        if not fits:
            yield contradiction(receipts.VISIT_DAYS, payer, "days", counted)


def _totals(receipt: Receipt) -> Iterator[LineFault]:
    found = points.sums(receipt)
    if found is None:
        return
    for payer, record in points.payers(receipt).items():
        told = record.integer("points")
        if payer in found and told is not None and told not in found[payer]:
            yield contradiction(receipts.TOTAL_POINTS, record, "points", min(found[payer]))
