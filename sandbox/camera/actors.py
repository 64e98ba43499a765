"""Who stands before the fake camera and what they do when the screen asks: people, and the cast of attacks.

An actor hears the codes that the screen shows (`edge.face.verification`) and is looked at frame by frame; its time is
the camera's. Attackers do the best that their means allow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from numpy.random import Generator, default_rng

from edge.face.align import Image
from sandbox.camera import scenes
from sandbox.camera.puppet import Pose, Puppet

REACTION = 0.5
"""Seconds from reading the screen to moving."""
TURN_SECONDS, TURN_DEGREES, BLINK_SECONDS = 1.6, 33.0, 0.7
STEP_DEGREES = 3
"""Poses are drawn in steps of so many degrees, so that they can be kept."""


class Actor(Protocol):
    def hear(self, code: str, at: float) -> None:
        """The screen shows this code now."""
        ...

    def look(self, at: float) -> Image:
        """What the camera's sensor sees at ``at`` seconds."""
        ...


@dataclass
class Moves:
    """A head that does what it is asked, once per request, a moment later."""

    code: str = ""
    since: float = 0.0

    def hear(self, code: str, at: float) -> None:
        if code != self.code:
            self.code, self.since = code, at

    def pose(self, at: float, *, mask: bool = False) -> Pose:
        gone = at - self.since - REACTION
        if self.code == "blink" and 0 <= gone <= BLINK_SECONDS:
            return Pose(0.0, 1.0 if 0.1 <= gone <= BLINK_SECONDS - 0.15 else 0.5, mask)
        if self.code in {"turn_left", "turn_right"} and 0 <= gone <= TURN_SECONDS:
            share = min(1.0, gone / 0.5, (TURN_SECONDS - gone) / 0.5)
            yaw = STEP_DEGREES * round(share * TURN_DEGREES / STEP_DEGREES)
            return Pose(float(yaw if self.code == "turn_left" else -yaw), 0.0, mask)
        return Pose(0.0, 0.0, mask)


class Person:
    """Somebody alive: comes nearer or steps back when told, lowers the mask, turns and blinks."""

    def __init__(self, puppet: Puppet, dice: Generator | None = None, *, face_width: float = 185.0) -> None:
        self._puppet = puppet
        self._dice = dice or default_rng(1)
        self._moves = Moves()
        self._width = face_width
        self._goal = face_width
        self._masked = False
        self._obeys_mask = True

    def masked(self, *, obeys: bool) -> "Person":
        """Wear a mask; ``obeys`` lowers it when asked."""
        self._masked, self._obeys_mask = True, obeys
        return self

    def hear(self, code: str, at: float) -> None:
        self._moves.hear(code, at)
        if code == "too_close":
            self._goal = max(self._goal - 25.0, 150.0)
        elif code == "too_far":
            self._goal = min(self._goal + 15.0, 200.0)
        elif code == "lower_mask" and self._obeys_mask:
            self._masked = False

    def look(self, at: float) -> Image:
        self._width += max(-12.0, min(12.0, self._goal - self._width))
        sway = self._dice.normal(0, 0.8, 2)
        middle = (scenes.WIDTH / 2 + float(sway[0]), scenes.HEIGHT / 2 + 10 + float(sway[1]))
        picture = self._puppet.pose(self._moves.pose(at, mask=self._masked))
        frame = scenes.person(picture, self._puppet.centre, face_width=self._width, at=middle)
        return scenes.sensed(frame, self._dice)


class Company:
    """Two people side by side."""

    def __init__(self, left: Puppet, right: Puppet, dice: Generator | None = None) -> None:
        self._pair = (left, right)
        self._dice = dice or default_rng(2)
        self._moves = Moves()

    def hear(self, code: str, at: float) -> None:
        self._moves.hear(code, at)

    def look(self, at: float) -> Image:
        pose = self._moves.pose(at)
        places = ((scenes.WIDTH * 0.27, scenes.HEIGHT / 2), (scenes.WIDTH * 0.73, scenes.HEIGHT / 2))
        left, right = (
            scenes.person(one.pose(pose), one.centre, face_width=135, at=place)
            for one, place in zip(self._pair, places, strict=True)
        )
        return scenes.sensed(scenes.beside(left, right), self._dice)


