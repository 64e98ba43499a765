"""Judges a receipt file as it is read: fields, order, payers, totals, days. One wrong thing is told once.

A fault in a field silences what would only follow from it: a total whose line is damaged is not added up, records
that lost their receipt are told once. Facts: reference data-formats 2.1-2.5, 8.
"""

from collections.abc import Iterable, Iterator

import msgspec

from central.receipts import points
from central.receipts.coherence import receipt_faults
from central.receipts.fields import Found, institution_fits, record_faults
from central.receipts.finding import LineFault, contradiction, finding, refusal
from central.receipts.record import Blank, Closing, End, Item, Opening, Receipt, Record, Stray
from protocol.errors import OnshiError, receipts

LAST_VOLUME = 99
_OF_THE_WHOLE = frozenset({receipts.TOTAL_POINTS.code, receipts.PAYERS.code, receipts.VISIT_DAYS.code})
"""What a receipt shows that lost its end; told only when something follows it."""


class Totals(msgspec.Struct):
    """What was counted. ``points``: main totals as the receipts tell them; ``by_kind`` and ``by_record``: how many."""

    receipts: int = 0
    points: int = 0
    records: int = 0
    insurances: int = 0
    public_payers: int = 0
    by_kind: dict[str, int] = {}
    by_record: dict[str, int] = {}


class Report(msgspec.Struct, frozen=True):
    """The faults of a file with its totals. ``left_off``: faults beyond those that were kept."""

    faults: list[LineFault]
    totals: Totals
    left_off: int = 0


class _Section:
    """What a closing record is compared with: everything since the last one."""

    def __init__(self) -> None:
        self.told = 0
        self.added = 0
        self.payers = 0
        self.last_number = 0
        self.sure_points = True
        self.sure_payers = True
        self.closed = False


