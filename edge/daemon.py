"""The appliance: wires reader, visit, line, outbox and folders together, starts and stops them in stages.

The composition root of `edge`: the only place that reads clocks and randomness for the others. Used by
``onshi edge run`` and, with a virtual card, by the demo.
"""

import asyncio
import random
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web

from edge.card.port import CardPort
from edge.clinic.requests import Requests
from edge.clinic.service import face_folder, habits_of, require_folders, serve_api, visit_feed
from edge.clinic.service import works as folder_works
from edge.clinic.visits import Delivery
from edge.clinic.writer import WholeFiles
from edge.reader_watch import ReaderWatch
from edge.settings import EdgeSettings
from edge.uplink.device import DeviceKey
from edge.uplink.http import HttpCentre, tls_context
from edge.uplink.outbox import Outbox, Waiting
from edge.uplink.port import Centre
from edge.uplink.sealed import SealedFolder
from edge.visit import message as answer_tree
from edge.visit import words
from edge.visit.clerks import Clerks
from edge.visit.desk import Desk, VisitRecord
from edge.visit.machine import Visit
from edge.visit.ports import FaceDelivery, FaceMethod, NoFace, VisitParts
from protocol.errors import OnshiError
from protocol.visit import Care, VisitAnswer

log = structlog.get_logger("onshi.edge")

VISIT_STOP_SECONDS = 5.0
REFILL_SECONDS = 600.0
REFILL_RETRY_SECONDS = 30.0
LONGEST_RESTART_SECONDS = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


def tls_of(settings: EdgeSettings) -> ssl.SSLContext | None:
    """Mutual TLS with the files of the settings; None for an address in plain http (loopback only)."""
    if not settings.centre.url.startswith("https:"):
        return None
    files = settings.files
    return tls_context(centre_ca=files.centre_ca, certificate=files.certificate, key=files.key)


def connect(settings: EdgeSettings, key: DeviceKey) -> HttpCentre:
    """The line to the centre; checks the device certificate when the address is https."""
    if settings.centre.url.startswith("https:"):
        key.check_certificate(settings.files.certificate)
    return HttpCentre(
        settings.centre.url,
        tls_of(settings),
        connect_seconds=settings.centre.connect_seconds,
        answer_seconds=settings.centre.answer_seconds,
    )


