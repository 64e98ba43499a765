"""One line of text read by PP-OCRv6: image in, characters with probabilities and places out.

The network and its character list are in the model pack; preparing and CTC decoding are ours (the list is in the
model's metadata, class 0 is the blank, the last class a space). Facts: `face` reference 1 and 7.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.engine import session
from edge.face.pack import Pack
from edge.ocr.surface import Image
from protocol.errors import OnshiError, models_

LINE_HEIGHT = 48
"""Pixels; what the network takes."""
LEAST_WIDTH = 320
MOST_WIDTH = 1280
TASK = "text recognition"


@dataclass(frozen=True, repr=False)
class Line:
    """What was read. ``sure`` and ``at`` per character: probability 0..1, and place from 0 (left) to 1 (right)."""

    text: str
    sure: tuple[float, ...]
    at: tuple[float, ...]


class Recogniser:
    """Raises `FILE_DIFFERS` or `MANIFEST_WRONG` when the model is not what the pack's record says."""

    def __init__(self, pack: Pack) -> None:
        model, data = pack.model(TASK)
        try:
            self._session = session(data)
            listed = self._session.get_modelmeta().custom_metadata_map["character"]
        except Exception as wrong:  # noqa: BLE001 - onnxruntime's own errors share no public base
            raise OnshiError(models_.FILE_DIFFERS, file=model.file, reason=type(wrong).__name__) from None
        self._characters = ["", *listed.splitlines(), " "]
        self._input = self._session.get_inputs()[0].name

    def read(self, strip: Image) -> Line:
        """Read a strip that holds one line, upright; any size from 8 x 8 pixels."""
        height, width = strip.shape[:2]
        wide = min(MOST_WIDTH, max(8, round(width * LINE_HEIGHT / height)))
        sized = cv2.resize(
            strip, (wide, LINE_HEIGHT), interpolation=cv2.INTER_CUBIC if wide > width else cv2.INTER_AREA
        )
        blob = np.zeros((1, 3, LINE_HEIGHT, max(LEAST_WIDTH, -(-wide // 8) * 8)), dtype=np.float32)
        blob[0, :, :, :wide] = sized.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        [scores] = cast(list[NDArray[np.float32]], self._session.run(None, {self._input: blob}))
        blob.fill(0)
        return self._decoded(scores[0], blob.shape[3] / wide)

    def _decoded(self, scores: NDArray[np.float32], stretch: float) -> Line:
        """Greedy CTC: the likeliest class per column, repeats merged, blanks dropped."""
        best = scores.argmax(axis=1)
        sure = scores.max(axis=1)
        text, sures, places = [], [], []
        column = 0
        while column < len(best):
            end = column
            while end + 1 < len(best) and best[end + 1] == best[column]:
                end += 1
            if best[column] != 0 and best[column] < len(self._characters):
                text.append(self._characters[best[column]])
                sures.append(float(sure[column : end + 1].max()))
                places.append((column + end + 1) / 2 / len(best) * stretch)
            column = end + 1
        return Line("".join(text), tuple(sures), tuple(places))
