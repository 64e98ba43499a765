"""``onshi checkups``: check a submission ZIP, put it into plain words, import it; link and purge what was imported.

``check`` and ``explain`` read files only; the others need the centre's database.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeVar

import click
import msgspec

from central.audit import Journal
from central.checkups.check import Report, check, read_submission
from central.checkups.explain import SaidFile, explain
from central.checkups.finding import SubmissionFault
from central.checkups.schemas import Schemas
from central.checkups.service import Checkups, Loaded
from central.cli import configured, guarded
from central.db.migrate import store_at_head
from central.operators import operator_option
from central.settings import Settings
from protocol.errors import OnshiError
from protocol.errors.checkups import FILE_UNREADABLE

T = TypeVar("T")
LOG = "admin"
"""The audit log of the commands that write."""
PATIENCE = 3600.0
"""Seconds that a step of an import may wait for others that hold the register."""
EVERY = 500
"""Results between two words of progress."""

_FILE = click.argument("file", metavar="FILE.zip", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
_SCHEMAS = click.option(
    "--schemas",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ONSHI_CHECKUP_SCHEMAS",
    help="Folder of the ministry's XSD files: documents are held to them as well.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def checkups() -> None:
    """Checkups (特定健診): check a submission, explain it, import it; link and purge."""


@checkups.command("check")
@_FILE
@click.option("--keep", default=1000, show_default=True, help="How many faults are listed; the rest is counted.")
@_SCHEMAS
@_JSON
@guarded
def check_command(file: Path, keep: int, schemas: Path | None, *, as_json: bool) -> None:
    """Check a submission ZIP: names, index, summary, results, claims, items, totals. Exit 0: no fault."""
    held_to = Schemas.in_folder(schemas) if schemas is not None else None
    with ExitStack() as stack:
        report = check(_open(stack, file), file.name, keep=keep, schemas=held_to)
    if as_json:
        answer: dict[str, object] = {"faults": report.faults, "totals": report.totals}
        if report.left_off:
            answer["left_off"] = report.left_off
        click.echo(msgspec.json.encode(answer))
    else:
        _tell(report)
    if report.faults:
        sys.exit(1)


@checkups.command("explain")
@_FILE
@click.option("--personal", is_flag=True, help="Show names and numbers of persons; without it they are covered.")
@_JSON
@guarded
def explain_command(file: Path, *, personal: bool, as_json: bool) -> None:
    """Put a submission ZIP into plain words, file by file, with its faults. Exit 1 where there are any."""
    with ExitStack() as stack:
        faulty = False
        if as_json:
            click.echo('{"files":[', nl=False)
        for serial, said in enumerate(explain(read_submission(_open(stack, file), file.name), personal=personal)):
            faulty = faulty or bool(said.faults)
            if as_json:
                click.echo((b",\n" if serial else b"\n") + msgspec.json.encode(said), nl=False)
            else:
                _say(said)
        if as_json:
            click.echo("\n]}")
    if faulty:
        sys.exit(1)


@asynccontextmanager
async def _opened(settings: Settings, told: Callable[[int], None], schemas: Schemas | None) -> AsyncIterator[Checkups]:
    def clock() -> datetime:
        return datetime.now(UTC)

    async with store_at_head(settings.database_url(), patience=PATIENCE) as store:
        journal = Journal(store, log=LOG, clock=clock)
        yield Checkups(store, journal, clock=clock, told=told, schemas=schemas)
        await journal.stop()


def _with(
    settings: Settings,
    work: Callable[[Checkups], Awaitable[T]],
    told: Callable[[int], None] = lambda _: None,
    schemas: Schemas | None = None,
) -> T:
    async def run() -> T:
        async with _opened(settings, told, schemas) as service:
            return await work(service)

    return asyncio.run(run())


@checkups.command("import")
@_FILE
@_SCHEMAS
@operator_option
@_JSON
@configured
@guarded
def import_command(settings: Settings, file: Path, schemas: Path | None, operator: str, *, as_json: bool) -> None:
    """Import a submission ZIP: all its good results in one visible step, the faulty ones told and left out.

    The same ZIP again changes nothing. Exit 0: nothing was left out and there is no fault; 1: see the faults.
    """

    def told(results: int) -> None:
        if results % EVERY == 0:
            click.echo(f"read (results): {results:,}", err=True)

    held_to = Schemas.in_folder(schemas) if schemas is not None else None
    with ExitStack() as stack:
        stream = _open(stack, file)
        loaded = _with(settings, lambda service: service.load(stream, file.name, operator=operator), told, held_to)
    if as_json:
        click.echo(msgspec.json.encode(loaded))
    else:
        _tell_loaded(loaded)
    if loaded.faults or loaded.left_out:
        sys.exit(1)


def _tell_loaded(loaded: Loaded) -> None:
    for fault in loaded.faults:
        click.echo(_fault(fault))
    if loaded.left_off:
        click.echo(f"… ほか {loaded.left_off} 件 / and {loaded.left_off} more")
    again = " 取込済み loaded before:" if loaded.again else ""
    click.echo(
        f"{loaded.submission}{again} 結果 results {loaded.results} · 新規 new {loaded.new} · 訂正 corrected"
        f" {loaded.corrected} · 同一 same {loaded.same} · 旧 older {loaded.older} · 保存期間外 expired {loaded.expired}"
        f" · 削除 deleted {loaded.deleted} · 除外 left out {loaded.left_out} · 未紐付け waiting {loaded.waiting}"
    )


@checkups.command("link")
@operator_option
@_JSON
@configured
@guarded
def link_command(settings: Settings, operator: str, *, as_json: bool) -> None:
    """Link checkups that wait for their person to the records that the register has by now."""
    linked = _with(settings, lambda service: service.link(operator=operator))
    click.echo(msgspec.json.encode({"linked": linked}) if as_json else f"{linked:,} linked")


@checkups.command("purge")
@operator_option
@_JSON
@configured
@guarded
def purge_command(settings: Settings, operator: str, *, as_json: bool) -> None:
    """Delete checkups past keeping (five years), corrected versions included. Told, and on the audit log."""
    purged = _with(settings, lambda service: service.purge(operator=operator))
    if as_json:
        click.echo(msgspec.json.encode(purged))
    else:
        click.echo(f"before {purged.before}: {purged.linked:,} linked and {purged.waiting:,} waiting rows deleted")


def _open(stack: ExitStack, path: Path) -> IO[bytes]:
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as refused:
        raise OnshiError(FILE_UNREADABLE, file=path.name, reason=type(refused).__name__) from None


def _tell(report: Report) -> None:
    for fault in report.faults:
        click.echo(_fault(fault))
    if report.left_off:
        click.echo(f"… ほか {report.left_off} 件 / and {report.left_off} more")
    totals = report.totals
    click.echo(
        f"結果 results {totals.results} · 決済 claims {totals.claims} · 項目 items {totals.items}"
        f" (未実施 not done {totals.absent}) · 請求額 claimed {totals.claimed}"
        f" · 誤り faults {len(report.faults) + report.left_off}"
    )


def _fault(fault: SubmissionFault) -> str:
    place = " ".join(words for words in (fault.path, fault.item) if words)
    expected = f" 正 expected={fault.expected}" if fault.expected else ""
    return f"{fault.file or 'ZIP'}:{fault.line} {place or '-'} {fault.code} {fault.text}{expected}"


def _say(said: SaidFile) -> None:
    click.echo(f"{said.file or 'ZIP'}  {said.ja} {said.en}".rstrip())
    for one in said.values:
        meaning = " / ".join(words for words in (one.meaning_ja, one.meaning_en) if words)
        told = " ".join(words for words in (one.value, one.unit, one.flag) if words)
        end = f" = {meaning}" if meaning and told else meaning
        click.echo(f"{one.line:>6}  {one.item + ' ' if one.item else ''}{one.ja} ({one.en}): {told}{end}")
    for fault in said.faults:
        click.echo(f"     ✕ {_fault(fault)}")
