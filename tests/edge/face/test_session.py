"""The face way of a visit around its worker: digits, photo, camera, card, and the report that goes to the centre."""

import asyncio
import importlib.util
import socket
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from edge.card import cvc
from edge.card.local import LocalCardPort
from edge.card.port import CardSession, Credential
from edge.face import wire
from edge.face.camera import Frame, PostedCamera
from edge.face.front import TypedFront
from edge.face.liveness import Action
from edge.face.page import CameraPage
from edge.face.photo import is_signed
from edge.face.quality import Hint
from edge.face.screen import NoScreen
from edge.face.session import FaceRecognition
from edge.face.setup import face_method
from edge.face.verification import Prompt
from edge.face.wire import Ended
from edge.face.words import PROMPTS
from edge.ocr.seen import SeenFront
from edge.settings import FaceSettings
from edge.visit.desk import Ending, Say
from edge.visit.ports import FaceMethod, FaceProof, NoFace
from edge.visit.stopwatch import Stopwatch
from edge.visit.talk import Talk
from protocol.errors import Fault, OnshiError, card, face, models_, visit
from protocol.visit import Method
from tests.edge.card.world import port
from tests.edge.fakes import Script, World, pin, printed
from tests.parts.cards import toy_card, toy_photo

NUMBER_B = b"55021720352285"
"""Printed on the toy card."""
STATUS = wire.Status(
    engine="LeanEngine",
    model="ab" * 32,
    threshold=0.45,
    review=0.4,
    detector=None,
    liveness="challenge-1.cues-1.no-cnn",
    locked=True,
)


class StandIn:
    """A worker that answers from a list: prompts, then an ending, or a fault."""

    def __init__(self, *answers: str | Ended | OnshiError) -> None:
        self.answers = list(answers)
        self.fault: OnshiError | None = None
        self.status: wire.Status | None = STATUS
        self.photos: list[bytes] = []
        self.digests: list[str] = []
        self.forgotten = 0
        self.looking: Callable[[], None] = lambda: None

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> wire.Status:
        if self.fault:
            raise self.fault
        return STATUS

    async def begin(self, photo: socket.socket, digest: str) -> wire.Began:
        content = b""
        while more := photo.recv(65536):
            content += more
        self.photos.append(content)
        self.digests.append(digest)
        return wire.Began(number=1, cpu={})

    async def look(self, frame: Frame) -> wire.Looked:
        self.looking()
        frame.data[:] = bytes(len(frame.data))
        answer = self.answers.pop(0)
        if isinstance(answer, OnshiError):
            raise answer
        if isinstance(answer, Ended):
            score = 0.6123456 if answer is Ended.MATCH else None
            return wire.Looked(number=2, prompt="hold_on", tries_left=3, ended=answer.value, score=score, frames=3)
        return wire.Looked(number=2, prompt=answer, tries_left=3)

    async def forget(self) -> None:
        self.forgotten += 1


