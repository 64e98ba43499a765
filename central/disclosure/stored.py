"""Reads what is stored of a person for the items that were allowed, and says what is missing and why.

Reads no more than the asked period, except to tell "none in this period" from "none ever", and for what is said at a
glance. Whether anybody may read
is the door's to say (`door`, `standing`); whose it is and which lines pass, `filtering`'s.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from central.checkups.history import StoredCheckup
from central.disclosure import filtering
from central.disclosure.disclosed import Asked, Missing
from central.disclosure.filtering import OF_RECEIPTS, Passed, Theirs
from central.disclosure.period import Period, period, window
from central.disclosure.standing import Standing
from central.receipts.history import StoredReceipt
from protocol.errors import disclosure
from protocol.visit import ConsentItem


class ReceiptsPort(Protocol):
    """`central.receipts.readings.ReceiptReadings`; months by their first days, both inclusive."""

    async def of(self, record_ids: Sequence[str], *, first: date, last: date) -> Sequence[StoredReceipt]: ...


class CheckupsPort(Protocol):
    """`central.checkups.readings.CheckupReadings`; days, both inclusive."""

    async def of(self, record_ids: Sequence[str], *, first: date, last: date) -> Sequence[StoredCheckup]: ...


class Stored:
    """Both kinds of what is stored."""

    def __init__(self, receipts: ReceiptsPort, checkups: CheckupsPort) -> None:
        self._receipts = receipts
        self._checkups = checkups

    async def read(self, theirs: Theirs, standing: Standing, asked: Asked, today: date) -> Passed:
        """What may leave of the allowed items; refused items are gaps."""
        passed = Passed()
        for item, fault in standing.refused.items():
            off = fault is disclosure.FACILITY_SETTING_OFF
            passed.miss(item, Missing.NOT_SWITCHED_ON if off else Missing.NOT_CONSENTED)
        periods: dict[ConsentItem, Period] = {}
        for item in standing.allowed:
            months = period(item, asked, today)
            if months is None or months.cut:
                passed.miss(item, Missing.OUTSIDE_WINDOW)
            if months is not None:
                periods[item] = months
        of_receipts = {item: months for item, months in periods.items() if item in OF_RECEIPTS}
        glanced = asked.at_a_glance and ConsentItem.DRUGS in standing.allowed
        if of_receipts or glanced:
            await self._read_receipts(theirs, of_receipts, today, passed, glanced=glanced)
        if ConsentItem.CHECKUPS in periods:
            await self._read_checkups(theirs, periods[ConsentItem.CHECKUPS], today, passed)
        return passed

    async def _read_receipts(
        self, theirs: Theirs, periods: Mapping[ConsentItem, Period], today: date, passed: Passed, *, glanced: bool
    ) -> None:
        whole = window(ConsentItem.DRUGS, today)
        read = [*periods.values(), whole] if glanced else [*periods.values()]
        months = Period(min(one.first for one in read), max(one.last for one in read))
        stored = await self._of_months(theirs, months)
        ever = bool(stored) or (months != whole and bool(await self._of_months(theirs, whole)))
        passed.receipts = filtering.receipts(stored, theirs, periods, today, passed, ever=ever)
        if glanced:
            drugs = {ConsentItem.DRUGS: whole}
            passed.glanced = filtering.receipts(stored, theirs, drugs, today, passed, ever=ever)

    async def _of_months(self, theirs: Theirs, months: Period) -> Sequence[StoredReceipt]:
        if not theirs.own:
            return ()
        found = await self._receipts.of(theirs.record_ids, first=months.first, last=months.last)
        return [one for one in found if theirs.in_month(one.record_id, one.month)]

    async def _read_checkups(self, theirs: Theirs, months: Period, today: date, passed: Passed) -> None:
        stored: Sequence[StoredCheckup] = ()
        whole = window(ConsentItem.CHECKUPS, today)
        if theirs.own:
            # One a year: all that are kept are read at once, so that "none in this period" is told from "none ever".
            stored = await self._checkups.of(theirs.record_ids, first=whole.first, last=today)
        filtering.checkups(stored, theirs, months, passed)
