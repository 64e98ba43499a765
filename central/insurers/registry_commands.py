"""``onshi insurer add`` and ``onshi insurer end``: which insurers there are, from when, until when, who takes over."""

from datetime import UTC, date, datetime
from pathlib import Path

import click
import msgspec
import sqlalchemy as sa

from central.cli import guarded
from central.db import Statement, Store
from central.insurers.acting import registering
from central.insurers.options import config_option, json_option
from central.insurers.settings import importer_settings
from central.operators import operator_option
from central.register.entries import Insurer, RowRef
from central.register.intake import Intake, RegisterIntake
from central.register.keys import insurer_key
from central.register.tables import insurer as _insurer
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_ENTRY
from protocol.errors.insurers import INSURER_UNKNOWN
from protocol.numbers import InsurerNumber

_CURRENT = Statement(
    "insurers.registry.current",
    sa.select(_insurer)
    .where(_insurer.c.number == sa.bindparam("insurer"), _insurer.c.recorded_to.is_(None))
    .order_by(_insurer.c.valid_from.desc()),
)
_day = click.DateTime(["%Y-%m-%d"])
_successor_option = click.option("--successor", metavar="NUMBER", help="Who takes over in a merger (保険者番号).")
_UNTIL = "First day (Japan) on which it no longer exists."


@click.command()
@click.argument("number")
@click.option("--name", required=True, help="Name of the insurer or welfare office.")
@click.option("--from", "first", type=_day, help="First day (Japan); today when not given.")
@click.option("--until", "last", type=_day, help=_UNTIL)
@_successor_option
@operator_option
@config_option
@json_option
@guarded
def add(
    number: str,
    name: str,
    first: datetime | None,
    last: datetime | None,
    successor: str | None,
    operator: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Enter the insurer with this NUMBER (保険者番号) in the register, so that it may upload."""
    settings = importer_settings(config)
    begins = (first or datetime.now(JST)).date()
    entry = Insurer(number=number, name=name, valid_from=begins, valid_until=_date(last), successor=successor)
    InsurerNumber(number).validate_check_digit()

    async def register(store: Store) -> None:
        async with RegisterIntake(store, lambda: datetime.now(UTC)).transaction() as intake:
            await _require_successor(intake, entry)
            await intake.register(entry)

    registering(settings, "insurer.add", operator, register)
    _told(entry, as_json=as_json)


@click.command()
@click.argument("number")
@click.option("--until", "last", type=_day, required=True, help=_UNTIL)
@_successor_option
@operator_option
@config_option
@json_option
@guarded
def end(number: str, last: datetime, successor: str | None, operator: str, config: Path | None, as_json: bool) -> None:
    """State that the insurer with this NUMBER ends, or is merged into --successor; its coverages end with it.

    Said again, it corrects what was said before.
    """

    async def register(store: Store) -> Insurer:
        async with RegisterIntake(store, lambda: datetime.now(UTC)).transaction() as intake:
            row = await intake.running.first(_CURRENT, insurer=insurer_key(number))
            if row is None:
                raise OnshiError(INSURER_UNKNOWN, insurer=number)
            entry = Insurer(
                number=row["number"],
                name=row["name"],
                valid_from=row["valid_from"],
                valid_until=_date(last),
                successor=successor,
            )
            await _require_successor(intake, entry)
            await intake.correct(RowRef(kind="Insurer", row_id=row["row_id"], key=row["number"]), entry)
            return entry

    _told(registering(importer_settings(config), "insurer.end", operator, register), as_json=as_json)


def _date(told: datetime | None) -> date | None:
    return told.date() if told else None


async def _require_successor(intake: Intake, entry: Insurer) -> None:
    """Somebody else whom the register has, and only of an insurer that ends."""
    if entry.successor is None:
        return
    InsurerNumber(entry.successor).validate_check_digit()
    if entry.valid_until is None or insurer_key(entry.successor) == insurer_key(entry.number):
        raise OnshiError(REGISTER_ENTRY, item="successor")
    if await intake.running.first(_CURRENT, insurer=insurer_key(entry.successor)) is None:
        raise OnshiError(INSURER_UNKNOWN, insurer=entry.successor)


def _told(entry: Insurer, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(entry))
        return
    until = f"  until {entry.valid_until}" if entry.valid_until else ""
    successor = f"  then {entry.successor}" if entry.successor else ""
    click.echo(f"{entry.number}  {entry.name}  from {entry.valid_from}{until}{successor}")
