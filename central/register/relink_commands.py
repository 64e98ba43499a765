"""``onshi central register``: move a record that hung on the wrong person, list what went out; support measures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
import msgspec

from central.audit import AuditEntry, Journal
from central.cli import configured, guarded
from central.db.migrate import store_at_head
from central.operators import account
from central.register.commands import LOG
from central.register.entries import RecordKey
from central.register.household import Households
from central.register.relinking import Relinking, WrongDisclosure, lines
from central.settings import Settings
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_ENTRY

T = TypeVar("T")

_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


def _record_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--branch", default="", help="枝番 branch, two digits; empty: none."),
        click.option("--number", required=True, help="被保険者証番号 insured number."),
        click.option("--symbol", default="", help="被保険者証記号 symbol; empty: none."),
        click.option("--insurer", required=True, help="保険者番号 insurer number."),
    ):
        command = option(command)
    return command


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Relinking]:
    def clock() -> datetime:
        return datetime.now(UTC)

    async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
        journal = Journal(store, log=LOG, clock=clock)
        yield Relinking(store, journal, clock=clock, operator=account())
        await journal.stop()


def _with(settings: Settings, work: Callable[[Relinking], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _opened(settings) as relinking:
            return await work(relinking)

    return asyncio.run(run())


def _key(insurer: str, symbol: str, number: str, branch: str) -> RecordKey:
    try:
        told = {"insurer": insurer, "symbol": symbol, "number": number, "branch": branch or None}
        return msgspec.convert(told, RecordKey)
    except msgspec.ValidationError as wrong:
        raise OnshiError(REGISTER_ENTRY, item=str(wrong).rpartition("`$.")[2].rstrip("`")) from None


@click.group()
def register() -> None:
    """The register (資格情報): corrections that an operator makes on the centre itself."""


@register.command("relink")
@configured
@_record_options
@click.option("--person", required=True, help="The right person's id in the register.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="A day on which the wrong tie holds.")
@click.option("--only-tell", is_flag=True, help="Move nothing; tell what would be moved and what went out.")
@_json
@guarded
def relink(
    settings: Settings, insurer: str, symbol: str, number: str, branch: str, person: str, on: datetime, *,
    only_tell: bool, as_json: bool,
) -> None:  # fmt: skip
    """Move the record's tie to the right person; list every disclosure made under the wrong one."""
    key = _key(insurer, symbol, number, branch)
    done = _with(settings, lambda all_: all_.relink(key, person, on=on.date(), only_tell=only_tell))
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    moved = "moved" if done.moved else "would be moved"
    click.echo(f"record {done.record_id} {moved} from {done.wrong_person} to {done.right_person}")
    _tell(done.disclosures)


@register.command("disclosures")
@configured
@_record_options
@click.option("--person", required=True, help="The person on whom the record hung, id in the register.")
@_json
@guarded
def disclosures(
    settings: Settings, insurer: str, symbol: str, number: str, branch: str, person: str, *, as_json: bool
) -> None:
    """List what went out while the record hung on that person; also after an upload has moved it."""
    key = _key(insurer, symbol, number, branch)

    async def work(relinking: Relinking) -> list[WrongDisclosure]:
        return await relinking.disclosures(await relinking.record_id(key), person)

    found = _with(settings, work)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    _tell(found)


@register.command("support-measure")
@configured
@click.argument("person")
@click.option("--on/--off", "is_on", default=True, show_default=True, help="Whether it holds from today on.")
@guarded
def support_measure(settings: Settings, person: str, *, is_on: bool) -> None:
    """Hide the PERSON (id in the register) from household views and never tell where they live (支援措置)."""

    async def run() -> None:
        def clock() -> datetime:
            return datetime.now(UTC)

        async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
            await Households(store, clock=clock).support_measure(person, on=is_on)
            journal = Journal(store, log=LOG, clock=clock)
            told = (f"support-measure:{'on' if is_on else 'off'}",)
            await journal.record(
                AuditEntry(kind="support-measure", outcome="done", operator=account(), subject=person, references=told)
            )
            await journal.stop()

    asyncio.run(run())


def _tell(found: Sequence[WrongDisclosure]) -> None:
    for line in lines(found):
        click.echo(line)
    click.echo(f"{len(found)} disclosures")
