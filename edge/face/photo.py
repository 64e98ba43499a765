"""The chip's photo as the face worker gets it: bytes from a socket, the signed digest, then pixels, then numbers.

The digest is compared before anything is decoded. Facts: `my-number-card` reference, section 3 (DF28 covers SHA-256
of the whole DF27 object).
"""

import hashlib
import socket

from edge.face.align import Image
from edge.face.engine import FaceEngine, Vector
from edge.face.picture import decode_chip_photo
from edge.hardening import lock
from protocol.errors import OnshiError, face

LONGEST = 0x8000
"""Bytes: the card addresses 15 bits."""
_TAG = bytes.fromhex("df27")


def receive(line: socket.socket, seconds: float = 5.0) -> bytearray:
    """Everything up to the end of the stream, in locked memory where allowed. Raises `PICTURE_TOO_LARGE`."""
    line.settimeout(seconds)
    held = bytearray(LONGEST + 1)
    lock(held)
    taken = 0
    view = memoryview(held)
    try:
        while taken < len(held):
            count = line.recv_into(view[taken:])
            if not count:
                break
            taken += count
    except OSError:
        held[:] = bytes(len(held))
        raise OnshiError(face.PICTURE_UNREADABLE, reason="photo did not arrive") from None
    finally:
        view.release()
    if taken > LONGEST:
        held[:] = bytes(len(held))
        raise OnshiError(face.PICTURE_TOO_LARGE, bytes=taken)
    photo = held[:taken]
    held[:] = bytes(len(held))
    return photo


def is_signed(photo: bytearray, digest: str) -> bool:
    """Whether this is the photo of the signed object. A length need not be coded in its shortest form."""
    return any(hashlib.sha256(_TAG + length + photo).hexdigest() == digest for length in _lengths(len(photo)))


def _lengths(length: int) -> list[bytes]:
    short = [bytes([length])] if length < 0x80 else []
    return short + [
        bytes([0x80 | width]) + length.to_bytes(width, "big") for width in (1, 2, 3) if length >> 8 * width == 0
    ]


def reference(photo: bytearray, digest: str, engine: FaceEngine) -> Vector:
    """The embedding to compare with; zeroes ``photo`` and its pixels.

    Raises `PHOTO_MISSING`, `PHOTO_DIFFERS`, `PICTURE_UNREADABLE`, `PICTURE_TOO_LARGE`, `PHOTO_NO_FACE`.
    """
    image: Image | None = None
    try:
        if not photo:
            raise OnshiError(face.PHOTO_MISSING)
        if not is_signed(photo, digest):
            raise OnshiError(face.PHOTO_DIFFERS)
        image = decode_chip_photo(photo)
        lock(image)
        found = engine.detect(image)
        if not found:
            raise OnshiError(face.PHOTO_NO_FACE)
        try:
            return engine.embed(image, found[0])
        except ValueError:
            raise OnshiError(face.PHOTO_NO_FACE) from None
    finally:
        photo[:] = bytes(len(photo))
        if image is not None:
            image.fill(0)
