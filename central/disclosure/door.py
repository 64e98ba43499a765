"""The one door to medical information: checks, reads, filters, renders, writes who read what, then lets the bytes go.

Denies by default, each refusal in its own words. Remembers nothing between two requests: grants, stops, ties and
rights are read each time, and the row of a reading is only written while its grant still lives and no stop or tie
changed since; otherwise everything is read again. Facts: trust rules, issue 5 point 4; windows: `period`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NoReturn

import msgspec

from central.audit.entry import AuditEntry
from central.audit.journal import Conflict, Journal, Write
from central.db import Row, Statement, Store, StoreDown
from central.disclosure import filtering
from central.disclosure.disclosed import Asked, Disclosed, Holder, Purpose, Reader
from central.disclosure.filtering import Span, Theirs
from central.disclosure.metrics import DisclosureMetrics
from central.disclosure.opened import KEEP_OPENED
from central.disclosure.openings import Openings
from central.disclosure.period import asked_for, period, window
from central.disclosure.proof import Proof, proofs
from central.disclosure.rights import OF_ITEM, RIGHTS, Right, in_force
from central.disclosure.service import CARE_LIFE, certificate_end
from central.disclosure.standing import Standing, is_alive, judge
from central.disclosure.statements import (
    ASSISTED,
    GRANTS,
    KEEP,
    KEEP_LASTING,
    OTHERS,
    PERSON,
    PROLONG,
    READINGS,
)
from central.disclosure.stored import CheckupsPort, ReceiptsPort, Stored
from central.disclosure.whose import people_with
from central.register.limits import QueryGuard, QueryLimits
from central.trust.days import japan_day
from protocol.errors import Fault, OnshiError, disclosure, trust
from protocol.numbers import Branch, InsuredNumber, InsurerNumber, Symbol
from protocol.visit import ConsentItem

REFUSALS = QueryLimits(per_minute=60, burst=240, misses=20)
"""Of one facility: each refusal is a durable write, and a run of readings that find nobody looks like guessing."""
TRIES = 3
"""How often a reading is read again because something changed before its commit."""

LASTING = (Purpose.HOME_VISIT, Purpose.ONLINE_CARE)
"""Care that goes on: each reading under its consent keeps the consent alive."""
WITHOUT_CONSENT = (Purpose.EMERGENCY, Purpose.DISASTER)
"""An opening stands in for the card's consent."""

NOBODY = (trust.NO_GRANT, disclosure.OPENING_NONE)
"""Said of a number that nobody has, and of a person with whom the facility has nothing to do."""

Render = Callable[[Disclosed], bytes]


@dataclass(frozen=True, slots=True)
class _Opened:
    """What one try found out: the standing of the items, and whose data may be read as of which moment."""

    stands: "_Stands"
    theirs: Theirs
    holder: Holder
    known_at: datetime

    @property
    def standing(self) -> Standing:
        return self.stands.standing


@dataclass(frozen=True, slots=True)
class _Stands:
    """What opens each item, and how a reading under it is kept: the statement, and for a consent its proof."""

    standing: Standing
    keep: Statement
    known: bool
    """The facility has a row of its own about the person: a grant or an opening, ended or not."""
    proofs: Mapping[str, Proof] = field(default_factory=dict)


