"""The card room's test world: a guard with a clock of its own, a port, and a card of three lines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from edge.card.guard import TriesGuard
from edge.card.local import LocalCardPort, RawCard


class Clock:
    """A clock that stands still until told; starts at noon of 21 November 2026 in Japan."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **by: int) -> None:
        self.moment += timedelta(**by)


def guard(now: Callable[[], datetime] | None = None) -> TriesGuard:
    return TriesGuard(now=now or Clock(), random=lambda length: bytes(range(length)))


def port(card: RawCard | None = None, *, apdu_limit: float = 2.0, tries: TriesGuard | None = None) -> LocalCardPort:
    made = LocalCardPort("Test Reader", guard=tries or guard(), apdu_limit=apdu_limit)
    if card is not None:
        made.insert(card)
    return made


class Scripted:
    """A connection that gives prepared answers and keeps what it was sent."""

    extended = True
    atr = b"\x3b\x00"

    def __init__(self, *answers: str | bytes) -> None:
        self.answers = [bytes.fromhex(answer) if isinstance(answer, str) else answer for answer in answers]
        self.sent: list[bytes] = []
        self.closed = False

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.sent.append(bytes(command))
        return self.answers.pop(0)

    def close(self) -> None:
        self.closed = True
