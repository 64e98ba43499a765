"""The whole stack on a real pcscd with a virtual reader: pyscard in a worker process, vpcd, and things going wrong."""

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge.card.pcscd import PcscDaemon
from edge.card.port import Credential, ReaderState
from edge.card.supervisor import PcscCardPort
from protocol.errors import Fault, OnshiError, card
from sandbox import pcscd as virtual_reader
from sandbox.card import When, driving_licence
from sandbox.card.vpcd import CardOnReader
from tests.edge.card.real import TestService, client, flat, need_pyscard, reader, standing, until
from tests.edge.card.world import guard
from tests.parts.cards import toy_card, toy_certificate, toy_photo
from tests.parts.pcscd import Pcscd, private_pcscd

pytestmark = pytest.mark.real
DIGEST = hashlib.sha256(b"a statement").digest()

SIGN_WITHOUT_PIN = """
_, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
code, handle, protocol = SCardConnect(context, READER, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
if code: print(f"{code & 0xFFFFFFFF:08X}"); raise SystemExit
for command in ("00A4040C0AD392F000260100000001", "00A4020C020017"):
    SCardTransmit(handle, SCARD_PCI_T1, list(bytes.fromhex(command)))
sign = bytes.fromhex("802A008033" + "3031300d060960864801650304020105000420" + "00" * 32 + "00")
print(bytes(SCardTransmit(handle, SCARD_PCI_T1, list(sign))[1][-2:]).hex())
SCardDisconnect(handle, SCARD_LEAVE_CARD)
"""


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    need_pyscard()
    with private_pcscd() as running:
        yield running


async def refused(awaitable: Awaitable[object], fault: Fault) -> OnshiError:
    with pytest.raises(OnshiError) as raised:
        await awaitable
    assert raised.value.fault is fault
    return raised.value


async def test_the_appliance_reads_a_card_through_pyscard(pcscd: Pcscd) -> None:
    virtual = toy_card()
    async with reader(pcscd, virtual) as (port, _, _):
        session = await port.open()
        assert (await session.identify()).atr == virtual.atr
        assert await session.authentication_certificate() == toy_certificate("authentication")
        opening = await session.open_surface(Credential.NUMBER_B, bytearray(b"55021720352285"))
        assert opening.photo is not None
        near, far = os.pipe()
        got: list[bytes] = []

        def read() -> None:
            with os.fdopen(near, "rb") as end:
                got.append(end.read())

        reading = threading.Thread(target=read)
        reading.start()
        await session.photo_to(far)
        os.close(far)
        await asyncio.to_thread(reading.join)
        assert got == [toy_photo()]
        await session.verify_pin(bytearray(b"1234"))
        assert len(await session.sign_authentication(DIGEST)) == 256
        await session.close()


async def test_while_a_session_lasts_nobody_else_gets_the_card_and_afterwards_no_pin_stays(pcscd: Pcscd) -> None:
    async with reader(pcscd, toy_card()) as (port, _, _):
        session = await port.open()
        await session.verify_pin(bytearray(b"1234"))
        assert await asyncio.to_thread(client, pcscd, SIGN_WITHOUT_PIN) == "8010000B"
        await session.sign_authentication(DIGEST)
        await session.close()
        assert await asyncio.to_thread(client, pcscd, SIGN_WITHOUT_PIN) == "6982"


async def test_a_card_held_by_another_program_is_told_as_busy(pcscd: Pcscd) -> None:
    async with reader(pcscd, toy_card()) as (port, _, _):
        hold = (
            "_, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)\n"
            "SCardConnect(context, READER, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1)\n"
            "import sys; print('held', flush=True); sys.stdin.read()"
        )
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", f"from smartcard.scard import *\nREADER = {pcscd.readers[0]!r}\n{hold}",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(pcscd.environment),
        )  # fmt: skip
        assert other.stdout is not None
        await other.stdout.readline()
        await refused(port.open(), card.READER_BUSY)
        await other.communicate(b"")
        await (await port.open()).close()


async def test_a_card_taken_in_mid_command_ends_the_session_and_the_next_one_works(pcscd: Pcscd) -> None:
    virtual = toy_card()
    async with reader(pcscd, virtual) as (port, held, _):
        session = await port.open()
        virtual.faults.eject = When(at=4)
        await refused(session.identify(), card.REMOVED)
        virtual.faults.eject = None
        await until(port, ReaderState.EMPTY)
        held.insert()
        await asyncio.sleep(0.1)
        await until(port, ReaderState.PRESENT)
        session = await port.open()
        assert (await session.identify()).token == "JPKIAPICCTOKEN2"
        await session.close()


async def test_a_driving_licence_is_refused_by_what_it_answers_not_by_its_atr(pcscd: Pcscd) -> None:
    async with reader(pcscd, driving_licence()) as (port, _, _):
        session = await port.open()
        await refused(session.identify(), card.NOT_MY_NUMBER_CARD)
        await session.close()


async def test_an_empty_reader_says_so(pcscd: Pcscd) -> None:
    async with reader(pcscd, None) as (port, _, _):
        await refused(port.open(), card.NOT_RECOGNISED)


