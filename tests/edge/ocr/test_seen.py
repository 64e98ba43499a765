"""The card is shown to the camera; what cannot be read for certain is typed by the clerk."""

import asyncio
from collections.abc import Iterable
from datetime import date

import pytest

from edge.face.camera import Frame
from edge.ocr.reading import Reading
from edge.ocr.seen import PATIENCE, SeenFront
from edge.visit.desk import Say
from edge.visit.stopwatch import Stopwatch
from edge.visit.talk import Talk
from protocol.errors import Fault, OnshiError, card, models_
from protocol.errors import face as faults
from tests.edge.ocr.conftest import TODAY

READ, OTHER, TYPED = b"55021720352285", b"55021720352286", b"55021720359999"


def reading(number: bytes, least: float = 1.0) -> Reading:
    return Reading(number_b=bytearray(number), birth=least, expiry=1.0, code=1.0, way="windows")


class Listening:
    """A desk that is told things; nothing else is asked of it here."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    async def tell(self, said: Say) -> None:
        self.codes.append(said.code)


class Frames:
    """A camera of nothing in particular; every frame carries a byte, to see it zeroed."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.opened = self.closed = 0
        self.given: list[Frame] = []
        self.at = 100.0
        self._fault = fault

    async def open(self) -> None:
        self.opened += 1

    async def frame(self) -> Frame:
        if self._fault:
            raise OnshiError(self._fault)
        self.at += 1.0
        self.given.append(Frame(bytearray(b"\7"), self.at))
        return self.given[-1]

    async def close(self) -> None:
        self.closed += 1


class Fronts:
    """Answers one thing after the other, the last one for ever."""

    def __init__(self, *answers: Reading | Fault) -> None:
        self._answers = list(answers)
        self.asked = self.warmed = self.forgotten = self.stopped = 0

    def warm(self) -> None:
        self.warmed += 1

    async def stop(self) -> None:
        self.stopped += 1

    async def forget(self) -> None:
        self.forgotten += 1

    async def read(self, frame: Frame, today: date) -> Reading:
        assert today == TODAY
        frame.data[:] = bytes(len(frame.data))
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Reading):
            return answer
        raise OnshiError(answer)


class Typed:
    def __init__(self) -> None:
        self.attempts: list[int] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def number_b(self, talk: Talk, attempt: int) -> bytearray | None:
        self.attempts.append(attempt)
        return bytearray(TYPED)


class Room:
    """One visit's talk, the screen beside the camera, and a camera whose clock moves a second a frame."""

    def __init__(self, fronts: Fronts, camera: Frames | None = None) -> None:
        self.desk, self.typed, self.camera = Listening(), Typed(), camera or Frames()
        self.gone = asyncio.Event()
        self.talk = Talk(self.desk, self.gone, Stopwatch(lambda: 0.0), seconds=5)  # type: ignore[arg-type] - only told
        self.shown: list[str | None] = []
        self.front = SeenFront(fronts, self.camera, self.typed, today=lambda: TODAY, screen=self)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def show(self, said: Say | None) -> None:
        self.shown.append(said.code if said else None)

    async def number(self, attempt: int = 0) -> bytes:
        found = await self.front.number_b(self.talk, attempt)
        assert self.camera.opened == self.camera.closed
        return bytes(found or b"")


async def test_a_certain_reading_counts_at_once() -> None:
    room = Room(Fronts(reading(READ)))
    assert await room.number() == READ
    assert room.desk.codes == ["front_show", "front_read"]
    assert room.typed.attempts == []


async def test_each_hint_is_told_once() -> None:
    answers: Iterable[Reading | Fault] = (
        faults.FRONT_NOT_FOUND, faults.FRONT_NOT_FOUND, faults.FRONT_TOO_FAR, faults.FRONT_GLARE, faults.FRONT_TOO_FAR,
        reading(READ),
    )  # fmt: skip
    room = Room(Fronts(*answers))
    assert await room.number() == READ
    assert room.desk.codes == ["front_show", "FACE-020", "FACE-021", "FACE-022", "front_read"]
    assert room.shown == ["front_show", "FACE-020", "FACE-021", "FACE-022", None]


async def test_a_less_certain_reading_has_to_come_twice() -> None:
    first, second, third = reading(READ, 0.9), reading(OTHER, 0.9), reading(OTHER, 0.9)
    room = Room(Fronts(first, second, third))
    assert await room.number() == OTHER
    assert first.number_b == bytes(14)
    assert second.number_b == bytes(14)


async def test_what_cannot_be_read_in_time_is_typed() -> None:
    fronts = Fronts(faults.FRONT_UNSURE)
    room = Room(fronts)
    assert await room.number() == TYPED
    assert fronts.asked == PATIENCE + 1
    assert room.typed.attempts == [0]
    assert fronts.forgotten == 1
    assert not any(any(frame.data) for frame in room.camera.given)


async def test_a_number_that_the_card_refused_is_not_read_again() -> None:
    fronts = Fronts(reading(READ))
    room = Room(fronts)
    assert await room.number(attempt=1) == TYPED
    assert (fronts.asked, room.camera.opened, room.typed.attempts) == (0, 0, [1])


async def test_the_reader_is_loaded_before_the_first_card_comes_and_ends_with_the_method() -> None:
    fronts = Fronts(reading(READ))
    front = Room(fronts).front
    await front.start()
    await front.stop()
    assert (fronts.warmed, fronts.stopped, fronts.asked) == (1, 1, 0)


@pytest.mark.parametrize("fault", [faults.FRONT_READER_DOWN, models_.FILE_DIFFERS, models_.PACK_NOT_BUILT])
async def test_a_reader_that_is_down_leads_to_typing(fault: Fault) -> None:
    room = Room(Fronts(fault))
    assert await room.number() == TYPED


async def test_a_camera_that_is_gone_leads_to_typing() -> None:
    room = Room(Fronts(reading(READ)), Frames(faults.CAMERA_UNAVAILABLE))
    assert await room.number() == TYPED


async def test_a_card_that_leaves_ends_it() -> None:
    room = Room(Fronts(faults.FRONT_NOT_FOUND))
    room.gone.set()
    with pytest.raises(OnshiError) as told:
        await room.number()
    assert told.value.fault is card.REMOVED
    assert not any(room.camera.given[-1].data)
