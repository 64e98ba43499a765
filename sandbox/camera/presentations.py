"""Named presentations to the camera: genuine approaches and the cast of attacks, each with how it has to end.

Attack names say the presentation attack instrument (ISO/IEC 30107-1). The list is what tests, demo and the model
card's counts go through.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from edge.face.align import Image
from edge.face.engine import LeanEngine
from edge.face.mesh import FaceMesh
from edge.face.pack import Pack
from sandbox import portraits
from sandbox.camera import scenes
from sandbox.camera.actors import Actor, Company, Dim, Person, Print, Scene, Screen, Swap
from sandbox.camera.puppet import Puppet


@dataclass(frozen=True)
class People:
    """``holder`` is whose card it is, ``other`` somebody else."""

    holder: Puppet
    other: Puppet


@dataclass(frozen=True)
class Presentation:
    """``make`` gives the actor. ``rate``: frames per second that suffice to tell how it ends."""

    name: str
    accepted: bool
    make: Callable[[People, Generator], Actor]
    rate: float = 8.0


def _lamp(people: People, dice: Generator) -> Actor:
    return Dim(Person(people.holder, dice), dice, mends=True)


GENUINE = (
    Presentation("still", True, lambda p, d: Person(p.holder, d)),
    Presentation("coming-closer", True, lambda p, d: Person(p.holder, d, face_width=60)),
    Presentation("too-close-first", True, lambda p, d: Person(p.holder, d, face_width=500)),
    Presentation("mask-lowered", True, lambda p, d: Person(p.holder, d).masked(obeys=True)),
    Presentation("dark-then-lit", True, _lamp),
)
ATTACKS = (
    Presentation("grey-print", False, lambda p, d: Print(p.holder, d), 3.0),
    Presentation("grey-print-bent", False, lambda p, d: Print(p.holder, d, bend=0.5), 3.0),
    Presentation("colour-print", False, lambda p, d: Print(p.holder, d, grey=False), 3.0),
    Presentation("colour-print-bent", False, lambda p, d: Print(p.holder, d, grey=False, bend=0.6), 3.0),
    Presentation("paper-mask", False, lambda p, d: Print(p.holder, d, grey=False, bend=0.6, holes=True, border=0), 5.0),
    Presentation("replay", False, lambda p, d: Screen(p.holder, d), 6.0),
    Presentation("replay-steered", False, lambda p, d: Screen(p.holder, d, knows=True), 6.0),
    Presentation("replay-steered-fine-screen", False, lambda p, d: Screen(p.holder, d, knows=True, moire=0.0), 6.0),
    Presentation("another-person", False, lambda p, d: Person(p.other, d), 6.0),
    Presentation("other-then-print", False, lambda p, d: Swap(Person(p.other, d), Print(p.holder, d, grey=False)), 5.0),
    Presentation("other-then-holder", False, lambda p, d: Swap(Person(p.other, d), Person(p.holder, d)), 6.0),
)  # fmt: skip
UNFIT = (
    Presentation("two-people", False, lambda p, d: Company(p.holder, p.other, d), 1.0),
    Presentation("nobody", False, lambda p, d: Scene(scenes.room, d), 1.0),
    Presentation("darkness", False, lambda p, d: Dim(Person(p.holder, d), d), 1.0),
    Presentation("mask-kept-on", False, lambda p, d: Person(p.holder, d).masked(obeys=False), 1.0),
)
"""No attacks, and nobody is let in: coaching only, no try is lost."""
KNOWN_GAPS = (
    Presentation(
        "replay-steered-filling-view",
        True,
        lambda p, d: Screen(p.holder, d, knows=True, moire=0.0, border=0, face_width=300.0),
        6.0,
    ),
)
"""Attacks that the cues do **not** stop: a recording steered live, on a screen without a visible grid that fills the
view. The model card says so; an operator who needs more supplies an attack detector."""
EVERYTHING = {one.name: one for one in (*GENUINE, *ATTACKS, *UNFIT, *KNOWN_GAPS)}


class NoPortraits(LookupError):
    """The portrait packages are not installed: ``make face``."""


class Wardrobe:
    """Puppets of the portraits, made once; needs the built model pack."""

    def __init__(self, models: Path) -> None:
        """Raises `OnshiError` where the pack is not usable."""
        pack = Pack(models)
        self._engine = LeanEngine(pack)
        self._mesh = FaceMesh(pack)
        self.puppet = cache(self._puppet)

    def _puppet(self, portrait: portraits.Portrait) -> Puppet:
        """Raises `NoPortraits`."""
        picture = portraits.live_picture(portrait)
        if picture is None:
            raise NoPortraits(portrait.name)
        return Puppet(_bgr(np.asarray(picture, dtype=np.uint8)), self._engine, self._mesh)

    def people(self, holder: portraits.Portrait) -> People:
        """The holder and somebody else."""
        other = next(one for one in portraits.EVERYBODY if one is not holder)
        return People(self.puppet(holder), self.puppet(other))


def _bgr(rgb: Image) -> Image:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)
