"""Clerks and their own codes for confirmation by sight: checked, rate-limited, never stored in the clear.

A code opens sight for one visit only; who opened it goes into the log and the signed request by id. Hashes are
scrypt (RFC 7914), made by ``onshi edge clerk``.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

from protocol.errors import OnshiError
from protocol.errors.visit import CLERK_LOCKED, CLERK_REFUSED, SIGHT_OFF

_N, _R, _P, _LENGTH = 1 << 14, 8, 1, 32
_MEMORY = 64 * 1024 * 1024
WRONG_LIMIT = 5
"""Wrong codes within `WINDOW_SECONDS` that pause sight on this appliance."""
WINDOW_SECONDS = 600.0
PAUSE_SECONDS = 300.0
CODE = re.compile(rb"[\x21-\x7e]{4,64}")
"""4 to 64 visible ASCII characters."""


def hash_code(code: bytes | bytearray, salt: bytes) -> str:
    """The setting's text for a code: ``scrypt:n:r:p:salt:hash``. ``ValueError`` for a code out of form."""
    if not CODE.fullmatch(code):
        raise ValueError("a code has 4 to 64 visible ASCII characters")
    digest = _scrypt(code, salt, _N, _R, _P)
    return f"scrypt:{_N}:{_R}:{_P}:{_text(salt)}:{_text(digest)}"


def readable_hash(text: str) -> bool:
    """Whether a setting's text is a hash that `Clerks` can check."""
    try:
        _parse(text)
    except ValueError:
        return False
    return True


class Clerks:
    """Checks codes. ``ticks`` is a monotonic clock in seconds; wrong codes are counted in memory."""

    def __init__(self, hashes: Mapping[str, str], *, ticks: Callable[[], float]) -> None:
        self._hashes = {clerk: _parse(text) for clerk, text in hashes.items()}
        self._ticks = ticks
        self._wrong: list[tuple[float, str]] = []
        self._paused_until = 0.0
        self._one_at_a_time = asyncio.Lock()

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def pause_left(self) -> int:
        """Whole seconds until the next try; 0: open."""
        return max(0, int(self._paused_until - self._ticks() + 0.999))

    async def check(self, clerk: str, code: bytearray) -> None:
        """Return when the code is this clerk's own; zeroes ``code``.

        Raises ``VISIT-005`` (wrong), ``VISIT-006`` (paused) or ``VISIT-017`` (nobody registered).
        """
        try:
            if not self._hashes:
                raise OnshiError(SIGHT_OFF)
            async with self._one_at_a_time:
                await self._check(clerk, code)
        finally:
            code[:] = bytes(len(code))

    async def _check(self, clerk: str, code: bytearray) -> None:
        if self.pause_left():
            raise OnshiError(CLERK_LOCKED, seconds=self.pause_left())
        n, r, p, salt, expected = self._hashes.get(clerk) or next(iter(self._hashes.values()))
        found = await asyncio.to_thread(_scrypt, code, salt, n, r, p)
        if hmac.compare_digest(found, expected) and clerk in self._hashes:
            # The others' stay: else a clerk's own code would buy more tries on a colleague's.
            self._wrong = [(at, who) for at, who in self._wrong if who != clerk]
            return
        now = self._ticks()
        self._wrong = [(at, who) for at, who in self._wrong if now - at < WINDOW_SECONDS] + [(now, clerk)]
        if len(self._wrong) >= WRONG_LIMIT:
            self._wrong.clear()
            self._paused_until = now + PAUSE_SECONDS
            raise OnshiError(CLERK_LOCKED, seconds=self.pause_left())
        raise OnshiError(CLERK_REFUSED)


def _scrypt(code: bytes | bytearray, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(code, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_LENGTH)


def _parse(text: str) -> tuple[int, int, int, bytes, bytes]:
    parts = text.split(":")
    try:
        name, n, r, p, salt, digest = parts
        numbers = int(n), int(r), int(p)
        salted, expected = (base64.b64decode(part, validate=True) for part in (salt, digest))
    except (ValueError, binascii.Error):
        raise ValueError("not a code hash") from None
    fits = name == "scrypt" and len(salted) >= 16 and len(expected) == _LENGTH
    if not fits or not 1 << 14 <= numbers[0] <= 1 << 15 or numbers[1] != _R or numbers[2] not in {1, 2}:
        raise ValueError("not a code hash, or too weak a one")
    return *numbers, salted, expected


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
