"""Finds the outline of a card in a camera image: four corners, long sides across.

Candidates come from edges and from the difference to what lies around; which one it is, and which way up, the text
decides (`edge.ocr.reader`). Not for judging whether the card is genuine.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ocr.surface import HEIGHT, WIDTH, Image, Quad, width_in_pixels

SEARCH_SIDE = 480
"""Longest side, in pixels, of the image that the outline is searched in."""
LEAST_SHARE = 0.08
"""Of the image's area; a smaller card is too far away to be read anyway."""
RATIO = WIDTH / HEIGHT
SLACK = 1.3
"""How much the ratio of the sides may be off, either way, from perspective."""
MOST = 4
"""Candidates that are worth reading."""
_RIM = 6
"""Pixels at the edge of the small image that are taken for the surroundings."""
_WHOLE = 1.12
"""A picture whose own sides are that close to a card's may be the card, cut out by whoever took it."""


def outlines(image: Image) -> list[Quad]:
    """At most `MOST` candidates, the likeliest first; empty when nothing has the shape of a card."""
    height, width = image.shape[:2]
    scale = min(1.0, SEARCH_SIDE / max(height, width))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    found: list[tuple[float, Quad]] = []
    for mask in _masks(np.asarray(small, dtype=np.uint8)):
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        for contour in contours:
            quad = _quad(np.asarray(contour).reshape(-1, 2).astype(np.float32))
            if quad is None:
                continue
            area = float(cv2.contourArea(quad))
            share = area / (small.shape[0] * small.shape[1])
            off = _ratio_off(quad)
            if share < LEAST_SHARE or off > SLACK:
                continue
            filled = float(cv2.contourArea(cv2.convexHull(np.asarray(contour)))) / area
            found.append((min(filled, 1 / filled) - (off - 1) + 0.1 * share, quad))
    found.sort(key=lambda one: -one[0])
    kept: list[Quad] = []
    for _, quad in found:
        if all(float(np.abs(quad - other).max()) > 0.02 * width_in_pixels(other) for other in kept):
            kept.append(quad)
    quads = [(quad + 0.5) / scale - 0.5 for quad in kept[:MOST]]
    return quads + _whole(width, height)


def _masks(small: Image) -> Iterator[NDArray[np.uint8]]:
    """Edges of brightness and colour; then what differs from the surroundings."""
    lab = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2LAB), (5, 5), 0)
    kernel = np.ones((3, 3), dtype=np.uint8)
    for low, high in ((20, 60), (50, 120)):
        edges: cv2.typing.MatLike = np.zeros(small.shape[:2], dtype=np.uint8)
        for channel in range(3):
            edges = cv2.bitwise_or(edges, cv2.Canny(np.ascontiguousarray(lab[:, :, channel]), low, high))
        yield np.asarray(cv2.dilate(edges, kernel), dtype=np.uint8)
    rim = [lab[:_RIM], lab[-_RIM:], lab[:, :_RIM], lab[:, -_RIM:]]
    around = np.median(np.concatenate([side.reshape(-1, 3) for side in rim]), axis=0)
    distance = np.linalg.norm(lab.astype(np.float32) - around, axis=2)
    peak = max(float(distance.max()), 1.0)
    _, mask = cv2.threshold((distance * (255 / peak)).astype(np.uint8), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), dtype=np.uint8)), dtype=np.uint8)


def _quad(contour: NDArray[np.float32]) -> Quad | None:
    """The four sides of a contour, from the middle of each side: a card's corners are round."""
    hull = cv2.convexHull(contour)
    around = cv2.arcLength(hull, True)
    if around < 100:
        return None
    for epsilon in (0.01, 0.02, 0.03, 0.045, 0.06, 0.08):
        rough = cv2.approxPolyDP(hull, epsilon * around, True).reshape(-1, 2)
        if len(rough) <= 4:
            break
    if len(rough) != 4:
        return None
    fine = _refined(np.asarray(contour), rough.astype(np.float32))
    return None if fine is None else _ordered(fine)


def _refined(contour: NDArray[np.float32], rough: NDArray[np.float32]) -> NDArray[np.float32] | None:
    lines = []
    for start, end in zip(rough, np.roll(rough, -1, axis=0), strict=True):
        along = end - start
        length = float(np.linalg.norm(along))
        if length < 20:
            return None
        along = along / length
        relative = contour - start
        place = relative @ along / length
        beside = np.abs(relative @ np.array([-along[1], along[0]]))
        near = contour[(place > 0.12) & (place < 0.88) & (beside < 0.03 * length + 2)]
        if len(near) < 10:
            return None
        vx, vy, x, y = cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append((np.array([vx, vy], dtype=np.float64), np.array([x, y], dtype=np.float64)))
    corners = []
    for (first, at), (second, other) in zip(lines, lines[1:] + lines[:1], strict=True):
        system = np.stack([first, -second], axis=1)
        if abs(float(np.linalg.det(system))) < 0.3:
            return None
        corners.append(at + first * np.linalg.solve(system, other - at)[0])
    return np.asarray(corners, dtype=np.float32)


def _ordered(corners: NDArray[np.float32]) -> Quad | None:
    """Clockwise from the left end of an upper long side; upright or upside down is still open."""
    if not np.isfinite(corners).all() or not cv2.isContourConvex(corners):
        return None
    middle = corners.mean(axis=0)
    turn = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ring = corners[np.argsort(turn)]
    sides = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1)
    if sides[0] + sides[2] < sides[1] + sides[3]:
        ring = np.roll(ring, -1, axis=0)
    return np.asarray(ring, dtype=np.float32)


def _ratio_off(quad: Quad) -> float:
    """1 for a card seen from straight above, more for any other ratio of its sides."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    ratio = float((sides[0] + sides[2]) / max(float(sides[1] + sides[3]), 1e-3)) / RATIO
    return max(ratio, 1 / max(ratio, 1e-3))


def _whole(width: int, height: int) -> list[Quad]:
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    if height > width:
        corners = np.roll(corners, -1, axis=0)
    return [corners] if _ratio_off(corners) <= _WHOLE else []
