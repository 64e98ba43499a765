"""One visit: from a signed document to the stored answer, with its audit row, its spent challenge and its binding.

Order: device → document → stored answer → challenge → certificate → card's signatures → status → person → answer.
The card's signature comes before the status is asked, so that nobody learns a certificate's status without the card.
Facts: trust rules.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from central.audit.entry import AuditEntry
from central.audit.journal import Conflict, Journal, Write
from central.db import Row, Store, StoreDown
from central.facilities.device import Device
from central.presence.challenges import LIFE, Accepted, Challenges
from central.presence.documents import Opened, open_document
from central.presence.evidence import Proof, prove
from central.presence.statements import BIND, BINDING, KEEP_VISIT, SPEND, VISIT
from central.register.service import CardEligibility, Holder
from central.register.words import MEDICAL_STOPPED
from central.trust.certificates import AuthenticationCertificate, CertificateId
from central.trust.days import japan_day
from central.trust.revocation import GoodStatus
from central.trust.service import Trust
from protocol.errors import Fault, OnshiError, trust
from protocol.messages import write_json
from protocol.visit import (
    CertificateStanding,
    CertificateState,
    ConsentItem,
    VisitAnswer,
    VisitRequest,
    VisitStatement,
)

BIRTH_MATCHES = "birth_matches"
SURFACE_BOUND = "surface_bound"
_MEANINGFUL_SEX = ("1", "2")
log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode


class RegisterPort(Protocol):
    """What presence asks of the register (`central.register.service.Register`)."""

    async def holder(self, issuer_key_id: str, serial: str) -> Holder | None: ...

    async def answer_for_card(
        self, person_id: str, day: date, *, facility: str, now: datetime, certificate_state: CertificateState
    ) -> CardEligibility: ...

    def chip_differs(
        self, answer: CardEligibility, *, fields: Sequence[str], row_ids: Sequence[str], now: datetime
    ) -> list[Write]: ...


class Visits:
    """``ids`` gives a new row id; ``window`` is how long after the answer a consent may come."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        register: RegisterPort,
        *,
        trust: Trust,
        challenges: Challenges,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        window: timedelta,
    ) -> None:
        self._store = store
        self._journal = journal
        self._register = register
        self._challenges = challenges
        self._trust = trust
        self._clock = clock
        self._ids = ids
        self._window = window

    async def answer(self, device: Device, document: bytes) -> bytes:
        """The `VisitAnswer` as bytes, on disk before it is returned. Raises `OnshiError`."""
        opened = open_document(device, document, "visit", VisitRequest)
        try:
            return await self._answer(device, opened)
        except StoreDown:
            raise
        except _Mismatch as differs:
            await self._journal.record(_refusal(device, opened, differs), writes=differs.writes)
            raise OnshiError(differs.fault, **differs.details) from None
        except OnshiError as refused:
            await self._journal.record(_refusal(device, opened, refused))
            raise

    async def _answer(self, device: Device, opened: Opened[VisitRequest]) -> bytes:
        request, now = opened.request, self._clock()
        statement = request.statement
        stored = await self._stored(device, opened, now)
        if stored is not None:
            return stored
        challenge = self._challenges.accept(statement.challenge, device.id, now, deferred=statement.deferred)
        if statement.asked_day > japan_day(now):
            raise OnshiError(trust.ASKED_DAY_IN_FUTURE)
        certificate = self._trust.certificates.read(request.certificate)
        if certificate.digest != statement.certificate:
            raise OnshiError(trust.CERTIFICATE_SUBSTITUTED)
        standing = certificate.standing(now)
        proof = prove(request, certificate, self._trust.surfaces)
        status = await self._trust.revocations.check(certificate, now)
        eligibility, bound = await asyncio.gather(
            self._eligibility(statement, certificate.id, standing, now),
            self._store.first(BINDING, issuer_key_id=certificate.id.issuer_key_id, serial=certificate.id.serial),
        )
        for _ in range(2):
            matched = self._same_person(proof, eligibility, now)
            _same_card(proof, bound, certificate.id)
            found = _Found(
                statement,
                standing,
                status,
                certificate,
                proof,
                eligibility,
                matched=matched,
                # A visit over midnight is still of the day on which its challenge was given.
                of_today=statement.asked_day >= japan_day(now - LIFE),
                bound=bound is not None,
            )
            try:
                return await self._keep(device, opened, challenge, found, now)
            except Conflict as clash:
                if clash.statement is not BIND:
                    return await self._lost_the_race(device, opened, now)
                bound = await self._store.first(
                    BINDING, issuer_key_id=certificate.id.issuer_key_id, serial=certificate.id.serial
                )
        raise RuntimeError("a binding vanished")

    async def _stored(self, device: Device, opened: Opened[VisitRequest], now: datetime) -> bytes | None:
        """The answer given before to these very bytes, while the challenge lives."""
        row = await self._store.first(VISIT, device=device.id, request_id=opened.request.statement.request_id)
        if row is None:
            return None
        if row["payload_digest"] != opened.payload_digest:
            log.warning("request_replayed", device=device.id, request_id=opened.request.statement.request_id)
            raise OnshiError(trust.REQUEST_REPLAYED)
        answer: bytes | None = row["answer"]
        if answer is None or now >= row["challenge_expires_at"]:
            raise OnshiError(trust.CHALLENGE_EXPIRED)
        return answer

    async def _lost_the_race(self, device: Device, opened: Opened[VisitRequest], now: datetime) -> bytes:
        """Somebody spent this challenge: the same document sent twice at once, or a replay."""
        stored = await self._stored(device, opened, now)
        if stored is None:
            log.warning("challenge_replayed", device=device.id, request_id=opened.request.statement.request_id)
            raise OnshiError(trust.CHALLENGE_SPENT)
        return stored

    async def _eligibility(
        self, statement: VisitStatement, certificate: CertificateId, standing: CertificateStanding, now: datetime
    ) -> CardEligibility:
        holder = await self._holder(certificate)
        return await self._register.answer_for_card(
            holder.person_id,
            statement.asked_day,
            facility=statement.facility,
            now=now,
            certificate_state=standing.state,
        )

    async def _holder(self, certificate: CertificateId) -> Holder:
        """Whose it is; a renewed certificate that the register does not know yet, through the linkage."""
        found = await self._register.holder(certificate.issuer_key_id, certificate.serial)
        if found is not None:
            return found
        for earlier in await self._trust.links.earlier(certificate):
            found = await self._register.holder(earlier.issuer_key_id, earlier.serial)
            if found is not None:
                return found
        raise OnshiError(trust.HOLDER_UNKNOWN, certificate=str(certificate))

    def _same_person(self, proof: Proof, eligibility: CardEligibility, now: datetime) -> bool:
        """Whether birth date and sex that the municipality signed are those of the register's person.

        Raises `_Mismatch` with the insurers' work items. False when there was nothing to compare.
        """
        if proof.birth_date is None or eligibility.birth_date is None:
            return False
        fields = []
        if proof.birth_date != eligibility.birth_date:
            fields.append("birth_date")
        if proof.sex in _MEANINGFUL_SEX and eligibility.sex in _MEANINGFUL_SEX and proof.sex != eligibility.sex:
            fields.append("sex")
        if fields:
            fault = trust.BIRTH_DATE_DIFFERS if "birth_date" in fields else trust.SEX_DIFFERS
            row_ids = [self._ids() for _ in eligibility.records]
            writes = self._register.chip_differs(eligibility, fields=fields, row_ids=row_ids, now=now)
            raise _Mismatch(fault, eligibility.person_id, writes)
        return True

    async def _keep(
        self, device: Device, opened: Opened[VisitRequest], challenge: Accepted, found: "_Found", now: datetime
    ) -> bytes:
        """Audit row, spent challenge, visit and binding in one commit; then the answer."""
        eligibility, statement = found.eligibility, found.statement
        refused = eligibility.consented((), at=now)
        answer = _encode(
            VisitAnswer(
                request_id=statement.request_id,
                certificate=found.standing,
                proven=found.proven,
                device_word=found.proof.device_word,
                consent_items=found.offered,
                message=write_json(refused),
            )
        )
        full = None
        if eligibility.specific_diseases:
            full = _encode(write_json(eligibility.consented((ConsentItem.SPECIFIC_DISEASES,), at=now)))
        unique: list[Write] = [
            (SPEND, {"digest": challenge.digest, "expires_at": challenge.expires_at}),
            (KEEP_VISIT, self._row(device, opened, challenge, found, answer, full, now)),
        ]
        if found.binds:
            unique.append((BIND, _binding(device, found, now)))
        await self._journal.record(_entry(device, opened, found, answer), unique=unique)
        return answer

    def _row(
        self,
        device: Device,
        opened: Opened[VisitRequest],
        challenge: Accepted,
        found: "_Found",
        answer: bytes,
        full: bytes | None,
        now: datetime,
    ) -> dict[str, object]:
        statement = found.statement
        return {
            "device": device.id,
            "request_id": statement.request_id,
            "facility": device.facility,
            "person_id": found.eligibility.person_id,
            "issuer_key_id": found.certificate.id.issuer_key_id,
            "serial": found.certificate.id.serial,
            "certificate": found.certificate.digest,
            "method": statement.method.value,
            "challenge": challenge.digest,
            "challenge_expires_at": challenge.expires_at,
            "decided_at": now,
            "deferred": statement.deferred,
            "in_grace": found.standing.state is CertificateState.GRACE,
            "view_stopped": MEDICAL_STOPPED in found.eligibility.words,
            "key": found.proof.key,
            "key_spki": found.proof.key_spki,
            "payload_digest": opened.payload_digest,
            "payload": opened.payload,
            "signature": opened.signature,
            "answer": answer,
            "full_message": full,
            "forget_at": max(challenge.expires_at, now + self._window),
        }


