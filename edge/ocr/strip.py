"""One printed line in an image: four corners around it, cut out straight and in pieces.

A strip comes from a window of a found card, whose ink says where exactly the line runs (`from_window`), or from the
text detector (`edge.ocr.detect`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ocr.surface import Image, Window, look

HEIGHT = 48
"""Pixels of a piece's height."""
MARGIN = 0.30
"""Paper that a strip keeps above and below its ink, millimetres."""
_DENSITY = 10.0
"""Pixels per millimetre in which ink is searched."""
_STROKES = 1.3
"""Millimetres; what is dark over a longer way than this is no stroke of a letter."""
_THICKEST, _THINNEST = 3.6, 0.9
"""Millimetres between top and bottom of a line that can be one of the fields."""
_INK = 0.30
"""Rows with so much of the fullest row's ink belong to the line."""


@dataclass(frozen=True, repr=False)
class Strip:
    """``corners``: (4, 2) pixels of the image: upper left, upper right, lower right, lower left of the line."""

    corners: NDArray[np.float32]

    def piece(self, image: Image, left: float = 0.0, right: float = 1.0, *, stretch: float = 1.0) -> Image:
        """From ``left`` to ``right`` (0 to 1 along the line, may reach beyond), 48 pixels high, drawn out sideways."""
        upper, lower = self.corners[1] - self.corners[0], self.corners[2] - self.corners[3]
        quad = np.stack(
            [
                self.corners[0] + upper * left,
                self.corners[0] + upper * right,
                self.corners[3] + lower * right,
                self.corners[3] + lower * left,
            ]
        ).astype(np.float32)
        length = float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3]))
        height = float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1]))
        wide = int(np.clip(round(HEIGHT * length / max(height, 1.0) * stretch), 16, 2000))
        target = np.array([[0, 0], [wide, 0], [wide, HEIGHT], [0, HEIGHT]], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(quad, target)
        return np.asarray(
            cv2.warpPerspective(image, matrix, (wide, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
            dtype=np.uint8,
        )

    def turned(self) -> "Strip":
        """The same line read from the other side."""
        return Strip(np.roll(self.corners, 2, axis=0))

    @property
    def length(self) -> float:
        """Pixels of the image along the line."""
        upper, lower = self.corners[1] - self.corners[0], self.corners[2] - self.corners[3]
        return float(np.linalg.norm(upper) + np.linalg.norm(lower)) / 2

    @property
    def height(self) -> float:
        """Pixels of the image from top to bottom."""
        left, right = self.corners[3] - self.corners[0], self.corners[2] - self.corners[1]
        return float(np.linalg.norm(left) + np.linalg.norm(right)) / 2


def from_window(image: Image, card: NDArray[np.float64], window: Window) -> Strip | None:
    """The line inside a window, which may lie a little askew; None where the window holds no line."""
    seen = cv2.cvtColor(look(image, card, window, _DENSITY), cv2.COLOR_BGR2GRAY)
    side = round(_STROKES * _DENSITY)
    ink = cv2.morphologyEx(seen, cv2.MORPH_BLACKHAT, np.ones((side, side), dtype=np.uint8)).astype(np.float32)
    half = ink.shape[1] // 2
    whole = _band(ink.mean(axis=1))
    if whole is None:
        return None
    slope = 0.0
    left, right = _band(ink[:, :half].mean(axis=1)), _band(ink[:, half:].mean(axis=1))
    if left and right:
        rise = sum(right) / 2 - sum(left) / 2
        slope = rise if abs(rise) < whole[1] - whole[0] else 0.0
    middle = sum(left) / 2 + slope / 2 if left and right and slope else sum(whole) / 2
    thick = min(band[1] - band[0] for band in (whole, left, right) if band) / 2 + MARGIN * _DENSITY
    rows = np.array([middle - slope - thick, middle + slope - thick, middle + slope + thick, middle - slope + thick])
    columns = np.array([0, ink.shape[1], ink.shape[1], 0])
    places = np.stack([columns, rows], axis=1) / _DENSITY + np.array([window.left, window.top])
    return Strip(cv2.perspectiveTransform(places[None].astype(np.float32), card)[0])


def _band(profile: NDArray[np.float32]) -> tuple[float, float] | None:
    """First and last row of the line of text; of several, the one with most ink near the middle of the window."""
    smooth = np.convolve(profile, np.ones(3) / 3, mode="same")
    floor = float(np.percentile(smooth, 15))
    level = floor + _INK * (float(smooth.max()) - floor)
    rows = np.flatnonzero(smooth > level)
    if len(rows) == 0:
        return None
    centre = len(profile) / 2
    best: tuple[float, tuple[float, float]] | None = None
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 3) + 1):
        start, end = float(run[0]), float(run[-1] + 1)
        if not _THINNEST * _DENSITY <= end - start <= _THICKEST * _DENSITY:
            continue
        away = abs((start + end) / 2 - centre) / centre
        weight = float(smooth[run].sum()) * (1.2 - away)
        if best is None or weight > best[0]:
            best = weight, (start, end)
    return None if best is None else best[1]
