"""The folder exchange: requests out of ``req``, answers and refusals into ``res``, old results swept away.

Watched with inotify and, because shared folders tell nothing, looked at every few seconds as well. A request is
taken when it has stopped changing, answered, and then removed; a refused one goes back into ``res`` with an ``.err``
beside it. Facts: reference clinic-interface 2.1, 3.10, 8.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from edge.clinic.inotify import FolderWatch
from edge.clinic.intake import (
    FINISH_SECONDS,
    Look,
    as_it_stays,
    looks,
    may_be_finished,
    move_request,
    read_request,
    remove_request,
)
from edge.clinic.names import Kind, RequestName, request_name
from edge.clinic.requests import Requests, rejection
from edge.clinic.spellings import Spellings
from edge.clinic.writer import WholeFiles
from protocol.errors import OnshiError, clinic, input_
from protocol.messages import BULK_BYTES

log = structlog.get_logger("onshi.clinic")

LOOK_SECONDS = 0.05
"""Between two looks at a file that may still be written."""
AT_ONCE = 8
"""Requests that are answered at the same time."""
LONGEST_RETRY_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Where and how. ``settle`` is how long a file must look the same; ``finish`` how long a broken one may be
    unfinished before it is refused; both in seconds."""

    req: Path
    res: Path
    scan_seconds: float = 2.0
    settle_seconds: float = 0.15
    finish_seconds: float = FINISH_SECONDS
    max_bytes: int = 1_000_000
    max_bulk_bytes: int = BULK_BYTES


@dataclass
class _Seen:
    look: Look
    since: float
    first: float
    given_up: bool = False
    wait_until: float = 0.0
    retry: float = 0.5
    result: tuple[Path, bytes] | None = None
    """An answer that could not be written yet: asked once, written when the folder is back."""
    busy: bool = field(default=False)
    digest: bytes = b""
    """SHA-256 of what was read."""


