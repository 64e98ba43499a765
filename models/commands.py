"""`onshi models`: what the face pack is made of, whether it is what it says, and building it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from models import insight, pack
from protocol.errors import OnshiError, input_, problem, words
from protocol.modelpack import Threshold

FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="Where the built pack is.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


class Extended(click.Group):
    """A group to which other rooms add commands by the entry-point group ``onshi.models``, unseen by this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *entry_points(group="onshi.models").names])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        for point in entry_points(group="onshi.models", name=cmd_name):
            command = point.load()
            return command if isinstance(command, click.Command) else None
        return None


@click.command(cls=Extended)
def models() -> None:
    """The face-model pack: sources, licences, thresholds."""


@contextmanager
def _refusals(folder: Path, as_json: bool) -> Iterator[None]:
    """A catalogue error ends with 1, and so does what the disk refuses when ``folder`` is written."""
    try:
        yield
    except OnshiError as refused:
        _refuse(refused, as_json)
    except OSError as refused:
        place = str(refused.filename or folder)
        _refuse(OnshiError(input_.OUTPUT_UNWRITABLE, file=place, reason=type(refused).__name__), as_json)


def _refuse(error: OnshiError, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(msgspec.json.encode(problem(error)))
    click.echo(words(error), err=True)
    sys.exit(1)


@models.command("list")
@JSON
def list_command(as_json: bool) -> None:
    """Every model with its source, licence, use and threshold."""
    known = pack.manifest()
    if as_json:
        click.echo(msgspec.json.encode(known))
        return
    for model in known.model:
        source = known.source_of(model)
        click.echo(f"{model.id}  ({model.task}, {source.licence})")
        click.echo(f"    from  {source.package} {source.version}: {source.path}\n    sha256 {source.sha256}")
        click.echo(f"    use   {model.use}")
        if model.threshold:
            click.echo(f"    accept from {model.threshold.accept}, more frames from {model.threshold.review}")


@models.command("build")
@FOLDER
@JSON
def build_command(folder: Path, as_json: bool) -> None:
    """Build the pack from the installed, hash-pinned packages."""
    with _refusals(folder, as_json):
        done = pack.build(folder, told=lambda line: click.echo(line, err=True))
        insight.write_package(folder, done)
    click.echo(msgspec.json.encode(done) if as_json else f"built into {folder}")


@models.command("verify")
@FOLDER
@JSON
def verify_command(folder: Path, as_json: bool) -> None:
    """Check every built file against the record, and the record against the manifest. Exit 1 when one differs."""
    with _refusals(folder, as_json):
        found = pack.verify(folder)
    click.echo(msgspec.json.encode(found) if as_json else f"{len(found.models)} models, all as the manifest says")


ONNX = click.Path(exists=True, dir_okay=False, path_type=Path)


@models.command("adopt")
@click.option("--detector", required=True, type=ONNX, help="SCRFD detector with five points (ONNX).")
@click.option("--verifier", required=True, type=ONNX, help="ArcFace recogniser, 112 x 112 (ONNX).")
@click.option("--name", required=True, help="Name of the pack.")
@click.option("--licence", required=True, help="Your declaration: under which licence you may use these models.")
@click.option("--accept", required=True, type=click.FloatRange(-1, 1), help="Cosine from which it is a match.")
@click.option("--review", required=True, type=click.FloatRange(-1, 1), help="Cosine from which more frames are asked.")
@click.option("--measured", required=True, help="The measurement that the thresholds come from.")
@click.option("--dimension", default=insight.IDENTITY_SIZE, show_default=True, help="Length of the embedding.")
@click.option("--folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where the pack goes.")
@JSON
def adopt_command(
    *,
    detector: Path,
    verifier: Path,
    name: str,
    licence: str,
    accept: float,
    review: float,
    measured: str,
    dimension: int,
    folder: Path,
    as_json: bool,
) -> None:
    """Make a pack of your own models for the engine `insightface`, with your licence and thresholds."""
    with _refusals(folder, as_json):
        done = insight.adopt(
            folder,
            name=name,
            detector=detector,
            verifier=verifier,
            licence=licence,
            threshold=Threshold(accept=accept, review=review, measured=measured),
            dimension=dimension,
            told=lambda line: click.echo(line, err=True),
        )
    click.echo(msgspec.json.encode(done) if as_json else f"pack {done.name} in {folder}")


@models.command("attack")
@click.option("--network", required=True, type=ONNX, help="Attack detector (PAD CNN, ONNX): its score 1 is bona fide.")
@click.option("--licence", required=True, help="Your declaration: under which licence you may use it.")
@click.option("--accept", required=True, type=click.FloatRange(0, 1), help="Bona fide from this score on.")
@click.option("--measured", required=True, help="The measurement that it comes from.")
@FOLDER
@JSON
def attack_command(network: Path, licence: str, accept: float, measured: str, folder: Path, as_json: bool) -> None:
    """Put your attack detector into a built pack; without one, challenge and cues alone judge."""
    with _refusals(folder, as_json):
        threshold = Threshold(accept=accept, review=accept, measured=measured)
        done = insight.add_attack(folder, network, licence=licence, threshold=threshold)
    click.echo(msgspec.json.encode(done) if as_json else f"attack detector in {folder}")
