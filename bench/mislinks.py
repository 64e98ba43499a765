"""Mis-links: seeded mistakes among realistic lines, and what the importer's check and identity check make of each.

A mistake is *refused* (a fault of the line), *stopped* (viewing), on the *work list* only, or missed. Clean lines that
are stopped or refused are false stops; clean lines on the work list (moved, by the generator) are counted apart. A line
③ (a name and the address differ) is on the work list and stops once there are several coverages.
"""

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import msgspec

from central.insurers import identity
from central.insurers.check import LineChecker
from central.insurers.identity import Verdict
from central.insurers.layout import AT
from central.insurers.reader import UploadReader
from central.insurers.values import NumberRule
from sandbox.residents.files import RESIDENTS, write
from sandbox.residents.people import Population
from sandbox.residents.service import StandIn

TODAY = date(2026, 6, 1)
BATCH = 1000
STOPPED = frozenset({Verdict.BIRTH_OR_SEX, Verdict.NO_RESIDENT, Verdict.NAMES})
LISTED = frozenset({Verdict.REVIEW, Verdict.NAME_ADDRESS})


def _verdicts(path: Path, residents: StandIn) -> Iterator[tuple[int, str]]:
    """(line, outcome) of an upload: refused, stopped, listed or clean."""
    checker = LineChecker(today=TODAY, rule=NumberRule.SYNTHETIC)
    reader = UploadReader([path.read_bytes()])
    for lines in _portions(reader, checker):
        good = [(number, fields) for number, fields in lines if fields is not None]
        found = residents.lookup([fields[AT["individual"]] for _, fields in good])
        yield from ((number, "refused") for number, fields in lines if fields is None)
        for (number, fields), resident in zip(good, found, strict=True):
            stated = identity.items(*(fields[AT[key]] for key in ("name", "kana", "birth", "sex", "address")))
            verdict, _ = identity.judge(stated, identity.of_resident(resident) if resident else None)
            if verdict is Verdict.TOO_FEW:
                yield number, "refused"
            else:
                yield number, "stopped" if verdict in STOPPED else "listed" if verdict in LISTED else "clean"


def _portions(reader: UploadReader, checker: LineChecker) -> Iterator[list[tuple[int, list[str] | None]]]:
    portion: list[tuple[int, list[str] | None]] = []
    for number, text in reader:
        portion.append((number, checker.check(number, text)[0]))
        if len(portion) == BATCH:
            yield portion
            portion = []
    yield portion


def measure(people: int, mistakes: int, folder: Path) -> dict[str, object]:
    """By class of mistake how many were refused, stopped, listed, missed; and the same for clean lines."""
    write(Population("mislinks", TODAY), people, folder, today=TODAY, mistakes=mistakes)
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        truth = {(row["upload"], int(row["line"])): row["mistake"] for row in csv.DictReader(file)}
    residents = StandIn(folder / RESIDENTS)
    found: dict[str, Counter[str]] = {}
    try:
        for path in sorted(folder.glob("upload-*.csv")):
            for line, outcome in _verdicts(path, residents):
                found.setdefault(truth.get((path.name, line), "clean"), Counter())[outcome] += 1
    finally:
        residents.close()
    clean = found.pop("clean", Counter())
    missed = sum(outcomes["clean"] for outcomes in found.values())
    return {
        "people": people,
        "mistakes": sum(outcomes.total() for outcomes in found.values()),
        "missed": missed,
        "clean_lines": clean.total(),
        "false_stops": clean["stopped"] + clean["refused"],
        "false_stops_per_1000": round(1000 * (clean["stopped"] + clean["refused"]) / max(clean.total(), 1), 3),
        "clean_on_work_list": clean["listed"],
        "by_class": {name: dict(sorted(outcomes.items())) for name, outcomes in sorted(found.items())},
    }


@click.command()
@click.option("--people", type=click.IntRange(100), default=20_000, show_default=True, help="How many people.")
@click.option("--mistakes", type=click.IntRange(1), default=1_000, show_default=True, help="How many seeded mistakes.")
@click.option("--full", is_flag=True, help="The counts of the goal: 200,000 people, 10,000 mistakes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def mislinks(people: int, mistakes: int, *, full: bool, as_json: bool) -> None:
    """Seeded mis-links: found, stopped, missed; clean lines stopped wrongly."""
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as folder:
        found = measure(200_000 if full else people, 10_000 if full else mistakes, Path(folder))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for name, outcomes in found["by_class"].items():  # type: ignore[attr-defined]
        click.echo(f"{name:<14}" + "  ".join(f"{outcome} {count:,}" for outcome, count in outcomes.items()))
    click.echo(
        f"{found['mistakes']:,} mistakes, {found['missed']} missed; {found['clean_lines']:,} clean lines, "
        f"{found['false_stops']} stopped wrongly ({found['false_stops_per_1000']} of 1,000), "
        f"{found['clean_on_work_list']:,} on the work list"
    )
