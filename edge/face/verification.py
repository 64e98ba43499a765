"""One person before the camera, frame by frame: coaching, challenge, good frames, decision, at most three tries.

Runs in the face worker and knows no camera, card or desk: it takes decoded frames with their time and tells after
each what the person should be told. Randomness comes in as an argument. Facts: face reference, sections 6 and 8.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import NamedTuple

import numpy as np

from edge.face import cues, liveness
from edge.face.align import Image
from edge.face.decide import Decision, Verdict, decide
from edge.face.engine import Face, FaceEngine, Vector
from edge.face.eyes import Eyes
from edge.face.liveness import Action, Answer, AttackDetector, Seen, Watch
from edge.face.mesh import FaceMesh, turn
from edge.face.quality import Hint, Quality, judge
from edge.face.wire import Ended

TRIES = 3
STEADY = 3
"""Good frames in a row before the challenge begins; what is straight and open is their mean."""
MORE = 3
"""Further frames that a score in the review band asks for."""
PATIENCE = 60.0
"""Seconds from the first frame to the end of everything; coaching takes its time from it, never a try."""
LONGEST_GAP = 1.5
"""Seconds between two frames; after more than that it may be somebody else."""
SAME_PLACE = 0.25
"""Least overlap (IoU) of a face's boxes in two frames one after the other."""
MEASURED = 4
"""In the challenge the costly cues are measured once in so many frames, and in every frame that looks straight."""
SAME_PERSON, SAME_IN_MOTION = 0.45, 0.35
"""Least cosine between the good frames of one try, and between them and a frame in the middle of an action. Start
values: a match's own, and less for a head that is turned or has its eyes closed."""
LEAST_PRESENCE = 0.5
INTERRUPTIONS = 4
"""How often a challenge may be broken off (somebody stepped in, the face left) before that costs a try."""


class Prompt(StrEnum):
    """What to tell beside hints and actions."""

    HOLD_ON = "hold_on"
    """Good: stay so for a moment."""
    AGAIN = "again"
    """That did not work; another try begins."""


class Step(NamedTuple):
    """After one frame."""

    prompt: Hint | Action | Prompt
    tries_left: int
    ended: Ended | None = None
    verdict: Verdict | None = None
    """Only with `Ended.MATCH`."""


@dataclass(frozen=True)
class Models:
    """Everything that was loaded once."""

    engine: FaceEngine
    mesh: FaceMesh
    eyes: Eyes
    detector: AttackDetector | None = None


@dataclass
class _Try:
    """Evidence of one try; forgotten as a whole."""

    actions: tuple[Action, ...]
    straight: list[Seen] = field(default_factory=list)
    base: Seen | None = None
    done: int = 0
    watch: Watch | None = None
    frames: list[Seen] = field(default_factory=list)
    good: list[Seen] = field(default_factory=list)
    """The frames that `vectors` were made of."""
    vectors: list[Vector] = field(default_factory=list)
    acting: list[Vector] = field(default_factory=list)
    """One of the middle of each action: who was asked is who is compared."""
    wanted_since: float = 0.0
    """When the frame for the next vector was first asked for."""

    def forget(self) -> None:
        for vector in (*self.vectors, *self.acting):
            vector.fill(0)
        for kept in (self.vectors, self.acting, self.straight, self.frames, self.good):
            kept.clear()


