"""DPC: the records that a hospital's receipt paid by diagnosis group has beside those of 医科.

Only names and a few positions are public to us, so totals of these receipts are not added up, and nothing but the
characters of the uncertain records is checked. Facts: reference data-formats 2.4.
"""

from central.receipts import codes
from central.receipts.common import DIAGNOSIS, carried
from central.receipts.layout import RecordType, alnum, day, decimal, number

GROUP = RecordType(
    "BU",
    "診断群分類",
    "diagnosis group",
    (
        alnum("group", "診断群分類番号", 14, required=True, fixed=True),
        day("admitted_on", "今回入院年月日", required=True),
        day("discharged_on", "今回退院年月日"),
    ),
    stage=DIAGNOSIS,
)
CODING = RecordType(
    "CD",
    "コーディングデータ",
    "coding data",
    (
        day("done_on", "実施年月日"),
        number("category", "診療識別", 2, codes=codes.CATEGORIES),
        number("order", "順序番号", 4),
        number("detail", "行為明細番号", 3),
        number("code", "レセプト電算処理システム用コード", 9),
        decimal("amount", "数量データ", 11),
        number("unit", "単位コード", 3),
        number("count", "回数", 3),
    ),
    loose=True,
)
"""The drugs of a stay that is paid as a whole appear here only. The order of the fields is inferred."""

RECORDS = (
    GROUP,
    CODING,
    carried("GR", "包括評価対象外理由", "reason of exclusion"),
    carried("SB", "傷病", "disease"),
    carried("KK", "患者基礎", "patient's basics"),
    carried("SK", "診療関連", "care"),
    carried("GA", "外泊", "nights away"),
    carried("HH", "包括評価", "comprehensive points"),
    carried("GT", "合計調整", "adjustment of the total"),
)
MARKS = frozenset({"BU", "HH", "GT", "CD", "GR"})
"""A receipt with one of these is a DPC receipt."""
