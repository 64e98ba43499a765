"""From what is stored to what may leave: whose it is, how old it may be, and the lines of the allowed items only.

Pure. A receipt or checkup is the person's when the tie of its insured record says so for its month or day, and says
it of nobody else. Costs never pass. Facts: project trust rules ("Eligibility answers"), issue 5 point 4.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

import msgspec

from central.checkups.history import StoredCheckup
from central.disclosure.disclosed import Gap, Missing
from central.disclosure.period import Period, incomplete
from central.receipts.history import StoredReceipt
from protocol.visit import ConsentItem

OF_RECEIPTS = (ConsentItem.DRUGS, ConsentItem.TREATMENT, ConsentItem.OPERATIONS)


@dataclass(frozen=True, slots=True)
class Span:
    """A tie: from ``valid_from`` until before ``valid_to``."""

    record_id: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def touches(self, month: date) -> bool:
        """Whether any day of the month (its first day) is in it."""
        return (
            self.valid_from != self.valid_to
            and self.valid_from.replace(day=1) <= month
            and (self.valid_to is None or self.valid_to > month)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What decides whether something is this person's: own ties, without the stopped; other people's, birth date."""

    own: tuple[Span, ...]
    others: tuple[Span, ...]
    stopped: bool
    """At least one tie is left out because its record is under a stop."""
    birth_date: date
    assistance: Mapping[str, str] = field(default_factory=dict)
    """Recipient number (as receipts of 医療扶助 hang on it) → the id of its row, for logs that hold ids only."""

    @property
    def record_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(span.record_id for span in self.own))

    def in_month(self, record_id: str, month: date) -> bool:
        return any(span.record_id == record_id and span.touches(month) for span in self.own)

    def shared_in_month(self, record_id: str, month: date) -> bool:
        return any(span.record_id == record_id and span.touches(month) for span in self.others)

    def on_day(self, record_id: str, day: date) -> bool:
        return any(span.record_id == record_id and span.holds_on(day) for span in self.own)


@dataclass(slots=True)
class Passed:
    """What may leave. ``gaps`` grow in the order in which they are found, each once."""

    receipts: tuple[StoredReceipt, ...] = ()
    glanced: tuple[StoredReceipt, ...] = ()
    checkups: tuple[StoredCheckup, ...] = ()
    gaps: dict[Gap, None] = field(default_factory=dict)

    def miss(self, item: ConsentItem, why: Missing, month: date | None = None) -> None:
        self.gaps[Gap(item, why, month)] = None

    @property
    def record_ids(self) -> tuple[str, ...]:
        """The insured records whose data are in it."""
        found = [one.record_id for one in (*self.receipts, *self.glanced)] + [one.record_id for one in self.checkups]
        return tuple(dict.fromkeys(found))


def receipts(
    stored: Iterable[StoredReceipt],
    theirs: Theirs,
    periods: Mapping[ConsentItem, Period],
    today: date,
    passed: Passed,
    *,
    ever: bool,
) -> tuple[StoredReceipt, ...]:
    """Receipts, the newest month first, with the lines of the items of ``periods``; others than these do not pass.

    What is missing is told to ``passed``. ``ever``: something of the person was received, in whichever month.
    """
    kept: list[StoredReceipt] = []
    for one in stored:
        if not theirs.in_month(one.record_id, one.month):
            continue
        asked = [item for item, months in periods.items() if one.month in months]
        if theirs.shared_in_month(one.record_id, one.month):
            for item in asked:
                passed.miss(item, Missing.NOT_SURELY_THEIRS, one.month)
            continue
        if one.covered and ConsentItem.DRUGS in asked:
            passed.miss(ConsentItem.DRUGS, Missing.COVERED_BY_FLAT_FEE, one.month)
        if one.undated and ConsentItem.DRUGS in asked:
            passed.miss(ConsentItem.DRUGS, Missing.DAY_NOT_TOLD, one.month)
        lines = _lines(one, asked)
        if any(not drug.name for drug in lines.drugs):
            passed.miss(ConsentItem.DRUGS, Missing.NOT_IN_MASTER, one.month)
        # A receipt without a line would still tell that its patient was at that place: nobody consented to that.
        if lines.drugs or lines.treatments:
            kept.append(lines)
    for item, months in periods.items():
        if theirs.stopped:
            passed.miss(item, Missing.STOPPED)
        if not ever:
            passed.miss(item, Missing.NOTHING_RECEIVED)
        for month in incomplete(months, today):
            passed.miss(item, Missing.NOT_YET_CLAIMED, month)
    return tuple(sorted(kept, key=lambda one: (one.month, one.received_at, one.receipt_id), reverse=True))


def _lines(receipt: StoredReceipt, items: Collection[ConsentItem]) -> StoredReceipt:
    return msgspec.structs.replace(
        receipt,
        drugs=receipt.drugs if ConsentItem.DRUGS in items else (),
        treatments=tuple(
            line
            for line in receipt.treatments
            if (ConsentItem.OPERATIONS if line.operation else ConsentItem.TREATMENT) in items
        ),
        cost=None,
    )


def checkups(stored: Iterable[StoredCheckup], theirs: Theirs, months: Period, passed: Passed) -> None:
    """Checkups, the newest first: of a day in the period on which the person had the record, and of their birth date.

    ``stored``: all that are kept, whichever the period.
    """
    item = ConsentItem.CHECKUPS
    kept: list[StoredCheckup] = []
    came = False
    for one in stored:
        day = one.checkup.day
        if not theirs.on_day(one.record_id, day):
            continue
        if one.checkup.person.birth.day != theirs.birth_date:
            if day.replace(day=1) in months:
                passed.miss(item, Missing.NOT_SURELY_THEIRS, day.replace(day=1))
            continue
        came = True
        if day.replace(day=1) in months:
            kept.append(one)
    passed.checkups = tuple(sorted(kept, key=lambda one: (one.checkup.day, one.received_at), reverse=True))
    if theirs.stopped:
        passed.miss(item, Missing.STOPPED)
    if not came:
        passed.miss(item, Missing.NOTHING_RECEIVED)


def in_order(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """By item, then what concerns the whole, then by month, the newest first."""
    order = tuple(ConsentItem)
    ordered = sorted(gaps, key=lambda gap: order.index(gap.item))
    found: list[Gap] = []
    for _, group in groupby(ordered, key=lambda gap: gap.item):
        of_item: Sequence[Gap] = list(group)
        found += [gap for gap in of_item if gap.month is None]
        found += sorted((gap for gap in of_item if gap.month), key=lambda gap: gap.month or date.min, reverse=True)
    return tuple(found)
