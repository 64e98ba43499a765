"""The one byte form of a signed document: JSON with sorted keys, no blanks, UTF-8, integers and strings only.

Bytes are base64 (standard alphabet, padded), days ``YYYY-MM-DD``, moments RFC 3339 with offset. There are no
floats: a score travels in millionths. Decoding refuses every other spelling of the same document, so that what
was signed, what was hashed and what was read are the same bytes (trust rules: "Two documents").
"""

from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class NotCanonical(ValueError):
    """The bytes do not decode to the document, or are not its one canonical spelling."""


def encode(document: msgspec.Struct) -> bytes:
    """The canonical bytes of a document."""
    return msgspec.json.encode(document, order="sorted")


def decode(payload: bytes, kind: type[T]) -> T:
    """The document whose canonical bytes these are; raises `NotCanonical` for anything else."""
    try:
        document = msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as refused:
        raise NotCanonical(f"not a {kind.__name__}: {refused}") from None
    if encode(document) != payload:
        raise NotCanonical(f"not the canonical spelling of a {kind.__name__}")
    return document
