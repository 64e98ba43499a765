"""Numbers of the invented world, drawn from its seed: the same seed and name give the same digits for ever.

Not for keys: those are made once with real randomness and kept (`sandbox.world.keys`).
Facts: check digit of 個人番号: `data-formats` reference 1.4.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Draw:
    """Draws by name; ``seed`` is the world's."""

    seed: str

    def _stream(self, *name: str) -> bytes:
        return hashlib.shake_256("\x1f".join((self.seed, *name)).encode()).digest(64)

    def digits(self, count: int, *name: str) -> str:
        """Decimal digits, at most 40."""
        return str(int.from_bytes(self._stream(*name), "big")).zfill(160)[-count:]

    def hexadecimal(self, count: int, *name: str) -> str:
        """Lower-case hexadecimal digits, at most 128."""
        return self._stream(*name).hex()[:count]

    def serial(self, *name: str) -> int:
        """A certificate serial of four bytes, positive and without a leading zero byte."""
        return int.from_bytes(self._stream(*name)[:4], "big") % 0x7E00_0000 + 0x0100_0000

    def number(self, below: int, *name: str) -> int:
        return int.from_bytes(self._stream(*name), "big") % below

    def pin(self, *name: str) -> str:
        """Four digits."""
        return self.digits(4, *name)

    def password(self, *name: str) -> str:
        """Eight upper-case letters and digits: 署名用 password."""
        alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        return "".join(alphabet[byte % len(alphabet)] for byte in self._stream(*name)[:8])

    def individual_number(self, *name: str) -> str:
        """Twelve digits whose check digit is **wrong** by one, so that it can be nobody's 個人番号."""
        body = self.digits(11, *name)
        total = sum(
            int(digit) * (place + 1 if place <= 6 else place - 5) for place, digit in enumerate(reversed(body), start=1)
        )
        right = 0 if total % 11 <= 1 else 11 - total % 11
        return body + str((right + 1) % 10)