class _Mismatch(OnshiError):
    """Chip and register speak of two people; carries what the insurers get to see."""

    def __init__(self, fault: Fault, person_id: str, writes: list[Write]) -> None:
        super().__init__(fault)
        self.person_id = person_id
        self.writes = writes


class _Found(msgspec.Struct, frozen=True):
    """Everything that a visit found, before it is kept."""

    statement: VisitStatement
    standing: CertificateStanding
    status: GoodStatus
    certificate: AuthenticationCertificate
    proof: Proof
    eligibility: CardEligibility
    matched: bool
    """Birth date and sex of chip and register were compared, and are the same."""
    of_today: bool
    """Asked as of today: an answer about an earlier day opens nothing of today."""
    bound: bool
    """An earlier visit bound a surface key to this certificate; where this visit opened the surface, it is this key."""

    @property
    def binds(self) -> bool:
        """Whether this visit makes the binding."""
        return self.proof.binds and self.matched and not self.bound

    @property
    def proven(self) -> tuple[str, ...]:
        matched = (BIRTH_MATCHES,) if self.matched else ()
        together = self.proof.surface_key_digest is not None and (self.bound or self.binds)
        return (*self.proof.proven, *matched, *((SURFACE_BOUND,) if together else ()))

    @property
    def offered(self) -> tuple[ConsentItem, ...]:
        return tuple(ConsentItem) if self.eligibility.medical and self.of_today and not self.statement.deferred else ()


