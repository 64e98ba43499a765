"""The MQTT channel: a `SignedDocument` on a device's request topic, its answer on that device's answer topic.

The broker's access rules keep a client to its own topics; who really sent a document is shown by its signature,
which the handler checks. Works with MQTT 3.1.1. A lost connection is taken up again; unanswered requests are sent
again by the appliance and are answered alike (same id, same bytes).
"""

import asyncio
import contextlib
import hashlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiomqtt
import msgspec
import structlog

from central.api import body
from central.api.metrics import Metrics
from central.api.problems import incident, problem_body
from central.api.route import Call, Handler, Raw
from central.facilities.device import Device
from protocol.errors import OnshiError
from protocol.errors.central import BODY_TOO_LARGE
from protocol.errors.trust import OTHER_DEVICE
from protocol.visit import SignedDocument

REQUESTS = "onshi/v1/devices/+/requests"
ANSWERS = "onshi/v1/devices/{device}/answers/{request}"
UNREADABLE = "unreadable"
"""In the answer topic where the request's id cannot be read."""
LIMIT = 131072
"""Bytes of one document."""
AT_ONCE = 32
"""Documents handled side by side; more wait in the client's queue, then at the broker."""
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between attempts to reach the broker."""
NODELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it Nagle and delayed acknowledgements make 40-90 ms out of 1."""

log = structlog.get_logger("central.fleet")


class Named(Protocol):
    """Finds a device by its id: `central.facilities.service.Facilities`."""

    async def device_named(self, name: str) -> Device: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and how to speak to it. ``tls`` None: plain TCP, for one machine only."""

    host: str
    port: int
    identifier: str
    tls: ssl.SSLContext | None = None


class _Ids(msgspec.Struct):
    """As much of a payload as names its answer."""

    request_id: str | None = None
    consent_id: str | None = None


class _Statement(msgspec.Struct):
    statement: _Ids


class FleetChannel:
    """Serves until stopped. ``handlers``: document kind → the handler of its HTTP route."""

    def __init__(self, broker: Broker, *, handlers: Mapping[str, Handler], directory: Named, metrics: Metrics) -> None:
        self._broker = broker
        self._handlers = handlers
        self._directory = directory
        self._metrics = metrics
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(SignedDocument)
        self._ids = msgspec.json.Decoder(_Statement)
        self._task: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self.subscribed = asyncio.Event()
        """Set while requests are being received."""
        self.lost = asyncio.Event()
        """Set while they are not."""
        self.lost.set()

    async def start(self) -> None:
        """Begins to connect; does not wait for the broker."""
        self._task = asyncio.create_task(self._serve(), name="fleet")

    async def stop(self) -> None:
        """Takes no further document, lets the begun ones finish."""
        # Again until it holds: aiomqtt waits with wait_for, which before Python 3.12 can swallow a cancellation.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _serve(self) -> None:
        attempt = 0
        while True:
            try:
                async with self._client() as client:
                    await client.subscribe(REQUESTS, qos=1)
                    self.lost.clear()
                    self.subscribed.set()
                    attempt = 0
                    log.info("fleet_connected")
                    await self._receive(client)
            except (aiomqtt.MqttError, OSError) as lost:
                log.warning("fleet_lost", reason=type(lost).__name__)
            finally:
                self.subscribed.clear()
                self.lost.set()
            await asyncio.sleep(BACK_OFF[min(attempt, len(BACK_OFF) - 1)])
            attempt += 1

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            identifier=self._broker.identifier,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=False,
            tls_context=self._broker.tls,
            socket_options=NODELAY,
            keepalive=30,
            timeout=10,
            max_queued_incoming_messages=AT_ONCE * 8,
        )

    async def _receive(self, client: aiomqtt.Client) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        async for message in client.messages:
            await room.acquire()
            task = asyncio.create_task(self._one(client, message), name="fleet:document")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            task.add_done_callback(lambda _: room.release())

    async def _one(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        name = str(message.topic).split("/")[3]
        payload = bytes(message.payload)
        request, answer, outcome = await self.answer(name, payload)
        self._metrics.fleet.labels(outcome).inc()
        log.info("fleet_document", device=name, outcome=outcome, payload=hashlib.sha256(payload).hexdigest()[:16])
        try:
            await client.publish(ANSWERS.format(device=name, request=request), answer, qos=1)
        except aiomqtt.MqttError as lost:
            # The appliance asks again and gets the stored answer.
            log.warning("fleet_answer_lost", device=name, reason=type(lost).__name__)

    async def answer(self, name: str, payload: bytes) -> tuple[str, bytes, str]:
        """Request id for the topic, the answer's bytes (an answer or a `Problem`), and the outcome's code."""
        request = UNREADABLE
        try:
            if len(payload) > LIMIT:
                raise OnshiError(BODY_TOO_LARGE, limit=LIMIT)
            document: SignedDocument = body.decode(payload, self._decoder)
            request = self._id_of(document)
            if document.device != name:
                raise OnshiError(OTHER_DEVICE)
            device = await self._directory.device_named(name)
            made = await self._handlers[document.kind](Call(body=document, raw=payload, caller=device))
        except OnshiError as refused:
            return request, problem_body(refused), refused.fault.code
        except Exception as failed:  # noqa: BLE001 - the border: told outside by an incident number only
            unforeseen = incident(failed)
            return request, problem_body(unforeseen), unforeseen.fault.code
        return request, made.body if isinstance(made, Raw) else msgspec.json.encode(made), "answered"

    def _id_of(self, document: SignedDocument) -> str:
        """The id is only used in a topic here; the handler checks the document itself."""
        ids = _Ids()
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            ids = self._ids.decode(document.payload).statement
        told = ids.request_id or ids.consent_id or ""
        return told if _is_id(told) else UNREADABLE


def _is_id(told: str) -> bool:
    return len(told) == 32 and all(character in "0123456789abcdef" for character in told)
