"""Writes the reference pages of the book from the code, so that they cannot say something else.

Errors from the catalogue, commands from the command line itself, settings from their definitions, routes from the
OpenAPI document, metrics from the registry, messages, receipts and checkups from their tables.
"""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
from click.testing import CliRunner

import central
from central.checkups.describe import page as checkup_page
from central.commands import central as central_command
from central.insurers.settings import describe_importer_settings
from central.receipts.describe import page as receipt_page
from central.settings import describe_settings
from edge.settings import PREFIX as EDGE_PREFIX
from edge.settings import EdgeSettings
from firmware_config.profile import DeviceProfile
from protocol import messages
from protocol import settings as settings_
from protocol.errors import AREAS, Fault

NOTE = "*This page is written from the code.*\n"


def write(folder: Path) -> None:
    """Write every reference page into ``folder``; a page that did not change keeps its time stamp."""
    folder.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        text = "\n".join(make()) + "\n"
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def errors() -> Iterator[str]:
    """Every catalogue error with its words for the desk and for the vendor."""
    yield "# Errors\n"
    yield NOTE
    yield (
        "The **desk** reads the first line and does the next step. *Repeat*: `never` with the same input, `now` at"
        " once, `later` after a while. Codes never change and are never used again.\n"
    )
    for area in AREAS:
        yield f"## {(area.__doc__ or '').split('.')[0]}\n"
        for fault in (one for one in vars(area).values() if isinstance(one, Fault)):
            yield f"### {fault.code}\n"
            yield f"{fault.desk_ja}<br>{fault.desk_en}\n"
            yield f"Next: {fault.next_ja}<br>{fault.next_en}\n"
            yield f"Vendor: {fault.vendor} · kind `{fault.kind}` · repeat `{fault.repeat}`\n"


def commands() -> Iterator[str]:
    """Every command of the command line with its options, as `--help` tells them."""
    yield "# Commands\n"
    yield NOTE
    yield (
        "Exit codes: `0` done · `1` refused or failed, with the catalogue error on stderr · `2` the call's words are"
        " off · `130` interrupted. Progress goes to stderr. A secret is given as `-` and read from standard input.\n"
    )
    for point in sorted(entry_points(group="onshi.commands"), key=lambda one: one.name):
        yield from _command(point.load(), ("onshi", point.name), None)


def _command(command: click.Command, words: tuple[str, ...], parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=words[-1], parent=parent)
    yield f"{'#' * min(len(words), 4)} {' '.join(words)}\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _command(child, (*words, name), context)


def settings() -> Iterator[str]:
    """Every setting of the centre, the importer, the appliance and a device profile."""
    yield "# Settings\n"
    yield NOTE
    yield (
        "Settings come from a TOML file, then from the environment; a wrong one stops the start with file, line and"
        " remedy. A credential is the name of a file, never the value.\n"
    )
    rooms = {
        "The centre (`onshi central run --config FILE`)": describe_settings(),
        "The insurers' importer (`onshi insurer serve --config FILE`)": describe_importer_settings(),
        "The appliance (`onshi edge run --config FILE`)": settings_.describe(EdgeSettings, prefix=EDGE_PREFIX),
        "A device profile (`onshi firmware check`)": settings_.describe(DeviceProfile, prefix=""),
    }
    for title, found in rooms.items():
        yield f"## {title}\n"
        for one in found:
            default = "must be given" if one.default is None else f"default `{one.default or '(none)'}`"
            variable = f" · `{one.variable}`" if one.variable.startswith("ONSHI_") else ""
            yield f"`{one.name}`\n: {one.description} *{one.kind}, {default}*{variable}\n"


def metrics() -> Iterator[str]:
    """Every metric that `/metrics` tells."""
    yield "# Metrics\n"
    yield NOTE
    yield "`/metrics` on the operators' listener. Labels are routes, codes and parts, never an id of anybody.\n"
    for name, meaning in sorted(all_metrics().items()):
        yield f"`{name}`\n: {meaning}\n"


def all_metrics() -> dict[str, str]:
    """The `METRICS` of every module called ``metrics`` in the centre."""
    found: dict[str, str] = {}
    for module in pkgutil.walk_packages(central.__path__, "central."):
        if module.name.endswith(".metrics"):
            found |= importlib.import_module(module.name).METRICS
    return found


def routes() -> Iterator[str]:
    """Every route of the OpenAPI document."""
    yield "# Routes\n"
    yield NOTE
    yield (
        "The whole document, with every schema, is at `/openapi.json`, and as pages at `/docs`, on the operators'"
        " listener; `onshi central openapi` prints it. A refusal is always a `Problem` with its code.\n"
    )
    for path, methods in openapi()["paths"].items():
        for method, told in methods.items():
            if method in {"get", "post", "put", "delete", "patch"}:
                yield f"`{method.upper()} {path}`\n: {told.get('summary', '')} {_answers(told)}\n"


def _answers(told: dict[str, dict[str, object]]) -> str:
    return "*answers " + ", ".join(sorted(told["responses"])) + "*"


def openapi() -> dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]:
    """The OpenAPI document as the command prints it."""
    run = CliRunner().invoke(central_command, ["openapi"], catch_exceptions=False)
    read: dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]] = json.loads(run.stdout)
    return read


def message_pages() -> Iterator[str]:
    """Every message with its elements, from the field tables that read and write it."""
    yield "# Messages\n"
    yield NOTE
    yield (
        "One definition gives XML in UTF-8 and Shift_JIS, and JSON. *Cardinality* `0..1` is left out when unknown; no"
        " element is ever empty. Names are those that clinic software knows.\n"
    )
    kinds: dict[type, list[str]] = {}
    for name, kind in messages.MESSAGES.items():
        kinds.setdefault(kind, []).append(name)
    kinds[messages.MedicalRefusal] = ["YZKsiquc01res", "TKKsiquc01res"]
    kinds |= {messages.ConsentCancel: [], messages.ConsentCancelled: []}
    for kind, names in kinds.items():
        yield f"## {kind.__name__}\n"
        yield f"In files `{'`, `'.join(names)}`.\n" if names else "Over HTTP only.\n"
        yield "| element | 日本語 | type | length | cardinality | codes |\n| --- | --- | --- | --- | --- | --- |"
        for row in messages.describe(kind):
            limit = "" if row.limit is None else row.limit
            yield f"| `{row.path}` | {row.ja} | {row.kind} | {limit} | {row.cardinality} | {row.codes or ''} |"
        yield ""


PAGES = {
    "errors": errors,
    "commands": commands,
    "settings": settings,
    "metrics": metrics,
    "routes": routes,
    "messages": message_pages,
    "receipts": receipt_page,
    "checkups": checkup_page,
}
