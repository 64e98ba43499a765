"""``onshi central db``: bring the database to the program's version, or draft a new step."""

import asyncio
import tempfile
from pathlib import Path

import click
import msgspec

from central.cli import configured, guarded
from central.settings import Settings


@click.group()
def db() -> None:
    """The database: upgrade it, see its version."""


@db.command()
@configured
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@guarded
def upgrade(settings: Settings, as_json: bool) -> None:
    """Bring the database to the version of this program (safe to repeat)."""
    from central.db import migrate

    before, after = asyncio.run(migrate.upgrade(settings.database_url()))
    if as_json:
        click.echo(msgspec.json.encode({"before": before, "after": after}))
    else:
        click.echo(f"{before or 'empty'} → {after}")


@db.command()
@configured
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@guarded
def check(settings: Settings, as_json: bool) -> None:
    """Say whether the database has the version that this program needs."""
    from central.db import migrate

    async def ask() -> None:
        async with migrate.store_at_head(settings.database_url()):
            pass  # opening it is the check

    asyncio.run(ask())
    click.echo(msgspec.json.encode({"version": migrate.head()}) if as_json else migrate.head())


@db.command()
@click.argument("message")
@guarded
def draft(message: str) -> None:
    """For developers: write a new migration from what the tables have more than the migrations."""
    from central.db import migrate

    with tempfile.TemporaryDirectory(prefix="onshi-") as folder:
        path = Path(folder, "draft.sqlite")
        migrate.upgrade_file(path)
        click.echo(migrate.draft(message, path))
