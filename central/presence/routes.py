"""``POST /v1/challenges``, ``/v1/visits``, ``/v1/consents``: presence over HTTP, for enrolled devices.

Answers leave as the very bytes that the audit row hashed.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import msgspec

from central.api.route import Call, Raw, Route
from central.presence.service import Presence
from protocol.errors import disclosure, trust
from protocol.visit import (
    CertificateStanding,
    CertificateState,
    ConsentAnswer,
    ConsentItem,
    SignedDocument,
    VisitAnswer,
)


class ChallengesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many challenges, and whether for work off line (24 h, eligibility only)."""

    count: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    deferred: bool = False


class IssuedChallenge(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    expires_at: datetime


class ChallengesIssued(msgspec.Struct, frozen=True, kw_only=True):
    challenges: tuple[IssuedChallenge, ...]


_DOCUMENT = (trust.DOCUMENT_UNREADABLE, trust.DEVICE_SIGNATURE_WRONG, trust.OTHER_DEVICE, trust.OTHER_FACILITY)
_CHALLENGE = (trust.CHALLENGE_EXPIRED, trust.CHALLENGE_FOREIGN, trust.CHALLENGE_SPENT, trust.REQUEST_REPLAYED)
_CERTIFICATE = (
    trust.CERTIFICATE_UNREADABLE,
    trust.CERTIFICATE_OTHER_CA,
    trust.CERTIFICATE_TEST_CA,
    trust.CERTIFICATE_FORGED,
    trust.CERTIFICATE_WRONG_USAGE,
    trust.CERTIFICATE_POLICY,
    trust.CERTIFICATE_PROFILE,
    trust.CERTIFICATE_NOT_YET_VALID,
    trust.CERTIFICATE_EXPIRED,
    trust.CERTIFICATE_REVOKED,
    trust.CERTIFICATE_REVOKED_STOLEN,
    trust.CERTIFICATE_REVOKED_REPLACED,
    trust.CERTIFICATE_REVOKED_CHANGED,
    trust.CERTIFICATE_SUSPENDED,
    trust.CERTIFICATE_REVOKED_THEN_EXPIRED,
    trust.CERTIFICATE_SUBSTITUTED,
    trust.STATUS_UNKNOWN,
)
_EVIDENCE = (
    trust.EVIDENCE_INCOMPLETE,
    trust.EVIDENCE_UNREADABLE,
    trust.CARD_SIGNATURE_WRONG,
    trust.SURFACE_CARD_SIGNATURE_WRONG,
    trust.SURFACE_ISSUER_UNKNOWN,
    trust.SURFACE_ISSUER_TEST,
    trust.SURFACE_ISSUER_FORGED,
    trust.SURFACE_FORGED,
    trust.PHOTO_DIFFERS,
    trust.FACE_BELOW_THRESHOLD,
    trust.OTHER_SURFACE_KEY,
    trust.BIRTH_DATE_DIFFERS,
    trust.SEX_DIFFERS,
    trust.HOLDER_UNKNOWN,
    trust.ASKED_DAY_IN_FUTURE,
)
_CONSENT = (
    trust.REQUEST_REPLAYED,
    trust.CHALLENGE_FOREIGN,
    trust.CONSENT_VISIT_UNKNOWN,
    trust.CONSENT_TOO_LATE,
    trust.CONSENT_OTHER_KEY,
    trust.CONSENT_SIGNATURE_WRONG,
    trust.CONSENT_NOT_OFFERED,
    trust.VIEW_STOPPED,
    trust.CONSENT_IN_GRACE,
    trust.CONSENT_DEFERRED,
    trust.CONSENT_GIVEN,
    disclosure.GRANT_EXPIRED,
    disclosure.GRANT_WITHDRAWN_FACILITY,
    disclosure.GRANT_WITHDRAWN_PATIENT,
    disclosure.GRANT_REPLACED,
    disclosure.CERTIFICATE_ENDED,
    disclosure.CERTIFICATE_CORRECTED,
    disclosure.CERTIFICATE_REVOKED,
)

_SIGNED = {
    "kind": "visit",
    "device": "reader-1",
    "payload": "eyJjZXJ0aWZpY2F0ZSI6IuKApiJ9",
    "signature": "MEQCIAABAgMEBQ==",
}
_MESSAGE: dict[str, Any] = {
    "XmlMsg": {
        "MessageHeader": {
            "ProcessExecutionTime": "20260601090000",
            "QualificationConfirmationDate": "20260601",
            "MedicalInstitutionCode": "9910000001",
            "ReferenceClassification": "1",
            "SegmentOfResult": "1",
            "CharacterCodeIdentifier": "0",
        },
        "MessageBody": {"ProcessingResultStatus": "1", "QualificationValidity": "4"},
    }
}
_REQUEST_ID = "00112233445566778899aabbccddeeff"
_NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
_VISIT = VisitAnswer(
    request_id=_REQUEST_ID,
    certificate=CertificateStanding(
        state=CertificateState.VALID, last_day=date(2030, 2, 17), grace_until=date(2030, 5, 31)
    ),
    proven=("holder_pin", "this_card", "this_document"),
    device_word=(),
    consent_items=tuple(ConsentItem),
    message=_MESSAGE,
)
_CONSENTED = ConsentAnswer(
    consent_id=_REQUEST_ID,
    items=(ConsentItem.DRUGS,),
    granted_at=_NOON,
    available_until=_NOON + timedelta(hours=24),
    message=_MESSAGE,
)


def routes(presence: Presence) -> list[Route]:
    """The three routes of a visit."""

    async def challenges(call: Call[ChallengesAsked]) -> ChallengesIssued:
        issued = presence.challenges(call.device, call.body.count, deferred=call.body.deferred)
        return ChallengesIssued(
            challenges=tuple(IssuedChallenge(value=one.value, expires_at=one.expires_at) for one in issued)
        )

    async def visits(call: Call[SignedDocument]) -> Raw:
        return Raw(await presence.visit_bytes(call.device, call.raw))

    async def consents(call: Call[SignedDocument]) -> Raw:
        return Raw(await presence.consent_bytes(call.device, call.raw))

    return [
        Route(
            method="POST",
            path="/v1/challenges",
            handler=challenges,
            request=ChallengesAsked,
            response=ChallengesIssued,
            summary_ja="チャレンジの発行",
            summary_en="Issue challenges",
            tag="visit",
            request_example={"count": 1, "deferred": False},
        ),
        Route(
            method="POST",
            path="/v1/visits",
            handler=visits,
            request=SignedDocument,
            response=VisitAnswer,
            summary_ja="マイナンバーカードによる資格確認",
            summary_en="Eligibility by My Number Card",
            tag="visit",
            faults=(*_DOCUMENT, *_CHALLENGE, *_CERTIFICATE, *_EVIDENCE),
            request_example=_SIGNED,
            response_example=msgspec.to_builtins(_VISIT),
        ),
        Route(
            method="POST",
            path="/v1/consents",
            handler=consents,
            request=SignedDocument,
            response=ConsentAnswer,
            summary_ja="医療情報の閲覧同意",
            summary_en="Consent to viewing medical information",
            tag="visit",
            faults=(*_DOCUMENT, *_CONSENT),
            request_example={**_SIGNED, "kind": "consent"},
            response_example=msgspec.to_builtins(_CONSENTED),
        ),
    ]
