"""The camera over the demo's card reader: the printed front of the card that lies there, a little different each frame.

The card moves by a hair and the light flickers; its time is its own. Figures measured with it are simulated.
"""

import asyncio

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from edge.face.camera import Frame
from sandbox.fronts import camera
from sandbox.fronts.draw import DENSITY

WIDTH = 900
"""Pixels across the card."""
STEP = 6.0
"""Seconds of its own time between two frames: who waits in vain waits for few of them."""
_CODE = (17.0, 44.5, 26.5, 50.0)
"""Millimetres: where the security code stands."""


def covered(flat: Pillow.Image) -> Pillow.Image:
    """The same front with a sticker on the security code: it cannot be read, whatever the light."""
    hidden = flat.copy()
    ImageDraw.Draw(hidden).rectangle([round(place * DENSITY) for place in _CODE], fill=(250, 236, 120))
    return hidden


class CameraOverReader:
    """`edge.face.camera.Camera`."""

    def __init__(self, flat: Pillow.Image, *, seed: int = 1, strength: camera.Strength = camera.MILD) -> None:
        self._flat = flat
        self._seeds = np.random.default_rng(seed)
        self._strength = strength
        self._at = 0.0

    async def open(self) -> None:
        """Ready."""

    async def frame(self) -> Frame:
        self._at += STEP
        seed = int(self._seeds.integers(1 << 31))
        seen = await asyncio.to_thread(camera.seen_by_a_camera, self._flat, seed, width=WIDTH, strength=self._strength)
        return Frame(bytearray(camera.as_jpeg(seen)), self._at)

    async def close(self) -> None:
        """Stays where it is."""
