"""``onshi sandbox checkups``: five years of checkups of invented people, as the ZIPs that facilities send."""

import sys
from pathlib import Path

import click
import msgspec

from sandbox.cast import cast
from sandbox.checkups.files import PARTICIPATION, Plan, write
from sandbox.checkups.members import of_cast, of_population
from sandbox.clock import japan_today
from sandbox.residents.people import Population


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
@click.option("--count", type=click.IntRange(1), help="The people of `onshi sandbox people` with the same options.")
@click.option("--cast", "of_the_cast", is_flag=True, help="The members of the cast instead.")
@click.option("--seed", default="onshi", show_default=True, help="The seed of the people.")
@click.option("--insurer", default="", help="As for `onshi sandbox people`.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The world's day in Japan. Default: today.")
@click.option("--years", type=click.IntRange(1, 5), default=5, show_default=True, help="Years of checkups.")
@click.option(
    "--participation",
    type=click.IntRange(0, 100),
    default=PARTICIPATION,
    show_default=True,
    help="Per cent who take part in a year.",
)
@click.option("--results", type=int, default=1, show_default=True, help="The seed of the results.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def checkups(
    out: Path,
    count: int | None,
    *,
    of_the_cast: bool,
    seed: str,
    insurer: str,
    today: object,
    years: int,
    participation: int,
    results: int,
    as_json: bool,
) -> None:
    """Invent checkups (特定健診) of 40-year-olds and older: ZIPs for `onshi checkups import`."""
    if (count is None) != of_the_cast:
        raise click.UsageError("either --count or --cast")
    day = today.date() if hasattr(today, "date") else japan_today()
    members = of_cast(cast(day)) if count is None else of_population(Population(seed, day, insurer).people(count))

    def told(done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done:>11,}", nl=False, err=True)

    written = write(members, out, Plan(results, day, years, participation), told=told)
    if as_json:
        click.echo(msgspec.json.encode(written._asdict()))
    else:
        click.echo(f"{written.members:,} members, {written.checkups:,} checkups, {written.zips:,} ZIPs")
