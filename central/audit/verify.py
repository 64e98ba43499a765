"""Re-computes a log's chain from the stored bytes; finds a changed, missing or reordered row.

It cannot find a chain that was cut off at its end: compare the head with one kept elsewhere.
"""

from collections.abc import Sequence
from contextlib import aclosing

import msgspec
import sqlalchemy as sa

from central.audit.entry import GENESIS, AuditRow, sealed
from central.audit.tables import audit_log
from central.db.store import Row, Statement, Store
from protocol import canonical
from protocol.errors import OnshiError
from protocol.errors.central import AUDIT_BROKEN

LOGS = Statement("audit.logs", sa.select(audit_log.c.log).distinct().order_by(audit_log.c.log))
CHAIN = Statement(
    "audit.chain",
    sa.select(audit_log).where(audit_log.c.log == sa.bindparam("log")).order_by(audit_log.c.sequence),
    key="log",
)


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A log whose chain agrees. ``head``: SHA-256 of the last row, hexadecimal, empty for an empty log."""

    log: str
    rows: int
    head: str


async def logs(store: Store) -> Sequence[str]:
    """The names of all logs in the database."""
    return [row["log"] for row in await store.all(LOGS)]


async def verify(store: Store, log: str) -> Verified:
    """Walks the whole log. Raises `OnshiError` (`AUDIT_BROKEN`) at the first row that does not agree."""
    previous, expected = GENESIS, 0
    async with aclosing(store.stream(CHAIN, log=log)) as rows:  # type: ignore[type-var]
        async for row in rows:
            expected += 1
            reason = _fault_of(row, log, expected, previous)
            if reason:
                raise OnshiError(AUDIT_BROKEN, log=log, sequence=expected, reason=reason)
            previous = row["hash"]
    return Verified(log=log, rows=expected, head=previous.hex() if expected else "")


def _fault_of(row: Row, log: str, expected: int, previous: bytes) -> str | None:
    if row["sequence"] != expected:
        return "row missing"
    try:
        told = canonical.decode(row["content"], AuditRow)
    except canonical.NotCanonical:
        return "content is not canonical"
    if (told.log, told.sequence) != (log, expected):
        return "content of another row"
    if bytes.fromhex(told.previous) != previous:
        return "names another predecessor"
    if sealed(told)[1] != row["hash"]:
        return "hash differs from content"
    entry = told.entry
    columns = (told.recorded_at, entry.kind, entry.outcome, entry.facility, entry.subject)
    if columns != tuple(row[name] for name in ("recorded_at", "kind", "outcome", "facility", "subject")):
        return "columns differ from content"
    return None
