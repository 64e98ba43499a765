"""What passes between the daemon and the face worker: small orders and answers, one message each.

Pictures never stand in a message: the photo comes through a socket pair from the card worker, frames lie in one
shared slot of memory that the worker zeroes as soon as it has decoded them.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.face.camera import LONGEST as LONGEST_FRAME
from edge.face.camera import Coding

LONGEST = 16384
"""Bytes of one message."""
SLOT = LONGEST_FRAME
"""Bytes of the shared slot."""


class Ended(StrEnum):
    MATCH = "match"
    NOT_CONFIRMED = "not_confirmed"
    """All tries used. On purpose nobody learns whether comparison or liveness refused."""
    NOBODY_FIT = "nobody_fit"
    """Time is over and no frame was fit to begin with, or nobody stayed; no try was lost."""


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """A new verification. The photo's bytes come from the descriptor that travels with this."""

    number: int
    digest: str
    """SHA-256 (hex) that the municipality signed over the whole DF27 object."""


class Look(msgspec.Struct, frozen=True, kw_only=True, tag="look"):
    """A frame lies in the slot."""

    number: int
    coding: Coding
    width: Annotated[int, Meta(ge=0, le=16384)]
    height: Annotated[int, Meta(ge=0, le=16384)]
    length: Annotated[int, Meta(ge=1, le=SLOT)]
    at: float


class Forget(msgspec.Struct, frozen=True, kw_only=True, tag="forget"):
    """The verification is over: zero everything."""

    number: int


Order = Begin | Look | Forget


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker has loaded. ``detector`` None: no attack detector (PAD CNN), cues and challenge alone judge."""

    engine: str
    model: str
    threshold: float
    review: float
    detector: str | None
    liveness: str
    locked: bool
    """Whether the frame slot and decoded frames are kept out of swap."""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    status: Status


class Unable(msgspec.Struct, frozen=True, kw_only=True, tag="unable"):
    """The models could not be loaded; the worker ends."""

    code: str
    details: dict[str, str | int]


class Began(msgspec.Struct, frozen=True, kw_only=True, tag="began"):
    number: int
    cpu: dict[str, float]


class Looked(msgspec.Struct, frozen=True, kw_only=True, tag="looked"):
    """What to tell the person after a frame; with ``ended`` it is over (codes of `edge.face.verification`)."""

    number: int
    prompt: str
    tries_left: int
    ended: str | None = None
    score: float | None = None
    frames: int = 0
    cpu: dict[str, float] = {}
    """CPU seconds by step since `Begin`; only with ``ended``."""


class Forgotten(msgspec.Struct, frozen=True, kw_only=True, tag="forgotten"):
    number: int


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """An `OnshiError` as it crosses."""

    number: int
    code: str
    details: dict[str, str | int]


Answer = Ready | Unable | Began | Looked | Forgotten | Failed

_encoder = msgspec.msgpack.Encoder()
_orders: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def encode(message: Order | Answer) -> bytes:
    return _encoder.encode(message)


def order(raw: bytes) -> Order:
    """Raises `msgspec.MsgspecError`."""
    return _orders.decode(raw)


def answer(raw: bytes) -> Answer:
    """Raises `msgspec.MsgspecError`."""
    return _answers.decode(raw)
