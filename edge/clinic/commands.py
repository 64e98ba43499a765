"""``onshi edge clinic``: the clinic's folders without a reader, for whoever makes or installs clinic software.

Exit codes: 0 done or stopped, 1 refused (catalogue error on stderr), 2 the words of the call are off.
"""

import asyncio
import json
import secrets
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec
import structlog

from protocol.errors import OnshiError

if TYPE_CHECKING:
    from edge.settings import EdgeSettings
    from protocol.messages import BulkAnswer

LOOK_SECONDS = 0.03
NUDGE_SECONDS = 1.0
ROOT = click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder with req, res and face; what is missing is made.",
)
CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings of the appliance (TOML); edge.toml in the root when not given.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def clinic() -> None:
    """Clinic software (レセコン・電子カルテ): the folder exchange by itself, and what helps to connect to it."""


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """A catalogue error becomes exit code 1 and its words on stderr."""
    import functools

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from edge.commands import fail

        try:
            return command(*args, **kwargs)
        except OnshiError as error:
            fail(error, as_json=bool(kwargs.get("as_json")))

    return run


def settings_in(root: Path, config: Path | None) -> "EdgeSettings":
    """The appliance's settings with the clinic's folders under ``root``."""
    import os

    import msgspec

    from edge.clinic.service import at_root
    from edge.settings import read_settings

    file = config or root / "edge.toml"
    if not file.is_file():
        raise click.UsageError(f"{file} is not there; --config names the settings (`onshi sandbox centre` makes some)")
    found = read_settings(file.read_text("utf-8"), file=str(file), environment=os.environ)
    return msgspec.structs.replace(found, folders=at_root(found.folders, root))


