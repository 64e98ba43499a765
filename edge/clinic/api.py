"""The local REST API for modern clinic software: visits, queries, bulks, medical information, 照会番号, health.

Messages are the same XmlMsg trees as in files, as JSON. A token per client program, CORS closed unless an origin is
named. Not for the internet: the listener is the loopback's, or TLS. OpenAPI: `api_document`.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import msgspec
import structlog
from aiohttp import web

from edge.clinic import appointments
from edge.clinic.bulk import UPLOAD_NAME, Bulk, finished
from edge.clinic.medical import CANCEL, CHECKUPS, DRUGS, GLANCE, PDF
from edge.clinic.names import Kind
from edge.clinic.requests import Requests
from edge.clinic.visits import VisitEvent, VisitFeed
from protocol.errors import Kind as FaultKind
from protocol.errors import OnshiError, clinic, input_, problem
from protocol.messages import (
    BULK_BYTES,
    BulkDownload,
    BulkRequest,
    ConsentCancel,
    ConsentedBulkRequest,
    EligibilityRequest,
    MedicalRequest,
    Message,
    ReferenceNumberBulkRequest,
    ReferenceNumberRequest,
    TicketBulkRequest,
    read_json,
    write_json,
)
from protocol.numbers import FacilityCode

log = structlog.get_logger("onshi.api")

LONGEST_WAIT = 55.0
"""Seconds of one long poll: below the minute after which proxies give up."""
HEARTBEAT_SECONDS = 15.0
STREAMS = 32
APPOINTMENTS_SECONDS = 1800.0
BULKS: dict[str, tuple[Kind, type[Message]]] = {
    "queries": (Kind.BULK_QUERY, BulkRequest),
    "reference-numbers": (Kind.BULK_REFERENCE_NUMBER, ReferenceNumberBulkRequest),
    "home-visits": (Kind.HOME_VISITS, ConsentedBulkRequest),
    "online-care": (Kind.ONLINE_CARE, ConsentedBulkRequest),
    "tickets": (Kind.TICKETS, TicketBulkRequest),
}
_STATUS = {
    FaultKind.BAD_INPUT: 400,
    FaultKind.NOT_AUTHENTICATED: 401,
    FaultKind.NOT_ALLOWED: 403,
    FaultKind.NOT_FOUND: 404,
    FaultKind.CONFLICT: 409,
    FaultKind.TOO_MANY: 429,
    FaultKind.UPSTREAM: 503,
}
_TOLD = {404, 405, 413}
"""What goes wrong before a handler and is told by its own status: no such path, another method, too large."""
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_EVENTS = "text/event-stream"

M = TypeVar("M", bound=Message)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def new_token(random: Callable[[int], str] = secrets.token_urlsafe) -> tuple[str, str]:
    """A client's token, to be shown once, and what stands for it in the settings."""
    token = random(32)
    return token, hashed(token)


def hashed(token: str) -> str:
    """A token has 256 random bits, so that one round of SHA-256 is enough."""
    return f"sha256:{hashlib.sha256(token.encode('utf-8', 'surrogateescape')).hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class ApiRules:
    """Who may call: client name → hash of its token; ``origins`` of browsers that may."""

    facility: str
    clients: Mapping[str, str]
    origins: tuple[str, ...] = ()


