"""What a photo is, told from its first bytes: format and size in pixels, without decoding it.

Facts: ISO/IEC 15444-1 Annex I (JP2 boxes) and A.5.1 (SIZ); the card's photo is a greyscale JP2.
"""

from edge.card.port import PhotoFacts

JP2_SIGNATURE = bytes.fromhex("0000000c6a5020200d0a870a")
CODESTREAM = bytes.fromhex("ff4fff51")
_LONGEST = 1 << 20


def facts(photo: bytes) -> PhotoFacts:
    """Format, bytes, pixels; ``unknown`` and no pixels for anything else."""
    if photo.startswith(JP2_SIGNATURE):
        width, height = _image_header(photo)
        return PhotoFacts(format="jp2", size=len(photo), width=width, height=height)
    if photo.startswith(CODESTREAM) and len(photo) >= 16:
        return PhotoFacts(format="j2k", size=len(photo), width=_number(photo, 8), height=_number(photo, 12))
    return PhotoFacts(format="unknown", size=len(photo), width=None, height=None)


def _image_header(photo: bytes) -> tuple[int | None, int | None]:
    """Width and height of the ``ihdr`` box, the first one inside ``jp2h``."""
    at = 0
    while at + 8 <= len(photo):
        size, kind = _number(photo, at), photo[at + 4 : at + 8]
        if kind == b"jp2h" and photo[at + 12 : at + 16] == b"ihdr" and at + 24 <= len(photo):
            return _number(photo, at + 20), _number(photo, at + 16)
        if not 8 <= size <= _LONGEST:
            break
        at += size
    return None, None


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "big")
