"""Whether a line of print can be trusted to show all of its ink: no shine on it, every character about as dark.

A character that the light has washed out leaves a blank, and a blank is a legal part of a date (``昭和 5年``): that is
the one way in which a clean reading can be wrong.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ocr.surface import Image

SATURATED = 250
"""Grey level from which paper counts as shining, where the rest of the line's paper does not come near it."""
PAPER = 243
FAINTEST = 0.45
"""Of the line's usual ink; a fainter character stands in the light or was rubbed off."""
LEAST_INK = 28
"""Grey levels between paper and ink; below, nothing can be told apart."""
BARE = 0.35
"""Columns with less than so much of the line's contrast hold no ink."""
_ROOM = 3
"""Pixels of a piece 48 high, bare and shining: beside a single digit another could have stood there."""
_REACH = 12
"""Pixels to either side of a character's place in which its ink is looked for."""


def shining(piece: Image) -> bool:
    """Whether light stands somewhere on the piece, so that tilting the card may help."""
    paper = np.percentile(cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY), 80, axis=0)
    return bool(np.percentile(paper, 20) < PAPER and (paper >= SATURATED).sum() >= 6)


def washed(piece: Image, left: float, right: float) -> bool:
    """Whether between ``left`` and ``right`` (0 to 1) there is shining paper without ink.

    Where the paper of the whole line is that bright the light cannot be told from it, and `faint` has to do.
    """
    grey = cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY)
    paper, ink = np.percentile(grey, 80, axis=0), np.percentile(grey, 4, axis=0)
    usual = float(np.median(paper))
    if usual >= PAPER:
        return False
    bare = (paper >= SATURATED) & (ink > usual - BARE * float(np.percentile(paper - ink, 80)))
    width = grey.shape[1]
    inside = bare[max(int(left * width), 0) : int(right * width) + 1]
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))))[::2]
    return bool((runs >= _ROOM).any())


def faint(piece: Image, places: tuple[float, ...], line: tuple[float, ...]) -> bool:
    """Whether a character at one of the ``places`` (0 to 1) is much fainter than those of the ``line`` usually are."""
    grey = cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY).astype(np.float32)
    usual = float(np.median([_ink(grey, round(place * grey.shape[1])) for place in line]))
    return usual < LEAST_INK or any(_ink(grey, round(place * grey.shape[1])) < FAINTEST * usual for place in places)


def sharpness(piece: Image) -> float:
    """Variance of the Laplacian over the square of the contrast: low where the picture moved or is out of focus."""
    grey = cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY).astype(np.float32)
    contrast = float(np.percentile(grey, 95) - np.percentile(grey, 5))
    return float(cv2.Laplacian(grey, cv2.CV_32F).var()) / max(contrast, 1.0) ** 2


def _ink(grey: NDArray[np.float32], column: int) -> float:
    around = grey[:, max(column - _REACH, 0) : column + _REACH]
    if around.size == 0:
        return 0.0
    return float(np.percentile(around, 90) - np.percentile(around, 4))
