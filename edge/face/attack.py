"""The operator's attack detector (PAD CNN), where a pack brings one: task ``attack`` with its own threshold.

None comes with the default pack: no network of that kind is both licence-clean and in a registry, and the status
says so. Contract: BGR 0-255 float32, 1x3xSxS, the box widened 2.7 times; scores, of which number 1 is bona fide.
"""

from typing import cast

import cv2
import numpy as np

from edge.face.align import Image
from edge.face.engine import Face, Vector, session
from edge.face.pack import Pack
from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD

TASK = "attack"
WIDER = 2.7
BONA_FIDE = 1


class CnnDetector:
    """`edge.face.liveness.AttackDetector` on onnxruntime, one thread."""

    def __init__(self, pack: Pack) -> None:
        """Raises `MANIFEST_WRONG` for a model without threshold or of another shape."""
        packed, data = pack.model(TASK)
        if packed.threshold is None:
            raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, model=packed.id, reason="no threshold")
        self.identity = packed.identity
        self.threshold = packed.threshold.accept
        self._session = session(data)
        given = self._session.get_inputs()[0]
        if len(given.shape) != 4 or given.shape[1] != 3 or not isinstance(given.shape[2], int):
            raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, model=packed.id, reason="input is not 1x3xSxS")
        self._input, self._side = given.name, int(given.shape[2])

    def genuine(self, image: Image, face: Face) -> float:
        x, y, width, height = face.box
        reach = WIDER * max(width, height, 1.0)
        scale = self._side / reach
        left, top = x + width / 2 - reach / 2, y + height / 2 - reach / 2
        matrix = np.array([[scale, 0.0, -left * scale], [0.0, scale, -top * scale]])
        size = (self._side, self._side)
        crop = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        blob = crop.transpose(2, 0, 1)[None].astype(np.float32)
        [raw] = cast(list[Vector], self._session.run(None, {self._input: blob}))[:1]
        scores = np.asarray(raw, dtype=np.float64).ravel()
        if len(scores) <= BONA_FIDE or not np.isfinite(scores).all():
            return 0.0
        weights = np.exp(scores - scores.max())
        return float(weights[BONA_FIDE] / weights.sum())


def detector(pack: Pack) -> CnnDetector | None:
    """The pack's detector; None where it has none."""
    return CnnDetector(pack) if pack.record.by_task(TASK) else None
