"""The face mesh: 468 points of a face in three dimensions, from the landmark model of the pack.

What the liveness cues and the pose are judged from; not for recognising anybody. Facts: the model's input contract in
``models/manifest.toml``; point numbers are those of the published mesh.
"""

from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.align import Image
from edge.face.engine import Face, session
from edge.face.pack import Pack

Floats = NDArray[np.float32]
SIDE = 192
POINTS = 468
FARTHEST = 3.0 * SIDE
"""A point farther out than this is no landmark."""
MARGIN = 1.5
"""Side of the square crop, as a multiple of the larger side of the box; 25 % on each edge."""

NOSE_TIP, CHIN, BROW_MIDDLE = 1, 152, 9
CHEEKS = (234, 454)
"""The face's outline beside the ears, left and right in the picture."""
EYES = ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373))
"""Six points of each eye: outer corner, two of the upper lid, inner corner, two of the lower lid."""


class Mesh(NamedTuple):
    """``points`` has the shape (468, 3): x and y in pixels of the whole image, z in the same unit, nearer is less."""

    points: Floats
    presence: float
    """0..1: whether the crop holds a face at all."""


class FaceMesh:
    """The landmark model on one thread."""

    def __init__(self, pack: Pack) -> None:
        _, data = pack.model("landmarks")
        self._session = session(data)
        self._input = self._session.get_inputs()[0].name

    def find(self, image: Image, face: Face) -> Mesh:
        """The mesh of one detected face of a BGR image; points that are no numbers give presence 0."""
        forward = _crop_matrix(face)
        crop = cv2.warpAffine(image, forward, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        blob = cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True)
        raw, presence = cast(list[Floats], self._session.run(None, {self._input: blob}))
        return _placed(raw.reshape(POINTS, 3), float(presence.ravel()[0]), forward)


def _placed(points: Floats, presence: float, forward: NDArray[np.float64]) -> Mesh:
    """From the crop's pixels to the image's."""
    if not (np.isfinite(presence) and np.isfinite(points).all() and np.abs(points).max() <= FARTHEST):
        return Mesh(np.zeros((POINTS, 3), dtype=np.float32), 0.0)
    back = cv2.invertAffineTransform(forward)
    scale = float(np.hypot(back[0, 0], back[1, 0]))
    placed = np.column_stack([points[:, :2] @ back[:, :2].T + back[:, 2], points[:, 2] * scale])
    return Mesh(placed.astype(np.float32), float(1 / (1 + np.exp(-np.clip(presence, -30, 30)))))


def _crop_matrix(face: Face) -> NDArray[np.float64]:
    """Square around the box, eyes level."""
    x, y, width, height = face.box
    right, left = face.points[0], face.points[1]
    angle = np.arctan2(left[1] - right[1], left[0] - right[0])
    scale = SIDE / max(MARGIN * max(width, height), 1.0)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    centre = np.array([x + width / 2, y + height / 2])
    matrix[:, 2] = SIDE / 2 - matrix[:, :2] @ centre
    return matrix


def turn(mesh: Mesh) -> float:
    """How far the head is turned, -1..1: 0 looks straight, positive turns to the right of the picture.

    From the picture's two dimensions only (nose tip between the cheeks), so that a flat picture that is tilted
    hardly changes it.
    """
    near, far = (float(np.linalg.norm(mesh.points[NOSE_TIP, :2] - mesh.points[cheek, :2])) for cheek in CHEEKS)
    return (near - far) / max(near + far, 1e-6)


def eye_distance(mesh: Mesh) -> float:
    """Pixels between the outer eye corners."""
    return float(np.linalg.norm(mesh.points[EYES[0][0], :2] - mesh.points[EYES[1][0], :2]))
