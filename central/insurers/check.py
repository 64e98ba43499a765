"""Judges the lines of an upload by the layout alone: no register, no network, nothing applied, never a traceback.

A right line passes one compiled pattern and a few comparisons; only a line that does not is looked at field by
field. What the register or the resident register has to say comes later (`merge`, `identity`).
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter

import msgspec

from central.insurers import layout
from central.insurers.layout import AT, COLUMNS, COUNT, GROUPS, OPEN_END, SPANS, Column, Form, Operation
from central.insurers.shapes import shape
from central.insurers.values import NumberRule, day, digits_of, holds_individual, individual_fits, number_runs
from protocol.eras import day_text
from protocol.errors import Fault
from protocol.errors import insurers as faults
from protocol.numbers import InsurerNumber, check_digit_fits
from protocol.text import is_plain

SHOWN = 40
"""Characters of a wrong value that are shown."""
_TWELVE_DIGITS = re.compile(r"(?:\D*+\d){12}")
_PATTERNS = {operation.value: layout.line_pattern(operation) for operation in Operation}
_FIELDS = [re.compile(column.pattern.replace('[^",', '[^"')) for column in COLUMNS]
_DAYS, _ENDS = (
    itemgetter(*(at for at, column in enumerate(COLUMNS) if column.form is form)) for form in (Form.DAY, Form.END)
)
_DAYS_KNOWN = 65536
"""Days that a checker remembers, so that memory does not grow with the file."""
_SPANS = [(AT[first], AT[last], last) for first, last in SPANS]
_GROUPED = slice(AT["elderly_from"], AT["disease3_yen"] + 1)
_GROUP_PLACES = [([AT[key] for key in needed], [AT[key] for key in beside]) for needed, beside in GROUPS]
_SECOND_DISEASE = slice(AT["disease2_category"], AT["disease3_yen"] + 1)
_INSURER, _INDIVIDUAL, _NAME, _KANA, _ADDRESS = (
    AT[key] for key in ("insurer", "individual", "name", "kana", "address")
)
_SERIAL, _OPERATION, _PERCENT, _ASSURED, _ASSURANCE, _REGISTRATION = (
    AT[key] for key in ("serial", "operation", "percent", "assured", "assurance", "registration")
)
_BIRTH, _SEX, _QUALIFIED, _NUMBER, _SYMBOL = (AT[key] for key in ("birth", "sex", "qualified", "number", "symbol"))
_WORDS = [at for at, column in enumerate(COLUMNS) if column.form in {Form.TEXT, Form.KANA, Form.ID}]
_OF_PEOPLE = {AT[key] for key in ("name", "kana", "address", "head", "assurance")}
_SHAPED = {faults.CODE, faults.FORM, faults.FULL_WIDTH, faults.WIDTH}
_ASCII_ONLY = {Form.CODE, Form.DIGITS, Form.DAY, Form.END, Form.PERCENT, Form.YEN, Form.POSTAL, Form.ID}


class LineFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one place: where, which catalogue code, what stood there (never a 個人番号), how to mend it."""

    line: int
    """In the file; the header is 1, so the first of members sent as JSON is 2."""
    field: str
    """The column's header; empty for the whole line."""
    code: str
    value: str
    desk_ja: str
    desk_en: str
    next_ja: str
    next_en: str


def line_fault(line: int, fault: Fault, column: Column | None = None, value: str = "") -> LineFault:
    """A fault with its words; where the form is wrong, with what the column takes."""
    ja, en = shape(column) if column and fault in _SHAPED else ("", "")
    return LineFault(
        line=line,
        field=column.header if column else "",
        code=fault.code,
        value="" if column is None or column.secret else shown(value),
        desk_ja=fault.desk_ja,
        desk_en=fault.desk_en,
        next_ja=f"{fault.next_ja}（{ja}）" if ja else fault.next_ja,
        next_en=f"{fault.next_en} ({en})" if en else fault.next_en,
    )


def shown(value: str) -> str:
    """A wrong value as it may be shown: short, plain, and nothing that could hold a 個人番号 in the wrong column."""
    if number_runs(value):
        return "…"
    short = value[:SHOWN] + ("…" if len(value) > SHOWN else "")
    return short if is_plain(short) else "".join(one if is_plain(one) else "�" for one in short)


