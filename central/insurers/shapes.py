"""What a column takes, in words with an example: for the layout's page and beside a fault, so that it can be mended."""

import re

from central.insurers.layout import Column, Form

_CLASS = re.compile(r"([^\[]*)\[([^\]]*)\]")


def choices(codes: str) -> tuple[str, ...]:
    """The codes that a column's pattern (`Column.codes`) stands for, in its order."""
    found: list[str] = []
    for one in codes.split("|"):
        written = _CLASS.fullmatch(one)
        if written is None:
            found.append(one)
            continue
        first, dash, last = written[2].partition("-")
        ends = map(chr, range(ord(first), ord(last) + 1)) if dash else iter(written[2])
        found += [written[1] + end for end in ends]
    return tuple(found)


_WORDS = {
    Form.DIGITS: (
        "半角の数字{width}桁、短い番号は前に 0 を付ける",
        "{width} digits, shorter numbers with zeros in front",
    ),
    Form.DAY: ("西暦8桁、例: 20260401", "YYYYMMDD, such as 20260401"),
    Form.END: (
        "西暦8桁、例: 20260331。終わりがなければ空欄",
        "YYYYMMDD, such as 20260331; empty where there is no end",
    ),
    Form.PERCENT: ("3桁の百分率、例: 3割は 030", "3 digits of per cent: 030 for 30 %"),
    Form.YEN: ("半角の数字{width}桁まで、コンマなし", "at most {width} digits, no commas"),
    Form.POSTAL: ("ハイフンを入れて8文字、例: 999-0220", "8 characters with the hyphen, such as 999-0220"),
    Form.ID: ("半角の英数字{width}文字まで", "at most {width} letters and digits"),
    Form.KANA: ("カタカナ{width}文字まで、例: レイジ　ハナコ", "katakana, at most {width} characters"),
    Form.TEXT: (
        '{width}文字まで、先頭の空白と引用符(")は不可',
        'at most {width} characters, no blank in front, no quotation mark (")',
    ),
}
_SECRET = "半角の数字{width}桁", "{width} digits"


def shape(column: Column) -> tuple[str, str]:
    """In Japanese and English."""
    if column.form is Form.CODE:
        codes = choices(column.codes)
        return f"{'・'.join(codes)} のいずれか", f"one of {', '.join(codes)}"
    ja, en = _SECRET if column.secret else _WORDS[column.form]
    return ja.format(width=column.width), en.format(width=column.width)
