"""The HTTP border: what comes in is checked, what goes out is an answer or a problem, and nothing leaks."""

import asyncio
import gzip
import json
import socket
from typing import Any

import msgspec
import pytest
import structlog
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.api import body
from central.api.application import application
from central.api.metrics import make_metrics
from central.api.problems import STATUS, status_of
from central.api.serving import runner
from protocol.errors import CATALOGUE, Kind, OnshiError, trust
from tests.central.api.clinic import ROUTES, Ask, always, client, never

pytestmark = pytest.mark.sockets

JSON = {"Content-Type": "application/json"}


async def refused(opened: Any, method: str, path: str, status: int, code: str, **more: Any) -> dict[str, Any]:
    response = await opened.request(method, path, **more)
    told = await response.json()
    assert (response.status, told["code"]) == (status, code)
    assert response.headers["Cache-Control"] == "no-store"
    assert told["desk_ja"]
    assert told["desk_en"]
    return dict(told)


async def test_a_good_request_gets_its_answer() -> None:
    async with client() as opened:
        response = await opened.post("/v1/ask", json={"count": 3})
        assert (response.status, await response.json()) == (200, {"device": "device-1", "count": 3})
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_raw_answers_leave_as_they_are() -> None:
    async with client() as opened:
        response = await opened.get("/v1/raw/x", params={"day": "1"})
        assert await response.read() == b'{"as": "it is"}'


@pytest.mark.parametrize(
    ("payload", "at"),
    [
        (b"", "$"),
        (b"{", "$"),
        (b"[]", "$"),
        (b'{"count": "3"}', "$.count"),
        (b'{"count": 3, "more": "\xe5\xb1\xb1\xe7\x94\xb0"}', "$"),
        (b'{"count": 3, "name": "\xff"}', "$"),
        (b'{"count": 1e999}', "$"),
        (b"[" * 150, "$"),
        (b'{"name": ""}', "$"),
    ],
)
async def test_a_body_of_the_wrong_form_is_named_by_its_place_only(payload: bytes, at: str) -> None:
    async with client() as opened:
        told = await refused(opened, "POST", "/v1/ask", 400, "CENTRE-904", data=payload, headers=JSON)
        assert told["details"]["at"].startswith(at)
        assert "山田" not in json.dumps(told, ensure_ascii=False)


async def test_too_large_a_body_is_refused_with_and_without_a_length() -> None:
    async def parts() -> Any:
        for _ in range(50):
            yield b"x" * 100

    async with client() as opened:
        await refused(opened, "POST", "/v1/ask", 413, "CENTRE-903", data=b"x" * 5000, headers=JSON)
        await refused(opened, "POST", "/v1/ask", 413, "CENTRE-903", data=parts(), headers=JSON)
        await refused(opened, "GET", "/v1/refuse", 413, "CENTRE-903", data=b"x")


