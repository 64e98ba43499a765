"""A reader through its worker, without PC/SC: the worker runs in a thread here, over pyscard's stand-in."""

import asyncio
import contextlib
import hashlib
import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest

from edge.card import monitor, supervisor, wire
from edge.card.calls import Call
from edge.card.port import Credential, ReaderState
from edge.card.process import WorkerProcess
from edge.card.supervisor import PcscCardPort
from protocol.errors import Fault, OnshiError, card
from sandbox.card import When, driving_licence
from tests.edge.card.scard import FakeScard
from tests.edge.card.threads import READER, Desk, Service, Threads
from tests.edge.card.world import guard
from tests.parts.cards import toy_card, toy_certificate, toy_photo
from tests.parts.until import until

DIGEST = hashlib.sha256(b"a statement").digest()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker ends when its monitor's wait does."""
    monkeypatch.setattr(monitor, "WAIT_MS", 50)


@contextlib.asynccontextmanager
async def desk(*, service: bool = False, limit: float = 2.0, empty: bool = False) -> AsyncIterator[Desk]:
    api = FakeScard(READER)
    made = Desk(api, service=Service(api) if service else None, limit=limit)
    if not empty:
        api.insert(READER, toy_card())
    await made.port.start()
    try:
        await made.until(ReaderState.EMPTY if empty else ReaderState.PRESENT)
        yield made
    finally:
        await made.port.stop()
        await asyncio.to_thread(made.threads.end)


async def refused(awaitable: Awaitable[object], fault: Fault) -> OnshiError:
    with pytest.raises(OnshiError) as raised:
        await awaitable
    assert raised.value.fault is fault
    return raised.value


async def test_a_whole_card_crosses_the_line() -> None:
    async with desk() as here:
        session = await here.port.open()
        assert (await session.identify()).token == "JPKIAPICCTOKEN2"
        assert await session.authentication_certificate() == toy_certificate("authentication")
        number = bytearray(b"55021720352285")
        opening = await session.open_surface(Credential.NUMBER_B, number)
        assert number == bytes(14)
        assert opening.photo is not None
        assert len(await session.sign_surface(DIGEST)) == 256
        assert (await session.attributes(bytearray(b"55021720352285"))).name == "海老　花子"
        assert (await session.issue()).municipality == "99201"
        counters = await session.counters()
        assert counters.pin is not None
        assert (await session.ca_certificates()).signature == toy_certificate("signature ca")
        error = await refused(session.verify_pin(bytearray(b"9999")), card.PIN_WRONG)
        assert error.details == {"tries_left": 2}
        await session.verify_pin(bytearray(b"1234"))
        assert len(await session.sign_authentication(DIGEST)) == 256
        await session.close()
        await session.close()
        assert here.api.disconnects == [here.api.SCARD_RESET_CARD]
        await refused(session.identify(), card.SESSION_ENDED)


async def test_the_photo_goes_past_the_daemon() -> None:
    async with desk() as here:
        session = await here.port.open()
        near, far = os.pipe()
        await refused(session.photo_to(far), card.SURFACE_MISSING)
        await session.open_surface(Credential.NUMBER_B, bytearray(b"55021720352285"))
        got: list[bytes] = []

        def read() -> None:
            with os.fdopen(near, "rb") as end:
                got.append(end.read())

        reading = threading.Thread(target=read)
        reading.start()
        assert await session.photo_to(far) == len(toy_photo())
        os.close(far)
        await asyncio.to_thread(reading.join)
        assert got == [toy_photo()]


async def test_presence_is_told_and_a_taken_card_ends_the_session() -> None:
    async with desk(empty=True) as here:
        await refused(here.port.open(), card.NOT_RECOGNISED)
        here.api.insert(READER, toy_card())
        await here.until(ReaderState.PRESENT)
        session = await here.port.open()
        await refused(here.port.open(), card.READER_BUSY)
        here.api.eject(READER)
        await here.until(ReaderState.EMPTY)
        await refused(session.identify(), card.REMOVED)
        here.api.insert(READER, driving_licence())
        await here.until(ReaderState.PRESENT)
        await refused((await here.port.open()).identify(), card.NOT_MY_NUMBER_CARD)


