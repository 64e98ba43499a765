"""Finding a person without a card while a disaster is open: by birth date with a name or an insured number.

Exact after the spelling is made one, at most a few people, few tries, each on the audit log with whom it found. What
it gives is enough to tell people apart and opens nothing: that is `Openings.disaster`. Facts: reference field 1
(lookup by name, birth date, sex, address or insured number); the limits are the project's own.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from central.audit.entry import AuditEntry
from central.audit.journal import Journal
from central.db import Day, Row, Statement, Store, StoreDown
from central.disclosure.disclosed import Reader
from central.disclosure.metrics import DisclosureMetrics
from central.disclosure.openings import Openings, operator_of
from central.disclosure.whose import people_with
from central.register import tables as register
from central.register.limits import QueryGuard, QueryLimits
from central.trust.days import japan_day
from protocol.errors import OnshiError, disclosure
from protocol.errors.central import QUERIES_TOO_MANY
from protocol.numbers import Branch, InsuredNumber, InsurerNumber, Symbol
from protocol.text import kana_key, kanji_key, same_key

MOST = 5
"""People that one lookup may show."""
LIMITS = QueryLimits(per_minute=6, burst=20, misses=5)

_p = register.person
_current = sa.and_(
    _p.c.recorded_to.is_(None),
    _p.c.valid_from <= sa.bindparam("day", type_=Day),
    sa.or_(_p.c.valid_to.is_(None), _p.c.valid_to > sa.bindparam("day", type_=Day)),
    _p.c.birth_date == sa.bindparam("birth_date", type_=Day),
)
BY_BIRTH = Statement("disclosure.lookup.by_birth", sa.select(_p).where(_current))
AMONG = Statement(
    "disclosure.lookup.among",
    sa.select(_p).where(_current, _p.c.person_id.in_(sa.bindparam("people", expanding=True))),
)


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the person: the birth date, and a name, a kana name or an insured number. ``sex`` 1 or 2."""

    birth_date: date
    name: str = ""
    kana: str = ""
    sex: str = ""
    address: str = ""
    """Any part of it."""
    insurer: InsurerNumber | None = None
    symbol: Symbol | None = None
    number: InsuredNumber | None = None
    branch: Branch | None = None

    def __repr__(self) -> str:
        return "Sought(…)"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A person who fits. ``opening_id`` is good for `Openings.disaster` within a quarter of an hour."""

    opening_id: str
    name: str
    kana: str
    birth_date: date
    sex: str

    def __repr__(self) -> str:
        return f"Candidate({self.opening_id!r})"


class Lookup:
    """One for each process: each allows its share of lookups."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        openings: Openings,
        *,
        metrics: DisclosureMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._journal = journal
        self._openings = openings
        self._metrics = metrics
        self._clock = clock
        self._guard = QueryGuard(LIMITS)

    async def __call__(self, reader: Reader, sought: Sought, *, request_hash: str | None = None) -> list[Candidate]:
        """Everybody who fits, by name. Raises `OnshiError`: OPERATOR_MISSING, DISASTER_NOT_OPEN, too many queries,
        LOOKUP_TOO_LITTLE, LOOKUP_NONE, LOOKUP_TOO_MANY; each but the limit is on the audit log.
        """
        now = self._clock()
        try:
            operator = operator_of(reader)
            open_now = await self._openings.disasters_at(reader.facility, now)
            if not open_now:
                raise OnshiError(disclosure.DISASTER_NOT_OPEN, facility=reader.facility)
            self._guard.take(reader.facility, now)
            found = await self._search(sought, japan_day(now))
            self._guard.found(reader.facility, hit=bool(found))
            if not found:
                raise OnshiError(disclosure.LOOKUP_NONE)
            if len(found) > MOST:
                raise OnshiError(disclosure.LOOKUP_TOO_MANY)
        except StoreDown:
            raise
        except OnshiError as refused:
            # Too many lookups must not become as many writes: the metric and the access log have those.
            if refused.fault is not QUERIES_TOO_MANY:
                await self._journal.record(_entry(reader, refused.fault.code, request_hash))
            self._metrics.lookups.labels(refused.fault.code).inc()
            raise
        disaster_id = min(open_now)
        writes = [self._openings.found(reader, operator, row["person_id"], disaster_id, now) for row in found]
        entry = _entry(
            reader,
            "answered",
            request_hash,
            f"disaster:{disaster_id}",
            *(f"opening:{values['opening_id']}" for _, values in writes),
        )
        await self._journal.record(entry, writes=writes)
        self._metrics.lookups.labels("answered").inc()
        return [
            Candidate(
                opening_id=str(values["opening_id"]),
                name=row["name"],
                kana=row["kana"],
                birth_date=row["birth_date"],
                sex=row["sex"],
            )
            for row, (_, values) in zip(found, writes, strict=True)
        ]

    async def _search(self, sought: Sought, today: date) -> list[Row]:
        by_number = sought.insurer is not None and sought.number is not None
        name, kana = kanji_key(sought.name), kana_key(sought.kana)
        if not by_number and name is None and kana is None:
            raise OnshiError(disclosure.LOOKUP_TOO_LITTLE)
        rows: Sequence[Row]
        if sought.insurer is not None and sought.number is not None:
            people = await people_with(
                self._store,
                insurer=sought.insurer,
                symbol=sought.symbol,
                number=sought.number,
                branch=sought.branch,
                today=today,
            )
            if not people:
                return []
            rows = await self._store.all(AMONG, people=people, birth_date=sought.birth_date, day=today)
        else:
            rows = await self._store.all(BY_BIRTH, birth_date=sought.birth_date, day=today)
        # Some thousands were born on one day: their names are spelt out away from the event loop.
        fitting = await asyncio.to_thread(lambda: [row for row in rows if _fits(row, sought, name, kana)])
        return sorted(fitting, key=lambda row: (row["kana"], row["person_id"]))


def _fits(row: Row, sought: Sought, name: str | None, kana: str | None) -> bool:
    if sought.sex and row["sex"] in ("1", "2") and row["sex"] != sought.sex:
        return False
    names = (row["name"], row["other_name"] or "")
    kanas = (row["kana"], row["other_kana"] or "")
    if sought.name and not any(same_key(name, kanji_key(one)) for one in names):
        return False
    if sought.kana and not any(same_key(kana, kana_key(one)) for one in kanas):
        return False
    # Whoever is protected (支援措置) cannot be sought by address: an answer would tell where they live.
    if not sought.address or row["support_measure"]:
        return True
    return (kanji_key(sought.address) or "\0") in (kanji_key(row["address"]) or "")


def _entry(reader: Reader, outcome: str, request_hash: str | None, *references: str) -> AuditEntry:
    return AuditEntry(
        kind="disaster.lookup",
        outcome=outcome,
        device=reader.device,
        facility=reader.facility,
        operator=reader.operator,
        request_hash=request_hash,
        references=references,
    )
