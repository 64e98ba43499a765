"""照合番号B as the face path gets it: the card is shown to the camera, and what cannot be read is typed by the clerk.

Implements `edge.face.front.CardFront`. A number that the card has refused is not read a second time in a visit: what
misled the reader once is still printed there. Tries are guarded by `edge.card.guard`.
"""

import time
from collections.abc import Callable
from datetime import date

import structlog

from edge.face.camera import Camera
from edge.face.front import CardFront
from edge.ocr import words
from edge.ocr.process import CardFronts
from edge.ocr.reader import Reading
from edge.visit.talk import Talk
from edge.visit.words import said_fault
from protocol.errors import Fault, OnshiError, card
from protocol.errors import face as faults

log = structlog.get_logger("onshi.ocr")

HINTS = (
    faults.FRONT_NOT_FOUND,
    faults.FRONT_TOO_FAR,
    faults.FRONT_GLARE,
    faults.FRONT_BLURRED,
    faults.FRONT_UNSURE,
    faults.FRONT_PICTURE,
)
"""Refusals after which the next frame may be better."""
PATIENCE = 20.0
"""Seconds that a card is looked for before the clerk is asked to type."""
FRAMES = 60
CERTAIN = 0.99
"""A reading whose every digit is that likely counts at once; any other has to be read again in another frame."""


class SeenFront:
    """``today`` is the day in Japan; ``ticks`` a monotonic clock in seconds. ``typed`` is the second path."""

    def __init__(
        self,
        fronts: CardFronts,
        camera: Camera,
        typed: CardFront,
        *,
        today: Callable[[], date],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fronts = fronts
        self._camera = camera
        self._typed = typed
        self._today = today
        self._ticks = ticks

    async def number_b(self, talk: Talk, attempt: int) -> bytearray | None:
        """See `CardFront`."""
        if attempt == 0:
            try:
                found = await self._seen(talk)
            except OnshiError as refused:
                if refused.fault is card.REMOVED:
                    raise
                log.info("front_closed", fault=refused.fault.code)
                found = None
            if found is not None:
                await talk.say(words.READ)
                return found
        return await self._typed.number_b(talk, attempt)

    async def _seen(self, talk: Talk) -> bytearray | None:
        """The digits; None when time is over. Raises what closes this way: camera, worker, models, card gone."""
        await self._camera.open()
        try:
            await talk.say(words.SHOW)
            return await self._frames(talk)
        finally:
            await self._camera.close()

    async def _frames(self, talk: Talk) -> bytearray | None:
        until = self._ticks() + PATIENCE
        before: Reading | None = None
        shown: Fault | None = None
        try:
            for looked in range(FRAMES):
                if self._ticks() > until:
                    break
                frame = await self._camera.frame()
                if talk.card_gone:
                    frame.data[:] = bytes(len(frame.data))
                    raise OnshiError(card.REMOVED)
                try:
                    reading = await self._fronts.read(frame, self._today())
                except OnshiError as refused:
                    if refused.fault not in HINTS:
                        raise
                    if refused.fault is not shown:
                        shown = refused.fault
                        await talk.say(said_fault(refused))
                    continue
                if reading.least >= CERTAIN or (before is not None and before.number_b == reading.number_b):
                    log.info("front_read", frames=looked + 1, way=reading.way)
                    return reading.number_b
                if before is not None:
                    before.wipe()
                before = reading
            log.info("front_not_read", fault=shown.code if shown else None)
            return None
        finally:
            if before is not None:
                before.wipe()
