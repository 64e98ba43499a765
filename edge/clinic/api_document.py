"""The OpenAPI document of the local API, made from the messages' one definition."""

from typing import Any

from edge.clinic.api import LONGEST_WAIT
from edge.clinic.bulk import UPLOAD_NAME
from edge.clinic.medical import CANCEL, CHECKUPS, DRUGS, GLANCE, PDF
from protocol.messages import (
    BulkAnswer,
    BulkReception,
    BulkRequest,
    CheckupAnswer,
    ConsentCancel,
    ConsentCancelled,
    ConsentedBulkRequest,
    DrugAnswer,
    EligibilityAnswer,
    EligibilityRequest,
    MedicalRefusal,
    MedicalRequest,
    Message,
    ReferenceNumberAnswer,
    ReferenceNumberBulkAnswer,
    ReferenceNumberBulkRequest,
    ReferenceNumberRequest,
    TicketBulkRequest,
    json_schema,
)

_KINDS: tuple[type[Message], ...] = (
    EligibilityRequest, EligibilityAnswer, ReferenceNumberRequest, ReferenceNumberAnswer, BulkRequest, BulkReception,
    BulkAnswer, ReferenceNumberBulkRequest, ReferenceNumberBulkAnswer, MedicalRequest, DrugAnswer, CheckupAnswer,
    MedicalRefusal, ConsentCancel, ConsentCancelled, ConsentedBulkRequest, TicketBulkRequest,
)  # fmt: skip
_VISIT = {
    "type": "object",
    "required": ["number", "visit", "at", "message"],
    "properties": {
        "number": {"type": "integer", "description": "Grows with time; give it as `after`."},
        "visit": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "at": {"type": "string", "format": "date-time"},
        "message": {"$ref": "#/components/schemas/EligibilityAnswer"},
    },
}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_TEXT: dict[str, Any] = {"type": "string"}
_WORDS: dict[str, Any] = {"ja": _TEXT, "en": _TEXT}
_TOLD = (
    "receipt", "code", "name", "general_name", "place_code", "place", "prescriber_code", "prescriber", "amount",
    "unit", "usage",
)  # fmt: skip
_LINE = {
    "type": "object",
    "description": "One line of a receipt; `receipt` and `line` say where it stands.",
    "required": [
        "receipt", "line", "code", "name", "place_code", "place", "prescribed_on", "dispensed_on", "times",
    ],
    "properties": {
        **dict.fromkeys(_TOLD, _TEXT),
        **dict.fromkeys(("prescribed_on", "dispensed_on", "last_day"), _DAY),
        **{name: {"type": "integer", "minimum": 0} for name in ("line", "times", "days_left")},
    },
    "additionalProperties": False,
}  # fmt: skip
_LINES = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/GlanceLine"}}
_GLANCE = {
    "type": "object",
    "description": "Facts, no advice. A statement that has no line is null, or not in its list.",
    "required": [
        "reading_id", "person", "today", "since", "same_ingredient", "supply", "last_dispensing", "missing",
    ],
    "properties": {
        "reading_id": _TEXT,
        "person": {
            "type": "object",
            "required": ["name", "kana", "birth_date", "sex"],
            "properties": {"name": _TEXT, "kana": _TEXT, "birth_date": _DAY, "sex": {"enum": ["1", "2", "3"]}},
        },
        "today": _DAY,
        "since": {**_DAY, "description": "How far back `same_ingredient` looks."},
        "same_ingredient": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ingredient", "ja", "en", "same_strength", "lines"],
                "properties": {**_WORDS, "ingredient": _TEXT, "same_strength": {"type": "boolean"}, "lines": _LINES},
            },
        },
        "supply": {
            "type": ["object", "null"],
            "required": ["ja", "en", "lines"],
            "properties": {**_WORDS, "lines": _LINES},
        },
        "last_dispensing": {
            "type": ["object", "null"],
            "required": ["day", "ja", "en", "lines"],
            "properties": {**_WORDS, "day": _DAY, "lines": _LINES},
        },
        "missing": {
            "type": "array",
            "items": {"type": "object", "required": ["ja", "en"], "properties": _WORDS},
        },
    },
    "additionalProperties": False,
}  # fmt: skip
"""As `central.medical.glance` makes it; a test holds the two together."""
_PROBLEM = {
    "type": "object",
    "required": ["code", "kind", "desk_ja", "desk_en", "next_ja", "next_en", "vendor", "repeat"],
    "properties": {
        **{name: {"type": "string"} for name in ("code", "kind", "desk_ja", "desk_en", "next_ja", "next_en", "vendor")},
        "repeat": {"enum": ["never", "now", "later"]},
        "details": {"type": "object"},
    },
}


