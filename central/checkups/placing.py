"""Arrivals onto their records, inside one transaction and at one recorded moment.

What has waited under the same numbers is placed in passing, before what came: so a correction always finds its
predecessor, wherever that is. Not for deciding (`arrival` does) nor for reading files.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from central.checkups import statements as s
from central.checkups.arrival import Arrival, Order, Waits, beside, place, restates, waited
from central.db.store import Row, Statement, Transaction

Key = tuple[object, ...]


class Placing:
    """``counts`` hears what each new arrival was (`service.Loaded`)."""

    def __init__(self, running: Transaction, moment: datetime, ids: Callable[[], str], counts: Counter[str]) -> None:
        self._run = running
        self._ids = ids
        self._counts = counts
        self._records = _Table(moment, running, s.INSERT, s.CLOSE)
        self._waiting = _Table(moment, running, s.INSERT_WAITING, s.CLOSE_WAITING)

    async def take(self, arrivals: Sequence[Arrival]) -> None:
        """Places what came; what has waited under the same numbers goes first, as what it was when it came."""
        await self._place(await self._waited(one.lookup_key for one in arrivals), arrivals)

    async def link(self, lookup_keys: Iterable[str]) -> int:
        """Places what waits under these numbers; gives how many rows do not wait any more."""
        return await self._place(await self._waited(lookup_keys), ())

    async def _waited(self, lookup_keys: Iterable[str]) -> list[Arrival]:
        return [waited(row) for row in await self._run.all(s.WAITING, lookup_keys=sorted(set(lookup_keys)))]

    async def _place(self, waiting: Sequence[Arrival], arrivals: Sequence[Arrival]) -> int:
        every = (*waiting, *arrivals)
        if not every:
            return 0
        places = await self._places(every)
        records = sorted({where for where in places if not isinstance(where, Waits)})
        for row in await self._run.all(s.CURRENT, record_ids=records) if records else ():
            self._records.current[row["record_id"], row["facility"], row["day"], row["program"]] = row
        done = 0
        for one, where in zip(every, places, strict=True):
            waits = isinstance(where, Waits)
            if one.waiting_id and waits:
                self._waiting.current[one.identity, one.same_checkup] = {"checkup_id": one.waiting_id, **_columns(one)}
            elif one.waiting_id:
                self._waiting.close(one.lookup_key, one.waiting_id)
                done += 1
                self._link(one, where)
            else:
                self._counts[self._wait(one, where) if isinstance(where, Waits) else self._link(one, where)] += 1
        await self._records.write()
        await self._waiting.write()
        return done

    async def _places(self, every: Sequence[Arrival]) -> list[str | Waits]:
        directory: dict[str, list[Row]] = {}
        for row in await self._run.all(s.DIRECTORY, lookup_keys=sorted({one.lookup_key for one in every})):
            directory.setdefault(row["lookup_key"], []).append(row)
        persons = sorted({row["person_id"] for rows in directory.values() for row in rows})
        sexes: dict[str, set[str]] = {}
        for row in await self._run.all(s.SEXES, person_ids=persons) if persons else ():
            sexes.setdefault(row["person_id"], set()).add(row["sex"])
        known = {person: frozenset(found) for person, found in sexes.items()}
        return [place(one, directory.get(one.lookup_key, ()), known) for one in every]

    def _link(self, one: Arrival, record_id: str) -> str:
        key = (record_id, *one.same_checkup)
        return self._settle(self._records, one, key, {"record_id": record_id}, record_id)

    def _wait(self, one: Arrival, why: Waits) -> str:
        person = dict(zip(("lookup_key", "symbol_key", "branch", "birth_date", "sex"), one.identity, strict=True))
        key = (one.identity, one.same_checkup)
        counted = self._settle(self._waiting, one, key, {**person, "reason": why.value}, one.lookup_key)
        self._counts["waiting"] += counted in {Order.NEW, Order.CORRECTED}
        return counted

    def _settle(self, table: "_Table", one: Arrival, key: Key, more: Mapping[str, object], of: str) -> str:
        """Closes the predecessor and inserts, where there is something to change; gives what it counts as."""
        current = table.current.get(key)
        order = beside(one, current)
        if order is Order.OLDER or (order is Order.SAME and not restates(one, current)):
            return order.value
        if current is not None:
            table.close(of, current["checkup_id"])
        if one.deletes:
            table.current.pop(key, None)
            return "deleted" if current is not None else Order.SAME.value
        table.insert(key, {**more, "checkup_id": self._ids(), **_columns(one)})
        return order.value


def _columns(one: Arrival) -> dict[str, object]:
    return {
        "submission_id": one.submission_id,
        "facility": one.facility,
        "day": one.day,
        "program": one.program,
        "sent": one.sent,
        "digest": one.digest,
        "document": one.document,
        "received_at": one.received_at,
    }


class _Table:
    """The current rows of a table as far as they matter here, and what has to be written: closes first."""

    def __init__(self, moment: datetime, running: Transaction, insert: Statement, close: Statement) -> None:
        self.current: dict[Key, Row] = {}
        self._moment = moment
        self._run = running
        self._statements = insert, close
        self._inserts: dict[str, dict[str, object]] = {}
        self._closes: list[dict[str, object]] = []

    def insert(self, key: Key, row: dict[str, object]) -> None:
        self.current[key] = row
        self._inserts[str(row["checkup_id"])] = {**row, "recorded_from": self._moment, "recorded_to": None}

    def close(self, of: str, checkup_id: str) -> None:
        """One that was inserted at this very moment stays as a row that was never current."""
        if checkup_id in self._inserts:
            self._inserts[checkup_id]["recorded_to"] = self._moment
        else:
            self._closes.append({"of": of, "one": checkup_id, "moment": self._moment})

    async def write(self) -> None:
        insert, close = self._statements
        if self._closes:
            await self._run.run_many(close, self._closes)
        if self._inserts:
            await self._run.run_many(insert, list(self._inserts.values()))
        self._closes, self._inserts = [], {}
