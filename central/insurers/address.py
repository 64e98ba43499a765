"""Addresses (住所) as they are compared: one spelling for 丁目, 番, 号, kanji numerals, widths and dashes.

Not geocoding: to say that two addresses differ, prefecture to house number are enough, so what follows the house
number (building, room) is left out, and a prefecture or county that only one side states is no difference. Facts:
data-formats reference 6.2, 6.4.
"""

import re
import unicodedata
from functools import lru_cache

import msgspec

from protocol.text import MISSING, kanji_key

_KANJI_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_OF_PLACE = "(?:地割|番[町丁]|条|線|区|町|谷|軒|日市|本[木松]|[のノ之ツヶケ](?![-0-9〇一二三四五六七八九十百ァ-ヺー]))"
"""Behind a number these make it part of a place's name: 第9地割, 3番町, 北1条, 1ノ沢; before katakana ノ, ツ, ケ begin
the name of a building."""
_KANJI_NUMBER = re.compile(f"[〇一二三四五六七八九十百]+(?=丁|番|号|[のノ][0-9〇一二三四五六七八九十]|-|$|{_OF_PLACE})")
_UNITS = re.compile("(?<=[0-9])(?:丁目?|番地[のノ]|番地|番(?![町丁])|号室|号|[のノ](?=[0-9]))")
_DASHES = re.compile("[-‐‑‒–—―−－ーｰ~〜～]+")
_ENDED = re.compile("(?<=[0-9]) (?!丁|番|号|地割|条|線|-)")
"""A blank behind a number: what follows is a room or a building, not part of the number."""
_PREFECTURE = re.compile("^(?:北海道|東京都|(?:京都|大阪)府|[^0-9市区町村郡]{2,3}県(?!郡))")
_COUNTY = re.compile(
    "^(?!大和郡山市|蒲郡市|小郡[市町]|上郡町)(?:[^0-9市区町村]{1,4}?|[東西南北]村山|田村|余市|高市)郡(?=[^0-9]{1,8}[町村])"
)
_NUMBERED = re.compile(f"^((?:[^0-9]|[0-9]++{_OF_PLACE})*?)([0-9]++(?!{_OF_PLACE})(?:-[0-9]++)*+)")
_ORDINAL = re.compile("第(?=[0-9]+地割)")
_JOINED = re.compile("(?<=[0-9])[ノ之](?![0-9ァ-ヺー])")

_UNKNOWN = re.compile(f"[{MISSING}〓\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")


class AddressKey(msgspec.Struct, frozen=True):
    """What addresses are compared by. ``prefecture``, ``county``: empty where the address does not state them."""

    place: str
    """From the city, town or village to the house number."""
    prefecture: str = ""
    county: str = ""


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
    "([^0-9]+)([1-9][0-9]{0,3})(?:丁目|-)([1-9][0-9]{0,3})(?:番地の|番地|番|-)([1-9][0-9]{0,3})号?(?![0-9号室番条線区町のノ]|-[0-9])"
)
"""Three numbers behind a place: nearly every address."""


_GA = str.maketrans("ケガが", "ヶヶヶ")


@lru_cache(maxsize=65536)
def _place(name: str) -> tuple[str, str, str]:
    """The place without 大字, its prefecture and its county, variants made one."""
    prefecture = _PREFECTURE.match(name)
    rest = name[prefecture.end() :] if prefecture else name
    county = _COUNTY.match(rest)
    rest = rest[county.end() :] if county else rest
    plain = _JOINED.sub("の", re.sub("大?字", "", rest)).translate(_GA)
    return (
        kanji_key(plain) or "",
        (kanji_key(prefecture[0]) or "") if prefecture else "",
        (kanji_key(county[0].translate(_GA)) or "") if county else "",
    )


def _key(name: str, numbers: str = "") -> AddressKey | None:
    place, prefecture, county = _place(name)
    return AddressKey(place + numbers, prefecture, county) if place or numbers else None


@lru_cache(maxsize=16384)
def address_key(address: str) -> AddressKey | None:
    """What addresses are compared by; None where nothing can be compared (● or empty)."""
    plain = " ".join(unicodedata.normalize("NFKC", address).split())
    if not plain or not is_comparable(plain):
        return None
    if " " in plain:
        plain = _ENDED.sub("-", plain).replace(" ", "")
    plain = _KANJI_NUMBER.sub(lambda found: _number(found[0]), plain)
    plain = _DASHES.sub("-", plain)
    if usual := _USUAL.match(plain):
        place, *numbers = usual.groups()
        return _key(place, "-".join(numbers))
    plain = _DASHES.sub("-", _ORDINAL.sub("", _UNITS.sub("-", plain)))
    found = _NUMBERED.match(plain)
    if found is None:
        return _key(plain.strip("-"))
    return _key(found[1], "-".join(part.lstrip("0") or "0" for part in found[2].split("-")))


def same_address(one: AddressKey, other: AddressKey) -> bool:
    """Whether two keys name one place: equal, or one says more (a room) behind two numbers or more of the other."""
    if one.prefecture != other.prefecture and one.prefecture and other.prefecture:
        return False
    if one.county != other.county and one.county and other.county:
        return False
    if one.place == other.place:
        return True
    short, long = sorted((one.place, other.place), key=len)
    return "-" in short and long.startswith(f"{short}-")
