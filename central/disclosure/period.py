"""How far back each kind of information may be seen, and which months an asked period leaves of it.

Facts: reference clinic-interface 5 and issue 5 (drugs, treatments and operations 3 years, checkups 5). The month in
which receipts are complete is inferred: they are claimed by the 10th of the month after and come about a month later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from central.disclosure.disclosed import Asked
from central.trust.days import months_later
from protocol.errors import OnshiError, disclosure
from protocol.visit import ConsentItem

YEARS = {ConsentItem.CHECKUPS: 5, ConsentItem.DRUGS: 3, ConsentItem.TREATMENT: 3, ConsentItem.OPERATIONS: 3}
CLAIMED_BY = 10
"""The day of the second month after: until then a month's receipts may still be on their way."""


@dataclass(frozen=True, slots=True)
class Period:
    """Months by their first days, both inclusive. ``cut``: more was asked for than is kept."""

    first: date
    last: date
    cut: bool = False

    def __contains__(self, month: date) -> bool:
        return self.first <= month <= self.last

    def months(self) -> Iterator[date]:
        month = self.first
        while month <= self.last:
            yield month
            month = months_later(month, 1)


def window(item: ConsentItem, today: date) -> Period:
    """All that may be seen of an item ``today``."""
    this = today.replace(day=1)
    return Period(months_later(this, -12 * YEARS[item]), this)


def asked_for(asked: Asked, today: date) -> None:
    """Raises `OnshiError` (PERIOD_WRONG) for a period that is none; days inside a month are taken as the month."""
    first, last = asked.first_month, asked.last_month
    if (first is not None and last is not None and first > last) or (first is not None and first > today):
        raise OnshiError(disclosure.PERIOD_WRONG)


def period(item: ConsentItem, asked: Asked, today: date) -> Period | None:
    """The part of the item's window that was asked for; None where the whole period lies before it."""
    whole = window(item, today)
    first = asked.first_month.replace(day=1) if asked.first_month else whole.first
    last = asked.last_month.replace(day=1) if asked.last_month else whole.last
    if last < whole.first:
        return None
    return Period(max(first, whole.first), min(last, whole.last), cut=first < whole.first)


def incomplete(months: Period, today: date) -> Iterator[date]:
    """The months of the period whose receipts cannot all have come yet."""
    for month in months.months():
        if today < months_later(month, 2).replace(day=CLAIMED_BY):
            yield month