@pytest.mark.parametrize("sent", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\nffff\r\n{"])
async def test_a_body_that_breaks_off_is_the_callers_fault(sent: bytes) -> None:
    metrics = make_metrics()
    served = runner(application(ROUTES, metrics=metrics, authenticate=always))
    await served.setup()
    try:
        site = web.SockSite(served, bound := socket.create_server(("127.0.0.1", 0)))
        await site.start()
        _, writer = await asyncio.open_connection(*bound.getsockname())
        writer.write(b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + sent)
        await asyncio.sleep(0.1)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.1)
    finally:
        await served.cleanup()
    assert metrics.registry.get_sample_value("onshi_refusals_total", {"code": "CENTRE-919"}) == 1


async def test_a_body_that_never_comes_to_its_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def parts() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    monkeypatch.setattr(body, "PATIENCE", 0.05)
    async with client() as opened:
        told = await refused(opened, "POST", "/v1/ask", 400, "CENTRE-919", data=parts(), headers=JSON)
        assert told["details"] == {"body": "slow"}


async def test_other_content_and_codings_are_refused() -> None:
    async with client() as opened:
        await refused(opened, "POST", "/v1/ask", 415, "CENTRE-907", data=b"{}", headers={"Content-Type": "text/plain"})
        shift_jis = {"Content-Type": "application/json; charset=shift_jis"}
        await refused(opened, "POST", "/v1/ask", 415, "CENTRE-907", data=b"{}", headers=shift_jis)
        bomb = {**JSON, "Content-Encoding": "gzip"}
        await refused(
            opened, "POST", "/v1/ask", 400, "CENTRE-919", data=gzip.compress(b" " * 10**6)[:150], headers=bomb
        )


async def test_unknown_paths_methods_and_query_words_are_problems() -> None:
    async with client() as opened:
        await refused(opened, "GET", "/nowhere", 404, "CENTRE-905")
        response = await opened.put("/v1/ask")
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert (await response.json())["code"] == "CENTRE-906"
        await refused(opened, "GET", "/v1/raw/x?other=1", 400, "CENTRE-918")
        await refused(opened, "GET", "/v1/raw/x?day=1&day=2", 400, "CENTRE-918")


async def test_a_refusal_of_the_handler_is_its_catalogue_entry() -> None:
    fault = trust.CHALLENGE_EXPIRED
    async with client() as opened:
        told = await refused(opened, "GET", "/v1/refuse", status_of(fault), fault.code)
        assert told["details"] == {"challenge": "abc"}


async def test_an_unforeseen_exception_shows_an_incident_number_and_nothing_else() -> None:
    async with client() as opened:
        with structlog.testing.capture_logs() as lines:
            told = await refused(opened, "GET", "/v1/fail", 500, "CENTRE-902")
    (line,) = [one for one in lines if one["event"] == "incident"]
    assert told["details"] == {"incident": line["incident"]}
    assert "ValueError" in line["exception"]
    assert any(frame.endswith(" fail") for frame in line["frames"])
    assert "山田" not in repr(lines) + repr(told)


async def test_nobody_gets_in_without_a_device() -> None:
    async with client(authenticate=never) as opened:
        response = await opened.post("/v1/ask", json={"count": 1})
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "MutualTLS"


async def test_the_access_line_has_the_pattern_and_never_the_path() -> None:
    async with client() as opened:
        with structlog.testing.capture_logs() as lines:
            await opened.post("/v1/ask", json={"count": 1})
            await opened.get("/v1/refuse")
    told = [
        (line["route"], line["status"], line["code"], line["device"]) for line in lines if line["event"] == "request"
    ]
    assert told[0] == ("/v1/ask", 200, None, "device-1")
    assert told[1][0] == "/v1/refuse"


async def test_requests_and_refusals_are_counted() -> None:
    metrics = make_metrics()
    async with client(metrics=metrics) as opened:
        for _ in range(3):
            await opened.post("/v1/ask", json={"count": 1})
        await opened.post("/v1/ask", json={"count": ""})
    text = metrics.text().decode()
    assert 'onshi_requests_total{method="POST",route="/v1/ask",status="200"} 3.0' in text
    assert 'onshi_requests_total{method="POST",route="/v1/ask",status="400"} 1.0' in text
    assert 'onshi_refusals_total{code="CENTRE-904"} 1.0' in text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=120))
def test_any_bytes_are_a_value_or_a_problem(payload: bytes) -> None:
    refusal: OnshiError | None = None
    try:
        assert isinstance(body.decode(payload, msgspec.json.Decoder(Ask)), Ask)
    except OnshiError as caught:
        refusal = caught
    assert refusal is None or refusal.fault.code == "CENTRE-904"


def test_every_kind_of_fault_has_a_status() -> None:
    assert set(STATUS) == set(Kind)
    assert all(400 <= status_of(fault) < 600 for fault in CATALOGUE.values())


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    name: str = msgspec.field(name="a.name")
    days: tuple[str, ...] = msgspec.field(name="day", default=())


def test_a_form_is_one_text_for_each_name_and_several_where_that_is_meant() -> None:
    found = body.decode_form(b"a.name=%E5%B1%B1+%2B&day=1&day=2", Asked)
    assert (found.name, found.days) == ("山 +", ("1", "2"))


@pytest.mark.parametrize("raw", [b"", b"a.name=1&a.name=2", b"a.name=1&b=2", b"day=1", b"a.name=%ff", b"\xe3=1"])
def test_any_other_form_is_refused_and_not_repeated(raw: bytes) -> None:
    with pytest.raises(OnshiError) as caught:
        body.decode_form(raw, Asked)
    assert caught.value.fault.code == "CENTRE-904"
    assert "=1" not in str(caught.value)


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=60), st.text("a.name=day&%1", max_size=30).map(str.encode)))
def test_any_bytes_are_a_form_or_a_refusal(raw: bytes) -> None:
    refusal: OnshiError | None = None
    try:
        assert isinstance(body.decode_form(raw, Asked), Asked)
    except OnshiError as caught:
        refusal = caught
    assert refusal is None or refusal.fault.code == "CENTRE-904"
