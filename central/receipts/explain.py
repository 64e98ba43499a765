"""A receipt file in plain words: every line with its record and fields by name, codes with their meaning, faults.

Names and numbers of persons are covered unless asked for. Facts: the definitions, the code lists, the drug master.
"""

from collections.abc import Iterable, Iterator

import msgspec

from central.receipts import codes
from central.receipts.check import Checker, judged
from central.receipts.fields import record_faults
from central.receipts.finding import ABOUT_PEOPLE, LineFault
from central.receipts.layout import Field, Rule
from central.receipts.master import DrugMaster
from central.receipts.record import Blank, End, Item, Receipt, Record, day_of, month_of, readable
from protocol import eras

COVERED = "●●●"


class SaidField(msgspec.Struct, frozen=True, omit_defaults=True):
    """One filled field: names, value, and what a code or date means."""

    field: str
    ja: str
    en: str
    value: str
    meaning_ja: str = ""
    meaning_en: str = ""


class SaidLine(msgspec.Struct, frozen=True):
    """One line: its record by name, its filled fields, its faults. A line that is no record has empty names."""

    line: int
    record: str
    ja: str
    en: str
    fields: list[SaidField]
    faults: list[LineFault]


def explain(items: Iterable[Item], *, personal: bool = False, master: DrugMaster | None = None) -> Iterator[SaidLine]:
    """The lines of a file in their order, each with its faults; a refused file ends with a line that says why."""
    before: Item | None = None
    pending: list[LineFault] = []
    for item, faults in judged(items, Checker()):
        pending += faults
        if before is not None:
            yield from _said(before, pending, personal=personal, master=master)
        before = item
    yield from (SaidLine(one.line, "", "", "", [], [one]) for one in pending)


def _said(item: Item, pending: list[LineFault], *, personal: bool, master: DrugMaster | None) -> Iterator[SaidLine]:
    records = () if isinstance(item, Blank | End) else item.records
    for record in records:
        faults = [one for one in pending if one.line == record.line]
        pending[:] = [one for one in pending if one.line != record.line]
        ja, en = (record.type.ja, record.type.en) if record.type is not None else ("不明なレコード", "unknown record")
        if isinstance(item, Receipt) and record is item.common:
            words = codes.receipt_type(record.text("type"))
            ja, en = (f"{ja}（{words[0]}）", f"{en} ({words[1]})") if words else (ja, en)
        yield SaidLine(record.line, record.id_shown, ja, en, said_fields(record, personal, master), faults)


def said_fields(record: Record, personal: bool, master: DrugMaster | None = None) -> list[SaidField]:
    """The filled fields of a record in words; day columns become one.

    Where columns may have shifted in a line about a person, a name may stand in any of them: all are covered.
    """
    if record.type is None:
        return []
    said = []
    shifted = record.id in ABOUT_PEOPLE and next(record_faults(record), None) is not None
    for place, field in enumerate(record.type.fields[: len(record.raw)]):
        if not record.raw[place] or field.name.startswith("day_"):
            continue
        if (field.personal or shifted) and not personal:
            said.append(SaidField(field.name, field.ja, field.en, COVERED))
            continue
        ja, en = _meaning(record, field, record.raw[place], master)
        said.append(SaidField(field.name, field.ja, field.en, readable(record.raw[place]), ja, en))
    days = record.days()
    if days:
        value = ", ".join(f"{day}日:{number}" for day, number in days)
        said.append(SaidField("days", "算定日・受診日", "days", value))
    return said


def _meaning(record: Record, field: Field, raw: bytes, master: DrugMaster | None) -> tuple[str, str]:
    if field.codes is not None:
        return field.codes.meaning(readable(raw)) or ("", "")
    if field.rule is Rule.DATE:
        day = day_of(raw)
        return (eras.japanese(day), day.isoformat()) if day is not None else ("", "")
    if field.rule is Rule.MONTH:
        month = month_of(raw)
        return (f"{month.year}年{month.month}月", month.strftime("%Y-%m")) if month is not None else ("", "")
    if field.name == "code" and record.id in {"IY", "CD"} and master is not None:
        versions = master.versions(readable(raw))
        return (versions[-1].name, versions[-1].general_name) if versions else ("", "")
    return "", ""
