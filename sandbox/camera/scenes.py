"""Frames of a cheap camera: a person before it, a print held up, a screen held up, an empty or dark room.

Drawing only; who does what and when is `sandbox.camera.actors`. BGR, 640 x 480, with sensor noise. All randomness
comes in as a numpy generator, so that a scene is the same for the same seed.
"""

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.face.align import Image
from sandbox.camera.puppet import FACE_WIDTH

WIDTH, HEIGHT = 640, 480
Matrix = NDArray[np.float64]


@cache
def _room() -> Image:
    across = np.linspace(150, 190, WIDTH)[None, :, None]
    down = np.linspace(10, -30, HEIGHT)[:, None, None]
    wall = np.clip(across + down + np.array([8.0, 2.0, -6.0]), 0, 255).astype(np.uint8)
    cv2.ellipse(wall, (90, 380), (70, 120), 10, 0, 360, (90, 120, 80), -1)
    return np.asarray(cv2.GaussianBlur(wall, (0, 0), 9), dtype=np.uint8)


def room() -> Image:
    """A wall with a soft gradient and a plant-like blot; nothing rectangular."""
    return _room().copy()


def person(
    picture: Image,
    centre: NDArray[np.float32],
    *,
    face_width: float,
    at: tuple[float, float] = (WIDTH / 2, HEIGHT / 2),
) -> Image:
    """The posed portrait with its face that many pixels wide, the face's middle at ``at``; its edges run on."""
    scale = face_width / FACE_WIDTH
    matrix = np.array([[scale, 0, at[0] - scale * centre[0]], [0, scale, at[1] - scale * centre[1]]])
    return np.asarray(
        cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.uint8,
    )


