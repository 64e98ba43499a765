"""Presentation attack detection: a random challenge, and the cues of every frame; accepts or refuses, never says why.

Words are those of ISO/IEC 30107-3 (bona fide presentation, attack presentation, non-response). The thresholds were set
on simulated presentations (`docs/model-card`); no APCER is claimed for any of this. A CNN is a slot for the operator.
"""

from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple, Protocol

import numpy as np

from edge.face.align import Image
from edge.face.cues import Cues
from edge.face.engine import Face
from edge.face.mesh import Mesh

METHOD = "challenge-1.cues-1"
"""What the visit request calls this, so that a later reader knows which rules judged."""


class Action(StrEnum):
    """What a person is asked to do. Left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"


ACTIONS = 2
"""How many different actions one challenge asks for; at least one of them is a turn, since there is one blink."""


def draw(random: Random) -> tuple[Action, ...]:
    """A challenge: one of six."""
    return tuple(random.sample(list(Action), ACTIONS))


TURNED, BACK = 0.22, 0.13
"""Change of `mesh.turn` that counts as turned (some 20 degrees), and as looking straight again."""
LEAST_BENDING = 0.030
"""`cues.bending` of a turned head; sheets and screens turned by 35 degrees stayed under 0.025 in simulation."""
CLOSED, OPEN = 0.72, 0.84
"""Eye openness as a share of the person's own."""
ANSWER_SECONDS = 8.0
"""After so long without the action it is a non-response."""
LEAST_CHROMA = 4.0
"""CIELAB; grey prints measured under 1, faces over 15, screens over 5."""
MOST_MOIRE = 32.0
"""Simulated screens measured 34-112, faces up to 29."""
MOST_FRAMED = 0.55


class Seen(NamedTuple):
    """What one frame told."""

    at: float
    """Seconds, any monotonic clock."""
    turn: float
    openness: float | None
    """None where the eyes were not looked at."""
    mesh: Mesh
    cues: Cues | None
    """None where they were not measured; one frame in a few is enough."""
    genuine: float | None = None
    """The operator's CNN, 0 attack to 1 bona fide; None without one."""


class Answer(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    """The wrong way, or no response in time."""


class AttackDetector(Protocol):
    """The slot: a network that an operator supplies with its licence and threshold (pack task ``attack``)."""

    identity: str
    threshold: float

    def genuine(self, image: Image, face: Face) -> float:
        """0 attack presentation to 1 bona fide."""
        ...


class Watch:
    """Judges one action against how the person looked straight ahead before."""

    def __init__(self, action: Action, straight: Seen, began: float) -> None:
        self.action = action
        self._straight = straight
        self._began = began
        self.moved = False
        """The action was seen at its height; what is left is to look straight with open eyes."""

    def see(self, seen: Seen, bending: float) -> Answer:
        """``bending`` is `cues.bending` between the straight frame and this one."""
        if seen.at - self._began > ANSWER_SECONDS:
            return Answer.REFUSED
        turned = seen.turn - self._straight.turn
        return self._blink(seen, turned) if self.action is Action.BLINK else self._turn(turned, bending)

    def _turn(self, turned: float, bending: float) -> Answer:
        asked = turned if self.action is Action.TURN_LEFT else -turned
        if asked <= -TURNED:
            return Answer.REFUSED
        if asked >= TURNED and bending >= LEAST_BENDING:
            self.moved = True
        return Answer.DONE if self.moved and abs(turned) <= BACK else Answer.WAITING

    def _blink(self, seen: Seen, turned: float) -> Answer:
        if abs(turned) >= TURNED:
            return Answer.REFUSED
        usual = self._straight.openness
        if seen.openness is None or not usual:
            return Answer.WAITING
        share = seen.openness / usual
        if share <= CLOSED and abs(turned) <= BACK:
            self.moved = True
        return Answer.DONE if self.moved and share >= OPEN else Answer.WAITING


def bona_fide(frames: Sequence[Seen], detector: AttackDetector | None) -> bool:
    """Whether the cues of all frames of one try together look like a person: medians, no single frame."""
    measured = [one.cues for one in frames if one.cues is not None]
    if not measured:
        return False
    chroma, moire, framed = (float(np.median(values)) for values in zip(*measured, strict=True))
    looks_real = chroma >= LEAST_CHROMA and moire <= MOST_MOIRE and framed <= MOST_FRAMED
    if detector is None:
        return looks_real
    scores = [one.genuine for one in frames if one.genuine is not None]
    return looks_real and bool(scores) and float(np.median(scores)) >= detector.threshold
