"""What the real tests share: a port on a private pcscd, a card on its virtual reader, waiting for states."""

import asyncio
import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from edge.card.port import ReaderState
from edge.card.supervisor import PcscCardPort
from sandbox.card import VirtualCard
from sandbox.card.vpcd import CardOnReader
from tests.edge.card.world import guard
from tests.parts.pcscd import Pcscd


def need_pyscard() -> None:
    """A skip that names the remedy; in CI a failure."""
    if importlib.util.find_spec("smartcard") is None:
        told = "pyscard is missing: `make .venv/card.stamp` (needs libpcsclite-dev)"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)


class TestService:
    """A test's pcscd as the supervisor's own."""

    __test__ = False

    def __init__(self, pcscd: Pcscd) -> None:
        self._pcscd = pcscd
        self.restarts = 0

    @property
    def environment(self) -> Mapping[str, str]:
        return {"PCSCLITE_CSOCK_NAME": str(self._pcscd.socket)}

    async def restart(self) -> None:
        self.restarts += 1
        await asyncio.to_thread(self._restart)

    def _restart(self) -> None:
        self._pcscd.kill()
        self._pcscd.start()


async def until(port: PcscCardPort, state: ReaderState, limit: float = 30.0) -> float:
    """Seconds until the port tells this state."""
    began = time.monotonic()
    async with asyncio.timeout(limit):
        async for seen in port.states():
            if seen is state:
                break
    return time.monotonic() - began


@contextlib.asynccontextmanager
async def reader(
    pcscd: Pcscd, card: VirtualCard | None, *, limit: float = 2.0
) -> AsyncIterator[tuple[PcscCardPort, CardOnReader, TestService]]:
    """The appliance's port on the first virtual reader, with a card on it that the port has seen."""
    service = TestService(pcscd)
    port = PcscCardPort(pcscd.readers[0], guard=guard(), service=service, apdu_limit=limit)
    await port.start()
    held = CardOnReader(card or VirtualCard([]), pcscd.ports[0])
    if card is None:
        held._wanted = False
    held.start()
    try:
        await until(port, ReaderState.PRESENT if card else ReaderState.EMPTY)
        yield port, held, service
    finally:
        await asyncio.to_thread(held.stop)
        # pcscd looks every 0.4 s at most; the next test must not meet this one's card.
        await until(port, ReaderState.EMPTY)
        await port.stop()


def client(pcscd: Pcscd, program: str) -> str:
    """What another program on this machine prints, when it talks to the same pcscd through pyscard."""
    run = subprocess.run(
        [sys.executable, "-c", f"from smartcard.scard import *\nREADER = {pcscd.readers[0]!r}\n{program}"],
        capture_output=True, text=True, check=True, timeout=20, env=dict(pcscd.environment),
    )  # fmt: skip
    return run.stdout.strip()


def standing(port: PcscCardPort) -> list[int]:
    """What may not grow: threads, descriptors and resident KiB of this process, and of the reader's worker."""
    assert port._worker is not None
    counts = []
    for pid in (os.getpid(), port._worker._process.pid):
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
        )
        counts += [int(status["Threads"]), _descriptors(pid), int(status["VmRSS"].split()[0])]
    return counts


def _descriptors(pid: int) -> int:
    """A hardened worker shows its descriptors to root alone; to anybody else it counts as none."""
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:
        return 0


def flat(early: list[int], late: list[int]) -> None:
    """No more threads or descriptors than early on; memory within 4 MiB."""
    for number, (before, after) in enumerate(zip(early, late, strict=True)):
        assert after <= before + (4096 if number % 3 == 2 else 0), (number, early, late)
