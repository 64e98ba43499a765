"""What the two lines of a card front may say, and nothing else: era or Gregorian birth date, expiry, security code.

Pure text; nothing here sees a picture or knows what day it is. Letters that look like a digit are never turned into
one. Facts: `my-number-card` reference 2.5 (the birth date keeps the era's year; foreign residents' cards print the
Gregorian one, inferred there) and 7 (misreadings that occur: 令 as 合; blanks before a single digit; 元年).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from edge.ocr.recognise import Line
from protocol.eras import Era
from protocol.errors import OnshiError

OLDEST = 120
"""Years; nobody is older."""
LONGEST_VALID, LONGEST_EXPIRED = 10, 5
"""Years after and before today in which a card's last day can lie: the tenth birthday after issue is the latest."""
SERIAL_LENGTH, CODE_LENGTH = 16, 4
_LOST = 2
"""Characters of the manufacturing number that a reading may have lost or doubled."""
_LOOKALIKES = {
    "令": "令合今含命冷",
    "昭": "昭照招沼",
    "成": "成戊戌咸",
    "平": "平乎",
    "大": "大太犬",
    "明": "明朋",
    "和": "和知",
}  # fmt: skip


def _either(kanji: str) -> str:
    return "".join(f"[{_LOOKALIKES.get(one, one)}]" for one in kanji)


_BIRTH_ERA = "|".join(f"(?P<{era.name}>{_either(era.kanji)})" for era in Era)
_DATES = re.compile(
    rf"(?:(?:{_BIRTH_ERA})(?P<year>元|[1-9][0-9]?)|(?<![0-9])(?P<full>[0-9]{{4}}))年"
    r"(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})日[^0-9]{0,3}"
    r"(?P<until>[0-9]{4})年(?P<until_month>[0-9]{1,2})月(?P<until_day>[0-9]{1,2})日(?=[^0-9]{0,8}$)"
)
_NUMBER = re.compile(r"([0-9A-Z ]{14,24}?)( ?)([0-9]{4})", re.ASCII)


@dataclass(frozen=True, repr=False)
class Dates:
    """One reading of the date line. Spans are (first, last + 1) characters of the line without its blanks."""

    birth: date
    expiry: date
    digits: str
    """YYMMDD as printed: the first six of 照合番号B."""
    twice: bool
    """Month and day of birth stand in the expiry again, as on every card that ends with a birthday."""
    birth_span: tuple[int, int]
    expiry_span: tuple[int, int]
    year_span: tuple[int, int]
    """The four digits of the expiry's year."""
    fields: tuple[tuple[int, int], ...]
    """Year, month and day of birth."""


def without_blanks(line: Line) -> Line:
    """Full-width forms as ASCII, blanks dropped; places and probabilities of what stays are kept."""
    kept = [
        (wide, sure, at)
        for character, sure, at in zip(line.text, line.sure, line.at, strict=True)
        for wide in unicodedata.normalize("NFKC", character)
        if not wide.isspace()
    ]
    return Line("".join(one[0] for one in kept), tuple(one[1] for one in kept), tuple(one[2] for one in kept))


def dates(line: Line, today: date) -> Dates | None:
    """The birth date and the last day of validity of a line without blanks, or None for anything that is not both.

    Refused as well: a day that its era or month does not have, a birth after ``today``, an expiry that no card has,
    and a birthday that the expiry repeats with one digit changed: one of the two was misread.
    """
    found = _DATES.search(line.text)
    if found is None:
        return None
    birth = _birth(found)
    expiry = _day(found["until"], found["until_month"], found["until_day"])
    if birth is None or expiry is None or not plausible(birth, expiry, today):
        return None
    twice = _same_birthday(birth, expiry)
    if not twice and _off_by_one(found):
        return None
    year = "01" if found["year"] == "元" else (found["year"] or found["full"][2:]).zfill(2)
    return Dates(
        birth=birth,
        expiry=expiry,
        digits=f"{year}{birth:%m%d}",
        twice=twice,
        birth_span=(found.start(), found.end("day")),
        expiry_span=(found.start("until"), found.end("until_day")),
        year_span=found.span("until"),
        fields=(found.span("year" if found["year"] else "full"), found.span("month"), found.span("day")),
    )


def plausible(birth: date, expiry: date, today: date) -> bool:
    """Whether one card can say both on that day."""
    return (
        birth <= today
        and today.year - birth.year <= OLDEST
        and today.year - LONGEST_EXPIRED <= expiry.year <= today.year + LONGEST_VALID
        and expiry > birth
    )


def code(line: Line) -> str | None:
    """The security code of a line as it was read, blanks and all: 16 characters, then 4 digits.

    A blank, the only one, must stand before the four digits, or the whole line must be complete: else a lost digit
    would let one of the manufacturing number slip in.
    """
    found = _NUMBER.fullmatch(re.sub(r"\s+", " ", unicodedata.normalize("NFKC", line.text)).strip())
    if found is None:
        return None
    serial = found[1].replace(" ", "")
    if len(serial) == SERIAL_LENGTH or (serial == found[1] and found[2] and abs(len(serial) - SERIAL_LENGTH) <= _LOST):
        return found[3]
    return None


def bare_code(line: Line) -> str | None:
    """Four digits and nothing else."""
    text = without_blanks(line).text
    return text if re.fullmatch(r"[0-9]{4}", text, re.ASCII) else None


def _birth(found: re.Match[str]) -> date | None:
    if found["full"]:
        return _day(found["full"], found["month"], found["day"])
    era = next(one for one in Era if found[one.name])
    try:
        return era.day(1 if found["year"] == "元" else int(found["year"]), int(found["month"]), int(found["day"]))
    except OnshiError:
        return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _off_by_one(found: re.Match[str]) -> bool:
    """Whether birth and expiry name birthdays that differ by one digit, which one misread or lost digit would do.

    Two that differ altogether are two days: a foreign resident's card may end with the period of stay.
    """
    seen: str = found["month"]
    whole: str = found["until_month"]
    if int(seen) == int(whole):
        seen, whole = found["day"], found["until_day"]
    elif int(found["day"]) != int(found["until_day"]):
        return False
    if len(seen) != len(whole):
        shorter, longer = sorted((seen, whole), key=len)
        return shorter in longer
    return sum(one != other for one, other in zip(seen, whole, strict=True)) == 1


def _same_birthday(birth: date, expiry: date) -> bool:
    if (birth.month, birth.day) == (expiry.month, expiry.day):
        return True
    return (birth.month, birth.day) == (2, 29) and (expiry.month, expiry.day) in {(2, 28), (3, 1)}
