"""An upload from its first byte to the register: kept encrypted, checked, matched, staged, planned, applied, destroyed.

The one process that sees a 個人番号. Whatever happens in between, an upload is either applied as a whole at one
recorded moment or not at all; one that was interrupted is resumed by its id or by uploading the same file again.
"""

import asyncio
import fcntl
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager
from datetime import date, timedelta
from typing import NamedTuple

from central.db.store import Reader, Row
from central.insurers import ahead, ledger, merge, staging
from central.insurers.ahead import Ahead
from central.insurers.applying import Applier, result_of
from central.insurers.check import LineChecker, LineFault, line_fault
from central.insurers.layout import COLUMNS
from central.insurers.parts import OVER, Parts, Progress, Result, State
from central.insurers.reader import UploadReader
from central.insurers.reading import Stager
from protocol.eras import JST
from protocol.errors import CATALOGUE, OnshiError
from protocol.errors import insurers as faults

ORPHAN = timedelta(hours=1)
_RESUMED = (faults.RESIDENTS_DOWN, faults.HELPER_LOST)
"""Faults after which an upload can go on."""
_DECIDED = frozenset({State.READY, State.HELD})
"""Where a person decides how it goes on."""


class Importer:
    """Takes uploads and brings them into the register. One instance may serve many uploads, one after the other."""

    def __init__(self, parts: Parts, *, told: Callable[[Progress], None] = lambda _: None) -> None:
        self._parts = parts
        self._store = parts.store
        self._told = told
        self._applier = Applier(parts, told)
        self._row = self._applier.row

    async def receive(
        self,
        chunks: Iterable[bytes],
        *,
        operator: str,
        size: int = 0,
        insurer: str | None = None,
        skip_faulty: bool = False,
        idempotency_key: str | None = None,
        at_screen: bool = False,
    ) -> str:
        """Keeps the file and gives the upload's id: a new one, or that of the unfinished upload of the same file, or of
        the upload that came with the same idempotency key.

        ``insurer``: whose it has to be; ``size`` in bytes, for the progress; ``at_screen``: it is to be looked at
        (`look`) before anybody may apply it. Raises `OnshiError`: no upload file,
        an insurer that the register does not have, another upload of the insurer under way, the key with other bytes.
        """
        parts, now = self._parts, self._parts.clock()
        upload = f"{int(now.timestamp()):08x}{parts.random(8).hex()}"
        digest = parts.hasher.digest()
        read, given_up = 0, False

        def passing() -> Iterator[bytes]:
            """Raises once nobody waits for the file any more: the caller was cancelled, its thread was not."""
            nonlocal read
            for chunk in chunks:
                if given_up:
                    break
                digest.update(chunk)
                read += len(chunk)
                self._told(Progress(part="keep", done=read, of=max(size, read)))
                yield chunk
            if given_up:
                raise asyncio.CancelledError

        try:
            await asyncio.to_thread(parts.spool.keep, upload, passing())
            # A file without a line that says whose it is is told its faults, where it is known who sent it.
            number = self._insurer_of(upload) or insurer
            if number is None or (insurer is not None and number != insurer):
                raise OnshiError(faults.INSURER_UNKNOWN)
            if await self._store.first(ledger.KNOWN_INSURER, insurer=number) is None:
                raise OnshiError(faults.INSURER_UNKNOWN, insurer=number)
            stored = await self._store.first(ledger.STORED_KEY)
            if stored is not None and stored["key_id"] != parts.hasher.key_id:
                raise OnshiError(faults.KEYS_WRONG, stored=stored["key_id"], newest=parts.hasher.key_id)
            told = _Told(insurer=number, key=idempotency_key, digest=digest.hexdigest())
            found = await _there(self._store, told)
            if found is None:
                async with self._store.transaction() as running:
                    await running.all(ledger.HOLD_INSURER, insurer=number)
                    found = await _there(running, told)
                    if found is None:
                        await running.run(
                            ledger.INSERT,
                            insurer_number=number,
                            upload_id=upload,
                            state=(State.CHECKING if at_screen else State.RECEIVED).value,
                            digest=told.digest,
                            operator=operator,
                            idempotency_key=idempotency_key,
                            received_at=now,
                            changed_at=now,
                            salt=parts.random(32),
                            skip_faulty=skip_faulty,
                            confirmed_by=None,
                            applied_as=None,
                            lines=0,
                            staged=0,
                            faulty=0,
                            late=0,
                            report=None,
                        )
            if found is not None:
                parts.spool.destroy(upload)
                return found
        except BaseException:
            given_up = True
            parts.spool.destroy(upload)
            raise
        return upload

    def _insurer_of(self, upload: str) -> str | None:
        """Whose the file is: the first line that says so."""
        checker = LineChecker(today=self._today(), rule=self._parts.rule)
        for number, text in UploadReader(self._parts.spool.open(upload)):
            checker.check(number, text)
            if checker.insurer is not None or number > 1000:
                break
        return checker.insurer

    def _today(self) -> date:
        return self._parts.clock().astimezone(JST).date()

    async def run(self, upload: str, *, check_only: bool = False) -> Result:
        """From where it stands to its end. A file that may not be applied ends refused; a held one waits.

        Raises `OnshiError` where it could not go on and may be resumed (resident register or database away).
        """
        row = await self._row(upload)
        if State(row["state"]) in OVER:
            return result_of(row)
        with self._locked(row["insurer_number"]):
            row = await self._row(upload)
            if State(row["state"]) in OVER:
                return result_of(row)
            if State(row["state"]) is State.HELD and row["confirmed_by"] is None:
                return result_of(row)
            if State(row["state"]) is State.CHECKING:
                raise OnshiError(faults.UPLOAD_STATE, state=row["state"])
            if not check_only and self._is_entered_ahead(row):
                return await self._run_ahead(row)
            staged = await self._staged(row, self._told)
            if isinstance(staged, Result):
                return staged
            row = await self._row(upload)
            return await (self._applier.check(row, staged) if check_only else self._applier.merge(row, staged))

    def _is_entered_ahead(self, row: Row) -> bool:
        """Whether lines are worth entering while others are read: a large file that nobody has judged yet."""
        unread, size = State(row["state"]) is State.RECEIVED, self._parts.spool.size(row["upload_id"])
        return unread and size >= ahead.LARGE and self._store.dialect == "postgresql"

    async def _run_ahead(self, row: Row) -> Result:
        """As `run`, entering lines while others are read; and after all where that came to nothing."""
        following = Ahead(row["upload_id"], self._told)
        merging = asyncio.create_task(self._applier.merge_ahead(row["upload_id"], following), name="insurers:ahead")
        try:
            staged = await self._stage(row, following.hear)
            following.over()
            found = await merging
        except OnshiError as refused:
            await _stopped(merging)
            return await self._refused(row, refused)
        finally:
            await _stopped(merging)
        return found or await self._applier.merge(await self._row(row["upload_id"]), staged)

    async def _staged(self, row: Row, told: Callable[[Progress], None]) -> int | Result:
        """The number of lines, all of them staged; or how the upload ended because its file is none."""
        try:
            return await self._stage(row, told)
        except OnshiError as refused:
            return await self._refused(row, refused)

    async def _refused(self, row: Row, refused: OnshiError) -> Result:
        """Ends an upload whose file is none; raises again what it may be resumed after."""
        if refused.fault in _RESUMED or refused.fault.code.startswith("CENTRE"):
            raise refused
        row = await self._row(row["upload_id"])
        return await self._applier.over(row, State.REFUSED, lines=0, why=refused)

    async def look(self, upload: str) -> Result:
        """Checks everything, applies nothing, keeps the file: whoever sees the result decides (`run`, `withdraw`).

        A file that cannot be read as an upload ends refused. Raises as `run` does.
        """
        row = await self._row(upload)
        if State(row["state"]) is not State.CHECKING:
            return result_of(row)
        with self._locked(row["insurer_number"]):
            row = await self._row(upload)
            if State(row["state"]) is not State.CHECKING:
                return result_of(row)
            staged = await self._staged(row, self._told)
            if isinstance(staged, Result):
                return staged
            return await self._applier.look(await self._row(upload), staged)

    async def skip_faulty(self, upload: str) -> None:
        """From now on lines with faults are left out of this unfinished upload."""
        row = await self._row(upload)
        if State(row["state"]) in OVER:
            raise OnshiError(faults.UPLOAD_STATE, state=row["state"])
        async with self._store.transaction() as running:
            await running.run(ledger.SKIP, insurer=row["insurer_number"], upload=upload)

    async def confirm(self, upload: str, *, operator: str) -> None:
        """A second person has looked at the differences of a held upload; `run` then applies it."""
        row = await self._row(upload)
        if State(row["state"]) is not State.HELD:
            raise OnshiError(faults.UPLOAD_STATE, state=row["state"])
        if _person(row["operator"]) == _person(operator):
            raise OnshiError(faults.SAME_PERSON_CONFIRMS)
        async with self._store.transaction() as running:
            await running.run(
                ledger.CONFIRM, insurer=row["insurer_number"], upload=upload, by=operator, now=self._parts.clock()
            )

    async def withdraw(self, upload: str) -> Result:
        """Ends an upload that is not applied; nothing of it stays but its row."""
        row = await self._row(upload)
        with self._locked(row["insurer_number"]):
            row = await self._row(upload)
            if State(row["state"]) in OVER:
                raise OnshiError(faults.UPLOAD_STATE, state=row["state"])
            return await self._applier.over(row, State.WITHDRAWN, lines=row["lines"])

    async def result(self, upload: str, *, insurer: str | None = None) -> Result:
        """How it stands. ``insurer``: whose it has to be, or it does not exist."""
        return result_of(await self._row(upload, insurer=insurer))

    async def faults(self, upload: str) -> AsyncGenerator[LineFault]:
        """The stored faults in the order of lines (at most `staging.FAULTS_KEPT` of those of the fields)."""
        columns = {column.header: column for column in COLUMNS}
        async with aclosing(self._store.stream(ledger.FAULTS, upload=upload)) as rows:  # type: ignore[type-var]
            async for row in rows:
                fault = line_fault(row["line"], CATALOGUE[row["code"]], columns.get(row["field"]), row["value"])
                yield fault

    @contextmanager
    def _locked(self, insurer: str) -> Iterator[None]:
        """One upload of an insurer at a time; the lock goes with the process, however that ends."""
        with (self._parts.folder / f"{insurer}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OnshiError(faults.UPLOAD_RUNNING, insurer=insurer) from None
            yield

    async def _stage(self, row: Row, told: Callable[[Progress], None]) -> int:
        """Reads what was not read yet into the staging table; gives the number of lines."""
        upload, insurer = row["upload_id"], row["insurer_number"]
        there = await self._store.first(ledger.STAGED, upload=upload)
        read = int(row["staged"])
        if there is None or there["lines"] != read - row["faulty"]:
            # The database crashed (staging is not logged) or the run ended inside the plan: from the start.
            await merge.wipe(self._store, upload)
            async with self._store.transaction() as running:
                await running.run(ledger.WIPE_FAULTS, upload=upload)
                await running.run(ledger.AGAIN, insurer=insurer, upload=upload)
            read = 0
        async with staging.loader(self._store, self._parts.url) as loader:
            stager = Stager(self._parts, row, loader, told, today=self._today())
            return await stager.run(read)

    async def tidy(self) -> None:
        """Destroys files that no upload waits for: it is over, or was never entered (the process ended in between).

        A file younger than an hour may be one that is just coming in.
        """
        now = self._parts.clock()
        for upload in self._parts.spool.kept():
            row = await self._store.first(ledger.ONE, upload=upload)
            if row is None and now - self._parts.spool.kept_since(upload) > ORPHAN:
                self._parts.spool.destroy(upload)
            elif row is not None and State(row["state"]) in OVER:
                await self._applier.clean(upload)


class _Told(NamedTuple):
    """What a file that came in is told apart by."""

    insurer: str
    key: str | None
    digest: str


async def _there(reader: Reader, told: _Told) -> str | None:
    """The upload that came with the same idempotency key, or the unfinished one of the same file.

    Raises `OnshiError`: the key with other bytes, another upload of the insurer under way.
    """
    keyed = told.key and await reader.first(ledger.BY_KEY, insurer=told.insurer, idempotency_key=told.key)
    if keyed:
        if keyed["digest"] != told.digest:
            raise OnshiError(faults.KEY_REUSED, upload=keyed["upload_id"])
        return str(keyed["upload_id"])
    open_ = await reader.all(ledger.OPEN, insurer=told.insurer)
    for row in open_:
        if row["digest"] == told.digest:
            return str(row["upload_id"])
    for row in open_:
        waits = State(row["state"]) in _DECIDED and row["confirmed_by"] is None
        fault = faults.UPLOAD_WAITS if waits else faults.UPLOAD_RUNNING
        raise OnshiError(fault, upload=row["upload_id"], state=row["state"])
    return None


async def _stopped(task: "asyncio.Task[Result | None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _person(operator: str) -> str:
    """Whose name it is, whichever way they came: `officer:o-1`, `cli:o-1` and `O-1` are one person."""
    return operator.rpartition(":")[2].strip().casefold()
