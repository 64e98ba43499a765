"""aiohttp applications from routes: one for devices, one for operators. The only place where HTTP meets a handler.

Each request: who calls → body → handler → answer; a refusal becomes a problem, an unforeseen exception an incident.
Access lines carry the route's pattern, never the path that was asked.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from central.api import body
from central.api.metrics import Metrics
from central.api.problems import incident, problem_response
from central.api.route import FORM, Auth, Call, Raw, Refusals, Route
from central.facilities.device import Device
from central.insurers.officer import Officer
from protocol.errors import OnshiError
from protocol.errors.central import HTTP_WRONG, METHOD_WRONG, ROUTE_UNKNOWN

Authenticate = Callable[[web.Request], Awaitable[Device | Officer]]

_KNOWN_CALLERS = (Auth.DEVICE, Auth.TOKEN, Auth.OFFICER)

log = structlog.get_logger("central.api.access")


class _Serving:
    """One route as an aiohttp handler."""

    def __init__(self, route: Route, authenticate: Mapping[Auth, Authenticate], metrics: Metrics) -> None:
        if route.auth in _KNOWN_CALLERS and route.auth not in authenticate:
            raise ValueError(f"{route.path}: needs {route.auth.value} authentication")
        self._route = route
        self._authenticate = authenticate.get(route.auth)
        self._decoder: msgspec.json.Decoder[Any] | None = (
            None if route.request is None else msgspec.json.Decoder(route.request)
        )
        self._encoder = msgspec.json.Encoder()
        self._metrics = metrics
        self._seconds = metrics.seconds.labels(route.path)
        self._answered = metrics.requests.labels(route.path, route.method, "200")

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        caller: Device | Officer | None = None
        code = ""
        try:
            if self._authenticate is not None:
                caller = await self._authenticate(request)
            response = await self._answer(request, caller)
        except OnshiError as refused:
            code = refused.fault.code
            response = problem_response(refused, self._route.refusals)
        except asyncio.CancelledError:
            raise
        except Exception as failed:  # noqa: BLE001 - the border: told outside by an incident number only
            unforeseen = incident(failed)
            code = unforeseen.fault.code
            response = problem_response(unforeseen, self._route.refusals)
        self._note(response.status, code, caller, time.perf_counter() - started)
        return response

    async def _answer(self, request: web.Request, caller: Device | Officer | None) -> web.Response:
        route = self._route
        stream = None
        if route.streams:
            body.require_plain(request, route.streams, route.body_limit)
            raw, stream = b"", body.parts(request, route.body_limit)
        else:
            raw = await body.read(request, route.body_limit if self._decoder is not None else 0)
        value = None
        if self._decoder is not None:
            body.require_type(request, route.takes)
            form = request.content_type == FORM
            value = body.decode_form(raw, route.request) if form else body.decode(raw, self._decoder)
        call: Call[Any] = Call(
            body=value,
            raw=raw,
            path=request.match_info,
            query={} if route.query is None else body.query(request, route.query),
            headers={name: request.headers[name] for name in route.headers if name in request.headers},
            caller=caller,
            stream=stream,
        )
        answer = await route.handler(call)
        if isinstance(answer, Raw):
            headers = {"Content-Type": answer.content_type, **_NO_STORE, **answer.headers}
            return web.Response(body=answer.body, status=answer.status, headers=headers)
        return web.Response(
            body=self._encoder.encode(answer), headers={"Content-Type": route.content_type, **_NO_STORE}
        )

    def _note(self, status: int, code: str, caller: Device | Officer | None, seconds: float) -> None:
        route, metrics = self._route, self._metrics
        self._seconds.observe(seconds)
        if status == 200:
            self._answered.inc()
        else:
            metrics.requests.labels(route.path, route.method, str(status)).inc()
        if code:
            metrics.refusals.labels(code).inc()
        if route.auth not in _KNOWN_CALLERS:
            return
        log.info(
            "request",
            route=route.path,
            method=route.method,
            status=status,
            code=code or None,
            **({"officer" if isinstance(caller, Officer) else "device": caller.id} if caller else {"device": None}),
            ms=round(seconds * 1000, 2),
        )


_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _problems(families: Iterable[Refusals]) -> Middleware:
    """aiohttp's own refusals (no such path, other method, bad HTTP) as problems, too."""
    by_prefix = {one.under: one for one in families}

    @web.middleware
    async def told(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        refusals = next((one for prefix, one in by_prefix.items() if request.path.startswith(prefix)), None)
        try:
            return await handler(request)
        except web.HTTPMethodNotAllowed as refused:
            fault = refusals.get if refusals and request.method == "GET" else METHOD_WRONG
            response = problem_response(OnshiError(fault), refusals)
            response.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
            return response
        except web.HTTPNotFound:
            fault = refusals.get if refusals and request.method == "GET" else ROUTE_UNKNOWN
            return problem_response(OnshiError(fault), refusals)
        except web.HTTPException as other:
            if other.status < 400:
                raise
            return problem_response(OnshiError(HTTP_WRONG), refusals)

    return told


def application(
    routes: Iterable[Route],
    *,
    metrics: Metrics,
    authenticate: Authenticate | None = None,
    tokens: Authenticate | None = None,
    officers: Authenticate | None = None,
) -> web.Application:
    """An application of these routes. ``authenticate`` is needed when one is for devices, ``tokens`` for tokens,
    ``officers`` for insurers' officers."""
    given = {Auth.DEVICE: authenticate, Auth.TOKEN: tokens, Auth.OFFICER: officers}
    known = {auth: how for auth, how in given.items() if how is not None}
    listed = list(routes)
    made = web.Application(middlewares=[_problems(route.refusals for route in listed if route.refusals)])
    for route in listed:
        made.router.add_route(route.method, route.path, _Serving(route, known, metrics).__call__, name=route.name)
    return made
