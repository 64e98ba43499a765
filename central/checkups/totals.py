"""Counts and amounts of a submission: claims by themselves, the summary against them, the index against the files.

One wrong thing is told once: what is lost or unsure is not added up. Facts: reference data-formats 3.1; that the unit
prices of a claim add up to its unitAmount, and what other programmes bear, is inferred.
"""

from collections.abc import Iterator

import msgspec

from central.checkups.finding import SubmissionFault
from central.checkups.reading import Document
from central.checkups.submission import Submission
from central.checkups.tree import Element
from protocol.errors import checkups

AMOUNTS = ("cost", "paid", "other", "claimed")


class Totals(msgspec.Struct):
    """What was counted. Amounts in yen, over the claims that could be read; ``absent``: items marked 未実施."""

    results: int = 0
    claims: int = 0
    items: int = 0
    absent: int = 0
    flagged: int = 0
    cost: int = 0
    paid: int = 0
    other: int = 0
    claimed: int = 0


class Amounts:
    """Adds up the claims as they are read."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self._unsure: set[str] = set()

    def lost(self) -> None:
        """A claim could not be read: nothing is sure any more."""
        self._unsure.update(AMOUNTS)

    def claim(self, document: Document, root: Element) -> Iterator[SubmissionFault]:
        """Adds a claim, and tells where its amounts do not add up."""
        cost, paid, other, claimed = (document.amount(name) for name in AMOUNTS)
        for name, amount in zip(AMOUNTS, (cost, paid, other, claimed), strict=True):
            if amount is None:
                self._unsure.add(name)
            else:
                setattr(self._totals, name, getattr(self._totals, name) + amount)
        if cost is None:
            return
        balanced = paid is None or other is None or claimed is None or paid + other + claimed == cost
        prices = _prices(root)
        if prices not in {None, cost} and balanced:
            yield document.contradiction(checkups.BALANCE, "price_basic")
        elif prices not in {None, cost}:
            self._unsure.add("cost")
            yield document.contradiction(checkups.BALANCE, "cost")
        elif not balanced:
            self._unsure.update(("paid", "other", "claimed"))
            yield document.contradiction(checkups.BALANCE, "claimed")

    def summary(self, document: Document, *, complete: bool) -> Iterator[SubmissionFault]:
        """Tells where the summary is not the sum of the claims. ``complete``: all claims are there."""
        differs = False
        for name in AMOUNTS:
            told, found = document.amount(name), getattr(self._totals, name)
            if told is not None and complete and name not in self._unsure and told != found:
                differs = True
                yield document.contradiction(checkups.TOTAL, name, found)
        told_all = [document.amount(name) for name in AMOUNTS]
        cost, *parts = (amount or 0 for amount in told_all)
        fits = complete and not self._unsure  # then the sums balance as far as the claims do
        if not differs and not fits and None not in told_all and cost != sum(parts):
            yield document.contradiction(checkups.TOTAL, "cost", sum(parts))


def _prices(root: Element) -> int | None:
    """The sum of the unit prices; None where there are none, or one cannot be read."""
    found = []
    for settlement in root.every("settlement"):
        for one in settlement.children:
            if one.name.startswith("unitPrice"):
                found += [amount.attributes.get("value", "") for amount in one.every("amount")]
    if not found or not all(one.isascii() and one.isdigit() and len(one) <= 9 for one in found):
        return None
    return sum(int(one) for one in found)


def count_faults(
    submission: Submission, index: Document | None, summary: Document | None
) -> tuple[list[SubmissionFault], bool]:
    """The faults of counts, and whether all claims are there. A lost pair of files is told once, by the index."""
    if not submission.paired:
        return [], False
    files, claims = len(submission.results) + len(submission.claims), len(submission.claims)
    told = index.amount("records") if index is not None else None
    subjects = summary.amount("subjects") if summary is not None and claims else None
    if index is not None and told is not None and told != files:
        return [index.contradiction(checkups.COUNT, "records", files)], claims > 0 and subjects in {None, claims}
    if summary is not None and subjects is not None and subjects != claims:
        return [summary.contradiction(checkups.COUNT, "subjects", claims)], True
    return [], claims > 0
