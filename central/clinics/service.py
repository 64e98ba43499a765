"""Bulk requests: taken in at once, worked off in the background, handed out until their time is over.

Everything is in the database: a crash loses nothing, a second worker takes over, no unit is answered twice. Each
unit's answer is stored in the commit of its audit row. Facts: reference clinic-interface 3.5-3.7.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog

from central.api.problems import incident
from central.audit import AuditEntry, Conflict, Journal
from central.clinics import statements as s
from central.clinics.metrics import ClinicsMetrics
from central.clinics.units import (
    PURPOSES,
    BulkKind,
    ConsentedUnit,
    Judged,
    Units,
    failed_query,
    failed_registration,
    told_of_limit,
)
from central.db import Row, Store, StoreDown
from central.facilities.device import Device
from protocol.eras import JST
from protocol.errors import OnshiError, clinic
from protocol.messages import (
    BULK_UNITS,
    AskedRegistration,
    AskedSearch,
    Message,
    read_json,
    write_json,
)

KEPT = timedelta(days=7)
"""How long results are handed out."""
UNITS_A_DAY = 30_000
"""Units that a facility may upload within 24 hours: a large hospital's day several times over."""
SLICE = 200
"""Units of one bulk before another bulk has its turn."""
AT_ONCE = 8
LEASE = timedelta(seconds=120)
PAUSE_SECONDS = 5.0
"""How often the worker looks without being woken: for bulks of another process that ended."""

M = TypeVar("M", bound=Message)

log = structlog.get_logger("central.clinics")


class Reception(NamedTuple):
    """A bulk that was taken in; ``asked_day`` only where its kind has one."""

    number: str
    at: datetime


class Progress(NamedTuple):
    """How far a bulk is."""

    number: str
    kind: BulkKind
    asked_day: date | None
    file_identifier: str | None
    units: int
    processed: int
    failed: int
    done: bool


