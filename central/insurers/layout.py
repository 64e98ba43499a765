"""The upload CSV of an insurer: columns with header, width and rule; what a line of a given 処理区分 must have.

Declarative only: `reader` finds lines, `check` applies this. One line is one span of membership with everything
that is true of it from its 有効開始日 (else 資格取得日) on. Items: data-formats reference 1.8; the byte layout of the
real 中間サーバー is not public, so order, widths and the count line are ours.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protocol.errors import Fault
from protocol.errors import insurers as faults

COUNT_MARK: Final = "件数"
"""First field of the last line: ``件数,N`` with N the number of lines between the header and it."""
MAX_LINES: Final = 5_000_000
MAX_LINE_BYTES: Final = 16_384
OPEN_END: Final = "99991231"
"""How files write an end that is not known; the same as an empty field."""


class Operation(StrEnum):
    """処理区分."""

    REGISTER = "1"
    UPDATE = "2"
    INVALIDATE = "3"


class Form(StrEnum):
    """What a field is made of; each has one pattern and one fault."""

    CODE = "code"
    DIGITS = "digits"
    DAY = "day"
    END = "end"
    PERCENT = "percent"
    YEN = "yen"
    POSTAL = "postal"
    TEXT = "text"
    KANA = "kana"
    ID = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``needed``: the 処理区分 that cannot do without it. ``codes``: the closed list of `Form.CODE`."""

    key: str
    header: str
    form: Form
    width: int
    needed: str = ""
    codes: str = ""
    secret: bool = False
    """Never shown again, not even in a fault."""

    @property
    def pattern(self) -> str:
        """A regular expression that fits every right value, alternatives in a group of their own."""
        width = self.width
        return {
            Form.CODE: f"(?:{self.codes})",
            Form.DIGITS: f"[0-9]{{{width}}}",
            Form.DAY: "[0-9]{8}",
            Form.END: "[0-9]{8}",
            Form.PERCENT: "(?:0[1-9]0|100)",
            Form.YEN: "[0-9]{1,8}",
            Form.POSTAL: "[0-9]{3}-[0-9]{4}",
            Form.ID: "[0-9A-Za-z]{1,64}",
            Form.KANA: f'{_BEGINS}[^",{_IDEOGRAPHS}]{{1,{width}}}',
            Form.TEXT: f'{_BEGINS}[^",]{{1,{width}}}',
        }[self.form]

    @property
    def fault(self) -> Fault:
        """What is wrong with a value that does not fit the pattern and nothing more special is."""
        if self.form is Form.CODE:
            return faults.CODE
        return faults.DAY if self.form in {Form.DAY, Form.END} else faults.FORM


FORMULA: Final = "=+-@＝＋－＠"
"""With one of these a spreadsheet program begins a formula."""
_BEGINS = f"(?![{re.escape(FORMULA)}\\s])"
_IDEOGRAPHS = "々〇一-鿿㐀-䶿豈-﫿\U00020000-\U0003ffff"


def _code(key: str, header: str, codes: str, needed: str = "") -> Column:
    return Column(
        key=key, header=header, form=Form.CODE, width=max(map(len, codes.split("|"))), codes=codes, needed=needed
    )


def _day(key: str, header: str, needed: str = "") -> Column:
    return Column(key=key, header=header, form=Form.DAY, width=8, needed=needed)


def _end(key: str, header: str) -> Column:
    return Column(key=key, header=header, form=Form.END, width=8)


def _text(key: str, header: str, width: int, needed: str = "") -> Column:
    return Column(key=key, header=header, form=Form.TEXT, width=width, needed=needed)


def _percent(key: str, header: str) -> Column:
    return Column(key=key, header=header, form=Form.PERCENT, width=3)


def _disease(n: int) -> tuple[Column, ...]:
    name = f"特定疾病{n}"
    return (
        _code(f"disease{n}_category", f"{name}区分", "[123]"),
        _day(f"disease{n}_issued", f"{name}交付日"),
        _day(f"disease{n}_from", f"{name}開始日"),
        _end(f"disease{n}_through", f"{name}終了日"),
        Column(key=f"disease{n}_yen", header=f"{name}自己負担額", form=Form.YEN, width=8),
    )


