"""A visit is readable at 80 columns, coloured only for a person at a terminal."""

import io

from sandbox.demo.columns import width
from sandbox.demo.paper import COLUMNS, Paper, colours_wanted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    assert colours_wanted(Terminal(), {})
    assert not colours_wanted(Terminal(), {"NO_COLOR": "1"})
    assert not colours_wanted(Terminal(), {"TERM": "dumb"})
    assert not colours_wanted(io.StringIO(), {})


def told(colours: bool) -> str:
    sheet = io.StringIO()
    paper = Paper(sheet, colours=colours)
    paper.title("オン資 一回の来院", "Onshi, one visit", "2026-11-21")
    paper.section(4, "答え", "The answer")
    paper.row("保険者 Insurer", "06990121  青空健康保険組合" * 5, "bold")
    paper.text("資格は有効です。" * 12)
    paper.point("✓", "暗証番号を知る人がこのカードで署名した。" * 4, "green")
    paper.bar("読み取り card read", 12.34, 20.0)
    paper.bar("none", 0.0, 0.0)
    return sheet.getvalue()


def test_no_line_is_wider_than_the_sheet() -> None:
    for line in told(colours=False).splitlines():
        assert width(line) <= COLUMNS


def test_plain_paper_carries_no_escape_sequence() -> None:
    assert "\x1b" not in told(colours=False)
    assert "\x1b[" in told(colours=True)


def test_values_wrap_under_themselves() -> None:
    lines = [line for line in told(colours=False).splitlines() if "青空" in line]
    starts = {width(line) - width(line.lstrip()) for line in lines[1:]}
    assert len(starts) == 1
