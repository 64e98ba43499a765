"""The observations of a result document: read, and judged one by one by the item table. By code, never by name.

未実施 is nullFlavor (or negationInd), never 0. What items have to do with each other: `coherence`.
Facts: reference data-formats 3.1, 3.2, 8.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from central.checkups.finding import SubmissionFault, item_finding
from central.checkups.items import OID, DataType, Item, items, results
from central.checkups.tree import Element
from protocol.errors import Fault, checkups

SECTION = "01010"
"""検査・問診結果: its items are those of the table. Other sections hold items that we carry and do not know."""
ITEM_SYSTEM = OID + "1005"
LOCAL_SYSTEM = OID + "1205"
_SECTION_SYSTEM = OID + "1010"
_METHOD_SYSTEM = OID + "1007"
NOT_ASKED = "negationInd"
"""Stands for the nullFlavor of an observation that says it was not made."""
_FLAVORS = frozenset({"NI", "INV", "DER", "OTH", "NINF", "PINF", "UNC", "MSK", "NA", "UNK", "ASKU", "NAV", "NASK"})
"""nullFlavor of HL7 V3."""
_NUMBER = re.compile(r"-?([0-9]{1,9})(?:\.([0-9]{1,6}))?")
_LOCAL_CODE = re.compile(r"[0-9A-Za-z]{1,17}")
_NOT_DONE = ("未実施", "not done")
_ABSENT = {
    "MSK": ("非開示", "withheld"),
    "NA": ("対象外", "not applicable"),
    "INV": ("無効な値", "invalid"),
    "UNK": ("不明", "unknown"),
    "ASKU": ("聞いたが不明", "asked but unknown"),
    "NASK": ("聞いていない", "not asked"),
    "NAV": ("結果待ち", "not available yet"),
}
FLAGS = frozenset({"", "L", "H", "N"})


@dataclass(frozen=True, slots=True)
class Observation:
    """What one observation says. ``item`` None: a code that is not in the table. ``absent``: its nullFlavor, or ""."""

    line: int
    section: str
    system: str
    code: str
    item: Item | None
    type: str
    value: str
    unit: str
    value_system: str
    absent: str
    flag: str
    method: str
    method_system: str
    valued: bool

    @property
    def number(self) -> Decimal | None:
        """The number of a quantity; None for anything else."""
        return Decimal(self.value) if self.type == "PQ" and _NUMBER.fullmatch(self.value) else None


def observations(root: Element) -> Iterator[Observation]:
    """Every observation of every section, nested ones as well."""
    for section in root.descend("section"):
        code = next((one for one in section.every("code")), None)
        number = code.attributes.get("code", "") if code is not None else ""
        known = code is not None and code.attributes.get("codeSystem", "") == _SECTION_SYSTEM
        for entry in section.every("entry"):
            for one in entry.descend("observation"):
                yield _observation(one, number if known else "")


def _observation(element: Element, section: str) -> Observation:
    def attribute(name: str, attribute: str) -> str:
        return next((one.attributes.get(attribute, "") for one in element.every(name)), "")

    code, system = attribute("code", "code"), attribute("code", "codeSystem")
    value = next(iter(element.every("value")), None)
    own = value.attributes if value is not None else {}
    type_ = value.type if value is not None else ""
    written = {"PQ": own.get("value", ""), "CD": own.get("code", ""), "CO": own.get("code", "")}
    negated = element.attributes.get("negationInd", "") == "true"
    return Observation(
        line=element.line,
        section=section,
        system=system,
        code=code,
        item=items().get(code) if system == ITEM_SYSTEM else None,
        type=type_,
        value=written.get(type_, value.text if value is not None else ""),
        unit=own.get("unit", ""),
        value_system=own.get("codeSystem", ""),
        absent=own.get("nullFlavor", NOT_ASKED if negated else ""),
        flag=attribute("interpretationCode", "code"),
        method=attribute("methodCode", "code"),
        method_system=attribute("methodCode", "codeSystem"),
        valued=value is not None,
    )


def judged(found: list[Observation], file: str) -> Iterator[tuple[Observation, SubmissionFault | None]]:
    """Each observation with what is wrong with it: the first thing that is, since the rest follows from it."""
    seen: set[str] = set()
    for one in found:
        told = None
        if one.code in seen and one.code:
            told = item_finding(checkups.ITEM_TWICE, file, one.line, one.code, one.item)
        else:
            wrong = _fault(one)
            if wrong is not None:
                fault, path, expected = wrong
                told = item_finding(fault, file, one.line, one.code, one.item, path=path, expected=expected)
        seen.add(one.code)
        yield one, told


def _fault(one: Observation) -> tuple[Fault, str, str] | None:
    if not one.code:
        return checkups.VALUE_MISSING, "observation/code@code", ""
    if one.item is None:
        return _unknown(one)
    wrong = _method(one, one.item)
    if wrong is None and one.absent:
        wrong = _absent(one, one.item)
    elif wrong is None:
        wrong = _value(one, one.item)
    return wrong


def _unknown(one: Observation) -> tuple[Fault, str, str] | None:
    if one.system not in {ITEM_SYSTEM, LOCAL_SYSTEM}:
        return checkups.VALUE_OID, "observation/code@codeSystem", ITEM_SYSTEM
    strange = _LOCAL_CODE.fullmatch(one.code) is None
    if strange or (one.system == ITEM_SYSTEM and one.section == SECTION):
        return checkups.ITEM_UNKNOWN, "observation/code@code", ""
    return None


def _method(one: Observation, item: Item) -> tuple[Fault, str, str] | None:
    if not one.method and not one.method_system:
        return None  # the item's code says it already
    if one.method != item.method:
        return checkups.ITEM_METHOD, "observation/methodCode@code", item.method
    if one.method_system != _METHOD_SYSTEM:
        return checkups.VALUE_OID, "observation/methodCode@codeSystem", _METHOD_SYSTEM
    return None


def absent_words(flavor: str) -> tuple[str, str]:
    """Why a result has no value, in Japanese and English. In these files 未実施 is NI, or negationInd, or no value."""
    if flavor in {"", "NI", NOT_ASKED}:
        return _NOT_DONE
    return _ABSENT.get(flavor, (f"値なし（{flavor}）", f"no value ({flavor})"))


def _absent(one: Observation, item: Item) -> tuple[Fault, str, str] | None:
    if one.type and one.type != item.type.name:
        return checkups.ITEM_TYPE, "observation/value@type", item.type.name
    if one.absent not in _FLAVORS | {NOT_ASKED} or one.value or one.flag:
        return checkups.ITEM_ABSENT, "observation/value@nullFlavor", ""
    return None


def _value(one: Observation, item: Item) -> tuple[Fault, str, str] | None:
    if not one.valued:
        return checkups.VALUE_MISSING, "observation/value", ""
    if one.type != item.type.name:
        return checkups.ITEM_TYPE, "observation/value@type", item.type.name
    if not one.value:
        return checkups.VALUE_MISSING, "observation/value", ""
    match item.type:
        case DataType.PQ:
            return _quantity(one, item)
        case DataType.ST:
            fits = len(one.value) <= item.longest
            return None if fits else (checkups.ITEM_TEXT, "observation/value", str(item.longest))
        case DataType.CD | DataType.CO:
            if one.value_system != item.oid:
                return checkups.VALUE_OID, "observation/value@codeSystem", item.oid
            known = one.value in results()[item.oid]
            return None if known else (checkups.ITEM_CODE, "observation/value@code", " ".join(results()[item.oid]))


def _quantity(one: Observation, item: Item) -> tuple[Fault, str, str] | None:
    if one.unit != item.unit:
        return checkups.ITEM_UNIT, "observation/value@unit", item.unit
    shape = _NUMBER.fullmatch(one.value)
    before, behind = item.digits
    if shape is None or one.value[0] == "-" or len(shape[1]) > before or len(shape[2] or "") > behind:
        return checkups.ITEM_NUMBER, "observation/value@value", "N" * before + ("." + "N" * behind if behind else "")
    number = Decimal(one.value)
    low, high = item.low is not None and number <= item.low, item.high is not None and number >= item.high
    if one.flag not in FLAGS or (low and one.flag in {"H", "N"}) or (high and one.flag in {"L", "N"}):
        return checkups.ITEM_FLAG, "observation/interpretationCode@code", "L" if low else "H" if high else "L H N"
    if (low or high) and not one.flag:
        return checkups.ITEM_RANGE, "observation/value@value", f"{item.low}–{item.high}"
    return None
