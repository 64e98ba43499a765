"""From the bytes of a request to a checked value: limits, content type, strict JSON. Refusals name the place only."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage

from central.api.route import JSON
from protocol.errors import OnshiError
from protocol.errors.central import BODY_TOO_LARGE, BODY_WRONG, CONTENT_TYPE_WRONG, HTTP_WRONG, QUERY_WRONG

_PLACE = re.compile(r" - at `(?P<at>[^`]*)`$")
_QUOTED = re.compile(r"(enum value|unknown field|tag|key) .*$", re.DOTALL)


PATIENCE = 20.0
"""Seconds in which a whole body must have come: slow lines take one or two, whoever holds connections takes more."""


async def read(request: web.Request, limit: int) -> bytes:
    """The body, at most ``limit`` bytes; refuses content codings, so that what is counted is what is parsed.

    A body that breaks off, is badly chunked, or has not come within `PATIENCE` is `HTTP_WRONG`.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OnshiError(HTTP_WRONG, header="Content-Encoding")
    if (request.content_length or 0) > limit:
        raise OnshiError(BODY_TOO_LARGE, limit=limit)
    if not request.body_exists:
        return b""
    parts, size = [], 0
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.content.iter_any():
                size += len(part)
                if size > limit:
                    raise OnshiError(BODY_TOO_LARGE, limit=limit)
                parts.append(part)
    except TimeoutError:
        raise OnshiError(HTTP_WRONG, body="slow") from None
    except (ConnectionError, web.RequestPayloadError, BadHttpMessage):
        raise OnshiError(HTTP_WRONG, body="broken off") from None
    return b"".join(parts)


async def parts(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """The body in parts as they come, at most ``limit`` bytes; each part within `PATIENCE`. Raises as `read` does."""
    size = 0
    coming = request.content.iter_any()
    while True:
        try:
            async with asyncio.timeout(PATIENCE):
                part = await anext(coming, b"")
        except TimeoutError:
            raise OnshiError(HTTP_WRONG, body="slow") from None
        except (ConnectionError, web.RequestPayloadError, BadHttpMessage):
            raise OnshiError(HTTP_WRONG, body="broken off") from None
        if not part:
            return
        size += len(part)
        if size > limit:
            raise OnshiError(BODY_TOO_LARGE, limit=limit)
        yield part


def require_plain(request: web.Request, content_type: str, limit: int) -> None:
    """Refuses another content type, a content coding, and a length beyond ``limit``, before anything is read."""
    if request.content_type != content_type:
        raise OnshiError(CONTENT_TYPE_WRONG)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OnshiError(HTTP_WRONG, header="Content-Encoding")
    if (request.content_length or 0) > limit:
        raise OnshiError(BODY_TOO_LARGE, limit=limit)


def require_type(request: web.Request, types: Collection[str] = (JSON,)) -> None:
    """`CONTENT_TYPE_WRONG` unless the request says that it is one of these, in UTF-8."""
    charset = (request.charset or "utf-8").lower()
    if request.content_type not in types or charset not in {"utf-8", "utf8"}:
        raise OnshiError(CONTENT_TYPE_WRONG, takes=" ".join(types))


def decode(raw: bytes, decoder: "msgspec.json.Decoder[Any]") -> Any:
    """The value; `BODY_WRONG` with the place and the reason, never with what stood there."""
    try:
        return decoder.decode(raw)
    except msgspec.MsgspecError as wrong:
        raise OnshiError(BODY_WRONG, **_where(str(wrong))) from None
    except (UnicodeDecodeError, RecursionError) as wrong:
        raise OnshiError(BODY_WRONG, at="$", reason=type(wrong).__name__) from None


def decode_form(raw: bytes, kind: type[msgspec.Struct]) -> Any:
    """As `decode`, of a form. Each name comes once, or several times where its field is a tuple."""
    several = {field.encode_name for field in msgspec.structs.fields(kind) if isinstance(field.default, tuple)}
    found: dict[str, str | list[str]] = {}
    try:
        for name, value in parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"):
            if name in several:
                found[name] = [*found.get(name, ()), value]
            elif name in found:
                raise msgspec.ValidationError("Object contains a field twice")
            else:
                found[name] = value
        return msgspec.convert(found, kind)
    except msgspec.MsgspecError as wrong:
        raise OnshiError(BODY_WRONG, **_where(str(wrong))) from None
    except ValueError as wrong:
        raise OnshiError(BODY_WRONG, at="$", reason=type(wrong).__name__) from None


def _where(told: str) -> dict[str, str | int]:
    place = _PLACE.search(told)
    reason = _QUOTED.sub(r"\1", _PLACE.sub("", told))
    return {"at": place.group("at") if place else "$", "reason": reason[:200]}


def query(request: web.Request, allowed: Mapping[str, str]) -> dict[str, str]:
    """The query parameters, each at most once and only those that the route takes."""
    if not request.query_string:
        return {}
    given = request.query
    if any(name not in allowed for name in given) or len(given) != len(set(given)):
        raise OnshiError(QUERY_WRONG)
    return dict(given)