class RequestFolder:
    """Runs until cancelled. ``ticks`` is a monotonic clock in seconds."""

    def __init__(
        self, exchange: Exchange, requests: Requests, files: WholeFiles, *, ticks: Callable[[], float]
    ) -> None:
        self._exchange = exchange
        self._requests = requests
        self._files = files
        self._ticks = ticks
        self._seen: dict[str, _Seen] = {}
        self._spellings = Spellings(exchange.res)
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._missing = False

    async def run(self) -> None:
        """Watch, look, answer; a missing folder is waited for."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    with FolderWatch(self._exchange.req, self._wake):
                        while await self._turn(tasks):
                            pass
                except OSError:  # no folder yet, or no inotify here: looking alone does it, only later
                    await self._turn(tasks)

    async def _turn(self, tasks: asyncio.TaskGroup) -> bool:
        """One look, then wait for a sign or the next look; False when the folder is gone."""
        self._wake.clear()
        began = self._ticks()
        unsettled = await self._look(tasks)
        pause = (self._ticks() - began) * 4  # of ten thousand files a look takes long: the work shall get the time
        with contextlib.suppress(TimeoutError):  # not wait_for: before 3.12 it can swallow a cancellation
            async with asyncio.timeout(LOOK_SECONDS if unsettled else self._exchange.scan_seconds):
                await self._wake.wait()
        await asyncio.sleep(max(pause, LOOK_SECONDS if unsettled else 0))
        return not self._missing

    async def _look(self, tasks: asyncio.TaskGroup) -> bool:
        """One look at the folder; True when a file is still being judged."""
        try:
            found = await asyncio.to_thread(looks, self._exchange.req)
        except OnshiError as error:
            if not self._missing:
                log.error("folder_missing", fault=error.fault.code, folder="req")
            self._missing = True
            return False
        self._missing = False
        now = self._ticks()
        for name in [name for name, seen in self._seen.items() if name not in found and not seen.busy]:
            del self._seen[name]
        unsettled = False
        for name, look in found.items():
            seen = self._seen.get(name)
            if seen is None or (seen.look != look and not seen.busy):
                first = seen.first if seen and not seen.given_up else now
                self._seen[name] = _Seen(look=look, since=now, first=first)
                unsettled = True
            elif seen.busy or seen.given_up:
                continue
            elif now - seen.since < self._exchange.settle_seconds or now < seen.wait_until:
                unsettled = True
            else:
                seen.busy = True
                tasks.create_task(self._handle(name, seen), name="request-file")
        return unsettled

    async def _handle(self, name: str, seen: _Seen) -> None:
        async with self._room:
            try:
                await self._take(name, seen)
            except FileNotFoundError:
                log.info("request_vanished", request=_tag(name))
            except OnshiError as error:  # res cannot be written: keep the request, come back later
                log.error("result_not_written", request=_tag(name), fault=error.fault.code)
                seen.wait_until = self._ticks() + seen.retry
                seen.retry = min(seen.retry * 2, LONGEST_RETRY_SECONDS)
            except Exception as defect:  # noqa: BLE001 - one file that makes us fail must not stop the others
                log.error("request_defect", request=_tag(name), kind=type(defect).__name__)
                seen.given_up = True
                with contextlib.suppress(OnshiError):
                    await self._give_back_unread(name, seen, OnshiError(clinic.REQUEST_DEFECT))
            finally:
                seen.busy = False
                self._wake.set()

    async def _take(self, name: str, seen: _Seen) -> None:
        request = request_name(name)
        path = self._exchange.req / name
        if seen.result is None:
            try:
                data = await asyncio.to_thread(read_request, path, self._largest(request))
            except OnshiError as error:
                if may_be_finished(error) and self._may_still_come(seen):
                    return
                await self._give_back_unread(name, seen, error)
                return
            seen.digest = hashlib.sha256(data).digest()
            await self._answer(request, name, data, seen)
            if seen.result is None:
                return
        target, answer = seen.result
        await self._files.write(target, answer)
        self._spellings.note(target.name)
        await self._done(name, seen)

    def _largest(self, request: RequestName | None) -> int:
        bulk = request is not None and request.kind.is_bulk
        return self._exchange.max_bulk_bytes if bulk else self._exchange.max_bytes

    def _may_still_come(self, seen: _Seen) -> bool:
        """Whether a file that cannot be used yet may still be finished; then it is looked at again."""
        if self._ticks() - seen.since >= self._exchange.finish_seconds:
            return False
        seen.wait_until = self._ticks() + LOOK_SECONDS * 2
        return True

    async def _answer(self, request: RequestName | None, name: str, data: bytes, seen: _Seen) -> None:
        try:
            if request is None:
                raise OnshiError(clinic.REQUEST_NAME)
            if not data.strip() and request.kind is not Kind.OTHER:
                raise OnshiError(clinic.REQUEST_INCOMPLETE)
            stamp = f"{name}\0{seen.look.inode}\0{seen.look.mtime_ns}"
            answer = await self._requests.answer(request, data, stamp=stamp)
        except OnshiError as error:
            if may_be_finished(error) and self._may_still_come(seen):
                return
            await self._reject(name, data, seen, as_it_stays(error))
            return
        if request is not None:
            log.info("request_answered", request=_tag(name))
            await asyncio.to_thread(self._clear, *request.results())
            target = self._exchange.res / (request.result[:-4] + answer.suffix)
            seen.result = (target, answer.data)

    def _clear(self, *names: str) -> None:
        """An unread result of the same name answers an older question: it must not stand for this one.

        Nor one that has that name for Windows, in other letters.
        """
        for name in (*names, *self._spellings.others(names)):
            with contextlib.suppress(OSError):
                (self._exchange.res / name).unlink()

    async def _reject(self, name: str, data: bytes, seen: _Seen, error: OnshiError) -> None:
        """The reason first, then the copy: whoever sees the copy finds the reason beside it."""
        log.warning("request_rejected", request=_tag(name), fault=error.fault.code)
        err = f"{name[:-4]}.err"
        await asyncio.to_thread(self._clear, name, err)
        await self._files.write(self._exchange.res / err, rejection(error, data))
        await self._files.write(self._exchange.res / name, data)
        self._spellings.note(err, name)
        await self._done(name, seen)

    async def _give_back_unread(self, name: str, seen: _Seen, error: OnshiError) -> None:
        log.warning("request_rejected", request=_tag(name), fault=error.fault.code)
        err = f"{name[:-4]}.err"
        await asyncio.to_thread(self._clear, name, err)
        await self._files.write(self._exchange.res / err, rejection(error, b""))
        self._spellings.note(err, name)
        if error.fault.code in {input_.MESSAGE_TOO_LARGE.code, clinic.REQUEST_DEFECT.code}:
            await asyncio.to_thread(move_request, self._exchange.req / name, self._exchange.res / name)
        await self._done(name, seen)

    async def _done(self, name: str, seen: _Seen) -> None:
        """Answered: the request goes. What cannot be removed is never answered twice."""
        removed = await asyncio.to_thread(remove_request, self._exchange.req / name, seen.look, seen.digest)
        if not removed:
            log.error("request_not_removed", request=_tag(name))
        seen.given_up = True


def _tag(name: str) -> str:
    """A name may hold a patient's number in the clinic's system: logs get a digest of it."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
