"""Compares checked lines with the residents' answers and makes their rows: here, or in a process of its own beside.

Half of the work on a large upload; the process beside takes it off the one that reads. It gets keys and lines on its
standard input, never by environment or arguments, writes nothing anywhere, and ends when the importer ends.
"""

import asyncio
import gc
import signal
import struct
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO, Protocol

import msgspec

from central.insurers.comparisons import Comparisons
from central.insurers.identity import Resident, Verdict
from central.insurers.individual import NumberHasher, NumberKey
from central.insurers.layout import AT, Operation
from central.insurers.staging import Rows, encoded
from protocol.errors import OnshiError
from protocol.errors.insurers import HELPER_LOST

_LENGTH = struct.Struct(">I")
_BETWEEN = "\x1f"
"""Stands in no field: lines with control characters are refused."""
_FAREWELL = 10.0
"""Seconds that the process may take to end."""

Checked = Sequence[tuple[int, list[str]]]
"""Line numbers and fields."""


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """Rows for the staging table as `staging.encoded` makes them; ``too_few``: lines that are no match for want of
    comparable items."""

    rows: bytes
    count: int
    too_few: list[int]


class Judge(Protocol):
    """Who judges: ``residents`` are those of the lines for which one was asked (`is_asked`), in their order."""

    async def judge(self, lines: Checked, residents: Sequence[Resident | None]) -> Judged: ...


class _Setup(msgspec.Struct, frozen=True, array_like=True):
    upload: str
    salt: bytes
    keys: list[tuple[str, bytes]]
    sealing: bytes
    """`comparisons.sealing_key`."""


class _Asked(msgspec.Struct, frozen=True, array_like=True):
    lines: list[tuple[int, str]]
    """Fields with `_BETWEEN` between them."""
    residents: list[Resident | None]


def is_asked(fields: Sequence[str]) -> bool:
    """Whether the resident register is asked about a line."""
    return bool(fields[AT["individual"]]) and fields[AT["operation"]] != Operation.INVALIDATE


def judged(maker: Rows, lines: Checked, residents: Sequence[Resident | None]) -> Judged:
    """The work itself."""
    found = iter(residents)
    rows, too_few = [], []
    for number, fields in lines:
        row, verdict = maker.row(number, fields, next(found) if is_asked(fields) else None)
        if verdict is Verdict.TOO_FEW:
            too_few.append(number)
        else:
            rows.append(row)
    return Judged(encoded(rows), len(rows), too_few)


class Here:
    """Judges in this process."""

    def __init__(self, maker: Rows) -> None:
        self._maker = maker

    async def judge(self, lines: Checked, residents: Sequence[Resident | None]) -> Judged:
        return judged(self._maker, lines, residents)


class Beside:
    """Judges in the process at the other end of these pipes; several may wait, answers come in the order asked."""

    def __init__(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._in, self._out = sink, source
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Judged)
        self._waiting: deque[asyncio.Future[Judged]] = deque()
        self._answers = asyncio.create_task(self._read(), name="insurers:judging")

    async def judge(self, lines: Checked, residents: Sequence[Resident | None]) -> Judged:
        """Raises `OnshiError` (`HELPER_LOST`) when the process ended."""
        answer: asyncio.Future[Judged] = asyncio.get_running_loop().create_future()
        if self._answers.done():
            raise OnshiError(HELPER_LOST)
        self._waiting.append(answer)
        joined = [(number, _BETWEEN.join(fields)) for number, fields in lines]
        await self.send(_Asked(joined, list(residents)))
        return await answer

    async def send(self, message: msgspec.Struct) -> None:
        """One message, whole."""
        body = self._encoder.encode(message)
        self._in.write(_LENGTH.pack(len(body)) + body)
        try:
            await self._in.drain()
        except ConnectionError:
            raise OnshiError(HELPER_LOST) from None

    async def _read(self) -> None:
        try:
            while True:
                (size,) = _LENGTH.unpack(await self._out.readexactly(_LENGTH.size))
                answer = self._decoder.decode(await self._out.readexactly(size))
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_result(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_exception(OnshiError(HELPER_LOST))

    async def close(self) -> None:
        """No more questions: the process ends."""
        self._in.close()
        await self._answers


@asynccontextmanager
async def beside(upload: str, salt: bytes, keys: Sequence[NumberKey], sealing: bytes) -> AsyncIterator[Judge]:
    """A process of its own for as long as the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "central.insurers.judging",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("pipes were asked for")
    judge = Beside(process.stdout, process.stdin)
    try:
        await judge.send(_Setup(upload, salt, [(key.key_id, key.secret) for key in keys], sealing))
        yield judge
    finally:
        await judge.close()
        try:
            async with asyncio.timeout(_FAREWELL):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers what comes until the other side closes."""
    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Asked)
    setup = msgspec.msgpack.decode(_frame(source), type=_Setup)
    hasher = NumberHasher([NumberKey(name, secret) for name, secret in setup.keys])
    maker = Rows(setup.upload, setup.salt, hasher, Comparisons(setup.sealing))
    while body := _frame(source):
        asked = decoder.decode(body)
        lines = [(number, joined.split(_BETWEEN)) for number, joined in asked.lines]
        answer = encoder.encode(judged(maker, lines, asked.residents))
        sink.write(_LENGTH.pack(len(answer)) + answer)
        sink.flush()


def _frame(source: BinaryIO) -> bytes:
    """The next message; empty where the other side has closed, in the middle of one too."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return b""
    (size,) = _LENGTH.unpack(head)
    body = source.read(size)
    return body if len(body) == size else b""


def main() -> None:
    """The process: it ends when the importer closes the pipe, however that comes about, not by a key at a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nothing here makes cycles; looking for them takes a tenth of the time.
    gc.disable()
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
