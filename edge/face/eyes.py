"""How far the eyes are open, from the iris model of the pack: the face mesh alone hardly follows the lids.

Facts: the model's input contract in ``models/manifest.toml``. The first sixteen of its points are the eye's contour.
"""

from typing import cast

import cv2
import numpy as np

from edge.face.align import Image
from edge.face.engine import session
from edge.face.mesh import EYES, Floats, Mesh
from edge.face.pack import Pack

SIDE = 64
REACH = 2.3
"""Side of the square crop, in eye widths."""
_LOWER, _UPPER = slice(1, 8), slice(9, 16)


class Eyes:
    """The iris model on one thread."""

    def __init__(self, pack: Pack) -> None:
        _, data = pack.model("eyes")
        self._session = session(data)
        self._input = self._session.get_inputs()[0].name

    def openness(self, image: Image, mesh: Mesh) -> float:
        """Lid distance over eye width, mean of both eyes; some 0.15-0.3 open, half of the person's own when closed."""
        return float(np.mean([self._one(image, mesh, side) for side in (0, 1)]))

    def _one(self, image: Image, mesh: Mesh, side: int) -> float:
        outer, inner = mesh.points[EYES[side][0], :2], mesh.points[EYES[side][3], :2]
        along = inner - outer if side == 0 else outer - inner
        scale = SIDE / max(REACH * float(np.linalg.norm(along)), 1.0)
        angle = np.arctan2(along[1], along[0])
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
        matrix[:, 2] = SIDE / 2 - matrix[:, :2] @ ((outer + inner) / 2)
        crop = cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if side == 1:
            crop = crop[:, ::-1]
        blob = cv2.dnn.blobFromImage(np.ascontiguousarray(crop), 1 / 255, swapRB=True)
        outputs = cast(list[Floats], self._session.run(None, {self._input: blob}))
        contour = max(outputs, key=lambda one: one.size).reshape(-1, 3)[:16, :2]
        wide = float(np.linalg.norm(contour[0] - contour[8]))
        high = float(np.mean(np.linalg.norm(contour[_LOWER] - contour[_UPPER], axis=1)))
        opened = high / max(wide, 1e-6)
        return opened if np.isfinite(opened) else 0.0
