"""Officers (担当者) of insurers: enrolled with a client certificate of their own, each for one insurer, with a role.

Who may act, and for whom; not what they may see (`routes`, the console). Rows are closed, never deleted: who could
act when stays known. Every change goes with its audit row in one transaction.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from central.audit import AuditEntry, Conflict, Journal
from central.db import Row, Statement, Store, insert
from central.facilities.ca import DeviceCa, Issued, read_request
from central.insurers.ledger import KNOWN_INSURER
from central.insurers.officer import Officer, Role
from central.insurers.tables import officer as _o
from protocol.errors import OnshiError
from protocol.errors.central import CSR_WRONG
from protocol.errors.insurers import (
    INSURER_UNKNOWN,
    OFFICER_EXISTS,
    OFFICER_MISSING,
    OFFICER_REVOKED,
    OFFICER_UNKNOWN,
)

__all__ = ["Officer", "OfficerEntry", "Officers", "Role"]

_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")


class OfficerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of an officer as listed."""

    officer_id: str
    insurer_number: str
    role: str
    enrolled_at: datetime
    not_after: datetime
    revoked_at: datetime | None
    revoked_reason: str | None


_ADD = Statement(
    "insurers.officer.add",
    insert(_o)
    .values({c.name: sa.bindparam(c.name) for c in _o.c if not c.name.startswith("revoked")})
    .on_conflict_do_nothing(),
    key="fingerprint",
)
_BY_CERTIFICATE = Statement(
    "insurers.officer.by_certificate",
    sa.select(_o).where(_o.c.fingerprint == sa.bindparam("fingerprint")),
    key="fingerprint",
    hot=True,
)
_NAMED = Statement(
    "insurers.officer.named",
    sa.select(_o).where(_o.c.officer_id == sa.bindparam("officer")).order_by(_o.c.enrolled_at.desc()),
)
_LIST = Statement("insurers.officer.list", sa.select(_o).order_by(_o.c.insurer_number, _o.c.officer_id, _o.c.not_after))
_REVOKE = Statement(
    "insurers.officer.revoke",
    sa.update(_o)
    .where(_o.c.officer_id == sa.bindparam("officer"), _o.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("moment"), revoked_reason=sa.bindparam("reason")),
)


class Officers:
    """``operator`` names who acts in the audit rows."""

    def __init__(self, store: Store, journal: Journal, *, clock: Callable[[], datetime], operator: str = "cli") -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._operator = operator

    async def authenticate(self, certificate: bytes) -> Officer:
        """The officer whose certificate (DER) this is; asked anew each time, so that a revocation holds at once.

        Raises `OnshiError`: `OFFICER_UNKNOWN` (not enrolled, or outside its dates), `OFFICER_REVOKED`,
        `INSURER_UNKNOWN` (the register no longer has the insurer).
        """
        fingerprint = hashlib.sha256(certificate).digest()
        row = await self._store.first(_BY_CERTIFICATE, fingerprint=fingerprint)
        if row is None or row["not_after"] < self._clock():
            raise OnshiError(OFFICER_UNKNOWN, fingerprint=fingerprint.hex()[:16])
        if row["revoked_at"] is not None:
            raise OnshiError(OFFICER_REVOKED, officer=row["officer_id"])
        await self._insurer(row["insurer_number"])
        return _officer(row)

    async def enrol(self, ca: DeviceCa, csr: bytes, *, officer: str, insurer: str, role: Role, days: int) -> Issued:
        """Certifies the key of the CSR (PEM or DER, CN = ``officer``) as this insurer's officer.

        The same officer gets a further certificate (renewal); insurer and role of an officer never change. Raises
        `OnshiError`: `CSR_WRONG`, `INSURER_UNKNOWN`, `OFFICER_EXISTS`, `OFFICER_REVOKED`.
        """
        request = read_request(csr)
        if request.common_name != officer or not _ID.fullmatch(officer):
            raise OnshiError(CSR_WRONG, reason="CN is not the officer's id")
        await self._insurer(insurer)
        for held in await self._store.all(_NAMED, officer=officer):
            if held["revoked_at"] is not None:
                raise OnshiError(OFFICER_REVOKED, officer=officer)
            if (held["insurer_number"], held["role"]) != (insurer, role.value):
                raise OnshiError(OFFICER_EXISTS, officer=officer)
        now = self._clock()
        issued = ca.issue(request, now=now, days=days)
        values = {
            "fingerprint": issued.fingerprint, "officer_id": officer, "insurer_number": insurer, "role": role.value,
            "serial": issued.serial, "not_after": issued.not_after, "enrolled_at": now,
        }  # fmt: skip
        try:
            await self._journal.record(
                self._entry("officer.enrol", officer, role.value, request_hash=issued.fingerprint.hex()),
                unique=[(_ADD, values)],
            )
        except Conflict:
            raise OnshiError(OFFICER_EXISTS, officer=officer) from None
        return issued

    async def revoke(self, officer: str, *, reason: str) -> None:
        """The officer may not act any more, for good; again is no error. Raises `OnshiError` (`OFFICER_MISSING`)."""
        if not await self._store.all(_NAMED, officer=officer):
            raise OnshiError(OFFICER_MISSING)
        await self._journal.record(
            self._entry("officer.revoke", officer, reason),
            writes=[(_REVOKE, {"officer": officer, "moment": self._clock(), "reason": reason})],
        )

    async def officers(self) -> Sequence[OfficerEntry]:
        """Every certificate of every officer."""
        return [
            OfficerEntry(**{name: row[name] for name in OfficerEntry.__struct_fields__})
            for row in await self._store.all(_LIST)
        ]

    async def _insurer(self, number: str) -> None:
        if await self._store.first(KNOWN_INSURER, insurer=number) is None:
            raise OnshiError(INSURER_UNKNOWN, insurer=number)

    def _entry(self, kind: str, officer: str, told: str, *, request_hash: str | None = None) -> AuditEntry:
        return AuditEntry(
            kind=kind, outcome="done", operator=self._operator, request_hash=request_hash,
            references=(f"officer:{officer}", told),
        )  # fmt: skip


def _officer(row: Row) -> Officer:
    return Officer(id=row["officer_id"], insurer=row["insurer_number"], role=Role(row["role"]))
