"""Pictures from outside, decoded under limits: the chip's JPEG 2000, camera frames, files of the verify command.

Size is read from the header before a pixel is decoded. Result is always BGR, three channels, upright; a grey photo
becomes three equal channels. Not for drawing or writing: nothing here ever writes a picture.
"""

import io
import warnings

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


def decode(data: bytes, *, formats: tuple[str, ...] | None = None, max_pixels: int = MAX_PIXELS) -> Image:
    """The picture as BGR uint8 (height, width, 3); raises `PICTURE_TOO_LARGE` or `PICTURE_UNREADABLE`."""
    if len(data) > MAX_BYTES:
        raise OnshiError(face.PICTURE_TOO_LARGE, bytes=len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(io.BytesIO(data), formats=formats) as opened:
                width, height = opened.size
                if width * height > max_pixels:
                    raise OnshiError(face.PICTURE_TOO_LARGE, width=width, height=height)
                if opened.mode in {"I;16", "I;16B", "I;16L", "I"}:
                    grey = np.asarray(opened, dtype=np.float64)
                    peak = max(float(grey.max(initial=1.0)), 255.0)
                    rgb = np.repeat((grey * (255.0 / peak)).astype(np.uint8)[:, :, None], 3, axis=2)
                else:
                    rgb = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"), dtype=np.uint8)
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
    if min(rgb.shape[:2]) < 16:
        raise OnshiError(face.PICTURE_UNREADABLE, reason="smaller than 16 pixels")
    return np.ascontiguousarray(rgb[:, :, ::-1])


def decode_chip_photo(data: bytes) -> Image:
    """The photo of 券面AP DF27: JPEG 2000 only, grey or colour, any sane size."""
    return decode(data, formats=CHIP_FORMATS, max_pixels=CHIP_MAX_PIXELS)
