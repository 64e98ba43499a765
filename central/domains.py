"""The domains of the centre, put together: which service gets which, and what each brings to the application."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import aiohttp
import structlog
from prometheus_client import CollectorRegistry

from central.api.health import Check
from central.api.problems import incident
from central.api.route import Handler, Route
from central.audit import Journal
from central.checkups.readings import CheckupReadings
from central.checkups.service import Checkups
from central.clinics import reference_numbers
from central.clinics.metrics import ClinicsMetrics
from central.clinics.reference_numbers import ReferenceNumbers
from central.clinics.routes import ClinicRoutes
from central.clinics.service import Bulks
from central.clinics.tokens import Tokens
from central.clinics.units import Units
from central.clinics.web import routes as web_routes
from central.db import Store
from central.db.opening import is_sqlite, sqlite_path
from central.disclosure.care import CareConsents
from central.disclosure.door import Door
from central.disclosure.lookup import Lookup
from central.disclosure.metrics import DisclosureMetrics
from central.disclosure.openings import Openings
from central.disclosure.routes import DisclosureRoutes
from central.disclosure.service import Disclosure
from central.fhir.ids import IdMaker
from central.fhir.routes import routes as fhir_routes
from central.fhir.service import Fhir
from central.medical.routes import MedicalRoutes
from central.presence.challenges import MIN_KEY, Challenges
from central.presence.routes import routes as presence_routes
from central.presence.service import Presence
from central.receipts.masters import StoredMaster
from central.receipts.readings import ReceiptReadings
from central.register.intake import RegisterIntake
from central.register.metrics import RegisterMetrics
from central.register.routes import routes as register_routes
from central.register.service import Register
from central.settings import Settings
from central.trust.feeds import Feed, FileFeed, Refresher, UrlFeed
from central.trust.ocsp import OcspClient
from central.trust.service import PinnedFiles, Trust, open_trust
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG
from protocol.errors.trust import ANCHOR_WRONG, STATUS_UNKNOWN

FIRST_ROUND = 20.0
"""Seconds that the start waits for the first round of revocation lists; after that they come when they come."""
FORGET_EVERY = timedelta(minutes=10)

log = structlog.get_logger("central.domains")


class Domains:
    """Everything between the store and the listeners. ``documents``: kind of `SignedDocument` → its handler."""

    def __init__(
        self,
        *,
        trust: Trust,
        register: Register,
        disclosure: Disclosure,
        door: Door,
        presence: Presence,
        bulks: Bulks,
        checkups: Checkups,
        tokens: Tokens,
        routes: tuple[Route, ...],
        clinic_routes: tuple[Route, ...],
        refresher: Refresher,
        session: aiohttp.ClientSession,
        refresh_every: timedelta,
        clock: Callable[[], datetime],
        ocsp: bool,
    ) -> None:
        self.trust = trust
        self.register = register
        self.disclosure = disclosure
        self.door = door
        self.presence = presence
        self.bulks = bulks
        self.checkups = checkups
        self.tokens = tokens
        self.routes = routes
        self.clinic_routes = clinic_routes
        by_path = {route.path: route.handler for route in routes}
        self.documents: Mapping[str, Handler] = {
            "visit": by_path["/v1/visits"],
            "consent": by_path["/v1/consents"],
        }
        self.checks: Mapping[str, Check] = {"anchors": self._anchors, "revocation": self._revocation}
        self._refresher = refresher
        self._session = session
        self._refresh_every = refresh_every
        self._clock = clock
        self._ocsp = ocsp
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """What was learned before is read; lists are fetched once, then again and again in the background."""
        await self.trust.revocations.start()
        try:
            async with asyncio.timeout(FIRST_ROUND):
                await self._refresher.refresh()
        except TimeoutError:
            log.warning("first_round_overdue", seconds=FIRST_ROUND)
        self._repeat("trust:refresh", self._refresher.refresh, self._refresh_every)
        self._repeat("presence:forget", self.presence.forget, FORGET_EVERY)
        self._repeat("clinics:forget", self.bulks.forget, FORGET_EVERY)
        self._repeat("checkups:tend", self.checkups.tend, FORGET_EVERY)
        self._tasks.append(asyncio.create_task(self.bulks.run(), name="clinics:bulks"))

    def _repeat(self, name: str, work: Callable[[], Awaitable[object]], every: timedelta) -> None:
        async def run() -> None:
            while True:
                await asyncio.sleep(every.total_seconds())
                try:
                    await work()
                except OnshiError as refused:
                    log.warning("background_refused", task=name, code=refused.fault.code)
                except Exception as failed:  # noqa: BLE001 - logged as an incident; the next round comes anyway
                    incident(failed)

        self._tasks.append(asyncio.create_task(run(), name=name))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._session.close()

    async def _anchors(self) -> None:
        if not any(True for _ in self.trust.anchors):
            raise OnshiError(ANCHOR_WRONG, reason="none")

    async def _revocation(self) -> None:
        """Without a responder, at least one issuer's list must be in force."""
        now = self._clock()
        if not self._ocsp and not any(one.fresh(now) for one in self.trust.revocations.issuers().values()):
            raise OnshiError(STATUS_UNKNOWN)


