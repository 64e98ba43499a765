"""Numbers with rules: insurers, facilities, insured records, public-expense payers, birth dates, burden ratios.

Construction checks the shape only and keeps the text as it came (``raw``), because files exist whose check
digits are wrong; `validate_check_digit` is a step of its own. Equality goes by the number, not by its padding.
``repr`` never shows a value (logs); ``str`` does. Facts: reference data-formats 1.1-1.3, clinic-interface 3.2.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from protocol import eras, text
from protocol.errors import Fault, OnshiError, input_


def check_digit(body: str) -> int:
    """The 検証番号 that follows ``body`` (ASCII digits): weights 2,1,2,1… from the right, digit sums, 10 − sum mod 10.

    Raises ValueError for anything but ASCII digits.
    """
    if not (body.isascii() and body.isdigit()):
        raise ValueError("a check digit is made of ASCII digits")
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 - place % 2)
        total += product // 10 + product % 10
    return -total % 10


def check_digit_fits(number: str) -> bool:
    """Whether the last digit of ``number`` is the check digit of the others."""
    return check_digit(number[:-1]) == int(number[-1])


def with_check_digit(body: str) -> str:
    """``body`` with its check digit behind it."""
    return f"{body}{check_digit(body)}"


class _Value:
    """What the types here share: ``str`` is the text as it came, ``repr`` says nothing of it."""

    __slots__ = ()
    raw: str

    def __str__(self) -> str:
        return self.raw

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class _Checked(_Value):
    """A number that ends in a check digit."""

    __slots__ = ()

    @property
    def check_digit_ok(self) -> bool:
        """Whether the check digit fits."""
        return check_digit_fits(self.raw)

    def validate_check_digit(self) -> Self:
        """The number itself; raises `OnshiError` (INPUT-002) where the check digit does not fit."""
        if not self.check_digit_ok:
            raise OnshiError(input_.CHECK_DIGIT, number=type(self).__name__)
        return self


_PADDED = re.compile(r"[ ]*([0-9]{5,8})[ ]*", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class InsurerNumber(_Checked):
    """保険者番号: 8 digits (法別 2, prefecture 2, insurer 3, check 1) or, for 国民健康保険, 6.

    Accepted spellings: the bare number, either padding to 8 (blanks or zeros in front), and a number that lost
    its one leading zero in a spreadsheet (7 digits of 8, 5 digits of 6). ``raw`` is the text as it came,
    ``digits`` the number itself. In 医療扶助 answers the 公費負担者番号 stands in this place.
    Raises `OnshiError` (INPUT-001).
    """

    raw: str = field(compare=False)
    digits: str = field(init=False)

    def __post_init__(self) -> None:
        found = _PADDED.fullmatch(self.raw) if len(self.raw) <= 8 else None
        digits = found[1] if found else ""
        if len(digits) in {5, 7}:
            digits = f"0{digits}"
        elif len(digits) == 8 and digits.startswith("00"):
            digits = digits[2:]
        if not digits.strip("0"):
            raise OnshiError(input_.INSURER_NUMBER, length=len(self.raw))
        object.__setattr__(self, "digits", digits)

    @property
    def padded_spaces(self) -> str:
        """8 characters, padded with blanks in front: how receipts and face files write it."""
        return self.digits.rjust(8)

    @property
    def padded_zeros(self) -> str:
        """8 digits, padded with zeros in front: how checkups, FHIR and many requests write it."""
        return self.digits.rjust(8, "0")

    @property
    def is_national_health(self) -> bool:
        """国民健康保険: the numbers of 6 digits. (退職国保, 法別 67, has 8 digits and is not counted here.)"""
        return len(self.digits) == 6

    @property
    def law(self) -> str | None:
        """法別番号, 2 digits; None for 国民健康保険, which has none."""
        return None if self.is_national_health else self.digits[:2]

    @property
    def prefecture(self) -> str:
        """都道府県番号, 2 digits (01 北海道 … 47 沖縄; 99 nobody, our synthetic world)."""
        return self.digits[:2] if self.is_national_health else self.digits[2:4]

    @property
    def check_digit_ok(self) -> bool:
        return check_digit_fits(self.digits)


@dataclass(frozen=True, slots=True, repr=False)
class FacilityCode(_Checked):
    """医療機関コード: prefecture 2, fee table 1 (1 医科, 3 歯科, 4 調剤, 6 訪問看護, B …), institution 7.

    The last digit is a check digit. Raises `OnshiError` (INPUT-003).
    """

    raw: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{2}[0-9A-Z][0-9]{7}", self.raw, re.ASCII):
            raise OnshiError(input_.FACILITY_CODE, length=len(self.raw))

    @property
    def prefecture(self) -> str:
        """都道府県番号, 2 digits."""
        return self.raw[:2]

    @property
    def fee_table(self) -> str:
        """点数表, 1 character."""
        return self.raw[2]

    @property
    def institution(self) -> str:
        """The 7 digits that receipts carry."""
        return self.raw[3:]

    @property
    def check_digit_ok(self) -> bool:
        """All ten digits take part. For a fee table that is a letter no rule is public: nothing contradicts it."""
        return not self.fee_table.isdigit() or check_digit_fits(self.raw)


@dataclass(frozen=True, slots=True, repr=False)
class PayerNumber(_Checked):
    """公費負担者番号: 8 digits (法別 2, prefecture 2, executing body 3, check 1). Raises `OnshiError` (INPUT-009)."""

    raw: str

    def __post_init__(self) -> None:
        _digits(self.raw, 8, input_.PAYER_NUMBER)

    @property
    def law(self) -> str:
        """法別番号, 2 digits (12 生活保護, 54 難病 …)."""
        return self.raw[:2]

    @property
    def prefecture(self) -> str:
        """都道府県番号, 2 digits."""
        return self.raw[2:4]


@dataclass(frozen=True, slots=True, repr=False)
class RecipientNumber(_Checked):
    """公費負担医療の受給者番号: 7 digits, the last a check digit. Raises `OnshiError` (INPUT-009)."""

    raw: str

    def __post_init__(self) -> None:
        _digits(self.raw, 7, input_.PAYER_NUMBER)


@dataclass(frozen=True, slots=True, repr=False)
class Symbol(_Value):
    """被保険者証記号: 1 to 20 characters, half-width or full-width. Raises `OnshiError` (INPUT-004)."""

    raw: str = field(compare=False)
    key: str = field(init=False)
    """What is compared: widths and dashes made one, blanks dropped."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _record_key(self.raw, input_.SYMBOL))