@clinic.command()
@ROOT
@CONFIG
@guarded
def serve(root: Path, config: Path | None) -> None:
    """Answer request files until stopped (Ctrl-C or SIGTERM), without a reader."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(_serve(settings_in(root, config)))


async def _serve(settings: "EdgeSettings") -> None:
    from edge.clinic.requests import Requests
    from edge.clinic.service import habits_of, serve_api, visit_feed, works
    from edge.clinic.writer import WholeFiles
    from edge.daemon import connect
    from edge.uplink.device import DeviceKey

    key = DeviceKey.load(settings.files.key, settings.device.id)
    files = WholeFiles()
    async with connect(settings, key) as centre:
        requests = Requests(
            centre,
            facility=settings.device.facility,
            clock=lambda: datetime.now(UTC),
            habits=habits_of(settings.folders),
        )
        running = [
            asyncio.create_task(work(), name=name)
            for name, work in works(settings.folders, requests, files, ticks=time.monotonic).items()
        ]
        api = await serve_api(settings, requests, visit_feed(settings, key, lambda: datetime.now(UTC)))
        if api is not None:
            click.echo(f"API on port {api.addresses[0][1]}", err=True)
        click.echo(f"{settings.folders.req} → {settings.folders.res} · {settings.centre.url} · Ctrl-C", err=True)
        try:
            await _until_stopped(running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            if api is not None:
                await api.cleanup()
            await files.close()


@clinic.command()
@click.argument("file", type=click.File("rb"))
@ROOT
@CONFIG
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day asked for; tomorrow (Japan) when not given.")
@click.option("--wait", default=600, show_default=True, help="Longest time to wait for the results, seconds.")
@click.option("--encoding", type=click.Choice(["UTF-8", "Shift_JIS"]), default="UTF-8", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of CSV.")
@guarded
def appointments(
    file: BinaryIO, root: Path, config: Path | None, day: datetime | None, wait: int, encoding: str, as_json: bool
) -> None:
    """Ask for all appointments of a day (CSV) at once; print what differs from the list. Exit 1: lines failed."""
    from edge.clinic import appointments as lists
    from protocol.codes import CharacterCode

    listed = lists.read_csv(file.read())
    asked = day.date() if day else (datetime.now(UTC) + timedelta(hours=9, days=1)).date()
    answer = asyncio.run(_bulk(settings_in(root, config), lists.request, listed, asked, wait))
    found = lists.differences(listed, answer)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        code = CharacterCode.SHIFT_JIS if encoding == "Shift_JIS" else CharacterCode.UTF_8
        click.echo(lists.write_csv(found, code), nl=False)
    sys.exit(1 if any(one.what is lists.What.ERROR for one in found) else 0)


async def _bulk(
    settings: "EdgeSettings", request: Callable[..., Any], listed: Any, day: date, wait: int
) -> "BulkAnswer":
    """Upload, wait with progress on stderr, and give the result."""
    from edge.clinic.bulk import Bulk, finished
    from edge.clinic.habits import Habits
    from edge.daemon import connect
    from edge.uplink.device import DeviceKey

    key = DeviceKey.load(settings.files.key, settings.device.id)
    facility = settings.device.facility
    async with connect(settings, key) as centre:
        bulk = Bulk(centre, facility=facility, clock=lambda: datetime.now(UTC), habits=Habits())
        asked = request(listed, day=day, facility=facility)

        def told(done: int, errors: int) -> None:
            click.echo(f"{done}/{len(listed)}  errors {errors}", err=True)

        return await finished(bulk, asked, name=secrets.token_hex(16), told=told, seconds=wait)


@clinic.command()
@click.argument("visit")
@ROOT
@CONFIG
@guarded
def replay(visit: str, root: Path, config: Path | None) -> None:
    """Drop the file of a visit into the face folder again; VISIT is its id, or the beginning of it."""
    path = asyncio.run(_replay(settings_in(root, config), visit))
    click.echo(path)


async def _replay(settings: "EdgeSettings", visit: str) -> Path | None:
    from edge.clinic.service import face_folder, habits_of
    from edge.clinic.visits import read_kept
    from edge.clinic.writer import WholeFiles
    from edge.uplink.device import DeviceKey
    from edge.uplink.sealed import SealedFolder

    key = DeviceKey.load(settings.files.key, settings.device.id)
    kept = SealedFolder(settings.files.state / "visits", key.sealing_key(), tidy=False)
    event = read_kept(kept, visit)
    files = WholeFiles()
    folder = face_folder(settings.folders, files, habits_of(settings.folders))
    try:
        return await folder.deliver(event.message, visit=event.visit, at=datetime.now(UTC), again=True)
    finally:
        await asyncio.sleep(NUDGE_SECONDS)
        await files.close()


@clinic.command()
@click.argument("root", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--facility", help="The appliance's 医療機関コード, to compare requests with.")
@click.option("--seconds", type=float, help="Watch for so long; until Ctrl-C when not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(root: Path, facility: str | None, seconds: float | None, as_json: bool) -> None:
    """Watch ROOT (req, res, face) and say what the clinic's software is doing wrong. Exit 1: something serious."""
    from edge.clinic.doctor import Doctor, told, told_as_json

    watching = Doctor(root, facility=facility)
    end = None if seconds is None else time.monotonic() + seconds
    serious = False
    click.echo(f"watching {root} · Ctrl-C", err=True)
    try:
        while end is None or time.monotonic() < end:
            for finding in watching.look(time.monotonic()):
                serious |= finding.serious
                click.echo(told_as_json(finding) if as_json else told(finding))
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        click.echo("", err=True)
    click.echo(f"requests seen: {watching.requests}", err=True)
    sys.exit(1 if serious else 0)


@clinic.command()
@click.option("--id", "client", required=True, help="The program's name, as it will stand in the settings.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def token(client: str, as_json: bool) -> None:
    """Make a token for a program that calls the local API; it is shown once, the settings keep its hash."""
    from edge.clinic.api import new_token

    made, kept = new_token()
    if as_json:
        click.echo(json.dumps({"client": client, "token": made, "hash": kept}))
        return
    click.echo(made)
    click.echo(f"[api.clients]\n{json.dumps(client)} = {json.dumps(kept)}", err=True)


async def _until_stopped(running: list[asyncio.Task[None]]) -> None:
    """Until a signal, or a part that fails (its error is raised)."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    waiting = asyncio.create_task(stopped.wait(), name="signal")
    done, _ = await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done - {waiting}:
        task.result()
