"""``python -m bench visit``: from a card on the reader to the face file on disk, without human time.

Runs the demo's own stage: J-LIS stand-in, centre on SQLite, one appliance, all on this machine. Targets are the
issue's: p95 at most 500 ms in process and 800 ms through pcscd.
"""

import asyncio
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from bench import floor
from bench.cpu import children_seconds
from bench.numbers import p50, p95
from edge.visit.desk import Say
from protocol.visit import Method
from sandbox import pcscd
from sandbox.demo.logs import logging_to
from sandbox.demo.report import answered
from sandbox.demo.stage import Stage
from sandbox.demo.story import machine_steps
from sandbox.world.world import World

TARGET_MS = {"virtual": 500.0, "pcsc": 800.0}
WARM_UP = 3


@dataclass
class Measured:
    """All times in milliseconds."""

    reader: str
    wall: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: list[float] = field(default_factory=list)
    """Of this process: outside world, centre, appliance and, in process, the card."""
    cpu_beside: float = 0.0
    """Of the processes beside it (the reader's worker, pcscd), per visit."""

    @property
    def met(self) -> bool:
        return p95(self.wall) <= TARGET_MS[self.reader]


@dataclass
class Floor:
    """One signature, one request; a visit's floor is the sum of what it needs of both."""

    sign: list[float]
    request: list[float]

    @property
    def p50(self) -> float:
        return floor.SIGNATURES * p50(self.sign) + floor.REQUESTS * p50(self.request)


@click.command("visit")
@click.option("--visits", type=click.IntRange(1, 10000), default=100, show_default=True, help="Per reader.")
@click.option("--reader", type=click.Choice(["virtual", "pcsc", "both"]), default="both", show_default=True)
@click.option("--method", type=click.Choice(["pin", "sight"]), default="pin", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def visit(visits: int, reader: str, method: str, as_json: bool) -> None:
    """Latency of a visit (来院) by step, against the bare cryptography and wire of the same run."""
    readers = [reader] if reader != "both" else ["virtual", "pcsc"]
    if "pcsc" in readers and (told := pcscd.missing()):
        click.echo(f"through pcscd: not measured. {told}", err=True)
        readers.remove("pcsc")
    if not readers:
        sys.exit(1)
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as name:
        folder = Path(name) / "world"
        with World.open(folder) as world:
            under = asyncio.run(_floor(world))
        measured = [_measured(folder, one, visits, Method(method)) for one in readers]
    if as_json:
        click.echo(json.dumps(_told(under, measured, visits, method)))
    else:
        _show(under, measured, visits, method)
    sys.exit(0 if all(one.met for one in measured) else 1)


async def _floor(world: World) -> Floor:
    return Floor(
        sign=floor.rsa_sign_ms(),
        request=await floor.tls_request_ms(
            ca=world.centre_ca, server=world.centre_pair, client=world.centre_pair, client_ca=world.centre_ca
        ),
    )


def _measured(folder: Path, reader: str, visits: int, method: Method) -> Measured:
    with World.open(folder) as world, logging_to(world.places.log):
        return asyncio.run(_run(world, reader, visits, method))


async def _run(world: World, reader: str, visits: int, method: Method) -> Measured:
    measured = Measured(reader)
    persona = world.people[0]
    async with Stage.open(world, pcsc=reader == "pcsc", progress=_quiet) as stage:
        for number in range(visits + WARM_UP):
            if number == WARM_UP:
                before = children_seconds()
            played = await stage.visit(persona, method, None, told=_nobody)
            if not answered(played.record):
                raise click.ClickException(f"a visit was refused: {played.record.logged()}")
            if number >= WARM_UP:
                measured.wall.append(played.ms)
                measured.cpu.append(played.cpu_ms)
                measured.steps["card_noticed"].append(played.noticed_ms)
                for name, ms in machine_steps(played.record):
                    measured.steps[name].append(ms)
        measured.cpu_beside = (children_seconds() - before) * 1000 / visits
    return measured


def _quiet(text: str) -> None:
    """Progress is not what a benchmark shows."""


def _nobody(say: Say) -> None:
    """Nobody reads along."""


def _told(under: Floor, measured: list[Measured], visits: int, method: str) -> dict[str, Any]:
    return {
        "visits": visits,
        "method": method,
        "floor_ms": {
            "visit_p50": round(under.p50, 2),
            "rsa_sign_p50": round(p50(under.sign), 3),
            "tls_request_p50": round(p50(under.request), 3),
        },
        "readers": [
            {
                "reader": one.reader,
                "p50_ms": round(p50(one.wall), 2),
                "p95_ms": round(p95(one.wall), 2),
                "target_p95_ms": TARGET_MS[one.reader],
                "met": one.met,
                "ratio_p50_to_floor": round(p50(one.wall) / under.p50, 1),
                "cpu_ms_per_visit": round(p50(one.cpu), 2),
                "cpu_ms_beside_per_visit": round(one.cpu_beside, 2),
                "steps": {
                    name: {"p50_ms": round(p50(times), 2), "p95_ms": round(p95(times), 2)}
                    for name, times in one.steps.items()
                },
            }
            for one in measured
        ],
    }


def _show(under: Floor, measured: list[Measured], visits: int, method: str) -> None:
    click.echo(f"visit: {visits} visits per reader, {method}, card inserted to face file on disk")
    click.echo(
        f"floor: {under.p50:.1f} ms = {floor.SIGNATURES} RSA-2048 signatures of {p50(under.sign):.2f} ms"
        f" + {floor.REQUESTS} TLS requests of {p50(under.request):.2f} ms (p50)"
    )
    for one in measured:
        verdict = "met" if one.met else "MISSED"
        click.echo(f"\n{one.reader}: p50 {p50(one.wall):.1f} ms, p95 {p95(one.wall):.1f} ms, "
                   f"target p95 {TARGET_MS[one.reader]:.0f} ms {verdict}")  # fmt: skip
        click.echo(f"  ratio to floor {p50(one.wall) / under.p50:.1f}, CPU {p50(one.cpu):.1f} ms per visit here"
                   f" and {one.cpu_beside:.1f} ms in worker and pcscd")  # fmt: skip
        for name, times in one.steps.items():
            click.echo(f"  {name:<22} p50 {p50(times):7.2f} ms   p95 {p95(times):7.2f} ms")
