"""The book says what the code does: a dependency, error, command or setting that is not in it fails here."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.api.metrics import make_metrics
from central.commands import central as central_command
from central.insurers.metrics import InsurerMetrics
from central.insurers.settings import load_importer_settings
from central.register.metrics import RegisterMetrics
from edge.settings import PREFIX, EdgeSettings, read_settings
from protocol.errors import CATALOGUE
from protocol.settings import describe

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book, built with warnings as errors."""
    target = tmp_path_factory.mktemp("book")
    words = ["-W", "-q", "-b", "text", "-d", str(target / "doctrees"), "docs", str(target / "out")]
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return target / "out"


def test_every_dependency_has_its_reason_and_nothing_else_is_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=~;\[ ]", one)[0] for one in project["dependencies"]}
    for extra in project["optional-dependencies"].values():
        wanted |= {re.split(r"[<>=~;\[ ]", one)[0] for one in extra}
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| ([a-z0-9.-]+) \| (?!portraits|fronts|letters)", page, flags=re.MULTILINE)) - {
        "package",
        "---",
    }
    assert listed == wanted


def test_every_error_code_is_in_the_book(book: Path) -> None:
    page = (book / "reference/errors.txt").read_text(encoding="utf-8")
    assert [code for code in CATALOGUE if code not in page] == []


def test_every_code_is_used_once_and_every_word_is_there() -> None:
    from protocol.errors import AREAS, Fault

    every = [one for area in AREAS for one in vars(area).values() if isinstance(one, Fault)]
    assert len({fault.code for fault in every}) == len(every)
    for fault in every:
        for words in (fault.desk_ja, fault.desk_en, fault.next_ja, fault.next_en, fault.vendor):
            assert words.strip(), fault.code


def test_every_command_is_in_the_book(book: Path) -> None:
    page = (book / "reference/commands.txt").read_text(encoding="utf-8")
    for words in ("onshi demo", "onshi central query", "onshi edge card", "onshi sandbox cast", "onshi firmware check"):
        assert words in page


def test_every_setting_is_in_the_book(book: Path) -> None:
    from central.insurers.settings import describe_importer_settings
    from central.settings import describe_settings

    page = (book / "reference/settings.txt").read_text(encoding="utf-8")
    every = [*describe_settings(), *describe_importer_settings(), *describe(EdgeSettings, prefix=PREFIX)]
    assert len(every) > 30
    assert [one.variable for one in every if one.variable not in page] == []
    assert [one.name for one in every if not one.description] == []


def test_every_metric_that_the_centre_tells_is_in_the_book(book: Path) -> None:
    page = (book / "reference/metrics.txt").read_text(encoding="utf-8")
    told = make_metrics()
    RegisterMetrics(told.registry)
    InsurerMetrics(told.registry)
    names = {family.name for family in told.registry.collect()}
    assert len(names) > 8
    assert [name for name in names if name not in page] == []


def test_every_route_is_in_the_book(book: Path) -> None:
    page = (book / "reference/routes.txt").read_text(encoding="utf-8")
    run = CliRunner().invoke(central_command, ["openapi"], catch_exceptions=False)
    paths = json.loads(run.stdout)["paths"]
    assert "/v1/visits" in paths
    assert [path for path in paths if path not in page] == []


def test_the_example_settings_of_an_appliance_are_accepted_by_the_real_loader() -> None:
    text = (ROOT / "docs/edge.example.toml").read_text(encoding="utf-8")
    settings = read_settings(text, file="edge.example.toml", environment={})
    unit = settings.reader.pcscd_unit
    assert (ROOT / "firmware_config/systemd" / unit).is_file()
    assert unit in (ROOT / "firmware_config/pcscd/50-onshi-restart.rules").read_text(encoding="utf-8")


def test_no_page_gives_a_birth_date_of_the_cast_because_it_moves_with_the_day() -> None:
    for page in [*ROOT.glob("docs/*.md"), *ROOT.glob("README*.md")]:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"--birth \d|\"birthDate\": \"\d", text), page.name


def test_start_asks_with_todays_birth_date_of_the_cast() -> None:
    line = re.search(r"^birth=.*$", (ROOT / "docs/start.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert line is not None
    here = line[0].replace(".venv/bin/onshi", f"{sys.executable} -m onshi")
    run = subprocess.run(["bash", "-c", f"{here}; echo $birth"], cwd=ROOT, capture_output=True, text=True, check=True)
    told = subprocess.run(
        [sys.executable, "-m", "onshi", "sandbox", "cast", "--json"], cwd=ROOT, capture_output=True, check=True
    )
    first = json.loads(told.stdout)[0]
    assert first["records"][0]["number"] == "100001"
    assert run.stdout.strip() == first["birth"].replace("-", "")


def test_the_example_settings_of_the_importer_are_accepted_by_the_real_loader() -> None:
    settings = load_importer_settings(ROOT / "docs/insurer.example.toml", {})
    assert settings.console.enabled
    assert settings.residents.url
    assert settings.credentials


def test_no_page_names_a_machine_or_a_tool_of_the_workshop() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    forbidden = re.compile(rb"(?:^|[^\w.])/(?:wo" rb"rk|fa" rb"rm)/|\.libr" rb"ary/|farm-(?:ben" rb"ch|stu" rb"dio)")
    for name in tracked:
        file = ROOT / name
        if file.is_file():
            assert not forbidden.search(file.read_bytes()), name
