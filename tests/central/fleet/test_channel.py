"""The MQTT channel: the same documents to the same handlers, through Mosquitto and the embedded broker."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt
import msgspec
import pytest
import structlog

from central.api.metrics import make_metrics
from central.api.route import Call, Raw
from central.facilities.device import Device
from central.fleet.channel import ANSWERS, NODELAY, Broker, FleetChannel
from protocol.errors import OnshiError, trust
from protocol.errors.central import DEVICE_UNKNOWN
from protocol.visit import SignedDocument
from tests.central.api.clinic import DEVICE
from tests.parts.mosquitto import HOST, embedded_broker
from tests.parts.ports import free_port

ID = "0123456789abcdef" * 2


class Enrolled:
    async def device_named(self, name: str) -> Device:
        if name != DEVICE.id:
            raise OnshiError(DEVICE_UNKNOWN)
        return DEVICE


async def visit(call: Call[SignedDocument]) -> Raw:
    assert call.device is DEVICE
    return Raw(b'{"answer": "' + call.body.payload[:10].hex().encode() + b'"}')


async def consent(call: Call[SignedDocument]) -> Raw:
    raise OnshiError(trust.CHALLENGE_EXPIRED)


async def broken(call: Call[SignedDocument]) -> Raw:
    raise ValueError("山田")


def document(kind: Any = "visit", *, device: str = "device-1", request: str = ID) -> bytes:
    name = "request_id" if kind == "visit" else "consent_id"
    payload = msgspec.json.encode({"statement": {name: request}})
    return msgspec.json.encode(SignedDocument(kind=kind, device=device, payload=payload, signature=b"x" * 70))


def channel(port: int, **more: Any) -> FleetChannel:
    handlers = {"visit": visit, "consent": consent, **more}
    broker = Broker(host=HOST, port=port, identifier="onshi-test")
    return FleetChannel(broker, handlers=handlers, directory=Enrolled(), metrics=make_metrics())


@asynccontextmanager
async def serving(port: int) -> AsyncIterator[FleetChannel]:
    opened = channel(port)
    await opened.start()
    try:
        await asyncio.wait_for(opened.subscribed.wait(), 10)
        yield opened
    finally:
        await opened.stop()


@asynccontextmanager
async def appliance(port: int) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(HOST, port, socket_options=NODELAY, protocol=aiomqtt.ProtocolVersion.V311) as client:
        await client.subscribe(ANSWERS.format(device="device-1", request="+"), qos=1)
        yield client


async def asked(client: aiomqtt.Client, payload: bytes) -> tuple[str, dict[str, Any]]:
    await client.publish("onshi/v1/devices/device-1/requests", payload, qos=1)
    async with asyncio.timeout(60):
        async for message in client.messages:
            return str(message.topic), msgspec.json.decode(bytes(message.payload))
    raise AssertionError


async def questions(port: int) -> None:
    async with serving(port), appliance(port) as client:
        topic, told = await asked(client, document())
        assert topic == f"onshi/v1/devices/device-1/answers/{ID}"
        assert told["answer"]
        topic, told = await asked(client, document("consent"))
        assert (topic.endswith(ID), told["code"]) == (True, trust.CHALLENGE_EXPIRED.code)
        topic, told = await asked(client, b"{rubbish")
        assert (topic.endswith("/unreadable"), told["code"]) == (True, "CENTRE-904")


@pytest.mark.real
async def test_documents_are_answered_through_mosquitto(mosquitto: int) -> None:
    await questions(mosquitto)


@pytest.mark.sockets
async def test_documents_are_answered_through_the_embedded_broker() -> None:
    async with embedded_broker() as port:
        await questions(port)


@pytest.mark.real
async def test_a_round_trip_does_not_wait_for_delayed_acknowledgements(mosquitto: int) -> None:
    """Without TCP_NODELAY on both clients it is 40-90 ms."""
    async with serving(mosquitto), appliance(mosquitto) as client:
        await asked(client, document())
        taken = []
        for _ in range(20):
            started = time.perf_counter()
            await asked(client, document())
            taken.append(time.perf_counter() - started)
    assert min(taken) < 0.04, "without it the quickest of twenty takes 80 ms"


@pytest.mark.real
async def test_many_at_once_are_all_answered(mosquitto: int) -> None:
    ids = {f"{number:032x}" for number in range(100)}
    async with serving(mosquitto) as opened, appliance(mosquitto) as client:
        for one in sorted(ids):
            await client.publish("onshi/v1/devices/device-1/requests", document(request=one), qos=1)
        async with asyncio.timeout(20):
            async for message in client.messages:
                ids.discard(str(message.topic).rpartition("/")[2])
                if not ids:
                    break
        assert b'onshi_fleet_messages_total{outcome="answered"} 100.0' in opened._metrics.text()


@pytest.mark.sockets
async def test_a_broker_that_comes_late_or_comes_back_is_taken_up() -> None:
    port = free_port()
    opened = channel(port)
    with structlog.testing.capture_logs() as lines:
        await opened.start()
        try:
            await asyncio.sleep(0.1)
            for _ in range(2):
                async with embedded_broker(port):
                    await asyncio.wait_for(opened.subscribed.wait(), 10)
                    async with appliance(port) as client:
                        assert (await asked(client, document()))[0].endswith(ID)
                await asyncio.wait_for(opened.lost.wait(), 10)
        finally:
            await opened.stop()
    assert any(line["event"] == "fleet_lost" for line in lines)


@pytest.mark.parametrize(
    ("name", "payload", "request_id", "code"),
    [
        ("device-1", document(device="device-2"), ID, trust.OTHER_DEVICE.code),
        ("device-9", document(device="device-9"), ID, DEVICE_UNKNOWN.code),
        ("device-1", b"", "unreadable", "CENTRE-904"),
        ("device-1", b"x" * 200000, "unreadable", "CENTRE-903"),
        ("device-1", document(request="../../other"), "unreadable", "answered"),
        ("device-1", document().replace(b'"visit"', b'"other"'), "unreadable", "CENTRE-904"),
    ],
)
async def test_a_document_in_the_wrong_place_or_form_is_a_problem(
    name: str, payload: bytes, request_id: str, code: str
) -> None:
    told = await channel(1).answer(name, payload)
    assert (told[0], told[2]) == (request_id, code)


async def test_an_unforeseen_exception_leaves_as_an_incident() -> None:
    with structlog.testing.capture_logs() as lines:
        _, answer, code = await channel(1, visit=broken).answer("device-1", document())
    assert code == "CENTRE-902"
    assert "山田" not in repr(lines) + answer.decode()


def test_the_socket_option_is_nodelay() -> None:
    assert NODELAY == ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