class Appliance:
    """One appliance at one reader. ``start``, then ``stop``; the constructor only reads a password's file."""

    def __init__(
        self,
        settings: EdgeSettings,
        port: CardPort,
        desk: Desk,
        *,
        clock: Callable[[], datetime] = _now,
        ticks: Callable[[], float] = time.monotonic,
        centre: Centre | None = None,
        face: FaceMethod | None = None,
        nudge_seconds: float = 1.0,
    ) -> None:
        self._settings = settings
        self._port = port
        self._desk = desk
        self._clock = clock
        self._ticks = ticks
        self._given_centre = centre
        self._face = face or NoFace()
        self._files = WholeFiles(nudge_seconds=nudge_seconds)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._http: HttpCentre | None = None
        self._watch: ReaderWatch | None = None
        self._outbox: Outbox | None = None
        self._habits = habits_of(settings.folders)
        self._delivery: FaceDelivery = face_folder(settings.folders, self._files, self._habits)
        self._api: web.AppRunner | None = None

    @property
    def outbox(self) -> Outbox:
        if self._outbox is None:
            raise RuntimeError("the appliance is not started")
        return self._outbox

    async def start(self) -> None:
        """Raises ``DEVICE-…`` or ``CLINIC-011`` when key, certificate or folders are not fit; nothing runs then."""
        settings = self._settings
        require_folders(settings.folders)
        key = DeviceKey.load(settings.files.key, settings.device.id)
        centre = self._given_centre
        if centre is None:
            centre = self._http = connect(settings, key)
        feed = visit_feed(settings, key, self._clock)
        self._delivery = Delivery(feed, face_folder(settings.folders, self._files, self._habits))
        requests = Requests(centre, facility=settings.device.facility, clock=self._clock, habits=self._habits)
        outbox = self._outbox = Outbox(
            SealedFolder(settings.files.state / "outbox", key.sealing_key()),
            clock=self._clock,
            jitter=random.random,
            limit=settings.outbox.limit,
            stock=settings.outbox.stock,
        )
        parts = VisitParts(
            device=settings.device.id,
            facility=settings.device.facility,
            reader=self._port.reader,
            centre=centre,
            later=outbox,
            signer=key,
            delivery=self._delivery,
            clerks=Clerks(settings.visit.clerks, ticks=self._ticks),
            face=self._face,
            clock=self._clock,
            ticks=self._ticks,
            fresh_id=lambda: secrets.token_hex(16),
            question_seconds=settings.visit.question_seconds,
            care=None if settings.visit.care == "visit" else Care(settings.visit.care),
        )

        async def begin(gone: asyncio.Event) -> VisitRecord:
            return await Visit(parts, self._port, self._desk, gone).run()

        watch = self._watch = ReaderWatch(self._port, self._desk, begin)
        self._run("outbox", lambda: outbox.deliver_forever(centre, self._late_answer, self._late_refusal))
        self._run("stock", lambda: self._keep_stock(outbox, centre))
        for name, work in folder_works(settings.folders, requests, self._files, ticks=self._ticks).items():
            self._run(name, work)
        self._api = await serve_api(settings, requests, feed)
        await self._face.start()
        self._run("reader", watch.run)
        log.info("appliance_started", device=settings.device.id, reader=self._port.reader, waiting=len(outbox))
        await self._desk.tell(words.READY)

    async def stop(self) -> None:
        """No new visit, the running one ends, then folders, outbox and line. Safe to call twice."""
        if self._api is not None:
            await self._api.cleanup()
        await self._end("reader")
        if self._watch is not None and not await self._watch.finish(VISIT_STOP_SECONDS):
            log.warning("visit_cut_short")
        for name in ("folders", "sweep", "stock", "outbox"):
            await self._end(name)
        await self._face.stop()
        await self._files.close()
        if self._http is not None:
            await self._http.close()
        await self._port.stop()
        left = sorted(name for name, task in self._tasks.items() if not task.done())
        log.info("appliance_stopped", left=left)

    # --- background ---------------------------------------------------------------------------------------------

    def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._tasks[name] = asyncio.create_task(self._supervised(name, work), name=name)

    async def _supervised(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """A task that fails is started again, ever more slowly; its defect is in the log by kind only."""
        wait = 1.0
        while True:
            began = self._ticks()
            try:
                await work()
                return
            except Exception as defect:  # noqa: BLE001 - a crashed part comes back and takes no other along
                kinds = [type(one).__name__ for one in getattr(defect, "exceptions", [defect])]
                code = defect.fault.code if isinstance(defect, OnshiError) else None
                log.error("part_failed", part=name, kinds=kinds, fault=code)
            wait = 1.0 if self._ticks() - began > LONGEST_RESTART_SECONDS else min(wait * 2, LONGEST_RESTART_SECONDS)
            await asyncio.sleep(wait)

    async def _end(self, name: str) -> None:
        task = self._tasks.get(name)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_stock(self, outbox: Outbox, centre: Centre) -> None:
        """Fetching also keeps the connection warm for the next patient."""
        while True:
            try:
                await outbox.refill(centre)
                pause = REFILL_SECONDS
            except OnshiError as error:
                log.warning("stock_not_refilled", fault=error.fault.code)
                pause = REFILL_RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _late_answer(self, waiting: Waiting, answer: VisitAnswer) -> None:
        if answer_tree.validity(answer.message) is not None:
            await self._delivery.deliver(answer.message, visit=waiting.request_id, at=self._clock())
        await self._desk.tell(words.LATE_ANSWER)
        await self._desk.tell(words.answer(answer_tree.validity(answer.message)))

    async def _late_refusal(self, waiting: Waiting, error: OnshiError) -> None:
        log.warning("late_refusal", request=waiting.request_id, fault=error.fault.code)
        await self._desk.tell(words.said_fault(error))
