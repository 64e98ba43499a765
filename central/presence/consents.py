"""A consent: from a statement that the card signed to a grant for facility and person, kept with its proof.

It belongs to a visit of the same device, minutes old, and is signed by the very key that the visit proved.
Refusing (no items) is an answer like any other. Facts: trust rules.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import UnsetType

from central.audit.entry import AuditEntry
from central.audit.journal import Conflict, Journal
from central.db import Row, Store, StoreDown
from central.disclosure.disclosed import Purpose
from central.disclosure.living import stopped, why_not
from central.disclosure.service import (
    CONSENT,
    KEEP_CONSENT,
    Disclosure,
    available_until,
    certificate_end,
    items_text,
)
from central.facilities.device import Device
from central.presence.challenges import spending_digest
from central.presence.documents import Opened, open_document
from central.presence.statements import VISIT
from central.register import wire
from central.trust.certificates import signed_digest
from central.trust.days import japan_day
from protocol.errors import OnshiError, trust
from protocol.messages import EligibilityAnswer, SpecificDiseaseInfo, read_json, write_json
from protocol.visit import (
    ConsentAnswer,
    ConsentItem,
    ConsentRequest,
    ConsentStatement,
    VisitAnswer,
    card_digest,
)

log = structlog.get_logger(__name__)
_ORDER = tuple(ConsentItem)
_encode = msgspec.json.Encoder().encode
_visit_answer = msgspec.json.Decoder(VisitAnswer).decode


class Consents:
    """``window`` is how long after a visit's answer its consent may come."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        disclosure: Disclosure,
        *,
        clock: Callable[[], datetime],
        window: timedelta,
    ) -> None:
        self._store = store
        self._journal = journal
        self._disclosure = disclosure
        self._clock = clock
        self._window = window

    async def answer(self, device: Device, document: bytes) -> bytes:
        """The `ConsentAnswer` as bytes, on disk before it is returned. Raises `OnshiError`."""
        opened = open_document(device, document, "consent", ConsentRequest)
        try:
            return await self._answer(device, opened)
        except StoreDown:
            raise
        except OnshiError as refused:
            await self._journal.record(_entry(device, opened, refused.fault.code))
            raise

    async def _answer(self, device: Device, opened: Opened[ConsentRequest]) -> bytes:
        # Whole seconds: the message, the grant and the answer name the same moment.
        now = self._clock().replace(microsecond=0)
        stored = await self._stored(device, opened)
        if stored is not None:
            return stored
        statement = opened.request.statement
        visit = await self._store.first(VISIT, device=device.id, request_id=statement.visit)
        if visit is None or visit["challenge"] != spending_digest(statement.challenge):
            raise OnshiError(trust.CONSENT_VISIT_UNKNOWN, visit=statement.visit)
        if visit["answer"] is None or now - visit["decided_at"] > self._window:
            raise OnshiError(trust.CONSENT_TOO_LATE, visit=statement.visit)
        _signed(opened.request, visit)
        answered = _visit_answer(visit["answer"])
        _allowed(statement, visit, answered)
        await self._not_stopped(visit["person_id"], statement)
        certificate_until = certificate_end(answered.certificate.last_day)
        answer = _encode(_consented(statement, visit, answered, now, certificate_until))
        return await self._keep(device, opened, visit, answer, now, certificate_until)

    async def _stored(self, device: Device, opened: Opened[ConsentRequest]) -> bytes | None:
        """The answer given before to these very bytes, while all that it gave is given; one consent for each visit."""
        statement = opened.request.statement
        row = await self._store.first(CONSENT, device=device.id, visit=statement.visit)
        if row is None:
            return None
        if row["payload_digest"] != opened.payload_digest:
            log.warning("consent_replayed", device=device.id, consent=statement.consent_id)
            fault = trust.REQUEST_REPLAYED if row["consent_id"] == statement.consent_id else trust.CONSENT_GIVEN
            raise OnshiError(fault)
        answer: bytes | None = row["answer"]
        if answer is None:
            raise OnshiError(trust.CONSENT_TOO_LATE, visit=statement.visit)
        if row["items"]:
            ended = await why_not(
                self._store,
                facility=row["facility"],
                person_id=row["person_id"],
                consent_id=row["consent_id"],
                # The clock of the worker that took the consent may be ahead of this one's.
                now=max(self._clock(), row["consented_at"]),
            )
            if ended is not None:
                raise OnshiError(ended, visit=statement.visit)
            await self._not_stopped(row["person_id"], statement)
        return answer

    async def _not_stopped(self, person_id: str, statement: ConsentStatement) -> None:
        """What the visit kept back leaves with the consent. Raises `OnshiError` (VIEW_STOPPED)."""
        if statement.items and await stopped(self._store, person_id, japan_day(self._clock())):
            raise OnshiError(trust.VIEW_STOPPED, visit=statement.visit)

    async def _keep(
        self,
        device: Device,
        opened: Opened[ConsentRequest],
        visit: Row,
        answer: bytes,
        now: datetime,
        certificate_until: datetime,
    ) -> bytes:
        """Audit row, consent with its proof and grants in one commit; then the answer."""
        statement = opened.request.statement
        row = {
            "device": device.id,
            "visit": statement.visit,
            "consent_id": statement.consent_id,
            "facility": device.facility,
            "person_id": visit["person_id"],
            "items": items_text(statement.items),
            "consented_at": now,
            "payload_digest": opened.payload_digest,
            "payload": opened.payload,
            "signature": opened.signature,
            "visit_payload": visit["payload"],
            "visit_signature": visit["signature"],
            "answer": answer,
            "forget_at": now + self._window,
        }
        granted = self._disclosure.grant(
            facility=device.facility,
            person_id=visit["person_id"],
            items=statement.items,
            consent_id=statement.consent_id,
            now=now,
            certificate_until=certificate_until,
            purpose=_purpose(statement),
        )
        entry = _entry(device, opened, "answered", answer=answer, person_id=visit["person_id"])
        try:
            await self._journal.record(entry, unique=[(KEEP_CONSENT, row)], writes=granted)
        except Conflict:
            stored = await self._stored(device, opened)
            if stored is None:
                raise OnshiError(trust.REQUEST_REPLAYED) from None
            return stored
        return answer


