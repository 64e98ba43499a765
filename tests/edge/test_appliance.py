"""The appliance as a whole: cards come and go, parts fail and come back, and it stops in order."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from edge.card.port import ReaderState
from edge.daemon import Appliance
from edge.enrolment import make_identity
from edge.reader_watch import ReaderWatch
from edge.settings import EdgeSettings, read_settings
from edge.visit.desk import Ending, VisitRecord
from protocol.errors import OnshiError, card, clinic, device, uplink
from protocol.visit import Method
from tests.edge.clinic.test_folders import NAME, RESULT, request
from tests.edge.fakes import FACILITY, NOW, FakeCentre, FakePort, FakeSession, Script, names, pin
from tests.parts.until import until


class Port(FakePort):
    """A reader that follows the test's hand."""

    def __init__(self) -> None:
        self.sessions: list[FakeSession] = []
        self.states_: asyncio.Queue[ReaderState] = asyncio.Queue()
        self.before: Callable[[str], None] = lambda name: None
        super().__init__(FakeSession(lambda name: None))

    async def open(self) -> FakeSession:
        self.session = FakeSession(lambda name: self.before(name))  # noqa: PLW0108 - the test changes it later
        self.sessions.append(self.session)
        return self.session

    async def states(self) -> AsyncIterator[ReaderState]:
        while True:
            yield await self.states_.get()

    def insert(self) -> None:
        self.states_.put_nowait(ReaderState.PRESENT)

    def eject(self) -> None:
        self.states_.put_nowait(ReaderState.EMPTY)


def settings(folder: Path, url: str = "http://127.0.0.1:9") -> EdgeSettings:
    for name in ("req", "res", "face"):
        (folder / name).mkdir(exist_ok=True)
    made = make_identity(folder / "identity", "dev-1")
    text = f"""
[device]
id = "dev-1"
facility = "{FACILITY}"
[files]
key = "{made.key}"
certificate = "{folder}/device.crt"
centre_ca = "{folder}/ca.pem"
state = "{folder}/state"
[centre]
url = "{url}"
[visit]
question_seconds = 5
[folders]
req = "{folder}/req"
res = "{folder}/res"
face = "{folder}/face"
scan_seconds = 0.3
"""
    return read_settings(text, file="edge.toml", environment={})


class Running:
    def __init__(self, folder: Path, desk: Script) -> None:
        self.folder = folder
        self.port = Port()
        self.desk = desk
        self.centre = FakeCentre()
        self.appliance = Appliance(
            settings(folder), self.port, desk, clock=lambda: NOW, centre=self.centre, nudge_seconds=0.01
        )

    async def records(self, count: int) -> list[VisitRecord]:
        async with asyncio.timeout(60):
            while len(self.desk.records) < count:  # noqa: ASYNC110 - what is waited for is the desk's list
                await asyncio.sleep(0.01)
        return self.desk.records


def visits(count: int) -> Script:
    return Script(method=[Method.PIN] * count, pin=[pin() for _ in range(count)], consent=[()] * count)


async def test_each_card_is_a_visit_and_leaves_its_file(tmp_path: Path) -> None:
    running = Running(tmp_path, visits(2))
    await running.appliance.start()
    try:
        assert running.desk.words()[0] == "マイナンバーカードを置いてください。"
        running.port.insert()
        await running.records(1)
        running.port.eject()
        running.port.insert()
        first, second = await running.records(2)
    finally:
        await running.appliance.stop()
    assert first.visit != second.visit
    assert (first.outcome.ending, second.outcome.ending) == (Ending.ANSWERED, Ending.ANSWERED)
    assert len(names(tmp_path / "face")) == 2
    assert len(running.port.sessions) == 2
    assert running.port.stopped