class Bulks:
    """All bulks of one centre. ``random`` gives bytes, ``clock`` the present, aware."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        units: Units,
        *,
        metrics: ClinicsMetrics,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        a_day: int = UNITS_A_DAY,
    ) -> None:
        self._store = store
        self._journal = journal
        self._units = units
        self._metrics = metrics
        self._clock = clock
        self._random = random
        self._a_day = a_day
        self._wake = asyncio.Event()

    # --- in ---------------------------------------------------------------------------------------------------------

    async def take(
        self,
        kind: BulkKind,
        asked: Sequence[object],
        *,
        device: Device,
        upload: str,
        request_hash: str,
        asked_day: date | None = None,
        file_identifier: str | None = None,
    ) -> Reception:
        """Keep a bulk; it is on disk when this returns. The same ``upload`` of a facility is the same bulk.

        Raises `OnshiError`: ``CLINIC-021`` too long, ``CLINIC-022`` too many today.
        """
        before = await self._store.first(s.BY_UPLOAD, at=device.facility, named=upload)
        if before is not None:
            return Reception(before["reception_number"], before["received_at"])
        if len(asked) > BULK_UNITS:
            raise OnshiError(clinic.BULK_TOO_LONG, units=len(asked), limit=BULK_UNITS)
        now = self._clock()
        used = await self._store.first(s.UNITS_SINCE, at=device.facility, since=now - timedelta(hours=24))
        if used is not None and used["units"] + len(asked) > self._a_day:
            raise OnshiError(clinic.BULK_TOO_MANY, limit=self._a_day)
        number = f"{now.astimezone(JST):%y%m%d}{int.from_bytes(self._random(8), 'big') % 10**10:010d}"
        row = {
            "reception_number": number,
            "facility": device.facility,
            "device": device.id,
            "upload": upload,
            "kind": kind.value,
            "file_identifier": file_identifier,
            "asked_day": asked_day,
            "units": len(asked),
            "asked": msgspec.json.encode(asked),
            "received_at": now,
            "served_at": None,
            "leased_until": None,
            "done_at": None if asked else now,
            "forgotten_at": None,
        }
        entry = AuditEntry(
            kind="bulk-upload",
            outcome="answered",
            device=device.id,
            facility=device.facility,
            request_id=number,
            request_hash=request_hash,
            asked_day=asked_day,
            references=(f"kind:{kind.value}", f"units:{len(asked)}"),
        )
        try:
            await self._journal.record(entry, unique=[(s.ADD_BULK, row)])
        except Conflict:  # the same upload came twice at once
            return await self.take(
                kind, asked, device=device, upload=upload, request_hash=request_hash, asked_day=asked_day
            )
        self._metrics.bulks.labels(kind.value).inc()
        self._wake.set()
        return Reception(number, now)

    def fresh_name(self) -> str:
        """For an upload that was not named: a bulk of its own each time."""
        return self._random(16).hex()

    async def with_tickets(self, facility: str, month: str) -> list[tuple[str, date]]:
        """Who has a ticket of the facility in a month (YYYYMM), and a day on which it holds."""
        rows = await self._store.all(s.WITH_TICKETS, at=facility, month=month)
        return [(row["person_id"], row["day"]) for row in rows]

    # --- out --------------------------------------------------------------------------------------------------------

    async def progress(self, kind: BulkKind, number: str, *, facility: str) -> Progress:
        """Raises `OnshiError`: ``CLINIC-020`` not this facility's bulk of this kind, ``CLINIC-023`` forgotten."""
        row = await self._store.first(s.BULK, number=number)
        if row is None or (row["facility"], row["kind"]) != (facility, kind.value):
            raise OnshiError(clinic.BULK_UNKNOWN)
        if row["forgotten_at"] is not None:
            raise OnshiError(clinic.BULK_EXPIRED)
        counts = {found["failed"]: found["units"] for found in await self._store.all(s.COUNTS, number=number)}
        return Progress(
            number=number,
            kind=kind,
            asked_day=row["asked_day"],
            file_identifier=row["file_identifier"],
            units=row["units"],
            processed=sum(counts.values()),
            failed=counts.get(True, 0),
            done=row["done_at"] is not None,
        )

    async def answers(self, number: str) -> list[bytes]:
        """The units' answers in the order asked, as JSON objects."""
        return [bytes(row["answer"]) for row in await self._store.all(s.ANSWERS, number=number)]

    async def judged_again(self, number: str) -> list[Judged]:
        """The units of people who consented, as they are now: days may lie between a unit's work and its leaving.

        Raises `OnshiError`: ``CLINIC-023`` forgotten.
        """
        row = await self._store.first(s.BULK, number=number)
        if row is None or row["asked"] is None:
            raise OnshiError(clinic.BULK_EXPIRED)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(unit: Any) -> Judged:
            async with gate:
                return await self._judged(BulkKind(row["kind"]), row, unit, self._clock())

        return list(await asyncio.gather(*(one(unit) for unit in msgspec.json.decode(bytes(row["asked"])))))

    # --- work -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work off what is there, for ever; a failure is logged and costs a pause."""
        while True:
            self._wake.clear()
            try:
                while await self.work():
                    pass
            except OnshiError as refused:
                log.warning("bulk_work_refused", code=refused.fault.code)
            except Exception as failed:  # noqa: BLE001 - logged as an incident; the next round comes anyway
                incident(failed)
            try:
                async with asyncio.timeout(PAUSE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def work(self) -> bool:
        """One slice of the bulk that waited longest; False when none is waiting."""
        now = self._clock()
        found = await self._store.first(s.NEXT, now=now)
        if found is None:
            return False
        number = found["reception_number"]
        async with self._store.transaction() as transaction:
            if await transaction.run(s.LEASE, number=number, now=now, until=now + LEASE) != 1:
                return True  # another worker was quicker
        try:
            await self._slice(number)
        finally:
            async with self._store.transaction() as transaction:
                await transaction.run(s.RELEASE, number=number)
        return True

    async def _slice(self, number: str) -> None:
        row = await self._store.first(s.BULK, number=number)
        if row is None or row["asked"] is None:
            return
        asked = msgspec.json.decode(bytes(row["asked"]))
        there = {found["position"] for found in await self._store.all(s.POSITIONS, number=number)}
        left = [position for position in range(len(asked)) if position not in there]
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(position: int) -> None:
            async with gate:
                await self._unit(row, position, asked[position])

        try:
            async with asyncio.TaskGroup() as tasks:
                for position in left[:SLICE]:
                    tasks.create_task(one(position), name="bulk-unit")
        except ExceptionGroup as several:
            if several.split(StoreDown)[1] is None:  # no incident: what is left is done in the next round
                raise StoreDown("units of a bulk") from several
            raise
        if len(left) <= SLICE:
            async with self._store.transaction() as transaction:
                await transaction.run(s.DONE, number=number, now=self._clock())
            log.info("bulk_done", bulk=number, kind=row["kind"], units=row["units"])

    async def _unit(self, row: Row, position: int, asked: Any) -> None:
        kind, number, facility = BulkKind(row["kind"]), row["reception_number"], row["facility"]
        now = self._clock()
        try:
            judged = await self._judged(kind, row, asked, now)
        except StoreDown:
            raise
        except Exception as failed:  # noqa: BLE001 - one unit that makes us fail must not hold up the others for ever
            judged = _broken(kind, asked, incident(failed))
        body = msgspec.json.encode(write_json(judged.unit)["XmlMsg"])
        failed_unit = judged.outcome != "answered"
        entry = AuditEntry(
            kind=f"bulk-{kind.value}",
            outcome=judged.outcome,
            device=row["device"],
            facility=facility,
            request_id=number,
            answer_hash=hashlib.sha256(body).hexdigest(),
            asked_day=row["asked_day"],
            computed_from=judged.known_at,
            subject=judged.person_id,
            references=(f"unit:{position}", *((f"validity:{judged.validity}",) if judged.validity else ())),
        )
        values = {
            "reception_number": number,
            "position": position,
            "facility": facility,
            "failed": failed_unit,
            "asked_key": judged.asked_key,
            "limit_digest": judged.limit_digest,
            "answered_at": now,
            "answer": body,
        }
        try:
            await self._journal.record(entry, unique=[(s.ADD_UNIT, values)])
        except Conflict:
            return  # another worker answered it
        self._metrics.units.labels(kind.value, "failed" if failed_unit else "answered").inc()

    async def _judged(self, kind: BulkKind, row: Row, asked: Any, now: datetime) -> Judged:
        facility, number = row["facility"], row["reception_number"]
        if kind is BulkKind.REFERENCE_NUMBERS:
            return await self._units.registration(_read(asked, AskedRegistration), facility=facility, now=now)
        if kind is BulkKind.TICKETS:
            person_id, day = asked
            return await self._units.ticket(person_id, date.fromisoformat(day), facility=facility, now=now)
        if kind in PURPOSES:
            return await self._units.consented(
                msgspec.convert(asked, ConsentedUnit),
                PURPOSES[kind],
                facility=facility,
                day=now.astimezone(JST).date(),
                now=now,
            )
        search, day = _read(asked, AskedSearch), row["asked_day"]
        judged = await self._units.query(search, facility=facility, day=day, now=now)
        if judged.limit_digest is None:
            return judged
        before = await self._store.first(s.LIMIT_BEFORE, at=facility, asked=judged.asked_key, number=number)
        if before is not None and before["limit_digest"] is not None:
            return told_of_limit(judged, before["limit_digest"])
        return told_of_limit(judged, await self._units.limit_before(search, facility=facility, day=day, now=now))

    async def forget(self) -> None:
        """Delete what was handed out long enough; who was asked for when stays in the audit log."""
        now = self._clock()
        async with self._store.transaction() as transaction:
            await transaction.run(s.FORGET_ANSWERS, before=now - KEPT)
            await transaction.run(s.FORGET, before=now - KEPT, now=now)


def _read(asked: Any, kind: type[M]) -> M:
    return read_json({"XmlMsg": asked}, kind)


def _broken(kind: BulkKind, asked: Any, failed: OnshiError) -> Judged:
    if kind is BulkKind.REFERENCE_NUMBERS:
        unit: Any = failed_registration(_read(asked, AskedRegistration), failed.fault)
    else:
        unit = failed_query(_read(asked, AskedSearch) if kind is BulkKind.QUERIES else None, failed.fault)
    return Judged(unit=unit, outcome=failed.fault.code)
