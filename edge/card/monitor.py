"""Watches one reader from inside its worker: card in, card out, reader unplugged, pcscd gone and back.

A thread with a context of its own. Contexts that saw pcscd end are dead; new ones are made until one lives. Facts:
`my-number-card` reference, section 8 (traps 5 and 6); pcsc-lite SCardGetStatusChange (event counter in the upper
half of the state, the ``PnP`` pseudo reader).
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from edge.card.pcsc import establish, list_readers, matching
from edge.card.port import ReaderState
from edge.card.wire import Presence
from protocol.errors import OnshiError, card

PLUG = "\\\\?PnP?\\Notification"
WAIT_MS = 500
"""How long one wait lasts at most; the worker's heartbeat."""
AGAIN = 0.1
"""Seconds between tries to reach pcscd."""


_log = logging.getLogger("edge.card.monitor")


class Monitor(threading.Thread):
    """Calls ``report`` for every change and ``beat`` at least once in `WAIT_MS`, in its own thread."""

    def __init__(
        self,
        api: Any,
        wanted: str,
        *,
        report: Callable[[Presence], None],
        beat: Callable[[], None],
        overheard: Callable[[], bool | None],
    ) -> None:
        super().__init__(name=f"monitor {wanted}", daemon=True)
        self._api = api
        self._wanted = wanted
        self._report = report
        self._beat = beat
        self._overheard = overheard
        self._stopping = threading.Event()
        self._told: Presence | None = None
        self._unseen = False

    def stop(self) -> None:
        """End within `WAIT_MS`."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            try:
                context = establish(self._api)
            except OnshiError as refused:
                self._tell(ReaderState.UNAVAILABLE, refused.fault.code)
                self._stopping.wait(AGAIN)
                continue
            try:
                if self._is_overheard():
                    self._tell(ReaderState.UNAVAILABLE, card.READER_OVERHEARD.code)
                    self._stopping.wait(WAIT_MS / 1000)
                else:
                    self._watch(context)
            except OnshiError as lost:
                self._tell(ReaderState.UNAVAILABLE, lost.fault.code)
            finally:
                self._api.SCardReleaseContext(context)

    def _is_overheard(self) -> bool:
        answer = self._overheard()
        if answer is None and not self._unseen:
            self._unseen = True
            _log.warning("pcscd cannot be seen from here: make sure that it runs without --apdu and --debug")
        return bool(answer)

    def _watch(self, context: Any) -> None:
        """Until pcscd is gone or `stop`."""
        api = self._api
        known: dict[str, int] = {PLUG: api.SCARD_STATE_UNAWARE}
        while not self._stopping.is_set():
            self._beat()
            names = matching(self._wanted, list_readers(api, context))
            known = {name: known.get(name, api.SCARD_STATE_UNAWARE) for name in (PLUG, *names)}
            code, events = api.SCardGetStatusChange(context, WAIT_MS, list(known.items()))
            if code == api.SCARD_E_TIMEOUT:
                self._settle(known)
                continue
            if code == api.SCARD_E_UNKNOWN_READER:
                continue  # it left between the list and the wait
            if code != api.SCARD_S_SUCCESS:
                raise OnshiError(card.READER_UNAVAILABLE, step="watch", pcsc=f"{code & 0xFFFFFFFF:08X}")
            for name, event, _ in events:
                if name != PLUG and self._swapped(known[name], event):
                    self._tell(ReaderState.EMPTY, None)
                known[name] = event & ~api.SCARD_STATE_CHANGED
            self._settle(known)

    def _swapped(self, before: int, now: int) -> bool:
        """Out and in again between two looks: still present, but the event counter went on by two."""
        present = self._api.SCARD_STATE_PRESENT
        return bool(before & present and now & present and (now >> 16) != (before >> 16))

    def _settle(self, known: dict[str, int]) -> None:
        states = [state for name, state in known.items() if name != PLUG]
        gone = self._api.SCARD_STATE_UNKNOWN | self._api.SCARD_STATE_UNAVAILABLE | self._api.SCARD_STATE_IGNORE
        here = [state for state in states if not state & gone]
        if not here:
            self._tell(ReaderState.UNAVAILABLE, card.READER_UNAVAILABLE.code)
        elif any(state & self._api.SCARD_STATE_PRESENT for state in here):
            self._tell(ReaderState.PRESENT, None)
        else:
            self._tell(ReaderState.EMPTY, None)

    def _tell(self, state: ReaderState, fault: str | None) -> None:
        presence = Presence(state=state, fault=fault)
        if presence != self._told:
            self._told = presence
            self._report(presence)
