"""``onshi insurer``: uploads of insurers (保険者) on the importer's own machine: import, check, confirm, look.

The importer has settings and credentials of its own (`settings`). Answers go to standard output, progress to standard
error; a refused import ends with 1. A 個人番号 is in none of it.
"""

import asyncio
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from central.cli import guarded, writing
from central.db.migrate import store_at_head
from central.insurers import layout
from central.insurers.acting import Ended, Record, acting, registering, to_its_end, with_faults
from central.insurers.error_file import ErrorFile
from central.insurers.error_list import listed
from central.insurers.freshness import Fresh, Freshness
from central.insurers.lines_only import check_lines
from central.insurers.officer_commands import officer
from central.insurers.opening import PATIENCE, opened
from central.insurers.options import config_option, json_option
from central.insurers.parts import Result
from central.insurers.registry_commands import add
from central.insurers.registry_commands import end as end_
from central.insurers.rotation import rotate
from central.insurers.routes import LAYOUT
from central.insurers.serving import serving
from central.insurers.settings import ImporterSettings, importer_settings
from central.insurers.telling import Meter, differences, end, errors_of, faults_told
from central.insurers.uploads import Importer
from central.logs import configure
from central.operators import operator_option
from protocol.errors import OnshiError
from protocol.errors.input_ import OUTPUT_UNWRITABLE
from protocol.errors.insurers import FILE_UNREADABLE

T = TypeVar("T")
CHUNK = 1 << 20


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def insurer() -> None:
    """Uploads of insurers (保険者): check a file, import it, confirm one that is held, see what became of it."""


def _run(settings: ImporterSettings, work: Callable[[Importer], Awaitable[T]], meter: Meter) -> T:
    async def run() -> T:
        async with opened(settings, meter) as importer:
            return await work(importer)

    return asyncio.run(run())


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as failed:
        raise OnshiError(FILE_UNREADABLE, reason=type(failed).__name__) from None


