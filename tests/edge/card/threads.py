"""A reader's worker in a thread of the test's own process, over pyscard's stand-in."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Mapping

from edge.card.port import ReaderState
from edge.card.supervisor import PcscCardPort
from edge.card.worker import Worker
from tests.edge.card.scard import FakeScard
from tests.edge.card.world import guard

READER = "Toy 00 00"


class Threads:
    """Starts workers as threads; ``kill`` cuts the line, which is all that a thread can feel."""

    def __init__(self, api: FakeScard) -> None:
        self.api = api
        self.overheard = False
        self.lines: list[socket.socket] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, reader: str, line: socket.socket, environment: Mapping[str, str], traffic: bool) -> "Threads":
        own = line.dup()
        self.lines.append(own)
        worker = Worker(own, self.api, reader, overheard=lambda: self.overheard)
        thread = threading.Thread(target=self._serve, args=(worker,), daemon=True)
        self.threads.append(thread)
        thread.start()
        return self

    def _serve(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):
            worker.serve()

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self.lines[-1].shutdown(socket.SHUT_RDWR)

    def wait(self) -> int:
        return -9

    def end(self) -> None:
        self.api.unstick.set()
        for thread in self.threads:
            thread.join(30)
        for line in self.lines:
            line.close()


class Service:
    """Our own pcscd, as far as the supervisor sees it."""

    environment: Mapping[str, str] = {}

    def __init__(self, api: FakeScard) -> None:
        self.api = api
        self.restarts = 0

    async def restart(self) -> None:
        self.restarts += 1
        self.api.stop()
        self.api.unstick.set()
        self.api.start()


class Desk:
    """One reader with everything behind it."""

    def __init__(self, api: FakeScard, *, service: Service | None = None, limit: float = 2.0) -> None:
        self.api = api
        self.threads = Threads(api)
        self.port = PcscCardPort(READER, guard=guard(), service=service, apdu_limit=limit, launch=self.threads)

    async def until(self, state: ReaderState, limit: float = 30.0) -> float:
        began = time.monotonic()
        async with asyncio.timeout(limit):
            async for seen in self.port.states():
                if seen is state:
                    break
        return time.monotonic() - began
