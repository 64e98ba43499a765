"""The importer as an officer uses it over the web: hand in a file or members, watch it, confirm it, withdraw it.

Every call names the officer, sees the officer's own insurer only (anything else does not exist), and leaves an audit
row before it is answered. Files run one after the other in the background, members beside them, so that one member
does not wait for a million lines to be read; what a restart interrupts goes on by itself. For routes and console; the
command line uses `uploads` directly.
"""

import asyncio
import csv
import io
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from central.api.problems import told as frames_of
from central.audit import AuditEntry, Journal
from central.db import Row
from central.insurers import ledger
from central.insurers.applying import result_of
from central.insurers.check import LineFault
from central.insurers.layout import AT, COLUMNS, COUNT_MARK, HEADER, Operation
from central.insurers.officers import Officer, Role
from central.insurers.pace import Pace
from central.insurers.parts import OVER, Parts, Progress, Result, State
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors import insurers as faults

BATCH = 1000
"""Members in one call."""
FAULTS = 1000
"""Faults told in one answer; all of them are in the errors-only CSV."""

WATCHED = 1000
"""Uploads whose progress is kept in memory."""

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

log = structlog.get_logger("central.insurers.desk")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an upload stands. ``progress``: what is done now; ``seconds_left``: until its end, about."""

    result: Result
    received_at: datetime
    operator: str
    running: bool = False
    progress: Progress | None = None
    seconds_left: int | None = None
    confirmed_by: str | None = None
    trouble: str = ""
    """Catalogue code of what interrupted it; it goes on when it is resumed."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of members that were handed in directly."""

    standing: Standing
    faults: tuple[LineFault, ...] = ()


class _Watch(Pace):
    """Progress of one upload, and what interrupted it."""

    trouble = ""


