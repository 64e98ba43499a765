"""A person made of one portrait: turned, blinking and masked by moving the portrait through its own face mesh.

Each triangle of the mesh is warped to where a head of that shape would have it; what lies behind is overdrawn. Good for
some 30 degrees either way. Not a model of a face: teeth, gaze and the far side of the head stay what they are.
"""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.align import Image
from edge.face.engine import FaceEngine
from edge.face.mesh import CHEEKS, POINTS, FaceMesh

Floats = NDArray[np.float32]
FACE_WIDTH = 260.0
"""Pixels between the cheeks in the prepared portrait: enough for a face that fills a VGA frame."""
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The face's edge in the published mesh."""
UPPER_LIDS = (
    ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155)),
    ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382)),
)
"""Upper lid points and the lower lid points that they meet."""
LID_FOLDS = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))
"""The row above each upper lid; half of its way goes down with the lid."""


class Pose(NamedTuple):
    """``yaw`` in degrees, positive to the right of the picture; ``blink`` 0 open to 1 closed."""

    yaw: float = 0.0
    blink: float = 0.0
    mask: bool = False


class Puppet:
    """One portrait and its mesh."""

    def __init__(self, portrait: Image, engine: FaceEngine, mesh: FaceMesh) -> None:
        """Raises ``ValueError`` for a picture without a face."""
        found = engine.detect(portrait)
        if not found:
            raise ValueError("a portrait without a face")
        points = mesh.find(portrait, found[0]).points
        scale = FACE_WIDTH / float(np.linalg.norm(points[CHEEKS[0], :2] - points[CHEEKS[1], :2]))
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        self.picture: Image = np.asarray(
            cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=smooth),
            dtype=np.uint8,
        )
        self._points: Floats = np.concatenate([points * scale, self._around(points * scale)]).astype(np.float32)
        self._triangles = _triangles(self._points[:, :2], self.picture.shape)
        self.centre = self._points[list(OUTLINE), :2].mean(axis=0)
        """Middle of the face in the prepared portrait, pixels."""
        self._own_yaw = self._looks()
        self.pose = lru_cache(maxsize=96)(self._pose)

    def _around(self, points: Floats) -> Floats:
        """Two rings outside the face (hair, ears, neck) and the picture's frame, which does not move."""
        middle = points[list(OUTLINE)].mean(axis=0)
        edge = points[list(OUTLINE)]
        depth = float(np.linalg.norm(points[CHEEKS[0], :2] - points[CHEEKS[1], :2]))
        rings = []
        for reach, back in ((1.25, 0.15), (1.6, 0.25)):
            ring = middle + (edge - middle) * reach
            ring[:, 2] = edge[:, 2] + back * depth
            rings.append(ring)
        height, width = self.picture.shape[:2]
        frame = [[x, y, 0] for x in np.linspace(0, width - 1, 5) for y in (0, height - 1)]
        frame += [[x, y, 0] for y in np.linspace(0, height - 1, 5)[1:-1] for x in (0, width - 1)]
        outside = np.concatenate([*rings, np.array(frame)]).astype(np.float32)
        outside[:, 0] = np.clip(outside[:, 0], 0, width - 1)
        outside[:, 1] = np.clip(outside[:, 1], 0, height - 1)
        return np.asarray(outside, dtype=np.float32)

    def _looks(self) -> float:
        """The portrait's own yaw in degrees, from the depth of both cheeks."""
        left, right = (self._points[cheek] for cheek in CHEEKS)
        return float(np.degrees(np.arctan2(right[2] - left[2], right[0] - left[0])))

    def _moved(self, pose: Pose) -> Floats:
        points = self._points.copy()
        for (upper, lower), fold in zip(UPPER_LIDS, LID_FOLDS, strict=True):
            way = points[list(lower)] - points[list(upper)]
            points[list(upper)] += pose.blink * way
            points[list(fold)] += pose.blink * 0.45 * way
        angle = np.radians(pose.yaw - self._own_yaw)
        inner = points[: POINTS + 2 * len(OUTLINE)]
        share = np.ones(len(inner), dtype=np.float32)
        share[POINTS : POINTS + len(OUTLINE)] = 0.8
        share[POINTS + len(OUTLINE) :] = 0.35
        depth = float(np.linalg.norm(inner[CHEEKS[0], :2] - inner[CHEEKS[1], :2]))
        pivot = np.array([self.centre[0], 0.0, inner[:POINTS, 2].mean() + 0.35 * depth])
        x, z = inner[:, 0] - pivot[0], inner[:, 2] - pivot[2]
        turned_x = x * np.cos(angle) - z * np.sin(angle)
        turned_z = x * np.sin(angle) + z * np.cos(angle)
        inner[:, 0] += share * (turned_x - x)
        inner[:, 2] += share * (turned_z - z)
        return points

    def _pose(self, pose: Pose) -> Image:
        """The portrait in that pose, same size as `picture`."""
        target = self._moved(pose)
        out = self.picture.copy()
        depths = target[self._triangles, 2].mean(axis=1)
        moved = np.abs(target[self._triangles, :2] - self._points[self._triangles, :2]).max(axis=(1, 2)) > 0.05
        for index in np.argsort(-depths):
            if moved[index] or depths[index] < 0:
                corners = self._triangles[index]
                _warp(self.picture, out, self._points[corners, :2], target[corners, :2])
        if pose.mask:
            _draw_mask(out, target)
        return out


