"""Networks of an operator's, opened and run once on flat grey before they go into a pack.

Held to what the appliance asks of each (`edge.face.insight`, `edge.face.attack`): input, outputs, numbers that are
finite. Whether they recognise anybody is not judged; that is the operator's measurement.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocol.errors import OnshiError, models_

Floats = NDArray[np.float32]
Contract = Callable[[Any], None]
"""Takes a session; raises `Off`."""
FRAME = (256, 320)
"""Height and width of a camera's frame as a detector of free size sees it."""
SIDE = 112
LENGTHS = (1, 4, 10)
"""Numbers per anchor: score, box, five points."""
LEVELS = {9: ((8, 16, 32), 2), 15: ((8, 16, 32, 64, 128), 1)}
"""By the number of outputs: strides, and anchors per place."""


class Off(Exception):
    """What a network does not keep of its contract."""


def read(file: Path, contract: Contract) -> bytes:
    """The bytes of a network that keeps the contract. Raises `MANIFEST_WRONG` with the file's name and what is off."""
    try:
        data = file.read_bytes()
        contract(_session(data))
    except OnshiError:
        raise
    except Off as off:
        raise OnshiError(models_.MANIFEST_WRONG, file=file.name, reason=str(off)) from None
    except Exception as broken:  # noqa: BLE001 - onnxruntime has no exception of its own
        raise OnshiError(models_.MANIFEST_WRONG, file=file.name, reason=type(broken).__name__) from None
    return data


def detector(session: Any) -> None:
    """SCRFD with five points: the scores of each level, then the boxes, then the points."""
    outputs = session.get_outputs()
    if len(outputs) not in LEVELS:
        raise Off(f"{len(outputs)} outputs are not those of an SCRFD with five points")
    strides, anchors = LEVELS[len(outputs)]
    shape = session.get_inputs()[0].shape
    fixed = len(shape) == 4 and all(isinstance(length, int) for length in shape[2:])
    height, width = shape[2:] if fixed else FRAME
    found = _run(session, height, width)
    if len(outputs[0].shape) == 3:
        found = [one[0] for one in found]
    for place, one in enumerate(found):
        stride, length = strides[place % len(strides)], LENGTHS[place // len(strides)]
        if one.shape != (wanted := (height // stride * (width // stride) * anchors, length)):
            raise Off(f"output {place} is {one.shape} and not {wanted}")


def verifier(dimension: int) -> Contract:
    """ArcFace: one embedding of that length for a face of 112 x 112."""

    def contract(session: Any) -> None:
        if session.get_inputs()[0].shape[2:] != [SIDE, SIDE]:
            raise Off(f"input is not 1x3x{SIDE}x{SIDE}")
        if len(session.get_outputs()) != 1:
            raise Off("more than one output")
        [found] = _run(session, SIDE, SIDE)
        if found.size != dimension:
            raise Off(f"the embedding has {found.size} numbers and not {dimension}")

    return contract


def attack(session: Any) -> None:
    """A square of one size in; scores out, of which number 1 is bona fide."""
    shape = session.get_inputs()[0].shape
    if len(shape) != 4 or shape[1] != 3 or not isinstance(shape[2], int):
        raise Off("input is not 1x3xSxS")
    if _run(session, shape[2], shape[2], grey=128)[0].size < 2:
        raise Off("fewer than two scores")


def _run(session: Any, height: int, width: int, grey: float = 0) -> list[Floats]:
    given = np.full((1, 3, height, width), grey, dtype=np.float32)
    found: list[Floats] = session.run(None, {session.get_inputs()[0].name: given})
    if not all(np.isfinite(one).all() for one in found):
        raise Off("an output is not finite")
    return found


def _session(data: bytes) -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError:
        raise OnshiError(models_.SOURCE_MISSING, package="onnxruntime") from None
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4
    return onnxruntime.InferenceSession(data, quiet, providers=["CPUExecutionProvider"])