class Checker:
    """Takes the items of a file in their order and gives the faults that they show."""

    def __init__(self) -> None:
        self.totals = Totals()
        self._section = _Section()
        self._volume: int | None = None
        self._blank: Blank | None = None
        self._stray = False
        self._last: Record | None = None
        self._institution = ""
        self._torn = False
        self._held: list[LineFault] = []

    def feed(self, item: Item) -> Iterator[LineFault]:
        """The faults of one item. With `End` the file is over, though volumes may follow."""
        if self._blank is not None and not isinstance(item, Blank | End):
            yield refusal(receipts.BLANK_LINE, self._blank.line)
            self._blank = None
        if not isinstance(item, Blank | End):
            yield from self._held
            self._held = []
        match item:
            case Blank():
                self._blank = self._blank or item
            case End():
                yield from self._end(item)
            case _:
                for record in item.records:
                    self._count(record)
                match item:
                    case Opening():
                        yield from self._opening(item)
                    case Receipt():
                        yield from self._receipt(item)
                    case Closing():
                        yield from self._closing(item)
                    case Stray():
                        yield from self._outside(item)

    def finish(self) -> Iterator[LineFault]:
        """The faults that only the end of the last volume shows."""
        if not self._section.closed and not self._torn and self._last is not None:
            yield finding(receipts.TOTAL_MISSING, self._last, None)

    def _count(self, record: Record) -> None:
        self.totals.records += 1
        shown = record.id_shown
        self.totals.by_record[shown] = self.totals.by_record.get(shown, 0) + 1
        self._last = record

    def _record(self, record: Record) -> list[Found]:
        """The faults of one line. A line that lost its end has that fault alone: the file breaks off there."""
        found = list(record_faults(record))
        if record.ending or (record.id == "GO" and not found):
            return found
        self._torn = True
        return [(receipts.RECORD_LOST, None)]

    def _opening(self, item: Opening) -> Iterator[LineFault]:
        wrong = self._record(item.record)
        yield from (finding(fault, item.record, field) for fault, field in wrong)
        self._stray = False
        if self._section.closed:
            self._section = _Section()
            self._volume = None
        if item.institution != self._institution:
            self._institution = item.institution
            self._section.last_number = 0
        volume = item.record.integer("volume")
        if volume is not None and volume != self._volume:
            expected = None if self._volume is None else self._volume + 1
            if expected is not None and volume != expected:
                yield contradiction(receipts.VOLUME_ORDER, item.record, "volume", f"{expected:02d}")
            if (expected is None and volume > 0) or (expected is not None and volume != expected):
                self._section.sure_points = self._section.sure_payers = False
            self._volume = volume
        parts = [item.record.text(name) for name in ("prefecture", "table", "institution")]
        if not wrong and all(parts) and not institution_fits(*parts):
            yield contradiction(receipts.CHECK_DIGIT, item.record, "institution")

    def _receipt(self, item: Receipt) -> Iterator[LineFault]:
        section, stray = self._section, self._stray
        if section.closed and not stray:
            yield finding(receipts.STRAY_RECORD, item.common, None)
        self._stray = section.closed
        damage: dict[int, set[str]] = {}
        for record in item.records:
            for fault, field in self._record(record):
                damage.setdefault(record.line, set()).add(field.name if field is not None else "")
                yield finding(fault, record, field)
        found = list(receipt_faults(item, damage))
        self._held = [one for one in found if one.code in _OF_THE_WHOLE]
        yield from (one for one in found if one.code not in _OF_THE_WHOLE)
        yield from self._number(item.common, damage.get(item.common.line, set()))
        self._add(item, damage, {one.code for one in found})

    def _number(self, common: Record, wrong: set[str]) -> Iterator[LineFault]:
        number = common.integer("number")
        if number is None or wrong & {"", "number"}:
            return
        if number <= self._section.last_number:
            yield contradiction(receipts.RECEIPT_NUMBER, common, "number", self._section.last_number + 1)
        self._section.last_number = max(self._section.last_number, number)

    def _add(self, item: Receipt, damage: dict[int, set[str]], codes: set[str]) -> None:
        section, totals = self._section, self.totals
        insurances, public = item.every("HO"), item.every("KO")
        totals.receipts += 1
        totals.insurances += len(insurances)
        totals.public_payers += len(public)
        kind = "dpc" if item.is_dpc else item.opening.kind.label
        totals.by_kind[kind] = totals.by_kind.get(kind, 0) + 1
        section.payers += len(insurances) + len(public)
        lost = any(
            "" in damage.get(one.line, ()) and (one.type is None or one.id in {"HO", "KO"}) for one in item.records
        )
        if lost or codes & {receipts.PAYERS.code, receipts.RECORD_TWICE.code}:
            section.sure_payers = section.sure_points = False
        payers = points.payers(item)
        main = payers.get(points.main_payer(item))
        told = None if main is None or damage.get(main.line, set()) & {"", "points"} else main.integer("points")
        if told is None:
            section.sure_points = False
            return
        totals.points += told
        section.told += told
        sums = points.sums(item) if receipts.TOTAL_POINTS.code in codes else None
        section.added += min(sums[points.main_payer(item)]) if sums else told

    def _closing(self, item: Closing) -> Iterator[LineFault]:
        self._stray = False
        record, section = item.record, self._section
        found = self._record(record)
        wrong = {field.name if field is not None else "" for _, field in found}
        yield from (finding(fault, record, field) for fault, field in found)
        if section.closed:
            yield finding(receipts.RECORD_TWICE, record, None)
            return
        volume = record.integer("volume")
        if volume is not None and volume != LAST_VOLUME and not wrong & {"", "volume"}:
            return
        section.closed = True
        if "" in wrong:
            return
        if section.sure_payers and "receipts" not in wrong and record.integer("receipts") != section.payers:
            yield contradiction(receipts.TOTAL_COUNT, record, "receipts", section.payers)
        sums = {section.told, section.added}
        if section.sure_points and "points" not in wrong and record.integer("points") not in sums:
            yield contradiction(receipts.TOTAL_SUM, record, "points", section.told)

    def _outside(self, item: Stray) -> Iterator[LineFault]:
        if item.record.id in {"HO", "KO"}:
            self._section.payers += 1
            self._section.sure_points = False
        elif item.record.type is None:
            self._section.sure_points = self._section.sure_payers = False
        if not self._stray:
            known = item.record.type is not None
            fault = receipts.STRAY_RECORD if known else receipts.UNKNOWN_RECORD
            yield finding(fault if item.record.ending else receipts.RECORD_LOST, item.record, None)
            self._torn = self._torn or not item.record.ending
        self._stray = True

    def _end(self, item: End) -> Iterator[LineFault]:
        self._blank = None
        if item.tail.strip(b"\x1a\r\n\x00 "):
            yield refusal(receipts.AFTER_END, item.line)


def check(items: Iterable[Item], *, keep: int = 1000) -> Report:
    """Every fault of a file (of all its volumes) with its totals; what cannot be read on is the last fault.

    At most ``keep`` faults are kept, the rest counted.
    """
    checker = Checker()
    faults: list[LineFault] = []
    left_off = 0
    for fault in faults_of(items, checker):
        if len(faults) < keep:
            faults.append(fault)
        else:
            left_off += 1
    return Report(faults, checker.totals, left_off)


def faults_of(items: Iterable[Item], checker: Checker) -> Iterator[LineFault]:
    """The faults in the order of the file; a refused file ends with its refusal."""
    for _, faults in judged(items, checker):
        yield from faults


def judged(items: Iterable[Item], checker: Checker) -> Iterator[tuple[Item | None, list[LineFault]]]:
    """Each item with the faults that became certain with it: its own and, of the item before, what waited for it.

    None stands for the end of the last file, or for the place where a refused file could not be read on.
    """
    try:
        for item in items:
            yield item, sorted(checker.feed(item), key=lambda one: one.line)
    except OnshiError as refused:
        yield None, [refusal(refused.fault, int(refused.details.get("line", 0)))]
        return
    yield None, list(checker.finish())
