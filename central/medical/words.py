"""What people read beside the data: under which rule it was shown, what is missing and why, days as they are said.

Japanese on paper and in MessageContents, English where a program's maker reads along. Pure.
"""

from collections.abc import Iterable
from datetime import date

from central.disclosure.disclosed import Gap, Missing, Purpose
from protocol.visit import ConsentItem

ITEMS: dict[ConsentItem, tuple[str, str]] = {
    ConsentItem.SPECIFIC_DISEASES: ("特定疾病", "specific diseases"),
    ConsentItem.CHECKUPS: ("特定健診情報", "checkups"),
    ConsentItem.DRUGS: ("薬剤情報", "drugs"),
    ConsentItem.TREATMENT: ("診療情報", "treatment"),
    ConsentItem.OPERATIONS: ("手術情報", "operations"),
}
PURPOSES: dict[Purpose, tuple[str, str]] = {
    Purpose.VISIT: ("来院時の本人の同意", "consent given at this visit"),
    Purpose.HOME_VISIT: ("訪問診療等の同意", "consent given for home visits"),
    Purpose.ONLINE_CARE: ("オンライン診療の同意", "consent given for online care"),
    Purpose.EMERGENCY: ("救急時医療情報閲覧", "emergency reading"),
    Purpose.DISASTER: ("災害時医療情報閲覧", "disaster reading"),
}
MISSING: dict[Missing, tuple[str, str]] = {
    Missing.NOT_CONSENTED: ("本人の同意がないため表示していません", "not shown: the patient did not allow it"),
    Missing.NOT_YET_CLAIMED: (
        "レセプトがまだそろっていません（毎月の請求のあとに届きます）",
        "receipts are not complete yet: they arrive after each month's claims",
    ),
    Missing.COVERED_BY_FLAT_FEE: (
        "包括払いの入院等があり、使われた薬剤や診療がすべては分かりません",
        "a flat fee covers part of the care, so that not every drug or act is known",
    ),
    Missing.DAY_NOT_TOLD: (
        "院内で使われた薬のうち、日の記録がないものは表示していません",
        "drugs given in house without a day on record are left out",
    ),
    Missing.NOT_IN_MASTER: (
        "医薬品マスターにない薬があり、コードだけを表示しています（同じ成分かどうかは比べていません）",
        "some drugs are not in the drug master: shown by code, their ingredients are not compared",
    ),
    Missing.OUTSIDE_WINDOW: ("保存期間より前のため、ありません", "older than what is kept"),
    Missing.NOTHING_RECEIVED: ("センターにまだ一件も届いていません", "the centre has never received any"),
    Missing.NOT_SWITCHED_ON: (
        "この医療機関では利用する設定になっていないため表示していません",
        "not shown: the facility is not set to use it",
    ),
    Missing.STOPPED: (
        "保険者が確認中の記録があり、その分は表示していません",
        "a record that the insurer is looking into is left out",
    ),
    Missing.NOT_SURELY_THEIRS: (
        "本人のものと確かめられない記録があり、その分は表示していません",
        "a record that is not surely this person's is left out",
    ),
}


def day(value: date) -> str:
    """``2026年5月7日``."""
    return f"{value.year}年{value.month}月{value.day}日"


def month(value: date) -> str:
    """``2026年5月``."""
    return f"{value.year}年{value.month}月"


def gap_lines(gaps: Iterable[Gap]) -> list[tuple[str, str]]:
    """One line in Japanese and in English for each item and reason, with its months; in the order they came."""
    found: dict[tuple[ConsentItem, Missing], list[date]] = {}
    for gap in gaps:
        months = found.setdefault((gap.item, gap.why), [])
        if gap.month is not None:
            months.append(gap.month)
    lines = []
    for (item, why), months in found.items():
        ja, en = ITEMS[item]
        when = sorted(set(months))
        told_ja = f"（{'、'.join(map(month, when))}）" if when else ""
        told_en = f" ({', '.join(f'{one:%Y-%m}' for one in when)})" if when else ""
        lines.append((f"{ja}{told_ja}: {MISSING[why][0]}。", f"{en}{told_en}: {MISSING[why][1]}."))
    return lines
