"""The outermost ring: PC/SC through pyscard's plain functions. Everything here runs in a reader's worker process.

Exclusive while a session lasts, reset when it ends, every failed call ends the session. Facts: `my-number-card`
reference, section 8 (traps 3, 5 and 6), PC/SC Workgroup part 10 (reader features).
"""

import re
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from protocol.errors import Fault, OnshiError, card

BUSY_FOR = 0.5
"""Seconds for which another client's short look at a card is waited out."""
_BUSY_PAUSE = 0.05
_GET_FEATURES = 0x42000000 + 3400
_FEATURE_PROPERTIES = 0x12
_PROPERTY_LONGEST_APDU = 0x0A
_INSTANCE = re.compile(r" [0-9A-F]{2} [0-9A-F]{2}$")


def load() -> ModuleType:
    """pyscard's functions. Raises `OnshiError` (`card.READER_SOFTWARE_MISSING`)."""
    try:
        from smartcard import scard
    except ImportError as missing:
        raise OnshiError(card.READER_SOFTWARE_MISSING, reason=missing.name or "library") from None
    module: ModuleType = scard
    return module


def fault_of(api: Any, code: int) -> Fault:
    """The catalogue's word for a PC/SC return code."""
    return {
        api.SCARD_W_REMOVED_CARD: card.REMOVED,
        api.SCARD_W_RESET_CARD: card.REMOVED,
        api.SCARD_E_NO_SMARTCARD: card.NOT_RECOGNISED,
        api.SCARD_W_UNRESPONSIVE_CARD: card.NOT_RECOGNISED,
        api.SCARD_W_UNPOWERED_CARD: card.NOT_RECOGNISED,
        api.SCARD_W_UNSUPPORTED_CARD: card.NOT_RECOGNISED,
        api.SCARD_E_PROTO_MISMATCH: card.NOT_RECOGNISED,
        api.SCARD_E_SHARING_VIOLATION: card.READER_BUSY,
        api.SCARD_E_UNKNOWN_READER: card.READER_UNAVAILABLE,
        api.SCARD_E_READER_UNAVAILABLE: card.READER_UNAVAILABLE,
        api.SCARD_E_NO_READERS_AVAILABLE: card.READER_UNAVAILABLE,
        api.SCARD_E_NO_SERVICE: card.READER_UNAVAILABLE,
        api.SCARD_E_SERVICE_STOPPED: card.READER_UNAVAILABLE,
        api.SCARD_E_INVALID_HANDLE: card.READER_UNAVAILABLE,
    }.get(code, card.REMOVED)


def error_of(api: Any, code: int, step: str) -> OnshiError:
    return OnshiError(fault_of(api, code), step=step, pcsc=f"{code & 0xFFFFFFFF:08X}")


def matching(wanted: str, names: Sequence[str]) -> list[str]:
    """The reader of that name, else every slot of the device so named, else of the first one that so begins.

    pcscd ends names with two numbers (device, slot); a device plugged in again may get another first one, and a
    device with a contact and a contactless slot has two names. An empty name is the first reader.
    """
    if wanted in names:
        return [wanted]
    devices = {name: _INSTANCE.sub("", name) for name in names}
    device = _INSTANCE.sub("", wanted)
    if device not in devices.values():
        device = next((found for name, found in sorted(devices.items()) if name.startswith(wanted)), device)
    return [name for name, found in devices.items() if found == device]


def list_readers(api: Any, context: Any) -> list[str]:
    """All readers that pcscd knows. Raises `OnshiError`."""
    code, names = api.SCardListReaders(context, [])
    if code == api.SCARD_E_NO_READERS_AVAILABLE:
        return []
    if code != api.SCARD_S_SUCCESS:
        raise error_of(api, code, "list")
    return list(names)


def establish(api: Any) -> Any:
    """A context. A context that saw pcscd end is dead for good; make another one. Raises `OnshiError`."""
    code, context = api.SCardEstablishContext(api.SCARD_SCOPE_SYSTEM)
    if code != api.SCARD_S_SUCCESS:
        raise error_of(api, code, "establish")
    return context


