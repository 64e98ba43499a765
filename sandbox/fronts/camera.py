"""How a camera sees a printed front: from the side, turned, in shade, with glare, out of focus, noisy, as JPEG.

The same seed gives the same picture. The model is ours: it stands in for cameras that nobody here has, and figures
measured with it are figures on simulated pictures.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

Image = NDArray[np.uint8]
"""BGR, (height, width, 3)."""


@dataclass(frozen=True, kw_only=True)
class Strength:
    """How bad the picture gets; each is the most that a seed may draw. Lengths in shares of the card's width."""

    corner: float = 0.03
    """Each corner is moved by up to this (perspective)."""
    turn: float = 8.0
    """Degrees to either side."""
    shade: float = 0.35
    """Share of light lost at the dark end."""
    glare: float = 0.5
    """Chance of a shining spot somewhere on the card."""
    blur: float = 1.1
    """Standard deviation in pixels at a width of 1012; in proportion below."""
    noise: float = 6.0
    """Standard deviation in grey levels."""
    quality: int = 60
    """Lowest JPEG quality; the best is 95."""


MILD = Strength(corner=0.015, turn=3.0, shade=0.2, glare=0.25, blur=0.7, noise=4.0, quality=75)
USUAL = Strength()
HARSH = Strength(corner=0.06, turn=20.0, shade=0.6, glare=1.0, blur=2.2, noise=14.0, quality=35)
STRENGTHS = {"mild": MILD, "usual": USUAL, "harsh": HARSH}


def seen_by_a_camera(
    front: Pillow.Image, seed: int, *, width: int = 1012, strength: Strength = USUAL, turned: int = 0
) -> Image:
    """The picture; the card is ``width`` pixels wide in it before perspective, on some table.

    ``turned``: quarter turns of the whole picture, for a card held upside down (2) or on its side (1, 3).
    """
    dice = np.random.default_rng(seed)
    flat = np.asarray(front.convert("RGBA"), dtype=np.uint8)
    size = (round(width * dice.uniform(1.08, 1.35)), round(width * dice.uniform(0.72, 0.95)))
    table = _table(dice, size)
    matrix = _pose(dice, flat.shape[1], flat.shape[0], width, size, strength)
    shrink = width / flat.shape[1]
    small = cv2.GaussianBlur(flat, (0, 0), 0.35 / shrink) if shrink < 0.7 else flat
    warped = cv2.warpPerspective(small, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    opaque = warped[:, :, 3:] / 255.0
    scene = warped[:, :, 2::-1] * opaque + table * (1 - opaque)
    scene = _light(dice, scene, matrix, flat.shape[1], flat.shape[0], strength)
    sigma = dice.uniform(0.2, strength.blur) * width / 1012
    scene = cv2.GaussianBlur(scene, (0, 0), max(sigma, 0.05))
    grain = dice.standard_normal(scene.shape, dtype=np.float32) * np.float32(dice.uniform(0.5, strength.noise))
    shot = np.clip(scene + grain, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(_through_jpeg(shot, int(dice.integers(strength.quality, 96))), turned))


def as_jpeg(picture: Image, quality: int = 92) -> bytes:
    """The picture as a page posts it."""
    out = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(picture[:, :, ::-1])).save(out, "JPEG", quality=quality)
    return out.getvalue()


def _table(dice: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """What lies under the card: one colour, from dark to nearly white, with some grain."""
    colour = dice.uniform(20, 235) + dice.uniform(-18, 18, 3)
    coarse = dice.normal(0, 6, (max(size[1] // 24, 2), max(size[0] // 24, 2), 1))
    grain = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)[:, :, None]
    return np.asarray(np.clip(colour.astype(np.float32) + grain, 0, 255), dtype=np.float32)


def _pose(
    dice: np.random.Generator, width: int, height: int, wanted: int, size: tuple[int, int], strength: Strength
) -> NDArray[np.float64]:
    """The homography from the drawing's pixels to the picture's."""
    tall = wanted * height / width
    corners = np.array([[-wanted, -tall], [wanted, -tall], [wanted, tall], [-wanted, tall]]) / 2
    angle = np.radians(dice.uniform(-strength.turn, strength.turn))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = corners @ rotation.T + dice.uniform(-strength.corner, strength.corner, (4, 2)) * wanted
    spread = np.ptp(corners, axis=0)
    corners *= min(1.0, 0.98 * size[0] / spread[0], 0.98 * size[1] / spread[1])
    spread = np.ptp(corners, axis=0)
    free = np.maximum(np.array(size) - spread, 0)
    corners += free * dice.uniform(0.05, 0.95, 2) - corners.min(axis=0)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, corners.astype(np.float32)), dtype=np.float64)


def _light(
    dice: np.random.Generator,
    scene: NDArray[np.float32],
    matrix: NDArray[np.float64],
    width: int,
    height: int,
    strength: Strength,
) -> NDArray[np.float32]:
    """Shade falling off to one side, and perhaps one spot that shines."""
    rows, columns = np.mgrid[0 : scene.shape[0], 0 : scene.shape[1]].astype(np.float32)
    angle = dice.uniform(0, 2 * np.pi)
    ramp = columns / scene.shape[1] * np.cos(angle) + rows / scene.shape[0] * np.sin(angle)
    ramp = (ramp - ramp.min()) / max(float(np.ptp(ramp)), 1e-6)
    scene = scene * (1 - dice.uniform(0, strength.shade) * ramp)[:, :, None]
    if dice.random() >= strength.glare:
        return scene
    at = matrix @ np.array([dice.uniform(0, width), dice.uniform(0, height), 1.0])
    x, y = at[:2] / at[2]
    reach = scene.shape[1] * dice.uniform(0.04, 0.14, 2)
    spot = np.exp(-(((columns - x) / reach[0]) ** 2 + ((rows - y) / reach[1]) ** 2))
    return np.asarray(scene + (dice.uniform(40, 220) * spot)[:, :, None], dtype=np.float32)


def _through_jpeg(picture: Image, quality: int) -> Image:
    with Pillow.open(io.BytesIO(as_jpeg(picture, quality))) as coded:
        return np.ascontiguousarray(np.asarray(coded, dtype=np.uint8)[:, :, ::-1])