class LocalApi:
    """The handlers; `application` makes them reachable."""

    def __init__(self, rules: ApiRules, requests: Requests, bulk: Bulk, feed: VisitFeed) -> None:
        self._rules = rules
        self._requests = requests
        self._bulk = bulk
        self._feed = feed
        self._streams = 0

    def application(self, document: Mapping[str, Any]) -> web.Application:
        """``document`` is the OpenAPI document, served to everybody."""
        made = web.Application(middlewares=[self._border], client_max_size=BULK_BYTES)
        made.on_response_prepare.append(self._every)

        async def openapi(request: web.Request) -> web.Response:
            return _json(document)

        made.router.add_get("/openapi.json", openapi)
        made.router.add_get("/v1/health", self._health)
        made.router.add_get("/v1/visits", self._visits)
        made.router.add_get("/v1/visits/events", self._events)
        made.router.add_post("/v1/eligibility", self._eligibility)
        made.router.add_post("/v1/reference-numbers", self._reference_number)
        made.router.add_post(DRUGS, self._document)
        made.router.add_post(CHECKUPS, self._document)
        made.router.add_post(GLANCE, self._glance)
        made.router.add_post(CANCEL, self._cancel)
        made.router.add_post("/v1/bulk/{kind}", self._upload)
        made.router.add_get("/v1/bulk/{kind}/{number}", self._results)
        made.router.add_post("/v1/appointments/{day}", self._appointments)
        return made

    # --- border -----------------------------------------------------------------------------------------------------

    @web.middleware
    async def _border(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "OPTIONS" and self._allows(request):
            response = web.Response(status=204)
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
            return response
        return await self._answered(request, handler)

    async def _every(self, request: web.Request, response: web.StreamResponse) -> None:
        """What every answer has, streams as well."""
        response.headers.update(_HEADERS)
        if self._allows(request):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Vary"] = "Origin"

    def _allows(self, request: web.Request) -> bool:
        return request.headers.get("Origin", "") in self._rules.origins

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path != "/openapi.json":
                self._authenticate(request)
            return await handler(request)
        except OnshiError as refused:
            return _refusal(refused)
        except web.HTTPException as other:
            response = _refusal(OnshiError(clinic.API_REQUEST, status=other.status))
            response.set_status(other.status if other.status in _TOLD else 400)
            if isinstance(other, web.HTTPMethodNotAllowed):
                response.headers["Allow"] = ", ".join(sorted(other.allowed_methods))
            return response

    def _authenticate(self, request: web.Request) -> None:
        given = request.headers.getall("Authorization", [])
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer":
            raise OnshiError(clinic.API_TOKEN)
        shown = hashed(token.strip())
        known = [name for name, own in self._rules.clients.items() if hmac.compare_digest(shown, own)]
        if not known:
            raise OnshiError(clinic.API_TOKEN)
        log.debug("api_called", client=known[0], method=request.method)

    # --- visits -----------------------------------------------------------------------------------------------------

    async def _health(self, request: web.Request) -> web.Response:
        newest = self._feed.since(0)[-1:]
        return _json({"ready": True, "newest_visit": newest[0].number if newest else 0, "streams": self._streams})

    async def _visits(self, request: web.Request) -> web.Response:
        """Long poll: what came after ``after``; with ``wait`` the answer may take so many seconds."""
        after = _number(request, "after", 0)
        wait = min(_number(request, "wait", 0), LONGEST_WAIT)
        events = await self._feed.wait(after, wait) if wait else self._feed.since(after)
        return _json({"visits": [_shown(event) for event in events], "next": events[-1].number if events else after})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events; ``Last-Event-ID`` goes on where a lost connection ended."""
        after = _number(request, "after", 0)
        last = request.headers.get("Last-Event-ID", "")
        if last.isascii() and last.isdecimal() and len(last) <= 15:
            after = int(last)
        if self._streams >= STREAMS:
            raise OnshiError(clinic.API_CROWDED, limit=STREAMS)
        response = web.StreamResponse(headers={"Content-Type": _EVENTS, "X-Accel-Buffering": "no"})
        self._streams += 1
        try:
            await response.prepare(request)
            await response.write(b": connected\n\n")
            while True:
                events = await self._feed.wait(after, HEARTBEAT_SECONDS)
                for event in events:
                    data = msgspec.json.encode(_shown(event))
                    await response.write(b"id: %d\nevent: visit\ndata: %s\n\n" % (event.number, data))
                    after = event.number
                if not events:
                    await response.write(b": still here\n\n")
        except ConnectionResetError:
            return response
        finally:
            self._streams -= 1

    # --- questions --------------------------------------------------------------------------------------------------

    async def _eligibility(self, request: web.Request) -> web.Response:
        asked = await self._read(request, EligibilityRequest)
        return _json(write_json(await self._requests.query(asked)))

    async def _reference_number(self, request: web.Request) -> web.Response:
        asked = await self._read(request, ReferenceNumberRequest)
        return _json(write_json(await self._requests.register(asked)))

    async def _document(self, request: web.Request) -> web.Response:
        """Drugs or checkups: a message, or the PDF that its FileCategory asks for; a refusal is a message."""
        asked = await self._read(request, MedicalRequest)
        answer = await self._requests.medical.ask(request.path, asked)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type=PDF)
        return web.Response(body=await asyncio.to_thread(_encoded, answer), content_type="application/json")

    async def _glance(self, request: web.Request) -> web.Response:
        return _json(await self._requests.medical.glance(await self._read(request, MedicalRequest)))

    async def _cancel(self, request: web.Request) -> web.Response:
        asked = await self._read(request, ConsentCancel)
        return _json(write_json(await self._requests.medical.cancel(asked)))

    async def _upload(self, request: web.Request) -> web.Response:
        kind, message = _bulk(request)
        asked: Any = await self._read(request, message)
        name = request.query.get("upload", secrets.token_hex(16))
        if not re.fullmatch(UPLOAD_NAME, name):
            raise OnshiError(clinic.API_REQUEST, parameter="upload")
        return _json(write_json(await self._bulk.upload(kind, asked, name=name)))

    async def _results(self, request: web.Request) -> web.Response:
        kind, _ = _bulk(request)
        download = BulkDownload(
            facility=FacilityCode(self._rules.facility), reception_number=request.match_info["number"]
        )
        answer = await self._bulk.download(Kind(f"{kind.value[:-2]}02"), download)
        return web.Response(body=await asyncio.to_thread(_encoded, answer), content_type="application/json")

    async def _appointments(self, request: web.Request) -> web.StreamResponse:
        """A day's list in, what differs out: progress as server-sent events, the last one the result."""
        try:
            day = date.fromisoformat(request.match_info["day"])
        except ValueError:
            raise OnshiError(clinic.API_REQUEST, parameter="day") from None
        data = await request.read()
        if request.content_type == "text/csv":
            listed = await asyncio.to_thread(appointments.read_csv, data)
        else:
            listed = await asyncio.to_thread(lambda: appointments.read_objects(_decoded(data)))
        response = web.StreamResponse(headers={"Content-Type": _EVENTS, "X-Accel-Buffering": "no"})
        told: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

        def progress(done: int, errors: int) -> None:
            told.put_nowait(("progress", {"done": done, "of": len(listed), "errors": errors}))

        async def work() -> None:
            asked = appointments.request(listed, day=day, facility=self._rules.facility)
            name = secrets.token_hex(16)
            try:
                answer = await finished(self._bulk, asked, name=name, told=progress, seconds=APPOINTMENTS_SECONDS)
                found = await asyncio.to_thread(appointments.differences, listed, answer)
                told.put_nowait(("result", {"differences": found}))
            except OnshiError as refused:
                told.put_nowait(("refused", problem(refused)))

        working = asyncio.create_task(work(), name="appointments")
        try:
            await response.prepare(request)
            kind = ""
            while kind not in {"result", "refused"}:
                kind, value = await told.get()
                await response.write(b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode(value)))
        except ConnectionResetError:
            log.info("appointments_left")
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return response

    async def _read(self, request: web.Request, kind: type[M]) -> M:
        message = await asyncio.to_thread(read_json, _decoded(await request.read()), kind)
        if str(getattr(message, "facility", "")) != self._rules.facility:
            raise OnshiError(clinic.FOREIGN_FACILITY)
        return message


def _bulk(request: web.Request) -> tuple[Kind, type[Message]]:
    found = BULKS.get(request.match_info["kind"])
    if found is None:
        raise OnshiError(clinic.REQUEST_KIND_NOT_YET)
    return found


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise OnshiError(input_.MESSAGE_MALFORMED) from None


def _number(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, str(default))
    if not (given.isascii() and given.isdecimal() and len(given) <= 15):
        raise OnshiError(clinic.API_REQUEST, parameter=name)
    return int(given)


def _shown(event: VisitEvent) -> dict[str, Any]:
    return {"number": event.number, "visit": event.visit, "at": event.at, "message": event.message}


def _encoded(message: Message) -> bytes:
    return msgspec.json.encode(write_json(message))


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _refusal(refused: OnshiError) -> web.Response:
    response = _json(problem(refused), _STATUS.get(refused.fault.kind, 500))
    if response.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
