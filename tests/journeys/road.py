"""The road between an appliance and the centre: bytes go through it, until somebody digs it up.

TCP only, below TLS. In `Road.RUBBISH` the connection ends at a machine that has the centre's own certificate and
answers whatever `Road.answer` says: what a broken proxy or a broken centre would do.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from enum import Enum, auto
from typing import Self

from sandbox.world.world import World

HOST = "127.0.0.1"


class Way(Enum):
    OPEN = auto()
    CLOSED = auto()
    """Nobody takes a connection."""
    SILENT = auto()
    """Connections are taken, and nothing ever comes back."""
    ONE_WAY = auto()
    """Requests arrive; their answers are lost."""
    CUT = auto()
    """Connections end as soon as something was said."""
    RUBBISH = auto()


def reply(status: str = "200 OK", content: str = "application/json", body: bytes = b"{}") -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Road:
    """``url`` is where the appliance believes the centre to be."""

    def __init__(self, world: World, centre_port: int) -> None:
        self.centre_port = centre_port
        self.way = Way.OPEN
        self.answer = reply()
        self.port = 0
        self._rubbish_port = 0
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(*world.centre_pair)
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @classmethod
    @contextlib.asynccontextmanager
    async def built(cls, world: World, centre_port: int) -> AsyncIterator[Self]:
        road = cls(world, centre_port)
        rubbish = await asyncio.start_server(road._rubbish, HOST, 0, ssl=road._tls)
        road._rubbish_port = rubbish.sockets[0].getsockname()[1]
        await road.turn(Way.OPEN)
        try:
            yield road
        finally:
            await road.turn(Way.CLOSED)
            rubbish.close()

    async def turn(self, way: Way) -> None:
        """From now on; connections that stand are ended."""
        self.way = way
        for writer in list(self._open):
            writer.transport.abort()
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if way is Way.CLOSED and self._server is not None:
            self._server.close()
            self._server = None
        elif way is not Way.CLOSED and self._server is None:
            self._server = await asyncio.start_server(self._taken, HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._led(reader, writer)
        finally:
            self._under_way.discard(task)
            self._open.discard(writer)
            writer.transport.abort()

    async def _led(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.way is Way.SILENT:
            await asyncio.Event().wait()
        if self.way is Way.CUT:
            await reader.read(1)
            return
        port = self._rubbish_port if self.way is Way.RUBBISH else self.centre_port
        there, back = await asyncio.open_connection(HOST, port)
        self._open.add(back)
        try:
            await asyncio.gather(self._pipe(reader, back), self._pipe(there, writer, answers=True))
        finally:
            self._open.discard(back)
            back.transport.abort()

    async def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool = False) -> None:
        while part := await source.read(65536):
            if answers and self.way is Way.ONE_WAY and self._said:
                continue
            target.write(part)
            await target.drain()
        target.close()

    _said = False

    def lose_answers(self) -> None:
        """From now on requests arrive and answers do not, on connections that stand."""
        self.way = Way.ONE_WAY
        self._said = True

    async def _rubbish(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                told = [
                    line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
                ]
                await reader.readexactly(int(told[0]))
                writer.write(self.answer)
                await writer.drain()
                if b"cut here" in self.answer:
                    break
        writer.close()