async def test_a_second_card_starts_anew_and_never_continues_the_first(tmp_path: Path) -> None:
    def swapped() -> Any:
        running.port.eject()
        running.port.insert()
        return asyncio.Event()

    desk = Script(method=[swapped, Method.PIN], pin=[pin()], consent=[()])
    running = Running(tmp_path, desk)
    following = desk._next

    async def waits_after_a_swap(name: str) -> Any:
        given = await following(name)
        if isinstance(given, asyncio.Event):
            await given.wait()
        return given

    desk._next = waits_after_a_swap  # type: ignore[method-assign]
    await running.appliance.start()
    try:
        running.port.insert()
        first, second = await running.records(2)
    finally:
        await running.appliance.stop()
    assert first.outcome.ending is Ending.FAILED
    assert first.said[-1].ja == "途中でカードが取り出されたため、確認を中止しました。"
    assert second.outcome.ending is Ending.ANSWERED
    assert len(running.port.sessions) == 2
    assert len(running.centre.requests()) == 1


async def test_folder_requests_are_answered_beside_visits(tmp_path: Path) -> None:
    running = Running(tmp_path, visits(0))
    await running.appliance.start()
    try:
        (tmp_path / "req" / NAME).write_bytes(request())
        async with asyncio.timeout(60):
            while RESULT not in names(tmp_path / "res"):  # noqa: ASYNC110 - what is waited for is a file
                await asyncio.sleep(0.01)
    finally:
        await running.appliance.stop()


async def test_a_deferred_answer_arrives_with_its_file_when_the_line_is_back(tmp_path: Path) -> None:
    running = Running(tmp_path, visits(1))
    await running.appliance.start()
    try:
        async with asyncio.timeout(60):
            while running.centre.issued < 30:  # noqa: ASYNC110 - what is waited for is the stock
                await asyncio.sleep(0.01)
        running.centre.faults = {"challenges": [OnshiError(uplink.NO_ROUTE)], "visit": [OnshiError(uplink.NO_ROUTE)]}
        running.port.insert()
        (record,) = await running.records(1)
        assert record.outcome.ending is Ending.DEFERRED
        assert names(tmp_path / "face") == []
        async with asyncio.timeout(60):
            while not names(tmp_path / "face"):  # noqa: ASYNC110 - what is waited for is a file
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
    finally:
        await running.appliance.stop()
    assert "控えていた確認の結果が届きました。結果ファイルを取り込んでください。" in running.desk.words()
    assert record.visit[:20] in names(tmp_path / "face")[0]
    assert len(running.appliance.outbox) == 0


async def test_what_cannot_be_answered_any_more_is_told(tmp_path: Path) -> None:
    running = Running(tmp_path, visits(1))
    await running.appliance.start()
    try:
        async with asyncio.timeout(60):
            while running.centre.issued < 30:  # noqa: ASYNC110 - what is waited for is the stock
                await asyncio.sleep(0.01)
        running.centre.faults = {
            "challenges": [OnshiError(uplink.NO_ROUTE)],
            "visit": [OnshiError(clinic.FOREIGN_FACILITY)],
        }
        running.port.insert()
        await running.records(1)
        async with asyncio.timeout(60):
            while len(running.appliance.outbox):  # noqa: ASYNC110 - what is waited for is on disk
                await asyncio.sleep(0.01)
    finally:
        await running.appliance.stop()
    assert clinic.FOREIGN_FACILITY.desk_ja in running.desk.words()


async def test_a_reader_that_goes_and_comes_is_told_once(tmp_path: Path) -> None:
    running = Running(tmp_path, visits(0))
    await running.appliance.start()
    try:
        for state in (ReaderState.EMPTY, ReaderState.UNAVAILABLE, ReaderState.UNAVAILABLE, ReaderState.EMPTY):
            running.port.states_.put_nowait(state)
        await asyncio.sleep(0.05)
    finally:
        await running.appliance.stop()
    words = running.desk.words()
    assert words.count(card.READER_UNAVAILABLE.desk_ja) == 1
    assert words.count("カードリーダーが使えるようになりました。") == 1


