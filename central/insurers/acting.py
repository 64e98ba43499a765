"""Commands that change uploads or the register: what they do is on the audit log, with who did it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from central.audit import AuditEntry, Journal
from central.db import Store
from central.db.migrate import store_at_head
from central.insurers.check import LineFault
from central.insurers.desk import FAULTS
from central.insurers.officer_commands import LOG
from central.insurers.opening import opened_parts
from central.insurers.parts import Result
from central.insurers.settings import ImporterSettings
from central.insurers.telling import Meter
from central.insurers.uploads import Importer

T = TypeVar("T")
Record = Callable[[str, str, str], Awaitable[None]]
"""Writes an audit row: what was done, the outcome, the upload."""


class Ended(NamedTuple):
    """How an upload ended or waits, and its first faults (at most `FAULTS`)."""

    result: Result
    faults: list[LineFault]


def acting(settings: ImporterSettings, operator: str, work: Callable[[Importer, Record], Awaitable[T]]) -> T:
    """Work that changes something: it records what it does, before and after."""

    async def run() -> T:
        async with opened_parts(settings) as parts:
            journal = Journal(parts.store, log=LOG, clock=parts.clock)

            async def record(kind: str, outcome: str, upload: str) -> None:
                entry = AuditEntry(kind=f"upload.{kind}", outcome=outcome, operator=operator, request_id=upload)
                await journal.record(entry)

            try:
                return await work(Importer(parts, told=Meter(sys.stderr)), record)
            finally:
                await journal.stop()

    return asyncio.run(run())


def registering(
    settings: ImporterSettings,
    kind: str,
    operator: str,
    work: Callable[[Store], Awaitable[T]],
    *,
    patience: float | None = None,
) -> T:
    """Work on the register without an upload, recorded as ``kind`` once it is done.

    ``patience``: seconds that one statement may take; the database's own setting when not given.
    """

    def clock() -> datetime:
        return datetime.now(UTC)

    async def run() -> T:
        seconds = settings.database.patience_seconds if patience is None else patience
        async with store_at_head(settings.database_url(), patience=seconds) as store:
            journal = Journal(store, log=LOG, clock=clock)
            done = await work(store)
            await journal.record(AuditEntry(kind=kind, outcome="done", operator=operator))
            await journal.stop()
            return done

    return asyncio.run(run())


async def to_its_end(importer: Importer, record: Record, upload: str, *, check_only: bool = False) -> Ended:
    """Runs the upload and records how that ended."""
    result = await importer.run(upload, check_only=check_only)
    await record("end", result.state.value, upload)
    return await with_faults(importer, result)


async def with_faults(importer: Importer, result: Result) -> Ended:
    """The result with what is wrong in which line."""
    found: list[LineFault] = []
    async with aclosing(importer.faults(result.upload)) as stored:
        async for fault in stored:
            found.append(fault)
            if len(found) == FAULTS:
                break
    return Ended(result, found)
