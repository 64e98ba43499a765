"""The second engine: `insightface.app.FaceAnalysis` on a local folder, behind the same interface as the lean one.

Always a folder, never the name of a pack: a name makes it go to the network. For our own pack (the same detector and
recogniser) and for one that an operator supplies. Needs the extra ``insightface``. Facts: face reference, section 5.
"""

import contextlib
import io
import warnings
from typing import Any

import cv2
import numpy as np

from edge.face.align import Image
from edge.face.engine import LEAST_SCORE, OVERLAP, Face, Vector, options, padded, runtime, scaled, unit
from edge.face.pack import Pack
from protocol.errors import OnshiError, models_

SIDE = 320


class InsightFaceEngine:
    """`edge.face.engine.FaceEngine` over insightface."""

    def __init__(self, pack: Pack) -> None:
        """Raises `SOURCE_MISSING` without the extra, `FILE_DIFFERS` for the pack's files, and what insightface does."""
        runtime()
        try:
            from insightface.app import FaceAnalysis
        except ImportError as missing:
            raise OnshiError(models_.SOURCE_MISSING, package=missing.name or "insightface") from None
        cv2.setNumThreads(1)
        self.verifier, _ = pack.model("verification")
        pack.model("detection")
        # The package's own manifest names the same files; their bytes were just checked against the record.
        with contextlib.redirect_stdout(io.StringIO()):
            analysis: Any = FaceAnalysis(
                name=str(pack.folder.resolve(strict=True)),
                allowed_modules=["detection", "recognition"],
                providers=["CPUExecutionProvider"],
                sess_options=options(),
            )
            analysis.prepare(ctx_id=-1, det_thresh=LEAST_SCORE, det_size=(SIDE, SIDE))
        self._detector = analysis.models["detection"]
        self._detector.nms_thresh = OVERLAP
        self._recogniser = analysis.models["recognition"]

    def detect(self, image: Image) -> list[Face]:
        small, ratio = scaled(image)
        # Of its final size already, so that insightface scales and pads nothing and both engines see the same.
        ready = padded(small)
        boxes, points = self._detector.detect(ready, input_size=(ready.shape[1], ready.shape[0]))
        faces = []
        for box, five in zip(boxes, points if points is not None else (), strict=True):
            left, top, end, bottom = (float(box[i] * ratio[i % 2]) for i in range(4))
            placed = np.asarray(five * ratio, dtype=np.float32)
            if np.isfinite(placed).all() and np.isfinite(box).all():
                faces.append(Face((left, top, end - left, bottom - top), placed, float(box[4])))
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def embed(self, image: Image, face: Face) -> Vector:
        if not np.isfinite(face.points).all() or float(np.ptp(face.points, axis=0).max()) < 1e-3:
            raise ValueError("points that are no face")
        with warnings.catch_warnings():
            # insightface calls what scikit-image has announced to replace.
            warnings.simplefilter("ignore", FutureWarning)
            found = self._recogniser.get(image, _Given(face.points))
        return unit(np.asarray(found, dtype=np.float32))


class _Given:
    """What insightface's recogniser wants to know of a face, and where it puts its answer."""

    def __init__(self, points: Vector) -> None:
        self.kps = points
        self.embedding: Any = None