async def test_a_silent_card_costs_its_worker_and_the_reader_comes_back(pcscd: Pcscd) -> None:
    virtual = toy_card()
    async with reader(pcscd, virtual, limit=0.5) as (port, _, service):
        session = await port.open()
        worker = port._worker
        assert worker is not None
        pid = worker._process.pid
        virtual.faults.silence = When(at=3)
        await refused(session.identify(), card.SILENT)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        virtual.faults.silence = None
        await until(port, ReaderState.PRESENT)
        assert service.restarts == 1
        session = await port.open()
        assert (await session.identify()).token == "JPKIAPICCTOKEN2"
        await session.close()


async def test_our_own_pcscd_is_restarted_when_a_card_hangs_in_it_and_when_it_dies(pcscd: Pcscd) -> None:
    with tempfile.TemporaryDirectory(prefix="onshi-") as folder:
        number = virtual_reader.free_port()
        config = virtual_reader.configure(Path(folder) / "conf", number)
        daemon = PcscDaemon(Path(folder) / "run", config=config)
        await daemon.start()
        virtual = toy_card()
        port = PcscCardPort(virtual_reader.READER, guard=guard(), service=daemon, apdu_limit=0.5)
        await port.start()
        held = CardOnReader(virtual, number)
        held.start()
        try:
            await until(port, ReaderState.PRESENT)
            session = await port.open()
            virtual.faults.silence = When(at=1)
            await refused(session.identify(), card.SILENT)
            virtual.faults.silence = None
            await until(port, ReaderState.PRESENT)
            assert daemon.starts == 2
            os.kill(daemon.pid or 0, 9)
            await until(port, ReaderState.UNAVAILABLE)
            await until(port, ReaderState.PRESENT)
            assert daemon.starts == 3
            await (await port.open()).identify()
        finally:
            await port.stop()
            await asyncio.to_thread(held.stop)
            await daemon.stop()


async def test_a_pcscd_that_writes_apdus_into_its_log_is_refused() -> None:
    need_pyscard()
    with private_pcscd() as running:
        running.stop()
        talkative = running.log.with_name("pcscd")
        talkative.write_text(f'#!/bin/bash\nexec -a pcscd {running._program} --apdu "$@"\n')
        talkative.chmod(0o755)
        running._program = str(talkative)
        running.start()
        held = CardOnReader(toy_card(), running.ports[0])
        port = PcscCardPort(running.readers[0], guard=guard(), service=TestService(running))
        held.start()
        await port.start()
        try:
            async with asyncio.timeout(60):
                while port._presence.fault != card.READER_OVERHEARD.code:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await refused(port.open(), card.READER_OVERHEARD)
        finally:
            await port.stop()
            await asyncio.to_thread(held.stop)
        assert "00 A4 04 0C" not in running.log.read_text(errors="replace")


async def cycles(pcscd: Pcscd, count: int) -> None:
    """Insert, read, eject, over and over; nothing grows."""
    virtual = toy_card()
    async with reader(pcscd, virtual) as (port, held, _):
        marks: list[list[int]] = []
        for cycle in range(count):
            session = await port.open()
            assert (await session.identify()).token == "JPKIAPICCTOKEN2"
            await session.close()
            held.eject()
            await until(port, ReaderState.EMPTY)
            held.insert()
            await until(port, ReaderState.PRESENT)
            if cycle in (count // 5, count - 1):
                marks.append(standing(port))
        assert port.kills == 0
    flat(*marks)


async def restarts(pcscd: Pcscd, count: int, *, seconds: float) -> None:
    """pcscd goes and comes back, over and over; every time the card is readable within ``seconds``."""
    loop = asyncio.get_running_loop()
    # One thread of our own: asyncio's pool grows with its first uses, and threads are counted here.
    with ThreadPoolExecutor(1) as lane:
        await _restarts(pcscd, count, seconds, lambda step: loop.run_in_executor(lane, step))


async def _restarts(
    pcscd: Pcscd, count: int, seconds: float, aside: Callable[[Callable[[], None]], Awaitable[None]]
) -> None:
    async with reader(pcscd, toy_card()) as (port, _, _):
        marks: list[list[int]] = []
        for cycle in range(count):
            await aside(pcscd.kill if cycle % 2 else pcscd.stop)
            await until(port, ReaderState.UNAVAILABLE)
            await aside(pcscd.start)
            assert await until(port, ReaderState.PRESENT) < seconds
            session = await port.open()
            await session.identify()
            await session.close()
            if cycle in (count // 5, count - 1):
                marks.append(standing(port))
        assert port.kills == 0
    flat(*marks)


async def test_twenty_cards_come_and_go(pcscd: Pcscd) -> None:
    await cycles(pcscd, 20)


async def test_three_restarts_of_pcscd(pcscd: Pcscd) -> None:
    await restarts(pcscd, 3, seconds=30)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_thousand_cards_come_and_go(pcscd: Pcscd) -> None:
    await cycles(pcscd, 1000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_hundred_restarts_of_pcscd(pcscd: Pcscd) -> None:
    await restarts(pcscd, 100, seconds=2)
