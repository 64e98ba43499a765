"""``onshi demo``: the whole system on one machine, and one visit from card to answer.

Exit codes: 0 the centre answered · 1 the visit was refused or something is missing · 2 the words of the call are off.
"""

import asyncio
import json
import sys
from pathlib import Path

import click
import msgspec

from protocol.errors import OnshiError, problem
from protocol.visit import ConsentItem, Method
from sandbox.cast import Persona, UnknownPersona
from sandbox.demo.faces import DEFAULT_FRONT, DEFAULT_SHOWN, FRONTS, SHOWN, DemoFace
from sandbox.demo.logs import logging_to
from sandbox.demo.show import Choice, ReaderKind, Show
from sandbox.world.world import World

DEFAULT_WORLD = Path(".onshi/world")


class ConsentChoice(click.ParamType[frozenset[ConsentItem] | None]):
    """``all``, ``none`` or items separated by commas; None is all."""

    name = "all|none|ITEM,…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[ConsentItem] | None:
        text = str(value).strip()
        if text.lower() == "all":
            return None
        if text.lower() == "none":
            return frozenset()
        try:
            return frozenset(ConsentItem(item.strip().upper()) for item in text.split(","))
        except ValueError:
            self.fail(f"{text!r}: all, none, or some of {', '.join(ConsentItem)}", param, ctx)


@click.command()
@click.option("--persona", "who", default="ordinary", show_default=True, help="Slug or name; see `onshi sandbox cast`.")
@click.option("--method", type=click.Choice([method.value for method in Method]), default="pin", show_default=True)
@click.option(
    "--consent",
    type=ConsentChoice(),
    default="all",
    show_default=True,
    help="What the patient lets the clinic see: all, none, or items (TSR TKK YZK SRJ SHJ).",
)
@click.option(
    "--reader",
    type=click.Choice([kind.value for kind in ReaderKind]),
    default="virtual",
    show_default=True,
    help="The card in this process, or on a virtual reader of a real pcscd.",
)
@click.option(
    "--camera",
    type=click.Choice(SHOWN),
    default=DEFAULT_SHOWN,
    show_default=True,
    help="With the face: who or what comes before the fake camera.",
)
@click.option(
    "--front",
    type=click.Choice(FRONTS),
    default=DEFAULT_FRONT,
    show_default=True,
    help="With the face: what the camera over the reader sees of the card; what it cannot read, the clerk types.",
)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="The built model pack.",
)
@click.option("--once", is_flag=True, help="End after the visit.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of the story.")
@click.option(
    "--world",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_WORLD,
    show_default=True,
    help="Folder of the invented world: keys, database, files.",
)
def demo(
    *,
    who: str,
    method: str,
    consent: frozenset[ConsentItem] | None,
    reader: str,
    camera: str,
    front: str,
    models: Path,
    once: bool,
    as_json: bool,
    folder: Path,
) -> None:
    """Show one visit (デモ): J-LIS stand-in, centre and appliance start, a card is read, the answer arrives."""
    try:
        with World.open(folder) as world, logging_to(world.places.log):
            choice = Choice(
                persona=_found(world, who),
                method=Method(method),
                consent=consent,
                reader=ReaderKind(reader),
                face=DemoFace(models, camera, front) if Method(method) is Method.FACE else None,
                once=once,
                as_json=as_json,
            )
            code = asyncio.run(Show(world, choice, sys.stdout).run())
    except OnshiError as refused:
        _refuse(refused, as_json)
        code = 1
    sys.exit(code)


def _found(world: World, who: str) -> Persona:
    try:
        return world.persona(who)
    except UnknownPersona as unknown:
        names = "\n".join(f"  {slug}" for slug in unknown.known)
        raise click.BadParameter(
            f"nobody is called {unknown.wanted!r}. The cast:\n{names}", param_hint="--persona"
        ) from None


def _refuse(refused: OnshiError, as_json: bool) -> None:
    told = problem(refused)
    if as_json:
        click.echo(json.dumps({"fault": msgspec.to_builtins(told)}, ensure_ascii=False))
    click.echo(f"{told.code}  {told.desk_ja}\n{told.desk_en}\n{told.next_ja}\n{told.next_en}\n{refused}", err=True)
