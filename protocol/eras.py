"""Japanese eras (元号), dates as files write them, ages.

Pure calendar: nothing here knows what day it is. An era date outside its era (平成32年, 昭和65年) is refused.
Facts: reference data-formats 6.3; 民法 138-143, 年齢計算ニ関スル法律.
"""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from enum import Enum

from protocol.errors import OnshiError, input_

JST = timezone(timedelta(hours=9), "JST")
"""Japan time; it has no summer time."""


class Era(Enum):
    """An era: letter, receipt digit (年号区分), kanji, English name, first and last day."""

    MEIJI = ("M", "1", "明治", "Meiji", date(1868, 1, 23), date(1912, 7, 29))
    TAISHO = ("T", "2", "大正", "Taisho", date(1912, 7, 30), date(1926, 12, 24))
    SHOWA = ("S", "3", "昭和", "Showa", date(1926, 12, 25), date(1989, 1, 7))
    HEISEI = ("H", "4", "平成", "Heisei", date(1989, 1, 8), date(2019, 4, 30))
    REIWA = ("R", "5", "令和", "Reiwa", date(2019, 5, 1), date.max)

    def __init__(self, letter: str, digit: str, kanji: str, english: str, first: date, last: date) -> None:
        self.letter = letter
        self.digit = digit
        self.kanji = kanji
        self.english = english
        self.first = first
        self.last = last

    def year_of(self, day: date) -> int:
        """The era year of a day; 1 is 元年."""
        return day.year - self.first.year + 1

    def day(self, year: int, month: int, day: int) -> date:
        """The day of an era date; raises `OnshiError` (INPUT-011) where the era has no such day."""
        try:
            found = date(self.first.year + year - 1, month, day)
        except (ValueError, OverflowError):
            raise OnshiError(input_.ERA_DATE, era=self.letter) from None
        if year < 1 or not self.first <= found <= self.last:
            raise OnshiError(input_.ERA_DATE, era=self.letter)
        return found


_NEWEST_FIRST = tuple(reversed(Era))
_BY_NAME = {name: era for era in Era for name in (era.letter, era.digit, era.kanji, era.kanji[0])}
_WRITTEN = re.compile(
    r"(明治?|大正?|昭和?|平成?|令和?|[MTSHR])[ ]?([0-9]{1,3}|元)"
    r"(?:年|[./-])[ ]?([0-9]{1,2})(?:月|[./-])[ ]?([0-9]{1,2})日?"
)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．／－　ＭＴＳＨＲ", "0123456789./- MTSHR")


def era_of(day: date) -> Era:
    """The era that a day lies in; raises `OnshiError` (INPUT-011) before Meiji."""
    for era in _NEWEST_FIRST:
        if day >= era.first:
            return era
    raise OnshiError(input_.ERA_DATE)


def parse(written: str) -> date:
    """A day from 令和8年5月7日, 平成元年1月8日, S64.1.7, 昭64/1/7 and the like, full-width digits as well.

    Raises `OnshiError` (INPUT-010) for what is no era date and (INPUT-011) for a day that the era does not have.
    """
    found = _WRITTEN.fullmatch(written[:40].translate(_FULL_WIDTH).upper().strip())
    if found is None:
        raise OnshiError(input_.DATE, length=len(written))
    era, year, month, day_ = found.groups()
    return _BY_NAME[era].day(1 if year == "元" else int(year), int(month), int(day_))


def from_gyymmdd(digits: str) -> date:
    """A day from GYYMMDD, how receipts wrote it until 2020 (3640107 is 昭和64年1月7日).

    Raises `OnshiError` (INPUT-010, INPUT-011).
    """
    if not re.fullmatch(r"[1-5][0-9]{6}", digits, re.ASCII):
        raise OnshiError(input_.DATE, length=len(digits))
    return _BY_NAME[digits[0]].day(int(digits[1:3]), int(digits[3:5]), int(digits[5:7]))


def japanese(day: date) -> str:
    """令和8年5月7日; the first year of an era is 元年."""
    era = era_of(day)
    year = era.year_of(day)
    return f"{era.kanji}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def printed(day: date) -> str:
    """The 6 digits YYMMDD with the era year: the printed birth date that opens card-face files."""
    return f"{era_of(day).year_of(day) % 100:02d}{day.month:02d}{day.day:02d}"


def day(digits: str) -> date:
    """A day from YYYYMMDD; raises `OnshiError` (INPUT-010)."""
    if not re.fullmatch(r"[0-9]{8}", digits, re.ASCII):
        raise OnshiError(input_.DATE, length=len(digits))
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise OnshiError(input_.DATE, length=len(digits)) from None


def day_text(day: date) -> str:
    """YYYYMMDD."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def moment(digits: str) -> datetime:
    """A moment from YYYYMMDDhhmmss in Japan time; raises `OnshiError` (INPUT-010)."""
    if not re.fullmatch(r"[0-9]{14}", digits, re.ASCII):
        raise OnshiError(input_.DATE, length=len(digits))
    on = day(digits[:8])
    try:
        return datetime(on.year, on.month, on.day, int(digits[8:10]), int(digits[10:12]), int(digits[12:]), tzinfo=JST)
    except ValueError:
        raise OnshiError(input_.DATE, length=len(digits)) from None


def moment_text(moment: datetime) -> str:
    """YYYYMMDDhhmmss in Japan time, fractions of a second cut off; raises ValueError for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    local = moment.astimezone(JST)
    return f"{day_text(local)}{local.hour:02d}{local.minute:02d}{local.second:02d}"


def age_on(birth: date, day: date) -> int:
    """Completed years of age on ``day``, counted so that the age is there from 0:00 of the birthday on.

    In law a year of age is complete at the end (24:00) of the day before the birthday; that moment is 0:00 of the
    birthday, which is what "75 or older" means for a day. Born on 29 February: in a common year the year ends
    with 28 February (民法 143 2), so the new age holds from 1 March. For rules that look at the day on which the
    age *is reached* use `attains_on`. Negative before birth.
    """
    years = day.year - birth.year
    return years if (day.month, day.day) >= (birth.month, birth.day) else years - 1


def attains_on(birth: date, age: int) -> date:
    """年齢に達する日: the day at whose end the age is complete, the one before the birthday.

    Born on the first of a month, the day lies in the month before: that is why 70-year-olds born on the 1st get
    their 高齢受給者証 from their own birth month.
    """
    try:
        birthday = date(birth.year + age, birth.month, birth.day)
    except ValueError:  # 29 February in a common year
        birthday = date(birth.year + age, 3, 1)
    return birthday - timedelta(days=1)


def last_day_of_month(day: date, months_later: int = 0) -> date:
    """The last day of the month that lies ``months_later`` after the month of ``day``.

    The grace of an expired certificate ends with ``last_day_of_month(expiry, 3)``.
    """
    month = day.year * 12 + day.month - 1 + months_later
    year, month = divmod(month, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])
