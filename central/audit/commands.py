"""``onshi central audit``: re-compute the chains of the audit logs."""

import asyncio
import sys

import click
import msgspec

from central.audit.verify import Verified, logs, verify
from central.cli import configured, guarded, refusal
from central.db.migrate import store_at_head
from central.settings import Settings
from protocol.errors import OnshiError


@click.group()
def audit() -> None:
    """The audit log (監査記録)."""


@audit.command("verify")
@click.option("--log", "name", help="Only this log; all of them when not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@configured
@guarded
def verify_logs(settings: Settings, name: str | None, as_json: bool) -> None:
    """Walk every chain from its first row; exit 1 at the first row that does not agree, after all logs were read."""
    good, broken = asyncio.run(_verified(settings, name))
    if as_json:
        told = {"ok": not broken, "logs": good, "broken": [error.details for error in broken]}
        click.echo(msgspec.json.encode(told))
    else:
        for one in good:
            click.echo(f"{one.log}  {one.rows}  {one.head}")
    for error in broken:
        refusal(error)
    sys.exit(1 if broken else 0)


async def _verified(settings: Settings, name: str | None) -> tuple[list[Verified], list[OnshiError]]:
    good: list[Verified] = []
    broken: list[OnshiError] = []
    async with store_at_head(settings.database_url()) as store:
        for log in [name] if name else await logs(store):
            try:
                good.append(await verify(store, log))
            except OnshiError as wrong:
                broken.append(wrong)
    return good, broken
