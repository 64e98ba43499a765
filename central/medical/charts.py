"""Small charts of checkup trends: one frame for each series, years from left to right, every point with its number.

Drawing only. Nothing says what is good or bad: the points are the facts, H and L those of the laboratory's report.
"""

from collections.abc import Sequence
from itertools import pairwise

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from central.checkups.checkup import Trend
from central.medical.paper import ACCENT, FONT, INK, PALE, RULE, SMALL, TEXT, WIDTH, shown

NAMES = {"triglyceride_fasting": "中性脂肪（空腹時）", "glucose_fasting": "血糖（空腹時）"}
"""Series whose common name would hide what sets them apart."""
ACROSS = 3
HIGH = 34 * mm
_WIDE = WIDTH / ACROSS
_INSET = 7 * mm
LEAST_SPREAD = 0.1
"""A frame spans at least this share of its highest value: there is no scale, and 30 to 29 must not look like a fall."""


def shares(numbers: Sequence[float]) -> list[float]:
    """How high each point stands in its frame, 0 to 1; what hardly differs lies close together in the middle."""
    lowest, highest = min(numbers), max(numbers)
    spread = max(highest - lowest, LEAST_SPREAD * abs(highest)) or 1.0
    floor = (lowest + highest - spread) / 2
    return [(number - floor) / spread for number in numbers]


class Charts(Flowable):  # type: ignore[misc]  # reportlab has no types
    """One row of up to three charts."""

    def __init__(self, trends: Sequence[Trend]) -> None:
        super().__init__()
        self._trends = tuple(trends)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = width, HIGH
        return width, HIGH

    def draw(self) -> None:
        for place, trend in enumerate(self._trends):
            self._one(trend, place * _WIDE)

    def _one(self, trend: Trend, left: float) -> None:
        canvas = self.canv
        canvas.setFillColor(PALE)
        canvas.rect(left, 0, _WIDE - 2 * mm, HIGH - 2 * mm, stroke=0, fill=1)
        canvas.setFillColor(INK)
        canvas.setFont(FONT, TEXT)
        unit = f"（{trend.unit}）" if trend.unit else ""
        canvas.drawString(left + 2 * mm, HIGH - 6 * mm, shown(f"{NAMES.get(trend.series, trend.ja)}{unit}"))
        numbers = [float(point.value) for point in trend.points]
        heights = dict(zip(numbers, shares(numbers), strict=True))
        bottom, room = 12 * mm, HIGH - 22 * mm
        inner = _WIDE - 2 * mm - 2 * _INSET
        first, last = trend.points[0].day.toordinal(), trend.points[-1].day.toordinal()

        def place(day: int, value: float) -> tuple[float, float]:
            share = (day - first) / (last - first) if last > first else 0.5
            return left + _INSET + inner * share, bottom + room * heights[value]

        spots = [place(point.day.toordinal(), value) for point, value in zip(trend.points, numbers, strict=True)]
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        canvas.line(left + 2 * mm, bottom - 2 * mm, left + _WIDE - 4 * mm, bottom - 2 * mm)
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(1)
        for start, end in pairwise(spots):
            canvas.line(*start, *end)
        for point, (x, y) in zip(trend.points, spots, strict=True):
            canvas.setFillColor(ACCENT)
            canvas.circle(x, y, 1.4, stroke=0, fill=1)
            canvas.setFillColor(INK)
            canvas.setFont(FONT, SMALL)
            canvas.drawCentredString(x, 6 * mm, f"{point.value}{f' {point.flag}' if point.flag else ''}")
            canvas.setFont(FONT, SMALL - 1)
            canvas.drawCentredString(x, 2.5 * mm, f"{point.day:%Y/%m}")
