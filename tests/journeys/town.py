"""The whole of a journey: J-LIS stand-in over HTTP, the centre over mutual TLS, clinics with their appliances.

Everything is the product's own but the people and the cards. A `Town` holds one world and one centre; each journey
gets a `Clinic` of its own (device, folders, outbox, desk), so that nothing one journey does is seen by the next.
"""

import contextlib
import itertools
import re
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from defusedxml import ElementTree

from central.audit.entry import AuditEntry, AuditRow
from central.audit.tables import audit_log
from central.db.store import Statement
from central.settings import Database, Settings
from edge.card.guard import TriesGuard
from edge.card.local import LocalCardPort
from edge.card.port import CardPort
from edge.daemon import Appliance
from edge.settings import (
    CentreSettings,
    DeviceSettings,
    EdgeSettings,
    FileSettings,
    FolderSettings,
    OutboxSettings,
    VisitSettings,
)
from edge.uplink.device import DeviceKey
from edge.visit.desk import Say, VisitRecord
from protocol import canonical
from protocol.numbers import with_check_digit
from protocol.visit import Method
from sandbox.card import VirtualCard
from sandbox.cast import Persona
from sandbox.clock import japan_day
from sandbox.demo.centre import RunningCentre, running_centre, settings, sqlite_url
from sandbox.demo.outside import RunningJlis, running_jlis
from sandbox.jlis.service import Condition, Service
from sandbox.world.facts import CLERK
from sandbox.world.seed import OPENED
from sandbox.world.world import World
from tests.journeys.desk import ALL, People, heard
from tests.journeys.words import Heard

_ROWS = Statement("journey.audit", sa.select(audit_log.c.content).order_by(audit_log.c.log, audit_log.c.sequence))
_MARGIN = timedelta(minutes=30)
_numbers = itertools.count(1)


class Clock:
    """The world's time: the real one, but never so near to midnight in Japan that a journey would run into it."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        late = japan_day(now + _MARGIN) != japan_day(now)
        self._shift = -_MARGIN if late else timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._shift

    @contextlib.contextmanager
    def later(self, by: timedelta) -> Iterator[None]:
        """So much later inside the block; for centres of a journey's own only."""
        self._shift += by
        try:
            yield
        finally:
            self._shift -= by


@dataclass(frozen=True)
class Visited:
    """One visit as its clinic saw it."""

    record: VisitRecord
    clinic: "Clinic"

    @property
    def heard(self) -> list[Heard]:
        """Every word of the visit, questions among them, in order."""
        return [heard(said) for said in self.record.said]

    @property
    def ended(self) -> tuple[str, str | None, str | None, str]:
        """(ending, fault, QualificationValidity, consent)."""
        outcome = self.record.outcome
        return (
            outcome.ending.value,
            outcome.problem.code if outcome.problem else None,
            self.record.validity,
            outcome.consent.value,
        )

    @property
    def file(self) -> Path:
        """The face file of this visit."""
        path = self.record.face_file
        assert path is not None
        return path

    def values(self, *names: str) -> list[str | None]:
        """Texts of elements of the face file, the first of each name."""
        tree = ElementTree.fromstring(self.file.read_bytes())
        return [tree.findtext(f".//{name}") for name in names]


class Clinic:
    """One appliance at its reader, with folders and people."""

    def __init__(
        self, town: "Town", centre: RunningCentre, folder: Path, port: LocalCardPort, told: EdgeSettings
    ) -> None:
        self.town = town
        self.centre = centre
        self.folder = folder
        self.settings = told
        self.people = People()
        self.reader = port
        self.appliance = self.made(port)

    def made(self, port: CardPort) -> Appliance:
        return Appliance(self.settings, port, self.people, clock=self.town.clock, nudge_seconds=0.0)

    @property
    def device(self) -> str:
        return self.settings.device.id

    @property
    def key(self) -> DeviceKey:
        return DeviceKey.load(self.settings.files.key, self.device)

    def names(self, folder: str) -> list[str]:
        """What lies in ``req``, ``res`` or ``face``."""
        return sorted(entry.name for entry in (self.folder / folder).iterdir())

    async def visit(
        self, card: VirtualCard | Iterable[VirtualCard], *, seconds: float = 20.0, **answers: Iterable[Any]
    ) -> Visited:
        """Somebody lays the card (or cards) down, answers, and takes it when the visit has ended."""
        self.people.play(**answers)
        cards = [card] if isinstance(card, VirtualCard) else list(card)
        for one in cards:
            one.insert()
            self.reader.insert(one)
        try:
            return Visited(await self.people.ended(seconds), self)
        finally:
            self.reader.eject()

    async def by_pin(self, persona: Persona, *, consent: Any = ALL, **more: Any) -> Visited:
        """The usual visit with the PIN."""
        cards = self.town.world.cards
        card = cards.card(persona)
        return await self.visit(card, method=[Method.PIN], pin=[cards.pin(persona)], consent=[consent], **more)

    async def by_sight(self, persona: Persona, *, consent: Any = ALL, number_b: bool = False) -> Visited:
        """The usual visit by the clerk's eyes."""
        made = self.town.world.cards.personalisation(persona)
        return await self.visit(
            self.town.world.cards.card(persona),
            method=[Method.SIGHT],
            clerk=[self.clerk],
            printed=[made.number_b if number_b else made.birth_digits],
            consent=[consent],
        )

    @property
    def clerk(self) -> tuple[str, str]:
        return CLERK, self.town.world.clerk_code()

    async def audit(self, centre: RunningCentre | None = None) -> list[AuditEntry]:
        """What the centre's log holds of this device's visits, consents and queries."""
        entries = await audit(centre or self.centre)
        return [one for one in entries if one.device == self.device and one.kind in {"visit", "consent", "query"}]

    async def audited(self, centre: RunningCentre | None = None) -> list[tuple[str, str]]:
        """(kind, outcome) of each."""
        return [(one.kind, one.outcome) for one in await self.audit(centre)]

    def told_later(self) -> list[Say]:
        """What was told outside the visits."""
        of_visits = [said for record in self.people.records for said in record.said]
        return [said for said in self.people.told if said not in of_visits]


