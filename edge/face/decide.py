"""The decision: mean embedding of the good live frames against the chip photo, with the model's own threshold.

A score in the review band asks for more frames and never decides by itself; without a usable face on either side
there is no decision, with the reason. Thresholds come with the pack (`protocol.modelpack.Threshold`).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from edge.face.engine import Vector, unit
from protocol.modelpack import PackedModel


class Decision(StrEnum):
    MATCH = "match"
    REVIEW = "review"
    """Neither yes nor no: more frames, then PIN or sight."""
    NO_MATCH = "no_match"
    UNDECIDED = "undecided"
    """No usable face on one side; the reason is told."""


class Verdict(NamedTuple):
    decision: Decision
    score: float | None
    """Cosine similarity, -1..1."""
    threshold: float
    model: str
    """SHA-256 of the published model file."""
    frames: int
    """Live frames that the mean is made of."""
    reason: str | None = None


def decide(chip: Vector | None, live: Sequence[Vector], verifier: PackedModel, *, reason: str | None = None) -> Verdict:
    """Compare; ``reason`` says why a side is empty (``no_face_chip``, ``no_face_live`` …)."""
    if verifier.threshold is None:
        raise ValueError("a verification model without a threshold decides nothing")
    accept, review = verifier.threshold.accept, verifier.threshold.review
    if chip is None or not live:
        return Verdict(Decision.UNDECIDED, None, accept, verifier.identity, len(live), reason or "no_face")
    score = float(np.dot(unit(chip), unit(np.mean(np.stack(live), axis=0))))
    decision = Decision.MATCH if score >= accept else Decision.REVIEW if score >= review else Decision.NO_MATCH
    return Verdict(decision, score, accept, verifier.identity, len(live))
