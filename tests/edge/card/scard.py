"""A stand-in for pyscard's module: the functions and codes that this room uses, over virtual cards.

It behaves as pcsc-lite was measured to: dead contexts after a restart, an event counter in the upper half of a
state, an uninitialised buffer after a failed transmit.
"""

# ruff: noqa: N802 - the names are pyscard's

import threading
import time
from typing import Any

from sandbox.card import CardEjected, CardSilent, VirtualCard


class FakeScard:
    SCARD_S_SUCCESS = 0
    SCARD_E_INVALID_HANDLE = -2146435069
    SCARD_E_TIMEOUT = -2146435062
    SCARD_E_SHARING_VIOLATION = -2146435061
    SCARD_E_NO_SMARTCARD = -2146435060
    SCARD_E_PROTO_MISMATCH = -2146435057
    SCARD_E_UNKNOWN_READER = -2146435063
    SCARD_E_READER_UNAVAILABLE = -2146435049
    SCARD_E_NO_SERVICE = -2146435043
    SCARD_E_SERVICE_STOPPED = -2146435042
    SCARD_E_NO_READERS_AVAILABLE = -2146435026
    SCARD_W_UNSUPPORTED_CARD = -2146434971
    SCARD_W_UNRESPONSIVE_CARD = -2146434970
    SCARD_W_UNPOWERED_CARD = -2146434969
    SCARD_W_RESET_CARD = -2146434968
    SCARD_W_REMOVED_CARD = -2146434967
    SCARD_SCOPE_SYSTEM = 2
    SCARD_SHARE_EXCLUSIVE = 1
    SCARD_PROTOCOL_T0 = 1
    SCARD_PROTOCOL_T1 = 2
    SCARD_PCI_T0 = "t0"
    SCARD_PCI_T1 = "t1"
    SCARD_RESET_CARD = 1
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_IGNORE = 1
    SCARD_STATE_CHANGED = 2
    SCARD_STATE_UNKNOWN = 4
    SCARD_STATE_UNAVAILABLE = 8
    SCARD_STATE_EMPTY = 0x10
    SCARD_STATE_PRESENT = 0x20

    def __init__(self, *names: str) -> None:
        self.cards: dict[str, VirtualCard | None] = dict.fromkeys(names)
        self.counters: dict[str, int] = dict.fromkeys(names, 0)
        self.running = True
        self.busy = 0
        """How many more connects are told that somebody else has the card."""
        self.protocol = self.SCARD_PROTOCOL_T1
        self.connect_code = 0
        self.status_code = 0
        self.transmit_code = 0
        self.disconnects: list[int] = []
        self.contexts: set[object] = set()
        self.held: dict[object, str] = {}
        self.features: list[int] | None = None
        self.properties: list[int] = []
        self.changed = threading.Condition()
        self.unstick = threading.Event()
        """Ends a transmit that hangs."""

    # What a test does to the world.

    def insert(self, name: str, card: VirtualCard) -> None:
        with self.changed:
            card.insert()
            self.cards[name] = card
            self.counters[name] += 1
            self.changed.notify_all()

    def eject(self, name: str) -> None:
        with self.changed:
            card = self.cards[name]
            if card is not None:
                card.eject()
            self.cards[name] = None
            self.counters[name] += 1
            self.changed.notify_all()

    def unplug(self, name: str) -> None:
        with self.changed:
            del self.cards[name]
            self.changed.notify_all()

    def plug(self, name: str) -> None:
        with self.changed:
            self.cards[name] = None
            self.counters.setdefault(name, 0)
            self.changed.notify_all()

    def stop(self) -> None:
        with self.changed:
            self.running = False
            self.contexts.clear()
            self.held.clear()
            self.changed.notify_all()

    def start(self) -> None:
        with self.changed:
            self.running = True

    # What pyscard gives.

    def SCardEstablishContext(self, scope: int) -> tuple[int, object]:
        if not self.running:
            return self.SCARD_E_NO_SERVICE, None
        context = object()
        self.contexts.add(context)
        return 0, context

    def SCardReleaseContext(self, context: object) -> int:
        self.contexts.discard(context)
        return 0

    def SCardListReaders(self, context: object, groups: list[str]) -> tuple[int, list[str]]:
        if context not in self.contexts:
            return self.SCARD_E_SERVICE_STOPPED, []
        if not self.cards:
            return self.SCARD_E_NO_READERS_AVAILABLE, []
        return 0, list(self.cards)

    def _state(self, name: str) -> int:
        if name not in self.cards:
            return self.SCARD_STATE_UNKNOWN
        here = self.SCARD_STATE_EMPTY if self.cards[name] is None else self.SCARD_STATE_PRESENT
        return here | self.counters[name] << 16

    def SCardGetStatusChange(
        self, context: object, timeout: int, wanted: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        until = time.monotonic() + timeout / 1000
        plugged = set(self.cards)
        with self.changed:
            while True:
                if context not in self.contexts:
                    return self.SCARD_E_SERVICE_STOPPED, []
                events, news = [], set(self.cards) != plugged
                for name, known in wanted:
                    if name.startswith("\\\\?PnP"):
                        continue
                    state = self._state(name)
                    news = news or state != known
                    events.append((name, state | self.SCARD_STATE_CHANGED * (state != known), [0x3B]))
                if news:
                    return 0, events
                left = until - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    return self.SCARD_E_TIMEOUT, events

    def SCardConnect(self, context: object, name: str, share: int, protocols: int) -> tuple[int, object, int]:
        if self.connect_code:
            return self.connect_code, None, 0
        if self.busy or name in self.held.values():
            self.busy = max(0, self.busy - 1)
            return self.SCARD_E_SHARING_VIOLATION, None, 0
        card = self.cards.get(name)
        if card is None:
            return self.SCARD_E_NO_SMARTCARD, None, 0
        handle = object()
        card.reset()
        self.held[handle] = name
        return 0, handle, self.protocol

    def SCardStatus(self, handle: object) -> tuple[int, str, int, int, list[int]]:
        card = self.cards.get(self.held.get(handle, ""))
        if self.status_code or card is None:
            return self.status_code or self.SCARD_W_REMOVED_CARD, "", 0, 0, []
        return 0, self.held[handle], 0, self.protocol, list(card.atr)

    def SCardControl(self, handle: object, code: int, data: list[int]) -> tuple[int, list[int]]:
        if self.features is None:
            return self.SCARD_E_INVALID_HANDLE, []
        return 0, self.features if code == 0x42000000 + 3400 else self.properties

    def SCardTransmit(self, handle: object, pci: object, command: list[int]) -> tuple[int, Any]:
        rubbish = list(b"\xde\xad" * 100)
        card = self.cards.get(self.held.get(handle, ""))
        if handle not in self.held:
            return self.SCARD_E_INVALID_HANDLE, rubbish
        if self.transmit_code or card is None:
            return self.transmit_code or self.SCARD_W_REMOVED_CARD, rubbish
        try:
            return 0, list(card.transmit(bytes(command)))
        except CardEjected:
            self.eject(self.held[handle])
            return 0, []
        except CardSilent:
            self.unstick.wait(30)
            return self.SCARD_W_REMOVED_CARD, rubbish

    def SCardDisconnect(self, handle: object, how: int) -> int:
        self.disconnects.append(how)
        name = self.held.pop(handle, None)
        card = self.cards.get(name or "")
        if card is not None:
            card.reset()
        return 0
