"""Commands that change uploads: what they do is on the audit log, with who did it, before and after."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from central.audit import AuditEntry, Journal
from central.insurers.officer_commands import LOG
from central.insurers.opening import opened_parts
from central.insurers.parts import Result
from central.insurers.settings import ImporterSettings
from central.insurers.telling import Meter
from central.insurers.uploads import Importer

Record = Callable[[str, str, str], Awaitable[None]]
"""Writes an audit row: what was done, the outcome, the upload."""


def acting(settings: ImporterSettings, operator: str, work: Callable[[Importer, Record], Awaitable[Result]]) -> Result:
    """Work that changes something: it records what it does, before and after."""

    async def run() -> Result:
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


async def to_its_end(importer: Importer, record: Record, upload: str, *, check_only: bool = False) -> Result:
    """Runs the upload and records how that ended."""
    result = await importer.run(upload, check_only=check_only)
    await record("end", result.state.value, upload)
    return result