def _signed(request: ConsentRequest, visit: Row) -> None:
    """Signed by the key that the visit proved, for the certificate that it showed."""
    statement = request.statement
    if request.key != visit["key"] or statement.certificate != visit["certificate"]:
        raise OnshiError(trust.CONSENT_OTHER_KEY, visit=statement.visit)
    key = load_der_public_key(visit["key_spki"])
    if not isinstance(key, RSAPublicKey) or not signed_digest(key, request.card_signature, card_digest(statement)):
        raise OnshiError(trust.CONSENT_SIGNATURE_WRONG, visit=statement.visit)


def _allowed(statement: ConsentStatement, visit: Row, answered: VisitAnswer) -> None:
    """The items are what the visit offered, each once and in order; the fault says why where they are not."""
    if statement.items != tuple(item for item in _ORDER if item in statement.items):
        raise OnshiError(trust.CONSENT_NOT_OFFERED, reason="order")
    if set(statement.items) <= set(answered.consent_items):
        return
    for reason, fault in (
        ("deferred", trust.CONSENT_DEFERRED),
        ("in_grace", trust.CONSENT_IN_GRACE),
        ("view_stopped", trust.VIEW_STOPPED),
    ):
        if visit[reason]:
            raise OnshiError(fault, visit=statement.visit)
    raise OnshiError(trust.CONSENT_NOT_OFFERED, visit=statement.visit)


def _purpose(statement: ConsentStatement) -> Purpose:
    """What the statement was given for; one that names no care is for this visit."""
    return Purpose.VISIT if isinstance(statement.care, UnsetType) else Purpose(statement.care.value)


def _consented(
    statement: ConsentStatement, visit: Row, answered: VisitAnswer, now: datetime, certificate_until: datetime
) -> ConsentAnswer:
    """The visit's message with the flags of this consent, and what it kept back where that was allowed."""
    until = available_until(_purpose(statement), now, certificate_until) if statement.items else None
    message = wire.consented(
        read_json(answered.message, EligibilityAnswer),
        statement.items,
        at=now,
        until=until,
        specific_diseases=_kept_back(visit["full_message"]),
    )
    return ConsentAnswer(
        consent_id=statement.consent_id,
        items=statement.items,
        granted_at=now,
        available_until=until,
        message=write_json(message),
    )


def _kept_back(full_message: bytes | None) -> tuple[SpecificDiseaseInfo, ...]:
    if full_message is None:
        return ()
    full = read_json(msgspec.json.decode(full_message), EligibilityAnswer)
    return next((result.diseases for result in full.results if result.diseases), ())


def _entry(
    device: Device,
    opened: Opened[ConsentRequest],
    outcome: str,
    *,
    answer: bytes | None = None,
    person_id: str | None = None,
) -> AuditEntry:
    statement = opened.request.statement
    items = tuple(f"item:{item.value}" for item in statement.items)
    return AuditEntry(
        kind="consent",
        outcome=outcome,
        device=device.id,
        facility=device.facility,
        request_id=statement.consent_id,
        request_hash=opened.document_digest,
        answer_hash=hashlib.sha256(answer).hexdigest() if answer is not None else None,
        subject=person_id,
        references=(f"visit:{statement.visit}", f"key:{opened.request.key}", *items),
    )