def _same_card(proof: Proof, bound: Row | None, certificate: CertificateId) -> None:
    """A certificate never moves between cards: raises OTHER_SURFACE_KEY where the binding names another key."""
    if bound is None or proof.surface_key_digest in (None, bound["surface_key"]):
        return
    raise OnshiError(trust.OTHER_SURFACE_KEY, certificate=str(certificate))


def _binding(device: Device, found: _Found, now: datetime) -> dict[str, object]:
    return {
        "issuer_key_id": found.certificate.id.issuer_key_id,
        "serial": found.certificate.id.serial,
        "surface_key": found.proof.surface_key_digest,
        "device": device.id,
        "request_id": found.statement.request_id,
        "bound_at": now,
    }


def _entry(device: Device, opened: Opened[VisitRequest], found: _Found, answer: bytes) -> AuditEntry:
    id_ = found.certificate.id
    return AuditEntry(
        kind="visit",
        outcome="answered",
        device=device.id,
        facility=device.facility,
        request_id=found.statement.request_id,
        request_hash=opened.document_digest,
        answer_hash=hashlib.sha256(answer).hexdigest(),
        asked_day=found.statement.asked_day,
        computed_from=found.eligibility.known_at,
        subject=found.eligibility.person_id,
        references=(
            f"issuer:{id_.issuer_key_id}",
            f"serial:{id_.serial}",
            f"status:{found.status.source}",
            f"method:{found.statement.method.value}",
            f"validity:{found.eligibility.validity.value}",
        ),
    )


def _refusal(device: Device, opened: Opened[VisitRequest], refused: OnshiError) -> AuditEntry:
    statement = opened.request.statement
    return AuditEntry(
        kind="visit",
        outcome=refused.fault.code,
        device=device.id,
        facility=device.facility,
        request_id=statement.request_id,
        request_hash=opened.document_digest,
        asked_day=statement.asked_day,
        subject=refused.person_id if isinstance(refused, _Mismatch) else None,
        references=(f"certificate:{statement.certificate[:48]}", f"method:{statement.method.value}"),
    )
