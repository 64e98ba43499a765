"""The OpenAPI 3.1 document of the centre, made from the routes; and its 3.0 rendition for Swagger UI 4.

Swagger UI 4 (the packaged one) refuses 3.1 documents by their version field, so the page gets the rendition; the
document that programs read is 3.1.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from central.api.problems import problem_body, status_of
from central.api.route import JSON, Auth, Route
from protocol.errors import OnshiError, Problem
from protocol.errors import central as refusals
from protocol.errors.fault import Fault
from protocol.errors.insurers import INSURER_UNKNOWN, OFFICER_REVOKED, OFFICER_UNKNOWN

TITLE = "Onshi central server (オン資 センター)"
_REF = "#/components/schemas/{name}"

_EVERYWHERE = (refusals.INTERNAL, refusals.HTTP_WRONG, refusals.DATABASE_DOWN)
_WITH_BODY = (refusals.BODY_WRONG, refusals.BODY_TOO_LARGE, refusals.CONTENT_TYPE_WRONG)
_DEVICES = (refusals.DEVICE_NOT_SHOWN, refusals.DEVICE_UNKNOWN, refusals.DEVICE_REVOKED)
_OFFICERS = (OFFICER_UNKNOWN, OFFICER_REVOKED, INSURER_UNKNOWN)


def faults_of(route: Route) -> tuple[Fault, ...]:
    """Everything that this route can answer with, its own and what every route of its kind can."""
    common: tuple[Fault, ...] = _EVERYWHERE
    if route.query is not None:
        common += (refusals.QUERY_WRONG,)
    if route.request is not None or route.streams:
        common += _WITH_BODY
    else:
        common += (refusals.BODY_TOO_LARGE,)
    if route.auth is Auth.DEVICE:
        common += _DEVICES
    if route.auth is Auth.TOKEN:
        common += _DEVICES[1:]
    if route.auth is Auth.OFFICER:
        common += _OFFICERS
    return tuple({fault.code: fault for fault in (*route.faults, *common)}.values())


def document(routes: Iterable[Route], *, version: str) -> dict[str, Any]:
    """The whole document, ready for JSON. Routes of both listeners; each says which in ``x-onshi-listener``."""
    listed = sorted(routes, key=lambda route: (route.path, route.method))
    kinds = _kinds(listed)
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema = dict(zip((_key(kind) for kind in kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "summary": "オンライン資格確認 for enrolled appliances, and the operators' pages.",
            "description": "Appliances call the device listener with mutual TLS; operators' routes are on a "
            "listener of their own. Every refusal is a `Problem` from the error catalogue, in Japanese and English.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name} for name in sorted({route.tag for route in listed})],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "device": {
                    "type": "mutualTLS",
                    "description": "Client certificate of an enrolled device, issued by the centre's device CA "
                    "(`onshi central device enrol`).",
                },
                "officer": {
                    "type": "mutualTLS",
                    "description": "Client certificate of an insurer's officer, issued by the officers' CA "
                    "(`onshi insurer officer enrol`).",
                },
                "idToken": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The login's idToken as it is, without a scheme.",
                },
            },
        },
    }


_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    Auth.DEVICE: [{"device": []}],
    Auth.TOKEN: [{"idToken": []}],
    Auth.OFFICER: [{"officer": []}],
}


def _key(kind: Any) -> Any:
    try:
        hash(kind)
    except TypeError:
        return repr(kind)
    return kind


def _kinds(routes: Sequence[Route]) -> list[Any]:
    kinds: dict[Any, Any] = {Problem: Problem}
    for route in routes:
        for kind in (route.request, route.response, route.refusals and route.refusals.schema):
            if kind is not None and kind not in (bytes, str):
                kinds.setdefault(_key(kind), kind)
    return list(kinds.values())


def _operation(route: Route, schema: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary_en,
        "description": route.summary_ja,
        "x-onshi-listener": route.door.value,
        "responses": {**_answer(route, schema), **_refusals(route, schema)},
        "security": _SECURITY.get(route.auth, []),
    }
    parameters = (
        [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _placeholders(route.path)
        ]
        + [
            {"name": name, "in": "query", "required": False, "description": told, "schema": {"type": "string"}}
            for name, told in (route.query or {}).items()
        ]
        + [
            {"name": name, "in": "header", "required": False, "description": told, "schema": {"type": "string"}}
            for name, told in route.headers.items()
        ]
    )
    if parameters:
        operation["parameters"] = parameters
    if route.request is not None:
        content: dict[str, Any] = {"schema": schema[_key(route.request)]}
        if route.request_example is not None:
            content["examples"] = {"example": {"value": msgspec.to_builtins(route.request_example)}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(route.takes, content)}
    if route.streams:
        whole = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {route.streams: whole}}
    return operation


def _placeholders(path: str) -> list[str]:
    return [part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")]


def _answer(route: Route, schema: dict[Any, Any]) -> dict[str, Any]:
    if route.response in (bytes, str):
        content: dict[str, Any] = {"schema": {"type": "string"}}
    else:
        content = {"schema": schema[_key(route.response)]}
    if route.response_example is not None:
        content["examples"] = {"example": {"value": msgspec.to_builtins(route.response_example)}}
    contents = {route.content_type.partition(";")[0]: content}
    if route.or_content_type is not None:
        contents[route.or_content_type] = {"schema": {"type": "string", "contentMediaType": route.or_content_type}}
    return {"200": {"description": "Done", "content": contents}}


def _refusals(route: Route, schema: dict[Any, Any]) -> dict[str, Any]:
    by_status: dict[int, list[Fault]] = {}
    for fault in faults_of(route):
        by_status.setdefault(status_of(fault), []).append(fault)
    found: dict[str, Any] = {}
    own = route.refusals
    for status, faults in sorted(by_status.items()):
        told = sorted(faults, key=lambda fault: fault.code)
        found[str(status)] = {
            "description": "; ".join(f"{fault.code} {fault.desk_en}" for fault in told),
            "content": {
                own.content_type if own else JSON: {
                    "schema": schema[_key(own.schema) if own else Problem],
                    "examples": {
                        fault.code: {
                            "summary": fault.desk_ja,
                            "value": msgspec.json.decode((own.write if own else problem_body)(OnshiError(fault))),
                        }
                        for fault in told
                    },
                }
            },
        }
    return found


def as_3_0(whole: dict[str, Any]) -> dict[str, Any]:
    """The same document for readers that know 3.0 only: null as ``nullable``, ``const`` as ``enum``, no mutualTLS."""
    rendered: dict[str, Any] = _rendered(whole)
    rendered["openapi"] = "3.0.3"
    info = rendered["info"]
    info.pop("summary", None)
    info["license"] = {"name": info["license"]["name"]}
    rendered["components"].pop("securitySchemes", None)
    for path in rendered["paths"].values():
        for operation in path.values():
            if operation.pop("security", None):
                operation["description"] += "（機器の証明書による相互 TLS / mutual TLS with a device certificate）"
    return rendered


def _rendered(node: Any) -> Any:
    if isinstance(node, list):
        return [_rendered(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {name: _rendered(value) for name, value in node.items()}
    choices = found.get("anyOf")
    if isinstance(choices, list):
        others = [one for one in choices if one != {"type": "null"}]
        if len(others) < len(choices):
            del found["anyOf"]
            found["nullable"] = True
            found.update({"allOf": others} if len(others) == 1 else {"anyOf": others})
    if "const" in found and not isinstance(found["const"], dict):
        found["enum"] = [found.pop("const")]
    if "prefixItems" in found:
        found["items"] = {"anyOf": found.pop("prefixItems")}
    return found
