"""Uploads of the console while they run: taken in from the browser, looked at and applied in the background.

How far each is lives here, so that a page that is loaded again still knows; what was decided lives in the database,
so that a process that is started again goes on. Not the upload itself (`central.insurers.uploads`).
"""

import asyncio
import functools
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Literal

import msgspec
import structlog

from central.api.problems import incident
from central.console.page import Incoming
from central.console.statements import WAITING
from central.db.store import Store
from central.insurers.pace import Pace
from central.insurers.parts import Parts, Progress, State
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.console import FORM_WRONG

STALLED = 60.0
"""Seconds without a byte after which a file that is coming in is given up."""
REMEMBERED = 1000
"""Uploads of which the way is remembered."""

log = structlog.get_logger("central.console.runs")

Work = Literal["look", "run"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far an upload is. ``code``: why its last run could not go on; it may be begun again."""

    running: bool
    part: str = ""
    done: int = 0
    of: int = 0
    seconds_left: int | None = None
    code: str = ""

    @property
    def percent(self) -> int | None:
        """None: nobody knows yet."""
        return min(self.done * 100 // self.of, 100) if self.of else None

    @property
    def minutes_left(self) -> int | None:
        """Until the end of what is being done, about; None: nobody knows yet."""
        return None if self.seconds_left is None else max(math.ceil(self.seconds_left / 60), 1)


class Runs:
    """``store`` reads which uploads wait when the process starts; each run has an importer of its own.
    ``monotonic`` in seconds."""

    def __init__(self, parts: Parts, store: Store, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._store = store
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._monotonic = monotonic
        self._progress: dict[str, Pace] = {}
        self._codes: dict[str, str] = {}
        self._lines: dict[str, int] = {}

    def standing(self, upload: str) -> Standing:
        """How far it is."""
        running = upload in self._tasks
        pace = self._progress.get(upload)
        if not running or pace is None or pace.now is None:
            lines = self._lines.get(upload, 0)
            return Standing(running=running, of=lines, code="" if running else self._codes.get(upload, ""))
        now = pace.now
        return Standing(running=True, part=now.part, done=now.done, of=now.of, seconds_left=pace.left())

    async def receive(self, file: Incoming, *, insurer: str, operator: str) -> str:
        """Keeps the file, begins to check it, gives the upload's id. Raises as `Importer.receive` does."""
        counted = _Counted(file.parts(), asyncio.get_running_loop())
        upload = await self._importer("").receive(
            counted, operator=operator, size=file.size, insurer=insurer, at_screen=True
        )
        # Between header and count line.
        self._lines[upload] = max(counted.lines - 2, 0)
        self.begin(upload, "look")
        return upload

    def begin(self, upload: str, work: Work) -> None:
        """Runs in the background; does nothing where it runs already."""
        if upload in self._tasks:
            return
        while len(self._lines) > REMEMBERED:
            self._lines.pop(next(iter(self._lines)))
        self._codes.pop(upload, None)
        self._progress.pop(upload, None)
        self._tasks[upload] = asyncio.create_task(self._run(upload, work), name=f"upload:{upload}")

    def _importer(self, upload: str) -> Importer:
        return Importer(self._parts, told=functools.partial(self._note, upload))

    def _note(self, upload: str, now: Progress) -> None:
        if upload:
            of = now.of or max(self._lines.get(upload, 0), now.done)
            self._progress.setdefault(upload, Pace(self._monotonic))(msgspec.structs.replace(now, of=of))

    async def _run(self, upload: str, work: Work) -> None:
        importer = self._importer(upload)
        try:
            result = await (importer.look(upload) if work == "look" else importer.run(upload))
            log.info("upload", upload=upload, state=result.state.value, code=result.code or None)
        except OnshiError as refused:
            self._codes[upload] = refused.fault.code
            log.warning("upload_waits", upload=upload, code=refused.fault.code)
        except Exception as failed:  # noqa: BLE001 - the border: told by an incident number, the upload stays as it was
            self._codes[upload] = incident(failed).fault.code
        finally:
            self._tasks.pop(upload, None)
            self._progress.pop(upload, None)

    async def resume(self) -> None:
        """Goes on with what was under way when the process ended: uploads to be checked, and confirmed ones."""
        for row in await self._store.all(WAITING):
            state = State(row["state"])
            if state is State.CHECKING:
                self.begin(row["upload_id"], "look")
            elif state is State.HELD and row["confirmed_by"] is not None:
                self.begin(row["upload_id"], "run")

    async def settled(self) -> None:
        """Waits until nothing runs."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Ends what runs: each upload is as it was, and goes on at the next start."""
        for task in list(self._tasks.values()):
            task.cancel()
        await self.settled()


class _Counted:
    """What an event loop receives, for a thread that writes it; counts lines on the way."""

    def __init__(self, parts: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._parts = parts
        self._loop = loop
        self.lines = 0

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._next():
            self.lines += chunk.count(b"\n")
            yield chunk

    def _next(self) -> bytes:
        async def pulled() -> bytes:
            async with asyncio.timeout(STALLED):
                return await anext(self._parts, b"")

        try:
            return asyncio.run_coroutine_threadsafe(pulled(), self._loop).result()
        except TimeoutError:
            raise OnshiError(FORM_WRONG, item="slow") from None
