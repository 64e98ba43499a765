"""The demo's cameras and face method: the card's front, and who the persona looks like, or the attack asked for.

Needs the face packages, the portraits and the built pack (``make face``); without them the face way is closed with
the catalogue's words, as on an appliance without a camera.
"""

import importlib.util
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from edge.face.camera import Camera, Frame
from edge.visit.desk import Desk, Say
from edge.visit.ports import FaceMethod, NoFace
from protocol.errors import OnshiError
from protocol.errors.face import CAMERA_UNAVAILABLE
from protocol.errors.visit import FACE_NOT_READY
from sandbox import portraits
from sandbox.card import CardPersonalisation
from sandbox.cast import Persona

if TYPE_CHECKING:
    from sandbox.camera.fake import FakeCamera
    from sandbox.camera.presentations import Wardrobe

PACKAGES = ("cv2", "numpy", "onnxruntime")
REMEDY = "make face"
SHOWN = (
    "still", "coming-closer", "too-close-first", "mask-lowered", "dark-then-lit",
    "grey-print", "grey-print-bent", "colour-print", "colour-print-bent", "paper-mask",
    "replay", "replay-steered", "replay-steered-fine-screen", "replay-steered-filling-view",
    "another-person", "other-then-print", "other-then-holder",
    "two-people", "nobody", "darkness", "mask-kept-on",
)  # fmt: skip
"""The names in `sandbox.camera.presentations`, without its packages; a test holds both together."""
DEFAULT_SHOWN = SHOWN[0]
FRONTS = ("clean", "covered", "none")
"""What the camera over the reader sees: the front; a sticker on its security code; or there is no such camera."""
DEFAULT_FRONT = FRONTS[0]


def missing() -> str | None:
    """What is not installed of what the face way needs; None when all is there."""
    absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if absent:
        return ", ".join(absent)
    return None if portraits.installed() else "portraits"


class DemoFace:
    """One face method for all visits of a demo; ``seat`` puts somebody before the camera, ``lay`` a card under one."""

    def __init__(self, models: Path, shown: str = DEFAULT_SHOWN, front: str = DEFAULT_FRONT) -> None:
        self._models = models
        self._shown = shown
        self._front = front
        self._seat = _Seat()
        self._reader = _Seat()
        self._person: FakeCamera | None = None
        self._wardrobe: Wardrobe | None = None

    def method(self, desk: Desk, *, today: Callable[[], date]) -> FaceMethod:
        """The method for an appliance with that desk."""
        if absent := missing():
            return NoFace(OnshiError(FACE_NOT_READY, missing=absent, run=REMEDY))
        from edge.face.front import CardFront, TypedFront
        from edge.face.process import FaceWorker
        from edge.face.session import FaceRecognition
        from edge.ocr.process import FrontWorker
        from edge.ocr.seen import SeenFront

        front: CardFront = TypedFront(desk)
        if self._front != "none":
            front = SeenFront(FrontWorker(self._models), self._reader, front, today=today)
        return FaceRecognition(FaceWorker(self._models), self._seat, front)

    def lay(self, made: CardPersonalisation, world: str) -> None:
        """A card comes to lie on the reader, front up. Takes a moment. ``world`` is its seed."""
        if missing() or self._front == "none":
            return
        from PIL import Image

        from sandbox.fronts.draw import draw
        from sandbox.fronts.over import CameraOverReader, covered
        from sandbox.fronts.text import front_of

        try:
            flat = draw(front_of(made, world), photo=Image.open(io.BytesIO(made.photo)) if made.photo else None)
        except OnshiError:
            self._reader.camera = None  # no typefaces: nothing is seen, and the clerk types
            return
        self._reader.camera = CameraOverReader(covered(flat) if self._front == "covered" else flat)

    def seat(self, persona: Persona, seed: int = 1) -> None:
        """Somebody comes: who the persona looks like, behaving as was asked. Takes about a second the first time."""
        if missing():
            return
        import numpy as np

        from sandbox.camera.fake import FakeCamera
        from sandbox.camera.presentations import EVERYTHING, Wardrobe

        try:
            wardrobe = self._wardrobe = self._wardrobe or Wardrobe(self._models)
        except OnshiError:
            return  # the worker says the same of the pack, and closes the way
        presentation = EVERYTHING[self._shown]
        people = wardrobe.people(portraits.of(persona))
        actor = presentation.make(people, np.random.default_rng(seed))
        self._seat.camera = self._person = FakeCamera(actor, rate=presentation.rate)

    def hear(self, said: Say) -> None:
        """What the patient's screen says reaches whoever stands before the camera."""
        if said.code.startswith("face_") and self._person is not None:
            self._person.hear(said.code.removeprefix("face_"))


class _Seat:
    """A camera of the reception desk; who or what is before it changes."""

    camera: Camera | None = None

    async def open(self) -> None:
        await self._present().open()

    async def frame(self) -> Frame:
        return await self._present().frame()

    async def close(self) -> None:
        await self._present().close()

    def _present(self) -> Camera:
        if self.camera is None:
            raise OnshiError(CAMERA_UNAVAILABLE, reason="nothing is before it")
        return self.camera
