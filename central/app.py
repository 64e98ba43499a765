"""The composition root of the centre: settings become services, services become two listeners. Nothing else wires.

Started in stages and stopped in the reverse order, each stage with a limit and a line that says what still ran.
"""

import asyncio
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from aiohttp import web

from central.api import docs
from central.api.application import application
from central.api.authentication import DeviceAuthentication
from central.api.health import Readiness
from central.api.metrics import Metrics, make_metrics
from central.api.route import Route
from central.api.serving import Connection, runner
from central.audit import Journal
from central.clinics.connection import TolerantConnection
from central.clinics.tokens import TokenAuthentication
from central.db import Store, StoreDown
from central.db.migrate import require_head, upgrade, upgrade_file
from central.db.opening import is_sqlite, open_store, sqlite_path
from central.db.sqlite import SqliteStore
from central.domains import Domains, open_domains
from central.facilities.service import Facilities
from central.fleet.channel import Broker, FleetChannel
from central.settings import Settings
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG, SETTING_WRONG

STAGE_LIMIT = 15.0
"""Seconds that one stage may take to stop."""

log = structlog.get_logger("central.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What comes from outside the program: time, monotonic seconds, randomness."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[int], bytes] = os.urandom


class Central:
    """The centre, built but not started. ``device_port`` and ``ops_port`` are known once started."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        journal: Journal,
        facilities: Facilities,
        domains: Domains,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.store = store
        self.journal = journal
        self.facilities = facilities
        self.domains = domains
        self.metrics = metrics
        self.readiness = Readiness(metrics)
        self.readiness.register("database", lambda: require_head(store))
        for part, check in domains.checks.items():
            self.readiness.register(part, check)
        self.fleet = _fleet(settings, domains, facilities, metrics)
        self.device_routes: list[Route] = list(domains.routes)
        self.ops_routes: list[Route] = [*self.readiness.routes(), *docs.routes(self.routes)]
        self.clinic_routes: list[Route] = list(domains.clinic_routes)
        self.device_port = 0
        self.clinics_port = 0
        self.ops_port = 0
        self._stops: list[tuple[str, Callable[[], Awaitable[object]]]] = []

    def routes(self) -> list[Route]:
        """Every route of all listeners."""
        return [*self.device_routes, *self.clinic_routes, *self.ops_routes]

    async def start(self) -> None:
        """Database, domains, listeners, fleet; on a failure what was started is stopped again, and it is raised."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def discard(self) -> None:
        """For a centre that was built and is not to be started."""
        await self.domains.stop()
        await self.store.close()

    async def _start(self) -> None:
        listen = self.settings.listen
        self._stops.append(("database", self.store.close))
        self._stops.append(("audit", self.journal.stop))
        self._stops.append(("domains", self.domains.stop))
        tls = None if listen.trusted_hop else server_tls(self.settings)
        await self._prepare_database()
        await self.domains.start()
        authenticate = DeviceAuthentication(self.facilities, trusted_hop=listen.trusted_hop)
        devices = application(self.device_routes, metrics=self.metrics, authenticate=authenticate)
        self.ops_port = await self._listen(
            "operators", application(self.ops_routes, metrics=self.metrics), listen.ops_host, listen.ops_port, None
        )
        self.device_port = await self._listen("devices", devices, listen.host, listen.port, tls)
        if self.settings.clinics.enabled:
            await self._serve_clinics(authenticate)
        if self.fleet is not None:
            await self.fleet.start()
            self._stops.append(("fleet", self.fleet.stop))
        log.info("started", device_port=self.device_port, ops_port=self.ops_port, database=self.store.dialect)

    async def _serve_clinics(self, authenticate: DeviceAuthentication) -> None:
        """The web API: a certificate may be shown and is asked for at login, so TLS does not insist on it."""
        told = self.settings.clinics
        tls = None if self.settings.listen.trusted_hop else server_tls(self.settings, insist=False)
        tokens = TokenAuthentication(self.domains.tokens, self.facilities)
        made = application(self.clinic_routes, metrics=self.metrics, authenticate=authenticate, tokens=tokens)
        self.clinics_port = await self._listen("clinics", made, told.host, told.port, tls, TolerantConnection)

    async def _prepare_database(self) -> None:
        if isinstance(self.store, SqliteStore) and sqlite_path(self.settings.database_url()) is None:
            await asyncio.to_thread(upgrade_file, self.store.path)
        elif self.settings.database.upgrade_at_start:
            await upgrade(self.settings.database_url())
        await require_head(self.store)

    async def _listen(
        self,
        name: str,
        made: web.Application,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        connection: type[Connection] = Connection,
    ) -> int:
        running = runner(made, connection)
        await running.setup()
        self._stops.append((name, running.cleanup))
        site = web.TCPSite(
            running, host, port, ssl_context=tls, backlog=1024, reuse_port=self.settings.listen.share_port or None
        )
        try:
            await site.start()
        except OSError as failed:
            raise OnshiError(SETTING_WRONG, setting=f"listen ({name})", reason=failed.strerror or "") from failed
        bound: int = running.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Newest stage first. A stage that does not stop in time is left, and said."""
        while self._stops:
            name, stop = self._stops.pop()
            try:
                async with asyncio.timeout(STAGE_LIMIT):
                    await stop()
            except TimeoutError:
                running = sorted(task.get_name() for task in asyncio.all_tasks() if not task.done())
                log.error("stop_overdue", stage=name, running=running)
            except StoreDown as down:
                log.warning("stop_unclean", stage=name, code=down.fault.code)


def build(settings: Settings, *, outside: Outside | None = None) -> Central:
    """The centre of these settings: `start` it or `discard` it. Call it where the event loop runs.

    Opens files but no connection. Raises `OnshiError` for settings that cannot work.
    """
    out = outside or Outside()
    if settings.listen.share_port and is_sqlite(settings.database_url()):
        raise OnshiError(SETTING_WRONG, setting="listen.share_port", reason="several workers need PostgreSQL")
    store = open_store(
        settings.database_url(), size=settings.database.connections, patience=settings.database.patience_seconds
    )
    try:
        return _assembled(settings, store, out)
    except OnshiError:
        if isinstance(store, SqliteStore):
            store.shut()
        raise


def _assembled(settings: Settings, store: Store, out: Outside) -> Central:
    metrics = make_metrics()
    journal = Journal(store, log=settings.audit.log, clock=out.clock)
    metrics.follow(journal)
    facilities = Facilities(
        store,
        journal,
        clock=out.clock,
        monotonic=out.monotonic,
        remember_seconds=settings.devices.cache_seconds,
    )
    domains = open_domains(
        settings, store=store, journal=journal, clock=out.clock, random=out.random, registry=metrics.registry
    )
    return Central(settings, store=store, journal=journal, facilities=facilities, domains=domains, metrics=metrics)


def server_tls(settings: Settings, *, insist: bool = True) -> ssl.SSLContext:
    """TLS 1.3 with a client certificate of our device CA, required or (``insist`` False) asked for.

    Raises `OnshiError` (`CREDENTIAL_WRONG`).
    """
    listen = settings.listen
    ca = settings.secret("devices.ca_certificate", settings.devices.ca_certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED if insist else ssl.CERT_OPTIONAL
    try:
        context.load_verify_locations(cadata=ca.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError, ValueError) as wrong:
        raise OnshiError(CREDENTIAL_WRONG, setting="devices.ca_certificate", reason=type(wrong).__name__) from None
    certificate = settings.secret_path("listen.certificate", listen.certificate)
    key = settings.secret_path("listen.key", listen.key)
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as wrong:
        raise OnshiError(
            CREDENTIAL_WRONG,
            setting="listen.certificate, listen.key",
            file=str(certificate),
            reason=type(wrong).__name__,
        ) from None
    return context


def _fleet(settings: Settings, domains: Domains, facilities: Facilities, metrics: Metrics) -> FleetChannel | None:
    fleet = settings.fleet
    if not fleet.broker:
        return None
    tls = None
    if fleet.tls:
        tls = ssl.create_default_context(cafile=str(settings.secret_path("fleet.ca", fleet.ca)))
        tls.load_cert_chain(
            settings.secret_path("listen.certificate", settings.listen.certificate),
            settings.secret_path("listen.key", settings.listen.key),
        )
    broker = Broker(host=fleet.broker, port=fleet.port, identifier=f"onshi-{settings.audit.log}", tls=tls)
    return FleetChannel(broker, handlers=domains.documents, directory=facilities, metrics=metrics)
