"""個人番号 as this system keeps it: a keyed hash for matching, never the number; keys rotate by wrapping.

The stored value is HMAC-SHA-256 under the first key, wrapped by one HMAC for each later key, since the number itself
is gone. Only the importer's process has the keys. Facts: trust rules ("個人番号").
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import OnshiError
from protocol.errors.insurers import KEYS_WRONG

MIN_KEY = 32
"""Bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class NumberKey:
    """One key with the id that is stored beside what it made."""

    key_id: str
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_KEY or not re.fullmatch("[A-Za-z0-9._-]{1,40}", self.key_id):
            raise OnshiError(KEYS_WRONG, key=self.key_id[:40], reason="at least 32 bytes, and an id")


class NumberHasher:
    """``keys`` in the order in which they came into use; the last is the newest."""

    def __init__(self, keys: Sequence[NumberKey]) -> None:
        if not keys or len({key.key_id for key in keys}) != len(keys):
            raise OnshiError(KEYS_WRONG, reason="no key, or one twice")
        self._keys = tuple(keys)
        self._first = keys[0].secret
        self._later = tuple(key.secret for key in keys[1:])

    @property
    def key_id(self) -> str:
        """Of the newest key."""
        return self._keys[-1].key_id

    @property
    def keys(self) -> tuple[NumberKey, ...]:
        """All keys, for a process that hashes on this one's behalf."""
        return self._keys

    def hash(self, number: str) -> str:
        """Twelve digits as 64 hexadecimal digits under all keys."""
        made = hmac.digest(self._first, number.encode("ascii"), "sha256")
        for secret in self._later:
            made = hmac.digest(secret, made, "sha256")
        return made.hex()

    def wrapped(self, stored: str, key_id: str) -> str:
        """What was stored under the key ``key_id`` as the newest, brought to the newest of now."""
        known = [key.key_id for key in self._keys]
        if key_id not in known:
            raise OnshiError(KEYS_WRONG, key=key_id)
        made = bytes.fromhex(stored)
        for key in self._keys[known.index(key_id) + 1 :]:
            made = hmac.digest(key.secret, made, "sha256")
        return made.hex()

    def digest(self) -> "hmac.HMAC":
        """A keyed digest for whole files: a plain one of a short file would give its number away."""
        return hmac.new(self._first, b"onshi.upload\x00", hashlib.sha256)
