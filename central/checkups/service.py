"""The way in: a submission's good results into the tables, in one step that is visible at once or not at all.

Everything of one import becomes known at one moment of the register's clock, under the lock that whoever changes the
register holds as well: nobody's record moves while results are being placed on it. Also here: what waits for its person
is linked when the register names them, and what is past keeping is deleted. Not for judging files (`check`).
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import IO, TypeVar

import msgspec

from central.audit import Journal
from central.audit.entry import AuditEntry
from central.checkups import statements as s
from central.checkups.archive import LIMITS, Archive, Limits
from central.checkups.arrival import Arrival, arrival
from central.checkups.check import Checker
from central.checkups.checkup import YEARS_KEPT, kept_until
from central.checkups.finding import SubmissionFault
from central.checkups.placing import Placing
from central.checkups.schemas import Schemas
from central.db.store import Statement, Store, Transaction
from central.register.intake import RegisterIntake
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors import checkups as faults

T = TypeVar("T")
CENTRE = "centre"
"""The operator of what nobody asked for."""
PORTION = 500
"""Checkups that are placed with one round of reads, or deleted in one commit."""
KEPT_FAULTS = 1000
MAX_DOCUMENT = 64 * 1024
"""Bytes of one packed checkup; a real one has some 2 KB. What is larger is left out."""
MAX_DOCUMENTS = 256 * 1024 * 1024
"""Bytes of all packed checkups of one submission, which are held in memory until they go in together."""
_CHUNK = 1 << 20
COUNTS = ("results", "new", "corrected", "same", "older", "expired", "deleted", "left_out", "waiting")


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a submission.

    ``results`` is the sum of: ``new``; ``corrected`` (a predecessor was closed); ``same`` (nothing to change);
    ``older`` (a later one is there); ``expired`` (past keeping); ``deleted`` (a request that closed something); and
    ``left_out`` (faulty). Of new and corrected, ``waiting`` wait for their person. ``again``: this very ZIP was loaded
    before, and nothing changed.
    """

    submission: str
    again: bool = False
    results: int = 0
    new: int = 0
    corrected: int = 0
    same: int = 0
    older: int = 0
    expired: int = 0
    deleted: int = 0
    left_out: int = 0
    waiting: int = 0
    faults: tuple[SubmissionFault, ...] = ()
    left_off: int = 0


class Purged(msgspec.Struct, frozen=True):
    """Deleted rows, closed ones included. ``before``: checkups of this day and later are kept."""

    before: date
    linked: int
    waiting: int


class _Report(msgspec.Struct, frozen=True):
    faults: tuple[SubmissionFault, ...]
    left_off: int