@dataclass(frozen=True, slots=True, repr=False)
class InsuredNumber(_Value):
    """被保険者証番号 (医療扶助: 受給者番号): 1 to 20 characters; leading zeros count.

    Raises `OnshiError` (INPUT-005).
    """

    raw: str = field(compare=False)
    key: str = field(init=False)
    """What is compared: widths and dashes made one, blanks dropped."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _record_key(self.raw, input_.INSURED_NUMBER))


@dataclass(frozen=True, slots=True, repr=False)
class Branch(_Value):
    """枝番: exactly 2 digits. Raises `OnshiError` (INPUT-006)."""

    raw: str

    def __post_init__(self) -> None:
        _digits(self.raw, 2, input_.BRANCH)


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate(_Value):
    """生年月日, written YYYYMMDD. Raises `OnshiError` (INPUT-007)."""

    raw: str
    day: date = field(init=False, compare=False)

    def __post_init__(self) -> None:
        try:
            day = eras.day(self.raw)
            eras.era_of(day)
        except OnshiError:
            raise OnshiError(input_.BIRTH_DATE, length=len(self.raw)) from None
        object.__setattr__(self, "day", day)

    @classmethod
    def of(cls, day: date) -> Self:
        """The birth date that is this day."""
        return cls(eras.day_text(day))

    @property
    def printed(self) -> str:
        """The 6 digits that open card-face file 0001 and 照合番号B: era year, month, day."""
        return eras.printed(self.day)

    @property
    def printed_gregorian(self) -> str:
        """The same 6 digits with the Gregorian year's last two, as foreign residents' cards print it [inferred]."""
        return self.raw[2:]

    def age_on(self, day: date) -> int:
        """Completed years on ``day``; the rule is at `eras.age_on`."""
        return eras.age_on(self.day, day)


@dataclass(frozen=True, slots=True, repr=False)
class BurdenRatio(_Value):
    """一部負担金割合: three digits, "010" is ten per cent, at most "100". Raises `OnshiError` (INPUT-008)."""

    raw: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"0[1-9]0|100", self.raw, re.ASCII):
            raise OnshiError(input_.BURDEN_RATIO, length=len(self.raw))

    @classmethod
    def of(cls, percent: int) -> Self:
        """The ratio of 10, 20, … 100 per cent."""
        return cls(f"{percent:03d}")

    @property
    def percent(self) -> int:
        """Per cent, 10 to 100."""
        return int(self.raw)


@dataclass(frozen=True, slots=True, repr=False)
class Yen(_Value):
    """An amount in yen as written: 1 to 8 digits. Raises `OnshiError` (INPUT-020)."""

    raw: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{1,8}", self.raw, re.ASCII):
            raise OnshiError(input_.AMOUNT, length=len(self.raw))

    @property
    def amount(self) -> int:
        """Yen."""
        return int(self.raw)


@dataclass(frozen=True, slots=True, repr=False)
class YearMonth(_Value):
    """A month, written YYYYMM (診療年月). Raises `OnshiError` (INPUT-010)."""

    raw: str

    def __post_init__(self) -> None:
        eras.day(f"{self.raw}01")

    @property
    def first_day(self) -> date:
        """The month's first day."""
        return eras.day(f"{self.raw}01")


def _digits(raw: str, count: int, fault: Fault) -> None:
    if not re.fullmatch(rf"[0-9]{{{count}}}", raw, re.ASCII):
        raise OnshiError(fault, length=len(raw))


def _record_key(raw: str, fault: Fault) -> str:
    """Checks 記号 or 番号 and gives what is compared."""
    key = text.record_key(raw) if len(raw) <= 20 and text.is_plain(raw) else ""
    if not key:
        raise OnshiError(fault, length=len(raw))
    return key