class Steady:
    """A camera that always has a frame."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.given: list[bytearray] = []

    async def open(self) -> None:
        self.opened += 1

    async def frame(self) -> Frame:
        self.given.append(bytearray(b"frame"))
        return Frame(self.given[-1], len(self.given) / 10)

    async def close(self) -> None:
        self.closed += 1


class Room:
    """One sitting: a toy card, a desk, a worker, a camera."""

    def __init__(self, worker: StandIn, *entries: bytes | None, **made: Any) -> None:
        self.worker = worker
        self.camera = Steady()
        given = [None if one is None else printed(number_b=one) for one in entries]
        self.desk = Script(printed=given)
        self.gone = asyncio.Event()
        self.talk = Talk(self.desk, self.gone, Stopwatch(lambda: 0.0), seconds=1.0)
        self.port: LocalCardPort = port(toy_card(**made))
        self.method = FaceRecognition(worker, self.camera, TypedFront(self.desk))
        self.session: CardSession | None = None

    async def confirm(self) -> FaceProof:
        self.session = await self.port.open()
        return await self.method.confirm(self.session, self.talk)

    async def refused(self, fault: Fault) -> None:
        with pytest.raises(OnshiError) as told:
            await self.confirm()
        assert told.value.fault is fault

    def said(self) -> list[str]:
        return [one.code for one in self.talk.said()]


async def test_a_match_becomes_the_report_and_the_digits_stay_for_the_clerks_screen() -> None:
    room = Room(StandIn("nobody", "hold_on", "hold_on", "turn_left", Ended.MATCH), NUMBER_B)
    proof = await room.confirm()
    assert room.worker.photos == [toy_photo()]
    assert is_signed(bytearray(toy_photo()), room.worker.digests[0])
    report = proof.report
    assert (report.score, report.threshold, report.frames) == (612346, 450000, 3)
    assert (report.model, report.liveness) == (STATUS.model, STATUS.liveness)
    assert report.photo == proof.opening.photo_digest == room.worker.digests[0]
    assert bytes(proof.number_b) == NUMBER_B
    assert room.said() == ["number_b_ask", "face_look", "face_nobody", "face_hold_on", "face_turn_left"]
    assert (room.camera.opened, room.camera.closed, room.worker.forgotten) == (1, 1, 1)


@pytest.mark.parametrize(
    ("ended", "fault"), [(Ended.NOT_CONFIRMED, face.NOT_CONFIRMED), (Ended.NOBODY_FIT, face.NO_FACE_SEEN)]
)
async def test_who_is_not_confirmed_hears_one_word_for_every_reason(ended: Ended, fault: Fault) -> None:
    room = Room(StandIn("hold_on", ended), NUMBER_B)
    await room.refused(fault)
    assert room.worker.forgotten == 1
    assert not any(any(secret) for secret in room.desk.given)


async def test_wrong_digits_may_be_given_anew_but_not_for_ever() -> None:
    right = Room(StandIn(Ended.MATCH), b"0" * 14, NUMBER_B)
    await right.confirm()
    assert card.NUMBER_B_WRONG.code in right.said()
    wrong = Room(StandIn(), *(b"%014d" % n for n in range(4)))
    await wrong.refused(visit.PRINTED_TOO_OFTEN)
    assert wrong.said().count(card.NUMBER_B_WRONG.code) == 3
    assert wrong.worker.photos == []


async def test_the_same_wrong_digits_never_reach_the_card_twice() -> None:
    room = Room(StandIn(Ended.MATCH), b"0" * 14, b"0" * 14, NUMBER_B)
    await room.confirm()
    assert room.said().count(card.NUMBER_B_WRONG.code) == 1
    assert room.said().count(card.NUMBER_B_REPEATED.code) == 1


class Misread:
    """A camera over the reader that misreads one digit; what it gives counts as read, once."""

    def __init__(self, typed: TypedFront) -> None:
        self.typed = typed
        self.attempts: list[int] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def number_b(self, talk: Talk, attempt: int) -> bytearray | None:
        self.attempts.append(attempt)
        return bytearray(MISREAD) if attempt == 0 else await self.typed.number_b(talk, attempt)


MISREAD = b"55021720352286"


async def test_a_misread_front_costs_the_card_one_try_whoever_gives_the_same_digits_again() -> None:
    room = Room(StandIn(), MISREAD, None)
    front = Misread(TypedFront(room.desk))
    room.method = FaceRecognition(room.worker, room.camera, front)
    await room.refused(visit.PRINTED_FORM)
    assert front.attempts == [0, 1, 2]
    assert room.said() == [card.NUMBER_B_WRONG.code, "number_b_ask", card.NUMBER_B_REPEATED.code, "number_b_ask"]
    assert room.session is not None
    assert (await room.session.tries(Credential.NUMBER_B)).left == 9


async def test_after_a_misread_front_the_clerk_types_and_the_visit_goes_on() -> None:
    room = Room(StandIn(Ended.MATCH), NUMBER_B)
    room.method = FaceRecognition(room.worker, room.camera, Misread(TypedFront(room.desk)))
    assert bytes((await room.confirm()).number_b) == NUMBER_B


async def test_with_three_tries_left_nobody_is_asked_for_the_number() -> None:
    room = Room(StandIn())
    virtual = toy_card()
    virtual.secret("surface", 0x12).left = 3
    room.port = port(virtual)
    front = Misread(TypedFront(room.desk))
    room.method = FaceRecognition(room.worker, room.camera, front)
    await room.refused(card.NUMBER_B_GUARDED)
    assert front.attempts == []
    assert virtual.secret("surface", 0x12).left == 3


async def test_a_clerk_who_types_nothing_goes_another_way() -> None:
    await Room(StandIn(), None).refused(visit.PRINTED_FORM)


async def test_a_card_without_a_photo_leads_elsewhere() -> None:
    room = Room(StandIn(), NUMBER_B, photo=None)
    await room.refused(face.PHOTO_MISSING)
    assert room.camera.opened == 0


async def test_a_card_that_leaves_before_the_camera_ends_it() -> None:
    room = Room(StandIn("hold_on", "hold_on", Ended.MATCH), NUMBER_B)
    room.worker.looking = room.gone.set
    await room.refused(card.REMOVED)
    assert not any(any(frame) for frame in room.camera.given)
    assert room.worker.forgotten == 1


async def test_single_broken_frames_are_passed_over_and_a_broken_camera_is_not() -> None:
    broken = OnshiError(face.PICTURE_UNREADABLE)
    await Room(StandIn(broken, "hold_on", broken, Ended.MATCH), NUMBER_B).confirm()
    await Room(StandIn(*[broken] * 30), NUMBER_B).refused(face.CAMERA_UNAVAILABLE)


class Unplugged(Steady):
    """Gone after two frames."""

    async def frame(self) -> Frame:
        if len(self.given) == 2:
            raise OnshiError(face.CAMERA_UNAVAILABLE, reason="unplugged")
        return await super().frame()


async def test_a_camera_that_is_unplugged_in_the_middle_ends_it_with_everything_zeroed() -> None:
    room = Room(StandIn("hold_on", "hold_on", Ended.MATCH), NUMBER_B)
    room.camera = Unplugged()
    room.method = FaceRecognition(room.worker, room.camera, TypedFront(room.desk))
    await room.refused(face.CAMERA_UNAVAILABLE)
    assert (room.camera.closed, room.worker.forgotten) == (1, 1)
    assert not any(any(secret) for secret in (*room.desk.given, *room.camera.given))


@pytest.mark.parametrize("fault", [face.WORKER_GONE, face.PHOTO_NO_FACE, models_.FILE_DIFFERS])
async def test_what_goes_wrong_inside_is_told_by_its_own_code(fault: Fault) -> None:
    await Room(StandIn("hold_on", OnshiError(fault)), NUMBER_B).refused(fault)


async def test_models_that_cannot_be_used_are_told_before_anything_is_asked() -> None:
    room = Room(StandIn(), NUMBER_B)
    room.worker.fault = OnshiError(models_.FILE_DIFFERS)
    assert room.method.closed is room.worker.fault
    await room.refused(models_.FILE_DIFFERS)
    assert room.said() == []


async def test_a_forged_surface_is_refused_before_the_photo_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cvc, "verdict", lambda opening, authorities: cvc.Verdict.FORGED)
    room = Room(StandIn(), NUMBER_B)
    await room.refused(card.SURFACE_FORGED)
    assert room.worker.photos == []


@pytest.mark.parametrize(
    ("chip_says", "field"), [({"expiry": "20340217"}, "expiry"), ({"birth_date": "19800218"}, "birth")]
)
async def test_a_print_that_tells_another_story_than_the_chip_is_refused_before_the_photo_is_fetched(
    monkeypatch: pytest.MonkeyPatch, chip_says: dict[str, str], field: str
) -> None:
    room = Room(StandIn(Ended.MATCH), NUMBER_B)
    session = await room.port.open()
    opened = type(session).open_surface

    async def another(self: Any, credential: Credential, digits: bytearray) -> Any:
        return msgspec.structs.replace(await opened(self, credential, digits), **chip_says)

    monkeypatch.setattr(cvc, "verdict", lambda opening, authorities: cvc.Verdict.ISSUER_UNKNOWN)
    monkeypatch.setattr(type(session), "open_surface", another)
    with pytest.raises(OnshiError) as told:
        await room.method.confirm(session, room.talk)
    assert told.value.fault is face.FRONT_DIFFERS
    assert told.value.details == {"field": field}
    assert room.worker.photos == []
    assert not any(any(secret) for secret in room.desk.given)


async def test_a_camera_that_is_unplugged_leaves_the_pin_open(world: World) -> None:
    class Unplugged:
        closed = None

        async def confirm(self, session: object, talk: object) -> FaceProof:
            raise OnshiError(face.CAMERA_UNAVAILABLE, reason="unplugged")

    world.face = Unplugged()  # type: ignore[assignment]
    desk = Script(method=[Method.FACE, Method.PIN], pin=[pin()], consent=[()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert face.CAMERA_UNAVAILABLE.desk_ja in desk.words()
    assert desk.offers[1].methods == (Method.PIN, Method.SIGHT)


async def test_a_closed_face_way_says_why_and_is_not_offered(world: World) -> None:
    world.face = NoFace(OnshiError(models_.PACK_NOT_BUILT))
    desk = Script(method=[Method.FACE, Method.PIN], pin=[pin()], consent=[()])
    record = await world.visit(desk)
    assert Method.FACE not in desk.offers[0].methods
    assert models_.PACK_NOT_BUILT.desk_ja in desk.words()
    assert record.outcome.ending is Ending.ANSWERED


def test_every_prompt_has_words_in_both_languages() -> None:
    assert PROMPTS.keys() == {one.value for kind in (Hint, Action, Prompt) for one in kind}
    assert all(isinstance(said, Say) and said.ja and said.en for said in PROMPTS.values())


def test_the_method_fits_the_settings_and_the_packages(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def method(camera: str, front: str = "") -> FaceMethod:
        chosen = FaceSettings(camera=camera, front_camera=front, models=tmp_path)
        return face_method(chosen, Script(), today=lambda: date(2026, 11, 21))

    none = method("")
    assert none.closed is not None
    assert none.closed.fault is visit.FACE_NOT_READY
    typed, seen = method("/dev/video0"), method("posted", "/dev/video1")
    assert isinstance(typed, FaceRecognition)
    assert isinstance(seen, FaceRecognition)
    assert seen.closed is None
    assert (type(typed._front), type(seen._front)) == (TypedFront, SeenFront)
    assert (type(typed._screen), type(seen._screen)) == (NoScreen, CameraPage)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    bare = method("posted")
    assert bare.closed is not None
    assert bare.closed.fault is models_.SOURCE_MISSING


def test_posted_is_a_camera_for_the_page() -> None:
    assert PostedCamera().post(b"x") is False
