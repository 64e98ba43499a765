"""The second opinion's own parts: the examples keep our rules, exceptions are narrow, and the book lists each."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.central.fhir import pyfhircheck
from tests.central.fhir.facts import kept

BOOK = Path(__file__).parents[3] / "docs/fhir.md"


@pytest.mark.parametrize(
    ("name", "written"), list(pyfhircheck.examples()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_every_example_keeps_our_own_rules(name: str, written: bytes) -> None:
    assert kept(written)["resourceType"]


def test_an_exception_lets_only_its_own_issue_stand() -> None:
    excepted = {
        "code": "element.unknown",
        "path": "MedicationDispense.dosageInstruction[0].text",
        "message": "Unknown element",
    }
    others = [
        {**excepted, "path": "MedicationDispense.dosageInstruction[0].words"},
        {**excepted, "code": "element.cardinality"},
        {"code": "profile.slice.cardinality.min", "path": "Coverage.identifier:x", "message": ""},
    ]
    assert pyfhircheck.left([excepted, *others]) == others


def test_every_exception_is_listed_and_argued_in_the_book() -> None:
    page = BOOK.read_text(encoding="utf-8")
    for one in pyfhircheck.EXCEPTIONS:
        assert f"`{one.code}`" in page
        assert one.why in page


def test_without_the_tool_the_command_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pyfhircheck, "find_spec", lambda name: None)
    run = CliRunner().invoke(pyfhircheck.main, ["--packages", str(tmp_path)])
    assert run.exit_code == 1
    assert "pip install pyfhircheck" in run.output
