"""Paper: A4 pages with our Japanese font embedded, tables that break across pages, and page numbers "n / m".

Knows nothing of medicine. The font is IPAexGothic out of the matplotlib-fontja package, of which only the file is
used; reportlab embeds the characters that a document has. Reportlab keeps fonts for the whole process, so one document
is made at a time.
"""

import importlib.metadata
import io
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer, Table, TableStyle

from protocol.errors import OnshiError, clinic

FONT = "IPAexGothic"
UNKNOWN_GLYPH = "●"
MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, PALE, RULE, ACCENT = HexColor("#1a1a1a"), HexColor("#eef2f5"), HexColor("#b8c2cc"), HexColor("#1f5f8b")
SMALL, TEXT, HEADING, TITLE = 7.5, 8.5, 11.0, 15.0
_PACKAGE, _FILE = "matplotlib-fontja", "matplotlib_fontja/fonts/ipaexg.ttf"
NEVER_FIRST = frozenset("」』）］】〕、。，．：；ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ)],.:;")
NEVER_LAST = frozenset("「『（［【〔([")
"""行頭・行末禁則: what no line begins or ends with; the character before goes along."""
_PADDING = 2.5
_making = threading.Lock()
rl_config.useA85 = 0  # a fourth smaller and faster; nobody mails these as text


@lru_cache(maxsize=1)
def _font() -> TTFont:
    try:
        file = importlib.metadata.distribution(_PACKAGE).locate_file(_FILE)
        font = TTFont(FONT, str(file))
    except (importlib.metadata.PackageNotFoundError, OSError, TTFError):
        raise OnshiError(clinic.PAPER_FONT, package=_PACKAGE) from None
    registerFont(font)
    return font


@lru_cache(maxsize=8192)
def _width(character: str) -> float:
    """Of a character at size 1."""
    face = _font().face
    return float(face.charWidths.get(ord(character), face.defaultWidth)) / 1000


def shown(text: str) -> str:
    """The text as the font can show it: ● for characters that it does not have."""
    known = _font().face.charToGlyph
    return "".join(one if ord(one) in known else UNKNOWN_GLYPH for one in text)


def wrapped(text: str, size: float, width: float) -> str:
    """The text with line feeds where the next character would not fit; Japanese may break anywhere."""
    return "\n".join(_broken(shown(line), width / size) for line in text.split("\n"))


def _broken(text: str, room: float) -> str:
    lines, line, used = [], "", 0.0
    for one in text:
        step = _width(one)
        if line and used + step > room:
            carried = line[-1] if len(line) > 1 and (one in NEVER_FIRST or line[-1] in NEVER_LAST) else ""
            lines.append(line.removesuffix(carried))
            line, used = carried, _width(carried) if carried else 0.0
        line, used = line + one, used + step
    return "\n".join([*lines, line])


class Words(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A paragraph in one size."""

    def __init__(self, text: str, size: float = TEXT, *, color: Any = INK, rule: bool = False) -> None:
        super().__init__()
        self._lines = wrapped(text, size, WIDTH).split("\n")
        self._size, self._color, self._rule = size, color, rule

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = width, len(self._lines) * self._size * 1.45 + (3 if self._rule else 0)
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        canvas.setFont(FONT, self._size)
        canvas.setFillColor(self._color)
        top = self.height - self._size
        for place, line in enumerate(self._lines):
            canvas.drawString(0, top - place * self._size * 1.45, line)
        if self._rule:
            canvas.setStrokeColor(ACCENT)
            canvas.setLineWidth(0.8)
            canvas.line(0, 1, WIDTH, 1)


def heading(text: str) -> Words:
    return Words(text, HEADING, color=ACCENT, rule=True)


def gap(points: float = 6) -> Spacer:
    return Spacer(1, points)


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], *, spans: Sequence[int] = ()
) -> Table:
    """A table over the page's width; ``shares`` divide it, ``spans`` are the rows that are one cell (sub-headings)."""
    widths = [WIDTH * share / sum(shares) for share in shares]
    whole = set(spans)
    cells = [[wrapped(cell, SMALL, width - 2 * _PADDING) for cell, width in zip(head, widths, strict=True)]]
    for number, row in enumerate(rows):
        if number in whole:
            cells.append([wrapped(row[0], SMALL, WIDTH - 2 * _PADDING), *[""] * (len(widths) - 1)])
        else:
            cells.append([wrapped(cell, SMALL, width - 2 * _PADDING) for cell, width in zip(row, widths, strict=True)])
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), FONT, SMALL, SMALL * 1.35),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    for number in whole:  # their text runs over the empty cells beside it: a span would cost more than it is worth
        style += [
            ("BACKGROUND", (0, number + 1), (-1, number + 1), HexColor("#f7f9fa")),
            ("TEXTCOLOR", (0, number + 1), (-1, number + 1), ACCENT),
        ]
    return Table(cells, colWidths=widths, style=TableStyle(style), repeatRows=1, splitInRow=1)


class _Counted(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Keeps its pages until their number is known."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for place, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(FONT, SMALL)
            self.setFillColor(INK)
            self.drawRightString(A4[0] - MARGIN, 9 * mm, f"{place} / {len(self._pages)}")
            super().showPage()
        super().save()


def document(title: str, foot: str, story: Sequence[Flowable]) -> bytes:
    """The PDF. ``foot`` stands at the bottom of every page. Raises `OnshiError` (CLINIC-050) without the font."""
    with _making:
        _font()
        whole = io.BytesIO()
        lines = wrapped(foot, SMALL - 1, WIDTH - 20 * mm).split("\n")

        def footer(canvas: Any, _: Any) -> None:
            canvas.setFont(FONT, SMALL - 1)
            canvas.setFillColor(INK)
            for place, line in enumerate(lines):
                canvas.drawString(MARGIN, 12 * mm - place * SMALL * 1.2, line)

        made = BaseDocTemplate(
            whole, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, title=shown(title), author="Onshi", invariant=1
        )
        frame = Frame(MARGIN, 18 * mm, WIDTH, A4[1] - 18 * mm - 12 * mm, 0, 0, 0, 0)
        made.addPageTemplates([PageTemplate(frames=[frame], onPage=footer)])
        made.build(list(story), canvasmaker=_Counted)
        return whole.getvalue()