def connect(api: Any, wanted: str, pause: Callable[[float], None]) -> "PcscConnection":
    """Power the card on the reader and hold it exclusively.

    Raises `OnshiError`: no reader, no card, several cards, held by another program, not recognised.
    """
    context = establish(api)
    try:
        names = matching(wanted, list_readers(api, context))
        if not names:
            raise OnshiError(card.READER_UNAVAILABLE, step="connect")
        code, states = api.SCardGetStatusChange(context, 0, [(name, api.SCARD_STATE_UNAWARE) for name in names])
        if code not in (api.SCARD_S_SUCCESS, api.SCARD_E_TIMEOUT):
            raise error_of(api, code, "state")
        present = [name for name, event, _ in states if event & api.SCARD_STATE_PRESENT]
        if not present:
            raise OnshiError(card.NOT_RECOGNISED, step="connect")
        if len(present) > 1:
            raise OnshiError(card.SEVERAL_CARDS, readers=len(present))
        waited = 0.0
        while True:
            code, handle, protocol = api.SCardConnect(
                context,
                present[0],
                api.SCARD_SHARE_EXCLUSIVE,
                api.SCARD_PROTOCOL_T0 | api.SCARD_PROTOCOL_T1,
            )
            if code != api.SCARD_E_SHARING_VIOLATION or waited >= BUSY_FOR:
                break
            pause(_BUSY_PAUSE)
            waited += _BUSY_PAUSE
        if code != api.SCARD_S_SUCCESS:
            raise error_of(api, code, "connect")
        return PcscConnection(api, context, handle, protocol)
    except BaseException:
        api.SCardReleaseContext(context)
        raise


class PcscConnection:
    """A card held exclusively; `edge.card.connection.CardConnection`."""

    def __init__(self, api: Any, context: Any, handle: Any, protocol: int) -> None:
        self._api = api
        self._context = context
        self._handle = handle
        self._pci = api.SCARD_PCI_T0 if protocol == api.SCARD_PROTOCOL_T0 else api.SCARD_PCI_T1
        self._closed = False
        self._ended: OnshiError | None = None
        code, _, _, _, atr = api.SCardStatus(handle)
        if code != api.SCARD_S_SUCCESS:
            error = error_of(api, code, "status")
            self.close()
            raise error
        self.atr = bytes(atr)
        self.extended = protocol != api.SCARD_PROTOCOL_T0 and _takes_extended(api, handle)

    def transmit(self, command: bytes | bytearray) -> bytes:
        if self._ended is not None:
            raise self._ended
        if self._closed:
            raise OnshiError(card.SESSION_ENDED)
        # The list holds shared small integers, so zeroing it would zero nothing; the caller zeroes the bytes.
        code, answer = self._api.SCardTransmit(self._handle, self._pci, list(command))
        # After an error pyscard hands over an uninitialised buffer: the code is looked at first, always.
        if code != self._api.SCARD_S_SUCCESS:
            self._ended = error_of(self._api, code, "transmit")
        elif not answer:
            # vpcd and some readers report a card that left in mid-command as success with nothing.
            self._ended = OnshiError(card.REMOVED, step="transmit")
        if self._ended is not None:
            raise self._ended
        return bytes(answer)

    def close(self) -> None:
        """Reset the card: left powered, the next program on this machine could sign without a PIN (trap 3)."""
        if self._closed:
            return
        self._closed = True
        self._api.SCardDisconnect(self._handle, self._api.SCARD_RESET_CARD)
        self._api.SCardReleaseContext(self._context)


def _takes_extended(api: Any, handle: Any) -> bool:
    """Whether the reader passes extended APDUs; yes, unless its properties name a shorter longest one."""
    code, features = api.SCardControl(handle, _GET_FEATURES, [])
    if code != api.SCARD_S_SUCCESS:
        return True
    control = _simple_tlv(features).get(_FEATURE_PROPERTIES)
    if control is None:
        return True
    code, properties = api.SCardControl(handle, int.from_bytes(control, "big"), [])
    longest = _simple_tlv(properties).get(_PROPERTY_LONGEST_APDU) if code == api.SCARD_S_SUCCESS else None
    # Part 10 gives the number in little endian; 0 stands for short APDUs only.
    return longest is None or int.from_bytes(longest, "little") > 261


def _simple_tlv(raw: Sequence[int]) -> dict[int, bytes]:
    """Tag, length, value of one byte, one byte, that many; what is cut off is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 2 <= len(raw) and at + 2 + raw[at + 1] <= len(raw):
        found[raw[at]] = bytes(raw[at + 2 : at + 2 + raw[at + 1]])
        at += 2 + raw[at + 1]
    return found
