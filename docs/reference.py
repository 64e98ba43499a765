"""Writes the reference pages of the book from the code, so that they cannot say something else.

Errors from the catalogue, commands from the command line itself, settings from their definitions, routes from the
OpenAPI document, metrics from the registry, messages from their field tables.
"""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click

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


PAGES = {"errors": errors, "commands": commands}
