"""Only what a card front can say is taken, and nothing is mended by guessing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ocr.grammar import bare_code, code, dates, without_blanks
from edge.ocr.recognise import Line
from protocol import eras
from tests.edge.ocr.conftest import TODAY


def line(text: str, sure: float = 1.0) -> Line:
    return Line(text, (sure,) * len(text), tuple((place + 0.5) / len(text) for place in range(len(text))))


def read(text: str, today: date = TODAY) -> tuple[str, int, bool] | None:
    found = dates(without_blanks(line(text)), today)
    return found and (found.digits, found.expiry.year, found.twice)


@pytest.mark.parametrize(
    ("text", "digits", "year"),
    [
        ("昭和55年 2月17日生   2035年 2月17日まで有効", "550217", 2035),
        ("平成 5年10月26日生 2034年10月26日まで有効", "051026", 2034),
        ("令和元年 7月25日生2027年 7月25日まで有効", "010725", 2027),
        ("平成元年12月12日生2035年12月12日まで有効", "011212", 2035),
        ("合和 2年 6月30日生 2028年 6月30日まで有効", "020630", 2028),
        ("大正15年12月 1日生 2028年12月 1日まで有効", "151201", 2028),
        ("２００２年 ３月２７日生 ２０２８年 ３月２７日まで有効", "020327", 2028),
        ("1945年3月4日生2030年3月4日まで行効", "450304", 2030),
        ("｜昭和58年 8月24日生 2029年 8月24日まで有効", "580824", 2029),
    ],
)
def test_a_date_line_gives_birth_and_expiry(text: str, digits: str, year: int) -> None:
    assert read(text) == (digits, year, True)


@pytest.mark.parametrize(
    "text",
    [
        "昭和65年 2月17日生 2035年 2月17日まで有効",
        "昭和64年 1月 8日生 2035年 1月 8日まで有効",
        "平成 元年 1月 7日生 2035年 1月 7日まで有効",
        "平成13年 2月29日生 2035年 2月28日まで有効",
        "昭和05年 2月17日生 2035年 2月17日まで有効",
        "昭和 O年 2月17日生 2035年 2月17日まで有効",
        "昭和l5年 2月17日生 2035年 2月17日まで有効",
        "令和 9年 2月17日生 2035年 2月17日まで有効",
        "昭和55年 2月17日生 2037年 2月17日まで有効",
        "昭和55年 2月17日生 2019年 2月17日まで有効",
        "昭和55年 2月17日生 203年 2月17日まで有効",
        "昭和55年 2月17日生 20355年 2月17日まで有効",
        "昭和55年 2月17日生",
        "2035年 2月17日まで有効",
        "和55年 2月17日生 2035年 2月17日まで有効",
        "980年 2月17日生 2035年 2月17日まで有効",
        "昭和55年 2月17日 生年月日 2035年 2月17日まで有効",
        "電子証明書の有効期限 2035年 2月17日",
        "",
    ],
)
def test_what_no_card_says_is_refused(text: str) -> None:
    assert read(text) is None


def test_an_expiry_on_another_day_is_told_apart_from_a_lost_digit() -> None:
    """A period of stay ends on any day; a birthday that differs by one digit from the other is a misreading."""
    assert read("1990年 4月 2日生 2031年11月25日まで有効") == ("900402", 2031, False)
    for birthday in ("4月 1日", "4月 0日", "4月18日", "1月10日", "14月10日"):
        assert read(f"昭和55年 {birthday}生 2035年 4月10日まで有効") is None


def test_leap_day_births_end_on_either_neighbour() -> None:
    assert read("平成 8年 2月29日生 2034年 2月28日まで有効") == ("080229", 2034, True)
    assert read("平成 8年 2月29日生 2034年 3月 1日まで有効") == ("080229", 2034, True)


BIRTHS = st.dates(min_value=date(1912, 7, 30), max_value=TODAY - timedelta(days=1))


@given(birth=BIRTHS, years=st.integers(-4, 10), blank=st.sampled_from(["", " ", "　"]))
def test_every_birth_date_is_read_as_it_is_printed(birth: date, years: int, blank: str) -> None:
    year = TODAY.year + years
    day = birth.replace(day=28) if (birth.month, birth.day) == (2, 29) else birth
    if year <= birth.year:
        return
    text = f"{eras.japanese(birth)}{blank}生{blank}{year}年{day.month}月{day.day}日まで有効"
    assert read(text) == (eras.printed(birth), year, True)


@given(st.text(alphabet="昭和平成令大正明治元年月日生まで有効0123456789 |O", max_size=40))
def test_any_text_is_none_or_digits_that_stand_in_it(text: str) -> None:
    found = read(text)
    if found is not None:
        assert str(found[1]) in without_blanks(line(text)).text
        assert found[0].isascii()
        assert len(found[0]) == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0123456789ABCDEF 1234", "1234"),
        ("0123456789ABCDEF1234", "1234"),
        ("0123456789ABCDE 1234", "1234"),
        ("F6C1 B00C9A1 F65C5 9332", "9332"),
        ("F6C1 B00C9A1 F65C5 933", None),
        ("F6C1 B00C9A1 F65 9332", None),
        ("0123456789ABCDE1234", None),
        ("0123456789ABCDEF 123", None),
        ("0123456789ABCDEF 12345", None),
        ("0123456789ABCDEF 12E4", None),
        ("0123456789 1234", None),
        ("1234", None),
        ("", None),
    ],
)
def test_the_code_stands_behind_sixteen_characters(text: str, expected: str | None) -> None:
    assert code(line(text)) == expected


@given(st.text(alphabet="0123456789ABCDEF ", max_size=30))
def test_a_code_is_what_the_line_ends_with(text: str) -> None:
    found = code(line(text))
    assert found is None or text.rstrip().endswith(found)


def test_a_code_alone_is_four_digits_and_nothing_else() -> None:
    assert bare_code(line(" 12 34")) == "1234"
    assert [bare_code(line(text)) for text in ("123", "12345", "12B4", "٣٤٥٦", "")] == [None] * 5
