"""Challenges (チャレンジ) without a store: an HMAC over device, expiry, random and kind; spending is the service's.

Facts: trust rules "Challenges": 120 s; marked deferred 24 h, for work off line and eligibility only. Wire form:
base64url of version 1, key id 4, kind 1, expiry 8 (ms since 1970), random 16, HMAC-SHA-256 32 octets.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from protocol.errors import OnshiError, trust

LIFE = timedelta(seconds=120)
DEFERRED_LIFE = timedelta(hours=24)
MIN_KEY = 32
"""Octets of a key."""
_VERSION = 1
_RANDOM = 16
_HEAD = 1 + 4 + 1 + 8 + _RANDOM
_MAC = 32
_TAG = b"onshi challenge v1\x00"
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Challenge:
    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A challenge that is ours, this device's and alive. ``digest`` is what is spent."""

    digest: str
    expires_at: datetime


class Challenges:
    """Issues with the first key and accepts all: to rotate, put the new key first and drop the old a day later.

    ``random`` gives that many random octets. ``ValueError`` for a key of fewer than 32 octets.
    """

    def __init__(self, keys: Sequence[bytes], *, random: Callable[[int], bytes]) -> None:
        if not keys or any(len(key) < MIN_KEY for key in keys):
            raise ValueError("a challenge key has at least 32 octets")
        self._keys = {hashlib.sha256(b"onshi challenge key id\x00" + key).digest()[:4]: key for key in keys}
        self._current = next(iter(self._keys))
        self._random = random

    def issue(self, device: str, count: int, now: datetime, *, deferred: bool = False) -> list[Challenge]:
        """``count`` challenges for one device."""
        expiry = (now + (DEFERRED_LIFE if deferred else LIFE) - _EPOCH) // _MILLISECOND
        head = bytes((_VERSION,)) + self._current + bytes((deferred,)) + expiry.to_bytes(8, "big")
        expires_at = _EPOCH + expiry * _MILLISECOND
        issued = []
        for _ in range(count):
            body = head + self._random(_RANDOM)
            value = base64.urlsafe_b64encode(body + self._mac(self._current, body, device)).rstrip(b"=").decode()
            issued.append(Challenge(value, expires_at))
        return issued

    def accept(self, value: str, device: str, now: datetime, *, deferred: bool) -> Accepted:
        """The challenge behind ``value``. Raises CHALLENGE_FOREIGN, CHALLENGE_EXPIRED."""
        raw = _decoded(value)
        body, mac = raw[:_HEAD], raw[_HEAD:]
        key_id = body[1:5]
        if len(mac) != _MAC or body[0] != _VERSION or key_id not in self._keys:
            raise OnshiError(trust.CHALLENGE_FOREIGN, reason="form")
        if not hmac.compare_digest(mac, self._mac(key_id, body, device)):
            raise OnshiError(trust.CHALLENGE_FOREIGN, reason="hmac")
        if body[5] != deferred:
            raise OnshiError(trust.CHALLENGE_FOREIGN, reason="kind")
        expires_at = _EPOCH + int.from_bytes(body[6:14], "big") * _MILLISECOND
        if now >= expires_at:
            raise OnshiError(trust.CHALLENGE_EXPIRED)
        return Accepted(_digest(raw), expires_at)

    def _mac(self, key_id: bytes, body: bytes, device: str) -> bytes:
        return hmac.digest(self._keys[key_id], _TAG + body + device.encode(), "sha256")


def spending_digest(value: str) -> str:
    """What is spent of a challenge, as in `Accepted`, without asking whose it is. Raises CHALLENGE_FOREIGN."""
    return _digest(_decoded(value))


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _decoded(value: str) -> bytes:
    """The octets; another spelling of the same octets is refused, so that nothing can be spent twice."""
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise OnshiError(trust.CHALLENGE_FOREIGN, reason="form") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != value or len(raw) != _HEAD + _MAC:
        raise OnshiError(trust.CHALLENGE_FOREIGN, reason="form")
    return raw
