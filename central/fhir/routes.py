"""FHIR R4 for devices under ``/fhir/r4/``: metadata, ``$submit``, searches by POST. GET of anything else is refused.

Refusals are OperationOutcome; the audit row is on disk before an answer leaves. Facts: issue 5, data-formats 4.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from central.api.docs import program_version
from central.api.route import FORM, JSON, Call, Raw, Route
from central.fhir import systems as s
from central.fhir.asking import CoverageForm, MedicationForm, ObservationForm, PatientForm
from central.fhir.capability import SEARCHES, statement
from central.fhir.outcome import BASE, FHIR_JSON, REFUSALS
from central.fhir.resources import Bundle
from central.fhir.service import Fhir
from central.register.routes import FAULTS
from protocol.errors import Fault, central, disclosure, fhir, input_, trust

_BY_NUMBER = (*FAULTS, fhir.REQUEST_WRONG, fhir.NOT_SUPPORTED)
_READING = (
    fhir.REQUEST_WRONG,
    fhir.NOT_SUPPORTED,
    input_.INSURER_NUMBER,
    input_.SYMBOL,
    input_.INSURED_NUMBER,
    input_.BRANCH,
    input_.DATE,
    trust.OTHER_FACILITY,
    trust.NO_GRANT,
    central.QUERIES_TOO_MANY,
    *(fault for fault in vars(disclosure).values() if isinstance(fault, Fault)),
)
_EXAMPLE = {
    "resourceType": "CoverageEligibilityRequest",
    "status": "active",
    "purpose": ["validation", "benefits"],
    "patient": {"reference": "#patient"},
    "servicedDate": "2026-06-01",
    "created": "2026-06-01T09:00:00+09:00",
    "provider": {"identifier": {"system": s.FACILITY_CODE, "value": "9910000001"}},
    "insurer": {"identifier": {"system": s.INSURER_NUMBER, "value": "06990018"}},
    "insurance": [{"coverage": {"identifier": {"system": s.MEMBER_ID, "value": "06990018:１２－３４:４２６０:00"}}}],
    "contained": [{"resourceType": "Patient", "id": "patient", "birthDate": "1980-01-02"}],
}
_WORDS = {
    "Patient": "患者の検索（被保険者番号等と生年月日）",
    "Coverage": "資格の検索（被保険者番号等と生年月日）",
    "MedicationDispense": "薬剤情報の検索（患者の同意が必要）",
    "Observation": "特定健診結果の検索（患者の同意が必要）",
}


def routes(service: Fhir) -> list[Route]:
    """The routes of the FHIR interface; all for enrolled devices."""
    document = msgspec.json.encode(statement(program_version()))

    async def metadata(call: Call[None]) -> Raw:
        return Raw(document, FHIR_JSON)

    async def submit(call: Call[dict[str, Any]]) -> Raw:
        return Raw(await service.submit(call.device, call.body, call.raw), FHIR_JSON)

    return [
        _route(
            "GET",
            "metadata",
            metadata,
            response=dict[str, Any],
            summary_ja="FHIR サーバーの機能（CapabilityStatement）",
            summary_en="What this FHIR server does (CapabilityStatement)",
        ),
        _route(
            "POST",
            "CoverageEligibilityRequest/$submit",
            submit,
            request=dict[str, Any],
            takes=(FHIR_JSON, JSON),
            response=Bundle,
            summary_ja="資格確認（FHIR）",
            summary_en="Eligibility by insured number, in FHIR",
            faults=_BY_NUMBER,
            body_limit=65536,
            request_example=_EXAMPLE,
        ),
        _search("Patient", PatientForm, service.patients, _BY_NUMBER),
        _search("Coverage", CoverageForm, service.coverages, _BY_NUMBER),
        _search("MedicationDispense", MedicationForm, service.medications, _READING),
        _search("Observation", ObservationForm, service.observations, _READING),
    ]


def _search(
    type_: str, form: type[msgspec.Struct], answer: Callable[..., Awaitable[bytes]], faults: tuple[Any, ...]
) -> Route:
    async def search(call: Call[Any]) -> Raw:
        return Raw(await answer(call.device, call.body, call.raw), FHIR_JSON)

    return _route(
        "POST",
        f"{type_}/_search",
        search,
        request=form,
        takes=(FORM,),
        response=Bundle,
        summary_ja=_WORDS[type_],
        summary_en=f"Search {type_}. {SEARCHES[type_][1]}",
        faults=faults,
        body_limit=8192,
    )


def _route(
    method: Literal["GET", "POST"], path: str, handler: Callable[[Call[Any]], Awaitable[Raw]], **more: Any
) -> Route:
    return Route(
        method=method,
        path=f"{BASE}/{path}",
        handler=handler,
        tag="FHIR",
        content_type=FHIR_JSON,
        refusals=REFUSALS,
        **more,
    )
