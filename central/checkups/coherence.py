"""What the items of one result must have to do with each other: what is required, BMI, pressures, fasting.

Only items that are right by themselves are compared. Facts: reference data-formats 3.2; that the fasting items fit
採血時間 follows from what 空腹時 means there (10 hours or more).
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from central.checkups.finding import SubmissionFault, finding, item_finding
from central.checkups.items import WHEN_NOTED, Item, groups, items, required
from central.checkups.observation import Observation
from central.checkups.reading import Document
from protocol.errors import Fault, checkups

_SPECIFIC = ("10", "010")
"""報告区分 and プログラム種別 of a specific checkup; what other checkups require is theirs to say."""
_HEIGHT, _WEIGHT, _BMI = "9N001000000000001", "9N006000000000001", "9N011000000000001"
_PRESSURES = (
    ("9A751000000000001", "9A761000000000001"),
    ("9A752000000000001", "9A762000000000001"),
    ("9A755000000000001", "9A765000000000001"),
)
_SINCE_MEAL = "9N141000000000011"
_FASTING = {"triglyceride_fasting": {"2"}, "glucose_fasting": {"2"}, "triglyceride_random": {"3", "4"}}
"""Series → codes of 採血時間 that go with it. Random glucose is also measured in a fasting person."""
_TOLERATED = Decimal("0.1")


def item_faults(
    document: Document, found: list[Observation], wrong: set[str], strays: list[str]
) -> Iterator[SubmissionFault]:
    """The faults between the items of a result.

    ``wrong``: codes that have a fault already; ``strays``: codes that are not known or stand twice, and may be
    misspellings: for each of them one required item may lack without being told again.
    """
    there = {one.code: one for one in found if one.item is not None}
    sure = {code: one for code, one in there.items() if code not in wrong and not one.absent}
    if (document.sure("report"), document.sure("program")) == _SPECIFIC:
        yield from _required(document.file, there, sure, strays)
    yield from _bmi(document.file, sure)
    for upper, lower in _PRESSURES:
        high, low = _number(sure, upper), _number(sure, lower)
        if high is not None and low is not None and low >= high:
            yield _between(checkups.PRESSURES, document.file, sure[lower])
    yield from _fasting(document.file, sure)


def _required(
    file: str, there: dict[str, Observation], sure: dict[str, Observation], strays: list[str]
) -> Iterator[SubmissionFault]:
    wanted = [*(frozenset({code}) for code in required()), *groups()]
    lacking = [group for group in wanted if not group & there.keys()]
    spare = 0
    for code in strays:
        alike = [group for group in lacking if any(member[:5] == code[:5] for member in group)]
        if alike:
            lacking.remove(alike[0])
        else:
            spare += 1
    for group in lacking[spare:]:
        members = [one for one in items().values() if one.code in group]
        if len(members) == 1:
            yield item_finding(checkups.ITEM_REQUIRED, file, 0, members[0].code, members[0])
        else:
            yield _group_fault(file, members)
    for text, flag in WHEN_NOTED.items():
        if flag in sure and sure[flag].value == "1" and text not in there:
            yield item_finding(checkups.ITEM_REQUIRED, file, sure[flag].line, text, items()[text])


def _group_fault(file: str, members: list[Item]) -> SubmissionFault:
    ja, en = dict.fromkeys(one.ja for one in members), dict.fromkeys(one.en for one in members)
    codes = " ".join(one.code for one in members)
    label = "・".join(ja), ", ".join(en)
    return finding(checkups.GROUP_REQUIRED, file, path="observation", label=label, expected=codes)


def _bmi(file: str, sure: dict[str, Observation]) -> Iterator[SubmissionFault]:
    height, weight, told = (_number(sure, code) for code in (_HEIGHT, _WEIGHT, _BMI))
    if height is None or weight is None or told is None or not height:
        return
    right = (weight / (height / 100) ** 2).quantize(_TOLERATED, ROUND_HALF_UP)
    if abs(right - told) > _TOLERATED:
        yield _between(checkups.BMI, file, sure[_BMI])


def _fasting(file: str, sure: dict[str, Observation]) -> Iterator[SubmissionFault]:
    since = sure.get(_SINCE_MEAL)
    if since is None:
        return
    contradicted = [
        one
        for one in sure.values()
        if one.item is not None and since.value not in _FASTING.get(one.item.series, {since.value})
    ]
    if len({one.item.series for one in contradicted if one.item is not None}) > 1:
        yield _between(checkups.FASTING, file, since)  # one wrong time, not several wrong items
        return
    for one in contradicted:
        yield _between(checkups.FASTING, file, one)


def _number(sure: dict[str, Observation], code: str) -> Decimal | None:
    return sure[code].number if code in sure else None


def _between(fault: Fault, file: str, one: Observation) -> SubmissionFault:
    return item_finding(fault, file, one.line, one.code, one.item, path="observation/value")
