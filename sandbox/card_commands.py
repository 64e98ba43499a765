"""``onshi sandbox card``: one toy card on a virtual reader, until it is taken off again."""

import json
import signal
import sys
import threading
from pathlib import Path

import click

from sandbox.card import personalise
from sandbox.card.vpcd import CardOnReader
from sandbox.cast import UnknownPersona
from sandbox.world.world import World, WorldRefused

DEFAULT_PORT = 35963
"""Where Debian's vpcd listens."""


class Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        host, colon, port = str(value).rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
            self.fail(f"{value!r} is not HOST:PORT", param, ctx)
        return host, int(port)


@click.command()
@click.option("--persona", "who", default="ordinary", show_default=True, help="Slug or name; see `onshi sandbox cast`.")
@click.option(
    "--vpcd",
    type=Address(),
    default=f"127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="Where the virtual reader's driver listens.",
)
@click.option(
    "--world",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".onshi/world"),
    show_default=True,
    help="Folder of the invented world.",
)
def card(who: str, vpcd: tuple[str, int], folder: Path) -> None:
    """Keep a toy card (仮想カード) on a virtual reader until stopped.

    Prints one JSON object first, on one line: the card's public facts and its secrets, with certificates as base64.
    A reader that is not there yet is waited for.
    """
    stopping = threading.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: stopping.set())
    try:
        with World.share(folder) as world:
            persona = world.persona(who)
            made = world.cards.personalisation(persona)
            facts = world.cards.facts(persona, made)
    except UnknownPersona as unknown:
        raise click.BadParameter(
            f"nobody is called {unknown.wanted!r}. The cast: {', '.join(unknown.known)}", param_hint="--persona"
        ) from None
    except WorldRefused as held:
        raise click.ClickException(str(held)) from None
    host, port = vpcd
    click.echo(json.dumps({**facts, "vpcd": f"{host}:{port}"}, ensure_ascii=False))
    sys.stdout.flush()
    with CardOnReader(personalise(made), port, host):
        stopping.wait()
