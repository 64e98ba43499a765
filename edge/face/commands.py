"""`onshi face`: one comparison of a photo with live pictures, for trying out and for measuring. No liveness."""

import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from edge.commands import fail
from protocol.errors import OnshiError

if TYPE_CHECKING:
    from edge.face.wire import Status

PICTURE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def face() -> None:
    """Face comparison on this machine, off line."""


class Watch:
    """Milliseconds per named step, wall and CPU."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self._last = (time.perf_counter(), time.process_time())

    def step(self, name: str) -> None:
        now = (time.perf_counter(), time.process_time())
        wall, cpu = ((b - a) * 1000 for a, b in zip(self._last, now, strict=True))
        self.steps.append({"name": name, "ms": round(wall, 1), "cpu_ms": round(cpu, 1)})
        self._last = now


@face.command("verify")
@click.option("--chip", required=True, type=PICTURE, help="The photo of the card.")
@click.option("--live", required=True, multiple=True, type=PICTURE, help="A live picture; more may follow it.")
@click.argument("more", nargs=-1, type=PICTURE)
@click.option(
    "--models",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="The built model pack.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def verify(chip: Path, live: tuple[Path, ...], more: tuple[Path, ...], folder: Path, as_json: bool) -> None:
    """Say whether the LIVE pictures show the person of the CHIP photo.

    Prints the decision (match, review, no_match, undecided), the score, the threshold and the model. Exit 0
    whatever the decision is; 1 when a picture or the pack cannot be used.
    """
    try:
        told = _verify(chip, (*live, *more), folder)
    except OnshiError as refused:
        fail(refused, as_json=as_json)
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    score = "–" if told["score"] is None else f"{told['score']:.3f}"
    click.echo(f"{told['decision']}  score {score}  threshold {told['threshold']:.2f}  frames {told['frames']}")
    if told["reason"]:
        click.echo(f"reason: {told['reason']}")
    for step in told["steps"]:
        click.echo(f"  {step['name']:<12} {step['ms']:8.1f} ms   cpu {step['cpu_ms']:8.1f} ms")


def _verify(chip: Path, live: tuple[Path, ...], folder: Path) -> dict[str, Any]:
    from edge.face.decide import decide
    from edge.face.engines import open_engine
    from edge.face.pack import Pack
    from edge.face.picture import decode_file

    watch = Watch()
    engine = open_engine(Pack(folder))
    watch.step("load")
    reason = None
    photo = decode_file(chip)
    watch.step("chip_decode")
    found = engine.detect(photo)
    if not found:
        reason = "no_face_chip"
    reference = engine.embed(photo, found[0]) if found else None
    watch.step("chip_face")
    vectors = []
    for file in live:
        frame = decode_file(file)
        faces = engine.detect(frame)
        if faces:
            vectors.append(engine.embed(frame, faces[0]))
        else:
            reason = reason or "no_face_live"
    watch.step("live_faces")
    verdict = decide(reference, vectors, engine.verifier, reason=reason)
    return {
        "decision": verdict.decision.value,
        "score": None if verdict.score is None else round(verdict.score, 6),
        "threshold": verdict.threshold,
        "model": verdict.model,
        "frames": verdict.frames,
        "reason": verdict.reason,
        "steps": watch.steps,
    }


@face.command("status")
@click.option(
    "--models",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="The built model pack.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def status(folder: Path, as_json: bool) -> None:
    """Start a face worker and say what it has loaded: engine, model, thresholds, and whether attacks have a network.

    Exit 1 when the pack cannot be used.
    """
    import asyncio

    try:
        with contextlib.redirect_stdout(sys.stderr):  # log lines are no answer
            told = asyncio.run(_status(folder))
    except OnshiError as refused:
        fail(refused, as_json=as_json)
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    click.echo(f"engine     {told.engine}\nmodel      {told.model}")
    click.echo(f"threshold  match from {told.threshold}, more frames from {told.review}")
    click.echo(f"liveness   {told.liveness}")
    none = "none: challenge and cues alone judge; a network is the operator's to supply"
    click.echo(f"attack detector (PAD CNN)  {told.detector or none}")
    click.echo(f"frames kept out of swap    {'yes' if told.locked else 'no'}")


async def _status(folder: Path) -> "Status":
    from edge.face.process import FaceWorker

    worker = FaceWorker(folder)
    await worker.start()
    try:
        return await worker.ready()
    finally:
        await worker.stop()