class UploadDesk:
    """``monotonic`` in seconds. `start` it and `stop` it."""

    def __init__(self, parts: Parts, journal: Journal, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._store = parts.store
        self._journal = journal
        self._monotonic = monotonic
        self._watched: OrderedDict[str, _Watch] = OrderedDict()
        self._files: asyncio.Queue[str] = asyncio.Queue()
        self._members: asyncio.Queue[str] = asyncio.Queue()
        self._queued: dict[str, asyncio.Event] = {}
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Goes on with what was interrupted."""
        await Importer(self._parts).tidy()
        for row in await self._store.all(ledger.INTERRUPTED):
            if not (State(row["state"]) is State.HELD and row["confirmed_by"] is None):
                self._enqueue(row["upload_id"])
        for lane, name in ((self._files, "files"), (self._members, "members")):
            self._workers.append(asyncio.create_task(self._work(lane), name=f"insurers:{name}"))

    async def stop(self) -> None:
        """An upload that is running stays as it is and goes on after the next start."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()

    async def hand_in(
        self, officer: Officer, chunks: AsyncIterator[bytes], *, size: int = 0, idempotency_key: str | None = None,
        skip_faulty: bool = False,
    ) -> Standing:  # fmt: skip
        """Keeps the file and lets it run; returns as soon as it is kept.

        The same unfinished file, or the same idempotency key, gives the upload that is there. Raises `OnshiError`:
        no upload file, another insurer's, another upload under way, the key with another file.
        """
        upload = await self._receive(officer, chunks, size, idempotency_key, skip_faulty=skip_faulty)
        self._enqueue(upload)
        return await self._audited(officer, "upload.receive", upload)

    async def members(
        self, officer: Officer, members: Sequence[dict[str, str]], *, idempotency_key: str | None = None,
        skip_faulty: bool = False,
    ) -> Answered:  # fmt: skip
        """One member or several, as the columns of the layout (`layout.COLUMNS`) by their keys; applied before it
        returns, or refused with the faults. 連番 and 保険者番号 are filled in."""

        async def chunks() -> AsyncIterator[bytes]:
            yield _file(officer.insurer, members)

        upload = await self._receive(officer, chunks(), 0, idempotency_key, skip_faulty=skip_faulty)
        done = self._enqueue(upload, self._members)
        await done.wait()
        standing = await self._audited(officer, "upload.members", upload)
        found = [fault async for fault in self._faults(upload, FAULTS)]
        return Answered(standing=standing, faults=tuple(found))

    async def standing(self, officer: Officer, upload: str) -> Standing:
        """How the upload stands; `OnshiError` (`UPLOAD_UNKNOWN`) for another insurer's."""
        row = await self._store.first(ledger.ONE, upload=upload)
        if row is None or row["insurer_number"] != officer.insurer:
            raise OnshiError(faults.UPLOAD_UNKNOWN)
        return self._standing(row)

    async def history(self, officer: Officer, *, before: datetime | None = None, count: int = 50) -> list[Standing]:
        """The insurer's uploads, newest first, those before a moment."""
        rows = await self._store.all(ledger.HISTORY, insurer=officer.insurer, before=before or _NEVER, count=count)
        return [self._standing(row) for row in rows]

    async def errors(self, officer: Officer, upload: str, *, count: int | None = None) -> AsyncIterator[LineFault]:
        """The faults of an upload in the order of lines."""
        await self.standing(officer, upload)
        async for fault in self._faults(upload, count):
            yield fault

    async def confirm(self, officer: Officer, upload: str) -> Standing:
        """A supervisor, and not whoever handed it in, lets a held upload be applied."""
        await self.standing(officer, upload)
        officer.require(Role.SUPERVISOR)
        await self._importer(upload).confirm(upload, operator=officer.operator)
        self._enqueue(upload)
        return await self._audited(officer, "upload.confirm", upload)

    async def withdraw(self, officer: Officer, upload: str) -> Standing:
        """Ends an upload that is not applied."""
        await self.standing(officer, upload)
        await self._importer(upload).withdraw(upload)
        return await self._audited(officer, "upload.withdraw", upload)

    async def resume(self, officer: Officer, upload: str) -> Standing:
        """Goes on with an upload that was interrupted."""
        standing = await self.standing(officer, upload)
        if standing.result.state in OVER:
            raise OnshiError(faults.UPLOAD_STATE, state=standing.result.state.value)
        self._enqueue(upload)
        return await self._audited(officer, "upload.resume", upload)

    async def _receive(
        self, officer: Officer, chunks: AsyncIterator[bytes], size: int, key: str | None, *, skip_faulty: bool
    ) -> str:
        loop = asyncio.get_running_loop()

        async def following() -> bytes | None:
            return await anext(chunks, None)

        def bridged() -> Iterator[bytes]:
            """The file is encrypted and written in a thread, which waits for the next part here."""
            while (part := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
                yield part

        return await Importer(self._parts).receive(
            bridged(),
            operator=officer.operator,
            size=size,
            insurer=officer.insurer,
            skip_faulty=skip_faulty,
            idempotency_key=key,
        )

    def _importer(self, upload: str) -> Importer:
        return Importer(self._parts, told=self._watch(upload))

    def _watch(self, upload: str) -> _Watch:
        watch = self._watched.setdefault(upload, _Watch(self._monotonic))
        if len(self._watched) > WATCHED:
            self._watched.popitem(last=False)
        return watch

    def _enqueue(self, upload: str, lane: "asyncio.Queue[str] | None" = None) -> asyncio.Event:
        """Lets it run; the event is set when it has, to whatever end. ``lane``: that of files when not given."""
        if upload not in self._queued:
            self._queued[upload] = asyncio.Event()
            (self._files if lane is None else lane).put_nowait(upload)
        return self._queued[upload]

    async def _work(self, lane: "asyncio.Queue[str]") -> None:
        while True:
            upload = await lane.get()
            watch = self._watch(upload)
            watch.trouble = ""
            try:
                await Importer(self._parts, told=watch).run(upload)
            except OnshiError as stopped:
                watch.trouble = stopped.fault.code
                log.warning("upload_interrupted", upload=upload, code=stopped.fault.code)
            except Exception as failed:  # noqa: BLE001 - logged without messages; the upload can be resumed
                watch.trouble = faults.HELPER_LOST.code
                log.error("upload_failed", upload=upload, **frames_of(failed))
            finally:
                self._queued.pop(upload).set()

    def _standing(self, row: Row) -> Standing:
        upload = row["upload_id"]
        watch = self._watched.get(upload)
        running = upload in self._queued
        return Standing(
            result=result_of(row),
            received_at=row["received_at"],
            operator=row["operator"],
            running=running,
            progress=watch.now if watch and running else None,
            seconds_left=watch.left() if watch and running else None,
            confirmed_by=row["confirmed_by"],
            trouble=watch.trouble if watch and not running else "",
        )

    async def _faults(self, upload: str, count: int | None) -> AsyncIterator[LineFault]:
        told = 0
        async for fault in Importer(self._parts).faults(upload):
            if count is not None and told == count:
                return
            told += 1
            yield fault

    async def _audited(self, officer: Officer, kind: str, upload: str) -> Standing:
        standing = await self.standing(officer, upload)
        await self._journal.record(
            AuditEntry(
                kind=kind,
                outcome="done",
                operator=officer.operator,
                request_id=upload,
                references=(f"state:{standing.result.state.value}",),
            )
        )
        return standing


def _file(insurer: str, members: Sequence[dict[str, str]]) -> bytes:
    """Members as an upload file; `OnshiError` (`MEMBER_FIELD`) for a field that the layout does not have."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for serial, member in enumerate(members, 1):
        unknown = sorted(set(member) - set(AT))
        if unknown:
            raise OnshiError(faults.MEMBER_FIELD, member=serial, field=unknown[0][:40])
        filled = {"operation": Operation.REGISTER.value, "insurer": insurer, "serial": str(serial), **member}
        # A line break would make two lines of one member: the check then tells it as the control character it is.
        writer.writerow(filled.get(column.key, "").replace("\r\n", "\n").replace("\n", "\x0b") for column in COLUMNS)
    return f"{HEADER}\r\n{buffer.getvalue()}{COUNT_MARK},{len(members)}\r\n".encode("utf-8", "replace")
