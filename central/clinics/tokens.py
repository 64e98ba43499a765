"""The idToken of the web API: short-lived, bound to device and facility, checked without a table.

An HMAC over its own words, with a key derived from the centre's challenge keys, so that every worker accepts it and
a rotation ends it. Not a secret store: whoever loses a token loses it for minutes. Facts: clinic-interface 2.2.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
from aiohttp import web

from central.facilities.device import Device
from protocol.errors import OnshiError, clinic

LIFE = timedelta(minutes=30)
_DOMAIN = b"onshi clinic token v1"
_LONGEST = 1024


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    device: str
    facility: str
    expires: int


class Directory(Protocol):
    async def device_named(self, name: str) -> Device:
        """The device with this id; `OnshiError` when it may not ask (any more)."""
        ...


class Tokens:
    """Issues and reads tokens. ``keys``: the first signs, all are accepted."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], datetime]) -> None:
        self._keys = [hmac.digest(key, _DOMAIN, "sha256") for key in keys]
        self._clock = clock

    def issue(self, device: Device) -> str:
        expires = int((self._clock() + LIFE).timestamp())
        words = msgspec.json.encode(_Words(device.id, device.facility, expires))
        return f"{_coded(words)}.{_coded(hmac.digest(self._keys[0], words, hashlib.sha256))}"

    def read(self, token: str) -> tuple[str, str]:
        """Device and facility; raises `OnshiError`: ``CLINIC-030`` no token of ours, ``CLINIC-031`` expired."""
        try:
            if len(token) > _LONGEST:
                raise ValueError("too long")
            told, _, seal = token.partition(".")
            words, given = _decoded(told), _decoded(seal)
            if (_coded(words), _coded(given)) != (told, seal):
                raise ValueError("spelt in another way")
            if not any(hmac.compare_digest(given, hmac.digest(key, words, hashlib.sha256)) for key in self._keys):
                raise ValueError("not ours")
            found = msgspec.json.decode(words, type=_Words)
        except (ValueError, msgspec.MsgspecError):
            raise OnshiError(clinic.TOKEN_WRONG) from None
        if datetime.fromtimestamp(found.expires, UTC) <= self._clock():
            raise OnshiError(clinic.TOKEN_EXPIRED)
        return found.device, found.facility


class TokenAuthentication:
    """Which device a raw token in ``Authorization`` speaks for; a device revoked since is refused at once."""

    def __init__(self, tokens: Tokens, directory: Directory) -> None:
        self._tokens = tokens
        self._directory = directory

    async def __call__(self, request: web.Request) -> Device:
        given = request.headers.getall("Authorization", [])
        if len(given) != 1:
            raise OnshiError(clinic.TOKEN_WRONG)
        name, facility = self._tokens.read(given[0].strip().removeprefix("Bearer "))
        device = await self._directory.device_named(name)
        if device.facility != facility:
            raise OnshiError(clinic.TOKEN_WRONG)
        return device


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
