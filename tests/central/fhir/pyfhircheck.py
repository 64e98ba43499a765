"""Runs `pyfhircheck` over what we write in FHIR, against FHIR packages that the caller has.

``python -m tests.central.fhir.pyfhircheck --packages DIR``. Not a dependency of the project: it brings its own engine
and needs packages that no registry has (see docs/fhir.md). Our own rules (`central.fhir.rules`) hold in every test run;
this is the second opinion. What it says against JP Core's own text is listed in `EXCEPTIONS`, each with its reason.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from central.api.docs import program_version
from central.checkups.checkup import CheckupItem
from central.disclosure.disclosed import Gap, Missing
from central.fhir import bundle
from central.fhir import systems as s
from central.fhir.capability import statement
from central.fhir.outcome import refusal
from central.fhir.resources import Identifier, encode
from protocol.errors import OnshiError, trust
from protocol.visit import ConsentItem
from tests.central.fhir.facts import IDS, answer, checkup, disclosed, line, receipt, respond_with, result
from tests.central.register.world import NOON

ME = Identifier(system=s.MEMBER_ID, value="06990014:１２３４５６７８:１２３:00")


class Excepted(NamedTuple):
    """An issue that we let stand: its code, where (a pattern of the path or the words), and why."""

    code: str
    where: str
    why: str


EXCEPTIONS = (
    Excepted(
        "element.unknown",
        r"MedicationDispense\.dosageInstruction\[\d+\]\.text",
        "Dosage.text is an element of R4, and JP Core requires it; the tool does not know it there.",
    ),
    Excepted(
        "terminology.required",
        r"CapabilityStatement\.format",
        "application/fhir+json is the media type that R4 names; the tool cannot expand the value set of all types.",
    ),
    Excepted(
        "profile.slice.cardinality.min",
        r"MedicationDispense\.identifier",
        "RP number and order in RP are there under the systems of JP Core 1.2.0; older packages name OIDs instead.",
    ),
)


def examples() -> Iterator[tuple[str, bytes]]:
    """One of everything that we write, by name."""
    reading = disclosed(
        receipts=(receipt(line(), line(category="3"), line(category="4", unit="管"), line(amount=None)),),
        checkups=(
            checkup(
                CheckupItem(code="3F015000002327101", value="342", unit="mg/dL", flag="H"),
                CheckupItem(code="3F070000002327101", absent="NI"),
                CheckupItem(code="1A020000000191111", value="1"),
                CheckupItem(code="9N001000000000001", value="172.0", unit="cm"),
                CheckupItem(code="9A752000000000001", value="128", unit="mm[Hg]"),
                CheckupItem(code="9N736000000000011", value="2"),
            ),
        ),
        gaps=(Gap(ConsentItem.DRUGS, Missing.NOT_YET_CLAIMED),),
    )
    yield "response", msgspec.json.encode(respond_with())
    yield "patients", encode(bundle.people(answer(result()), IDS, NOON))
    yield "coverages", encode(bundle.insurances(answer(result()), IDS, NOON))
    yield "drugs", encode(bundle.medications(reading, identifier=ME, ids=IDS))
    yield "results", encode(bundle.checkups(reading, identifier=ME, ids=IDS))
    yield "refusal", encode(refusal(OnshiError(trust.NO_GRANT)))
    yield "capability", msgspec.json.encode(statement(program_version()))


def issues(packages: Path, folder: Path) -> list[dict[str, Any]]:
    """Every error that the tool finds in the examples. ``folder`` is written into."""
    (folder / "resources").mkdir()
    for name, written in examples():
        (folder / "resources" / f"{name}.json").write_bytes(written)
    own = [str(path) for path in sorted(packages.iterdir()) if path.suffix in {".tgz", ".gz"} or path.is_dir()]
    config = {
        "fhirVersion": "4.0.1",
        "localPackagePaths": own or [str(packages)],
        "terminology": {"mode": "local"},
        "allowUnknownExtensions": True,
        "evidenceOutputDir": str(folder / "evidence"),
    }
    (folder / "config.json").write_bytes(msgspec.json.encode(config))
    words = [
        sys.executable,
        "-m",
        "pyfhircheck",
        "folder",
        str(folder / "resources"),
        "-c",
        str(folder / "config.json"),
    ]
    report = folder / "report.json"
    subprocess.run([*words, "--json-output", str(report)], capture_output=True, check=False, cwd=folder)
    found = msgspec.json.decode(report.read_bytes())
    return [issue for issue in found["issues"] if issue["severity"] in {"error", "fatal"}]


def left(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The issues without those that are excepted."""
    return [issue for issue in found if not any(_is(issue, one) for one in EXCEPTIONS)]


def _is(issue: dict[str, Any], excepted: Excepted) -> bool:
    told = f"{issue.get('path')} {issue.get('message')}"
    return issue["code"] == excepted.code and re.search(excepted.where, told) is not None


@click.command()
@click.option(
    "--packages", type=click.Path(exists=True, path_type=Path), required=True, help="A folder of FHIR packages."
)
def main(packages: Path) -> None:
    """pyfhircheck over one of everything that we write; exit code 1 where something is left."""
    if find_spec("pyfhircheck") is None:
        raise click.ClickException("pyfhircheck is not installed: pip install pyfhircheck==0.2.0")
    with tempfile.TemporaryDirectory(prefix="onshi-fhir-") as folder:
        found = issues(packages, Path(folder))
    remaining = left(found)
    for issue in remaining:
        click.echo(f"{issue['code']} {issue.get('path')}: {issue['message']}")
    click.echo(f"{len(found)} issues, {len(found) - len(remaining)} excepted, {len(remaining)} left", err=True)
    sys.exit(1 if remaining else 0)


if __name__ == "__main__":
    main()