def open_domains(
    settings: Settings,
    *,
    store: Store,
    journal: Journal,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes],
    registry: CollectorRegistry,
) -> Domains:
    """Needs a running event loop. Raises `OnshiError` for credentials and anchors that cannot be used."""
    keys = _challenge_keys(settings, random)
    challenges = Challenges(keys, random=random)
    own = settings.trust
    files = PinnedFiles.in_folder(own.anchors) if own.anchors else PinnedFiles(authentication=())
    session = aiohttp.ClientSession()

    def revoked(issuer: str, serial: int) -> bool:
        """The responder's own certificate is looked up in the lists that the responder's client is made for."""
        return trust.revocations.listed(issuer, serial)

    ocsp = _ocsp(settings, session, random, revoked)
    try:
        trust = open_trust(store, files, hierarchies=own.hierarchies, ocsp=ocsp)
    except OnshiError:
        session.detach()
        raise
    register = Register(store, metrics=RegisterMetrics(registry))
    disclosure = Disclosure(store, journal)
    openings = Openings(store, journal, clock=clock, ids=lambda: random(16).hex())
    masters = StoredMaster(store)
    readings = DisclosureMetrics(registry)
    door = Door(
        store,
        journal,
        openings=openings,
        receipts=ReceiptReadings(store, masters),
        checkups=CheckupReadings(store),
        metrics=readings,
        clock=clock,
        ids=lambda: random(16).hex(),
    )
    medical = MedicalRoutes(door, disclosure, masters=masters, clock=clock)
    lookup = Lookup(store, journal, openings, metrics=readings, clock=clock)
    fhir = Fhir(register, journal, door, IdMaker(keys[0]), clock=clock, products=masters.product)
    presence = Presence(
        store,
        journal,
        trust=trust,
        register=register,
        disclosure=disclosure,
        challenges=challenges,
        clock=clock,
        ids=lambda: random(16).hex(),
    )
    references = ReferenceNumbers(store, RegisterIntake(store, clock, patience=reference_numbers.PATIENCE))
    counts = ClinicsMetrics(registry)
    patients = CareConsents(store, clock=clock, ids=lambda: random(16).hex())
    bulks = Bulks(store, journal, Units(register, references, patients), metrics=counts, clock=clock, random=random)
    clinics = ClinicRoutes(bulks, references, journal, patients=patients, metrics=counts, clock=clock)
    by_number = register_routes(register, journal, clock)
    tokens = Tokens(keys, clock)
    every = timedelta(seconds=own.refresh_seconds)
    refresher = Refresher(
        trust.revocations,
        _lists(settings, session),
        clock=clock,
        links=(trust.links, UrlFeed(session, own.linkage_url, name="linkage")) if own.linkage_url else None,
        every=every,
    )
    return Domains(
        trust=trust,
        register=register,
        disclosure=disclosure,
        door=door,
        presence=presence,
        bulks=bulks,
        checkups=Checkups(store, journal, clock=clock),
        tokens=tokens,
        routes=(
            *presence_routes(presence),
            *by_number,
            *clinics.routes(),
            *medical.routes(),
            *DisclosureRoutes(disclosure, openings, lookup, clock).routes(),
            *fhir_routes(fhir),
        ),
        clinic_routes=tuple(web_routes(by_number[0], tokens, clock)),
        refresher=refresher,
        session=session,
        refresh_every=every,
        clock=clock,
        ocsp=ocsp is not None,
    )


def _challenge_keys(settings: Settings, random: Callable[[int], bytes]) -> list[bytes]:
    """The credentials' keys; a private database, gone with the process, gets a key that is gone with it too."""
    if is_sqlite(settings.database.url) and sqlite_path(settings.database.url) is None:
        return [random(MIN_KEY)]
    keys = []
    for credential in settings.challenges.keys:
        key = settings.secret("challenges.keys", credential)
        if len(key) < MIN_KEY:
            raise OnshiError(CREDENTIAL_WRONG, setting="challenges.keys", file=credential, reason="under 32 bytes")
        keys.append(key)
    return keys


def _ocsp(
    settings: Settings,
    session: aiohttp.ClientSession,
    random: Callable[[int], bytes],
    revoked: Callable[[str, int], bool],
) -> OcspClient | None:
    if not settings.trust.ocsp_url:
        return None
    return OcspClient(
        session,
        settings.trust.ocsp_url,
        nonce=random,
        timeout=settings.trust.ocsp_timeout_ms / 1000,
        revoked=revoked,
    )


def _lists(settings: Settings, session: aiohttp.ClientSession) -> list[Feed]:
    folder = settings.trust.crl_folder
    files = sorted(folder.glob("*.crl")) if folder is not None and folder.is_dir() else []
    return [*(FileFeed(path) for path in files), *(UrlFeed(session, url) for url in settings.trust.crl_urls)]
