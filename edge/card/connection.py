"""A card as a pipe of bytes: what the card core asks of whatever stands below it.

Nothing here knows PC/SC or a virtual card; `edge.card.pcsc` and `edge.card.local` implement it.
"""

from typing import Protocol


class CardConnection(Protocol):
    """One powered card, used by one thread.

    Every method raises `protocol.errors.OnshiError` with a fault of `protocol.errors.card`; after the first one
    the connection is of no further use.
    """

    atr: bytes
    """Answer to reset; told to the vendor, never used to recognise a card."""
    extended: bool
    """Whether the reader passes extended-length APDUs."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command APDU and give the answer with its status word (two bytes at least)."""
        ...

    def close(self) -> None:
        """Reset the card and let go; safe to call twice."""
        ...
