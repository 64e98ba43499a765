"""``onshi insurer console``: serve the officers' console from the importer's own machine."""

import asyncio
import signal
from pathlib import Path

import click
import msgspec

from central.cli import guarded
from central.console.app import Served
from central.db.opening import is_sqlite, open_store
from central.insurers.opening import opened_parts
from central.insurers.options import config_option, json_option
from central.insurers.settings import ImporterSettings, importer_settings
from central.logs import configure


async def _serve(settings: ImporterSettings, *, as_json: bool) -> None:
    async with opened_parts(settings) as parts:
        # Pages wait seconds for the database, an apply may take hours. A SQLite file has one writer for both.
        url = settings.database_url()
        store = (
            parts.store
            if is_sqlite(url)
            else open_store(url, size=settings.database.connections, patience=settings.database.patience_seconds)
        )
        served = Served(settings, store=store, parts=parts)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            await served.start()
            if as_json:
                click.echo(msgspec.json.encode({"console": served.port}))
            else:
                click.echo(f"console: port {served.port}", err=True)
            await stop.wait()
        finally:
            await served.stop()
            if store is not parts.store:
                await store.close()


@click.command()
@config_option
@json_option
@guarded
def console(config: Path | None, as_json: bool) -> None:
    """Serve the officers' console until SIGINT or SIGTERM; with --json its port comes on standard output."""
    settings = importer_settings(config)
    configure(settings.log_level)
    asyncio.run(_serve(settings, as_json=as_json))
