"""The virtual My Number Card: bytes in, bytes out, with power, presence, faults and a trace.

Not a transport: `sandbox.card.vpcd` puts it on a virtual reader, tests call `VirtualCard.transmit` themselves.
One thread at a time. Counters of credentials live as long as the object and so survive re-insertion.
"""

import os
import time
from collections.abc import Callable, Iterable

from sandbox.card.apdu import Refused, parse
from sandbox.card.faults import CardEjected, CardSilent, Faults
from sandbox.card.instructions import CARRIES_SECRET, State, dispatch
from sandbox.card.model import Application, Secret

CONTACT_ATR = bytes.fromhex("3BE000FF8131FE4514")
"""The contact interface's ATR, the one that OpenSC matches."""
CONTACTLESS_ATR = bytes.fromhex("3B8880010000 05E0B381A1007F")
"""One of the ATRs that readers synthesise from the Type B answer."""
DRIVING_LICENCE_ATR = bytes.fromhex("3B888001000000009181C100D8")
"""Type B as well, and not a My Number Card."""

ISD = bytes.fromhex("A0000001510000")


class VirtualCard:
    """A card in memory. ``transmit`` takes a command APDU and gives response data with SW1 SW2.

    Raises `CardEjected` (a `ConnectionResetError`) when the card is not there and `CardSilent` (a
    `TimeoutError`) where a real card would never answer.
    """

    def __init__(
        self,
        applications: Iterable[Application],
        *,
        atr: bytes = CONTACT_ATR,
        random: Callable[[int], bytes] = os.urandom,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.atr = atr
        self.applications = {application.aid: application for application in applications}
        self.trace: list[bytes] = []
        """Header and data of every command since the card was made; what a PIN command carries is masked."""
        self.touched: list[tuple[str, int]] = []
        """(application name, file id) of every file that was selected or addressed by its short id."""
        self.faults = Faults()
        self.present = True
        self._random = random
        self._sleep = sleep
        self._count = 0
        self._state = self._fresh()

    def _fresh(self) -> State:
        power_on = self.applications.get(ISD) or Application(ISD, "none")
        return State(self.applications, power_on, power_on, self._random, self.touched)

    def reset(self) -> None:
        """Power-on or warm reset: no application, no file, no credential shown. Counters stay."""
        self._count = 0
        self._state = self._fresh()

    def eject(self) -> None:
        self.present = False
        self.reset()

    def insert(self) -> None:
        self.present = True
        self.reset()

    def secret(self, application: str, fid: int) -> Secret:
        """A credential by application name and file id, for tests that set or look at its counter."""
        for candidate in self.applications.values():
            found = candidate.files.get(fid)
            if candidate.name == application and isinstance(found, Secret):
                return found
        raise LookupError(f"no credential {fid:04X} in {application}")

    def transmit(self, command: bytes) -> bytes:
        """One exchange. See the class for what it raises."""
        if not self.present:
            raise CardEjected
        self._count += 1
        instruction = command[1] if len(command) > 1 else 0
        self.trace.append(_masked(command))
        if self.faults.silence and self.faults.silence.matches(self._count, instruction):
            raise CardSilent
        if self.faults.eject and self.faults.eject.matches(self._count, instruction):
            self.eject()
            raise CardEjected
        response = self.faults.distort(self._count, instruction, self._answer(command))
        delay = self.faults.delay(command, response)
        if delay:
            self._sleep(delay)
        return response

    def _answer(self, raw: bytes) -> bytes:
        try:
            return dispatch(self._state, parse(raw)) + b"\x90\x00"
        except Refused as refused:
            return refused.sw.to_bytes(2, "big")


def _masked(raw: bytes) -> bytes:
    """Header and data for the trace; credentials become asterisks of the same length."""
    try:
        command = parse(raw)
    except Refused:
        secret = len(raw) > 1 and raw[1] in CARRIES_SECRET
        return raw[:4] + b"*" * len(raw[4:]) if secret else raw
    if command.ins in CARRIES_SECRET:
        return command.header + b"*" * len(command.data)
    return command.header + command.data
