"""The one place where a catalogue error becomes an HTTP answer, and an unhandled exception a catalogue error."""

import secrets
from collections.abc import Callable
from types import TracebackType

import msgspec
import structlog
from aiohttp import web

from central.api.route import JSON, Refusals
from protocol.errors import OnshiError, Problem, Repeat, problem
from protocol.errors.central import (
    BODY_TOO_LARGE,
    CONTENT_TYPE_WRONG,
    INTERNAL,
    METHOD_WRONG,
)
from protocol.errors.fault import Fault, Kind
from protocol.errors.fhir import BY_POST_ONLY

STATUS: dict[Kind, int] = {
    Kind.BAD_INPUT: 400,
    Kind.NOT_AUTHENTICATED: 401,
    Kind.NOT_ALLOWED: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.NOT_PROVEN: 422,
    Kind.CARD: 422,
    Kind.TOO_MANY: 429,
    Kind.INTERNAL: 500,
    Kind.UPSTREAM: 503,
}
_OF_HTTP: dict[str, int] = {
    BODY_TOO_LARGE.code: 413,
    METHOD_WRONG.code: 405,
    CONTENT_TYPE_WRONG.code: 415,
    BY_POST_ONLY.code: 405,
}
RETRY_AFTER = "5"
"""Seconds, with a status that asks to come back."""

log = structlog.get_logger("central.api")


def status_of(fault: Fault) -> int:
    """The HTTP status of a fault: by its kind, and where HTTP has a word of its own, that."""
    return _OF_HTTP.get(fault.code) or STATUS[fault.kind]


def problem_body(error: OnshiError) -> bytes:
    return msgspec.json.encode(problem(error))


def problem_response(error: OnshiError, refusals: Refusals | None = None) -> web.Response:
    """The refusal as HTTP: status by kind, body `Problem` or what the protocol of ``refusals`` has for it."""
    status = status_of(error.fault)
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if status == 405:
        headers["Allow"] = ""
    if status == 401:
        headers["WWW-Authenticate"] = "MutualTLS"
    if status in {429, 503} and error.fault.repeat is Repeat.LATER:
        headers["Retry-After"] = RETRY_AFTER
    if refusals is not None:
        return web.Response(
            body=refusals.write(error), status=status, content_type=refusals.content_type, headers=headers
        )
    return web.Response(body=problem_body(error), status=status, content_type=JSON, headers=headers)


def incident(failed: BaseException, *, new_id: Callable[[], str] = lambda: secrets.token_hex(6)) -> OnshiError:
    """What an unhandled exception may say outside: an incident number. The log gets the places, never the messages.

    An exception's message can hold what a person sent or what the database stores; its type and frames cannot.
    """
    number = new_id()
    log.error("incident", incident=number, **told(failed))
    return OnshiError(INTERNAL, incident=number)


def told(failed: BaseException) -> dict[str, object]:
    """Types and places of an exception and its causes, without any message."""
    chain: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = failed
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        chain.append(type(one).__name__)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return {"exception": " < ".join(chain), "frames": _frames(failed.__traceback__)}


def _frames(trace: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-12:]


__all__ = ["STATUS", "Problem", "incident", "problem_body", "problem_response", "status_of", "told"]
