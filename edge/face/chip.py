"""Turns a portrait into what a chip holds, for measuring: cropped like an ID photo, grey, small, JPEG 2000.

The size (240 x 320, about 12 KB) is an assumption of the project's face reference, no public number exists; accuracy
was found not to depend on it until the face is under some 60 pixels wide.
"""

import io

import cv2
import numpy as np
from PIL import Image as Pillow

from edge.face.align import Image
from edge.face.engine import Face

WIDTH, HEIGHT = 240, 320
BYTES = 12 * 1024
FACE_SHARE = 0.5
"""Height of the face box as a share of the photo's height."""


def id_crop(image: Image, face: Face) -> Image:
    """A 3:4 crop around the face; what lies outside the picture repeats its edge."""
    x, y, width, height = face.box
    tall = height / FACE_SHARE
    wide = tall * WIDTH / HEIGHT
    left, top = x + width / 2 - wide / 2, y + height / 2 - tall / 2
    scale = HEIGHT / tall
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    return np.asarray(
        cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.uint8,
    )


def chip_photo(image: Image, face: Face) -> bytes:
    """The portrait as JPEG 2000 of about 12 KB, grey."""
    grey = cv2.cvtColor(id_crop(image, face), cv2.COLOR_BGR2GRAY)
    out = io.BytesIO()
    Pillow.fromarray(grey).save(out, format="JPEG2000", quality_mode="rates", quality_layers=[WIDTH * HEIGHT / BYTES])
    return out.getvalue()