class Door:
    """``ids`` gives unguessable ids of 32 hexadecimal digits."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        openings: Openings,
        receipts: ReceiptsPort,
        checkups: CheckupsPort,
        metrics: DisclosureMetrics,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        limits: QueryLimits = REFUSALS,
    ) -> None:
        self._guard = QueryGuard(limits)
        self._store = store
        self._journal = journal
        self._openings = openings
        self._stored = Stored(receipts, checkups)
        self._metrics = metrics
        self._clock = clock
        self._ids = ids

    # --- whose ------------------------------------------------------------------------------------------------------

    async def person_of(
        self,
        reader: Reader,
        *,
        insurer: InsurerNumber,
        symbol: Symbol | None,
        number: InsuredNumber,
        branch: Branch | None,
        asked: Asked,
    ) -> str:
        """The one person with this insured number who has a live grant of this facility for any asked item.

        Raises `OnshiError`: why the facility may not, before anybody is looked up; NO_GRANT or OPENING_NONE where
        there is nobody, and just so where the facility has no row of its own for the person (whether the number is
        known is not told); SEVERAL_PEOPLE. The refusal is in the audit log.
        """
        now = self._clock()
        try:
            _checked(asked, japan_day(now))
            await self._facility_may(reader, asked, now)
            people = await people_with(
                self._store, insurer=insurer, symbol=symbol, number=number, branch=branch, today=japan_day(now)
            )
            found = await asyncio.gather(*(self._stands(reader, person, asked, now) for person in people))
            allowed = [person for person, stands in zip(people, found, strict=True) if stands.standing.allowed]
            if len(allowed) > 1:
                raise OnshiError(disclosure.SEVERAL_PEOPLE, facility=reader.facility)
            if not allowed:
                known = len(people) == 1 and found[0].known
                fault = next(iter(found[0].standing.refused.values())) if known else _nobody(asked.purpose)
                raise OnshiError(fault, facility=reader.facility)
        except StoreDown:
            raise
        except OnshiError as refused:
            await self._refused(reader, None, asked, refused, None)
            raise
        return allowed[0]

    async def _facility_may(self, reader: Reader, asked: Asked, now: datetime) -> None:
        """What concerns the facility alone is refused before anybody is looked up: it must not tell who exists.

        Raises `OnshiError`: FACILITY_SETTING_OFF, EMERGENCY_NO_RIGHT, DISASTER_NOT_OPEN.
        """
        if asked.purpose in WITHOUT_CONSENT:
            await self._openings.facility_may(reader.facility, asked.purpose, now)
            return
        switched_on = in_force(await self._store.all(RIGHTS, at_facility=reader.facility))
        if not any(OF_ITEM[item] in switched_on for item in asked.items):
            raise OnshiError(disclosure.FACILITY_SETTING_OFF, facility=reader.facility)

    async def person_opened(self, reader: Reader, opening_id: str) -> tuple[str, Purpose]:
        """Whose data an emergency or disaster opening of this facility is for. Raises `OnshiError` (OPENING_NONE).

        Whether it may be read now is `disclose`'s to say.
        """
        return await self._openings.person_of(reader, opening_id)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def disclose(
        self, reader: Reader, person_id: str, asked: Asked, render: Render, *, request_hash: str | None = None
    ) -> bytes:
        """What ``render`` makes of everything that may leave now, on the audit log before it is returned.

        ``render`` runs in a thread, and again where something changed before the commit. Raises `OnshiError` with
        the reason where nothing of what was asked may leave; what may leave only in part says so in its gaps.
        """
        try:
            for _ in range(TRIES):
                try:
                    return await self._disclose(reader, person_id, asked, render, request_hash)
                except Conflict:
                    self._metrics.retries.inc()
            raise OnshiError(disclosure.CHANGED_MEANWHILE, facility=reader.facility)
        except StoreDown:
            raise
        except OnshiError as refused:
            await self._refused(reader, person_id, asked, refused, request_hash)
            raise

    async def _disclose(
        self, reader: Reader, person_id: str, asked: Asked, render: Render, request_hash: str | None
    ) -> bytes:
        now = self._clock()
        today = japan_day(now)
        _checked(asked, today)
        opened = await self._open(reader, person_id, asked, now)
        if reader.operator is None:
            reader = msgspec.structs.replace(reader, operator=opened.standing.answers_for)
        passed = await self._stored.read(opened.theirs, opened.standing, asked, today)
        periods = [months for item in opened.standing.allowed if (months := period(item, asked, today))]
        whole = [window(item, today) for item in opened.standing.allowed]
        consents = opened.standing.allowed
        disclosed = Disclosed(
            reading_id=self._ids(),
            reader=reader,
            purpose=asked.purpose,
            person=opened.holder,
            items=tuple(consents),
            consents=tuple(dict.fromkeys(consents.values())),
            first_month=min(months.first for months in periods or whole),
            last_month=max(months.last for months in periods or whole),
            disclosed_at=now,
            receipts=passed.receipts,
            glanced=passed.glanced,
            checkups=passed.checkups,
            gaps=filtering.in_order(passed.gaps),
        )
        answer = await asyncio.to_thread(render, disclosed)
        record_ids = [opened.theirs.assistance.get(one, one) for one in passed.record_ids]
        await self._keep(disclosed, person_id, opened, record_ids, answer, request_hash)
        self._metrics.readings.labels(asked.purpose.value).inc()
        self._guard.found(reader.facility, hit=True)
        return answer

    async def _open(self, reader: Reader, person_id: str, asked: Asked, now: datetime) -> _Opened:
        """Raises `OnshiError`: the first asked item's refusal where none is allowed; READING_STOPPED."""
        # First the person, whose snapshot names the moment: what another read does not see of it yet, is newer than
        # that moment, and stops the reading at its commit.
        rows = await self._store.all(PERSON, person=person_id, day=japan_day(now))
        stands, assisted = await asyncio.gather(
            self._stands(reader, person_id, asked, now), self._store.all(ASSISTED, person=person_id)
        )
        if not stands.standing.allowed:
            item, fault = next(iter(stands.standing.refused.items()))
            raise OnshiError(fault, facility=reader.facility, item=item.value)
        if not rows:
            raise OnshiError(trust.NO_GRANT, facility=reader.facility, reason="no such person today")
        tied = [row for row in rows if row["record_id"] is not None]
        stopped = [row for row in tied if row["record_stopped"]]
        if rows[0]["person_stopped"] or (stopped and len(stopped) == len(tied) and not assisted):
            raise OnshiError(disclosure.READING_STOPPED, facility=reader.facility)
        first = rows[0]
        own = [row for row in tied if not row["record_stopped"]]
        keys = sorted({row["lookup_key"] for row in (*own, *assisted)})
        others = await self._store.all(OTHERS, lookup_keys=keys, person=person_id) if keys else []
        theirs = Theirs(
            own=(*map(_span, own), *(_span({**row, "record_id": row["lookup_key"]}) for row in assisted)),
            others=tuple(map(_span, others)),
            stopped=bool(stopped),
            birth_date=first["birth_date"],
            assistance={row["lookup_key"]: row["row_id"] for row in assisted},
        )
        holder = Holder(name=first["name"], kana=first["kana"], birth_date=first["birth_date"], sex=first["sex"])
        return _Opened(stands, theirs, holder, first["published"])

    async def _stands(self, reader: Reader, person_id: str, asked: Asked, now: datetime) -> _Stands:
        if asked.purpose in WITHOUT_CONSENT:
            standing, known = await self._openings.standing(reader, person_id, asked.items, asked.purpose, now)
            return _Stands(standing, KEEP_OPENED, known)
        rows, switches = await asyncio.gather(
            self._store.all(GRANTS, person=person_id, at_facility=reader.facility, now=now),
            self._store.all(RIGHTS, at_facility=reader.facility),
        )
        alive = {row["consent_id"] for row in rows if is_alive(row, now)}
        proven = await proofs(self._store, person_id, reader.facility, alive)
        keep = KEEP_LASTING if asked.purpose in LASTING else KEEP
        standing = judge(asked.items, asked.purpose, rows, proven, in_force(switches), now)
        return _Stands(standing, keep, bool(rows), proven)

    async def _keep(
        self,
        disclosed: Disclosed,
        person_id: str,
        opened: _Opened,
        record_ids: Sequence[str],
        answer: bytes,
        request_hash: str | None,
    ) -> None:
        """Audit row and rows of the reading in one commit. Raises `Conflict` where what opened it is no longer so."""
        reader, read_at, proven = disclosed.reader, self._clock(), opened.stands.proofs
        rows: list[Write] = [
            (
                opened.stands.keep,
                {
                    **(proven[consent_id].kept() if consent_id in proven else {}),
                    "person": person_id,
                    "at_facility": reader.facility,
                    "of_item": item.value,
                    "of_right": _right(disclosed.purpose, item),
                    "under": consent_id,
                    "known_at": opened.known_at,
                    "reading_id": disclosed.reading_id,
                    "device": reader.device,
                    "operator": reader.operator,
                    "read_at": read_at,
                    "records": ",".join(record_ids),
                },
            )
            for item, consent_id in opened.standing.allowed.items()
        ]
        writes: list[Write] = []
        if disclosed.purpose in LASTING:
            end = certificate_end(japan_day(read_at) + CARE_LIFE)
            whom = {"person": person_id, "at_facility": reader.facility, "until": end}
            writes = [(PROLONG, {**whom, "under": consent_id}) for consent_id in disclosed.consents]
        entry = _entry(reader, person_id, disclosed.purpose, "answered", request_hash)
        references = (
            f"reading:{disclosed.reading_id}",
            *(f"item:{item.value}" for item in disclosed.items),
            *(f"consent:{consent_id}" for consent_id in disclosed.consents),
            *(f"record:{record_id}" for record_id in record_ids),
        )
        await self._journal.record(
            _told(entry, references, hashlib.sha256(answer).hexdigest(), opened.known_at), unique=rows, writes=writes
        )

    async def refuse(
        self, reader: Reader, asked: Asked, refused: OnshiError, *, request_hash: str | None = None
    ) -> NoReturn:
        """A reading that its route refuses: on the audit log, under the facility's limit. Raises ``refused``."""
        await self._refused(reader, None, asked, refused, request_hash)
        raise refused

    async def _refused(
        self, reader: Reader, person_id: str | None, asked: Asked, refused: OnshiError, request_hash: str | None
    ) -> None:
        """Raises `OnshiError` (CENTRE-954) in its place, and writes nothing, where a facility is refused too often."""
        try:
            self._guard.take(reader.facility, self._clock())
        except OnshiError as too_many:
            # Must not become as many writes: the metric and the access log have those.
            self._metrics.refusals.labels(too_many.fault.code).inc()
            raise
        self._metrics.refusals.labels(refused.fault.code).inc()
        if self._guard.found(reader.facility, hit=refused.fault not in NOBODY):
            self._metrics.miss_alarms.inc()
        entry = _entry(reader, person_id, asked.purpose, refused.fault.code, request_hash)
        await self._journal.record(_told(entry, tuple(f"item:{item.value}" for item in asked.items)))

    # --- who read ---------------------------------------------------------------------------------------------------

    async def readings_of(self, person_id: str) -> list[Row]:
        """Every reading of a person's data, the newest first, one row for each item: for the person's own page."""
        return list(await self._store.all(READINGS, person=person_id))


