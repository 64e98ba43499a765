"""What an insurer writes about its members: one upload line each, in the notation of that insurer's clerks.

Noise that means nothing (widths, dashes, small kana, 丁目, ●) is not an error; errors are `mistakes`. The columns
are the importer's own layout, taken by their keys.
"""

import random
from collections.abc import Mapping
from datetime import date

import jaconv

from central.insurers.layout import COLUMNS
from sandbox.residents import words
from sandbox.residents.people import ELDERLY, Home, Person

_OLD_TO_NEW = {old: new for new, old in words.VARIANTS.items()}
_SMALL = str.maketrans("ァィゥェォッャュョ", "アイウエオツヤユヨ")
_KANJI = "〇一二三四五六七八九"
_KEYS = tuple(column.key for column in COLUMNS)

Line = dict[str, str]
"""Column's key → value; what is not there is empty."""


def line(person: Person, rng: random.Random, today: date) -> Line:
    """A registration of the person's coverage."""
    years = today.year - person.birth.year - ((today.month, today.day) < (person.birth.month, person.birth.day))
    elderly = person.insurer.startswith(ELDERLY)
    qualified = _day(person.qualified)
    stated: Line = {
        "operation": "1",
        "insurer": person.insurer,
        "symbol": person.symbol,
        "number": person.insured_number,
        "branch": person.branch,
        "individual": person.number,
        "name": written_name(person.name, rng),
        "kana": written_kana(person.kana, rng),
        "sex": person.sex,
        "birth": _day(person.birth),
        "postal": (person.former or person.home).postal_code,
        "address": written_address(person.former or person.home, rng),
        "relation": person.relation,
        "head": person.head,
        "classification": "01",
        "qualified": qualified,
        "issued": qualified,
        "percent": ("010", "010", "010", "010", "020", "030")[int(person.number[5]) % 6] if elderly else "030",
    }
    if not elderly and years < 6:
        stated["percent"] = "020"
    if 70 <= years < 75:
        # From a day that both the certificate and the coverage have begun.
        stated |= {"elderly_from": qualified, "elderly_percent": "020"}
    if person.number[6] == "7":
        stated |= {
            "limit_kind": "01",
            "limit_class": "B09" if elderly else "A03",
            "limit_issued": qualified,
            "limit_from": qualified,
        }
    return stated


def csv_line(stated: Mapping[str, str], serial: int) -> str:
    """The line as it stands in a file; no value of ours has a comma or a quotation mark."""
    return ",".join(str(serial) if key == "serial" else stated.get(key, "") for key in _KEYS)


def written_name(name: str, rng: random.Random) -> str:
    """A name as the insurer's system can write it: with ● for a hard spelling, or with the everyday one."""
    chance = rng.random()  # chosen so that 4.4 % of all records have ●
    if any(character in words.HARD for character in name):
        if chance < 0.5:
            return "".join("●" if character in words.HARD else character for character in name)
        if chance < 0.9:
            return "".join(_OLD_TO_NEW.get(character, character) for character in name)
        return name
    if chance < 0.029:
        surname, _, given = name.partition("　")
        return f"{surname}　{'●' + given[1:]}"
    if chance < 0.12:
        return "".join(_OLD_TO_NEW.get(character, character) for character in name)
    return name.replace("　", " ") if chance < 0.2 else name


def written_kana(kana: str, rng: random.Random) -> str:
    """Half width, without small kana, without a blank; or as it is."""
    chance = rng.random()
    if chance < 0.2:
        return str(jaconv.z2h(kana, kana=True)).replace("　", " ")
    if chance < 0.3:
        return kana.translate(_SMALL)
    return kana.replace("　", "") if chance < 0.4 else kana


def written_address(home: Home, rng: random.Random) -> str:
    """In one of the ways of writing it; without the building, mostly."""
    building = home.building if rng.random() < 0.6 else ""
    prefecture = words.PREFECTURE if rng.random() < 0.7 else ""
    chance = rng.random()
    town = words.FIGURES.get(home.town, home.town) if chance > 0.8 else home.town
    sectioned = home.town == words.SECTIONED
    unit = "地割" if sectioned else "丁目"
    if chance < 0.35:
        spot = f"{home.block}{unit if sectioned else '-'}{home.lot}-{home.house}"
    elif chance < 0.5:
        spot = f"{home.block}{unit}{home.lot}番地の{home.house}"
    elif chance < 0.6:
        spot = f"{_KANJI[home.block]}{unit}{home.lot}－{home.house}"
    else:
        spot = home.spot
    return f"{prefecture}{home.city}{town}{spot}{' ' + building if building else ''}"


def _day(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
