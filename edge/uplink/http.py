"""The centre over HTTP: mutual TLS, one kept connection, every failure a catalogue fault, every answer checked.

Not here: what to do when the line is down (`outbox`), which hop failed (`diagnosis`). All requests may be repeated
with the same bytes (the centre answers the same again), so one lost connection is repeated at once.
"""

import errno
import ssl
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from edge.uplink import answers
from edge.uplink.handshake import is_refused
from edge.uplink.port import Fetched, IssuedChallenge
from protocol import canonical
from protocol.errors import OnshiError, device, uplink
from protocol.errors.input_ import CREDENTIAL_WRONG
from protocol.visit import ConsentAnswer, ConsentRequest, SignedDocument, VisitAnswer, VisitRequest

ANSWER_BYTES = 1_000_000
"""More than this is no answer to one person's question."""
MESSAGE_SECONDS = 60.0
"""Longest time for a message that is not one patient's: ten thousand results travel in one answer."""
KEEP_ALIVE_SECONDS = 300.0
_JSON = "application/json"
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


def tls_context(*, centre_ca: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, the centre's own anchor only, our certificate.

    Raises ``INPUT-902`` for an anchor that cannot be used, ``DEVICE-005`` for the certificate or its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=centre_ca)
    except OSError as failed:  # ssl's errors are among them
        reason = "no PEM" if isinstance(failed, ssl.SSLError) else failed.strerror or "unreadable"
        raise OnshiError(CREDENTIAL_WRONG, setting="files.centre_ca", file=str(centre_ca), reason=reason) from None
    try:
        context.load_cert_chain(certificate, key)
    except OSError:
        raise OnshiError(device.CERTIFICATE_MISSING) from None
    return context


class HttpCentre:
    """`edge.uplink.port.Centre` over HTTP. ``tls`` None: plain HTTP, for tests on the loopback only."""

    def __init__(
        self, url: str, tls: ssl.SSLContext | None, *, connect_seconds: float = 3.0, answer_seconds: float = 8.0
    ) -> None:
        self._url = url.rstrip("/")
        self._tls = tls
        self._timeout, self._long = (
            aiohttp.ClientTimeout(total=seconds, sock_connect=connect_seconds, connect=connect_seconds + 1)
            for seconds in (answer_seconds, max(answer_seconds, MESSAGE_SECONDS))
        )
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # --- the contract -------------------------------------------------------------------------------------------

    async def challenges(self, count: int, *, deferred: bool) -> tuple[IssuedChallenge, ...]:
        body = msgspec.json.encode({"count": count, "deferred": deferred})
        return answers.challenges(await self._post("/v1/challenges", body), count)

    async def visit(self, document: SignedDocument) -> VisitAnswer:
        request_id = canonical.decode(document.payload, VisitRequest).statement.request_id
        return answers.visit_answer(await self._post("/v1/visits", canonical.encode(document)), request_id)

    async def consent(self, document: SignedDocument) -> ConsentAnswer:
        consent_id = canonical.decode(document.payload, ConsentRequest).statement.consent_id
        return answers.consent_answer(await self._post("/v1/consents", canonical.encode(document)), consent_id)

    async def eligibility(self, message: dict[str, Any]) -> dict[str, Any]:
        return answers.eligibility_answer(await self._post("/v1/eligibility", msgspec.json.encode(message)))

    async def exchange(self, path: str, message: dict[str, Any], *, max_bytes: int) -> dict[str, Any]:
        body = msgspec.json.encode(message)
        return answers.tree(await self._post(path, body, max_bytes=max_bytes, limits=self._long))

    async def fetch(self, path: str, message: dict[str, Any], *, accept: str, max_bytes: int) -> Fetched:
        body = msgspec.json.encode(message)
        return await self._fetched(path, body, max_bytes, self._long, (_JSON, accept))

    # --- the line -----------------------------------------------------------------------------------------------

    async def _post(
        self, path: str, body: bytes, *, max_bytes: int = ANSWER_BYTES, limits: aiohttp.ClientTimeout | None = None
    ) -> bytes:
        return (await self._fetched(path, body, max_bytes, limits or self._timeout, (_JSON,))).body

    async def _fetched(
        self, path: str, body: bytes, max_bytes: int, limits: aiohttp.ClientTimeout, forms: tuple[str, ...]
    ) -> Fetched:
        try:
            return await self._post_once(path, body, max_bytes, limits, forms)
        except OnshiError as error:
            if error.fault.code != uplink.LINE_CUT.code:
                raise
        try:
            return await self._post_once(path, body, max_bytes, limits, forms)
        except OnshiError as error:
            if error.fault.code == uplink.LINE_CUT.code and await self._certificate_refused():
                raise OnshiError(uplink.TLS_FAILED, reason="refused by the centre") from None
            raise

    async def _certificate_refused(self) -> bool:
        if self._tls is None:
            return False
        try:
            return await is_refused(self._url, self._tls)
        except OSError:
            return False

    async def _post_once(
        self, path: str, body: bytes, max_bytes: int, limits: aiohttp.ClientTimeout, forms: tuple[str, ...]
    ) -> Fetched:
        try:
            async with self._open().post(
                self._url + path,
                data=body,
                headers={"Content-Type": "application/json"},
                allow_redirects=False,
                timeout=limits,
            ) as response:
                answered = await _read(response, max_bytes)
                status, content = response.status, response.content_type
        except (aiohttp.ClientError, OSError, TimeoutError) as failed:
            raise line_fault(failed) from None
        if status == 200:
            if content not in forms:
                raise OnshiError(uplink.ANSWER_UNREADABLE, reason="content type")
            return Fetched(content, answered)
        refused = answers.refusal(answered)
        if refused is not None and status >= 400:
            raise refused
        raise OnshiError(uplink.CENTRE_FAILED if status >= 500 else uplink.ANSWER_UNREADABLE, status=status)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                ssl=self._tls if self._tls is not None else True,
                limit=16,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
                ttl_dns_cache=60,
            )
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    whole = bytearray()
    async for portion in response.content.iter_any():
        whole += portion
        if len(whole) > max_bytes:
            response.close()
            raise OnshiError(uplink.ANSWER_UNREADABLE, reason="size")
    return bytes(whole)


def line_fault(failed: BaseException) -> OnshiError:
    """Which fault of the line an exception of aiohttp, ssl or the socket means."""
    number = getattr(failed, "errno", None)
    if isinstance(failed, aiohttp.ClientConnectorDNSError):
        return OnshiError(uplink.NAME_UNRESOLVED)
    if isinstance(failed, (aiohttp.ClientSSLError, ssl.SSLError)) or "SSL" in str(failed):
        return OnshiError(uplink.TLS_FAILED)
    if isinstance(failed, aiohttp.ClientConnectorError):
        return OnshiError(uplink.NO_ROUTE if number in _UNREACHABLE else uplink.NO_CONNECTION, errno=number or 0)
    if isinstance(failed, (aiohttp.ConnectionTimeoutError, aiohttp.SocketTimeoutError)):
        connecting = isinstance(failed, aiohttp.ConnectionTimeoutError)
        return OnshiError(uplink.NO_CONNECTION if connecting else uplink.CENTRE_SLOW)
    if isinstance(failed, TimeoutError):
        return OnshiError(uplink.CENTRE_SLOW)
    if isinstance(failed, (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, OSError)):
        return OnshiError(uplink.LINE_CUT, errno=number or 0)
    if isinstance(failed, aiohttp.InvalidURL):
        return OnshiError(uplink.NAME_UNRESOLVED)
    return OnshiError(uplink.ANSWER_UNREADABLE, reason=type(failed).__name__)
