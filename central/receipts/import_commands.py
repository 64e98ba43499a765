"""``onshi receipts import``, ``link``, ``waiting`` and ``master load``: receipts and the drug master into the database.

Answers go to standard output, progress to standard error. An import that had to refuse anything ends with 1.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from central.audit import AuditEntry, Journal
from central.cli import configured, guarded
from central.db.migrate import store_at_head
from central.db.store import Store
from central.operators import operator_option
from central.receipts.finding import LineFault
from central.receipts.linking import Progress
from central.receipts.master import SYNTHETIC
from central.receipts.masters import MasterLoaded, load_master
from central.receipts.service import ImportResult, Parts, ReceiptImport, State, Waiting
from central.settings import Settings
from protocol.errors import OnshiError
from protocol.errors.receipts import FILE_UNREADABLE, RETURN_UNMATCHED

T = TypeVar("T")
LOG = "admin"
"""The audit log of the commands that write."""
PATIENCE = 3600.0
"""Seconds that one statement may take."""
SHOWN = 20
"""Faults that are told in words; ``--json`` has more, ``onshi receipts check`` all."""
WORDS = {"digest": "read (bytes)", "read": "checked (bytes)", "apply": "brought to their records (steps)"}

_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


class Meter:
    """Progress on standard error: what is done, and when it should end."""

    def __init__(self, out: Any, monotonic: Callable[[], float] = time.monotonic, every: float = 2.0) -> None:
        self._out, self._monotonic, self._every = out, monotonic, every
        self._part, self._begun, self._last = "", monotonic(), 0.0

    def __call__(self, now: Progress) -> None:
        moment = self._monotonic()
        if now.part != self._part:
            self._part, self._begun, self._last = now.part, moment, moment
        if moment - self._last < self._every and (now.done < now.of or now.part == "digest"):
            return
        self._last = moment
        left = (moment - self._begun) / now.done * (now.of - now.done) if now.done else 0.0
        receipts = f", {now.receipts:,} receipts" if now.receipts else ""
        self._out.write(f"{WORDS[now.part]}: {now.done:,} of {now.of:,}{receipts}, {left:,.0f} s left\n")
        self._out.flush()


def _clock() -> datetime:
    return datetime.now(UTC)


def _with(settings: Settings, work: Callable[[Store, str], Awaitable[T]]) -> T:
    async def run() -> T:
        url = settings.database_url()
        async with store_at_head(url, patience=PATIENCE) as store:
            return await work(store, url)

    return asyncio.run(run())


def _imports(store: Store, url: str, told: Callable[[Progress], None] = lambda _: None) -> ReceiptImport:
    return ReceiptImport(Parts(store=store, url=url, clock=_clock), told=told)


async def _noted(store: Store, kind: str, operator: str, outcome: str, **counts: int) -> None:
    """The audit row of what a command has done."""
    journal = Journal(store, log=LOG, clock=_clock)
    told = tuple(f"{name}:{count}" for name, count in counts.items())
    await journal.record(AuditEntry(kind=f"receipts.{kind}", outcome=outcome, operator=operator, references=told))
    await journal.stop()


@click.command("import")
@configured
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@operator_option
@_json
@guarded
def import_command(settings: Settings, files: tuple[Path, ...], operator: str, *, as_json: bool) -> None:
    """Load a receipt file; several files are the volumes of one claim, in their order.

    All of it becomes visible in one step. Receipts with faults are left out and told; a file that breaks off or has a
    wrong header is refused. Interrupted, nothing was loaded: run it again. The same file twice changes nothing.
    Exit 0: everything loaded, and every return (返戻) found the receipt that it takes back.
    """

    async def work(store: Store, url: str) -> ImportResult:
        await _noted(store, "import", operator, "received", files=len(files))
        result = await _imports(store, url, Meter(sys.stderr)).run(files)
        counts, left_out = msgspec.to_builtins(result.counts), result.left_out
        await _noted(store, "import", operator, result.state.value, **counts, left_out=left_out)
        return result

    result = _with(settings, work)
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        _tell(result)
    if result.refused:
        sys.exit(1)


@click.command("link")
@configured
@operator_option
@_json
@guarded
def link_command(settings: Settings, operator: str, *, as_json: bool) -> None:
    """Look again for the person of every receipt that waits (待機中のレセプトを資格に結び付ける)."""

    async def work(store: Store, url: str) -> Waiting:
        found = await _imports(store, url).link()
        await _noted(store, "link", operator, "done", stored=found.stored, waiting=found.waiting)
        return found

    _tell_waiting(_with(settings, work), as_json=as_json)


@click.command("waiting")
@configured
@_json
@guarded
def waiting_command(settings: Settings, *, as_json: bool) -> None:
    """How many receipts are stored, and how many wait for their person, and why."""
    _tell_waiting(_with(settings, lambda store, url: _imports(store, url).waiting()), as_json=as_json)


@click.group()
def master() -> None:
    """The drug master (医薬品マスター) in the database."""


@master.command("load")
@configured
@click.argument("paths", nargs=-1, metavar="[FILE...]", type=click.Path(path_type=Path))
@click.option("--synthetic", is_flag=True, help="Our own master of invented products instead of a file.")
@operator_option
@_json
@guarded
def load_command(settings: Settings, paths: tuple[Path, ...], operator: str, *, synthetic: bool, as_json: bool) -> None:
    """Load y_*.csv: the full file, then its differences in their order. Each comes in as a whole or not at all.

    In a difference an empty column means unchanged. A file that was loaded before changes nothing.
    """
    if bool(paths) == synthetic:
        raise click.UsageError("give files, or --synthetic")
    found = [_read(path) for path in paths]
    if synthetic:
        found = [(files("central.receipts") / "data" / SYNTHETIC).read_bytes()]

    async def work(store: Store, _: str) -> list[MasterLoaded]:
        done = []
        for data in found:
            one = await load_master(store, data, now=_clock())
            await _noted(
                store, "master", operator, "known" if one.known else "loaded", rows=one.rows, changed=one.changed
            )
            done.append(one)
        return done

    loaded = _with(settings, work)
    if as_json:
        click.echo(msgspec.json.encode(loaded))
        return
    for one in loaded:
        told = msgspec.to_builtins(one)
        known = " (既に取込済 loaded before)" if told["known"] else ""
        click.echo(
            f"行 rows {told['rows']:,} · 変更 changed {told['changed']:,} · 品目 products {told['products']:,}{known}"
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as refused:
        raise OnshiError(FILE_UNREADABLE, file=path.name, reason=type(refused).__name__) from None


def told(fault: LineFault) -> str:
    """One fault in one line."""
    beside = "".join(
        f" {words}={value}" for words, value in (("値 value", fault.value), ("正 expected", fault.expected)) if value
    )
    return f"{fault.line} {fault.record or '-'}.{fault.field} {fault.code} {fault.text}{beside}"


def _tell(result: ImportResult) -> None:
    for fault in result.faults[:SHOWN]:
        click.echo(told(fault))
    more = len(result.faults) - SHOWN + result.left_off
    if more > 0:
        click.echo(f"… ほか {more} 件 / and {more} more")
    if result.counts.unmatched:
        words = RETURN_UNMATCHED
        click.echo(f"{result.counts.unmatched:,} × {words.code} {words.desk_ja} / {words.desk_en}")
        click.echo(f"  → {words.next_ja} / {words.next_en}")
    state = {
        State.LOADED: "取込完了 loaded",
        State.KNOWN: "取込済のファイル (変更なし) loaded before, nothing changed",
        State.REFUSED: "取込不可 refused, nothing loaded",
    }[result.state]
    counts = result.counts
    click.echo(
        f"{state}: レセプト receipts {result.totals.receipts:,} · 新規 new {counts.new:,} (差替 replaced "
        f"{counts.replaced:,}, 待機 waiting {counts.waiting:,}) · 返戻 returned {counts.returned:,} (取消 closed "
        f"{counts.closed:,}) · 同一 same "
        f"{counts.same:,} · 旧 older {counts.older:,} · 結合 linked {counts.linked:,}"
        f" · 除外 left out {result.left_out:,}"
    )


def _tell_waiting(found: Waiting, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    why = " ".join(f"{name} {count:,}" for name, count in sorted(found.reasons.items()))
    click.echo(f"保管 stored {found.stored:,} · 待機 waiting {found.waiting:,} {why}".rstrip())