@insurer.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--check-only", is_flag=True, help="Check against layout, register and resident register; apply nothing.")
@click.option("--lines-only", is_flag=True, help="Check the lines against the layout alone; needs no database.")
@click.option("--skip-faulty", is_flag=True, help="Apply the lines that are right although others have faults.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write the faults here (CSV).")
@operator_option
@config_option
@json_option
@guarded
def import_(
    path: Path,
    check_only: bool,
    lines_only: bool,
    skip_faulty: bool,
    errors: Path | None,
    operator: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Import the upload FILE: check every line, match every person, apply all of it in one visible step.

    Interrupted, the same command goes on where it was. The same file twice changes nothing.
    """
    settings = importer_settings(config)
    size = path.stat().st_size if path.is_file() else 0
    if errors is not None and errors.exists() and path.exists() and errors.samefile(path):
        raise OnshiError(OUTPUT_UNWRITABLE, file=str(errors), reason="it is the upload")
    if lines_only:
        check_lines(settings, _chunks(path), errors, as_json=as_json)
        return
    file = ErrorFile(errors)

    async def work(importer: Importer, record: Record) -> Ended:
        upload = await importer.receive(_chunks(path), operator=operator, size=size, skip_faulty=skip_faulty)
        click.echo(f"upload {upload}", err=True)
        await record("receive", "received", upload)
        ended = await to_its_end(importer, record, upload, check_only=check_only)
        await _write_errors(importer, ended.result, file)
        return ended

    with file:
        result, found = acting(settings, operator, work)
    end(result, found, as_json=as_json, listed=errors is not None)


async def _write_errors(importer: Importer, result: Result, file: ErrorFile) -> None:
    if file.path is not None:
        async for row in listed(importer.faults(result.upload), result.faulty):
            file.write([row])


@insurer.command()
@click.argument("upload")
@operator_option
@config_option
@json_option
@guarded
def resume(upload: str, operator: str, config: Path | None, as_json: bool) -> None:
    """Go on with the interrupted UPLOAD from the encrypted file that was kept."""

    async def work(importer: Importer, record: Record) -> Ended:
        await record("resume", (await importer.result(upload)).state.value, upload)
        return await to_its_end(importer, record, upload)

    result, found = acting(importer_settings(config), operator, work)
    end(result, found, as_json=as_json)


@insurer.command()
@click.argument("upload")
@operator_option
@config_option
@json_option
@guarded
def confirm(upload: str, operator: str, config: Path | None, as_json: bool) -> None:
    """Confirm the differences of the held UPLOAD as a second person, and apply it."""

    async def work(importer: Importer, record: Record) -> Ended:
        await importer.confirm(upload, operator=operator)
        await record("confirm", "confirmed", upload)
        return await to_its_end(importer, record, upload)

    result, found = acting(importer_settings(config), operator, work)
    end(result, found, as_json=as_json)


@insurer.command()
@click.argument("upload")
@operator_option
@config_option
@json_option
@guarded
def withdraw(upload: str, operator: str, config: Path | None, as_json: bool) -> None:
    """End the UPLOAD that is not applied; its file is destroyed."""

    async def work(importer: Importer, record: Record) -> Ended:
        result = await importer.withdraw(upload)
        await record("withdraw", result.state.value, upload)
        return Ended(result, [])

    result, found = acting(importer_settings(config), operator, work)
    end(result, found, as_json=as_json)


@insurer.command()
@click.argument("upload")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write the faults here (CSV).")
@config_option
@json_option
@guarded
def show(upload: str, errors: Path | None, config: Path | None, as_json: bool) -> None:
    """How the UPLOAD stands, or how it ended."""

    async def work(importer: Importer) -> Ended:
        result = await importer.result(upload)
        with ErrorFile(errors) as file:
            await _write_errors(importer, result, file)
        return await with_faults(importer, result)

    result, found = _run(importer_settings(config), work, Meter(sys.stderr))
    if as_json:
        click.echo(msgspec.json.encode({**msgspec.to_builtins(result), "faults": found}))
    else:
        told = f"  {result.code}" if result.code else ""
        click.echo(
            f"{result.upload}  {result.state.value}{told}  {result.lines:,} lines, {result.faulty:,} with faults"
        )
        differences(result)
        faults_told(found, None, again="" if errors else errors_of(result))


@insurer.command("layout")
@json_option
def layout_(as_json: bool) -> None:
    """The upload's columns: header, form, width, needed for which 処理区分; with --json also the key in the web API."""
    if as_json:
        click.echo(msgspec.json.encode(LAYOUT))
        return
    for place, column in enumerate(layout.COLUMNS, 1):
        needed = f"required for {'/'.join(column.needed)}" if column.needed else ""
        click.echo(
            f"{place:>3} {column.header}  {column.form.value}({column.width})  {column.codes}  {needed}".rstrip()
        )


@insurer.command("rotate")
@operator_option
@config_option
@json_option
@guarded
def rotate_(operator: str, config: Path | None, as_json: bool) -> None:
    """Bring every stored hash of a 個人番号 under the newest key. Interrupted, nothing has changed."""
    settings = importer_settings(config)

    wrapped = registering(
        settings, "keys.rotate", operator, lambda store: rotate(store, settings.hasher()), patience=PATIENCE
    )
    click.echo(msgspec.json.encode({"wrapped": wrapped}) if as_json else f"{wrapped:,} hashes wrapped")


@insurer.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@guarded
def keys(folder: Path) -> None:
    """Make new keys in FOLDER: number-1.key and upload.key (readable by the owner only)."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("number-1.key", "upload.key"):
            path = folder / name
            try:
                path.touch(mode=0o600, exist_ok=False)
            except FileExistsError:
                raise click.ClickException(f"{path} is there already; a key is never overwritten") from None
            path.write_bytes(secrets.token_bytes(32))
            click.echo(str(path))


@insurer.command()
@click.option("--alarm", is_flag=True, help="End with 1 when an insurer has gone quiet.")
@config_option
@json_option
@guarded
def freshness(alarm: bool, config: Path | None, as_json: bool) -> None:
    """Per insurer: last upload, its usual distance, backlog, open work, lines that came late; the quiet ones first."""
    settings = importer_settings(config)

    async def run() -> list[Fresh]:
        async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
            factor = settings.freshness.quiet_factor
            return await Freshness(store, clock=lambda: datetime.now(UTC), factor=factor).all()

    found = asyncio.run(run())
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for one in found:
            usual = f"usually every {one.usual_hours:,.0f} h" if one.usual_hours is not None else "no habit yet"
            state = "QUIET" if one.quiet else "fresh" if one.last_upload else "never"
            click.echo(
                f"{one.insurer}  {state}  last {one.last_upload or '-'}  {usual}  "
                f"waiting {one.waiting_uploads} ({one.waiting_lines:,} lines)  work {one.open_work:,}  "
                f"late {one.late_lines:,} of {one.lines:,}"
            )
    if alarm and any(one.quiet for one in found):
        sys.exit(1)


@insurer.command()
@config_option
@json_option
@guarded
def serve(config: Path | None, as_json: bool) -> None:
    """Serve the insurers' web API, and where it is enabled the officers' console, until SIGINT or SIGTERM.

    Uploads that were interrupted go on.
    """
    settings = importer_settings(config)
    configure(settings.log_level)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with serving(settings) as running:
            told = {"insurers": running.port, "operators": running.ops_port, "console": running.console_port}
            words = " · ".join(f"{name}: port {port}" for name, port in told.items() if port)
            click.echo(msgspec.json.encode(told) if as_json else words, err=not as_json)
            await stop.wait()

    asyncio.run(run())


for _command in (officer, add, end_):
    insurer.add_command(_command)
