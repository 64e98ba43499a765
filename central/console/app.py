"""The console put together: the importer's settings become services and one listener. Nothing else wires.

It runs in the insurer zone, in the importer's own process: a file goes from the browser into the encrypted spool
without passing the medical centre.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from aiohttp import web

from central.api.serving import runner
from central.audit import Journal
from central.console.page import Page
from central.console.pages import Pages, static_file
from central.console.routes import ConsoleRoutes
from central.console.runs import Runs
from central.console.service import Console
from central.console.web import Site, application
from central.db.store import Store, StoreDown
from central.insurers.comparisons import Comparisons, sealing_key
from central.insurers.officers import Officers
from central.insurers.parts import Parts
from central.insurers.settings import ImporterSettings
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG, SETTING_WRONG

STAGE_LIMIT = 15.0
"""Seconds that one stage may take to stop."""
TIDY_EVERY = 3600.0

log = structlog.get_logger("central.console")


class Served:
    """The console, built but not started. ``store`` reads pages and writes audit rows; ``parts`` are the importer's."""

    def __init__(
        self, settings: ImporterSettings, *, store: Store, parts: Parts, clock: Callable[[], datetime] | None = None
    ) -> None:
        own = settings.console
        clock = clock or parts.clock
        self._settings = settings
        self._journal = Journal(store, log=own.log, clock=clock)
        self._importer = Importer(parts)
        console = Console(store, Comparisons(sealing_key(parts.spool)), quiet_factor=settings.freshness.quiet_factor)
        self.runs = Runs(parts, store)
        self.pages: list[Page] = ConsoleRoutes(
            store=store, console=console, importer=self._importer, runs=self.runs, clock=clock
        ).pages()
        site = Site(
            officers=Officers(store, self._journal, clock=clock),
            journal=self._journal,
            pages=Pages(),
            name=console.name,
            clock=clock,
            secret=parts.spool.key_for("console-forms"),
            trusted_hop=own.trusted_hop,
            largest=own.largest_mib,
        )
        self.application: web.Application = application(self.pages, static_file, site)
        self.port = 0
        self._stops: list[tuple[str, Callable[[], Awaitable[object]]]] = []

    async def start(self) -> None:
        """Listens, then goes on with what was under way. On a failure what was started is stopped again."""
        own = self._settings.console
        tls = None if own.trusted_hop else server_tls(self._settings)
        try:
            self._stops.append(("audit", self._journal.stop))
            self._stops.append(("uploads", self.runs.stop))
            running = runner(self.application)
            await running.setup()
            self._stops.append(("console", running.cleanup))
            await web.TCPSite(running, own.host, own.port, ssl_context=tls).start()
            self.port = running.addresses[0][1]
            await self.runs.resume()
            tidying = asyncio.create_task(self._tidy(), name="console:tidy")
            self._stops.append(("tidy", _cancelled(tidying)))
        except OSError as failed:
            await self.stop()
            raise OnshiError(SETTING_WRONG, setting="console.port", reason=failed.strerror or "") from failed
        except BaseException:
            await self.stop()
            raise
        log.info("started", port=self.port)

    async def _tidy(self) -> None:
        """Files that no upload waits for are destroyed, now and every hour."""
        while True:
            try:
                await self._importer.tidy()
            except OnshiError as refused:
                log.warning("tidy_refused", code=refused.fault.code)
            await asyncio.sleep(TIDY_EVERY)

    async def stop(self) -> None:
        """Newest stage first. A stage that does not stop in time is left, and said."""
        while self._stops:
            name, stop = self._stops.pop()
            try:
                async with asyncio.timeout(STAGE_LIMIT):
                    await stop()
            except TimeoutError:
                log.error("stop_overdue", stage=name)
            except StoreDown as down:
                log.warning("stop_unclean", stage=name, code=down.fault.code)


def _cancelled(task: "asyncio.Task[None]") -> Callable[[], Awaitable[object]]:
    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return stop


def server_tls(settings: ImporterSettings) -> ssl.SSLContext:
    """TLS 1.3 with a required certificate of the officers' CA. Raises `OnshiError` (`CREDENTIAL_WRONG`)."""
    own = settings.console
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    ca = settings.secret("officers.ca_certificate", settings.officers.ca_certificate)
    try:
        context.load_verify_locations(cadata=ca.decode("ascii"))
        context.load_cert_chain(settings.path(own.certificate), settings.path(own.key))
    except (ssl.SSLError, OSError, UnicodeDecodeError, ValueError) as wrong:
        raise OnshiError(
            CREDENTIAL_WRONG,
            setting="officers.ca_certificate, console.certificate, console.key",
            reason=type(wrong).__name__,
        ) from None
    return context