async def test_a_defect_in_one_visit_does_not_stop_the_next(tmp_path: Path) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("a desk's mistake")

    desk = Script(method=[broken, Method.PIN], pin=[pin()], consent=[()])
    running = Running(tmp_path, desk)
    await running.appliance.start()
    try:
        running.port.insert()
        await until(lambda: device.DEFECT.desk_ja in desk.words() and running.port.sessions[0].closed == 1)
        running.port.eject()
        running.port.insert()
        await running.records(1)
    finally:
        await running.appliance.stop()


async def test_a_part_that_crashes_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running(tmp_path, visits(1))
    states = running.port.states
    tried: list[float] = []

    async def fails_once() -> AsyncIterator[ReaderState]:
        tried.append(time.monotonic())
        if len(tried) == 1:
            raise RuntimeError("lost")
        async for state in states():
            yield state

    monkeypatch.setattr(running.port, "states", fails_once)
    with structlog.testing.capture_logs() as logs:
        await running.appliance.start()
        running.port.insert()
        await running.records(1)
        await running.appliance.stop()
    assert {
        "event": "part_failed",
        "log_level": "error",
        "part": "reader",
        "kinds": ["RuntimeError"],
        "fault": None,
    } in logs
    assert logs[-1] == {"event": "appliance_stopped", "log_level": "info", "left": []}


async def test_stopping_in_the_middle_of_a_visit_zeroes_and_lets_the_card_go(tmp_path: Path) -> None:
    running = Running(tmp_path, Script(method=[Method.PIN]))
    await running.appliance.start()
    running.port.insert()
    await asyncio.sleep(0.1)
    await running.appliance.stop()
    await running.appliance.stop()
    assert running.port.sessions[0].closed == 1
    outcome = running.desk.records[0].outcome
    assert outcome.ending is Ending.FAILED
    assert outcome.problem is not None
    assert outcome.problem.code == "VISIT-001", "not the question's own limit"


async def test_a_visit_that_does_not_end_is_cut_short(tmp_path: Path) -> None:
    port = Port()

    async def never(gone: asyncio.Event) -> None:
        await asyncio.Event().wait()

    watch = ReaderWatch(port, Script(), never)
    running = asyncio.create_task(watch.run())
    port.insert()
    await asyncio.sleep(0.02)
    assert not await watch.finish(0.05)
    assert await watch.finish(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_card_that_left_while_the_visit_before_ended_starts_nothing(tmp_path: Path) -> None:
    port = Port()
    began: list[asyncio.Event] = []
    release = asyncio.Event()

    async def begin(gone: asyncio.Event) -> None:
        began.append(gone)
        await release.wait()

    watch = ReaderWatch(port, Script(), begin)
    running = asyncio.create_task(watch.run())
    for move in (port.insert, port.insert, port.eject, port.insert, port.eject):
        move()
        await asyncio.sleep(0.02)
    release.set()
    await asyncio.sleep(0.05)
    assert len(began) == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_it_does_not_start_with_a_folder_or_a_key_missing(tmp_path: Path) -> None:
    running = Running(tmp_path, visits(0))
    (tmp_path / "face").rmdir()
    with pytest.raises(OnshiError) as refused:
        await running.appliance.start()
    assert refused.value.fault is clinic.FOLDER_MISSING
    (tmp_path / "face").mkdir()
    (tmp_path / "identity" / "device.key").unlink()
    with pytest.raises(OnshiError) as refused:
        await running.appliance.start()
    assert refused.value.fault is device.KEY_MISSING
    with pytest.raises(RuntimeError):
        _ = running.appliance.outbox


async def test_the_log_of_a_whole_run_holds_no_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = Running(tmp_path, visits(1))
    await running.appliance.start()
    try:
        running.port.insert()
        await running.records(1)
        (tmp_path / "req" / NAME).write_bytes(request())
        await asyncio.sleep(0.5)
    finally:
        await running.appliance.stop()
    out = capsys.readouterr()
    for secret in ("診療", "ｼﾝﾘｮｳ", "1234567", "19800217", "06990013", "1234 "):
        assert secret not in out.out + out.err
