"""The end of an upload whose lines are staged: judged, then applied, held or refused; and what it leaves is cleared.

Applying is one transaction and one recorded moment. Not the reading of the file (`reading`) and not who may hand it in,
confirm or withdraw it (`uploads`).
"""

from collections.abc import Callable
from datetime import date

import msgspec
import structlog

from central.db.store import Row, Transaction, Violation
from central.insurers import against, ledger, merge
from central.insurers.ahead import Ahead, GivenUp
from central.insurers.merge import Difference
from central.insurers.parts import Parts, Progress, Result, State
from central.receipts.linking import link_appeared
from central.register.intake import Intake, RegisterIntake
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors import insurers as faults
from protocol.errors.central import REGISTER_CLOSED, REGISTER_OVERLAP

_CROSSED = (REGISTER_CLOSED, REGISTER_OVERLAP)  # said where somebody else was there meanwhile
LEARN = 20_000
"""From this many lines on the database is told to look at its tables anew."""

log = structlog.get_logger("central.insurers.applying")


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    code: str = ""
    details: dict[str, str | int] = {}
    difference: Difference | None = None


class _Judged(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    wrong: int
    late: int
    difference: Difference | None
    details: dict[str, str | int] = {}


class Applier:
    """``told`` hears of progress."""

    def __init__(self, parts: Parts, told: Callable[[Progress], None]) -> None:
        self._parts = parts
        self._store = parts.store
        self._told = told

    async def row(self, upload: str, *, insurer: str | None = None) -> Row:
        """How the upload stands; `OnshiError` (`UPLOAD_UNKNOWN`) where it, or it as this insurer's, is not there."""
        row = await self._store.first(ledger.ONE, upload=upload)
        if row is None or (insurer is not None and row["insurer_number"] != insurer):
            raise OnshiError(faults.UPLOAD_UNKNOWN)
        return row

    async def check(self, row: Row, lines: int) -> Result:
        """Judges an upload of ``lines`` and ends it: checked or refused."""
        async with self._store.transaction() as running:
            judged = await self._judge(running, row, lines)
        if judged.code == faults.HELD.code:
            judged = msgspec.structs.replace(judged, code=faults.WOULD_BE_HELD.code)
        state = State.REFUSED if judged.code == faults.LINES_REFUSED.code else State.CHECKED
        return await self.over(row, state, lines=lines, judged=judged)

    async def look(self, row: Row, lines: int) -> Result:
        """Judges an upload and leaves it to whoever sees the result."""
        async with self._store.transaction() as running:
            judged = await self._judge(running, row, lines)
            await self._set(running, row, State.READY, lines=lines, judged=judged, salt=row["salt"])
        return result_of(await self.row(row["upload_id"]))

    async def merge(self, row: Row, lines: int) -> Result:
        """Plans, judges and applies in one transaction."""
        upload = row["upload_id"]
        try:
            async with RegisterIntake(self._store, self._parts.clock).transaction() as intake:
                judged = await self._judge(intake.running, row, lines)
                if not judged.code:
                    await self._apply(intake, row, lines, judged)
        except (OnshiError, Violation) as refused:
            if isinstance(refused, OnshiError) and refused.fault not in _CROSSED:
                raise
            return await self.over(row, State.REFUSED, lines=lines, why=OnshiError(faults.REGISTER_MOVED))
        if judged.code == faults.HELD.code:
            async with self._store.transaction() as running:
                await self._set(running, row, State.HELD, lines=lines, judged=judged, salt=row["salt"])
            return result_of(await self.row(upload))
        if judged.code:
            return await self.over(row, State.REFUSED, lines=lines, judged=judged)
        return await self._applied(upload, lines)

    async def merge_ahead(self, upload: str, following: Ahead) -> Result | None:
        """Enters what it can while the file is read, then the rest; None where it has to be done anew after reading."""
        await following.due()
        try:
            async with RegisterIntake(self._store, self._parts.clock).transaction() as intake:
                await following.follow(intake, key_id=self._parts.hasher.key_id)
                # Not by the store: all its other connections may wait for the register, which this one holds.
                row = await intake.running.first(ledger.ONE, upload=upload)
                if row is None:
                    raise GivenUp("gone")
                judged = await self._judge(intake.running, row, row["staged"], rest=True)
                if judged.code:
                    raise GivenUp(judged.code)
                await self._apply(intake, row, row["staged"], judged)
        except GivenUp as given_up:
            reason = str(given_up)
        except Violation as refused:
            reason = refused.kind  # its words are the database's and may quote a row
        except OnshiError as refused:
            if refused.fault not in _CROSSED:
                raise  # perhaps it was committed, perhaps what was staged is lost: the upload has to be resumed
            reason = refused.fault.code
        else:
            return await self._applied(upload, row["staged"])
        log.info("upload_not_ahead", upload=upload, reason=reason)
        return None

    async def _apply(self, intake: Intake, row: Row, lines: int, judged: _Judged) -> None:
        insurer, upload = row["insurer_number"], row["upload_id"]
        await merge.apply(
            intake,
            upload,
            insurer=insurer,
            today=self._today(),
            operator=row["operator"],
            key_id=self._parts.hasher.key_id,
            told=lambda done, of: self._told(Progress(part="apply", done=done, of=of, lines=lines)),
        )
        await link_appeared(intake.running, self._parts.random(16).hex(), intake.moment)
        if judged.difference is not None:
            await merge.count(intake.running, insurer, judged.difference)
        await self._set(intake.running, row, State.APPLIED, lines=lines, judged=judged)
        await intake.running.run(merge.APPLIED, insurer=insurer, upload=upload, moment=intake.moment)

    async def _applied(self, upload: str, lines: int) -> Result:
        await self.clean(upload)
        if lines >= LEARN and self._store.dialect == "postgresql":
            await merge.learn(self._store)
        return result_of(await self.row(upload))

    async def _judge(self, running: Transaction, row: Row, lines: int, *, rest: bool = False) -> _Judged:
        """``rest``: plain lines are entered already."""
        upload, insurer, today = row["upload_id"], row["insurer_number"], self._today()
        staged = await running.first(ledger.STAGED, upload=upload)
        if staged is None or staged["lines"] != row["staged"] - row["faulty"]:
            # Staging is not logged: the database crashed and came back meanwhile. Resumed, the file is read again.
            raise OnshiError(faults.HELPER_LOST)
        if rest:
            await merge.plan_rest(running, upload)
        else:
            await merge.begin(running, upload, dialect=self._store.dialect)
            await merge.plan(running, upload)
        found = await running.first(against.FAULTY, upload=upload)
        wrong = int(row["faulty"]) + (int(found["lines"]) if found else 0)
        if row["skip_faulty"]:
            await merge.set_aside(running, upload)
        told = await merge.difference(running, upload, insurer, today, self._parts.limits)
        overdue = await running.first(against.LATE, upload=upload, since=today - self._parts.late)
        code = ""
        if wrong and not row["skip_faulty"]:
            code = faults.LINES_REFUSED.code
        elif told.held and row["confirmed_by"] is None:
            code = faults.HELD.code
        return _Judged(code=code, wrong=wrong, late=int(overdue["lines"]) if overdue else 0, difference=told)

    async def _set(
        self, running: Transaction, row: Row, state: State, *, lines: int, judged: _Judged, salt: bytes | None = None
    ) -> None:
        await running.run(
            ledger.SET,
            insurer=row["insurer_number"],
            upload=row["upload_id"],
            to=state.value,
            read=lines,
            wrong=judged.wrong,
            overdue=judged.late,
            now=self._parts.clock(),
            told=msgspec.json.encode(_Report(code=judged.code, details=judged.details, difference=judged.difference)),
            salted=salt,
        )

    async def over(
        self, row: Row, state: State, *, lines: int, judged: _Judged | None = None, why: OnshiError | None = None
    ) -> Result:
        """Ends an upload without applying it."""
        if judged is None:
            judged = _Judged(
                code=why.fault.code if why else "",
                details=dict(why.details) if why else {},
                wrong=int(row["faulty"]),
                late=0,
                difference=None,
            )
        async with self._store.transaction() as running:
            await self._set(running, row, state, lines=lines, judged=judged)
        await self.clean(row["upload_id"])
        return result_of(await self.row(row["upload_id"]))

    async def clean(self, upload: str) -> None:
        """What an upload that is over leaves behind goes: the file first."""
        self._parts.spool.destroy(upload)
        await merge.wipe(self._store, upload)

    def _today(self) -> date:
        return self._parts.clock().astimezone(JST).date()


def result_of(row: Row) -> Result:
    """How an upload stands by its row."""
    report = msgspec.json.decode(row["report"], type=_Report) if row["report"] else _Report()
    return Result(
        upload=row["upload_id"],
        insurer=row["insurer_number"],
        state=State(row["state"]),
        lines=row["lines"],
        faulty=row["faulty"],
        late=row["late"],
        code=report.code,
        details=report.details,
        applied_as=row["applied_as"],
        difference=report.difference,
    )
