"""``onshi sandbox people`` and ``onshi sandbox residents``: a population on disk, and its resident register."""

import asyncio
import sys
import time
from pathlib import Path

import click
import msgspec
from aiohttp import web

from central.cli import guarded, writing
from protocol.errors import OnshiError
from protocol.errors.input_ import INSURER_NUMBER
from protocol.numbers import InsurerNumber
from sandbox.clock import japan_today
from sandbox.residents.files import RESIDENTS, write
from sandbox.residents.people import Population
from sandbox.residents.service import StandIn, application


@click.command()
@click.option("--count", type=click.IntRange(1), required=True, help="How many people.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
@click.option("--seed", default="onshi", show_default=True, help="The same seed gives the same people.")
@click.option("--mistakes", type=click.IntRange(0), default=0, help="Lines with a seeded mistake (see truth.csv).")
@click.option("--insurer", default="", help="Everybody in this one insurer (8 digits); else insurers by their shares.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The world's day in Japan. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@guarded
def people(count: int, out: Path, seed: str, mistakes: int, insurer: str, today: object, *, as_json: bool) -> None:
    """Invent people (住民): residents, and what their insurers upload about them."""
    if insurer:
        number = InsurerNumber(insurer)
        number.validate_check_digit()
        if number.padded_zeros != insurer:
            raise OnshiError(INSURER_NUMBER)
    day = today.date() if hasattr(today, "date") else japan_today()
    begun = time.monotonic()

    def told(done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done:>11,} / {count:,}", nl=done >= count, err=True)

    with writing(out):
        written = write(Population(seed, day, insurer), count, out, today=day, mistakes=mistakes, told=told)
    rate = int(written.people / max(time.monotonic() - begun, 0.001))
    if as_json:
        click.echo(msgspec.json.encode({**written._asdict(), "per_second": rate}))
    else:
        click.echo(f"{written.people:,} people, {written.uploads} uploads, {written.mistakes} mistakes, {rate:,}/s")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=8470, show_default=True, help="On 127.0.0.1; 0: any.")
def residents(folder: Path, port: int) -> None:
    """Serve the resident register (住民基本台帳) of FOLDER, made by `onshi sandbox people`, until interrupted."""
    asyncio.run(_serve(folder / RESIDENTS, port))


async def _serve(path: Path, port: int) -> None:
    stand_in = StandIn(path)
    runner = web.AppRunner(application(stand_in), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        click.echo(f"http://127.0.0.1:{runner.addresses[0][1]}")
        sys.stdout.flush()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        stand_in.close()
