"""Whether a frame is good enough to compare, and if not, what to tell the person: one coaching hint at a time.

Hints are codes with words in both languages; they never cost a try. Thresholds that are start values and not
measurements say so. Not for liveness (`edge.face.liveness`) nor for deciding.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.face.align import Image, crop
from edge.face.engine import Face, FaceEngine

Floats = NDArray[np.float32]


class Hint(StrEnum):
    """What to change, most important first where several hold."""

    NOBODY = "nobody"
    ONE_PERSON = "one_person"
    TOO_CLOSE = "too_close"
    TOO_FAR = "too_far"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    LOWER_MASK = "lower_mask"
    LOOK_STRAIGHT = "look_straight"
    HOLD_STILL = "hold_still"


LEAST_WIDTH = 90.0
"""Pixels; the recogniser loses rapidly under some 60, start value of the face reference."""
WIDEST = 0.62
"""Share of the frame's width; above it forehead or chin leave the picture."""
BESIDE = 0.3
"""A second face of this share of the first one's area stands beside, not behind. Start value."""
DARK, BRIGHT = 50.0, 215.0
"""Median brightness of the face, 0..255. Start values."""
DARK_ROOM = 40.0
MOST_YAW, LEAST_PITCH, MOST_PITCH, MOST_ROLL = 0.30, 0.28, 0.78, 25.0
"""Of the five points: nose beside the eyes' middle in eye distances, nose between eyes and mouth, degrees."""
LEAST_SHARPNESS = 0.012
"""Variance of the Laplacian of the aligned face over its brightness variance. Start value."""
COVERED_DISTANCE, COVERED_TEXTURE = 20.0, 12.0
"""CIELAB distance of mouth and chin from the skin between the eyes, and their brightness deviation, of a mask."""


class Quality(NamedTuple):
    """``hint`` None: fit for comparing. ``face`` is the one that the judgement is about."""

    hint: Hint | None
    face: Face | None
    aligned: Image | None = None


def judge(image: Image, faces: Sequence[Face], engine: FaceEngine, *, straight: bool = True) -> Quality:
    """Judge a BGR frame with the faces found in it, largest first; ``straight`` False lets the head be turned."""
    if not faces:
        return Quality(_why_nobody(image, engine), None)
    face = faces[0]
    if len(faces) > 1 and _area(faces[1]) >= BESIDE * _area(face):
        return Quality(Hint.ONE_PERSON, face)
    if hint := _distance(image, face):
        return Quality(hint, face)
    try:
        aligned = crop(image, face.points)
    except ValueError:
        return Quality(Hint.LOOK_STRAIGHT, face)
    return Quality(_of_face(aligned, face, straight=straight), face, aligned)


def _of_face(aligned: Image, face: Face, *, straight: bool) -> Hint | None:
    grey: Image = np.asarray(cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    bright = float(np.median(grey[20:100, 25:87]))
    if bright < DARK:
        return Hint.MORE_LIGHT
    if bright > BRIGHT:
        return Hint.LESS_LIGHT
    if straight and not _looks_straight(face):
        return Hint.LOOK_STRAIGHT
    if _covered(aligned, grey):
        return Hint.LOWER_MASK
    return Hint.HOLD_STILL if sharpness(grey) < LEAST_SHARPNESS else None


def _area(face: Face) -> float:
    return face.box[2] * face.box[3]


def _distance(image: Image, face: Face) -> Hint | None:
    height, width = image.shape[:2]
    x, y, wide, high = face.box
    outside = x < -0.08 * wide or y < -0.12 * high or x + wide > width + 0.08 * wide or y + high > height + 0.12 * high
    if wide > WIDEST * width or high > 0.95 * height:
        return Hint.TOO_CLOSE
    if wide < LEAST_WIDTH:
        return Hint.TOO_FAR
    if outside:
        return Hint.TOO_CLOSE if wide > 0.4 * width else Hint.LOOK_STRAIGHT
    return None


def _why_nobody(image: Image, engine: FaceEngine) -> Hint:
    """A face larger than the picture is not found in it: look again at the picture made smaller, with a margin."""
    if float(np.median(image)) < DARK_ROOM:
        return Hint.MORE_LIGHT
    height, width = image.shape[:2]
    scale = 160 / max(height, width)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    margin = 80
    wide = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    found = engine.detect(np.asarray(wide, dtype=np.uint8))
    if found and found[0].box[2] > WIDEST * small.shape[1]:
        return Hint.TOO_CLOSE
    return Hint.NOBODY


def _looks_straight(face: Face) -> bool:
    right, left, nose, mouth_right, mouth_left = face.points.astype(np.float64)
    across = left - right
    distance = float(np.linalg.norm(across))
    if not np.isfinite(face.points).all() or distance < 1:
        return False
    along = across / distance
    down = np.array([-along[1], along[0]])
    eyes, mouth = (right + left) / 2, (mouth_right + mouth_left) / 2
    tall = float((mouth - eyes) @ down)
    if tall < 0.3 * distance:
        return False
    yaw = abs(float((nose - eyes) @ along)) / distance
    pitch = float((nose - eyes) @ down) / tall
    roll = abs(float(np.degrees(np.arctan2(across[1], across[0]))))
    return yaw <= MOST_YAW and LEAST_PITCH <= pitch <= MOST_PITCH and roll <= MOST_ROLL


def sharpness(grey: Image) -> float:
    """Of an aligned grey face: fine structure over all structure, without a unit; falls with motion blur."""
    face = grey[16:104, 20:92].astype(np.float32)
    return float(cv2.Laplacian(face, cv2.CV_32F).var() / max(float(face.var()), 1.0)) / 10


def _covered(aligned: Image, grey: Image) -> bool:
    """A mask: mouth and chin of another colour than the skin between the eyes, and smooth.

    A beard is of another colour too, but not smooth; a black mask on a dark beard is let through to the comparison.
    """
    skin = np.median(_lab(aligned[38:57, 46:66]), axis=(0, 1))
    lower = aligned[76:104, 38:74]
    distance = float(np.linalg.norm(np.median(_lab(lower), axis=(0, 1)) - skin))
    return distance > COVERED_DISTANCE and float(grey[80:102, 42:70].std()) < COVERED_TEXTURE


def _lab(part: Image) -> Floats:
    return np.asarray(cv2.cvtColor(part.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), dtype=np.float32)
