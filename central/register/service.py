"""Answers questions about eligibility: whose a certificate is, what a card gets, what a number gets.

Reads only, through the one store; `eligibility` decides and `wire` writes. Every answer names ``known_at``, the
recorded moment it was computed from: asked again with it, the answer is the same for ever. The audit row is the
caller's (`routes`, presence). Facts: trust rules ("Eligibility answers").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from central.db.store import Row, Statement, Store
from central.register import eligibility, facts, wire
from central.register import tables as t
from central.register.eligibility import Judgement
from central.register.facts import Person
from central.register.keys import certificate_key, lookup_key, symbol_key
from central.register.limits import QueryGuard, QueryLimits
from central.register.metrics import RegisterMetrics
from central.register.statements import ASSISTANCE, BY_NUMBER, FACTS, HOLDER, NOW
from central.register.words import Word
from central.register.work import OPEN, Item, WorkKind
from protocol.codes import QualificationValidity, ReferenceClassification
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors.central import QUERY_DAY
from protocol.errors.trust import OTHER_FACILITY
from protocol.messages import EligibilityAnswer, EligibilityRequest, SpecificDiseaseInfo
from protocol.visit import CertificateState, ConsentItem

Write = tuple[Statement, Mapping[str, object]]

RENEWALS = 16
"""How many renewals in a row are followed; a certificate lives five years."""
OLDEST_DAY = timedelta(days=5 * 366)
"""How far back a query by number may ask."""

PUBLISHED = Statement("register.published", sa.select(t.clock.c.published).where(t.clock.c.id == 1))

_BEST = (
    QualificationValidity.VALID,
    QualificationValidity.VALID_UNREGISTERED,
    QualificationValidity.INVALID_NEWER_EXISTS,
    QualificationValidity.INVALID,
    QualificationValidity.NONE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose a certificate is."""

    person_id: str
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEligibility:
    """The answer to a card. Specific diseases stand apart until the holder has consented (`consented`)."""

    person_id: str
    birth_date: date | None
    """The register's, to hold against the chip's; None where the register has no such person on that day."""
    sex: str | None
    """OQSCD007, as `birth_date`."""
    validity: QualificationValidity
    message: EligibilityAnswer
    specific_diseases: tuple[SpecificDiseaseInfo, ...]
    medical: bool
    """Whether consent to medical information may be asked for."""
    words: tuple[Word, ...]
    """The reason, then the news, in Japanese and English."""
    conflict: tuple[str, ...]
    """The insurers whose valid coverages contradict each other; the newest is answered."""
    records: tuple[tuple[str, str | None], ...]
    """(insurer number, record id) of everything that the ties give to the person; 医療扶助 has no record id."""
    known_at: datetime

    def consented(
        self, items: Iterable[ConsentItem], *, at: datetime, until: datetime | None = None
    ) -> EligibilityAnswer:
        """The message with the flags of a consent given at that time (``items`` empty: refused)."""
        return wire.consented(self.message, items, at=at, until=until, specific_diseases=self.specific_diseases)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberEligibility:
    """The answer to a query by number. ``person_id`` is for the audit row only: the asker does not get it."""

    person_id: str | None
    validity: QualificationValidity
    message: EligibilityAnswer
    words: tuple[Word, ...]
    known_at: datetime