def _checked(asked: Asked, today: date) -> None:
    """Raises `OnshiError`: ITEMS_WRONG, PERIOD_WRONG."""
    if not asked.items or len(set(asked.items)) != len(asked.items) or not set(asked.items) <= OF_ITEM.keys():
        raise OnshiError(disclosure.ITEMS_WRONG)
    asked_for(asked, today)


def _right(purpose: Purpose, item: ConsentItem) -> str | None:
    """What has to be switched on for it; in a disaster the disaster stands in for that."""
    if purpose is Purpose.DISASTER:
        return None
    return Right.EMERGENCY.value if purpose is Purpose.EMERGENCY else OF_ITEM[item].value


def _nobody(purpose: Purpose) -> Fault:
    """The one answer for a number that is unknown and for one whose person the facility has nothing to do with."""
    return disclosure.OPENING_NONE if purpose in WITHOUT_CONSENT else trust.NO_GRANT


def _span(row: Row) -> Span:
    return Span(row["record_id"], row["valid_from"], row["valid_to"])


def _entry(
    reader: Reader, person_id: str | None, purpose: Purpose, outcome: str, request_hash: str | None
) -> AuditEntry:
    return AuditEntry(
        kind="disclosure",
        outcome=outcome,
        device=reader.device,
        facility=reader.facility,
        operator=reader.operator,
        request_hash=request_hash,
        subject=person_id,
        references=(f"purpose:{purpose.value}",),
    )


def _told(
    entry: AuditEntry, references: Sequence[str], answer_hash: str | None = None, known_at: datetime | None = None
) -> AuditEntry:
    return msgspec.structs.replace(
        entry,
        references=(*entry.references, *references),
        answer_hash=answer_hash,
        computed_from=known_at,
    )
