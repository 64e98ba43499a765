"""``POST /v1/eligibility``: the query by number as XmlMsg JSON, in and out, for an enrolled device.

The audit row is on disk before the answer leaves. Facts: clinic-interface 2.2, 3.2, 3.3.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from central.api.route import Call, Raw, Route
from central.audit.entry import AuditEntry
from central.audit.journal import Journal
from central.facilities.device import Device
from central.register.service import NumberEligibility, Register
from protocol.errors import OnshiError, input_
from protocol.errors.central import QUERIES_TOO_MANY, QUERY_DAY
from protocol.errors.trust import OTHER_FACILITY
from protocol.messages import EligibilityRequest, decode_json, write_json

PATH = "/v1/eligibility"

FAULTS = (
    OTHER_FACILITY,
    QUERIES_TOO_MANY,
    QUERY_DAY,
    input_.MESSAGE_MALFORMED,
    input_.MESSAGE_MISSING,
    input_.MESSAGE_TWICE,
    input_.MESSAGE_TOO_LARGE,
    input_.INSURER_NUMBER,
    input_.FACILITY_CODE,
    input_.SYMBOL,
    input_.INSURED_NUMBER,
    input_.BRANCH,
    input_.BIRTH_DATE,
    input_.DATE,
    input_.ERA_DATE,
    input_.UNKNOWN_CODE,
    input_.TEXT,
)
"""What a query by number can be refused with."""

_REQUEST = {
    "XmlMsg": {
        "MessageHeader": {"QualificationConfirmationDate": "20260601", "MedicalInstitutionCode": "9910000001"},
        "MessageBody": {
            "QualificationConfirmSearchInfo": {
                "InsurerNumber": "06990018",
                "InsuredCardSymbol": "12-34",
                "InsuredIdentificationNumber": "4260",
                "InsuredBranchNumber": "00",
                "Birthdate": "19800102",
                "LimitApplicationCertificateRelatedConsFlg": "1",
            }
        },
    }
}
_ANSWER = {
    "XmlMsg": {
        "MessageHeader": {
            "ProcessExecutionTime": "20260601090000",
            "QualificationConfirmationDate": "20260601",
            "MedicalInstitutionCode": "9910000001",
            "ReferenceClassification": "2",
            "SegmentOfResult": "1",
            "CharacterCodeIdentifier": "0",
        },
        "MessageBody": {
            "ProcessingResultStatus": "1",
            "ProcessingResultCode": "R401",
            "ProcessingResultMessage": "該当する資格がありません。",
            "QualificationValidity": "4",
        },
    }
}


def _as_json(found: NumberEligibility) -> bytes:
    return msgspec.json.encode(write_json(found.message))


async def answered(
    register: Register,
    journal: Journal,
    device: Device,
    request: EligibilityRequest,
    request_hash: str,
    *,
    now: datetime,
    render: Callable[[NumberEligibility], bytes],
) -> bytes:
    """The answer to a number as ``render`` writes it, its audit row on disk. Raises `OnshiError`, noted as well."""

    def row(outcome: str, **more: Any) -> AuditEntry:
        return AuditEntry(
            kind="query",
            outcome=outcome,
            device=device.id,
            facility=device.facility,
            request_hash=request_hash,
            asked_day=request.asked_day,
            **more,
        )

    try:
        found = await register.query_by_number(request, facility=device.facility, now=now)
    except OnshiError as refused:
        # Too many queries must not become as many writes: the metric and the access log have those.
        if refused.fault is not QUERIES_TOO_MANY:
            await journal.record(row(refused.fault.code))
        raise
    body = render(found)
    await journal.record(
        row(
            "answered",
            answer_hash=hashlib.sha256(body).hexdigest(),
            computed_from=found.known_at,
            subject=found.person_id,
            references=(f"validity:{found.validity.value}",),
        )
    )
    return body


def routes(register: Register, journal: Journal, clock: Callable[[], datetime]) -> list[Route]:
    """The register's routes for devices. ``clock`` gives the present, aware."""

    async def eligibility(call: Call[dict[str, Any]]) -> Raw:
        request = decode_json(call.raw, EligibilityRequest)
        asked = hashlib.sha256(call.raw).hexdigest()
        return Raw(await answered(register, journal, call.device, request, asked, now=clock(), render=_as_json))

    return [
        Route(
            method="POST",
            path=PATH,
            handler=eligibility,
            request=dict[str, Any],
            response=dict[str, Any],
            summary_ja="被保険者番号等による資格確認（OQSsiquc01）",
            summary_en="Eligibility by insured number (OQSsiquc01)",
            tag="eligibility",
            faults=FAULTS,
            body_limit=65536,
            request_example=_REQUEST,
            response_example=_ANSWER,
        )
    ]
