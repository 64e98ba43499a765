"""The database side of revocation: every revocation once learned, kept until the certificate's grace has ended.

Why: lists drop expired certificates, and an expired one in grace is judged by what was learned before. Not for
deciding (`revocation`). Works in portions, so that a first list of a million entries never blocks the writer.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import sqlalchemy as sa

from central.db import Statement, Store, insert
from central.trust.certificates import CertificateId, serial_text
from central.trust.crl import Revocation, RevocationList
from central.trust.days import grace_end, japan_day
from central.trust.tables import revocation_lists, revocations

PORTION = 2000
"""Rows in one transaction."""

_issuer = sa.bindparam("issuer_key_id", type_=sa.String)
_KEEP = Statement(
    "trust.revocation.keep",
    insert(revocations).on_conflict_do_nothing(),
    key="issuer_key_id",
)
_LIVE = Statement(
    "trust.revocation.live",
    sa.select(revocations.c.serial, revocations.c.keep_until).where(revocations.c.issuer_key_id == _issuer),
    key="issuer_key_id",
)
_DROPPED = Statement(
    "trust.revocation.dropped",
    sa.update(revocations)
    .where(
        revocations.c.issuer_key_id == _issuer,
        revocations.c.serial == sa.bindparam("dropped", type_=sa.String),
        revocations.c.keep_until.is_(None),
    )
    .values(keep_until=sa.bindparam("until", type_=sa.Date)),
    key="issuer_key_id",
)
_KEPT = Statement("trust.revocation.kept", sa.select(revocations).where(revocations.c.keep_until.is_not(None)))
_PURGE = Statement(
    "trust.revocation.purge",
    sa.delete(revocations).where(revocations.c.keep_until < sa.bindparam("today", type_=sa.Date)),
)
_LISTS = Statement("trust.revocation_list.all", sa.select(revocation_lists))
_FORGET_LIST = Statement(
    "trust.revocation_list.forget",
    sa.delete(revocation_lists).where(revocation_lists.c.issuer_key_id == _issuer),
    key="issuer_key_id",
)
_KEEP_LIST = Statement("trust.revocation_list.keep", sa.insert(revocation_lists), key="issuer_key_id")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one issuer's lists reach back without a gap: each came before the one before it had ended."""

    digest: str
    this_update: datetime
    next_update: datetime
    since: datetime

    def covers(self, end: datetime, now: datetime) -> bool:
        """Whether a certificate that ended at ``end`` would be known had it been revoked before."""
        return self.since <= end and (end <= self.this_update or now < self.next_update)


class Ledger:
    """Reads and writes the tables of `central.trust.tables` about revocation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def kept(self) -> dict[CertificateId, Revocation]:
        """Revocations that no present list carries: of expired certificates, and those learned from the responder."""
        return {
            CertificateId(row["issuer_key_id"], row["serial"]): Revocation(
                int(row["serial"], 16), row["revoked_at"], row["reason"]
            )
            for row in await self._store.all(_KEPT)
        }

    async def coverage(self) -> dict[str, Coverage]:
        return {
            row["issuer_key_id"]: Coverage(row["digest"], row["this_update"], row["next_update"], row["covered_since"])
            for row in await self._store.all(_LISTS)
        }

    async def keep(self, id_: CertificateId, found: Revocation, now: datetime, *, until: date) -> None:
        """One revocation that the responder told."""
        async with self._store.transaction() as transaction:
            await transaction.run(_KEEP, **_row(id_.issuer_key_id, found, now, until))

    async def take(self, newest: RevocationList, now: datetime) -> None:
        """Keeps the entries of the issuer's newest list; what the lists before carried and this one does not has
        expired, and is kept until its grace ends. Doing it twice, or in two processes, changes nothing.
        """
        issuer = newest.issuer_key_id
        before = (await self.coverage()).get(issuer)
        if before is not None and before.digest == newest.digest:
            return
        until = grace_end(japan_day(now))
        known, dropped = set(), []
        async with aclosing(self._store.stream(_LIVE, issuer_key_id=issuer)) as rows:  # type: ignore[type-var]
            async for row in rows:
                serial = int(row["serial"], 16)
                known.add(serial)
                if row["keep_until"] is None and serial not in newest:
                    dropped.append({"issuer_key_id": issuer, "dropped": row["serial"], "until": until})
        await self._in_portions(_KEEP, _rows(newest, known, now, None))
        await self._in_portions(_DROPPED, iter(dropped))
        follows = before is not None and newest.this_update <= before.next_update
        since = before.since if before is not None and follows else newest.this_update
        await self._set(Coverage(newest.digest, newest.this_update, newest.next_update, since), issuer)

    async def add(self, older: RevocationList, now: datetime) -> None:
        """Adds what an older list tells, and reaches further back with it where it joins on without a gap."""
        issuer = older.issuer_key_id
        async with aclosing(self._store.stream(_LIVE, issuer_key_id=issuer)) as rows:  # type: ignore[type-var]
            known = {int(row["serial"], 16) async for row in rows}
        await self._in_portions(_KEEP, _rows(older, known, now, grace_end(japan_day(now))))
        present = (await self.coverage()).get(issuer)
        if present is not None and older.this_update < present.since <= older.next_update:
            await self._set(
                Coverage(present.digest, present.this_update, present.next_update, older.this_update), issuer
            )

    async def purge(self, now: datetime) -> int:
        """Forgets revocations of certificates whose grace has ended; gives how many."""
        async with self._store.transaction() as transaction:
            return await transaction.run(_PURGE, today=japan_day(now))

    async def _set(self, coverage: Coverage, issuer: str) -> None:
        async with self._store.transaction() as transaction:
            await transaction.run(_FORGET_LIST, issuer_key_id=issuer)
            await transaction.run(
                _KEEP_LIST,
                issuer_key_id=issuer,
                digest=coverage.digest,
                this_update=coverage.this_update,
                next_update=coverage.next_update,
                covered_since=coverage.since,
            )

    async def _in_portions(self, statement: Statement, rows: "Iterator[dict[str, object]]") -> None:
        next_portion: Callable[[], list[dict[str, object]]] = lambda: list(islice(rows, PORTION))  # noqa: E731
        while portion := await asyncio.to_thread(next_portion):
            async with self._store.transaction() as transaction:
                await transaction.run_many(statement, portion)


def _rows(source: RevocationList, known: set[int], now: datetime, until: date | None) -> "Iterator[dict[str, object]]":
    return (_row(source.issuer_key_id, one, now, until) for one in source if one.serial not in known)


def _row(issuer: str, found: Revocation, now: datetime, until: date | None) -> dict[str, object]:
    return {
        "issuer_key_id": issuer,
        "serial": serial_text(found.serial),
        "revoked_at": found.at,
        "reason": found.reason,
        "learned_at": now,
        "keep_until": until,
    }
