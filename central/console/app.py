"""The console put together: services over the importer's parts become pages and one application. Nothing else wires.

It runs in the insurer zone, in the importer's own process (`central.insurers.serving`): a file goes from the browser
into the encrypted spool without passing the medical centre.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from central.audit import Journal
from central.console.page import Page
from central.console.pages import Pages, static_file
from central.console.routes import ConsoleRoutes
from central.console.runs import Runs
from central.console.service import Console
from central.console.web import Site, application
from central.db.store import Store
from central.insurers.comparisons import Comparisons, sealing_key
from central.insurers.freshness import Freshness
from central.insurers.officers import Officers
from central.insurers.parts import Parts
from central.insurers.settings import ImporterSettings
from central.insurers.uploads import Importer


class Served:
    """The console, not listening. ``store`` reads pages; ``parts`` are the importer's. `start` it and `stop` it."""

    def __init__(
        self,
        settings: ImporterSettings,
        *,
        store: Store,
        parts: Parts,
        journal: Journal,
        officers: Officers,
        freshness: Freshness,
    ) -> None:
        clock: Callable[[], datetime] = parts.clock
        console = Console(store, Comparisons(sealing_key(parts.spool)))
        self.runs = Runs(parts, store)
        self.pages: list[Page] = ConsoleRoutes(
            store=store,
            console=console,
            freshness=freshness,
            importer=Importer(parts),
            runs=self.runs,
            clock=clock,
        ).pages()
        site = Site(
            officers=officers,
            journal=journal,
            pages=Pages(),
            name=console.name,
            clock=clock,
            secret=parts.spool.key_for("console-forms"),
            trusted_hop=settings.listen.trusted_hop,
            largest=settings.console.largest_mib,
        )
        self.application: web.Application = application(self.pages, static_file, site)

    async def start(self) -> None:
        """Goes on with what was under way when the process ended."""
        await self.runs.resume()

    async def stop(self) -> None:
        """What runs stays as it is and goes on after the next start."""
        await self.runs.stop()