class Print:
    """A printed photo held up: grey as on the chip or in colour, flat or bent, turned by hand when asked to turn.

    ``holes``: the attacker looks through cut-out eyes, so that a blink is answered.
    """

    def __init__(
        self,
        puppet: Puppet,
        dice: Generator | None = None,
        *,
        grey: bool = True,
        bend: float = 0.0,
        holes: bool = False,
        border: int = 14,
        face_width: float = 165.0,
    ) -> None:
        self._dice = dice or default_rng(3)
        self._moves = Moves()
        self._bend, self._width, self._holes = bend, face_width, holes
        self._sheets: dict[bool, Image] = {
            closed: scenes.sheet(
                puppet.pose(Pose(0.0, 1.0 if closed else 0.0)), puppet.centre, grey=grey, border=border
            )
            for closed in ((False, True) if holes else (False,))
        }

    def hear(self, code: str, at: float) -> None:
        self._moves.hear(code, at)

    def look(self, at: float) -> Image:
        pose = self._moves.pose(at)
        sheet = self._sheets[self._holes and pose.blink > 0]
        shake = self._dice.normal(0, 1.2, 3)
        frame = scenes.held(
            sheet,
            face_width=self._width,
            yaw=1.2 * pose.yaw,
            bend=self._bend,
            tilt=2.0 + 0.3 * float(shake[2]),
            at=(scenes.WIDTH / 2 + float(shake[0]), scenes.HEIGHT / 2 + float(shake[1])),
        )
        return scenes.sensed(frame, self._dice)


class Screen:
    """A tablet that plays a recording of the person turning and blinking.

    ``knows`` is the worst case: somebody steers the recording by what the reader asks; else it plays in a loop.
    """

    def __init__(
        self,
        puppet: Puppet,
        dice: Generator | None = None,
        *,
        knows: bool = False,
        moire: float = 0.08,
        border: int = 22,
        face_width: float = 165.0,
    ) -> None:
        self._puppet = puppet
        self._dice = dice or default_rng(4)
        self._knows, self._moire, self._border, self._width = knows, moire, border, face_width
        self._moves = Moves()

    def hear(self, code: str, at: float) -> None:
        if self._knows:
            self._moves.hear(code, at)

    def look(self, at: float) -> Image:
        if not self._knows:
            part = ("turn_left", "blink", "turn_right", "")[int(at / 2.5) % 4]
            self._moves.hear(part, 2.5 * int(at / 2.5))
        picture = self._puppet.pose(self._moves.pose(at))
        shake = self._dice.normal(0, 0.8, 2)
        frame = scenes.held(
            scenes.display(picture, self._puppet.centre, border=self._border),
            face_width=self._width,
            at=(scenes.WIDTH / 2 + float(shake[0]), scenes.HEIGHT / 2 + float(shake[1])),
            moire=self._moire,
        )
        return scenes.sensed(frame, self._dice)


class Scene:
    """Something that does not answer: nobody, darkness."""

    def __init__(self, draw: Callable[[], Image], dice: Generator | None = None, *, light: float = 1.0) -> None:
        self._draw = draw
        self._dice = dice or default_rng(5)
        self._light = light

    def hear(self, code: str, at: float) -> None:
        """Nobody listens."""

    def look(self, at: float) -> Image:
        return scenes.sensed(self._draw(), self._dice, light=self._light)


class Dim:
    """Another actor in bad light. ``mends``: somebody switches the light on when asked."""

    def __init__(
        self, actor: Actor, dice: Generator | None = None, *, light: float = 0.15, mends: bool = False
    ) -> None:
        self._actor = actor
        self._dice = dice or default_rng(6)
        self._light, self._mends = light, mends

    def hear(self, code: str, at: float) -> None:
        if code == "more_light" and self._mends:
            self._light = 1.0
        self._actor.hear(code, at)

    def look(self, at: float) -> Image:
        frame = self._actor.look(at)
        return frame if self._light == 1.0 else scenes.sensed(frame, self._dice, light=self._light)


class Swap:
    """One actor does the challenge, another is held before the camera whenever good frames are taken."""

    def __init__(self, asked: Actor, shown: Actor) -> None:
        self._asked, self._shown = asked, shown
        self._code = ""

    def hear(self, code: str, at: float) -> None:
        self._code = code
        self._asked.hear(code, at)
        self._shown.hear("", at)

    def look(self, at: float) -> Image:
        acting = self._code in {"turn_left", "turn_right", "blink"}
        return (self._asked if acting else self._shown).look(at)
