"""Adds up a receipt: the points of each payer from its lines.

医科, 歯科: points times count, points standing on the last row of a calculation unit; meals (診療識別 97) are yen and
do not count. 調剤: the fees and drug charges of CZ and the fees of KI. Facts: reference data-formats 2.2, 2.5; what
two readings of the sources allow is given as two sums.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from central.receipts.codes import BEARERS
from central.receipts.kinds import Kind
from central.receipts.layout import RecordType
from central.receipts.record import Receipt, Record

INSURANCE = 0
"""The health insurance among the payers; 1 to 4 are the KO in their order."""
MEALS = "97"
LINES = frozenset({"SI", "IY", "TO", "SS"})

Sums = frozenset[int]


def main_payer(receipt: Receipt) -> int:
    """Who the receipt is claimed from first: the insurance, or the first public payer where there is none."""
    return INSURANCE if any(one.id == "HO" for one in receipt.records) else 1


def payers(receipt: Receipt) -> dict[int, Record]:
    """HO as 0, the KO as 1 to 4."""
    insurance = receipt.every("HO")[:1]
    return dict(enumerate((*insurance, *receipt.every("KO")[:4]), start=INSURANCE if insurance else 1))


def category_of(records: tuple[Record, ...]) -> Iterator[tuple[Record, str]]:
    """The detail records with their 診療識別, which stands only on the first of a run."""
    category = ""
    for one in records:
        if one.id in LINES or one.id == "CO":
            category = one.text("category") or category
            yield one, category


def sums(receipt: Receipt) -> dict[int, Sums] | None:
    """The totals that the lines give, for each payer; None where the rules to add up are not public.

    More than one sum where the sources can be read in more than one way; no sum for a payer whose part the lines do
    not tell.
    """
    if receipt.is_dpc:
        return None
    if receipt.opening.kind is Kind.DISPENSING:
        return _dispensing(receipt)
    totals = dict.fromkeys(payers(receipt), Decimal(0))
    for line, category in category_of(receipt.records):
        points = line.decimal("points")
        if points is None or category == MEALS:
            continue
        product = points * (line.integer("count") or 0)
        for payer in BEARERS.get(line.text("burden"), ()):
            if payer in totals:
                totals[payer] += product
    return {payer: frozenset({int(total)}) for payer, total in totals.items()}


def _dispensing(receipt: Receipt) -> dict[int, Sums] | None:
    """The main payer bears drug charges whole; another payer's part is told only where one burden rules the receipt.

    Whether a fee that was given several times stands there once or summed up is not said: both are allowed.
    """
    main = main_payer(receipt)
    fees = summed = drugs = reduced = 0
    burdens: set[str] = set()
    for one in receipt.records:
        if one.id == "ST":
            return None
        for burden, count, points in _charges(one):
            burdens.add(burden)
            if main in BEARERS.get(burden, ()):
                fees += points * count
                summed += points
    for group, group_burdens in _groups(receipt.records):
        burdens |= group_burdens
        borne = {main in BEARERS.get(burden, ()) for burden in group_burdens} or {True}
        if len(borne) > 1:
            return None
        if True in borne:
            drugs += sum(one.integer("drug_points") or 0 for one in group)
            reduced += sum(one.integer("reduction_points") or 0 for one in group)
    totals = frozenset(fee + drugs - less for fee in (fees, summed) for less in (0, reduced))
    bearers = BEARERS.get(burdens.pop(), frozenset()) if len(burdens) == 1 else frozenset({main})
    return {payer: totals for payer in payers(receipt) if payer == main or payer in bearers}


def _groups(records: tuple[Record, ...]) -> Iterator[tuple[list[Record], set[str]]]:
    """The CZ that stand together with the burdens of the drugs and materials behind them."""
    group: list[Record] = []
    burdens: set[str] = set()
    for one in records:
        if one.id == "SH" or (one.id == "CZ" and burdens):
            yield group, burdens
            group, burdens = [], set()
        if one.id == "CZ":
            group.append(one)
        elif one.id in {"IY", "TO"}:
            burdens.add(one.text("burden"))
    yield group, burdens


def _charges(record: Record) -> Iterator[tuple[str, int, int]]:
    """Burden, count and points of each fee of a CZ or KI."""
    if record.type is None or record.id not in {"CZ", "KI"}:
        return
    for burden, count, points in _places(record.type):
        if points < len(record.raw) and record.raw[points]:
            times = record.raw[count] if count else b"1"
            told = record.raw[points].removeprefix(b"-")
            if told.isdigit() and (times or b"1").isdigit():
                yield record.raw[burden].decode("latin-1"), int(times or b"1"), int(record.raw[points])


@lru_cache(maxsize=64)
def _places(type_: RecordType) -> tuple[tuple[int, int, int], ...]:
    """The places of burden, count (0: none) and points of each fee in a record's definition."""
    return tuple(
        (type_.index[name.removesuffix("_points") + "_burden"], type_.index.get(f"{name[:-7]}_count", 0), place)
        for name, place in type_.index.items()
        if name.endswith("_points") and name.removesuffix("_points") + "_burden" in type_.index
    )