class Register:
    """The register as other domains and routes see it; safe to share between requests of one process."""

    def __init__(
        self, store: Store, *, limits: QueryLimits | None = None, metrics: RegisterMetrics | None = None
    ) -> None:
        self._store = store
        self._guard = QueryGuard(limits or QueryLimits())
        self._metrics = metrics or RegisterMetrics(CollectorRegistry())

    async def holder(self, issuer_key_id: str, serial: str, *, known_at: datetime | None = None) -> Holder | None:
        """Whose the certificate (issuer key id and serial in hexadecimal) is, through its renewals."""
        key: str | None = certificate_key(issuer_key_id, serial)
        for _ in range(RENEWALS):
            row = await self._store.first(HOLDER, certificate_key=key, known_at=known_at or NOW)
            if row is None:
                return None
            known_at = known_at or row["published"]
            if row["person_id"] is not None:
                return Holder(person_id=row["person_id"], known_at=known_at)
            key = row["previous_key"]
        return None

    async def answer_for_card(
        self,
        person_id: str,
        day: date,
        *,
        facility: str,
        now: datetime,
        certificate_state: CertificateState = CertificateState.VALID,
        known_at: datetime | None = None,
    ) -> CardEligibility:
        """What the card of this person gets, as of ``day`` (Japan time) and ``known_at`` (default: what is known now).

        A person whom the register does not know gets validity 4.
        """
        person, decisions, known_at = await self._facts(person_id, day, facility, known_at)
        judgement = eligibility.judge_card(person, decisions, day, certificate_state)
        self._metrics.answers.labels(ReferenceClassification.CARD.value, judgement.validity.value).inc()
        if judgement.conflict:
            self._metrics.conflicts.inc()
        coverages = person.coverages if person else ()
        records: list[tuple[str, str | None]] = [(one.insurer_number, one.record_id) for one in coverages]
        records += [(decision.payer, None) for decision in decisions]
        return CardEligibility(
            person_id=person_id,
            birth_date=person.birth_date if person else None,
            sex=person.sex if person else None,
            validity=judgement.validity,
            message=wire.answer(judgement, person, day=day, facility=facility, now=now),
            specific_diseases=wire.diseases(judgement),
            medical=judgement.medical,
            words=judgement.words,
            conflict=tuple(dict.fromkeys(coverage.insurer_number for coverage in judgement.conflict)),
            records=tuple(dict.fromkeys(records)),
            known_at=known_at,
        )

    def chip_differs(
        self, answer: CardEligibility, *, fields: Sequence[str], row_ids: Iterable[str], now: datetime
    ) -> list[Write]:
        """Writes that open a work item at every insurer of the person: the chip's ``fields`` are not the register's.

        ``fields`` are names (birth_date, sex), never values. An item that is open already stays the only one.
        """
        details = ",".join(fields)
        items = (
            Item(
                insurer_number=insurer,
                kind=WorkKind.CHIP_DIFFERS,
                person_id=answer.person_id,
                record_id=record_id,
                subject=f"{WorkKind.CHIP_DIFFERS.value}:{record_id or answer.person_id}:{details}",
                details=details,
            )
            for insurer, record_id in answer.records
        )
        return [(OPEN, item.parameters(row_id, now)) for item, row_id in zip(items, row_ids, strict=False)]

    async def query_by_number(
        self,
        request: EligibilityRequest,
        *,
        facility: str,
        now: datetime,
        known_at: datetime | None = None,
        counted: bool = True,
    ) -> NumberEligibility:
        """The answer to OQSsiquc01req of a facility: an exact match on all given fields.

        ``counted`` False: a unit of a bulk, which has its own limit.
        Raises `OnshiError`: too many queries, another facility's code, a day out of range.
        """
        if request.facility.raw != facility:
            raise OnshiError(OTHER_FACILITY, facility=facility)
        try:
            if counted:
                self._guard.take(facility, now)
        except OnshiError:
            self._metrics.limited.inc()
            raise
        day, today = request.asked_day, now.astimezone(JST).date()
        if not today - OLDEST_DAY <= day <= today + timedelta(days=1):
            raise OnshiError(QUERY_DAY)
        ties, known_at = await self._ties(request, day, known_at)
        people = {row["person_id"] for row in ties}
        person: Person | None = None
        judgement = eligibility.NONE
        if len(people) > 1:
            judgement = eligibility.SEVERAL
        elif people:
            person, decisions, _ = await self._facts(ties[0]["person_id"], day, facility, known_at)
            judged = [eligibility.judge_number(person, row["record_id"], decisions, day) for row in ties]
            judgement = min(judged, key=_rank)
        if self._guard.found(facility, hit=bool(people)):
            self._metrics.miss_alarms.inc()
        self._metrics.answers.labels(ReferenceClassification.INSURED_NUMBER.value, judgement.validity.value).inc()
        return NumberEligibility(
            person_id=people.pop() if len(people) == 1 else None,
            validity=judgement.validity,
            message=wire.answer(
                judgement,
                person,
                day=day,
                facility=facility,
                now=now,
                search=request.search,
                file_identifier=request.file_identifier,
            ),
            words=judgement.words,
            known_at=known_at,
        )

    async def _ties(
        self, request: EligibilityRequest, day: date, known_at: datetime | None
    ) -> tuple[list[Row], datetime]:
        """Ties that fit: those valid on the day, or else the last to end; and the moment they were read as of."""
        search = request.search
        rows, known_at = await self._as_of(
            BY_NUMBER,
            known_at,
            lookup_key=lookup_key(search.insurer_number.raw, search.number.raw),
            birth_date=search.birth_date.day,
            day=day,
        )
        symbol = symbol_key(search.symbol.raw) if search.symbol else None
        branch = search.branch.raw if search.branch else None
        fitting = [row for row in rows if symbol in (None, row["symbol_key"]) and branch in (None, row["branch"])]
        valid = [row for row in fitting if row["valid_to"] is None or day < row["valid_to"]]
        if valid or not fitting:
            return valid, known_at
        last = max(row["valid_to"] for row in fitting)
        return [row for row in fitting if row["valid_to"] == last], known_at

    async def _as_of(
        self, statement: Statement, known_at: datetime | None, **parameters: object
    ) -> tuple[Sequence[Row], datetime]:
        """Rows, and the recorded moment to which they are true. No rows name no moment: then they are asked again."""
        rows = await self._store.all(statement, known_at=known_at or NOW, **parameters)
        if known_at is not None:
            return rows, known_at
        if rows:
            return rows, rows[0]["published"]
        clock = await self._store.first(PUBLISHED)
        if clock is None:
            raise RuntimeError("the register's clock has no row: its guards were not created")
        published: datetime = clock["published"]
        return await self._store.all(statement, known_at=published, **parameters), published

    async def _facts(
        self, person_id: str, day: date, facility: str, known_at: datetime | None
    ) -> tuple[Person | None, tuple[facts.Assistance, ...], datetime]:
        asked = {"person_id": person_id, "day": day, "facility": facility}
        rows, known_at = await self._as_of(FACTS, known_at, **asked)
        person = facts.person(rows)
        if person is None or not person.assisted:
            return person, (), known_at
        decisions = await self._store.all(ASSISTANCE, known_at=known_at, **asked)
        return person, facts.assistance(decisions), known_at


def _rank(judgement: Judgement) -> int:
    return _BEST.index(judgement.validity)
