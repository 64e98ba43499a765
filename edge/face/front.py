"""Where 照合番号B comes from, which opens the photo: typed by the clerk. Reading it off the front: `edge.ocr.seen`."""

from typing import Protocol

from edge.face.words import NUMBER_B
from edge.visit.desk import Desk, PrintedQuestion
from edge.visit.talk import Talk


class CardFront(Protocol):
    """A way to the fourteen printed digits."""

    async def start(self) -> None:
        """Returns at once; what has to be loaded is loaded behind."""
        ...

    async def stop(self) -> None: ...

    async def number_b(self, talk: Talk, attempt: int) -> bytearray | None:
        """Fourteen ASCII digits, to be zeroed by the caller; None: not this way.

        ``attempt`` counts from 0; it grows when the card refused what was given before. Raises `OnshiError` with the
        card gone or nobody at the desk.
        """
        ...


class TypedFront:
    """The clerk types what is printed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def start(self) -> None:
        """Nothing to load."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def number_b(self, talk: Talk, attempt: int) -> bytearray | None:
        entry = await talk.ask(NUMBER_B, self._desk.ask_printed(PrintedQuestion(said=NUMBER_B)))
        if entry is None:
            return None
        if entry.birth is not None:
            entry.birth[:] = bytes(len(entry.birth))
        return entry.number_b if entry.number_b is not None else bytearray()