def _triangles(points: Floats, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Delaunay triangulation as indices (n, 3)."""
    height, width = shape[:2]
    plan = cv2.Subdiv2D((-1, -1, width + 2, height + 2))
    known: dict[tuple[float, float], int] = {}
    for index, (x, y) in enumerate(points):
        plan.insert((float(x), float(y)))
        known.setdefault((round(float(x), 2), round(float(y), 2)), index)
    found = []
    for row in plan.getTriangleList():
        corners = [known.get((round(float(row[i]), 2), round(float(row[i + 1]), 2))) for i in (0, 2, 4)]
        if all(corner is not None for corner in corners):
            found.append(corners)
    return np.array(found, dtype=np.int64)


def _warp(source: Image, target: Image, here: Floats, there: Floats) -> None:
    """One triangle of ``source`` drawn into ``target``."""
    height, width = target.shape[:2]
    left, top = np.maximum(np.floor(there.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(there.max(axis=0)).astype(int) + 2, (width, height))
    if right - left < 1 or bottom - top < 1:
        return
    corner = np.array([left, top], dtype=np.float32)
    area = (there[1, 0] - there[0, 0]) * (there[2, 1] - there[0, 1])
    area -= (there[2, 0] - there[0, 0]) * (there[1, 1] - there[0, 1])
    if abs(area) < 0.05:
        return
    matrix = cv2.getAffineTransform(here.astype(np.float32), (there - corner).astype(np.float32))
    size = (int(right - left), int(bottom - top))
    piece = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    stencil = np.zeros((size[1], size[0]), dtype=np.uint8)
    cv2.fillConvexPoly(stencil, np.round((there - corner) * 16).astype(np.int32), 255, lineType=cv2.LINE_8, shift=4)
    cv2.copyTo(piece, stencil, target[top:bottom, left:right])


def _draw_mask(picture: Image, points: Floats) -> None:
    """A surgical mask from the nose to below the chin."""
    order = (227, 116, 117, 118, 6, 347, 346, 345, 447, 401, 435, 397, 378, 152, 149, 172, 215, 177)
    around = points[list(order), :2].astype(np.int32)
    cv2.fillPoly(picture, [around], (232, 222, 205), lineType=cv2.LINE_AA)
    top, bottom = around[:, 1].min(), around[:, 1].max()
    for share in (0.45, 0.6, 0.75):
        y = int(top + share * (bottom - top))
        inside = around[:, 0]
        cv2.line(picture, (int(inside.min() + 25), y), (int(inside.max() - 25), y), (200, 190, 172), 2, cv2.LINE_AA)