COLUMNS: Final[tuple[Column, ...]] = (
    _code("operation", "処理区分", "[123]", "123"),
    Column(key="serial", header="連番", form=Form.YEN, width=7, needed="123"),
    Column(key="insurer", header="保険者番号", form=Form.DIGITS, width=8, needed="123"),
    _text("symbol", "記号", 20),
    _text("number", "番号", 20, "123"),
    Column(key="branch", header="枝番", form=Form.DIGITS, width=2),
    Column(key="individual", header="個人番号", form=Form.DIGITS, width=12, needed="1", secret=True),
    _text("name", "氏名", 200),
    Column(key="kana", header="氏名カナ", form=Form.KANA, width=200),
    _code("sex", "性別", "[123]", "12"),
    _day("birth", "生年月日", "12"),
    Column(key="postal", header="郵便番号", form=Form.POSTAL, width=8),
    _text("address", "住所", 400),
    _code("relation", "本人家族区分", "[12]", "12"),
    _text("head", "世帯主氏名", 200),
    _code("classification", "資格区分", "0[1-7]", "12"),
    _day("qualified", "資格取得日", "12"),
    _end("disqualified", "資格喪失日"),
    _code("loss", "喪失理由", "01|02|03|99"),
    _day("issued", "交付日"),
    _day("card_from", "有効開始日"),
    _end("card_through", "有効終了日"),
    _percent("percent", "負担割合"),
    _day("elderly_from", "高齢受給者発効日"),
    _end("elderly_through", "高齢受給者終了日"),
    _percent("elderly_percent", "高齢受給者割合"),
    _code("limit_kind", "限度額区分", "0[123]"),
    _code("limit_class", "限度額適用区分", "A0[1-6]|B0[1-9]|B10"),
    _day("limit_issued", "限度額交付日"),
    _day("limit_from", "限度額開始日"),
    _end("limit_through", "限度額終了日"),
    _day("limit_long", "長期入院該当日"),
    *_disease(1),
    *_disease(2),
    *_disease(3),
    _code("assured", "本人確認判定フラグ", "[012]"),
    _text("assurance", "疑いなし理由", 200),
    Column(key="registration", header="登録番号", form=Form.ID, width=64),
)
"""In the order of the file. 保険者番号 is 8 digits, a number of six padded with zeros in front."""

HEADER: Final = ",".join(column.header for column in COLUMNS)
AT: Final = {column.key: place for place, column in enumerate(COLUMNS)}
"""Column's key → place from 0."""
COUNT: Final = len(COLUMNS)

ASSURED: Final = "2"
"""本人確認判定フラグ: 理由付き疑いなし, there is no doubt, and 疑いなし理由 says why."""

GROUPS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("elderly_from", "elderly_percent"), ("elderly_through",)),
    (("limit_kind", "limit_class", "limit_issued", "limit_from"), ("limit_through", "limit_long")),
    *(
        (
            (f"disease{n}_category", f"disease{n}_issued", f"disease{n}_from", f"disease{n}_yen"),
            (f"disease{n}_through",),
        )
        for n in (1, 2, 3)
    ),
)
"""Fields that come all or not at all, each with those that may come beside them."""

SPANS: Final[tuple[tuple[str, str], ...]] = (
    ("qualified", "disqualified"),
    ("card_from", "card_through"),
    ("elderly_from", "elderly_through"),
    ("limit_from", "limit_through"),
    ("disease1_from", "disease1_through"),
    ("disease2_from", "disease2_through"),
    ("disease3_from", "disease3_through"),
    ("birth", "qualified"),
)
"""Pairs of which the second is not before the first."""


def line_pattern(operation: Operation) -> "re.Pattern[str]":
    """Fits every line of this 処理区分 without quotation marks in which each field by itself is right."""
    parts = []
    for column in COLUMNS:
        needed = operation.value in column.needed
        pattern = operation.value if column.key == "operation" else column.pattern
        parts.append(pattern if needed else f"(?:{pattern})?")
    return re.compile(",".join(parts))
