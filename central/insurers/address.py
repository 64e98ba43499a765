"""Addresses (住所) as they are compared: one spelling for 丁目, 番, 号, kanji numerals, widths and dashes.

Not geocoding: to say that two addresses differ, prefecture to house number are enough, so what follows the house
number (building, room) is left out, and a missing prefecture is no difference. Facts: data-formats reference 6.2, 6.4.
"""

import re
import unicodedata
from functools import lru_cache

from protocol.text import MISSING, kanji_key

_KANJI_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_KANJI_NUMBER = re.compile("[〇一二三四五六七八九十百]+(?=丁目|番(?!町)|号|の[0-9〇一二三四五六七八九十]|条|線|-|$)")
_UNITS = re.compile("(?<=[0-9])(?:丁目|番地の|番地|番(?!町)|号室|号|の(?=[0-9]))")
_DASHES = re.compile("[-‐‑‒–—―−－ーｰ~〜～]+")
_PREFECTURE = re.compile("^(?:北海道|東京都|(?:京都|大阪)府|[^0-9]{2,3}県)")
_COUNTY = re.compile("^[^0-9市区]{1,6}?郡(?=[^0-9]{1,8}[町村])")
_NUMBERED = re.compile("^((?:[^0-9]|[0-9]+[条線区町])*?)([0-9]+(?:-[0-9]+){0,3})(?![0-9条線区町])")


_UNKNOWN = re.compile(f"[{MISSING}〓\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")


def is_comparable(written: str) -> bool:
    """Whether no character is missing."""
    return _UNKNOWN.search(written) is None


def _number(kanji: str) -> str:
    """十二 as 12, 二三 as 23."""
    if not re.search("[十百]", kanji):
        return "".join(str(_KANJI_DIGITS[character]) for character in kanji)
    total, digit = 0, 0
    for character in kanji:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = digit * 10 + _KANJI_DIGITS[character]
    return str(total + digit)


_USUAL = re.compile(
    "([^0-9]+)([1-9][0-9]{0,3})(?:丁目|-)([1-9][0-9]{0,3})(?:番地の|番地|番|-)([1-9][0-9]{0,3})号?(?![0-9号室番条線区町]|-[0-9])"
)
"""Three numbers behind a place: nearly every address."""


_GA = str.maketrans("ケガが", "ヶヶヶ")


@lru_cache(maxsize=65536)
def _place(name: str) -> str | None:
    """Prefecture, county and 大字 left out, variants made one."""
    name = _COUNTY.sub("", _PREFECTURE.sub("", name))
    return kanji_key(re.sub("大?字", "", name).translate(_GA))


@lru_cache(maxsize=16384)
def address_key(address: str) -> str | None:
    """What addresses are compared by, without the prefecture; None where nothing can be compared (● or empty)."""
    plain = "".join(unicodedata.normalize("NFKC", address).split())
    if not plain or not is_comparable(plain):
        return None
    plain = _KANJI_NUMBER.sub(lambda found: _number(found[0]), plain)
    plain = _DASHES.sub("-", plain)
    if usual := _USUAL.match(plain):
        place, *numbers = usual.groups()
        return f"{_place(place)}{'-'.join(numbers)}"
    plain = _UNITS.sub("-", plain)
    plain = _DASHES.sub("-", plain)
    found = _NUMBERED.match(plain)
    if found is None:
        return _place(plain.strip("-"))
    return f"{_place(found[1])}{'-'.join(part.lstrip('0') or '0' for part in found[2].split('-'))}"


def same_address(one: str, other: str) -> bool:
    """Whether two keys name one place: equal, or one says more (a room) behind two numbers or more of the other."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return "-" in short and long.startswith(f"{short}-")
