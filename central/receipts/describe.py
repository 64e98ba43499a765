"""The record definitions as pages of the book: every field with its place, width, mode and codes."""

from collections.abc import Iterator

from central.receipts.kinds import Kind
from central.receipts.layout import Field, Mode, RecordType


def page() -> Iterator[str]:
    """The page of all kinds, in Markdown."""
    yield "# Receipt records\n"
    yield (
        "Text in Shift_JIS as Windows writes it (CP932), fields between commas, lines ended by CR LF, perhaps an end"
        " mark 0x1A. *Place* counts from the record id, which is 0; `*` marks required fields; *width* is in bytes, `=`"
        " exactly so many. Dates are YYYYMMDD and YYYYMM, before 2020 GYYMMDD and GYYMM: the length tells.\n"
    )
    for kind in Kind:
        yield f"## {kind.ja} ({kind.en})\n"
        for record in kind.records.values():
            yield from _record(record)


def _record(record: RecordType) -> Iterator[str]:
    yield f"### {record.id} {record.ja} ({record.en})\n"
    if not record.fields:
        yield "Carried unread.\n"
        return
    if record.loose:
        yield "The order of the fields is not public; nothing but the characters is checked.\n"
    yield "| place | field | 項目 | mode | width | codes |\n| --- | --- | --- | --- | --- | --- |"
    first, end = record.days or (0, 0)
    for place, field in enumerate(record.fields):
        if place == first and end:
            yield f"| {first + 1}–{end} | `day_1` … `day_31` | 1日～31日の情報 {_row(field)}"
        elif not first < place < end:
            yield f"| {place + 1} | `{field.name}` | {field.ja} {_row(field)}"
    yield ""


def _row(field: Field) -> str:
    mode = "" if field.mode is Mode.ANY else field.mode.value
    width = f"{'=' if field.fixed else ''}{field.width or ''}"
    listed = field.codes.ja if field.codes is not None else ""
    return f"{'*' if field.required else ''}| {mode} | {width} | {listed} |"
