"""Presence as channels and routes see it: challenges out, signed documents in, stored answers out.

HTTP and MQTT call the same four methods; nothing here knows a channel. Wired by the composition root.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from central.audit.journal import Journal
from central.db import Store
from central.disclosure.service import Disclosure
from central.facilities.device import Device
from central.presence.challenges import Challenge, Challenges
from central.presence.consents import Consents
from central.presence.statements import FORGET_ANSWERS, FORGET_CHALLENGES
from central.presence.visits import RegisterPort, Visits
from central.trust.service import Trust
from protocol.visit import ConsentAnswer, VisitAnswer

CONSENT_WINDOW = timedelta(minutes=10)
"""How long after a visit's answer its consent may come: the card is still in the reader."""
_MARGIN = timedelta(hours=1)
"""Spent challenges outlive their expiry by this, should the clock be set back."""


class Presence:
    """``ids`` gives a new row id, ``clock`` the present moment, aware."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        *,
        trust: Trust,
        register: RegisterPort,
        disclosure: Disclosure,
        challenges: Challenges,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        window: timedelta = CONSENT_WINDOW,
    ) -> None:
        self._store = store
        self._disclosure = disclosure
        self._clock = clock
        self._challenges = challenges
        self._visits = Visits(
            store, journal, register, trust=trust, challenges=challenges, clock=clock, ids=ids, window=window
        )
        self._consents = Consents(store, journal, disclosure, clock=clock, window=window)

    def challenges(self, device: Device, count: int, *, deferred: bool = False) -> list[Challenge]:
        """Fresh challenges for this device."""
        return self._challenges.issue(device.id, count, self._clock(), deferred=deferred)

    async def visit_bytes(self, device: Device, document: bytes) -> bytes:
        """The `VisitAnswer` of a `SignedDocument`, as the bytes that were hashed and stored. Raises `OnshiError`."""
        return await self._visits.answer(device, document)

    async def consent_bytes(self, device: Device, document: bytes) -> bytes:
        """The `ConsentAnswer` of a `SignedDocument`, likewise."""
        return await self._consents.answer(device, document)

    async def visit(self, device: Device, document: bytes) -> VisitAnswer:
        """As `visit_bytes`, decoded."""
        return msgspec.json.decode(await self.visit_bytes(device, document), type=VisitAnswer)

    async def consent(self, device: Device, document: bytes) -> ConsentAnswer:
        """As `consent_bytes`, decoded."""
        return msgspec.json.decode(await self.consent_bytes(device, document), type=ConsentAnswer)

    async def forget(self) -> None:
        """Drops stored answers and spent challenges that nobody may ask for again. Call it now and then."""
        now = self._clock()
        async with self._store.transaction() as transaction:
            await transaction.run(FORGET_ANSWERS, now=now)
            await transaction.run(FORGET_CHALLENGES, now=now - _MARGIN)
        await self._disclosure.forget(now)
