"""Command and response APDUs, status words by name, and the generic 61xx/6Cxx conversation.

Knows no application of the card and no reader. Facts: ISO/IEC 7816-3 12.1 (cases 1-4, short and extended),
ISO/IEC 7816-4 5.6; status words as surveyed on test cards (`my-number-card` reference, section 3).
"""

import logging
from dataclasses import dataclass
from enum import IntEnum

from edge.card.connection import CardConnection
from protocol.errors import OnshiError, card

TRAFFIC = 5
"""Log level below DEBUG: one line per APDU with its header, lengths and status word.

Contents never appear: a command's data is shown only for SELECT, an answer's never, because what a card
answers is a person.
"""
logging.addLevelName(TRAFFIC, "TRAFFIC")
_log = logging.getLogger("edge.card.apdu")

LONGEST_ANSWER = 65536
"""Bytes of response data of one command, over all GET RESPONSE rounds."""
MOST_ROUNDS = LONGEST_ANSWER // 256 + 1
"""GET RESPONSE rounds of one command; a card that drips single bytes is cut off."""


class INS(IntEnum):
    """Instructions that this project sends; there are no others."""

    VERIFY = 0x20
    COMPUTE_SIGNATURE = 0x2A
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    GET_RESPONSE = 0xC0


class SW(IntEnum):
    """Status words that have a meaning to us. Families (61xx, 63Cx, 6Cxx) are read by `Response`."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    TRIES_UNLIMITED = 0x6300
    WRONG_LENGTH = 0x6700
    INCOMPATIBLE_FILE = 0x6981
    SECURITY_STATUS = 0x6982
    BLOCKED_ISO = 0x6983
    BLOCKED = 0x6984
    CONDITIONS = 0x6985
    NO_CURRENT_FILE = 0x6986
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    WRONG_P1P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    OUTSIDE_FILE = 0x6B00
    NO_INSTRUCTION = 0x6D00
    NO_CLASS = 0x6E00
    NO_DIAGNOSIS = 0x6F00


@dataclass(frozen=True)
class Command:
    """One command. ``data`` may be a ``bytearray`` (a secret, zeroed by its owner). ``le``: 1..65536, or None."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes | bytearray = b""
    le: int | None = None

    def encode(self) -> bytearray:
        """The bytes to send: short where it fits, extended where data or Le need it (ISO 7816-3 12.1.3).

        A fresh ``bytearray``, so that whoever sends a secret can zero it afterwards.
        """
        if len(self.data) > 65535 or (self.le is not None and not 1 <= self.le <= 65536):
            raise ValueError("APDU out of range")
        extended = len(self.data) > 255 or (self.le or 0) > 256
        raw = bytearray((self.cla, self.ins, self.p1, self.p2))
        if extended:
            raw.append(0)
            if self.data:
                raw += len(self.data).to_bytes(2, "big")
        elif self.data:
            raw.append(len(self.data))
        raw += self.data
        if self.le is not None:
            raw += (self.le % 65536).to_bytes(2, "big") if extended else bytes([self.le % 256])
        return raw


@dataclass(frozen=True)
class Response:
    """Response data and status word."""

    data: bytes
    sw: int

    @property
    def ok(self) -> bool:
        return self.sw == SW.OK

    @property
    def tries_left(self) -> int | None:
        """The counter of 63Cx; None for any other status word."""
        return self.sw & 0x0F if self.sw & 0xFFF0 == 0x63C0 else None


class UnexpectedStatus(OnshiError):
    """The card answered a status word that this step does not know; told as a garbled answer."""

    def __init__(self, step: str, sw: int) -> None:
        super().__init__(card.GARBLED, step=step, sw=f"{sw:04X}")
        self.sw = sw


def exchange(connection: CardConnection, command: Command) -> Response:
    """Send a command and give its whole answer.

    Follows 61xx with GET RESPONSE and repeats once with the Le that 6Cxx names; some readers and all T=0 paths
    need it. A VERIFY is never sent twice. Raises `OnshiError`: what the connection raises, or `card.GARBLED`.
    """
    response = _once(connection, command)
    if response.sw >> 8 == 0x6C and command.le is not None:
        again = Command(command.cla, command.ins, command.p1, command.p2, command.data, response.sw & 0xFF or 256)
        response = _once(connection, again)
    if response.sw >> 8 != 0x61:
        return response
    data = bytearray(response.data)
    for _ in range(MOST_ROUNDS):
        more = Command(command.cla & 0x0F, INS.GET_RESPONSE, 0, 0, le=response.sw & 0xFF or 256)
        response = _once(connection, more)
        data += response.data
        if response.sw >> 8 != 0x61:
            return Response(bytes(data), response.sw)
        if len(data) > LONGEST_ANSWER or not response.data:
            break
    raise OnshiError(card.GARBLED, step="GET RESPONSE")


def _once(connection: CardConnection, command: Command) -> Response:
    raw = command.encode()
    try:
        answer = connection.transmit(raw)
    finally:
        if command.ins == INS.VERIFY:
            raw[:] = bytes(len(raw))
    if len(answer) < 2:
        raise OnshiError(card.GARBLED, step=f"{command.ins:02X}", length=len(answer))
    response = Response(answer[:-2], int.from_bytes(answer[-2:], "big"))
    if _log.isEnabledFor(TRAFFIC):
        _log.log(TRAFFIC, "%s -> %d bytes %04X", describe(command), len(response.data), response.sw)
    return response


def describe(command: Command) -> str:
    """A command as it may stand in a log: header, length, Le; data only of SELECT."""
    head = f"{command.cla:02X} {command.ins:02X} {command.p1:02X} {command.p2:02X}"
    data = ""
    if command.data:
        shown = command.data.hex().upper() if command.ins == INS.SELECT else "*" * 4
        data = f" {len(command.data):02X} {shown}"
    return head + data + (f" Le={command.le}" if command.le is not None else "")
