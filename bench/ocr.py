"""``python -m bench ocr``: synthetic card fronts through the card-front worker: read, refused, wrong; time and memory.

Fronts and camera are `sandbox.fronts`: every figure is one on simulated pictures. Targets are the issue's: at least
95 % read, none wrong, at most 650 MB.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import click

from bench.numbers import p50, p95
from edge.face.camera import Frame
from edge.ocr.process import FrontWorker
from protocol.errors import OnshiError
from sandbox.clock import japan_today
from sandbox.fronts import camera
from sandbox.fronts.draw import draw
from sandbox.fronts.fonts import Face
from sandbox.fronts.text import random_front

LEAST_READ = 0.95
MOST_MB = 650
NARROW, WIDE = 640, 1012
FACES = tuple(Face)


@dataclass
class Measured:
    """``cpu`` and ``wall`` in milliseconds per card, decoding included; ``mb`` is the worker's peak."""

    strength: str
    count: int
    read: int = 0
    wrong: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    start_ms: float = 0.0
    mb: int = 0

    @property
    def met(self) -> bool:
        return self.wrong == 0 and self.read >= LEAST_READ * self.count and self.mb <= MOST_MB


def front(seed: int, today: date, strength: camera.Strength) -> tuple[bytes, str]:
    """A coded picture of somebody's card, 640 to 1012 pixels across, and the number that is printed on it."""
    text = random_front(seed, today)
    flat = draw(text, face=FACES[seed % len(FACES)], seed=seed)
    width = NARROW + seed * 37 % (WIDE - NARROW + 1)
    return camera.as_jpeg(camera.seen_by_a_camera(flat, seed, width=width, strength=strength)), text.number_b


async def measure(
    models: Path, *, count: int, first: int, strength: str, today: date, ahead: ProcessPoolExecutor | None = None
) -> Measured:
    """Draw and read ``count`` fronts, one after the other; ``ahead`` draws while the worker reads."""
    done = Measured(strength, count)
    loop = asyncio.get_running_loop()
    worker = FrontWorker(models)
    began = time.perf_counter()
    await worker.start()
    done.start_ms = (time.perf_counter() - began) * 1000
    try:
        drawn = loop.run_in_executor(ahead, front, first, today, camera.STRENGTHS[strength])
        for seed in range(first, first + count):
            picture, number = await drawn
            drawn = loop.run_in_executor(ahead, front, seed + 1, today, camera.STRENGTHS[strength])
            await _one(worker, picture, number, today, done)
        await drawn
    finally:
        await worker.stop()
    return done


async def _one(worker: FrontWorker, picture: bytes, number: str, today: date, done: Measured) -> None:
    spent, began = _cpu_ms(worker.pid), time.perf_counter()
    try:
        reading = await worker.read(Frame(bytearray(picture), 0.0), today)
        done.ways[reading.way] += 1
        if reading.number_b == number.encode():
            done.read += 1
        else:
            done.wrong += 1
        reading.wipe()
    except OnshiError as refused:
        done.refused[refused.fault.code] += 1
    done.wall.append((time.perf_counter() - began) * 1000)
    done.cpu.append(_cpu_ms(worker.pid) - spent)
    done.mb = max(done.mb, _peak_mb(worker.pid))


def _cpu_ms(pid: int | None) -> float:
    """Of one process, to the microsecond: the scheduler's own clock, not ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e6


def _peak_mb(pid: int | None) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


@click.command("ocr")
@click.option("--count", type=click.IntRange(1, 100_000), default=500, show_default=True)
@click.option("--first", type=int, default=100_000, show_default=True, help="Seed of the first front.")
@click.option("--strength", type=click.Choice(list(camera.STRENGTHS)), default="usual", show_default=True)
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="The built model pack.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def ocr(count: int, first: int, strength: str, models: Path, as_json: bool) -> None:
    """Card fronts (券面) read, refused and wrong; CPU per card and the worker's memory."""
    with ProcessPoolExecutor(1) as ahead:
        done = asyncio.run(
            measure(models, count=count, first=first, strength=strength, today=japan_today(), ahead=ahead)
        )
    told = _told(done)
    if as_json:
        click.echo(json.dumps(told))
    else:
        _show(told)
    # Harsher pictures than the issue names have to be refused rather than read; there, only wrong ones count.
    sys.exit(0 if done.met or (strength == "harsh" and not done.wrong) else 1)


def _told(done: Measured) -> dict[str, Any]:
    return {
        "strength": done.strength,
        "count": done.count,
        "read": done.read,
        "wrong": done.wrong,
        "refused": dict(sorted(done.refused.items())),
        "ways": dict(done.ways),
        "cpu_ms": {"p50": round(p50(done.cpu)), "p95": round(p95(done.cpu))},
        "wall_ms": {"p50": round(p50(done.wall)), "p95": round(p95(done.wall))},
        "start_ms": round(done.start_ms),
        "peak_mb": done.mb,
        "met": done.met,
    }


def _show(told: dict[str, Any]) -> None:
    share = 100 * told["read"] / told["count"]
    click.echo(f"{told['count']} fronts, {told['strength']} pictures, {NARROW}-{WIDE} px across (simulated)")
    click.echo(f"  read     {told['read']:5d}  {share:.1f} %   by {told['ways']}")
    click.echo(f"  refused  {sum(told['refused'].values()):5d}  {told['refused']}")
    click.echo(f"  wrong    {told['wrong']:5d}")
    click.echo(f"  CPU per card   p50 {told['cpu_ms']['p50']} ms   p95 {told['cpu_ms']['p95']} ms   (one thread)")
    click.echo(f"  wall per card  p50 {told['wall_ms']['p50']} ms   p95 {told['wall_ms']['p95']} ms")
    click.echo(f"  worker ready in {told['start_ms']} ms, peak memory {told['peak_mb']} MB (at most {MOST_MB})")
