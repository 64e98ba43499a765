"""``onshi sandbox jlis``: the J-LIS stand-in by itself, for a centre that runs elsewhere."""

import asyncio
import signal
from pathlib import Path

import click

from sandbox.demo.outside import running_jlis
from sandbox.world.world import World, WorldRefused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def jlis() -> None:
    """The J-LIS stand-in (地方公共団体情報システム機構の代役)."""


@jlis.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="On 127.0.0.1; 0: any free.")
@click.option(
    "--world",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".onshi/world"),
    show_default=True,
    help="Folder of the invented world.",
)
def run(port: int, folder: Path) -> None:
    """Serve certificates, lists, OCSP and linkage until stopped; the address is printed first."""
    try:
        with World.share(folder) as world:
            asyncio.run(_serve(world, port))
    except WorldRefused as refused:
        raise click.ClickException(str(refused)) from None


async def _serve(world: World, port: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, stopping.set)
    async with running_jlis(world, port=port) as served:
        click.echo(served.url)
        await stopping.wait()