class LineChecker:
    """Checks lines of one upload. ``insurer``: whose it must be (8 digits); None: the first line's.

    ``today`` is the day in Japan.
    """

    def __init__(self, *, today: date, rule: NumberRule, insurer: str | None = None) -> None:
        self._today = day_text(today)
        self._rule = rule
        self.insurer = insurer
        self._serial = 0
        self._days, self._ends = {""}, {"", OPEN_END}

    def skip(self) -> None:
        """A line that was checked before (of an upload that is resumed)."""
        self._serial += 1

    def check(self, number: int, text: str | Fault) -> tuple[list[str] | None, Sequence[LineFault]]:
        """The fields of a right line, or its faults. Call once for every line, in order."""
        self._serial += 1
        if not isinstance(text, str):
            return None, (line_fault(number, text),)
        pattern = _PATTERNS.get(text[:1])
        if pattern is not None and pattern.fullmatch(text):
            fields = text.split(",")
            if self._right(fields):
                return fields, ()
        found = _parsed(text)
        if isinstance(found, Fault):
            return None, (line_fault(number, found),)
        holding = self._holding(found)
        wrong = list(self._faults(found, holding))
        if wrong:
            return None, [
                line_fault(number, fault, COLUMNS[at], "" if at in holding else found[at]) for at, fault in wrong
            ]
        return found, ()

    def _right(self, fields: list[str]) -> bool:
        """Whether a line that fits its pattern is right as a whole. Says no when in doubt."""
        if fields[_INSURER] != self.insurer or fields[_SERIAL] != str(self._serial):
            return False
        if not self._are_days(_DAYS(fields), self._days) or not self._are_days(_ENDS(fields), self._ends):
            return False
        for first, last, _ in _SPANS:
            if fields[last] and fields[last] < fields[first]:
                return False
        number = fields[_INDIVIDUAL]
        return (
            (not number or individual_fits(number, self._rule))
            and (not any(fields[_GROUPED]) or _grouped(fields))
            and (fields[_PERCENT] != "" or not fields[_INSURER].startswith("39"))
            and fields[_BIRTH] <= self._today
            and bool(fields[_NAME] and fields[_KANA])
            and fields[_ASSURED] != layout.ASSURED
            and not self._holding(fields)
        )

    def _holding(self, fields: list[str]) -> set[int]:
        """Places of the words that hold a 個人番号: the line's own anywhere, any other in what is told of people."""
        long = {at for at in _WORDS if len(fields[at]) >= 12 and _TWELVE_DIGITS.match(fields[at])}
        if not long:
            return long
        own = digits_of(fields[_INDIVIDUAL])
        return {
            at
            for at in long
            if (len(own) == 12 and own in digits_of(fields[at]))
            or (at in _OF_PEOPLE and holds_individual(fields[at], self._rule))
        }

    @staticmethod
    def _are_days(texts: tuple[str, ...], known: set[str]) -> bool:
        """Whether all of these are days or ``known``; what is found to be one is known from then on."""
        if known.issuperset(texts):
            return True
        if len(known) > _DAYS_KNOWN:
            return all(text in known or day(text) is not None for text in texts)
        known.update(text for text in texts if day(text) is not None)
        return known.issuperset(texts)

    def _faults(self, fields: list[str], holding: set[int]) -> Iterator[tuple[int, Fault]]:
        operation = fields[_OPERATION]
        usable = [True] * COUNT
        for at, column in enumerate(COLUMNS):
            fault = faults.NUMBER_ELSEWHERE if at in holding else self._field(at, column, fields[at], operation)
            if fault is not None:
                usable[at] = False
                yield at, fault
        for first, last, name in _SPANS:
            if usable[first] and usable[last] and fields[first] and fields[last] and fields[last] < fields[first]:
                yield (AT["birth"] if name == "qualified" else last), faults.DAY_ORDER
        if usable[_BIRTH] and fields[_BIRTH] > self._today:
            yield _BIRTH, faults.DAY_ORDER
        if operation in {Operation.REGISTER, Operation.UPDATE}:
            yield from self._together(fields, usable)
        elif operation == Operation.INVALIDATE and not fields[_REGISTRATION] and not fields[_QUALIFIED]:
            yield _REGISTRATION, faults.MISSING

    def _together(self, fields: list[str], usable: list[bool]) -> Iterator[tuple[int, Fault]]:
        for needed, beside in GROUPS:
            there = [bool(fields[AT[key]]) for key in needed]
            if not all(there) and (any(there) or any(fields[AT[key]] for key in beside)):
                yield AT[needed[there.index(False)]], faults.GROUP
        if usable[_INSURER] and fields[_INSURER].startswith("39") and not fields[_PERCENT]:
            yield _PERCENT, faults.RATIO_MISSING
        stated = [fields[AT[f"disease{n}_category"]] for n in (1, 2, 3) if fields[AT[f"disease{n}_category"]]]
        if len(set(stated)) < len(stated):
            yield AT["disease2_category"], faults.GROUP
        if fields[_ASSURED] == layout.ASSURED and not fields[_ASSURANCE]:
            yield _ASSURANCE, faults.REASON_MISSING
        if sum(bool(fields[at]) for at in (_NAME, _KANA, _ADDRESS, _BIRTH)) + (fields[_SEX] in {"1", "2"}) < 4:
            yield _NAME, faults.ITEMS_TOO_FEW
        if not fields[_NAME] and not fields[_KANA]:
            yield _NAME, faults.MISSING

    def _field(self, at: int, column: Column, value: str, operation: str) -> Fault | None:
        if not value:
            return faults.MISSING if operation in column.needed and operation else self._empty(at)
        if column.form in _ASCII_ONLY and not value.isascii():
            halved = unicodedata.normalize("NFKC", value)
            return faults.FULL_WIDTH if halved.isascii() else column.fault
        if column.form in {Form.TEXT, Form.KANA} and value[0] in layout.FORMULA:
            return faults.FORMULA
        if len(value) > column.width:
            return faults.WIDTH
        if not _FIELDS[at].fullmatch(value):
            return faults.KANA if column.form is Form.KANA and not value[0].isspace() else column.fault
        if column.form in {Form.DAY, Form.END} and day(value) is None:
            return None if column.form is Form.END and value == OPEN_END else faults.DAY
        return self._special(at, value)

    @staticmethod
    def _empty(at: int) -> Fault | None:
        return faults.MISSING if at == _OPERATION else None

    def _special(self, at: int, value: str) -> Fault | None:
        """Serial, insurer, 個人番号."""
        if at == _SERIAL and value != str(self._serial):
            return faults.SERIAL
        if at == _INSURER:
            return self._of_insurer(value)
        if at == _INDIVIDUAL and not individual_fits(value, self._rule):
            return faults.CHECK_DIGIT
        return None

    def _of_insurer(self, value: str) -> Fault | None:
        if not _insurer_fits(value):
            return faults.CHECK_DIGIT
        if self.insurer is None:
            self.insurer = value
        return None if value == self.insurer else faults.OTHER_INSURER