class Checkups:
    """The import, the linking and the purge. ``clock`` aware; ``ids`` unguessable, 32 characters."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        ids: Callable[[], str] = lambda: secrets.token_hex(16),
        told: Callable[[int], None] = lambda _: None,
        limits: Limits = LIMITS,
        schemas: Schemas | None = None,
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._ids = ids
        self._told = told
        self._limits = limits
        self._schemas = schemas
        self._intake = RegisterIntake(store, clock, ids)

    async def load(self, stream: IO[bytes], zip_name: str = "", *, operator: str) -> Loaded:
        """Loads the good results of a submission; raises `OnshiError` for a ZIP that is refused as a whole.

        The same ZIP again changes nothing. ``stream`` must be seekable; ``told`` hears how many results were read.
        """
        checker = Checker(Archive(stream, self._limits), zip_name, schemas=self._schemas)
        seal = _sealed(stream)
        if (known := await self._known(self._store, seal)) is not None:
            return known
        submission = self._ids()
        await self._journal.record(
            AuditEntry(
                kind="checkups.import",
                outcome="received",
                facility=checker.sender or None,
                operator=operator,
                request_hash=seal,
                references=(f"submission:{submission}",),
            )
        )
        counts: Counter[str] = Counter()
        arrivals, report = self._read(checker, submission, counts)
        async with self._intake.transaction() as intake:
            # Whoever imports holds the register's clock: what is looked up here stays true until the end.
            if (known := await self._known(intake.running, seal)) is not None:
                return known
            placing = Placing(intake.running, intake.moment, self._ids, counts)
            for portion in _portions(arrivals):
                await placing.take(portion)
            await intake.running.run(
                s.INSERT_SUBMISSION,
                submission_id=submission,
                digest=seal,
                sender=checker.sender,
                sent=checker.sent,
                operator=operator,
                received_at=self._clock(),
                report=msgspec.msgpack.encode(report),
                **{name: counts[name] for name in COUNTS},
            )
        return _loaded(submission, counts, report)

    async def link(self, *, operator: str) -> int:
        """Links what waits for persons whom the register names by now; gives how many rows."""
        linked, after = 0, ""
        while rows := await self._store.all(s.PLACEABLE, after=after, portion=PORTION):
            numbers = [row["lookup_key"] for row in rows]
            after = numbers[-1]
            async with self._intake.transaction() as intake:
                placing = Placing(intake.running, intake.moment, self._ids, Counter())
                linked += await placing.link(numbers)
        if linked:
            await self._journal.record(
                AuditEntry(kind="checkups.link", outcome="done", operator=operator, references=(f"linked:{linked}",))
            )
        return linked

    async def purge(self, *, operator: str) -> Purged:
        """Deletes what is past keeping, portion by portion, each with its audit row in the same commit."""
        before = first_kept(self._today())
        linked = await self._purge(before, operator, "linked", s.OVERDUE, s.PURGE)
        waiting = await self._purge(before, operator, "waiting", s.OVERDUE_WAITING, s.PURGE_WAITING)
        return Purged(before, linked, waiting)

    async def _purge(self, before: date, operator: str, kind: str, overdue: Statement, purge: Statement) -> int:
        done = 0
        while rows := await self._store.all(overdue, before=before, portion=PORTION):
            ones = {"of": sorted({row["of"] for row in rows}), "ones": [row["one"] for row in rows], "before": before}
            told = (f"before:{before}", f"{kind}:{len(rows)}")
            await self._journal.record(
                AuditEntry(kind="checkups.purge", outcome="done", operator=operator, references=told),
                writes=[(purge, ones)],
            )
            done += len(rows)
        return done

    async def tend(self) -> None:
        """What the centre does from time to time: links and purges."""
        await self.link(operator=CENTRE)
        await self.purge(operator=CENTRE)

    def _today(self) -> date:
        return self._clock().astimezone(JST).date()

    async def _known(self, reader: Store | Transaction, seal: str) -> Loaded | None:
        row = await reader.first(s.SUBMISSION, digest=seal)
        if row is None:
            return None
        report = msgspec.msgpack.decode(row["report"], type=_Report)
        counts = {name: row[name] for name in COUNTS}
        return _loaded(row["submission_id"], counts, report, again=True)

    def _read(self, checker: Checker, submission: str, counts: Counter[str]) -> tuple[list[Arrival], _Report]:
        """The results that may go in, and what is wrong with the others."""
        today, now = self._today(), self._clock()
        found: list[Arrival] = []
        told: list[SubmissionFault] = []
        left_off = octets = 0
        for one in checker:
            for fault in one.faults:
                if len(told) < KEPT_FAULTS:
                    told.append(fault)
                else:
                    left_off += 1
            if not one.is_result:
                continue
            counts["results"] += 1
            self._told(counts["results"])
            if one.checkup is None:
                counts["left_out"] += 1
            elif today > kept_until(one.checkup.day):
                counts["expired"] += 1
            else:
                come = arrival(one.checkup, sent=checker.sent, submission_id=submission, received_at=now)
                octets += len(come.document)
                if len(come.document) > MAX_DOCUMENT or octets > MAX_DOCUMENTS:
                    raise OnshiError(faults.ZIP_TOO_LARGE, bytes=len(come.document))
                found.append(come)
        return found, _Report(tuple(told), left_off)


def _sealed(stream: IO[bytes]) -> str:
    """SHA-256 of the ZIP, in hexadecimal."""
    found = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def _portions(every: Iterable[T]) -> Iterator[list[T]]:
    left = iter(every)
    while portion := list(islice(left, PORTION)):
        yield portion


def _loaded(submission: str, counts: Mapping[str, int], report: _Report, *, again: bool = False) -> Loaded:
    values = {name: counts.get(name, 0) for name in COUNTS}
    found = {**values, "submission": submission, "faults": report.faults, "left_off": report.left_off, "again": again}
    return msgspec.convert(found, Loaded)


def first_kept(today: date) -> date:
    """The day before which nothing is kept ``today``: the earliest whose last day of keeping has not passed."""
    try:
        return today.replace(year=today.year - YEARS_KEPT)
    except ValueError:  # 29 February: what was made on 28 February was kept until yesterday
        return date(today.year - YEARS_KEPT, 3, 1)
