"""The appliance's side of MQTT: the same signed bytes, through Mosquitto and the embedded broker."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiomqtt
import msgspec
import pytest

from edge.uplink.mqtt import Broker, MqttCentre
from protocol import canonical
from protocol.errors import OnshiError, central, problem, uplink
from protocol.visit import ConsentRequest, ConsentStatement, SignedDocument, VisitRequest
from tests.edge.fakes import NOW, FakeCentre, FakeSigner
from tests.edge.uplink.test_outbox import document
from tests.parts.mosquitto import HOST, embedded_broker, mosquitto
from tests.parts.ports import free_port

__all__ = ["mosquitto"]

Answer = Callable[[SignedDocument], Awaitable[bytes]]


async def answered(sent: SignedDocument) -> bytes:
    centre = FakeCentre()
    return msgspec.json.encode(await (centre.visit(sent) if sent.kind == "visit" else centre.consent(sent)))


async def refused(sent: SignedDocument) -> bytes:
    return msgspec.json.encode(problem(OnshiError(central.DEVICE_REVOKED)))


async def rubbish(sent: SignedDocument) -> bytes:
    return b"\xff\x00"


@asynccontextmanager
async def responder(port: int, answer: Answer) -> AsyncIterator[list[bytes]]:
    """Stands in for the centre's channel: answers on each request's own topic."""
    got: list[bytes] = []
    nodelay = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    async with aiomqtt.Client(HOST, port, socket_options=nodelay) as client:
        await client.subscribe("onshi/v1/devices/+/requests", qos=1)

        async def serve() -> None:
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                got.append(message.payload)
                sent = canonical.decode(message.payload, SignedDocument)
                if sent.kind == "visit":
                    name = canonical.decode(sent.payload, VisitRequest).statement.request_id
                else:
                    name = canonical.decode(sent.payload, ConsentRequest).statement.consent_id
                await client.publish(f"onshi/v1/devices/{sent.device}/answers/{name}", await answer(sent), qos=1)

        serving = asyncio.create_task(serve())
        try:
            yield got
        finally:
            # Again until it holds: aiomqtt waits with wait_for, which before Python 3.12 can swallow a cancellation.
            while not serving.done():
                serving.cancel()
                await asyncio.wait({serving}, timeout=0.1)


def consent() -> SignedDocument:
    statement = ConsentStatement(
        consent_id="c" * 32,
        visit="0" * 32,
        device="dev-1",
        facility="9911234566",
        certificate="0" * 64,
        challenge="challenge-0000000000000",
        items=(),
        made_at=NOW,
    )
    request = ConsentRequest(statement=statement, key="authentication", card_signature=b"A" * 256)
    return FakeSigner().document("consent", canonical.encode(request))


async def exchange(port: int, version: int) -> None:
    async with (
        responder(port, answered) as got,
        MqttCentre(Broker(host=HOST, port=port, version=version), "dev-1") as centre,
    ):
        answers = await asyncio.gather(*(centre.visit(document(number)) for number in range(1, 9)))
        assert [answer.request_id for answer in answers] == [f"{number:032x}" for number in range(1, 9)]
        assert (await centre.consent(consent())).consent_id == "c" * 32
        assert sorted(got[:8]) == sorted(canonical.encode(document(number)) for number in range(1, 9))


@pytest.mark.real
@pytest.mark.parametrize("version", [4, 5])
async def test_the_same_bytes_through_mosquitto(mosquitto: int, version: int) -> None:
    await exchange(mosquitto, version)


@pytest.mark.sockets
async def test_the_same_bytes_through_the_embedded_broker() -> None:
    async with embedded_broker() as port:
        await exchange(port, 4)


@pytest.mark.real
async def test_a_round_trip_waits_for_no_delayed_acknowledgement(mosquitto: int) -> None:
    async with responder(mosquitto, answered), MqttCentre(Broker(host=HOST, port=mosquitto), "dev-1") as centre:
        times = []
        for number in range(1, 12):
            start = time.perf_counter()
            await centre.visit(document(number))
            times.append(time.perf_counter() - start)
        assert min(times) < 0.035


@pytest.mark.real
async def test_refusals_rubbish_and_silence_are_catalogue_faults(mosquitto: int) -> None:
    broker = Broker(host=HOST, port=mosquitto)
    async with MqttCentre(broker, "dev-1") as centre:
        async with responder(mosquitto, refused):
            with pytest.raises(OnshiError) as said:
                await centre.visit(document(1))
            assert said.value.fault is central.DEVICE_REVOKED
        async with responder(mosquitto, rubbish):
            with pytest.raises(OnshiError) as said:
                await centre.visit(document(1))
            assert said.value.fault is uplink.ANSWER_UNREADABLE
        centre._seconds = 0.3
        with pytest.raises(OnshiError) as said:
            await centre.visit(document(1))
        assert said.value.fault is uplink.CENTRE_SLOW


@pytest.mark.sockets
async def test_no_broker_is_said_so() -> None:
    with pytest.raises(OnshiError) as said:
        async with MqttCentre(Broker(host=HOST, port=free_port()), "dev-1", answer_seconds=2.0):
            pass
    assert said.value.fault is uplink.BROKER_DOWN


@pytest.mark.real
async def test_a_limit_that_a_library_swallows_still_ends_the_question(
    mosquitto: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What asyncio.wait_for does before Python 3.12 when answer and cancellation meet."""
    async with MqttCentre(Broker(host=HOST, port=mosquitto), "dev-1") as centre:
        centre._seconds = 0.2

        async def swallowing(*_: object, **__: object) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(30)

        monkeypatch.setattr(centre._client, "publish", swallowing)
        with pytest.raises(OnshiError) as said:
            await centre.visit(document(1))
    assert said.value.fault is uplink.CENTRE_SLOW
