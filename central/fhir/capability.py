"""The CapabilityStatement: what this server does in FHIR, as a document that software reads before it asks."""

from typing import Any

from central.fhir import systems as s
from central.fhir.outcome import BASE, FHIR_JSON

_FACILITY = ("-facility", "token", "The facility's 10-digit code; must be the calling device's. Required.")
_PURPOSE = ("-purpose", "token", "visit (default), home-visit or online-care: the care that the consent is for.")
_MEMBER = f"Required: {s.MEMBER_ID}|保険者番号:記号:番号:枝番"
Told = tuple[tuple[str, ...], str, tuple[tuple[str, str, str], ...]]
SEARCHES: dict[str, Told] = {
    "Patient": (
        (s.PATIENT,),
        "By insured number and birth date, as POST /v1/eligibility answers them.",
        (("identifier", "token", _MEMBER), ("birthdate", "date", "Required."), _FACILITY),
    ),
    "Coverage": (
        (s.COVERAGE,),
        "By insured number and birth date, as of today.",
        (("beneficiary.identifier", "token", _MEMBER), ("beneficiary.birthdate", "date", "Required."), _FACILITY),
    ),
    "MedicationDispense": (
        (s.DISPENSE, s.INJECTION),
        "Drugs of three years, under a live consent (YZK) of the patient.",
        (
            ("patient.identifier", "token", _MEMBER),
            ("whenhandedover", "date", "ge and le, or one day."),
            _PURPOSE,
            _FACILITY,
        ),
    ),
    "Observation": (
        (s.OBSERVATION, s.LAB_RESULT, s.VITAL_SIGNS, s.SOCIAL_HISTORY),
        "Results of the specific checkups of five years, under a live consent (TKK) of the patient.",
        (
            ("patient.identifier", "token", _MEMBER),
            ("date", "date", "ge and le, or one day."),
            ("code", "token", "JLAC10, several with commas."),
            _PURPOSE,
            _FACILITY,
        ),
    ),
}
"""Resource type → profiles, words, search parameters (name, type, words)."""


def statement(version: str) -> dict[str, Any]:
    """The document. ``version``: the program's."""
    searched = [_searched(type_, *told) for type_, told in SEARCHES.items()]
    submit = {
        "name": "submit",
        "definition": "http://hl7.org/fhir/OperationDefinition/CoverageEligibilityRequest-submit",
        "documentation": "Purposes validation and benefits. The limit certificate is in the answer only with the "
        f"extension {s.LIMIT_CONSENT} true.",
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-12-01",
        "kind": "instance",
        "software": {"name": "Onshi", "version": version},
        "implementation": {"description": "オンライン資格確認センター (Onshi)"},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON],
        "implementationGuide": ["http://jpfhir.jp/fhir/core/ImplementationGuide/jp.fhir.core|1.2.0"],
        "rest": [
            {
                "mode": "server",
                "documentation": f"Search is by POST {BASE}/TYPE/_search only, so that no person's number stands in a "
                "URL. A search parameter that is not listed is refused. Nothing is stored: resources are renderings, "
                "and no resource is read by its id.",
                "security": {
                    "description": "TLS 1.3 with the client certificate of an enrolled device. Medical information "
                    "needs a live consent of the patient for the device's facility; each reading is in the audit log "
                    "and on the patient's own page."
                },
                "resource": [
                    {"type": "CoverageEligibilityRequest", "operation": [submit]},
                    {
                        "type": "CoverageEligibilityResponse",
                        "documentation": "Only as the answer to CoverageEligibilityRequest/$submit.",
                    },
                    {
                        "type": "Organization",
                        "supportedProfile": [s.ORGANIZATION],
                        "documentation": "Only inside answers.",
                    },
                    *searched,
                ],
            }
        ],
    }


def _searched(
    type_: str, profiles: tuple[str, ...], words: str, parameters: tuple[tuple[str, str, str], ...]
) -> dict[str, Any]:
    return {
        "type": type_,
        "supportedProfile": list(profiles),
        "documentation": words,
        "interaction": [{"code": "search-type", "documentation": "POST _search only."}],
        "searchParam": [{"name": name, "type": kind, "documentation": told} for name, kind, told in parameters],
    }
