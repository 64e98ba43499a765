"""The demo's card reader: in this process, or a virtual one of a private pcscd, read through PC/SC."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from edge.card.guard import TriesGuard
from edge.card.local import LocalCardPort
from edge.card.pcscd import PcscDaemon
from edge.card.port import CardPort, ReaderState
from edge.card.supervisor import PcscCardPort
from sandbox import pcscd
from sandbox.card import VirtualCard
from sandbox.card.vpcd import CardOnReader
from sandbox.clock import now

READY_SECONDS = 15.0


class DemoReader(Protocol):
    """A reader on which somebody lays a card. ``port`` is the appliance's side of it."""

    name: str
    port: CardPort

    async def ready(self) -> None:
        """Return when the reader is empty and the appliance sees it so."""
        ...

    def insert(self, card: VirtualCard) -> None: ...

    async def eject(self) -> None: ...


@contextlib.asynccontextmanager
async def demo_reader(*, pcsc: bool) -> AsyncIterator[DemoReader]:
    """The reader of one demo. Raises ``DEVICE-010`` with the command to run where packages are missing."""
    guard = TriesGuard(now=now, random=secrets.token_bytes)
    if not pcsc:
        yield _LocalReader(LocalCardPort("virtual", guard=guard))
        return
    async with _private_reader(guard) as reader:
        yield reader


class _LocalReader:
    """The card is an object of this process; its APDUs run in a thread."""

    def __init__(self, port: LocalCardPort) -> None:
        self.name = "仮想 virtual, in this process"
        self.port: CardPort = port
        self._local = port

    async def ready(self) -> None:
        await _settled(self.port, ReaderState.EMPTY)

    def insert(self, card: VirtualCard) -> None:
        self._local.insert(card)

    async def eject(self) -> None:
        self._local.eject()


async def _settled(port: CardPort, wanted: ReaderState) -> None:
    async with asyncio.timeout(READY_SECONDS):
        async for state in port.states():
            if state is wanted:
                return


@contextlib.asynccontextmanager
async def _private_reader(guard: TriesGuard) -> AsyncIterator[DemoReader]:
    """A pcscd of our own with a virtual reader, and the appliance's real port on it."""
    pcscd.require()
    # A short path: a Unix socket's name has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="onshi-") as folder:
        number = pcscd.free_port()
        daemon = PcscDaemon(Path(folder) / "run", config=pcscd.configure(Path(folder) / "conf", number))
        await daemon.start()
        try:
            port = PcscCardPort(pcscd.READER, guard=guard, service=daemon)
            await port.start()
            reader = _PcscReader(port, number)
            try:
                yield reader
            finally:
                await reader.eject()
                await port.stop()
        finally:
            await daemon.stop()


class _PcscReader:
    """A card held on the virtual reader by a thread of its own, as long as it lies there."""

    def __init__(self, port: PcscCardPort, number: int) -> None:
        self.name = f"{pcscd.READER} (PC/SC)"
        self.port: CardPort = port
        self._number = number
        self._held: CardOnReader | None = None

    async def ready(self) -> None:
        await _settled(self.port, ReaderState.EMPTY)

    def insert(self, card: VirtualCard) -> None:
        self._held = CardOnReader(card, self._number)
        self._held.start()

    async def eject(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            await asyncio.to_thread(held.stop)
