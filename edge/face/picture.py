"""Pictures from outside, decoded under limits: the chip's JPEG 2000, camera frames, files of the verify command.

Size is read from the header before a pixel is decoded. Result is always BGR, three channels, upright; a grey photo
becomes three equal channels. Not for drawing or writing: nothing here ever writes a picture.
"""

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from edge.face.align import Image
from protocol.errors import OnshiError, face

MAX_BYTES = 16 * 1024 * 1024
MAX_PIXELS = 20_000_000
CHIP_FORMATS = ("JPEG2000",)
CHIP_MAX_PIXELS = 4_000_000
"""A chip photo fits 32 KiB; more pixels than this is an attack on the decoder, not a photo."""
LIVE_FORMATS = ("JPEG", "PNG")
LIVE_MAX_PIXELS = 8_300_000
"""3840 x 2160; a camera that gives more is set wrong."""


def decode(
    data: bytes | bytearray | memoryview, *, formats: tuple[str, ...] | None = None, max_pixels: int = MAX_PIXELS
) -> Image:
    """The picture as BGR uint8 (height, width, 3); raises `PICTURE_TOO_LARGE` or `PICTURE_UNREADABLE`."""
    if len(data) > MAX_BYTES:
        raise OnshiError(face.PICTURE_TOO_LARGE, bytes=len(data))
    held = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(held, formats=formats) as opened:
                width, height = opened.size
                if width * height > max_pixels:
                    raise OnshiError(face.PICTURE_TOO_LARGE, width=width, height=height)
                if opened.mode in {"I;16", "I;16B", "I;16L", "I"}:
                    grey = np.asarray(opened, dtype=np.float64)
                    peak = max(float(grey.max(initial=1.0)), 255.0)
                    rgb = np.repeat((grey * (255.0 / peak)).astype(np.uint8)[:, :, None], 3, axis=2)
                else:
                    ImageOps.exif_transpose(opened, in_place=True)
                    rgb = np.asarray(opened if opened.mode == "RGB" else opened.convert("RGB"), dtype=np.uint8)
    except OnshiError:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
        OverflowError,
        Pillow.DecompressionBombError,
        IndexError,
        TypeError,
        KeyError,
    ) as wrong:  # fmt: skip - what Pillow's decoders raise on hostile input
        raise OnshiError(face.PICTURE_UNREADABLE, reason=type(wrong).__name__) from None
    finally:
        if not held.closed:
            held.getbuffer()[:] = bytes(held.getbuffer().nbytes)
    if min(rgb.shape[:2]) < 16:
        raise OnshiError(face.PICTURE_UNREADABLE, reason="smaller than 16 pixels")
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def decode_file(file: Path) -> Image:
    """The picture in a file of any format that Pillow reads; what `decode` raises names the file."""
    try:
        return decode(file.read_bytes())
    except OSError as refused:
        raise OnshiError(face.PICTURE_UNREADABLE, file=file.name, reason=type(refused).__name__) from None
    except OnshiError as refused:
        raise OnshiError(refused.fault, file=file.name, **refused.details) from None


def decode_chip_photo(data: bytes | bytearray) -> Image:
    """The photo of 券面AP DF27: JPEG 2000 only, grey or colour, any sane size."""
    return decode(data, formats=CHIP_FORMATS, max_pixels=CHIP_MAX_PIXELS)


def decode_frame(data: bytes | bytearray | memoryview) -> Image:
    """A coded camera frame: JPEG or PNG."""
    return decode(data, formats=LIVE_FORMATS, max_pixels=LIVE_MAX_PIXELS)


def raw_frame(data: memoryview, coding: str, width: int, height: int) -> Image:
    """A raw frame (``bgr``, ``i420``, ``grey``) as BGR, in memory of its own. Raises `PICTURE_UNREADABLE`."""
    pixels = width * height
    wanted = {"bgr": 3 * pixels, "i420": pixels * 3 // 2, "grey": pixels}.get(coding)
    if wanted != len(data) or min(width, height) < 16 or width % 2 or height % 2:
        raise OnshiError(face.PICTURE_UNREADABLE, reason="size of a raw frame")
    flat = np.frombuffer(data, dtype=np.uint8)
    if coding == "bgr":
        return flat.reshape(height, width, 3).copy()
    if coding == "grey":
        return np.repeat(flat.reshape(height, width, 1), 3, axis=2)
    converted = cv2.cvtColor(flat.reshape(height * 3 // 2, width), cv2.COLOR_YUV2BGR_I420)
    return np.asarray(converted, dtype=np.uint8)
