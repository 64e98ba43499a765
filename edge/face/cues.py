"""Signs of a picture held before the camera (presentation attack, ISO/IEC 30107-1), each as one number per frame.

Measured here, judged in `edge.face.liveness`: planarity of a motion, moiré peaks in the spectrum, a straight-edged
frame around the face, chroma of the skin. None needs weights. Facts: the project's face reference, section 6.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.align import Image
from edge.face.engine import Face
from edge.face.mesh import Floats, Mesh, eye_distance

SKIN = (50, 280, 101, 330, 205, 425, 151)
"""Mesh points on cheeks and forehead, where skin is seen."""
PATCH = 4
"""Pixels to each side of a point that make its patch."""
SPECTRUM = 128
LOWEST_BEAT = 0.17
"""Cycles per pixel: below it faces have structure of their own."""
JPEG_BLOCK = 8
EDGE_WIDTH = 320
"""Width of the picture in which edges around the face are looked for."""


class Cues(NamedTuple):
    """One frame's measures."""

    chroma: float
    """Median distance of the skin from grey, in CIELAB units; live skin is well over 10 in any white light."""
    moire: float
    """Highest peak of the fine spectrum over its neighbourhood; about 3-6 without a screen's grid."""
    framed: float
    """0..1: how much of a rectangle around the face stands there as straight edges."""


def measure(image: Image, face: Face, mesh: Mesh) -> Cues:
    """All cues of one frame (BGR)."""
    return Cues(chroma=skin_chroma(image, mesh), moire=moire(image, face), framed=framed(image, face))


def skin_chroma(image: Image, mesh: Mesh) -> float:
    """CIELAB chroma (0..180) of the median skin patch."""
    height, width = image.shape[:2]
    patches = []
    for index in SKIN:
        x, y = (int(value) for value in mesh.points[index, :2])
        if PATCH <= x < width - PATCH and PATCH <= y < height - PATCH:
            patches.append(image[y - PATCH : y + PATCH + 1, x - PATCH : x + PATCH + 1].reshape(-1, 3).mean(axis=0))
    if not patches:
        return 0.0
    colours = cv2.cvtColor((np.array(patches, dtype=np.float32) / 255)[None], cv2.COLOR_BGR2LAB)[0]
    return float(np.median(np.hypot(colours[:, 1], colours[:, 2])))


def moire(image: Image, face: Face) -> float:
    """Peak over median of the fine spectrum of the face's brightness, JPEG's own grid left out."""
    x, y, width, height = face.box
    side = SPECTRUM
    left = int(np.clip(x + width / 2 - side / 2, 0, max(image.shape[1] - side, 0)))
    top = int(np.clip(y + height / 2 - side / 2, 0, max(image.shape[0] - side, 0)))
    cut = image[top : top + side, left : left + side]
    if cut.shape[0] < side or cut.shape[1] < side:
        return 0.0
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY).astype(np.float32)
    fine = (grey - cv2.GaussianBlur(grey, (0, 0), 1.5)) * _WINDOW
    power = np.abs(np.fft.rfft2(fine))
    seen = power[_FINE]
    return float(seen.max() / max(float(np.median(seen)), 1e-6))


def _fine_frequencies() -> NDArray[np.bool_]:
    """Which bins of the spectrum may show a screen: fine, and not on the lines that 8 x 8 blocks make."""
    vertical = np.fft.fftfreq(SPECTRUM)[:, None]
    horizontal = np.fft.rfftfreq(SPECTRUM)[None, :]
    radius = np.hypot(vertical, horizontal)
    near = 1.5 / SPECTRUM

    def on_grid(frequency: NDArray[np.floating]) -> NDArray[np.bool_]:
        steps = frequency * JPEG_BLOCK
        return np.asarray(np.abs(steps - np.round(steps)) < near * JPEG_BLOCK)

    return np.asarray((radius > LOWEST_BEAT) & ~on_grid(vertical) & ~on_grid(horizontal))


_FINE = _fine_frequencies()
_WINDOW = np.outer(np.hanning(SPECTRUM), np.hanning(SPECTRUM)).astype(np.float32)


def framed(image: Image, face: Face) -> float:
    """How complete the best rectangle of straight edges around the face is: the second weakest of its four sides.

    0 where nothing is found; a side that lies outside the picture counts as not there.
    """
    scale = EDGE_WIDTH / image.shape[1]
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    edges = cv2.Canny(grey, 40, 110)
    x, y, width, height = (value * scale for value in face.box)
    lines = cv2.HoughLinesP(edges, 1, np.pi / 180, 30, minLineLength=0.6 * width, maxLineGap=6)
    if lines is None:
        return 0.0
    sides = {"left": 0.0, "right": 0.0, "top": 0.0, "bottom": 0.0}
    middle_x, middle_y = x + width / 2, y + height / 2
    for x1, y1, x2, y2 in np.asarray(lines, dtype=np.float64).reshape(-1, 4):
        across, down = abs(x2 - x1), abs(y2 - y1)
        if down > 3 * across:
            away = ((x1 + x2) / 2 - middle_x) / width
            covered = _covered((y1, y2), middle_y, 1.1 * height)
            if 0.55 < abs(away) < 1.6:
                side = "right" if away > 0 else "left"
                sides[side] = max(sides[side], covered)
        elif across > 3 * down:
            away = ((y1 + y2) / 2 - middle_y) / height
            covered = _covered((x1, x2), middle_x, 1.1 * width)
            if 0.55 < abs(away) < 1.6:
                side = "bottom" if away > 0 else "top"
                sides[side] = max(sides[side], covered)
    return sorted(sides.values())[1]


def _covered(ends: tuple[float, float], middle: float, length: float) -> float:
    """Share of the stretch of that length around the middle which a line covers."""
    low, high = min(ends), max(ends)
    inside = min(high, middle + length / 2) - max(low, middle - length / 2)
    return float(np.clip(inside / max(length, 1e-6), 0, 1))


def bending(before: Mesh, after: Mesh) -> float:
    """What is left of the motion between two meshes when the best homography has explained it, in eye distances.

    A flat picture moves by a homography whatever is done to it; a head does not. Raises nothing: points that fit no
    homography give 0.
    """
    here: Floats = np.ascontiguousarray(before.points[:, :2])
    there: Floats = np.ascontiguousarray(after.points[:, :2])
    found, _ = cv2.findHomography(here, there, 0)
    if not np.isfinite(np.asarray(found, dtype=np.float64)).all():
        return 0.0
    explained = cv2.perspectiveTransform(here[None], found)[0]
    left = float(np.sqrt(np.mean(np.sum((explained - there) ** 2, axis=1))))
    spread = left / max(eye_distance(before), 1.0)
    return spread if np.isfinite(spread) else 0.0
