"""Visits as they end, for clinic software that asks over the local API, and kept sealed for a replay of their file.

Numbers grow with time and survive a restart; what is older than the clinic's stay time is deleted. The folder's
face file is `faces`; this stands before it and never holds it up. Facts: reference clinic-interface 2.2 (relay).
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.clinic.faces import FaceFolder
from edge.uplink.sealed import BrokenSeal, SealedFolder
from edge.visit import message as answer_tree
from protocol.errors import OnshiError, clinic
from protocol.visit import Moment

log = structlog.get_logger("onshi.clinic")

MOST = 1000
"""Visits kept at once; more than a reader can see in a day."""
_NAME = re.compile(r"[0-9]{15}\.visit")


class VisitEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One finished visit. ``number`` orders them; ``message`` is the XmlMsg that the face file has."""

    number: int
    visit: str
    at: Moment
    message: dict[str, Any]


class VisitFeed:
    """All visits of the stay time. ``kept`` None: in memory only."""

    def __init__(self, kept: SealedFolder | None, *, clock: Callable[[], datetime], stay: timedelta) -> None:
        self._kept = kept
        self._clock = clock
        self._stay = stay
        self._news = asyncio.Condition()
        self._events: list[VisitEvent] = []
        if kept is not None:
            self._events = _loaded(kept)
            self._forget()

    async def publish(self, message: dict[str, Any], *, visit: str, at: datetime) -> None:
        """Tell everybody who waits, and keep it; a visit that is there is not told again."""
        if any(event.visit == visit for event in self._events):
            return
        last = self._events[-1].number if self._events else 0
        number = max(last + 1, int(at.timestamp() * 1000))
        event = VisitEvent(number=number, visit=visit, at=at, message=message)
        self._events.append(event)
        if self._kept is not None:
            try:
                await asyncio.to_thread(self._kept.write, _name(event), msgspec.json.encode(event))
            except OnshiError as refused:  # the disk: the visit itself goes on
                log.error("visit_not_kept", visit=visit, fault=refused.fault.code)
        self._forget()
        async with self._news:
            self._news.notify_all()

    def since(self, number: int) -> list[VisitEvent]:
        """Visits after that one, oldest first."""
        return [event for event in self._events if event.number > number]

    async def wait(self, number: int, seconds: float) -> list[VisitEvent]:
        """As `since`, but waits for the first one up to ``seconds``."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: bool(self.since(number)))
        except TimeoutError:
            return []
        return self.since(number)

    def find(self, visit: str) -> VisitEvent:
        """By id, or a beginning of it that fits one only; raises ``CLINIC-040``."""
        return _found(self._events, visit)

    def _forget(self) -> None:
        """What is too old goes, and what is too much."""
        limit = self._clock() - self._stay
        gone = self._events[:-MOST] + [event for event in self._events[-MOST:] if event.at < limit]
        for event in gone:
            self._events.remove(event)
            if self._kept is not None:
                self._kept.remove(_name(event))


class Delivery:
    """`edge.visit.ports.FaceDelivery`: the feed first, then the face folder."""

    def __init__(self, feed: VisitFeed, folder: FaceFolder) -> None:
        self._feed = feed
        self._folder = folder

    async def deliver(self, message: dict[str, Any], *, visit: str, at: datetime) -> Path | None:
        if answer_tree.validity(message) is not None:
            await self._feed.publish(message, visit=visit, at=at)
        return await self._folder.deliver(message, visit=visit, at=at)


def read_kept(kept: SealedFolder, visit: str) -> VisitEvent:
    """A kept visit by id or the beginning of it, beside a running appliance; raises ``CLINIC-040``."""
    return _found(_loaded(kept, aside=False), visit)


def _found(events: Sequence[VisitEvent], visit: str) -> VisitEvent:
    found = [event for event in events if visit and event.visit.startswith(visit)]
    if len(found) != 1:
        raise OnshiError(clinic.VISIT_NOT_KEPT)
    return found[0]


def _name(event: VisitEvent) -> str:
    return f"{event.number:015d}.visit"


def _loaded(kept: SealedFolder, *, aside: bool = True) -> list[VisitEvent]:
    events = []
    for name in kept.names(".visit"):
        if not _NAME.fullmatch(name):
            continue
        try:
            events.append(msgspec.json.decode(kept.read(name), type=VisitEvent))
        except FileNotFoundError:
            continue
        except (BrokenSeal, msgspec.MsgspecError):
            log.error("visit_unreadable", file=name)
            if aside:
                kept.set_aside(name)
    return events
