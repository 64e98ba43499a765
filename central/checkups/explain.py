"""A submission in plain words: file by file, values and items by name, codes with their meaning, faults.

Names and numbers of persons are covered unless asked for. Facts: the definitions and the item table.
"""

from collections.abc import Iterable, Iterator

import msgspec

from central.checkups.check import Judged
from central.checkups.finding import SubmissionFault
from central.checkups.items import results
from central.checkups.layout import Rule, Value
from central.checkups.observation import Observation, absent_words
from central.checkups.reading import Document
from protocol import eras
from protocol.errors import OnshiError

COVERED = "●●●"


class SaidValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value: names, value, what a code or date means. ``item``: JLAC10 code; ``flag``: L or H."""

    line: int
    ja: str
    en: str
    value: str
    item: str = ""
    unit: str = ""
    flag: str = ""
    meaning_ja: str = ""
    meaning_en: str = ""


class SaidFile(msgspec.Struct, frozen=True):
    """One file: what it is, its values, its faults. ``file`` is "" for the ZIP itself."""

    file: str
    ja: str
    en: str
    values: list[SaidValue]
    faults: list[SubmissionFault]


def explain(files: Iterable[Judged], *, personal: bool = False) -> Iterator[SaidFile]:
    """The files in the order in which they were judged. The ZIP itself stands only where it has faults."""
    for one in files:
        document = one.document
        if document is None:
            if one.faults:
                yield SaidFile(one.file, "読めないファイル" if one.file else "ZIPファイル", "file", [], one.faults)
            continue
        values = [*_values(document, personal), *(_item(each, personal) for each in one.observations)]
        yield SaidFile(one.file, document.layout.ja, document.layout.en, values, one.faults)


def _values(document: Document, personal: bool) -> Iterator[SaidValue]:
    for one in document.layout.values:
        written = document.values.get(one.name)
        if not written:
            continue
        line = document.lines[one.name]
        if one.personal and not personal:
            yield SaidValue(line, one.ja, one.en, COVERED)
            continue
        ja, en = _meaning(one, written)
        yield SaidValue(line, one.ja, one.en, written, meaning_ja=ja, meaning_en=en)


def _meaning(one: Value, written: str) -> tuple[str, str]:
    if one.codes is not None:
        return one.codes.get(written, ("", ""))
    if one.rule is Rule.DATE:
        try:
            day = eras.day(written)
            return eras.japanese(day), day.isoformat()
        except OnshiError:
            return "", ""
    return "", ""


def _item(one: Observation, personal: bool) -> SaidValue:
    ja, en = (one.item.ja, one.item.en) if one.item is not None else ("表にない項目", "item outside the table")
    if one.absent:
        return SaidValue(one.line, ja, en, "", one.code, "", "", *absent_words(one.absent))
    if one.item is not None and one.item.personal and not personal:
        return SaidValue(one.line, ja, en, COVERED, one.code)
    means = results().get(one.item.oid, {}).get(one.value, ("", "")) if one.item is not None else ("", "")
    return SaidValue(one.line, ja, en, one.value, one.code, one.unit, one.flag, *means)
