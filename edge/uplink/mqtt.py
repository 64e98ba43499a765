"""The same signed documents over MQTT: publish a request, await its own answer topic.

The bytes are those that HTTP and the outbox carry. Works with MQTT 3.1.1, so no response-topic property is used.
TCP_NODELAY is set: without it a round trip takes 40-90 ms instead of 1 (reference stack, MQTT). One connection at
a time; `edge.uplink.port.Centre` is implemented for visits and consents only, the rest stays with HTTP.
"""

import asyncio
import socket
import ssl
from types import TracebackType
from typing import Self

import aiomqtt
import msgspec

from edge.uplink import answers
from protocol import canonical
from protocol.errors import OnshiError, uplink
from protocol.visit import ConsentAnswer, ConsentRequest, SignedDocument, VisitAnswer, VisitRequest

TOPICS = "onshi/v1/devices/{device}"


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker is; ``version`` 4 is MQTT 3.1.1, 5 is MQTT 5."""

    host: str
    port: int
    version: int = 4
    username: str | None = None
    password: str | None = None


class MqttCentre:
    """Enter it to connect. Every method raises `OnshiError`; ``LINE-014`` when the broker is lost."""

    def __init__(
        self, broker: Broker, device: str, tls: ssl.SSLContext | None = None, *, answer_seconds: float = 8.0
    ) -> None:
        self._device = device
        self._seconds = answer_seconds
        self._base = TOPICS.format(device=device)
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            identifier=device,
            protocol=aiomqtt.ProtocolVersion(broker.version),
            tls_context=tls,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            timeout=answer_seconds,
        )

    async def __aenter__(self) -> Self:
        try:
            await self._client.__aenter__()
            await self._client.subscribe(f"{self._base}/answers/+", qos=1)
        except (aiomqtt.MqttError, OSError):
            raise OnshiError(uplink.BROKER_DOWN) from None
        self._listener = asyncio.create_task(self._listen(), name="mqtt-answers")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        try:
            await self._client.__aexit__(kind, error, trace)
        except aiomqtt.MqttError:
            return  # the broker went first

    async def visit(self, document: SignedDocument) -> VisitAnswer:
        request_id = canonical.decode(document.payload, VisitRequest).statement.request_id
        return answers.visit_answer(await self._ask(document, request_id), request_id)

    async def consent(self, document: SignedDocument) -> ConsentAnswer:
        consent_id = canonical.decode(document.payload, ConsentRequest).statement.consent_id
        return answers.consent_answer(await self._ask(document, consent_id), consent_id)

    async def _ask(self, document: SignedDocument, request_id: str) -> bytes:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[bytes] = loop.create_future()
        self._waiting[request_id] = waiting
        until = loop.time() + self._seconds
        try:
            async with asyncio.timeout_at(until):
                await self._client.publish(f"{self._base}/requests", canonical.encode(document), qos=1)
            # A limit of its own: publish waits with wait_for, which before Python 3.12 can swallow the one around it.
            await asyncio.wait({waiting}, timeout=max(0.0, until - loop.time()))
            if not waiting.done():
                raise OnshiError(uplink.CENTRE_SLOW)
            body = waiting.result()
        except TimeoutError:
            raise OnshiError(uplink.CENTRE_SLOW) from None
        except aiomqtt.MqttError:
            raise OnshiError(uplink.BROKER_DOWN) from None
        finally:
            self._waiting.pop(request_id, None)
        refused = answers.refusal(body)
        if refused is not None:
            raise refused
        return body

    async def _listen(self) -> None:
        try:
            async for message in self._client.messages:
                request_id = message.topic.value.rpartition("/")[2]
                waiting = self._waiting.get(request_id)
                if waiting is not None and not waiting.done() and isinstance(message.payload, bytes):
                    waiting.set_result(message.payload)
        except aiomqtt.MqttError:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(OnshiError(uplink.BROKER_DOWN))
