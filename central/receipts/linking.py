"""Brings staged receipts to their records: link, replace, insert; one moment for all of it. The SQL is `sql`.

Used by the import, by the command that links what waited, and by whoever brings new records into the register.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from central.db.store import Transaction
from central.receipts import sql, staging


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where an import stands: ``part`` (digest, read, apply), bytes (steps) done of all, receipts so far."""

    part: str
    done: int
    of: int
    receipts: int = 0


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the receipts of a file, and of those that had waited."""

    new: int = 0
    """Current now; ``replaced`` counts the predecessors that they closed."""
    replaced: int = 0
    returned: int = 0
    """Returns in the file; ``closed`` counts what they closed."""
    closed: int = 0
    unmatched: int = 0
    """Returns that found nothing to close: what they take back still stands, or never came."""
    same: int = 0
    """Already there, byte for byte."""
    older: int = 0
    """A later one of the same claim stands in the same file."""
    waiting: int = 0
    """Of the new ones: nobody in the register fits (yet)."""
    linked: int = 0
    """Had waited and found their person."""


async def bring(
    running: Transaction, batch: str, moment: datetime, *, told: Callable[[Progress], None] = lambda _: None
) -> Counts:
    """Links, replaces and inserts what is staged; everything at this one moment."""
    steps = (sql.LINK, sql.DROP_UNLINKED, sql.MARK_OLDER, *sql.MARK_SAME)
    of = len(steps) + 6
    for done, step in enumerate(steps):
        told(Progress(part="apply", done=done, of=of))
        await running.run(step, batch=batch)
    replaced = closed = 0
    for close in (sql.CLOSE, sql.CLOSE_WAITING):
        replaced += await running.run(close, batch=batch, moment=moment, effect=staging.NEW)
        closed += await running.run(close, batch=batch, moment=moment, effect=staging.RETURN)
    told(Progress(part="apply", done=of - 2, of=of))
    await running.run(sql.CLOSE_MOVED, batch=batch, moment=moment)
    for insert in (sql.INSERT, sql.INSERT_WAITING):
        await running.run(insert, batch=batch, moment=moment)
    found = await running.all(sql.EFFECTS, batch=batch)
    unmatched = await running.first(sql.UNMATCHED, batch=batch, moment=moment)
    told(Progress(part="apply", done=of, of=of))

    def count(effect: str) -> int:
        return sum(int(row["receipts"]) for row in found if row["fresh"] and row["effect"] == effect)

    return Counts(
        new=count(staging.NEW),
        replaced=replaced,
        returned=count(staging.RETURN),
        closed=closed,
        unmatched=int(unmatched["receipts"]) if unmatched else 0,
        same=count("same"),
        older=count("older"),
        waiting=sum(int(row["receipts"]) for row in found if row["effect"] == staging.NEW and not row["linked"]),
        linked=sum(int(row["receipts"]) for row in found if not row["fresh"]),
    )


async def link_appeared(running: Transaction, batch: str, moment: datetime) -> int:
    """Links what waited for the numbers that the register learned at this moment, in its own transaction.

    ``batch``: random, names the staging. Gives how many receipts found their person.
    """
    if not await running.run(sql.FETCH_APPEARED, batch=batch, moment=moment):
        return 0
    counts = await bring(running, batch, moment)
    await running.run(sql.WIPE, batch=batch)
    return counts.linked