async def test_a_swap_faster_than_anybody_looks_is_told_as_a_change() -> None:
    async with desk() as here:
        session = await here.port.open()
        seen: list[ReaderState] = []

        async def watch() -> None:
            async for state in here.port.states():
                seen.append(state)  # noqa: PERF401 - looked at while it grows

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        here.api.eject(READER)
        here.api.insert(READER, toy_card())
        await until(lambda: len(seen) >= 3)
        assert seen == [ReaderState.PRESENT, ReaderState.EMPTY, ReaderState.PRESENT]
        with pytest.raises(OnshiError):
            await session.identify()
        watching.cancel()


async def test_a_swap_that_nobody_saw_is_told_by_the_failed_apdu() -> None:
    """pcscd looked away: the reader says present all along, the transmit failed."""
    async with desk() as here:
        session = await here.port.open()
        seen: list[ReaderState] = []

        async def watch() -> None:
            async for state in here.port.states():
                seen.append(state)  # noqa: PERF401 - looked at while it grows

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        here.api.transmit_code = here.api.SCARD_W_RESET_CARD
        await refused(session.identify(), card.REMOVED)
        assert here.port.state is ReaderState.EMPTY
        await asyncio.sleep(supervisor.SETTLE + 0.2)
        assert seen == [ReaderState.PRESENT, ReaderState.EMPTY, ReaderState.PRESENT]
        watching.cancel()


async def test_a_reader_unplugged_and_plugged_in_again_comes_back() -> None:
    async with desk() as here:
        session = await here.port.open()
        here.api.unplug(READER)
        await here.until(ReaderState.UNAVAILABLE)
        await refused(session.identify(), card.READER_UNAVAILABLE)
        await refused(here.port.open(), card.READER_UNAVAILABLE)
        here.api.plug(READER)
        await here.until(ReaderState.EMPTY)


async def test_after_a_restart_of_pcscd_the_reader_is_back_in_two_seconds() -> None:
    async with desk() as here:
        here.api.stop()
        await here.until(ReaderState.UNAVAILABLE)
        here.api.start()
        await here.until(ReaderState.PRESENT)
        assert (await (await here.port.open()).identify()).token == "JPKIAPICCTOKEN2"


