"""`onshi firmware`: check what goes onto an appliance before it goes."""

import sys
from pathlib import Path

import click
import msgspec

from firmware_config import check as checks
from firmware_config import profile


@click.group()
def firmware() -> None:
    """Profiles, units and rules of an appliance."""


@firmware.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Findings as a JSON list.")
def check_command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check files or folders; without PATHS, everything that Onshi ships. Exit 1 when something must be mended."""
    given = list(paths) or [checks.HERE]
    findings = list(checks.check(given))
    if as_json:
        click.echo(msgspec.json.encode(findings))
    else:
        for one in findings:
            click.echo(f"{one.file}:{one.line}: {one.code} {one.text}\n    → {one.remedy}")
        if not findings:
            click.echo("firmware configuration: nothing to mend", err=True)
    if findings:
        sys.exit(1)


@firmware.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a device profile."""
    click.echo(msgspec.json.format(msgspec.json.encode(profile.schema()), indent=2))
