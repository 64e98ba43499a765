"""``onshi central disaster``: where and when reading in a disaster is open; two operators, one after the other."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
import msgspec

from central.audit import Journal
from central.cli import configured, guarded
from central.db.migrate import store_at_head
from central.disclosure.disasters import Disaster, Disasters
from central.operators import operator_option
from central.settings import Settings
from protocol.eras import JST

T = TypeVar("T")
LOG = "admin"
"""The audit log of these commands."""
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_json = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")


def _with(settings: Settings, work: Callable[[Disasters], Awaitable[T]]) -> T:
    def clock() -> datetime:
        return datetime.now(UTC)

    async def run() -> T:
        async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
            journal = Journal(store, log=LOG, clock=clock)
            done = await work(Disasters(store, journal, clock=clock, ids=lambda: secrets.token_hex(16)))
            await journal.stop()
        return done

    return asyncio.run(run())


@click.group()
def disaster() -> None:
    """Reading without card and consent in a disaster (災害時医療情報閲覧), or while a facility's line is down."""


@disaster.command("open")
@click.argument("name")
@click.option(
    "--area", "areas", multiple=True, help="Prefecture (2 digits) or municipality (5 digits); again for more."
)
@click.option("--facility", "facilities", multiple=True, help="Code of one facility; again for more.")
@click.option(
    "--from", "starts", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Japan time; now if not given."
)
@click.option("--until", "ends", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), required=True, help="Japan time.")
@operator_option
@_json
@configured
@guarded
def open_disaster(
    settings: Settings,
    name: str,
    areas: tuple[str, ...],
    facilities: tuple[str, ...],
    starts: datetime | None,
    ends: datetime,
    operator: str,
    as_json: bool,
) -> None:
    """State NAME for areas or facilities and a period. Nobody reads before a second operator confirms it."""
    begins = starts.replace(tzinfo=JST) if starts else datetime.now(UTC)
    made = _with(
        settings,
        lambda disasters: disasters.open(
            name,
            areas=areas,
            facilities=facilities,
            starts_at=begins,
            ends_at=ends.replace(tzinfo=JST),
            operator=operator,
        ),
    )
    click.echo(msgspec.json.encode(made) if as_json else f"{made.disaster_id}  waits for a second operator")


@disaster.command("confirm")
@click.argument("id_", metavar="ID")
@operator_option
@_json
@configured
@guarded
def confirm_disaster(settings: Settings, id_: str, operator: str, as_json: bool) -> None:
    """Confirm it as a second operator: from now on it is open, in its period."""
    _with(settings, lambda disasters: disasters.confirm(id_, operator=operator))
    click.echo(msgspec.json.encode({"disaster_id": id_, "confirmed_by": operator}) if as_json else f"{id_}  confirmed")


@disaster.command("close")
@click.argument("id_", metavar="ID")
@operator_option
@configured
@guarded
def close_disaster(settings: Settings, id_: str, operator: str) -> None:
    """End it, and every reading under it, at once."""
    _with(settings, lambda disasters: disasters.close(id_, operator=operator))


@disaster.command("list")
@_json
@configured
@guarded
def list_disasters(settings: Settings, as_json: bool) -> None:
    """Every disaster: id, name, state, period (Japan time), where."""
    found = _with(settings, lambda disasters: disasters.all())
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for one in found:
        period = " – ".join(f"{moment.astimezone(JST):%Y-%m-%dT%H:%M}" for moment in (one.starts_at, one.ends_at))
        where = " ".join((*one.areas, *one.facilities))
        click.echo(f"{one.disaster_id}  {one.name}  {_state(one, datetime.now(UTC))}  {period}  {where}")


def _state(one: Disaster, now: datetime) -> str:
    if one.closed_by is not None:
        return "closed"
    if one.confirmed_by is None:
        return "unconfirmed"
    if now < one.starts_at:
        return "to come"
    return "open" if now < one.ends_at else "over"
