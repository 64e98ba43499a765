"""BER-TLV as the card's files use it: strict about lengths, silent about meaning.

Definite lengths of up to three bytes, tags of up to three bytes; indefinite lengths are refused. A length need
not be minimal: issuers write ``82`` with a fixed width. Facts: ISO/IEC 7816-4 5.2.2, ISO/IEC 8825-1 8.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from protocol.errors import OnshiError, card

_MORE_TAG = 0x1F


class NotYet(Exception):
    """The bytes end inside the header: more of the file has to be read before its length is known."""


@dataclass(frozen=True)
class Object:
    """One TLV object: ``whole`` is tag, length and value as they stand in the file (what signatures cover)."""

    tag: int
    value: bytes
    whole: bytes


def header(raw: bytes) -> tuple[int, int, int]:
    """Tag, length of the header, length of the value. Raises `NotYet`, or `OnshiError` (`card.GARBLED`)."""
    if not raw:
        raise NotYet
    at = 1
    if raw[0] & _MORE_TAG == _MORE_TAG:
        while True:
            if at >= len(raw):
                raise NotYet
            at += 1
            if not raw[at - 1] & 0x80:
                break
            if at > 2:
                raise _garbled("tag")
    tag = int.from_bytes(raw[:at], "big")
    if at >= len(raw):
        raise NotYet
    first = raw[at]
    at += 1
    if first < 0x80:
        return tag, at, first
    width = first & 0x7F
    if not 1 <= width <= 3:
        raise _garbled("length")
    if at + width > len(raw):
        raise NotYet
    return tag, at + width, int.from_bytes(raw[at : at + width], "big")


def one(raw: bytes, tag: int | None = None) -> Object:
    """The object at the start of ``raw``; what follows it (a file's filler) is left alone."""
    try:
        found, start, length = header(raw)
    except NotYet:
        raise _garbled("header") from None
    if tag is not None and found != tag:
        raise _garbled(f"{tag:X}")
    if start + length > len(raw):
        raise _garbled(f"{found:X}")
    end = start + length
    return Object(found, raw[start:end], raw[:end])


def each(raw: bytes) -> Iterator[Object]:
    """The objects that fill ``raw`` exactly."""
    while raw:
        found = one(raw)
        yield found
        raw = raw[len(found.whole) :]


def children(raw: bytes, tag: int) -> dict[int, Object]:
    """The objects inside the constructed object ``tag`` at the start of ``raw``, by tag; doubles are refused."""
    inside: dict[int, Object] = {}
    for child in each(one(raw, tag).value):
        if child.tag in inside:
            raise _garbled(f"{child.tag:X} twice")
        inside[child.tag] = child
    return inside


def want(inside: dict[int, Object], tag: int) -> Object:
    """The object that has to be there; raises `OnshiError` (`card.GARBLED`) where it is not."""
    found = inside.get(tag)
    if found is None:
        raise _garbled(f"{tag:X} missing")
    return found


def _garbled(where: str) -> OnshiError:
    return OnshiError(card.GARBLED, step="TLV", tag=where)
