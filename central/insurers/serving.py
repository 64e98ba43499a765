"""The importer as a server: the insurers' web API behind the officers' CA, health and metrics for operators beside it.

A process of its own, apart from the centre that answers clinics: it alone has the keys of the 個人番号. Where it is
enabled, the officers' console has a listener of its own here (`central.console`).
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from aiohttp import web

from central.api.application import application
from central.api.authentication import OfficerAuthentication
from central.api.health import Readiness
from central.api.metrics import Metrics, make_metrics
from central.api.route import Route
from central.api.serving import runner
from central.audit import Journal
from central.console.app import Served
from central.db.migrate import require_head
from central.db.opening import is_sqlite, open_store
from central.db.store import Store, StoreDown
from central.insurers.desk import UploadDesk
from central.insurers.freshness import Freshness
from central.insurers.metrics import InsurerMetrics
from central.insurers.officers import Officers
from central.insurers.opening import opened_parts
from central.insurers.parts import Parts
from central.insurers.routes import Office, routes
from central.insurers.settings import ImporterSettings
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG, SETTING_WRONG

LOG = "insurers"
"""The audit log of this process."""
LOOK_EVERY = 300.0
"""Seconds between two looks at freshness."""

log = structlog.get_logger("central.insurers.serving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What runs, and where. ``console_port`` is 0 where there is no console."""

    port: int
    ops_port: int
    console_port: int
    office: Office
    parts: Parts
    officers: Officers
    journal: Journal


@asynccontextmanager
async def serving(settings: ImporterSettings) -> AsyncIterator[Serving]:
    """Serves for as long as the block runs. Raises `OnshiError` for settings that cannot work."""

    def clock() -> datetime:
        return datetime.now(UTC)

    tls = None if settings.listen.trusted_hop else server_tls(settings)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(opened_parts(settings))
        journal = Journal(parts.store, log=LOG, clock=clock)
        stack.push_async_callback(journal.stop)
        metrics = make_metrics()
        metrics.follow(journal)
        officers = Officers(parts.store, journal, clock=clock)
        desk = UploadDesk(parts, journal)
        office = Office(desk, Freshness(parts.store, clock=clock, factor=settings.freshness.quiet_factor))
        await desk.start()
        stack.push_async_callback(desk.stop)
        watching = asyncio.create_task(_watch(office.freshness, InsurerMetrics(metrics.registry)), name="freshness")
        stack.callback(watching.cancel)
        listen = settings.listen
        ready = Readiness(metrics)
        ready.register("database", lambda: require_head(parts.store))
        ops_port = await listening(
            stack, application(ready.routes(), metrics=metrics), listen.ops_host, listen.ops_port
        )
        made = _application(routes(lambda: office), officers, metrics, listen.trusted_hop)
        port = await listening(stack, made, listen.host, listen.port, tls)
        console_port = 0
        if settings.console.enabled:
            # Pages wait seconds for the database, an apply may take hours. A SQLite file has one writer for both.
            pages = await stack.enter_async_context(_store_of_pages(settings, parts))
            console = Served(
                settings, store=pages, parts=parts, journal=journal, officers=officers, freshness=office.freshness
            )
            stack.push_async_callback(console.stop)
            await console.start()
            own = settings.console
            console_port = await listening(stack, console.application, own.host, own.port, tls)
        log.info("started", port=port, ops_port=ops_port, console_port=console_port)
        yield Serving(
            port=port,
            ops_port=ops_port,
            console_port=console_port,
            office=office,
            parts=parts,
            officers=officers,
            journal=journal,
        )


@asynccontextmanager
async def _store_of_pages(settings: ImporterSettings, parts: Parts) -> AsyncIterator[Store]:
    url, own = settings.database_url(), settings.database
    if is_sqlite(url):
        yield parts.store
        return
    store = open_store(url, size=own.connections, patience=own.patience_seconds)
    try:
        yield store
    finally:
        await store.close()


def _application(all_: Iterable[Route], officers: Officers, metrics: Metrics, hop: str) -> web.Application:
    return application(all_, metrics=metrics, officers=OfficerAuthentication(officers, trusted_hop=hop))


async def listening(
    stack: AsyncExitStack, made: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None
) -> int:
    """An application on a socket until the stack is left; gives its port."""
    running = runner(made)
    await running.setup()
    stack.push_async_callback(running.cleanup)
    try:
        await web.TCPSite(running, host, port, ssl_context=tls).start()
    except OSError as failed:
        raise OnshiError(SETTING_WRONG, setting="listen", reason=failed.strerror or "") from failed
    bound: int = running.addresses[0][1]
    return bound


def server_tls(settings: ImporterSettings) -> ssl.SSLContext:
    """TLS 1.3 with a client certificate of the officers' CA."""
    own = settings.officers
    ca = settings.secret("officers.ca_certificate", own.ca_certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cadata=ca.decode("ascii"))
        context.load_cert_chain(settings.path(settings.listen.certificate), settings.path(settings.listen.key))
    except (ssl.SSLError, OSError, UnicodeDecodeError, ValueError) as wrong:
        setting = "listen.certificate, listen.key, officers.ca_certificate"
        raise OnshiError(CREDENTIAL_WRONG, setting=setting, reason=type(wrong).__name__) from None
    return context


async def _watch(freshness: Freshness, metrics: InsurerMetrics) -> None:
    """The alarm: a log line for each insurer that has gone quiet, once, and the gauges."""
    quiet: set[str] = set()
    while True:
        try:
            found = await freshness.all()
        except StoreDown as down:
            log.warning("freshness_unknown", code=down.fault.code)
        else:
            metrics.show(found, now=time.time())
            now = {one.insurer for one in found if one.quiet}
            for number in sorted(now - quiet):
                log.warning("insurer_quiet", insurer=number)
            quiet = now
        await asyncio.sleep(LOOK_EVERY)
