"""Finding a face and turning it into numbers: one interface, the lean engine on onnxruntime behind it.

One thread per model (more is slower on a small machine); frames are scaled before detection. Coordinates are always
those of the image that was handed in. Not for deciding: see `edge.face.decide`.
"""

import os
from typing import Any, NamedTuple, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.align import SIDE, Image, Points, crop
from edge.face.pack import Pack
from protocol.modelpack import PackedModel

Vector = NDArray[np.float32]
STRIDES = (8, 16, 32)
LEAST_SCORE = 0.6
OVERLAP = 0.3
DETECTION_SIDE = 320
"""Longest side, in pixels, of the image that the detector sees."""


class Face(NamedTuple):
    """One face found: box (x, y, width, height) and five points in pixels, score 0..1."""

    box: tuple[float, float, float, float]
    points: Points
    score: float


class FaceEngine(Protocol):
    """What the face path needs of any engine."""

    verifier: PackedModel

    def detect(self, image: Image) -> list[Face]:
        """Faces in a BGR image, largest first."""
        ...

    def embed(self, image: Image, face: Face) -> Vector:
        """Unit-length embedding of one face of a BGR image."""
        ...


def runtime() -> Any:
    """onnxruntime, silenced before it loads: its wheels note use and machine in the home folder, to send them on."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def options() -> Any:
    """One thread, quiet: more threads are slower on a small machine."""
    onnxruntime = runtime()
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = 1
    chosen.inter_op_num_threads = 1
    chosen.log_severity_level = 3
    return chosen


def session(data: bytes) -> Any:
    """A model on one thread of the CPU, without telemetry or network."""
    return runtime().InferenceSession(data, options(), providers=["CPUExecutionProvider"])


def scaled(image: Image) -> tuple[Image, Vector]:
    """The image as a detector sees it, and what its coordinates (x, y) are multiplied by to be the image's."""
    height, width = image.shape[:2]
    scale = min(1.0, DETECTION_SIDE / max(height, width))
    small = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ratio = np.array([width / small.shape[1], height / small.shape[0]], dtype=np.float32)
    return np.asarray(small, dtype=np.uint8), ratio


def padded(small: Image) -> Image:
    """With black to the right and below, so that both sides are multiples of 32."""
    below, right = (-small.shape[0]) % 32, (-small.shape[1]) % 32
    black = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(black, dtype=np.uint8)


class LeanEngine:
    """YuNet and a 112 x 112 recogniser, straight on onnxruntime."""

    def __init__(self, pack: Pack) -> None:
        cv2.setNumThreads(1)
        _, detector = pack.model("detection")
        self.verifier, verifier = pack.model("verification")
        self._detector = session(detector)
        self._verifier = session(verifier)
        self._input = self._verifier.get_inputs()[0].name

    def detect(self, image: Image) -> list[Face]:
        small, ratio = scaled(image)
        ready = padded(small)
        blob = cv2.dnn.blobFromImage(ready)
        names = [one.name for one in self._detector.get_outputs()]
        outputs = dict(zip(names, cast(list[Vector], self._detector.run(None, {"input": blob})), strict=True))
        boxes, points, scores = _decode(outputs, ready.shape[1])
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), LEAST_SCORE, OVERLAP)
        faces = [
            Face(
                box=(
                    float(boxes[i, 0] * ratio[0]),
                    float(boxes[i, 1] * ratio[1]),
                    float(boxes[i, 2] * ratio[0]),
                    float(boxes[i, 3] * ratio[1]),
                ),
                points=(points[i] * ratio).astype(np.float32),
                score=float(scores[i]),
            )
            for i in np.asarray(kept, dtype=np.int64).reshape(-1)
            if np.isfinite(points[i]).all()
        ]
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def embed(self, image: Image, face: Face) -> Vector:
        aligned = crop(image, face.points)
        assert aligned.shape == (SIDE, SIDE, 3)  # noqa: S101 - a programming error, not an input
        blob = cv2.dnn.blobFromImage(aligned, swapRB=True)
        [raw] = cast(list[Vector], self._verifier.run(None, {self._input: blob}))
        return unit(raw[0])


def unit(vector: Vector) -> Vector:
    """The vector at length 1, so that a dot product is the cosine."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _decode(outputs: dict[str, Vector], width: int) -> tuple[Vector, Vector, Vector]:
    """YuNet's maps as boxes (n, 4: x, y, width, height), points (n, 5, 2) and scores (n), in input pixels."""
    boxes, points, scores = [], [], []
    for stride in STRIDES:
        score = np.sqrt(
            np.clip(outputs[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(outputs[f"obj_{stride}"][0, :, 0], 0, 1)
        )
        likely = np.flatnonzero(score >= LEAST_SCORE)
        cell = np.stack([likely % (width // stride), likely // (width // stride)], axis=1).astype(np.float32)
        box = outputs[f"bbox_{stride}"][0, likely]
        centre = (cell + box[:, :2]) * stride
        size = np.exp(np.clip(box[:, 2:], -10, 10)) * stride
        boxes.append(np.concatenate([centre - size / 2, size], axis=1))
        points.append((outputs[f"kps_{stride}"][0, likely].reshape(-1, 5, 2) + cell[:, None]) * stride)
        scores.append(score[likely])
    return np.concatenate(boxes), np.concatenate(points), np.concatenate(scores)
