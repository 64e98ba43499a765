"""What a record definition is: fields with name, width, mode and meaning, and the pattern compiled from them.

One definition per record; reader, writer, checks, explanation and documentation come from it. The definitions
themselves are in `clinic`, `dpc`, `dental` and `dispensing`. Facts: reference data-formats 2.1.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial

from central.receipts.codes import CodeList

_FULL = rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]"
_HALF = rb"[ !#-+\--~]"
_HALF_KANA = rb"[ !#-+\--~\xa1-\xdf]"
MAX_FIELDS = 200
"""More than any record has; a line with more is not looked at field by field."""


class Mode(Enum):
    """The character mode of a field (モード), with its Japanese name."""

    NUMBER = "数字"
    DECIMAL = "数字（小数）"
    ALNUM = "英数"
    KANJI = "漢字"
    EITHER = "英数又は漢字"
    ANY = "任意"


class Rule(Enum):
    """What is checked of a field beyond mode and width."""

    NONE = ""
    DATE = "date"
    MONTH = "month"
    INSURER = "insurer"
    PAYER = "payer"
    RECIPIENT = "recipient"


_RULED = {Rule.DATE: rb"[0-9]{8}|[1-5][0-9]{6}", Rule.MONTH: rb"[0-9]{6}|[1-5][0-9]{4}"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``width`` is in bytes: exactly so many when ``fixed``, at most so many else (0: unknown).

    ``personal``: the value names or numbers a person and is never told. ``starts``: what a code begins with.
    """

    name: str
    ja: str
    width: int
    mode: Mode
    required: bool = False
    fixed: bool = False
    rule: Rule = Rule.NONE
    codes: CodeList | None = None
    personal: bool = False
    starts: str = ""

    @property
    def en(self) -> str:
        """The English label."""
        return self.name.replace("_", " ")

    def accepts(self, raw: bytes) -> bool:
        """Whether mode, width and closed code list allow these bytes."""
        return re.fullmatch(self._body(), raw) is not None

    def of_mode(self, raw: bytes) -> bool:
        """Whether the bytes are of the field's mode, whatever their number."""
        return re.fullmatch(replace(self, width=0, fixed=False, codes=None, starts="")._body(), raw) is not None

    def pattern(self) -> bytes:
        """The regular expression of the bytes that mode, width and closed code list allow."""
        body = self._body()
        return b"(?:" + body + b")" if self.required else b"(?:" + body + b")?"

    def _body(self) -> bytes:
        if self.rule in _RULED:
            return _RULED[self.rule]
        if self.codes is not None and self.codes.closed and not self.codes.step:
            return b"|".join(re.escape(code).encode() for code in self.codes.labels)
        if self.starts:
            return self.starts.encode() + b"[0-9]{%d}" % (self.width - len(self.starts))
        size = b"{%d}" % self.width if self.fixed else b"{1,%d}" % self.width if self.width else b"+"
        full = b"(?:" + _FULL + b")" + (b"{1,%d}" % (self.width // 2) if self.width else b"+")
        return {
            Mode.NUMBER: b"[0-9]" + size,
            Mode.DECIMAL: rb"(?=[0-9.-]" + size + rb"(?:,|\Z))-?[0-9]+(?:\.[0-9]+)?",
            Mode.ALNUM: _HALF + size,
            Mode.KANJI: full,
            Mode.EITHER: full + b"|" + _HALF_KANA + size,
            Mode.ANY: rb"[^,\"]" + size,
        }[self.mode]


@dataclass(frozen=True, slots=True, eq=False)
class RecordType:
    """One record (レコード). ``stage``: its place in the order of a receipt (None: anywhere).

    ``loose``: the positions of the fields are not certain; only its characters are checked.
    """

    id: str
    ja: str
    en: str
    fields: tuple[Field, ...]
    stage: int | None = None
    most: int | None = None
    loose: bool = False
    index: Mapping[str, int] = field(init=False, repr=False)
    pattern: re.Pattern[bytes] = field(init=False, repr=False)
    ruled: tuple[tuple[int, Field], ...] = field(init=False, repr=False)
    """The fields with a `Rule`, by their place."""
    days: tuple[int, int] | None = field(init=False, repr=False)
    """First and last place (exclusive) of the 31 day columns."""

    def __post_init__(self) -> None:
        index: dict[str, int] = {}
        for place, one in enumerate(self.fields):
            if index.setdefault(one.name, place) != place:
                raise ValueError(f"{self.id} has two fields named {one.name}")
        object.__setattr__(self, "index", index)
        body = b",".join(one.pattern() for one in self.fields)
        object.__setattr__(self, "pattern", re.compile(body if not self.loose else rb"[^\"\x00-\x1f]*"))
        ruled = (
            () if self.loose else tuple((at, one) for at, one in enumerate(self.fields) if one.rule is not Rule.NONE)
        )
        object.__setattr__(self, "ruled", ruled)
        first = index.get("day_1")
        object.__setattr__(self, "days", None if first is None else (first, first + 31))


number = partial(Field, mode=Mode.NUMBER)
"""Digits, at most ``width``."""
decimal = partial(Field, mode=Mode.DECIMAL)
"""Digits with a decimal point, perhaps a minus."""
alnum = partial(Field, mode=Mode.ALNUM)
"""Half-width characters without quotation marks."""
kanji = partial(Field, mode=Mode.KANJI)
"""Full-width characters, two bytes each."""
either = partial(Field, mode=Mode.EITHER)
"""All half-width or all full-width, never mixed."""
day = partial(Field, mode=Mode.NUMBER, width=8, rule=Rule.DATE)
"""A date: YYYYMMDD, before 2020 GYYMMDD."""
month = partial(Field, mode=Mode.NUMBER, width=6, rule=Rule.MONTH)
"""A month: YYYYMM, before 2020 GYYMM."""


def reserve(serial: int) -> Field:
    """予備: nothing is recorded there; what older or newer files have is let through."""
    return Field(f"reserve_{serial}", "予備", 0, Mode.ANY)


def day_columns(width: int, codes: CodeList | None = None) -> tuple[Field, ...]:
    """The 31 columns of a month's days: ``day_1`` to ``day_31``."""
    return tuple(number(f"day_{one}", f"{one}日の情報", width, codes=codes) for one in range(1, 32))


def by_id(records: Iterable[RecordType]) -> dict[str, RecordType]:
    """The definitions of a kind by record id."""
    found: dict[str, RecordType] = {}
    for one in records:
        if found.setdefault(one.id, one) is not one:
            raise ValueError(f"two definitions of {one.id}")
    return found
