"""Values inside an upload that need more than a pattern: days, the check digits of 保険者番号 and 個人番号.

Not for storing or comparing people (`identity`) and not for the secret of a 個人番号 (`individual`).
Facts: data-formats reference 1.1, 1.4 (総務省令85号5条), 6.3.
"""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul

from protocol import eras
from protocol.errors import OnshiError

_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
"""Of the eleven digits, from the left."""
_OF_ZEROS = ord("0") * sum(_WEIGHTS)
_FIRST = date(1868, 1, 23)
_RUN = re.compile(r"[0-9](?:[\s\-‐-―−ー・.]*[0-9]){10,}")


class NumberRule(StrEnum):
    """Which check digits of 個人番号 are taken."""

    REAL = "real"
    """The lawful one."""
    SYNTHETIC = "synthetic"
    """The lawful one plus one: invented people carry numbers that can be nobody's."""


@lru_cache(maxsize=65536)
def day(text: str) -> date | None:
    """The day that YYYYMMDD names, from Meiji on; None when there is none (the open end is none)."""
    try:
        found = eras.day(text)
    except OnshiError:
        return None
    return found if _FIRST <= found < date.max else None


def individual_check_digit(body: str) -> int:
    """The check digit of 個人番号 for its first eleven digits: 11 − (Σ Pn·Qn mod 11), 0 for a remainder of 0 or 1."""
    left = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11
    return 0 if left <= 1 else 11 - left


def individual_fits(number: str, rule: NumberRule) -> bool:
    """Whether twelve ASCII digits end in the check digit of this rule."""
    left = (sum(map(mul, _WEIGHTS, number.encode("ascii"))) - _OF_ZEROS) % 11
    right = 0 if left <= 1 else 11 - left
    return int(number[11]) == (right if rule is NumberRule.REAL else (right + 1) % 10)


def number_runs(text: str) -> list[str]:
    """The digits of every run that is nearly a 個人番号 or more: eleven at least, blanks and dashes between them."""
    return [digits_of(run) for run in _RUN.findall(unicodedata.normalize("NFKC", text))]


def digits_of(text: str) -> str:
    """The digits alone, of any width."""
    return "".join(one for one in unicodedata.normalize("NFKC", text) if "0" <= one <= "9")


def holds_individual(text: str, rule: NumberRule) -> bool:
    """Whether twelve digits in a row end in the check digit of this rule."""
    return any(individual_fits(run[at : at + 12], rule) for run in number_runs(text) for at in range(len(run) - 11))
