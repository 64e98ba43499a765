"""The PDFs for the doctor: drugs (with treatment where asked for) and checkups with their trends.

Everything that stands there was let through by the door; each page says who read it, when and under which rule, and the
first page what is missing and why. Facts only, no advice. Layout is `paper`, charts are `charts`.
"""

from collections.abc import Iterable, Iterator, Sequence

from reportlab.platypus import Flowable, KeepTogether

from central.checkups.checkup import CheckupItem, trend
from central.checkups.items import items
from central.checkups.observation import absent_words
from central.disclosure.disclosed import Disclosed
from central.medical.charts import ACROSS, MOST, Charts
from central.medical.glance import Glance, Line, glance
from central.medical.messages import number
from central.medical.paper import TITLE, Words, document, gap, heading, table
from central.medical.words import ITEMS, PURPOSES, day, gap_lines, month
from central.receipts.extract import DrugLine, Institution, TreatmentLine
from central.receipts.history import StoredReceipt
from central.receipts.master import DrugMaster
from protocol.codes import Sex
from protocol.eras import JST
from protocol.visit import ConsentItem

CHARTED = (
    "weight", "bmi", "waist", "systolic", "diastolic", "triglyceride_fasting", "hdl", "ldl", "ast", "alt", "ggt",
    "glucose_fasting", "hba1c", "creatinine", "egfr",
)  # fmt: skip
"""The series that get a chart, where they have two results or more."""
COLUMNS = 5
"""Checkups side by side in one table."""
_DRUG_SHARES = (20, 20, 54, 16, 42, 18, 9)
_LINE_SHARES = (20, 49, 14, 27, 27, 13, 12, 18)
_ACT_SHARES = (16, 26, 40, 22, 14, 12)


def drug_pdf(disclosed: Disclosed, master: DrugMaster) -> bytes:
    """The drugs, newest month first, after the glance; treatments and operations where they were let through."""
    acts = {ConsentItem.TREATMENT, ConsentItem.OPERATIONS} & set(disclosed.items)
    title = "薬剤・診療情報" if acts else "薬剤情報"
    story = [*_head(title, disclosed), *_glance(glance(disclosed, master))]
    given = [receipt for receipt in disclosed.receipts if receipt.drugs]
    story.append(heading("薬剤"))
    if given:
        rows, spans = _grouped((_receipt_heading(one), map(_drug_row, one.drugs)) for one in given)
        head = ("調剤日", "処方日", "薬剤名（一般名）", "用量", "用法", "日数・回数", "行")
        story.append(table(head, rows, _DRUG_SHARES, spans=spans))
    else:
        story.append(Words("この期間の薬剤はありません。"))
    if acts:
        story += [gap(), heading("診療・手術")]
        done = [receipt for receipt in disclosed.receipts if receipt.treatments]
        if done:
            rows, spans = _grouped((_receipt_heading(one), map(_act_row, one.treatments)) for one in done)
            story.append(
                table(("実施日", "区分", "診療行為コード", "数量", "回数", "行"), rows, _ACT_SHARES, spans=spans)
            )
        else:
            story.append(Words("この期間の診療・手術はありません。"))
    return document(title, _foot(disclosed), story)


def checkup_pdf(disclosed: Disclosed) -> bytes:
    """The checkups side by side, the newest first, after the charts of their trends."""
    title = "特定健診情報"
    story = [*_head(title, disclosed)]
    checkups = [one.checkup for one in disclosed.checkups]
    trends = [one for one in trend(checkups, CHARTED) if len(one.points) > 1]
    if trends:
        rows = [Charts(trends[start : start + ACROSS]) for start in range(0, len(trends), ACROSS)]
        story += [KeepTogether([heading(f"推移（新しい{MOST}回まで）"), rows[0]]), *rows[1:], gap()]
    story.append(heading("結果"))
    if not checkups:
        story.append(Words("この期間の健診はありません。"))
    known = items()
    for start in range(0, len(checkups), COLUMNS):
        columns = checkups[start : start + COLUMNS]
        found = [{one.code: one for one in checkup.items} for checkup in columns]
        named = {code: None for column in found for code in column}
        ordered = [*(code for code in known if code in named), *(code for code in named if code not in known)]
        rows_ = [
            (_item_name(code), known[code].unit if code in known else "", *(_result(one.get(code)) for one in found))
            for code in ordered
        ]
        head = ("項目", "単位", *(f"{day(one.day)}\n{one.facility}" for one in columns))
        story += [table(head, rows_, (34, 20, *(28,) * len(columns))), gap()]
    return document(title, _foot(disclosed), story)


# --- what every page says -----------------------------------------------------------------------------------------


