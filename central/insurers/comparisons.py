"""What a mismatch is about: a line's five items beside those of the resident register, for the insurer's officer.

Kept only while the work item is open, and sealed with a key that the importer's process alone has: the register's
tables never hold what the resident register says. Not the judgement itself (`identity`).
"""

import base64
import hmac
import os
from binascii import Error
from collections.abc import Callable

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from central.insurers.identity import Resident
from central.insurers.spool import Spool

_NONCE = 12


def sealing_key(spool: Spool) -> bytes:
    """The key for comparisons, derived from the spool's."""
    return spool.key_for("comparison")


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides. ``resident`` None: nobody has that number."""

    stated: Resident
    resident: Resident | None = None


class Comparisons:
    """Seals and opens comparisons with a key of `sealing_key`; what was sealed with another cannot be opened."""

    def __init__(self, key: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        self._cipher, self._key, self._random = AESGCM(key), key, random
        self._decoder = msgspec.json.Decoder(Comparison)

    def seal(self, insurer: str, compared: Comparison) -> tuple[str, str]:
        """A keyed digest (64 hexadecimal digits: the same for the same two sides) and the sealed text."""
        content, nonce = msgspec.json.encode(compared), self._random(_NONCE)
        digest = hmac.digest(self._key, insurer.encode() + b"\x00" + content, "sha256").hex()
        sealed = nonce + self._cipher.encrypt(nonce, content, insurer.encode())
        return digest, base64.b64encode(sealed).decode("ascii")

    def open(self, insurer: str, sealed: str) -> Comparison | None:
        """What was sealed; None where it was sealed under another key or for another insurer."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._decoder.decode(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], insurer.encode()))
        except (Error, InvalidTag, ValueError):
            return None
