"""The stage of the demo: J-LIS stand-in, centre and one appliance in this process, and a patient who comes in.

The composition root of the sandbox; also what the benchmark and the journeys stand on.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date

from edge.card.port import Attributes
from edge.daemon import Appliance
from edge.visit.desk import Say, VisitRecord
from edge.visit.words import CARD_IN
from protocol.visit import ConsentItem, Method
from sandbox.card import VirtualCard, personalise
from sandbox.cast import Persona
from sandbox.demo.appliance import ready_appliance
from sandbox.demo.centre import RunningCentre, running_centre
from sandbox.demo.desk import Script, ScriptedDesk
from sandbox.demo.faces import DemoFace
from sandbox.demo.outside import RunningJlis, running_jlis
from sandbox.demo.readers import DemoReader, demo_reader
from sandbox.world.facts import CLERK
from sandbox.world.world import World

HIDDEN = "●"
"""Where the register's name has one, the clerk types 照合番号B, which also opens the chip's true name."""
VISIT_LIMIT = 60.0
"""Seconds after which a visit that has not ended is given up."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """A visit that ended. ``ms``: from the card laid on the reader to the end of the visit, with no human time."""

    record: VisitRecord
    card: VirtualCard
    """With the trace of what was asked of it."""
    shown: Attributes | None
    ms: float
    noticed_ms: float
    """Until the appliance said that it reads the card."""
    cpu_ms: float
    """CPU time of this process meanwhile: outside world, centre and appliance; not of other processes."""


class Stage:
    """See the module. Use `Stage.open`."""

    def __init__(
        self,
        world: World,
        jlis: RunningJlis,
        centre: RunningCentre,
        reader: DemoReader,
        desk: "Reception",
        face: DemoFace | None,
    ) -> None:
        self.world = world
        self.today: date = world.today
        self.reader = reader.name
        self.centre = centre
        self.jlis = jlis
        self._reader = reader
        self._reception = desk
        self._face = face
        self._bound: set[str] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, world: World, *, pcsc: bool, progress: Callable[[str], None], face: DemoFace | None = None
    ) -> "AsyncIterator[Stage]":
        """Everything up, in order; everything down, in reverse, whatever happens. Without ``face`` it has no camera.

        Raises `OnshiError` where a part cannot start (``DEVICE-010`` with the command to run for missing packages).
        """
        async with contextlib.AsyncExitStack() as stack:
            reader = await stack.enter_async_context(demo_reader(pcsc=pcsc))
            jlis = await stack.enter_async_context(running_jlis(world))
            progress(f"J-LIS stand-in at {jlis.url}")
            centre = await stack.enter_async_context(running_centre(world, jlis))
            progress(f"centre at {centre.url}")
            reception = Reception(world, face)
            appliance: Appliance = await stack.enter_async_context(
                ready_appliance(
                    world,
                    centre,
                    reader.port,
                    reception.desk,
                    face.method(reception.desk, today=lambda: world.today) if face else None,
                )
            )
            progress(f"appliance at reader {reader.name}")
            del appliance
            yield cls(world, jlis, centre, reader, reception, face)

    @property
    def places(self) -> list[tuple[str, str]]:
        """Addresses and folders, for people."""
        folders = self.world.places
        return [
            ("センター centre", self.centre.url),
            ("API の説明 docs", f"{self.centre.ops_url}/docs"),
            ("状態 health", f"{self.centre.ops_url}/readyz"),
            ("J-LIS 役 J-LIS", self.jlis.url),
            ("医院のフォルダー OQS", str(folders.clinic)),
            ("ログ log", str(folders.log)),
        ]

    async def visit(
        self,
        persona: Persona,
        method: Method,
        consent: frozenset[ConsentItem] | None,
        *,
        told: Callable[[Say], None],
    ) -> Played:
        """The patient comes, lays the card on the reader, and takes it when the visit has ended."""
        if persona.surface_bound_to and persona.surface_bound_to not in self._bound:
            await self._bind(self.world.persona(persona.surface_bound_to))
        return await self._play(persona, method, consent, told)

    async def _bind(self, persona: Persona) -> None:
        """The visit that went before: with the PIN and the printed birth date it bound card face and certificate."""
        self._bound.add(persona.slug)
        await self._play(persona, Method.PIN, frozenset(), _unheard, binds=True)

    async def _play(
        self,
        persona: Persona,
        method: Method,
        consent: frozenset[ConsentItem] | None,
        told: Callable[[Say], None],
        *,
        binds: bool = False,
    ) -> Played:
        made = await asyncio.to_thread(self.world.cards.personalisation, persona)
        card = personalise(made)
        script = Script(
            method=method,
            pin=self.world.cards.pin(persona),
            printed_birth=made.birth_digits,
            number_b=made.number_b if method is Method.FACE or HIDDEN in persona.name.as_registered() else None,
            clerk=CLERK,
            clerk_code=self.world.clerk_code(),
            consent=consent,
            binds=binds,
        )
        if self._face and method is Method.FACE:
            await asyncio.to_thread(self._face.seat, persona)
            await asyncio.to_thread(self._face.lay, made, self.world.seed)
        ended = self._reception.expect(script, told)
        await self._reader.ready()
        laid, used = time.perf_counter(), time.process_time()
        self._reader.insert(card)
        try:
            async with asyncio.timeout(VISIT_LIMIT):
                record, at = await ended
                used = time.process_time() - used
        finally:
            await self._reader.eject()
        return Played(
            record=record,
            card=card,
            shown=self._reception.desk.shown,
            ms=(at - laid) * 1000,
            noticed_ms=(self._reception.noticed - laid) * 1000,
            cpu_ms=used * 1000,
        )


class Reception:
    """The desk, and who waits for its visit to end."""

    def __init__(self, world: World, face: DemoFace | None = None) -> None:
        self._face = face
        self.noticed = 0.0
        """When the appliance began to read the last card (`time.perf_counter`)."""
        nobody = Script(method=Method.PIN, pin="", printed_birth="", clerk=CLERK, clerk_code=world.clerk_code())
        self._told: Callable[[Say], None] = _unheard
        self._ended: asyncio.Future[tuple[VisitRecord, float]] | None = None
        self.desk = ScriptedDesk(script=nobody, told=self._tell, done=self._finished)

    def expect(self, script: Script, told: Callable[[Say], None]) -> "asyncio.Future[tuple[VisitRecord, float]]":
        """The end of the next visit, and when it was (`time.perf_counter`)."""
        self.desk.play(script)
        self._told = told
        self._ended = asyncio.get_running_loop().create_future()
        return self._ended

    def _tell(self, said: Say) -> None:
        if said.code == CARD_IN.code:
            self.noticed = time.perf_counter()
        if self._face:
            self._face.hear(said)
        self._told(said)

    def _finished(self, record: VisitRecord) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result((record, time.perf_counter()))
            self._told = _unheard


def _unheard(said: Say) -> None:
    """Said while nobody is at the desk: that the reader is ready, that the card may be taken."""