async def audit(centre: RunningCentre) -> list[AuditEntry]:
    """Every entry of a centre's log, in order."""
    return [canonical.decode(content, AuditRow).entry for content in await audit_rows(centre)]


async def audit_rows(centre: RunningCentre) -> list[bytes]:
    """The rows' canonical bytes, as they lie on disk."""
    return [row["content"] for row in await centre.central.store.all(_ROWS)]


class Town:
    """One world, its J-LIS and its centre."""

    def __init__(self, world: World, clock: Clock, jlis: RunningJlis) -> None:
        self.world = world
        self.clock = clock
        self.jlis = jlis
        self._clerks = world.clerks()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator["Town"]:
        clock = Clock()
        with World.open(folder, clock=clock) as world:
            async with running_jlis(world) as jlis:
                yield cls(world, clock, jlis)

    def persona(self, slug: str) -> Persona:
        return self.world.persona(slug)

    def card(self, slug: str) -> VirtualCard:
        return self.world.cards.card(self.persona(slug))

    def centre_settings(self, database: Path | str, **more: Any) -> Settings:
        """Settings of another centre of this world."""
        url = sqlite_url(database) if isinstance(database, Path) else database
        plain = settings(self.world, self.jlis.url)
        return msgspec.structs.replace(plain, database=Database(url=url, upgrade_at_start=True), **more)

    @contextlib.asynccontextmanager
    async def centre(self, told: Settings | None = None, *, registers: bool = True) -> AsyncIterator[RunningCentre]:
        async with running_centre(self.world, self.jlis, told=told, registers=registers) as running:
            yield running

    @contextlib.asynccontextmanager
    async def own_centre(self, folder: Path, **more: Any) -> AsyncIterator[RunningCentre]:
        """A centre of a journey's own, on a copy of a database that knows the cast and nothing of J-LIS yet."""
        database = await self.known_cast(folder / "own.sqlite")
        async with self.centre(self.centre_settings(database, **more), registers=False) as running:
            yield running

    async def known_cast(self, path: Path) -> Path:
        """A database at ``path`` in which insurers, facilities and the cast are registered."""
        template = self.world.places.folder / "known-cast.sqlite"
        if not template.exists():
            conditions = self.jlis.service.conditions
            before = dict(conditions)
            conditions.update(dict.fromkeys(Service, Condition.DOWN))
            async with self.centre(self.centre_settings(template)):
                pass
            conditions.update(before)
        shutil.copy(template, path)
        return path

    async def settled(
        self,
        centre: RunningCentre,
        folder: Path,
        *,
        url: str | None = None,
        question_seconds: float = 20.0,
        answer_seconds: float = 8.0,
        stock: int = 3,
        apdu_limit: float = 5.0,
        facility: str | None = None,
        enrolled_for: str | None = None,
    ) -> Clinic:
        """A clinic whose device is enrolled; its appliance is not started.

        ``facility`` None: one of its own, so that grants of other journeys are not its grants. ``enrolled_for``: the
        facility that the centre knows the device by, where it is not the one that the device is told.
        """
        number = next(_numbers)
        if facility is None:
            facility = with_check_digit(f"991{200000 + number}")
            await centre.central.facilities.add_facility(facility, f"旅程医院{number}", valid_from=OPENED)
        device = f"reader-{number}"
        for name in ("req", "res", "face", "state"):
            (folder / name).mkdir(parents=True)
        key = DeviceKey.generate(folder / "device.key", device)
        pem = await centre.enrol(key.request(), device=device, facility=enrolled_for or facility)
        (folder / "device.pem").write_bytes(pem)
        told = EdgeSettings(
            device=DeviceSettings(id=device, facility=facility),
            files=FileSettings(
                key=folder / "device.key",
                certificate=folder / "device.pem",
                centre_ca=self.world.centre_ca,
                state=folder / "state",
            ),
            centre=CentreSettings(url=url or centre.url, answer_seconds=answer_seconds),
            visit=VisitSettings(clerks=self._clerks, question_seconds=question_seconds),
            folders=FolderSettings(req=folder / "req", res=folder / "res", face=folder / "face", scan_seconds=0.2),
            outbox=OutboxSettings(stock=stock),
        )
        guard = TriesGuard(now=self.clock, random=secrets.token_bytes)
        return Clinic(self, centre, folder, LocalCardPort("virtual", guard=guard, apdu_limit=apdu_limit), told)

    @contextlib.asynccontextmanager
    async def clinic(self, centre: RunningCentre, folder: Path, **more: Any) -> AsyncIterator[Clinic]:
        """As `settled`, started, with its stock of challenges; stopped when the block ends."""
        made = await self.settled(centre, folder, **more)
        await made.appliance.start()
        try:
            yield made
        finally:
            await made.appliance.stop()


@dataclass(frozen=True)
class Running:
    """The town and the centre that all journeys share."""

    town: Town
    centre: RunningCentre
    of_the_cast: re.Pattern[str]
    """Finds names, addresses, birth dates and numbers of everybody."""


def unused_ports(count: int) -> list[int]:
    """Free ports below the ephemeral range, all different."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = 10000 + secrets.randbelow(9000)
            with contextlib.suppress(OSError):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
                found.append(port)
        return found
