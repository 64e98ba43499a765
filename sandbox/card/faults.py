"""Fault switches of the toy card: leave in mid-APDU, fall silent, be slow, answer garbage.

A switch stays set until the test clears it. Counts start again at each reset of the card.
"""

from dataclasses import dataclass


class CardEjected(ConnectionResetError):
    """The card is not in the reader (any more)."""


class CardSilent(TimeoutError):
    """The card would never answer this command; only taking it out ends the wait."""


@dataclass(frozen=True)
class When:
    """The ``at``-th command since reset (from 1), a given ``instruction`` byte, or both; neither = every one."""

    at: int | None = None
    instruction: int | None = None

    def matches(self, count: int, instruction: int) -> bool:
        return self.at in (None, count) and self.instruction in (None, instruction)


@dataclass
class Faults:
    """What goes wrong, and when. Times in milliseconds."""

    eject: When | None = None
    silence: When | None = None
    garbage_sw: When | None = None
    sw: int = 0x6F42
    """The status word that `garbage_sw` puts in place of the right one."""
    wrong_length: When | None = None
    cut: int = 1
    """How many bytes of data `wrong_length` takes away; negative adds so many zero bytes."""
    apdu_ms: float = 0.0
    byte_ms: float = 0.0
    """Per byte of command and response."""
    sign_ms: float = 0.0

    def delay(self, command: bytes, response: bytes) -> float:
        """Seconds that this exchange takes."""
        slow = self.apdu_ms + self.byte_ms * (len(command) + len(response))
        if len(command) > 1 and command[1] in (0x2A, 0x88):
            slow += self.sign_ms
        return slow / 1000

    def distort(self, count: int, instruction: int, response: bytes) -> bytes:
        """The response with its status word or its length spoiled."""
        data, sw = response[:-2], response[-2:]
        if self.garbage_sw and self.garbage_sw.matches(count, instruction):
            sw = self.sw.to_bytes(2, "big")
        if self.wrong_length and data and self.wrong_length.matches(count, instruction):
            data = data[: -self.cut] if self.cut > 0 else data + bytes(-self.cut)
        return data + sw
