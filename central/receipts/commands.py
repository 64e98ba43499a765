"""``onshi receipts``: check a receipt file, put any of them into plain words, load it (`import_commands`)."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click
import msgspec

from central.cli import guarded
from central.receipts.check import Report, check
from central.receipts.explain import SaidLine, explain
from central.receipts.import_commands import import_command, link_command, master, told, waiting_command
from central.receipts.master import DrugMaster, load
from central.receipts.reader import read_volumes
from central.receipts.record import Item
from protocol.errors import OnshiError
from protocol.errors.receipts import FILE_UNREADABLE

_FILES = click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def receipts() -> None:
    """Receipts (レセプト): check them, explain them, load them; the drug master beside them."""


for _command in (import_command, link_command, waiting_command, master):
    receipts.add_command(_command)


@receipts.command("check")
@_FILES
@click.option("--keep", default=1000, show_default=True, help="How many faults are listed; the rest is counted.")
@_JSON
@guarded
def check_command(files: tuple[Path, ...], keep: int, *, as_json: bool) -> None:
    """Check a receipt file; several files are the volumes of one claim, in their order.

    医科 (with DPC), 歯科 and 調剤 are told by the header, whatever the file is called. Exit 0: no fault.
    """
    with ExitStack() as stack:
        report = check(_items(stack, files), keep=keep)
    if as_json:
        answer: dict[str, object] = {"faults": report.faults, "totals": report.totals}
        if report.left_off:
            answer["left_off"] = report.left_off
        click.echo(msgspec.json.encode(answer))
    else:
        _tell(report)
    if report.faults:
        sys.exit(1)


@receipts.command("explain")
@_FILES
@click.option("--personal", is_flag=True, help="Show names and numbers of persons; without it they are covered.")
@click.option(
    "--drug-master",
    multiple=True,
    type=click.Path(path_type=Path),
    help="医薬品マスター y_*.csv: the full file, then its differences; names the drugs.",
)
@_JSON
@guarded
def explain_command(files: tuple[Path, ...], drug_master: tuple[Path, ...], *, personal: bool, as_json: bool) -> None:
    """Put a receipt file into plain words, line by line, with its faults. Exit 1 where there are any."""
    with ExitStack() as stack:
        faulty = False
        lines = explain(_items(stack, files), personal=personal, master=_master(stack, drug_master))
        if as_json:
            click.echo('{"lines":[', nl=False)
        for serial, said in enumerate(lines):
            faulty = faulty or bool(said.faults)
            if as_json:
                click.echo((b",\n" if serial else b"\n") + msgspec.json.encode(said), nl=False)
            else:
                _say(said)
        if as_json:
            click.echo("\n]}")
    if faulty:
        sys.exit(1)


def _open(stack: ExitStack, path: Path) -> IO[bytes]:
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as refused:
        raise OnshiError(FILE_UNREADABLE, file=path.name, reason=type(refused).__name__) from None


def _items(stack: ExitStack, files: tuple[Path, ...]) -> Iterator[Item]:
    return read_volumes([_open(stack, path) for path in files])


def _master(stack: ExitStack, files: tuple[Path, ...]) -> DrugMaster | None:
    return load(*(_open(stack, path) for path in files)) if files else None


def _tell(report: Report) -> None:
    for fault in report.faults:
        click.echo(told(fault))
    if report.left_off:
        click.echo(f"… ほか {report.left_off} 件 / and {report.left_off} more")
    totals = report.totals
    kinds = ", ".join(f"{kind} {count}" for kind, count in totals.by_kind.items())
    click.echo(
        f"レセプト receipts {totals.receipts} ({kinds}) · 点数 points {totals.points} · 行 records {totals.records}"
        f" · 誤り faults {len(report.faults) + report.left_off}"
    )


def _say(said: SaidLine) -> None:
    click.echo(f"{said.line:>6} {said.record or '--'} {said.ja} {said.en}".rstrip())
    for one in said.fields:
        meaning = " / ".join(words for words in (one.meaning_ja, one.meaning_en) if words)
        click.echo(f"         {one.ja} ({one.en}): {one.value}{f' = {meaning}' if meaning else ''}")
    for fault in said.faults:
        click.echo(f"       ✕ {told(fault)}")
