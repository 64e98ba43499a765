"""Finds lines of print anywhere in an image with PP-OCRv6's detector: the way out when no window of a card fits.

The network gives a map of how likely each pixel lies in text (differentiable binarisation); boxes are made of it here.
Facts: `face` reference 1 and 7.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.engine import session
from edge.face.pack import Pack
from edge.ocr.strip import Strip
from edge.ocr.surface import Image
from protocol.errors import OnshiError, models_

TASK = "text detection"
LONGEST_SIDE = 832
"""Pixels of the image that the network sees; its cost grows with the area."""
LIKELY = 0.3
MEAN_LIKELY = 0.5
UNCLIP = 1.5
"""The network shrinks lines; a box is widened by area times this over its circumference."""
LONGEST_LINES = 24


class Detector:
    """Raises `FILE_DIFFERS` or `MANIFEST_WRONG` when the model is not what the pack's record says."""

    def __init__(self, pack: Pack) -> None:
        model, data = pack.model(TASK)
        try:
            self._session = session(data)
        except Exception as wrong:  # noqa: BLE001 - onnxruntime's own errors share no public base
            raise OnshiError(models_.FILE_DIFFERS, file=model.file, reason=type(wrong).__name__) from None
        self._input = self._session.get_inputs()[0].name

    def lines(self, image: Image) -> list[Strip]:
        """Lines that are longer than high, the longest first; which way up is open."""
        height, width = image.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        size = tuple(max(32, round(side * scale / 32) * 32) for side in (width, height))
        sized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        blob = (sized.transpose(2, 0, 1)[None].astype(np.float32)) / 127.5 - 1
        [likely] = cast(list[NDArray[np.float32]], self._session.run(None, {self._input: blob}))
        blob.fill(0)
        ratio = np.array([width / size[0], height / size[1]], dtype=np.float32)
        strips = [Strip(box * ratio) for box in _boxes(likely[0, 0])]
        strips.sort(key=lambda strip: -float(np.linalg.norm(strip.corners[1] - strip.corners[0])))
        return strips[:LONGEST_LINES]


def _boxes(likely: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    mask = cv2.dilate((likely > LIKELY).astype(np.uint8), np.ones((2, 2), dtype=np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        middle, (first, second), turn = cv2.minAreaRect(contour)
        if min(first, second) < 3:
            continue
        left, top, wide, high = cv2.boundingRect(contour)
        inside = np.zeros((high, wide), dtype=np.uint8)
        cv2.drawContours(inside, [contour], -1, 1, cv2.FILLED, offset=(-left, -top))
        if cv2.mean(likely[top : top + high, left : left + wide], inside)[0] < MEAN_LIKELY:
            continue
        grown = UNCLIP * first * second / (first + second)
        if max(first, second) > 3 * min(first, second):
            box = cv2.boxPoints((middle, (first + grown, second + grown), turn))
            found.append(_across(np.asarray(box, dtype=np.float32)))
    return found


def _across(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Long sides first, beginning at the end that lies further left or, for an upright line, further down."""
    first = float(np.linalg.norm(corners[1] - corners[0]))
    second = float(np.linalg.norm(corners[2] - corners[1]))
    ring = corners if first >= second else np.roll(corners, -1, axis=0)
    along = ring[1] - ring[0]
    if along[0] < -abs(along[1]) or (abs(along[0]) <= abs(along[1]) and along[1] > 0):
        ring = np.roll(ring, 2, axis=0)
    return np.asarray(ring, dtype=np.float32)