class Verification:
    """See the module. ``cpu`` is a clock of processor seconds, for the times by step."""

    def __init__(self, models: Models, reference: Vector, random: Random, cpu: Callable[[], float]) -> None:
        self._models = models
        self._reference = reference
        self._random = random
        self._cpu = cpu
        self.spent: defaultdict[str, float] = defaultdict(float)
        """CPU seconds by step."""
        self.tries_left = TRIES
        self._began: float | None = None
        self._last: tuple[float, Face] | None = None
        self._interruptions = 0
        self._try = self._new_try()
        self._over: Step | None = None

    def _new_try(self) -> _Try:
        return _Try(actions=liveness.draw(self._random))

    def forget(self) -> None:
        """Zero everything that was computed from a face."""
        self._try.forget()
        self._reference.fill(0)

    def see(self, image: Image, at: float) -> Step:
        """Take one BGR frame made at ``at`` seconds. After the end it only repeats the end."""
        if self._over is not None:
            return self._over
        if self._began is None:
            self._began = at
        if at - self._began > PATIENCE:
            lost = self.tries_left < TRIES
            return self._end(Ended.NOT_CONFIRMED if lost else Ended.NOBODY_FIT)
        with self._timed("detect"):
            faces = self._models.engine.detect(image)
        with self._timed("quality"):
            quality = judge(image, faces, self._models.engine, straight=self._try.watch is None)
        if quality.face is None or not self._continues(at, quality):
            return self._interrupted(quality.hint or Hint.HOLD_STILL)
        self._last = (at, quality.face)
        if self._try.base is None:
            return self._coach(image, at, quality)
        return self._challenge(image, at, quality)

    # --- before the challenge -----------------------------------------------------------------------------------

    def _coach(self, image: Image, at: float, quality: Quality) -> Step:
        if quality.hint is not None or quality.face is None:
            self._try.straight.clear()
            return self._step(quality.hint or Hint.NOBODY)
        seen = self._look(image, quality.face, at, eyes=True)
        if seen is None:
            self._try.straight.clear()
            return self._step(Hint.LOOK_STRAIGHT)
        run = self._try
        run.straight.append(seen)
        if len(run.straight) < STEADY:
            return self._step(Prompt.HOLD_ON)
        opened = float(np.mean([one.openness or 0.0 for one in run.straight]))
        run.base = seen._replace(turn=float(np.mean([one.turn for one in run.straight])), openness=opened)
        run.frames.extend(run.straight)
        self._keep(image, quality.face, seen)
        return self._ask(at)

    def _ask(self, at: float) -> Step:
        run = self._try
        action = run.actions[run.done]
        if run.base is not None:
            run.watch = Watch(action, run.base, at)
        return self._step(action)

    # --- the challenge ------------------------------------------------------------------------------------------

    def _challenge(self, image: Image, at: float, quality: Quality) -> Step:
        run, face = self._try, quality.face
        if face is None or quality.hint in {Hint.ONE_PERSON, Hint.TOO_CLOSE, Hint.TOO_FAR, Hint.LOWER_MASK}:
            return self._interrupted(quality.hint or Hint.NOBODY)
        blinking = run.watch is not None and run.watch.action is Action.BLINK
        seen = self._look(image, face, at, eyes=blinking)
        if seen is None or run.base is None:
            return self._interrupted(Hint.LOOK_STRAIGHT)
        run.frames.append(seen)
        if run.watch is not None:
            answer = run.watch.see(seen, self._bending(run.base, seen))
            if run.watch.moved and len(run.acting) == run.done:
                run.acting.append(self._embedded(image, face))
            if answer is Answer.REFUSED:
                return self._lost()
            if answer is Answer.WAITING:
                return self._step(run.watch.action)
            run.watch = None
            run.done += 1
            return self._want(at)
        if quality.hint is not None:
            return self._lost() if at - run.wanted_since > liveness.ANSWER_SECONDS else self._step(quality.hint)
        self._keep(image, face, seen)
        return self._ask(at) if run.done < len(run.actions) else self._decide(at)

    def _bending(self, straight: Seen, seen: Seen) -> float:
        """Only where the head is turned far enough for it to matter."""
        if abs(seen.turn - straight.turn) < liveness.TURNED:
            return 0.0
        with self._timed("cues"):
            return cues.bending(straight.mesh, seen.mesh)

    def _want(self, at: float) -> Step:
        """One more good frame, of a head that looks straight again."""
        self._try.wanted_since = at
        return self._step(Prompt.HOLD_ON)

    def _decide(self, at: float) -> Step:
        run = self._try
        verdict = decide(self._reference, run.vectors, self._models.engine.verifier)
        with self._timed("cues"):
            real = all(liveness.bona_fide(frames, self._models.detector) for frames in (run.frames, run.good))
        if not real or not _one_person(run.vectors, run.acting) or verdict.decision is Decision.NO_MATCH:
            return self._lost()
        if verdict.decision is Decision.REVIEW:
            return self._lost() if len(run.vectors) > len(run.actions) + MORE else self._want(at)
        return self._end(Ended.MATCH, verdict)

    # --- parts --------------------------------------------------------------------------------------------------

    def _look(self, image: Image, face: Face, at: float, *, eyes: bool) -> Seen | None:
        models = self._models
        with self._timed("mesh"):
            mesh = models.mesh.find(image, face)
        if mesh.presence < LEAST_PRESENCE:
            return None
        opened = None
        if eyes:
            with self._timed("eyes"):
                opened = models.eyes.openness(image, mesh)
        measured = None
        if self._try.watch is None or len(self._try.frames) % MEASURED == 0:
            with self._timed("cues"):
                measured = cues.measure(image, face, mesh)
        genuine = None
        if models.detector is not None:
            with self._timed("detector"):
                genuine = models.detector.genuine(image, face)
        return Seen(at, turn(mesh), opened, mesh, measured, genuine)

    def _keep(self, image: Image, face: Face, seen: Seen) -> None:
        self._try.vectors.append(self._embedded(image, face))
        self._try.good.append(seen)

    def _embedded(self, image: Image, face: Face) -> Vector:
        with self._timed("embed"):
            return self._models.engine.embed(image, face)

    def _continues(self, at: float, quality: Quality) -> bool:
        """Whether this is still the face of the frame before: no gap, no jump. The first frame continues nothing."""
        if self._last is None or quality.face is None:
            return True
        before, face = self._last
        if 0 < at - before <= LONGEST_GAP and _overlap(face, quality.face) >= SAME_PLACE:
            return True
        self._last = (at, quality.face)
        return self._try.base is None

    def _interrupted(self, hint: Hint) -> Step:
        """The challenge is broken off and its evidence forgotten; too often costs a try."""
        run = self._try
        self._last = None
        if run.base is None:
            run.straight.clear()
            return self._step(hint)
        self._interruptions += 1
        if self._interruptions > INTERRUPTIONS:
            self._interruptions = 0
            return self._lost()
        run.forget()
        self._try = self._new_try()
        return self._step(hint)

    def _lost(self) -> Step:
        self.tries_left -= 1
        self._try.forget()
        self._try = self._new_try()
        self._last = None
        return self._step(Prompt.AGAIN) if self.tries_left > 0 else self._end(Ended.NOT_CONFIRMED)

    def _end(self, ended: Ended, verdict: Verdict | None = None) -> Step:
        self._over = Step(Prompt.HOLD_ON, max(self.tries_left, 0), ended, verdict)
        self.forget()
        return self._over

    def _step(self, prompt: Hint | Action | Prompt) -> Step:
        return Step(prompt, self.tries_left)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = self._cpu()
        try:
            yield
        finally:
            self.spent[name] += self._cpu() - began


def _overlap(one: Face, other: Face) -> float:
    """Intersection over union of the boxes."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right = min(one.box[0] + one.box[2], other.box[0] + other.box[2])
    bottom = min(one.box[1] + one.box[3], other.box[1] + other.box[3])
    shared = max(right - left, 0.0) * max(bottom - top, 0.0)
    whole = one.box[2] * one.box[3] + other.box[2] * other.box[3] - shared
    return shared / whole if whole > 0 else 0.0


def _one_person(good: list[Vector], acting: list[Vector]) -> bool:
    """Whoever did the challenge is who was compared."""
    steady = all(float(a @ b) >= SAME_PERSON for index, a in enumerate(good) for b in good[:index])
    return steady and all(float(a @ b) >= SAME_IN_MOTION for a in acting for b in good)
