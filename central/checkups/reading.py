"""Reads the values of a document by its `Layout`, and says what is wrong with each by itself.

What values must have to do with each other is judged elsewhere. Facts: reference data-formats 1.1-1.3, 3.1.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from central.checkups.finding import SubmissionFault, finding
from central.checkups.items import OID
from central.checkups.layout import Layout, Rule, Value
from central.checkups.tree import Element
from protocol import eras
from protocol.errors import Fault, OnshiError, checkups
from protocol.numbers import BirthDate, FacilityCode, InsuredNumber, InsurerNumber, Symbol

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_TABLES_WITH_CHECK_DIGIT = "134"
"""Medical, dental, pharmacy. Bodies that are no insured institution have numbers of other makes."""


@dataclass(slots=True)
class Document:
    """What was read. ``values`` holds what stands there, even when it is wrong; ``wrong`` the names that are.

    ``of_kind``: root element and namespace are those of the layout.
    """

    file: str
    layout: Layout
    of_kind: bool = True
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    systems: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    faults: list[SubmissionFault] = field(default_factory=list)

    def sure(self, name: str) -> str | None:
        """A value that is there and right by itself; None otherwise."""
        return self.values.get(name) if name not in self.wrong else None

    def amount(self, name: str) -> int | None:
        """A count or an amount; an optional one that is not there is 0, a wrong one None."""
        if name in self.wrong:
            return None
        return int(self.values.get(name, "0"))

    def day(self, name: str) -> date | None:
        """A date; None where there is none."""
        written = self.sure(name)
        return None if written is None else eras.day(written)

    def contradiction(self, fault: Fault, name: str, expected: object = "") -> SubmissionFault:
        """A fault of a value that is right by itself and wrong beside others."""
        one = next(one for one in self.layout.values if one.name == name)
        line = self.lines.get(name, 1)
        return finding(fault, self.file, line=line, path=_path(one), label=(one.ja, one.en), expected=expected)


def read(root: Element, layout: Layout, file: str) -> Document:
    """The values of a document. A root of another kind gives that one fault and no values."""
    document = Document(file, layout)
    if (root.name, root.namespace) != (layout.root, layout.namespace):
        document.of_kind = False
        document.wrong.update(one.name for one in layout.values)
        document.faults.append(finding(checkups.DOCUMENT_KIND, file, line=root.line, path="/"))
        return document
    missing: set[str] = set()
    for one in layout.values:
        _read(document, root, one, missing)
    if layout.order:
        _order(document, root)
    return document


def _read(document: Document, root: Element, one: Value, missing: set[str]) -> None:
    found, parent, lacking = _find(root, one)
    if not found:
        if one.required:
            document.wrong.add(one.name)
            if lacking not in missing:  # an element that is not there is told once, not for each value in it
                _add(document, checkups.VALUE_MISSING, one, parent.line, lacking if not one.pick else "")
            if not one.pick:
                missing.add(lacking)
        return
    element = found[0]
    document.lines[one.name] = element.line
    if len(found) > 1 and not one.first:
        document.wrong.add(one.name)
        _add(document, checkups.ELEMENT_TWICE, one, found[1].line)
        return
    written = element.attributes.get(one.attribute, "") if one.attribute else element.text
    system = element.attributes.get("root", element.attributes.get("codeSystem", ""))
    if not written and one.rule is Rule.SYMBOL:  # 後期高齢者 have none
        return
    document.values[one.name] = written
    document.systems[one.name] = system.removeprefix(OID)
    fault = _system_fault(one, system) or value_fault(one, written, document.systems[one.name])
    if fault is not None:
        document.wrong.add(one.name)
        _add(document, fault, one, element.line)


def _find(root: Element, one: Value) -> tuple[list[Element], Element, str]:
    """The elements at the path, the last element on the way to them, and the path up to the first that is lacking."""
    level, steps = [root], one.path.split("/")
    for place, step in enumerate(steps):
        below = [child for element in level for child in element.every(step)]
        if place == len(steps) - 1 and one.pick:
            below = [child for child in below if _is(child.attributes.get("root", ""), one.pick)]
        if not below:
            return [], level[0], "/".join(steps[: place + 1])
        level = below
    return level, level[0], ""


def _is(oid: str, wanted: str) -> bool:
    return oid.startswith(OID + wanted) if wanted.endswith(".") else oid == OID + wanted


def _system_fault(one: Value, system: str) -> Fault | None:
    if one.systems and not any(_is(system, wanted) for wanted in one.systems):
        return checkups.VALUE_OID
    if one.pick and _OID.fullmatch(system) is None:
        return checkups.VALUE_OID
    return None


def value_fault(one: Value, written: str, system: str = "") -> Fault | None:
    """What is wrong with a value by itself. ``system``: its OID after the ministry's."""
    if not written.strip():
        return checkups.VALUE_MISSING
    if re.fullmatch(one.rule.pattern, written) is None:
        return checkups.VALUE_FORM
    if one.codes is not None:
        return None if written in one.codes else checkups.VALUE_CODE
    try:
        return _rule_fault(one, written, system)
    except OnshiError:
        return checkups.VALUE_DATE if one.rule is Rule.DATE else checkups.VALUE_FORM


def _rule_fault(one: Value, written: str, system: str) -> Fault | None:
    rule = one.rule
    if rule is Rule.PARTY:
        rule = {"101": Rule.INSURER, "102": Rule.FACILITY}.get(system, rule)
        if len(written) != {"102": 10, "105": 6}.get(system, 8):
            return checkups.VALUE_FORM
    match rule:
        case Rule.DATE if one.name == "birth":
            BirthDate(written)
        case Rule.DATE:
            eras.day(written)
        case Rule.SYMBOL:
            Symbol(written)
        case Rule.NUMBER:
            InsuredNumber(written)
        case Rule.INSURER:
            return None if InsurerNumber(written).check_digit_ok else checkups.CHECK_DIGIT
        case Rule.FACILITY:
            return None if facility_fits(written) else checkups.CHECK_DIGIT
        case _:
            pass
    return None


def facility_fits(code: str) -> bool:
    """Whether the check digit of a facility's ten digits fits; True for bodies whose numbers have none.

    Numbers that begin with 9 may be telephone numbers; a 2 in the third place is a body outside the insurance.
    """
    if code[0] == "9" or code[2] not in _TABLES_WITH_CHECK_DIGIT:
        return True
    return FacilityCode(code).check_digit_ok


def _order(document: Document, root: Element) -> None:
    """The first child that is not known, stands twice or stands too late."""
    at = -1
    for child in root.children:
        known = child.namespace == root.namespace and child.name in document.layout.order
        place = document.layout.order.index(child.name) if known else -1
        if place < at or place == -1:
            document.faults.append(finding(checkups.ELEMENT_ORDER, document.file, line=child.line, path="/"))
            return
        at = place


def _add(document: Document, fault: Fault, one: Value, line: int, path: str = "") -> None:
    expected = one.rule.label if fault is checkups.VALUE_FORM else ""
    document.faults.append(
        finding(fault, document.file, line=line, path=path or _path(one), label=(one.ja, one.en), expected=expected)
    )


def _path(one: Value) -> str:
    return f"{one.path}@{one.attribute}" if one.attribute else one.path
