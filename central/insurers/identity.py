"""Is this the person to whom the 個人番号 belongs? Five items against the resident register, and what follows.

Items: kanji name, kana name, birth date, sex, address. A judgement only: stops and work items are written by the
apply. ● and other missing characters compare with nothing: such an item is not there. Facts: data-formats reference
1.9 (the decision matrix of September 2023), 1.10, 6.2.
"""

from enum import StrEnum
from functools import lru_cache

import msgspec

from central.insurers.address import AddressKey, address_key, same_address
from protocol import text

NEEDED = 4
"""Fewer comparable items than this are no match, whatever they say."""


class Verdict(StrEnum):
    """What the comparison says of a line."""

    MATCH = "match"
    REVIEW = "review"
    """One name or the address alone differs: nobody is stopped, the insurer looks into it."""
    BIRTH_OR_SEX = "birth-or-sex"
    """① The coverage and medical information are not shown."""
    NAMES = "names"
    """② Both names differ: medical information is not shown."""
    NAME_ADDRESS = "name-address"
    """③ A name and the address differ: medical information is not shown while there are several coverages."""
    NO_RESIDENT = "no-resident"
    """Nobody has that number: treated as ①."""
    TOO_FEW = "too-few"
    """Fewer than four items could be compared: the line is refused."""
    UNCHECKED = "unchecked"
    """No number to ask with: an update that keeps the person."""


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """A resident as the resident register answers: stored only sealed, while a work item is open (`comparisons`)."""

    name: str = ""
    kana: str = ""
    birth_date: str = ""
    """YYYYMMDD."""
    sex: str = ""
    address: str = ""


class Items(msgspec.Struct, frozen=True):
    """Five items as they are compared; None: cannot be compared."""

    kanji: str | None
    kana: str | None
    birth: str | None
    sex: str | None
    address: AddressKey | None


_kana = lru_cache(maxsize=65536)(text.kana_key)
_kanji = lru_cache(maxsize=65536)(text.kanji_key)


def items(name: str, kana: str, birth_date: str, sex: str, address: str) -> Items:
    """The comparable form; ``birth_date`` YYYYMMDD, ``sex`` OQSCD007 (3, not set, is no item)."""
    return Items(
        _kanji(name) if name else None,
        _kana(kana) if kana else None,
        birth_date or None,
        sex if sex in {"1", "2"} else None,
        address_key(address) if address else None,
    )


def of_resident(resident: Resident) -> Items:
    """A resident's items."""
    return items(resident.name, resident.kana, resident.birth_date, resident.sex, resident.address)


def judge(stated: Items, resident: Items | None) -> tuple[Verdict, str]:
    """The verdict, and which items differ (codes joined by ``+``)."""
    if resident is None:
        return Verdict.NO_RESIDENT, "number"
    if stated == resident and None not in (stated.kanji, stated.kana, stated.birth, stated.sex, stated.address):
        return Verdict.MATCH, ""
    pairs = (
        ("birth", stated.birth, resident.birth),
        ("sex", stated.sex, resident.sex),
        ("kanji", stated.kanji, resident.kanji),
        ("kana", stated.kana, resident.kana),
    )
    compared = [(name, one == other) for name, one, other in pairs if one is not None and other is not None]
    if stated.address is not None and resident.address is not None:
        compared.append(("address", same_address(stated.address, resident.address)))
    differing = [name for name, same in compared if not same]
    told = "+".join(differing)
    if len(compared) < NEEDED:
        return Verdict.TOO_FEW, told
    if "birth" in differing or "sex" in differing:
        return Verdict.BIRTH_OR_SEX, told
    names = {name for name, _ in compared if name in {"kanji", "kana"}}
    if names.issubset(differing):
        # A name that cannot be compared (●) speaks for nobody.
        return Verdict.NAMES, told
    if names.intersection(differing) and "address" in differing:
        return Verdict.NAME_ADDRESS, told
    return (Verdict.REVIEW if differing else Verdict.MATCH), told
