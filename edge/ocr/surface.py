"""Where things stand on a card front, in millimetres, and how to look at a place through a homography.

Facts: ID-1 is 85.60 x 53.98 mm; places of the fields: `my-number-card` reference 7 (measured there on one picture),
here with room for how far prints and found corners may be off.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""BGR, (height, width, 3)."""
Quad = NDArray[np.float32]
"""Corners of the card in an image, (4, 2): upper left, upper right, lower right, lower left, as printed."""

WIDTH, HEIGHT = 85.60, 53.98


class Window(NamedTuple):
    """A rectangle on the card: left, top, right, bottom in millimetres."""

    left: float
    top: float
    right: float
    bottom: float


DATE_LINE = Window(22.3, 15.6, 72.0, 21.2)
"""Birth and expiry, in one line."""
NUMBER_LINE = Window(0.8, 44.0, 27.2, 50.6)
"""Manufacturing number and security code, in one line under the photo."""


def homography(quad: Quad) -> NDArray[np.float64]:
    """Millimetres on the card to pixels of the image."""
    card = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], dtype=np.float32)
    return np.asarray(cv2.getPerspectiveTransform(card, quad.astype(np.float32)), dtype=np.float64)


def look(image: Image, card: NDArray[np.float64], window: Window, density: float) -> Image:
    """What stands in a window, upright, ``density`` pixels per millimetre."""
    size = round((window.right - window.left) * density), round((window.bottom - window.top) * density)
    shift = np.array([[1 / density, 0, window.left], [0, 1 / density, window.top], [0, 0, 1]])
    matrix = card @ shift
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def width_in_pixels(quad: Quad) -> float:
    """Length of the card's two long sides in the image, the mean."""
    upper, lower = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])
    return float(upper + lower) / 2


def upside_down(quad: Quad) -> Quad:
    """The same card, held the other way."""
    return np.roll(quad, 2, axis=0)
