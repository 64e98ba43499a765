"""Small charts of checkup trends: one frame for each series, its days from left to right, every point with its number.

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
MOST = 5
"""Points of a chart, the newest: their labels have room beside each other. The table under the charts has them all."""
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


def places(days: Sequence[int]) -> list[float]:
    """Where days (rising, at most `MOST`) stand in their frame, 0 to 1: as in time, but never too near to be read."""
    first, last, gap = days[0], days[-1], 1 / (MOST - 1)
    if first == last:
        return [0.5]
    found = [(day - first) / (last - first) for day in days]
    for one in range(1, len(found)):
        found[one] = max(found[one], found[one - 1] + gap)
    found[-1] = min(found[-1], 1.0)
    for one in range(len(found) - 2, -1, -1):
        found[one] = min(found[one], found[one + 1] - gap)
    return found


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
        points = trend.points[-MOST:]
        bottom, room = 12 * mm, HIGH - 22 * mm
        inner = _WIDE - 2 * mm - 2 * _INSET
        spots = [
            (left + _INSET + inner * right, bottom + room * up)
            for right, up in zip(
                places([point.day.toordinal() for point in points]),
                shares([float(point.value) for point in points]),
                strict=True,
            )
        ]
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        canvas.line(left + 2 * mm, bottom - 2 * mm, left + _WIDE - 4 * mm, bottom - 2 * mm)
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(1)
        for start, end in pairwise(spots):
            canvas.line(*start, *end)
        for point, (x, y) in zip(points, spots, strict=True):
            canvas.setFillColor(ACCENT)
            canvas.circle(x, y, 1.4, stroke=0, fill=1)
            canvas.setFillColor(INK)
            canvas.setFont(FONT, SMALL)
            canvas.drawCentredString(x, 6 * mm, f"{point.value}{f' {point.flag}' if point.flag else ''}")
            canvas.setFont(FONT, SMALL - 1)
            canvas.drawCentredString(x, 2.5 * mm, f"{point.day:%Y/%m}")
