"""``onshi central run`` and ``onshi central openapi``."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import click
import msgspec

from central.api import docs
from central.api.openapi import document
from central.app import build
from central.cli import configured, guarded
from central.insurers.routes import Office
from central.insurers.routes import routes as insurer_routes
from central.logs import configure
from central.settings import Database, Settings


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where it is installed: where Python ends TLS it needs a fifth of the memory per connection."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        asyncio.run(main)
        return
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)


async def _serve(settings: Settings, *, as_json: bool) -> None:
    central = build(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await central.start()
    try:
        told = {"devices": central.device_port, "operators": central.ops_port}
        if as_json:
            click.echo(msgspec.json.encode(told))
        else:
            click.echo(f"devices: port {central.device_port} · operators: port {central.ops_port}", err=True)
        await stop.wait()
    finally:
        await central.stop()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Once serving, print the ports as one JSON object.")
@configured
@guarded
def run(settings: Settings, as_json: bool) -> None:
    """Serve until SIGINT or SIGTERM."""
    configure(settings.log_level)
    _run_loop(_serve(settings, as_json=as_json))


def _nobody() -> Office:
    """The insurers' routes are served by another process; here they are only described."""
    raise RuntimeError("not served here")


@click.command()
@guarded
def openapi() -> None:
    """Print the OpenAPI 3.1 document of all routes."""

    async def made() -> dict[str, Any]:
        # A centre that is never started, over a private database: it needs no key and no certificate.
        central = build(Settings(database=Database(url="sqlite://")))
        try:
            every = [*central.routes(), *insurer_routes(_nobody)]
            return document(every, version=docs.program_version())
        finally:
            await central.discard()

    click.echo(msgspec.json.format(msgspec.json.encode(asyncio.run(made())), indent=2))