@pytest.mark.parametrize("service", [True, False])
async def test_a_silent_card_costs_its_worker_and_at_last_pcscd(service: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FREE_LIMIT", 0.4)
    async with desk(service=service, limit=0.3) as here:
        session = await here.port.open()
        virtual = here.api.cards[READER]
        assert virtual is not None
        virtual.faults.silence = When(at=2)
        await refused(session.identify(), card.SILENT)
        virtual.faults.silence = None
        await refused(session.identify(), card.SILENT)
        assert here.port.state is ReaderState.UNAVAILABLE
        if not service:
            await asyncio.sleep(0.7)
            assert here.port.state is ReaderState.UNAVAILABLE
            here.api.unstick.set()
        await here.until(ReaderState.PRESENT)
        assert here.port.kills == 1
        assert (await (await here.port.open()).identify()).token == "JPKIAPICCTOKEN2"
        if service:
            assert isinstance(here.port._service, Service)
            assert here.port._service.restarts == 1


async def test_a_worker_that_is_killed_frees_the_reader_by_itself() -> None:
    async with desk(limit=0.3) as here:
        session = await here.port.open()
        virtual = here.api.cards[READER]
        assert virtual is not None
        virtual.faults.silence = When(at=2)
        call = asyncio.ensure_future(session.identify())
        await asyncio.sleep(0.45)
        here.api.unstick.set()
        virtual.faults.silence = None
        await refused(call, card.SILENT)
        await here.until(ReaderState.PRESENT)
        await here.port.open()


async def test_a_worker_without_a_sign_of_life_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as here:
        monkeypatch.setattr(supervisor, "BEAT_LIMIT", -1.0)
        await here.until(ReaderState.UNAVAILABLE)
        monkeypatch.setattr(supervisor, "BEAT_LIMIT", 5.0)
        await here.until(ReaderState.PRESENT)
        assert here.port.kills >= 1


async def test_a_worker_that_dies_is_replaced() -> None:
    async with desk() as here:
        session = await here.port.open()
        here.threads.kill()
        await here.until(ReaderState.UNAVAILABLE)
        await refused(session.identify(), card.READER_UNAVAILABLE)
        await here.until(ReaderState.PRESENT)
        await here.port.open()


async def test_a_worker_that_talks_nonsense_is_replaced() -> None:
    async with desk() as here:
        here.threads.lines[-1].send(wire.PRESENCE + b"nonsense")
        await here.until(ReaderState.UNAVAILABLE)
        await here.until(ReaderState.PRESENT)
        assert len(here.threads.threads) == 2


async def test_a_pcscd_that_logs_apdus_is_not_used() -> None:
    async with desk() as here:
        here.threads.overheard = True
        await refused(here.port.open(), card.READER_OVERHEARD)
        here.api.stop()
        await here.until(ReaderState.UNAVAILABLE)
        here.api.start()
        await asyncio.sleep(0.4)
        await refused(here.port.open(), card.READER_OVERHEARD)
        here.threads.overheard = False
        await here.until(ReaderState.PRESENT)


async def test_an_open_that_nobody_waits_for_leaves_the_card_free() -> None:
    async with desk() as here:
        opening = asyncio.ensure_future(here.port.open())
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert (await (await here.port.open()).identify()).token == "JPKIAPICCTOKEN2"


async def test_a_call_that_nobody_waits_for_does_not_disturb_the_next() -> None:
    async with desk() as here:
        session = await here.port.open()
        virtual = here.api.cards[READER]
        assert virtual is not None
        virtual.faults.apdu_ms = 50
        call = asyncio.ensure_future(session.verify_pin(bytearray(b"1234")))
        await asyncio.sleep(0.02)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(await session.sign_authentication(DIGEST)) == 256


async def test_nothing_is_asked_of_a_reader_that_is_stopped() -> None:
    async with desk() as here:
        session = await here.port.open()
        await here.port.stop()
        await refused(session.identify(), card.SESSION_ENDED)
        assert [state async for state in here.port.states()] == []


async def test_a_card_without_a_session_answers_nobody() -> None:
    async with desk() as here:
        worker = here.port._worker
        assert worker is not None
        await refused(worker.request(Call(operation="identify")), card.SESSION_ENDED)


async def test_orders_to_a_dead_or_deaf_worker_fail_at_once() -> None:
    held: list[socket.socket] = []

    class Deaf:
        def kill(self) -> None:
            held.pop().close()

        def wait(self) -> int:
            return 0

    def launch(reader: str, line: socket.socket, environment: Mapping[str, str], traffic: bool) -> Deaf:
        held.append(line.dup())
        return Deaf()

    told: Callable[[wire.Presence], None] = lambda presence: None  # noqa: E731
    worker = WorkerProcess("x", {}, traffic=False, presence=told, launch=launch)
    waiting: list[asyncio.Task[object]] = []
    try:
        while not (waiting and waiting[-1].done()):
            waiting.append(asyncio.create_task(worker.request(Call(operation="identify"))))
            await asyncio.sleep(0)
        await refused(waiting[-1], card.SILENT)
    finally:
        worker.kill(OnshiError(card.READER_UNAVAILABLE))
        await asyncio.gather(*waiting, return_exceptions=True)
    await refused(worker.request(Call(operation="identify")), card.READER_UNAVAILABLE)


async def test_a_machine_without_a_process_to_spare_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_LONGEST_PAUSE", 0.05)
    api = FakeScard(READER)
    threads = Threads(api)
    refusals = [OSError(11, "again")]

    def launch(*arguments: object) -> Threads:
        if refusals:
            raise refusals.pop()
        return threads(*arguments)  # type: ignore[arg-type]

    port = PcscCardPort(READER, guard=guard(), launch=launch)
    await port.start()
    async for state in port.states():
        if state is ReaderState.EMPTY:
            break
    await port.stop()
    await asyncio.to_thread(threads.end)


async def test_without_pyscard_the_port_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor.importlib.util, "find_spec", lambda name: None)
    await refused(supervisor.open_reader("x").start(), card.READER_SOFTWARE_MISSING)
