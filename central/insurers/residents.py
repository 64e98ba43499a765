"""The resident register (住民基本台帳, through J-LIS) as the importer sees it: numbers go, five items come back.

The only place outside the file where a 個人番号 travels: over TLS, or on the loopback address on a test system. The
real interface is not public; the form here is ours (the sandbox has a stand-in).
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from central.insurers.identity import Resident
from protocol.errors import OnshiError
from protocol.errors.insurers import RESIDENTS_DOWN, RESIDENTS_WRONG

BATCH = 2000
"""Numbers in one request."""
TRIES = 4


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: 個人番号 of twelve digits, at most `BATCH`."""

    numbers: list[str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One answer for each number, in the order asked; None where nobody has it."""

    residents: list[Resident | None]


class Residents(Protocol):
    """Who can be asked."""

    async def lookup(self, numbers: Sequence[str]) -> list[Resident | None]: ...


class HttpResidents:
    """A resident register over HTTP. ``tls`` carries the importer's client certificate where one is needed."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, *, tls: ssl.SSLContext | None = None, patience: float = 30
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(parts.hostname or "")):
            raise OnshiError(RESIDENTS_WRONG, scheme=parts.scheme)
        self._session = session
        self._url = f"{url.rstrip('/')}/v1/residents/lookup"
        self._tls = tls if tls is not None else True
        self._patience = aiohttp.ClientTimeout(total=patience)
        self._decoder = msgspec.json.Decoder(Found)

    async def lookup(self, numbers: Sequence[str]) -> list[Resident | None]:
        """Raises `OnshiError` (INSURER-060) when there is no answer after several tries."""
        body = msgspec.json.encode(Lookup(numbers=list(numbers)))
        for again in range(TRIES):
            if again:
                await asyncio.sleep(0.5 * 2**again)
            try:
                async with self._session.post(
                    self._url,
                    data=body,
                    headers={"Content-Type": "application/json"},
                    ssl=self._tls,
                    timeout=self._patience,
                ) as answer:
                    if answer.status != 200:
                        reason = f"status {answer.status}"
                        continue
                    found = self._decoder.decode(await answer.read())
            except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as failed:
                reason = type(failed).__name__
                continue
            if len(found.residents) == len(numbers):
                return found.residents
            reason = "count"
        raise OnshiError(RESIDENTS_DOWN, reason=reason)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
