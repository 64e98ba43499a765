"""``onshi sandbox receipts``: receipt files of the cast and of a population, as they would arrive."""

import sys
import time
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import click
import msgspec

from central.receipts.master import load, synthetic
from sandbox.clock import japan_today
from sandbox.receipts.files import Town, months_before, write
from sandbox.receipts.lives import Lives
from sandbox.receipts.patients import of_cast, of_population
from sandbox.residents.people import Population


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
@click.option("--people", type=click.IntRange(0), default=0, help="So many people of `onshi sandbox people`.")
@click.option("--insurer", default="", help="As given to `onshi sandbox people`.")
@click.option("--cast/--no-cast", default=True, show_default=True, help="The cast (登場人物) as well.")
@click.option("--months", type=click.IntRange(1, 60), default=3, show_default=True, help="Months before today's.")
@click.option("--seed", default="onshi", show_default=True, help="The same seed gives the same people and files.")
@click.option("--rate", type=click.FloatRange(0), default=1.0, show_default=True, help="How often people go.")
@click.option(
    "--corrected",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of dispensing receipts that come back (返戻) and are claimed again a month later.",
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The world's day in Japan. Default: today.")
@click.option(
    "--drug-master",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="医薬品マスター whose products are prescribed. Default: the synthetic one.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def receipts(
    *,
    out: Path,
    people: int,
    insurer: str,
    cast: bool,
    months: int,
    seed: str,
    rate: float,
    corrected: float,
    today: object,
    drug_master: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Invent receipts (レセプト) of the register's people: 医科, 歯科, 調剤, for `onshi receipts import`."""
    day = today.date() if hasattr(today, "date") else japan_today()
    begun = time.monotonic()
    with ExitStack() as stack:
        streams = [stack.enter_context(path.open("rb")) for path in drug_master]
        master = load(*streams) if streams else synthetic()
    population = Population(seed, day, insurer)
    patients = list(chain(of_cast(day) if cast else (), of_population(population.people(people))))

    def told(done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done:>11,}", nl=False, err=True)

    lives = Lives(seed, master, rate=rate)
    town = Town.of(len(patients))
    found = write(
        patients, list(months_before(day, months)), out, lives=lives, town=town, corrected=corrected, told=told
    )
    rate_ = int(found.receipts / max(time.monotonic() - begun, 0.001))
    if as_json:
        click.echo(msgspec.json.encode({"people": len(patients), **found._asdict(), "per_second": rate_}))
    else:
        click.echo(
            f"{len(patients):,} people, {found.files:,} files, {found.receipts:,} receipts, "
            f"{found.corrections:,} corrections, {rate_:,}/s"
        )
