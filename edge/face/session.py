"""The face method of a visit: 照合番号B opens photo and signature, the photo goes to the worker, the camera is watched.

Gives a `FaceReport` or a fault that leads to PIN or sight. Pictures never pass through here: the card worker writes
the photo into a socket whose other end is the face worker's, frames go on as they came and are zeroed.
"""

import socket
from typing import Protocol

import structlog

from edge.card import cvc
from edge.card.credentials import check_counter
from edge.card.port import CardSession, Credential, SurfaceOpening
from edge.face import wire
from edge.face.camera import Camera, Frame
from edge.face.front import CardFront
from edge.face.screen import NoScreen, Screen, tell
from edge.face.wire import Ended
from edge.face.words import LOOK, PROMPTS
from edge.ocr import chip
from edge.visit import sorting
from edge.visit.ports import FaceProof
from edge.visit.talk import Talk
from edge.visit.words import said_fault
from protocol.errors import OnshiError, card, face, visit
from protocol.visit import FaceReport

log = structlog.get_logger("onshi.face")

ENTRIES = 3
"""How often 照合番号B may be given in one visit; the card's own counter is guarded besides."""
MILLION = 1_000_000
_BROKEN_FRAMES = 20
"""Frames in a row that cannot be decoded; then the camera counts as gone."""
_OUTCOMES = {Ended.NOT_CONFIRMED.value: face.NOT_CONFIRMED, Ended.NOBODY_FIT.value: face.NO_FACE_SEEN}


class Comparer(Protocol):
    """The face worker, or a stand-in."""

    @property
    def status(self) -> wire.Status | None: ...

    @property
    def fault(self) -> OnshiError | None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> wire.Status: ...

    async def begin(self, photo: socket.socket, digest: str) -> wire.Began: ...

    async def look(self, frame: Frame) -> wire.Looked: ...

    async def forget(self) -> None: ...


class FaceRecognition:
    """Implements `edge.visit.ports.FaceMethod`."""

    def __init__(self, worker: Comparer, camera: Camera, front: CardFront, screen: Screen | None = None) -> None:
        self._worker = worker
        self._camera = camera
        self._front = front
        self._screen = screen or NoScreen()
        self.last: wire.Looked | None = None
        """How the last verification ended: codes and CPU times, for measuring."""

    @property
    def closed(self) -> OnshiError | None:
        """Why the face way is closed now; a worker that is still loading does not close it."""
        return self._worker.fault

    async def start(self) -> None:
        await self._screen.start()
        await self._worker.start()
        await self._front.start()

    async def stop(self) -> None:
        await self._front.stop()
        await self._worker.stop()
        await self._screen.stop()

    async def confirm(self, session: CardSession, talk: Talk) -> FaceProof:
        """See `FaceMethod`. Raises faults of card, camera, models and face."""
        status = await self._worker.ready()
        opening, digits = await self._open(session, talk)
        try:
            if opening.photo_digest is None:
                raise OnshiError(face.PHOTO_MISSING)
            try:
                with talk.time("photo"):
                    await self._show_photo(session, opening.photo_digest)
                with talk.time("face"):
                    told = await self._watch(talk)
            finally:
                await self._worker.forget()
        except BaseException:
            digits[:] = bytes(len(digits))
            raise
        return FaceProof(report=_report(status, told, opening.photo_digest), opening=opening, number_b=digits)

    # --- the card -----------------------------------------------------------------------------------------------

    async def _open(self, session: CardSession, talk: Talk) -> tuple[SurfaceOpening, bytearray]:
        """Open the card face; wrong digits may be given anew. Gives the digits for the clerk's ● screen too.

        The free counter comes first: nobody is asked for a number that may not be tried.
        """
        check_counter(Credential.NUMBER_B, (await session.tries(Credential.NUMBER_B)).left)
        for attempt in range(ENTRIES):
            digits = await self._front.number_b(talk, attempt)
            if digits is None:
                raise OnshiError(visit.PRINTED_FORM)
            kept = bytearray(digits)
            try:
                with talk.time("open_surface"):
                    opening = await session.open_surface(Credential.NUMBER_B, digits)
            except OnshiError as refused:
                kept[:] = bytes(len(kept))
                if not sorting.printed_again(refused):
                    raise
                await talk.say(said_fault(refused))
                if refused.fault in (card.NUMBER_B_BLOCKED, card.NUMBER_B_GUARDED):
                    break
                continue
            finally:
                digits[:] = bytes(len(digits))
            try:
                _trusted(opening, kept)
            except OnshiError:
                kept[:] = bytes(len(kept))
                raise
            return opening, kept
        raise OnshiError(visit.PRINTED_TOO_OFTEN)

    async def _show_photo(self, session: CardSession, digest: str) -> None:
        """From where the card is straight to the face worker."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                await session.photo_to(theirs.fileno())
            await self._worker.begin(ours, digest)

    # --- the camera ---------------------------------------------------------------------------------------------

    async def _watch(self, talk: Talk) -> wire.Looked:
        await self._camera.open()
        try:
            await tell(talk, self._screen, LOOK)
            return await self._frames(talk)
        finally:
            self._screen.show(None)
            await self._camera.close()

    async def _frames(self, talk: Talk) -> wire.Looked:
        shown, broken = "", 0
        while True:
            frame = await self._camera.frame()
            if talk.card_gone:
                frame.data[:] = bytes(len(frame.data))
                raise OnshiError(card.REMOVED)
            try:
                told = await self._worker.look(frame)
            except OnshiError as unreadable:
                broken += 1
                if unreadable.fault not in (face.PICTURE_UNREADABLE, face.PICTURE_TOO_LARGE):
                    raise
                if broken >= _BROKEN_FRAMES:
                    raise OnshiError(face.CAMERA_UNAVAILABLE, reason=unreadable.fault.code) from None
                continue
            broken = 0
            if told.ended is not None:
                return self._ended(told)
            if told.prompt != shown:
                shown = told.prompt
                await tell(talk, self._screen, PROMPTS[shown])

    def _ended(self, told: wire.Looked) -> wire.Looked:
        self.last = told
        log.info("face_ended", ended=told.ended, tries_left=told.tries_left, frames=told.frames)
        if told.ended == Ended.MATCH.value:
            return told
        raise OnshiError(_OUTCOMES.get(told.ended or "", face.NOT_CONFIRMED))


def _trusted(opening: SurfaceOpening, number_b: bytearray) -> None:
    """Raises `SURFACE_FORGED`, and `FRONT_DIFFERS` where the print tells another story than the chip."""
    if cvc.verdict(opening, {}) is cvc.Verdict.FORGED:
        raise OnshiError(card.SURFACE_FORGED)
    chip.check(number_b, opening)


def _report(status: wire.Status, told: wire.Looked, digest: str) -> FaceReport:
    if told.score is None:
        raise OnshiError(face.WORKER_GONE, reason="no score")
    return FaceReport(
        model=status.model,
        score=round(told.score * MILLION),
        threshold=round(status.threshold * MILLION),
        frames=told.frames,
        liveness=status.liveness,
        photo=digest,
    )
