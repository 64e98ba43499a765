"""``onshi demo`` as people and programs call it."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from protocol.visit import ConsentItem
from sandbox.cast import Persona
from sandbox.demo.columns import width
from sandbox.demo.commands import ConsentChoice, demo
from sandbox.world.world import World
from tests.conftest import need

pytestmark = pytest.mark.sockets
ONSHI = Path(sys.executable).parent / "onshi"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all, so that keys are made once."""
    return tmp_path_factory.mktemp("demo") / "world"


def run(world: Path, *words: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(demo, [*words, "--world", str(world)])
    return ran.exit_code, ran.stdout, ran.stderr


def told(world: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code, output, _ = run(world, "--once", "--json", *words)
    assert output.count("\n") == 1
    found: dict[str, Any] = json.loads(output)
    return code, found


def test_one_visit_is_one_json_object_and_its_file_stays(world: Path) -> None:
    code, visit = told(world)
    assert code == 0
    assert (visit["persona"], visit["method"], visit["qualification_validity"]) == ("ordinary", "pin", "1")
    assert visit["answer"]["XmlMsg"]["MessageBody"]["QualificationValidity"] == "1"
    assert all(set(step) == {"name", "ms"} for step in visit["steps"])
    assert "fault" not in visit
    assert "<QualificationValidity>1</QualificationValidity>" in Path(visit["result_file"]).read_text("utf-8")


def test_a_refused_visit_exits_with_1_and_says_why(world: Path) -> None:
    code, visit = told(world, "--persona", "revoked")
    assert code == 1
    assert visit["fault"]["code"] == "TRUST-011"
    assert visit["result_file"] is None


def test_consent_can_be_refused_or_given_in_part(world: Path) -> None:
    assert told(world, "--consent", "none")[1]["consent"] == {"result": "refused", "items": []}
    assert told(world, "--consent", "yzk,TKK")[1]["consent"] == {"result": "granted", "items": ["TKK", "YZK"]}


def test_sight_rests_on_the_clerks_word(world: Path) -> None:
    visit = told(world, "--method", "sight")[1]
    assert visit["device_word"] == ["clerk_compared"]
    assert "genuine_chip" in visit["proven"]


def test_the_story_fits_eighty_columns_and_names_the_files(world: Path) -> None:
    code, story, _ = run(world, "--once", "--persona", "早瀬 健一")
    assert code == 0
    lines = story.splitlines()
    assert all(width(line) <= 80 or str(world) in line for line in lines)
    for part in ("早瀬　健一", "資格は無効です", "QualificationValidity 2", "/docs", "OQSsiquc01res_face_"):
        assert part in story, part
    assert "\x1b" not in story


def test_an_unknown_persona_gets_the_list_of_names(world: Path) -> None:
    code, output, errors = run(world, "--persona", "nobody")
    assert (code, output) == (2, "")
    assert "seventy-five-today" in errors


def test_a_world_is_held_by_one_process(world: Path) -> None:
    with World.open(world):
        code, _, errors = run(world, "--once")
    assert code == 1
    assert "in use" in errors


def personal(world: World, persona: Persona) -> list[str]:
    made = world.cards.personalisation(persona)
    membership = persona.memberships[0]
    name = persona.name.original
    return [
        *name.split("　"),
        persona.home.address,
        membership.number,
        persona.birth.isoformat(),
        f"{persona.birth:%Y%m%d}",
        world.cards.pin(persona),
        made.number_b,
        made.individual_number,
    ]


def stands_in(log: str, value: str) -> bool:
    """Few digits also occur inside ids and times: those count where they begin a value."""
    return value in log if len(value) >= 8 or not value.isdecimal() else f'"{value}' in log or f" {value}" in log


def test_a_full_run_logs_nothing_about_the_person(world: Path) -> None:
    for method in ("pin", "sight"):
        told(world, "--method", method)
    log = (world / "onshi.log").read_text("utf-8")
    assert "visit_ended" in log
    with World.share(world) as shared:
        found = [value for value in personal(shared, shared.people[0]) if stands_in(log, value)]
    assert found == []


def test_the_worlds_folder_is_closed_to_others(world: Path) -> None:
    assert world.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (world / "keys").glob("*.pem"))


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_keeps_running_until_it_is_stopped(world: Path, stop: signal.Signals) -> None:
    with subprocess.Popen(
        [ONSHI, "demo", "--json", "--world", world],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["qualification_validity"] == "1"
        assert process.poll() is None
        process.send_signal(stop)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in errors
    assert "Unclosed" not in errors


def until(terminal: int, text: str, seen: str = "") -> str:
    """What the terminal shows, up to and with this text."""
    while text not in seen:
        seen += os.read(terminal, 65536).decode("utf-8", "replace")
    return seen


@pytest.mark.timeout(60)
def test_at_a_terminal_enter_begins_another_visit(world: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [ONSHI, "demo", "--world", world], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, close_fds=True
    ) as process:
        os.close(theirs)
        first = until(ours, "another visit")
        assert "\x1b[1m" in first
        os.write(ours, b"\n")
        second = until(ours, "card in to end")
        assert "見本　花子" in second
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    os.close(ours)


@pytest.mark.real
def test_the_same_visit_over_a_real_pcscd(world: Path) -> None:
    need("pcscd")
    code, visit = told(world, "--reader", "pcsc")
    assert code == 0
    assert visit["qualification_validity"] == "1"


def test_a_missing_pcscd_names_the_command(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.pcscd.PROGRAM", Path("/nowhere/pcscd"))
    code, output, errors = run(world, "--once", "--json", "--reader", "pcsc")
    assert code == 1
    assert json.loads(output)["fault"]["code"] == "DEVICE-010"
    assert "apt-get install -y pcscd vsmartcard-vpcd" in errors


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("all", None),
        ("None", frozenset()),
        (" tkk , YZK", frozenset({ConsentItem.CHECKUPS, ConsentItem.DRUGS})),
    ],
)
def test_consent_on_the_command_line(text: str, items: frozenset[ConsentItem] | None) -> None:
    assert ConsentChoice().convert(text, None, None) == items


def test_an_unknown_consent_item_is_a_usage_error(world: Path) -> None:
    code, _, errors = run(world, "--consent", "ABC")
    assert code == 2
    assert "TKK" in errors


def test_a_card_is_kept_on_a_reader_and_tells_about_itself_first(world: Path) -> None:
    with subprocess.Popen(
        [ONSHI, "sandbox", "card", "--persona", "pin-locked", "--vpcd", "127.0.0.1:9", "--world", world],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert facts["persona"] == "pin-locked"
    assert facts["pin_tries_left"] == 0
    assert len(facts["number_b"]) == 14
    assert facts["authentication_certificate"].startswith("MII")
