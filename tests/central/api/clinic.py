"""A little centre for tests of the HTTP face: one device, some routes, an aiohttp test client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from central.api.application import application
from central.api.metrics import Metrics, make_metrics
from central.api.route import Auth, Call, Raw, Route
from central.facilities.device import Device
from protocol.errors import OnshiError, central, trust

DEVICE = Device(
    id="device-1",
    facility="9910000001",
    public_key=b"k",
    certificate=b"f",
    enrolled_at=datetime(2026, 1, 1, tzinfo=UTC),
)


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    name: str = ""


class Answer(msgspec.Struct):
    device: str
    count: int


async def ask(call: Call[Ask]) -> Answer:
    return Answer(call.device.id, call.body.count)


async def refuse(call: Call[None]) -> Answer:
    raise OnshiError(trust.CHALLENGE_EXPIRED, challenge="abc")


async def fail(call: Call[None]) -> Answer:
    raise ValueError("a secret of 山田太郎")


async def raw(call: Call[None]) -> Raw:
    return Raw(b'{"as": "it is"}')


def route(path: str, handler: Any, **more: Any) -> Route:
    words = {"summary_ja": "試験", "summary_en": "Test", "tag": "test", "response": Answer, **more}
    return Route(method=words.pop("method", "GET"), path=path, handler=handler, **words)


ROUTES = [
    route("/v1/ask", ask, method="POST", request=Ask, body_limit=200, request_example=Ask(count=1)),
    route("/v1/refuse", refuse, faults=(trust.CHALLENGE_EXPIRED,)),
    route("/v1/fail", fail, auth=Auth.OPS),
    route("/v1/raw/{name}", raw, auth=Auth.OPS, query={"day": "a day"}),
]


async def always(request: web.Request) -> Device:
    return DEVICE


async def never(request: web.Request) -> Device:
    raise OnshiError(central.DEVICE_NOT_SHOWN)


@asynccontextmanager
async def client(
    routes: list[Route] | None = None, *, authenticate: Any = always, metrics: Metrics | None = None
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    made = application(
        ROUTES if routes is None else routes, metrics=metrics or make_metrics(), authenticate=authenticate
    )
    async with TestClient(TestServer(made, access_log=None)) as opened:
        yield opened
