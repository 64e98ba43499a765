"""``onshi checkups``: check a submission ZIP and put it into plain words. Reads files only, no database."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click
import msgspec

from central.checkups.check import Report, check, read_submission
from central.checkups.explain import SaidFile, explain
from central.checkups.finding import SubmissionFault
from central.cli import guarded
from protocol.errors import OnshiError
from protocol.errors.checkups import FILE_UNREADABLE

_FILE = click.argument("file", metavar="FILE.zip", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def checkups() -> None:
    """Checkups (特定健診): check a submission, explain it."""


@checkups.command("check")
@_FILE
@click.option("--keep", default=1000, show_default=True, help="How many faults are listed; the rest is counted.")
@_JSON
@guarded
def check_command(file: Path, keep: int, *, as_json: bool) -> None:
    """Check a submission ZIP: names, index, summary, results, claims, items, totals. Exit 0: no fault."""
    with ExitStack() as stack:
        report = check(_open(stack, file), file.name, keep=keep)
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
