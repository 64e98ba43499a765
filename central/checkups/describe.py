"""The definitions of the documents and the item table as a page of the book."""

from collections.abc import Iterator

from central.checkups.items import Item, items, results
from central.checkups.layout import LAYOUTS, Layout


def page() -> Iterator[str]:
    """The page, in Markdown."""
    yield "# Checkup submissions\n"
    yield (
        "A ZIP named like its one folder, `<sender 10>_<receiver 8>_<YYYYMMDD><turn>_<kind>`: `ix08_V08.xml`,"
        " `su08_V08.xml` and `CLAIMS/c….xml` when costs are claimed, `DATA/h….xml`, perhaps `XSD/`. UTF-8, no DOCTYPE."
        " `*` marks what is required. OIDs stand after `1.2.392.200119.6.`.\n"
    )
    for layout in LAYOUTS:
        yield from _layout(layout)
    yield "## Items\n"
    yield (
        "By their JLAC10 code, in the order of the table. *Rule*: `1` required; a capital letter: one of its group;"
        " `b` `c` `d`: one of the three; `2` detailed; `7` if answered; `5` other. A value at or beyond its *range*"
        " carries L or H; ranges in brackets are inferred.\n"
    )
    yield "| code | 項目 | item | rule | type | format | unit or list | method | range |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    yield from (_item(one) for one in items().values())
    yield "\n## Result lists\n"
    yield "| list | code | 意味 | meaning |\n| --- | --- | --- | --- |"
    for oid, codes in results().items():
        for code, (ja, en) in codes.items():
            yield f"| {oid.rpartition('.')[2]} | {code} | {ja} | {en} |"
    yield ""


def _layout(layout: Layout) -> Iterator[str]:
    yield f"## {layout.ja} ({layout.en})\n"
    yield f"`{layout.root}` in `{layout.namespace}`.\n"
    yield "| value | 項目 | place | written | OID |\n| --- | --- | --- | --- | --- |"
    for one in layout.values:
        place = f"{one.path}@{one.attribute}" if one.attribute else one.path
        written = " ".join(one.codes) if one.codes is not None and len(one.codes) <= 6 else one.rule.label
        oid = " ".join(one.systems) or one.pick
        yield f"| `{one.name}` | {one.ja}{'*' if one.required else ''} | `{place}` | {written} | {oid} |"
    yield ""


def _item(one: Item) -> str:
    digits = "N" * one.digits[0] + ("." + "N" * one.digits[1] if one.digits[1] else "")
    form = digits or (str(one.longest) if one.longest else "")
    limits = f"{one.low} to {one.high}" if one.low is not None else ""
    shown = f"[{limits}]" if limits and one.range_inferred else limits
    unit = one.unit.replace("*", "\\*").replace("[", "\\[") or one.oid.rpartition(".")[2]
    cells = (one.code, one.ja, one.en, one.rule, one.type.name, form, unit, one.method, shown)
    return f"| {' | '.join(cells)} |"