def _head(title: str, disclosed: Disclosed) -> Iterator[Flowable]:
    person = disclosed.person
    yield Words(title, TITLE)
    yield Words(
        f"{person.name}（{person.kana}）　{day(person.birth_date)}生　性別 {Sex.of(person.sex).ja}"
        if person.kana
        else f"{person.name}　{day(person.birth_date)}生　性別 {Sex.of(person.sex).ja}",
        11,
    )
    shown = "、".join(ITEMS[item][0] for item in disclosed.items)
    yield Words(f"期間 {month(disclosed.first_month)} 〜 {month(disclosed.last_month)}　表示する項目 {shown}")
    yield gap(4)
    missing = gap_lines(disclosed.gaps)
    if missing:
        yield heading("欠けている情報")
        for ja, _ in missing:
            yield Words(f"・{ja}")
        yield gap()


def _foot(disclosed: Disclosed) -> str:
    at = disclosed.disclosed_at.astimezone(JST)
    reader = disclosed.reader
    who = f"医療機関 {reader.facility}　端末 {reader.device}" + (f"　担当 {reader.operator}" if reader.operator else "")
    consents = f"　同意 {'、'.join(disclosed.consents)}" if disclosed.consents else ""
    return (
        f"{at:%Y-%m-%d %H:%M:%S} 閲覧　{who}　根拠 {PURPOSES[disclosed.purpose][0]}{consents}"
        f"　閲覧番号 {disclosed.reading_id}"
    )


# --- drugs --------------------------------------------------------------------------------------------------------


def _glance(facts: Glance) -> Iterator[Flowable]:
    if facts.last_dispensing is None:
        return
    yield heading(f"一目で（{day(facts.today)}現在、保存期間の記録すべてから。事実のみで、助言ではありません）")
    head = ("調剤日", "薬剤名", "用量", "処方", "調剤", "日・回数", "残り", "出典:行")
    groups: list[tuple[str, Iterable[Sequence[str]]]] = [
        (
            f"{one.ja}（{day(facts.since)}以降）" + ("" if one.same_strength else "規格は同じではありません。"),
            map(_seen, one.lines),
        )
        for one in facts.same_ingredient
    ]
    if facts.supply is not None:
        groups.append((facts.supply.ja, map(_seen, facts.supply.lines)))
    groups.append(
        (f"{facts.last_dispensing.ja}（{day(facts.last_dispensing.day)}）", map(_seen, facts.last_dispensing.lines))
    )
    rows, spans = _grouped(groups)
    yield table(head, rows, _LINE_SHARES, spans=spans)
    yield gap()


def _seen(line: Line) -> Sequence[str]:
    left = "" if line.days_left is None else f"{line.days_left}日"
    return (
        f"{line.dispensed_on:%Y/%m/%d}",
        line.name,
        f"{line.amount}{line.unit}",
        line.prescriber or line.prescriber_code,
        line.place or line.place_code,
        str(line.times),
        left,
        f"{line.receipt[:6]}:{line.line}",
    )


def _grouped(groups: Iterable[tuple[str, Iterable[Sequence[str]]]]) -> tuple[list[Sequence[str]], list[int]]:
    """Rows with a row of one cell before each group, and where those are."""
    rows: list[Sequence[str]] = []
    spans = []
    for told, members in groups:
        spans.append(len(rows))
        rows.append((told,))
        rows += members
    return rows, spans


def _named(one: Institution) -> str:
    return f"{one.name}（{one.code}）" if one.name else one.code


def _receipt_heading(receipt: StoredReceipt) -> str:
    setting = "入院　" if receipt.inpatient else ""
    covered = "　包括払いあり" if receipt.covered else ""
    prescribers = {one.prescriber.code: one.prescriber for one in receipt.drugs if one.pharmacy}
    told = "".join(f"　処方 {_named(one)}" for one in prescribers.values())
    return f"{month(receipt.month)}　{setting}{_named(receipt.institution)}{told}{covered}　出典 {receipt.receipt_id}"


def _drug_row(one: DrugLine) -> Sequence[str]:
    general = f"（{one.general_name}）" if one.general_name else ""
    return (
        f"{one.dispensed_on:%Y/%m/%d}",
        f"{one.prescribed_on:%Y/%m/%d}",
        f"{one.name or one.code}{general}",
        f"{number(one.amount) or ''}{one.unit}",
        "　".join(part for part in (one.usage, one.instruction) if part),
        f"{one.category_ja} {one.times}",
        str(one.line),
    )


def _act_row(one: TreatmentLine) -> Sequence[str]:
    return (
        f"{one.done_on:%Y/%m/%d}" if one.done_on is not None else "日の記録なし",
        f"{'手術 ' if one.operation else ''}{one.category_ja}",
        one.code,
        number(one.amount) or "",
        str(one.times),
        str(one.line),
    )


# --- checkups -----------------------------------------------------------------------------------------------------


def _item_name(code: str) -> str:
    item = items().get(code)
    return item.ja if item is not None else code


def _result(one: CheckupItem | None) -> str:
    if one is None:
        return ""
    if one.absent or not one.value:
        return absent_words(one.absent)[0]
    meaning = one.meaning[0]
    flag = f" {one.flag}" if one.flag else ""
    return f"{meaning or one.value}{flag}"
