"""``onshi sandbox cast`` lists everybody, for a person and for a program."""

import json

from click.testing import CliRunner

from sandbox.commands import sandbox
from sandbox.demo.columns import width


def test_the_list_fits_eighty_columns_and_names_everybody() -> None:
    ran = CliRunner().invoke(sandbox, ["cast", "--today", "2026-11-21"])
    assert ran.exit_code == 0
    assert "ordinary" in ran.output
    assert "見本　花子" in ran.output
    assert "TRUST-009" in ran.output
    assert max(width(line) for line in ran.output.splitlines()) <= 80
    assert "\x1b" not in ran.output


def test_a_program_gets_one_array() -> None:
    ran = CliRunner().invoke(sandbox, ["cast", "--json"])
    people = json.loads(ran.stdout)
    assert people[0]["slug"] == "ordinary"
    assert people[0]["ends"]["pin"] == {
        "qualification_validity": "1",
        "certificate": "valid",
        "consent": True,
    }
    assert len(people) >= 32
    assert "pin" not in people[0]


def test_every_part_is_listed_and_an_unknown_one_is_a_usage_error() -> None:
    assert "cast" in CliRunner().invoke(sandbox, ["--help"]).output
    assert CliRunner().invoke(sandbox, ["nothing"]).exit_code == 2