def document(version: str) -> dict[str, Any]:
    """OpenAPI 3.1, ready for JSON."""
    after = _parameter("after", "Number of the newest visit that is known already; 0: everything kept.")
    wait = _parameter("wait", f"Seconds to wait for the next visit, at most {LONGEST_WAIT:.0f}.")
    visits = {
        "type": "object",
        "properties": {"visits": {"type": "array", "items": _VISIT}, "next": {"type": "integer"}},
    }
    paths = {
        "/v1/health": {"get": _operation("Whether the appliance answers", _schema({"type": "object"}))},
        "/v1/visits": {
            "get": _operation("Visits as they happen: long poll", _schema(visits), parameters=[after, wait])
        },
        "/v1/visits/events": {
            "get": _operation(
                "Visits as they happen: server-sent events named `visit`; Last-Event-ID goes on after a cut",
                {"text/event-stream": {"schema": {"type": "string"}}},
                parameters=[after],
            )
        },
        "/v1/eligibility": {"post": _message("Query by insured number", EligibilityRequest, EligibilityAnswer)},
        "/v1/reference-numbers": {
            "post": _message("Register a 照会番号", ReferenceNumberRequest, ReferenceNumberAnswer)
        },
        "/v1/appointments/{day}": {
            "post": _operation(
                "A day's appointments (CSV, or a JSON list): events `progress`, then `result` with what differs",
                {"text/event-stream": {"schema": {"type": "string"}}},
                parameters=[_parameter("day", "YYYY-MM-DD.", "path")],
                requestBody={"required": True, "content": {"text/csv": {}, **_schema({"type": "array"})}},
            )
        },
        DRUGS: {"post": _document("Drugs, with treatment where FileCategory says so", DrugAnswer)},
        CHECKUPS: {"post": _document("Checkups", CheckupAnswer)},
        GLANCE: {
            "post": _operation(
                "Drugs at a glance: facts side by side, each with the lines that it came from; no advice",
                _schema({"$ref": "#/components/schemas/Glance"}),
                requestBody={"required": True, "content": _ref(MedicalRequest)},
            )
        },
        CANCEL: {"post": _message("End this facility's consents of a person", ConsentCancel, ConsentCancelled)},
        "/v1/bulk/queries": {"post": _upload("Bulk query", BulkRequest)},
        "/v1/bulk/queries/{number}": {"get": _results("Progress (SegmentOfResult 2) or results", BulkAnswer)},
        "/v1/bulk/reference-numbers": {"post": _upload("Bulk registration of 照会番号", ReferenceNumberBulkRequest)},
        "/v1/bulk/reference-numbers/{number}": {"get": _results("Results", ReferenceNumberBulkAnswer)},
        "/v1/bulk/home-visits": {"post": _upload("Who consented to home visits", ConsentedBulkRequest)},
        "/v1/bulk/home-visits/{number}": {"get": _results("Progress or results", BulkAnswer)},
        "/v1/bulk/online-care": {"post": _upload("Who consented to online care", ConsentedBulkRequest)},
        "/v1/bulk/online-care/{number}": {"get": _results("Progress or results", BulkAnswer)},
        "/v1/bulk/tickets": {"post": _upload("Medical assistance with tickets of a month", TicketBulkRequest)},
        "/v1/bulk/tickets/{number}": {"get": _results("Progress or results", BulkAnswer)},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Onshi appliance", "version": version, "summary": "受付端末のローカルAPI"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {
                **{kind.__name__: json_schema(kind) for kind in _KINDS},
                "Glance": _GLANCE,
                "GlanceLine": _LINE,
                "Problem": _PROBLEM,
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _parameter(name: str, told: str, place: str = "query") -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "string"}
    if name == "upload":
        kind["pattern"] = f"^{UPLOAD_NAME}$"
    elif place == "query":
        kind = {"type": "integer", "minimum": 0}
    return {"name": name, "in": place, "required": place == "path", "description": told, "schema": kind}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(kind: type[Message]) -> dict[str, Any]:
    return _schema({"$ref": f"#/components/schemas/{kind.__name__}"})


def _operation(summary: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    refused = {"description": "Refused, with the reason", "content": _schema({"$ref": "#/components/schemas/Problem"})}
    return {
        "summary": summary,
        "responses": {"200": {"description": "Done", "content": content}, "default": refused},
        **more,
    }


def _message(summary: str, asked: type[Message], answer: type[Message]) -> dict[str, Any]:
    return _operation(summary, _ref(answer), requestBody={"required": True, "content": _ref(asked)})


def _document(summary: str, answer: type[Message]) -> dict[str, Any]:
    """A message, a refusal in words (ResultCode 9), or a PDF."""
    either = {"anyOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in (answer, MedicalRefusal)]}
    content = {**_schema(either), PDF: {"schema": {"type": "string", "contentMediaType": PDF}}}
    told = f"{summary}: a message or a PDF as FileCategory says; ResultCode 9 and the reason when refused"
    return _operation(told, content, requestBody={"required": True, "content": _ref(MedicalRequest)})


def _upload(summary: str, asked: type[Message]) -> dict[str, Any]:
    told = "Name of this upload, 16 to 64 letters and digits: the same again is the same bulk."
    return {**_message(summary, asked, BulkReception), "parameters": [_parameter("upload", told)]}


def _results(summary: str, answer: type[Message]) -> dict[str, Any]:
    return _operation(summary, _ref(answer), parameters=[_parameter("number", "The reception number.", "path")])
