"""Columns stay aligned whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.columns import NO_LINE_START, cells, pad, pad_left, width, wrap


@pytest.mark.parametrize(
    ("text", "columns"),
    [("Onshi", 5), ("資格", 4), ("ﾐﾎﾝ", 3), ("葛\U000e0100城", 4), ("𠮷田", 4), ("e\u0301", 1), ("─→", 2), ("", 0)],
)
def test_a_text_is_as_wide_as_a_terminal_draws_it(text: str, columns: int) -> None:
    assert width(text) == columns


def test_padding_counts_cells_and_not_characters() -> None:
    assert width(pad("見本　花子", 22)) == 22
    assert width(pad_left("10割", 9)) == 9
    assert pad("見本", 3) == "見本"


def test_a_full_stop_never_begins_a_line() -> None:
    assert wrap("資格です。", 8) == ["資格です。"]


def test_words_are_kept_whole_and_long_ones_cut() -> None:
    assert wrap("the usual visit", 9) == ["the usual", "visit"]
    assert wrap("x" * 10, 4) == ["xxxx", "xxxx", "xx"]


def test_nothing_is_one_empty_line() -> None:
    assert wrap("", 10) == [""]


@given(st.text(max_size=120), st.integers(min_value=4, max_value=60))
def test_wrapping_loses_only_blanks_and_keeps_the_width(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    squeeze = str.maketrans("", "", " \t\n\r\x0b\x0c\u3000")
    assert "".join(lines).translate(squeeze).split() == text.translate(squeeze).split() or "".join(
        "".join(lines).split()
    ) == "".join(text.split())
    for line in lines:
        hanging = len(line) - len(line.rstrip(NO_LINE_START))
        assert width(line[: len(line) - hanging]) <= columns or all(cells(c) == 0 for c in line)
