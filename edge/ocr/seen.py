"""照合番号B as the face path gets it: a camera looks at the card on the reader; what it cannot read, the clerk types.

Implements `edge.face.front.CardFront`. A number that the card has refused is not read a second time in a visit: what
misled the reader once is still printed there. Tries are guarded by `edge.card.guard`.
"""

from collections.abc import Callable
from datetime import date

import structlog

from edge.face.camera import Camera
from edge.face.front import CardFront
from edge.face.screen import NoScreen, Screen, tell
from edge.ocr import words
from edge.ocr.process import CardFronts
from edge.ocr.reading import Reading
from edge.visit.talk import Talk
from edge.visit.words import said_fault
from protocol.errors import OnshiError, card
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
"""Seconds of the camera's clock that a card is looked for before the clerk is asked to type."""
FRAMES = 60
CERTAIN = 0.99
"""A reading whose every digit is that likely counts at once; any other has to be read again in another frame."""


class SeenFront:
    """``today`` is the day in Japan. ``typed`` is the second path."""

    def __init__(
        self,
        fronts: CardFronts,
        camera: Camera,
        typed: CardFront,
        *,
        today: Callable[[], date],
        screen: Screen | None = None,
    ) -> None:
        self._fronts = fronts
        self._camera = camera
        self._typed = typed
        self._today = today
        self._screen = screen or NoScreen()

    async def start(self) -> None:
        self._fronts.warm()

    async def stop(self) -> None:
        await self._fronts.stop()

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
            await tell(talk, self._screen, words.SHOW)
            with talk.time("front"):
                return await self._frames(talk)
        finally:
            self._screen.show(None)
            await self._camera.close()
            await self._fronts.forget()

    async def _frames(self, talk: Talk) -> bytearray | None:
        until: float | None = None
        before: Reading | None = None
        shown: set[str] = set()
        try:
            for looked in range(FRAMES):
                frame = await self._camera.frame()
                until = until or frame.at + PATIENCE
                if talk.card_gone:
                    frame.data[:] = bytes(len(frame.data))
                    raise OnshiError(card.REMOVED)
                if frame.at > until:
                    frame.data[:] = bytes(len(frame.data))
                    break
                try:
                    reading = await self._fronts.read(frame, self._today())
                except OnshiError as refused:
                    if refused.fault not in HINTS:
                        raise
                    if refused.fault.code not in shown:
                        # Once each: two that take turns would flicker before the patient.
                        shown.add(refused.fault.code)
                        await tell(talk, self._screen, said_fault(refused))
                    continue
                if reading.least >= CERTAIN or (before is not None and before.number_b == reading.number_b):
                    log.info("front_read", frames=looked + 1, way=reading.way)
                    return reading.number_b
                if before is not None:
                    before.wipe()
                before = reading
            log.info("front_not_read", faults=sorted(shown))
            return None
        finally:
            if before is not None:
                before.wipe()
