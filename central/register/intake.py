"""How statements come into the register: register, correct, invalidate, relink; nothing is ever overwritten.

Used by whoever loads the register (the sandbox now, the insurers' upload later). One transaction is one recorded
moment: what it writes becomes known at once, and a reader of an earlier moment never sees any of it. Not for
reading answers (`service`).
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol

from central.register.entries import Entry, RecordKey, RowRef

Clock = Callable[[], datetime]
"""Gives the present moment, aware, UTC."""


class Intake(Protocol):
    """What may be done inside one transaction. Refusals are `OnshiError`; then nothing of it happened."""

    @property
    def moment(self) -> datetime:
        """The recorded moment of everything in this transaction."""
        ...

    async def register(self, entry: Entry) -> RowRef:
        """State something new. Order: insurer, person, certificate, tie (makes the record), then the rest.

        Refused: an overlap inside one insured record, an unknown insurer, person or record.
        """
        ...

    async def correct(self, ref: RowRef, entry: Entry) -> RowRef:
        """Close the old row's recorded interval and insert the new one (無効化 and registration in one)."""
        ...

    async def invalidate(self, ref: RowRef) -> None:
        """無効化: close the row's recorded interval. It stays readable as of earlier moments."""
        ...

    async def relink(self, record: RecordKey, person_id: str, *, on: date) -> RowRef:
        """Move the tie valid on that day, and all that hangs on it, to the right person."""
        ...


class RegisterIntakeContract(Protocol):
    """``RegisterIntake(store, clock)`` has exactly this."""

    def transaction(self) -> AbstractAsyncContextManager[Intake]: ...

    async def register(self, *entries: Entry) -> list[RowRef]:
        """All of them in one transaction, in the order given."""
        ...

    async def correct(self, ref: RowRef, entry: Entry) -> RowRef: ...

    async def invalidate(self, ref: RowRef) -> None: ...