@lru_cache(maxsize=64)
def _insurer_fits(value: str) -> bool:
    return bool(value.strip("0")) and check_digit_fits(InsurerNumber(value).digits)


def _parsed(text: str) -> list[str] | Fault:
    """The fields of a line, quotation marks taken off."""
    if '"' in text:
        try:
            (fields,) = csv.reader([text], strict=True)
        except (csv.Error, ValueError):
            return faults.LINE_QUOTES
    else:
        fields = text.split(",")
    return fields if len(fields) == COUNT else faults.LINE_COLUMNS


def _grouped(fields: list[str]) -> bool:
    """Whether each group is there whole or not at all. Two diseases are looked at more closely."""
    if any(fields[_SECOND_DISEASE]):
        return False
    for needed, beside in _GROUP_PLACES:
        there = [fields[at] for at in needed]
        if not all(there) and (any(there) or any(fields[at] for at in beside)):
            return False
    return True


ERROR_HEADER = ("行", "項目", "コード", "値", "内容", "対処")


def error_rows(found: Iterable[LineFault]) -> Iterator[tuple[str, ...]]:
    """Rows of the errors-only CSV: nothing in them works as a formula when a spreadsheet program opens it."""
    for fault in found:
        value = f"'{fault.value}" if fault.value[:1] and fault.value[0] in layout.FORMULA else fault.value
        yield (str(fault.line), fault.field, fault.code, value, fault.desk_ja, fault.next_ja)
