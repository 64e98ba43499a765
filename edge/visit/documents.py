"""Makes the documents of one visit: statement, request and consent, as `protocol.visit` defines them."""

import hashlib
from datetime import datetime

from msgspec import UNSET

from edge.card.port import SurfaceOpening
from protocol.eras import JST
from protocol.visit import (
    Care,
    ConsentItem,
    ConsentStatement,
    FaceReport,
    Method,
    SightReport,
    SurfaceEvidence,
    VisitStatement,
)


def certificate_hash(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()


def visit_statement(
    *,
    request_id: str,
    device: str,
    facility: str,
    method: Method,
    certificate: bytes,
    challenge: str,
    deferred: bool,
    now: datetime,
    face: FaceReport | None,
    clerk: str | None,
) -> VisitStatement:
    """The statement that the card signs; ``now`` is aware."""
    return VisitStatement(
        request_id=request_id,
        device=device,
        facility=facility,
        method=method,
        asked_day=now.astimezone(JST).date(),
        certificate=certificate_hash(certificate),
        challenge=challenge,
        deferred=deferred,
        made_at=now.replace(microsecond=0),
        face=face,
        sight=SightReport(clerk=clerk) if clerk else None,
    )


def surface_evidence(opening: SurfaceOpening, card_signature: bytes) -> SurfaceEvidence:
    return SurfaceEvidence(
        file="0002" if opening.file == "0002" else "0001",
        attributes=opening.attributes,
        digests=opening.digests,
        signature=opening.signature,
        issuer=opening.issuer,
        card_signature=card_signature,
    )


def consent_statement(
    visit: VisitStatement,
    *,
    consent_id: str,
    items: frozenset[ConsentItem],
    now: datetime,
    care: Care | None = None,
) -> ConsentStatement:
    """Items go in the order of `ConsentItem`; none means asked, and refused. ``care`` None: for this visit."""
    return ConsentStatement(
        consent_id=consent_id,
        visit=visit.request_id,
        device=visit.device,
        facility=visit.facility,
        certificate=visit.certificate,
        challenge=visit.challenge,
        items=tuple(item for item in ConsentItem if item in items),
        care=care or UNSET,
        made_at=now.replace(microsecond=0),
    )
