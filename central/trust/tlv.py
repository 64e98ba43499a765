"""Reading of BER/DER objects by position, for what `cryptography` does not read: CV certificates, card files, CRLs.

Not an ASN.1 compiler: definite lengths only, nothing is copied until asked for. ISO/IEC 8825-1 clause 8.1.
"""

from typing import NamedTuple


class Malformed(ValueError):
    """The bytes are not the objects that were expected."""


class Span(NamedTuple):
    """One object: its tag, where it begins, where its value begins, where it ends."""

    tag: int
    begin: int
    start: int
    stop: int


def read(data: bytes, at: int, end: int) -> Span:
    """The object at ``at``, which must end at or before ``end``; raises `Malformed`."""
    try:
        tag, start = _tag(data, at)
        size = data[start]
        start += 1
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4:
                raise Malformed("length is indefinite or too long")
            size = int.from_bytes(data[start : start + count], "big")
            start += count
    except IndexError:
        raise Malformed("object is cut off") from None
    stop = start + size
    if stop > end:
        raise Malformed("object reaches beyond its frame")
    return Span(tag, at, start, stop)


def _tag(data: bytes, at: int) -> tuple[int, int]:
    tag = data[at]
    if tag & 0x1F != 0x1F:
        return tag, at + 1
    for length in (2, 3):
        octet = data[at + length - 1]
        tag = tag << 8 | octet
        if not octet & 0x80:
            return tag, at + length
    raise Malformed("tag is too long")


def children(data: bytes, at: int, end: int) -> list[Span]:
    """All objects from ``at`` to exactly ``end``."""
    found = []
    while at < end:
        span = read(data, at, end)
        found.append(span)
        at = span.stop
    return found


def exactly(data: bytes, *tags: int) -> tuple[bytes, ...]:
    """The values of exactly these objects in this order, with nothing before, between or after."""
    spans = children(data, 0, len(data))
    if tuple(span.tag for span in spans) != tags:
        raise Malformed("other objects than " + " ".join(f"{tag:X}" for tag in tags))
    return tuple(data[span.start : span.stop] for span in spans)
