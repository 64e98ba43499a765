"""What goes onto an appliance is checked before it goes."""

import subprocess
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from firmware_config import check as checks
from firmware_config.commands import firmware
from tests.conftest import need

SHIPPED = checks.HERE


def findings_of(tmp_path: Path, name: str, text: str) -> list[checks.Finding]:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return list(checks.check([file]))


def test_everything_that_we_ship_passes() -> None:
    assert list(checks.check([SHIPPED])) == []


def test_a_wrong_value_is_named_with_its_line_and_setting(tmp_path: Path) -> None:
    text = (SHIPPED / "profiles/reception-desk.toml").read_text(encoding="utf-8")
    [finding] = findings_of(
        tmp_path, "reception-desk.toml", text.replace("apdu_timeout_ms = 3000", "apdu_timeout_ms = 3")
    )
    assert finding.code == "FW-010"
    assert "reader.apdu_timeout_ms" in finding.text
    assert finding.line == text[: text.index("apdu_timeout_ms")].count("\n") + 1


@pytest.mark.parametrize("wrong", ["", "[", "profile = 1", "[profile]\nname = 'x'\n", "\x00", "[nonsense]\na = 1"])
def test_a_profile_of_rubbish_is_one_finding_and_no_traceback(tmp_path: Path, wrong: str) -> None:
    assert [finding.code for finding in findings_of(tmp_path, "a.toml", wrong)] == ["FW-010"]


def test_pcscd_that_logs_apdus_is_refused_because_the_log_holds_pins(tmp_path: Path) -> None:
    text = (SHIPPED / "systemd/onshi-pcscd.service").read_text(encoding="utf-8")
    [finding] = findings_of(tmp_path, "pcscd.service", text.replace("--error", "--apdu"))
    assert finding.code == "FW-022"


@pytest.mark.parametrize("rule", checks.EVERY_UNIT, ids=lambda rule: rule.setting)
def test_a_unit_without_one_of_its_hardenings_is_refused(tmp_path: Path, rule: checks.Required) -> None:
    text = (SHIPPED / "systemd/onshi-edge.service").read_text(encoding="utf-8")
    loosened = "\n".join(line for line in text.splitlines() if not line.startswith(f"{rule.setting}="))
    assert [finding.code for finding in findings_of(tmp_path, "edge.service", loosened)] == ["FW-021"]


def test_a_unit_that_runs_as_root_is_refused(tmp_path: Path) -> None:
    text = (SHIPPED / "systemd/onshi-edge.service").read_text(encoding="utf-8").replace("User=onshi", "User=root")
    assert [finding.code for finding in findings_of(tmp_path, "edge.service", text)] == ["FW-023"]


def test_a_camera_that_everybody_may_open_is_refused(tmp_path: Path) -> None:
    assert [f.code for f in findings_of(tmp_path, "60.rules", 'SUBSYSTEM=="video4linux", MODE="0666"')] == ["FW-031"]


def test_files_that_are_no_text_or_no_appliance_file_are_findings(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.exe").write_text("MZ")
    assert sorted(finding.code for finding in checks.check([tmp_path])) == ["FW-001", "FW-002"]


def test_a_name_that_differs_from_the_file_is_found(tmp_path: Path) -> None:
    text = (SHIPPED / "profiles/reception-desk.toml").read_text(encoding="utf-8")
    assert [finding.code for finding in findings_of(tmp_path, "other.toml", text)] == ["FW-011"]


def test_the_command_gives_json_and_exit_1(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[")
    run = CliRunner().invoke(firmware, ["check", "--json", str(tmp_path)])
    assert run.exit_code == 1
    assert [finding["code"] for finding in msgspec.json.decode(run.stdout)] == ["FW-010"]
    assert CliRunner().invoke(firmware, ["check"]).exit_code == 0
    assert CliRunner().invoke(firmware, ["schema"]).output.startswith("{")


@pytest.mark.real
@pytest.mark.parametrize("unit", ["onshi-edge.service", "onshi-pcscd.service"])
def test_systemd_itself_rates_the_units_as_hardened(unit: str) -> None:
    analyze = need("systemd-analyze")
    run = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=35", "--no-pager", str(SHIPPED / "systemd" / unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
