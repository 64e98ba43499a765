"""``onshi sandbox front``: the printed front of a toy card as a picture, flat or as a camera would see it."""

import io
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from protocol.errors import OnshiError, device
from sandbox.cast import UnknownPersona
from sandbox.world.world import World, WorldRefused

if TYPE_CHECKING:
    from PIL.Image import Image

    from sandbox.card import CardPersonalisation

STRENGTHS = ("mild", "usual", "harsh")
TYPEFACES = ("gothic", "sans", "serif")


@click.command()
@click.option("--persona", "who", default="ordinary", show_default=True, help="Slug or name; see `onshi sandbox cast`.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Picture to write (.png, .jpg)."
)
@click.option("--camera", "seed", type=int, help="See it through the camera model with this seed; flat when not given.")
@click.option("--strength", type=click.Choice(STRENGTHS), default="usual", show_default=True)
@click.option(
    "--width", type=click.IntRange(200, 3000), default=1012, show_default=True, help="Pixels across the card."
)
@click.option("--typeface", type=click.Choice(TYPEFACES), default="gothic", show_default=True)
@click.option(
    "--world",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".onshi/world"),
    show_default=True,
    help="Folder of the invented world.",
)
def front(who: str, out: Path, seed: int | None, strength: str, width: int, typeface: str, folder: Path) -> None:
    """Draw the front (券面) of a persona's toy card, with the numbers that open it."""
    try:
        with World.share(folder) as world:
            made = world.cards.personalisation(world.persona(who))
            picture = _picture(made, world.seed, seed, strength, width, typeface)
        picture.save(out)
    except UnknownPersona as unknown:
        raise click.BadParameter(
            f"nobody is called {unknown.wanted!r}. The cast: {', '.join(unknown.known)}", param_hint="--persona"
        ) from None
    except WorldRefused as refused:
        raise click.ClickException(str(refused)) from None
    except OnshiError as missing:
        raise click.ClickException(f"{missing.fault.desk_en} {missing}") from None
    except (OSError, ValueError) as refused_file:
        raise click.ClickException(f"{out} cannot be written: {refused_file}") from None
    click.echo(str(out))


def _picture(
    made: "CardPersonalisation", world: str, seed: int | None, strength: str, width: int, typeface: str
) -> "Image":
    """Raises `OnshiError` when the face packages are not installed."""
    try:
        import_module("cv2")
        from PIL import Image as Pillow

        from sandbox.fronts import camera
        from sandbox.fronts.draw import draw
        from sandbox.fronts.fonts import Face
        from sandbox.fronts.text import front_of
    except ImportError as missing:
        raise OnshiError(device.PACKAGE_MISSING, package=missing.name or "cv2") from None
    photo = Pillow.open(io.BytesIO(made.photo)) if made.photo else None
    flat = draw(front_of(made, world), face=Face(typeface), photo=photo)
    if seed is None:
        return flat.convert("RGB").resize((width, round(width * flat.height / flat.width)))
    seen = camera.seen_by_a_camera(flat, seed, width=width, strength=camera.STRENGTHS[strength])
    return Pillow.fromarray(seen[:, :, ::-1].copy())