def beside(left: Image, right: Image) -> Image:
    """Two people: the left half of one scene and the right half of another."""
    out = left.copy()
    out[:, WIDTH // 2 :] = right[:, WIDTH // 2 :]
    return out


def sheet(picture: Image, centre: NDArray[np.float32], *, grey: bool, border: int = 14) -> Image:
    """An ID photo of the person printed on paper: cropped like one, optionally grey, with a white border."""
    across, tall = int(FACE_WIDTH * 1.9), int(FACE_WIDTH * 2.4)
    left, top = int(centre[0] - across / 2), int(centre[1] - tall / 2)
    matrix = np.array([[1.0, 0, -left], [0, 1.0, -top]])
    cut = cv2.warpAffine(picture, matrix, (across, tall), borderMode=cv2.BORDER_REPLICATE)
    if grey:
        cut = cv2.cvtColor(cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    printed = cv2.convertScaleAbs(cut, alpha=0.82, beta=22)
    return np.asarray(
        cv2.copyMakeBorder(printed, border, border, border, border, cv2.BORDER_CONSTANT, value=(238, 240, 242)),
        dtype=np.uint8,
    )


def display(picture: Image, centre: NDArray[np.float32], *, border: int = 22) -> Image:
    """What a tablet shows: the person, brighter and bluer, in a black bezel."""
    across, tall = int(FACE_WIDTH * 2.0), int(FACE_WIDTH * 2.6)
    left, top = int(centre[0] - across / 2), int(centre[1] - tall / 2)
    matrix = np.array([[1.0, 0, -left], [0, 1.0, -top]])
    cut = cv2.warpAffine(picture, matrix, (across, tall), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    shown = np.clip(cut * np.array([1.12, 1.0, 0.92], dtype=np.float32) + 8, 0, 255).astype(np.uint8)
    return np.asarray(
        cv2.copyMakeBorder(shown, border, border, border, border, cv2.BORDER_CONSTANT, value=(16, 15, 15)),
        dtype=np.uint8,
    )


def held(
    flat: Image,
    *,
    face_width: float,
    yaw: float = 0.0,
    bend: float = 0.0,
    at: tuple[float, float] = (WIDTH / 2, HEIGHT / 2),
    tilt: float = 0.0,
    behind: Image | None = None,
    moire: float = 0.0,
) -> Image:
    """A flat thing held before the camera, turned by ``yaw`` degrees about its upright axis.

    ``bend`` rolls it around that axis (0: flat, 1: half a cylinder); ``moire`` is the depth of a screen's pixel grid.
    """
    out = room() if behind is None else behind.copy()
    tall, across = flat.shape[:2]
    scale = face_width / FACE_WIDTH
    columns = np.linspace(-0.5, 0.5, 25 if bend > 0 else 2)
    distance = 2.2
    angle = np.radians(yaw)
    rows: list[NDArray[np.float64]] = []
    for column in columns:
        if bend > 0:
            arc = bend * np.pi / 2
            x, z = np.sin(column * 2 * arc) / (2 * arc), (np.cos(column * 2 * arc) - 1) / (2 * arc)
        else:
            x, z = column, 0.0
        turned = np.array([x * np.cos(angle) - z * np.sin(angle), x * np.sin(angle) + z * np.cos(angle)])
        near = distance / (distance + turned[1])
        rows.append(np.array([turned[0] * near, near]))
    roll = np.radians(tilt)
    spin = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    for index in range(len(columns) - 1):
        left, right = rows[index], rows[index + 1]
        here = np.array(
            [
                [(columns[index] + 0.5) * across, 0],
                [(columns[index + 1] + 0.5) * across, 0],
                [(columns[index + 1] + 0.5) * across, tall],
                [(columns[index] + 0.5) * across, tall],
            ],
            dtype=np.float32,
        )
        half = tall / 2
        there = np.array(
            [
                [left[0] * across, -half * left[1]],
                [right[0] * across, -half * right[1]],
                [right[0] * across, half * right[1]],
                [left[0] * across, half * left[1]],
            ]
        )
        placed = (there @ spin.T * scale + np.array(at)).astype(np.float32)
        _quad(flat, out, here, placed)
    if moire > 0:
        out = _grid(out, at, across * scale, tall * scale, moire)
    return out


def _quad(source: Image, target: Image, here: NDArray[np.float32], there: NDArray[np.float32]) -> None:
    matrix = cv2.getPerspectiveTransform(here, there)
    left, top = np.maximum(np.floor(there.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(there.max(axis=0)).astype(int) + 2, (WIDTH, HEIGHT))
    if right <= left or bottom <= top:
        return
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], dtype=np.float64)
    size = (int(right - left), int(bottom - top))
    piece = cv2.warpPerspective(source, shift @ matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    stencil = np.zeros((size[1], size[0]), dtype=np.uint8)
    corner = np.array([left, top], dtype=np.float32)
    cv2.fillConvexPoly(stencil, np.round((there - corner) * 16).astype(np.int32), 255, lineType=cv2.LINE_8, shift=4)
    cv2.copyTo(piece, stencil, target[top:bottom, left:right])


def _grid(frame: Image, at: tuple[float, float], across: float, tall: float, depth: float) -> Image:
    """The beat of a screen's pixel grid with the sensor's: fine stripes whose period drifts over the picture."""
    left, right = (int(np.clip(at[0] + side * across / 2, 0, WIDTH)) for side in (-1, 1))
    top, bottom = (int(np.clip(at[1] + side * tall / 2, 0, HEIGHT)) for side in (-1, 1))
    shown = frame[top:bottom, left:right].astype(np.float32)
    striped = shown * (1 + depth * _BEAT[top:bottom, left:right, None])
    out = frame.copy()
    out[top:bottom, left:right] = np.clip(striped, 0, 255).astype(np.uint8)
    return out


def _beat() -> NDArray[np.float32]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    crossed = np.sin(2 * np.pi * (0.311 * x + 0.022 * y)) * np.sin(2 * np.pi * (0.277 * y - 0.015 * x))
    return np.asarray(crossed + 0.5 * np.sin(2 * np.pi * 0.371 * x), dtype=np.float32)


_BEAT = _beat()


def sensed(frame: Image, dice: Generator, *, light: float = 1.0) -> Image:
    """As the sensor gives it: ``light`` scales exposure, noise grows in the dark."""
    dark = frame.astype(np.float32) * np.float32(light)
    noise = dice.standard_normal((HEIGHT // 2, WIDTH // 2, 3), dtype=np.float32) * np.float32(3.2)
    noisy = dark + cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def jpeg(frame: Image, quality: int = 90) -> bytes:
    """As a page posts it."""
    good, coded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError("not coded")
    return bytes(coded)
