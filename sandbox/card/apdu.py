"""Command APDUs as the toy card reads them, and the status words it answers with.

Not the appliance's APDU code, on purpose: two independent readings of ISO/IEC 7816-3 and -4 (cases 1-4, short
and extended) meet in the tests. Status words: what surveys of test cards saw (`my-number-card` reference, 3).
"""

from dataclasses import dataclass
from enum import IntEnum


class SW(IntEnum):
    """Status words of the card."""

    OK = 0x9000
    COUNTER = 0x63C0
    """Plus the tries that are left."""
    UNLIMITED = 0x6300
    WRONG_LENGTH = 0x6700
    NO_CHANNEL = 0x6881
    NO_SECURE_MESSAGING = 0x6882
    INCOMPATIBLE_FILE = 0x6981
    NOT_ALLOWED = 0x6982
    BLOCKED = 0x6984
    CONDITIONS = 0x6985
    NO_CURRENT_FILE = 0x6986
    SECURE_MESSAGING_OBJECTS = 0x69FC
    NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    WRONG_P1P2 = 0x6A86
    NO_DATA_OBJECT = 0x6A88
    OUTSIDE_FILE = 0x6B00
    NO_INSTRUCTION = 0x6D00
    NO_CLASS = 0x6E00


class Refused(Exception):
    """A status word other than 9000; the card turns it into the answer."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True)
class Command:
    """One command APDU. ``le`` is None without Le, else 1..65536 (``00`` = 256, ``0000`` = 65536)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def header(self) -> bytes:
        return bytes((self.cla, self.ins, self.p1, self.p2))


def parse(raw: bytes) -> Command:
    """Read cases 1 to 4, short and extended (ISO/IEC 7816-3, 12.1.3); refuses other lengths with 6700."""
    if len(raw) < 4:
        raise Refused(SW.WRONG_LENGTH)
    cla, ins, p1, p2 = raw[:4]
    data, le = _short(raw[4:]) if len(raw) < 6 or raw[4] else _extended(raw[5:])
    return Command(cla, ins, p1, p2, data, le)


def _short(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or 256
    lc, rest = body[0], body[1:]
    if len(rest) == lc:
        return rest, None
    if len(rest) == lc + 1:
        return rest[:lc], rest[lc] or 256
    raise Refused(SW.WRONG_LENGTH)


def _extended(body: bytes) -> tuple[bytes, int | None]:
    if len(body) < 2:
        raise Refused(SW.WRONG_LENGTH)
    first, rest = int.from_bytes(body[:2], "big"), body[2:]
    if not rest:
        return b"", first or 65536
    if first and len(rest) == first:
        return rest, None
    if first and len(rest) == first + 2:
        return rest[:first], int.from_bytes(rest[first:], "big") or 65536
    raise Refused(SW.WRONG_LENGTH)
