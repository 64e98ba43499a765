"""``onshi edge``: run an appliance, enrol it, register clerks, see which hop of the line is down.

Heavy parts are imported when their command runs, so that ``--help`` works with any set of packages. Secrets come
from standard input only. Exit codes: 0 done, 1 refused (catalogue error), 2 the words of the call are off.
"""

import asyncio
import importlib
import json
import os
import secrets
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec

from protocol.errors import OnshiError, device, problem, words

if TYPE_CHECKING:
    from edge.settings import EdgeSettings
    from edge.uplink.diagnosis import HopState

_SECTIONS = {
    "card": "edge.card.commands:card",
    "clinic": "edge.clinic.commands:clinic",
    "front": "edge.ocr.commands:front",
}
"""Subcommands that other rooms of the appliance bring."""


class EdgeGroup(click.Group):
    """Adds the rooms' own subcommands; one whose packages are missing says so and breaks no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_SECTIONS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = _SECTIONS.get(cmd_name)
        if where is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = where.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except ImportError as missing:
            return _unavailable(cmd_name, missing.name or module)
        return found if isinstance(found, click.Command) else None


def _unavailable(name: str, package: str) -> click.Command:
    @click.command(name, short_help=f"needs the package '{package}'")
    def unavailable() -> None:
        fail(OnshiError(device.PACKAGE_MISSING, package=package), as_json=False)

    return unavailable


def fail(error: OnshiError, *, as_json: bool) -> NoReturn:
    """Print a catalogue error, its words on standard error and for programs the problem, and end with 1."""
    if as_json:
        click.echo(msgspec.json.encode(problem(error)).decode())
    click.echo(words(error), err=True)
    sys.exit(1)


def _settings(config: Path) -> "EdgeSettings":
    from edge.settings import read_settings
    from protocol.errors.input_ import SETTING_WRONG

    try:
        text = config.read_text("utf-8")
    except OSError as failed:
        raise OnshiError(SETTING_WRONG, file=str(config), reason=failed.strerror or "unreadable") from None
    except UnicodeDecodeError:
        raise OnshiError(SETTING_WRONG, file=str(config), line=1, reason="not UTF-8") from None
    return read_settings(text, file=str(config), environment=os.environ)


_CONFIG = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="TOML settings"
)
_JSON = click.option("--json", "as_json", is_flag=True, help="answer as JSON on standard output")


@click.group(cls=EdgeGroup)
def edge() -> None:
    """The appliance at a clinic's reception: card reader, visit, line to the centre, clinic folders."""


@edge.command()
@_CONFIG
def run(config: Path) -> None:
    """Run the appliance with a desk in this terminal until stopped (Ctrl-C or SIGTERM)."""
    try:
        asyncio.run(_run(_settings(config)))
    except OnshiError as error:
        fail(error, as_json=False)


async def _run(settings: "EdgeSettings") -> None:
    from edge.card.pcscd import PcscdUnit
    from edge.card.supervisor import open_reader
    from edge.daemon import Appliance
    from edge.face.setup import face_method
    from edge.visit.terminal import Lines, TerminalDesk
    from protocol.eras import JST

    desk = TerminalDesk(Lines(sys.stdin.fileno()), lambda line: click.echo(line, err=True))
    reader = settings.reader
    service = PcscdUnit(reader.pcscd_unit) if reader.pcscd_unit else None
    port = open_reader(reader.name, service=service, apdu_limit=reader.apdu_seconds)
    await port.start()
    face = face_method(settings.face, desk, today=lambda: datetime.now(JST).date())
    appliance = Appliance(settings, port, desk, face=face)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await appliance.start()
        await stopped.wait()
    finally:
        await appliance.stop()


@edge.command()
@click.option("--device", "device_id", required=True, help="the device's name at the centre")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="where the key goes")
@_JSON
def init(device_id: str, folder: Path, as_json: bool) -> None:
    """Make the device key and the certificate request that the centre enrols (device.key, device.csr)."""
    from edge.enrolment import make_identity

    try:
        made = make_identity(folder, device_id)
    except OnshiError as error:
        fail(error, as_json=as_json)
    if as_json:
        click.echo(json.dumps({"device": device_id, "key": str(made.key), "csr": str(made.request)}))
    else:
        click.echo(f"{made.request}", err=False)
        click.echo(f"next: onshi central device enrol … --csr {made.request}", err=True)


@edge.command()
@click.option("--id", "clerk", required=True, help="the clerk's id, as it will stand in logs")
@click.option("--code", type=click.Choice(["-"]), default="-", show_default=True, help="read the code from stdin")
@_JSON
def clerk(clerk: str, code: str, as_json: bool) -> None:
    """Make the settings line that lets a clerk confirm by sight with their own code."""
    from edge.visit.clerks import hash_code

    given = sys.stdin.buffer.readline().rstrip(b"\r\n")
    try:
        hashed = hash_code(given, secrets.token_bytes(16))
    except ValueError as refused:
        raise click.UsageError(str(refused)) from None
    if as_json:
        click.echo(json.dumps({"clerk": clerk, "hash": hashed}))
    else:
        click.echo(f"[visit.clerks]\n{json.dumps(clerk)} = {json.dumps(hashed)}")


@edge.command()
@_CONFIG
@_JSON
def line(config: Path, as_json: bool) -> None:
    """Show which hop of the way to the centre works: name, connection, encryption, centre, database."""
    try:
        states = asyncio.run(_line(_settings(config)))
    except OnshiError as error:
        fail(error, as_json=as_json)
    from edge.uplink.diagnosis import NAMES_EN, NAMES_JA

    if as_json:
        click.echo(msgspec.json.encode(states).decode())
    else:
        for state in states:
            mark = {True: "○", False: "×", None: "－"}[state.ok]
            click.echo(f"{mark} {NAMES_JA[state.hop]} / {NAMES_EN[state.hop]}  {state.ms:.0f} ms")
            if state.problem:
                click.echo(f"    {state.problem.code} {state.problem.desk_ja} / {state.problem.desk_en}")
                click.echo(f"    → {state.problem.next_ja} / {state.problem.next_en}")
    sys.exit(0 if all(state.ok for state in states) else 1)


async def _line(settings: "EdgeSettings") -> "tuple[HopState, ...]":
    from edge.daemon import connect, tls_of
    from edge.uplink.device import DeviceKey
    from edge.uplink.diagnosis import diagnose

    key = DeviceKey.load(settings.files.key, settings.device.id)
    async with connect(settings, key) as centre:
        return await diagnose(settings.centre.url, tls_of(settings), centre, ticks=time.monotonic)


@edge.command("settings")
@_JSON
def settings_(as_json: bool) -> None:
    """List every setting with its environment variable, default and meaning."""
    from edge.settings import PREFIX, EdgeSettings
    from protocol.settings import describe

    found = describe(EdgeSettings, prefix=PREFIX)
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False))
        return
    for one in found:
        default = "must be given" if one.default is None else f"default {one.default or '(none)'}"
        click.echo(f"{one.name}  [{one.kind}; {default}]  {one.variable}\n    {one.description}")
