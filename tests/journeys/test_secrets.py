"""A full run of the demo in a process of its own, and then a search of everything that it left behind.

Nothing of the card's secrets anywhere; nothing of anybody in logs, metrics, progress and health; the database holds
names, because that is what it is for, and neither PIN nor keys nor photo.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.world.facts import Places
from sandbox.world.world import World
from tests.journeys.persons import persons_in
from tests.journeys.searched import Searched, left_behind, private

pytestmark = pytest.mark.sockets

DEMO = [sys.executable, "-m", "onshi", "demo"]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs live: world, home, temporary files and working directory, all empty at first."""
    folder = tmp_path_factory.mktemp("demo")
    for name in ("home", "tmp", "cwd", "world"):
        (folder / name).mkdir(mode=0o700)
    return folder


def surroundings(outside: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": str(outside / "home"),
        "TMPDIR": str(outside / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def own_secrets(outside: Path) -> tuple[Path, ...]:
    """The sandbox's keys, the centre's credentials and the device's key: secrets where they belong."""
    places = Places(outside / "world")
    return places.keys, places.credentials, places.device_key


def searched(outside: Path, slug: str) -> dict[str, set[str]]:
    with World.share(outside / "world") as world:
        return Searched(world, slug).in_files(left_behind(outside, but=own_secrets(outside)))


@contextmanager
def running(outside: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*DEMO, "--world", str(outside / "world"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(outside),
        cwd=outside / "cwd",
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_one_visit_as_json_leaves_its_file_and_nothing_secret(outside: Path) -> None:
    done = subprocess.run(
        [*DEMO, "--once", "--json", "--world", str(outside / "world")],
        capture_output=True,
        text=True,
        env=surroundings(outside),
        cwd=outside / "cwd",
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["persona"], told["method"], told["qualification_validity"]) == ("ordinary", "pin", "1")
    assert all(step["ms"] >= 0 for step in told["steps"])
    assert told["answer"]["XmlMsg"]["MessageBody"]["QualificationValidity"] == "1"
    file = Path(told["result_file"])
    assert "<Name>見本　花子</Name>" in file.read_text("utf-8")
    assert searched(outside, "ordinary") == {}
    nobody(outside, done.stderr)
    with World.share(outside / "world") as world:
        search = Searched(world, "ordinary")
        assert search.found(done.stdout.encode()) == set()
        assert search.found(done.stderr.encode()) == set()


def nobody(outside: Path, *texts: str) -> None:
    """Names, numbers and addresses of the whole cast are in none of these texts, and not in the log."""
    with World.share(outside / "world") as world:
        pattern = persons_in(world.people)
        log = world.places.log.read_text("utf-8")
    assert [pattern.findall(text) for text in (*texts, log)] == [[]] * (len(texts) + 1)
    assert [json.loads(line)["event"] for line in log.splitlines()].count("visit_ended") >= 1


def test_a_visit_by_sight_with_the_true_name_and_a_folder_request_leave_nothing_secret(outside: Path) -> None:
    """Everything at once, left running: health, metrics and documentation are asked as operators would."""
    with running(outside, "--persona", "name-hashigo-taka", "--method", "sight") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        story = ""
        while "Ctrl-C" not in story:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            story += line
        assert "髙橋" in story
        query_by_folder(outside)
        ops = re.search(r"http://127\.0\.0\.1:\d+(?=/readyz)", story)
        assert ops
        pages = [_page(f"{ops.group()}/{name}") for name in ("livez", "readyz", "metrics", "openapi.json", "docs")]
        process.send_signal(signal.SIGINT)
        rest, progress = process.communicate(timeout=30)
        assert process.returncode == 0
    nobody(outside, progress, *pages)
    assert 'onshi_requests_total{method="POST",route="/v1/visits",status="200"} 1.0' in pages[2]
    assert searched(outside, "name-hashigo-taka") == {}
    with World.share(outside / "world") as world:
        search = Searched(world, "name-hashigo-taka")
        said = (story + rest, progress, *pages)
        assert [search.found(text.encode()) for text in said] == [set()] * len(said)


def _page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address on the loopback
        content: bytes = answer.read()
        return content.decode()


def query_by_folder(outside: Path) -> None:
    with World.share(outside / "world") as world:
        clinic, persona = world.places.clinic, world.persona("ordinary")
        membership = persona.memberships[0]
        (clinic / "req" / "OQSsiquc01req_1.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?><XmlMsg><MessageHeader>'
            f"<QualificationConfirmationDate>{world.today:%Y%m%d}</QualificationConfirmationDate>"
            "<MedicalInstitutionCode>9910100016</MedicalInstitutionCode></MessageHeader><MessageBody>"
            f"<QualificationConfirmSearchInfo><InsurerNumber>{membership.insurer.number}</InsurerNumber>"
            f"<InsuredCardSymbol>{membership.symbol}</InsuredCardSymbol>"
            f"<InsuredIdentificationNumber>{membership.number}</InsuredIdentificationNumber>"
            f"<InsuredBranchNumber>{membership.branch}</InsuredBranchNumber>"
            f"<Birthdate>{persona.birth:%Y%m%d}</Birthdate>"
            "<LimitApplicationCertificateRelatedConsFlg>0</LimitApplicationCertificateRelatedConsFlg>"
            "</QualificationConfirmSearchInfo></MessageBody></XmlMsg>",
            encoding="utf-8",
        )
    answer = clinic / "res" / "OQSsiquc01res_1.xml"
    deadline = time.monotonic() + 20
    while not answer.exists():
        assert time.monotonic() < deadline, "no answer in the folder"
        time.sleep(0.05)


def test_nothing_is_left_outside_the_worlds_folder(outside: Path) -> None:
    """Neither in the home folder, nor among temporary files, nor where the command was called."""
    for name in ("home", "tmp", "cwd"):
        assert list(left_behind(outside / name)) == []


def test_the_database_holds_names_and_no_secret_of_card_device_or_centre(outside: Path) -> None:
    places = Places(outside / "world")
    content = b"".join(path.read_bytes() for path in left_behind(places.database.parent, but=(places.credentials,)))
    assert "見本　花子".encode() in content
    with World.share(outside / "world") as world:
        own = [world.keys.p256(name) for name in ("centre", "centre-ca", "device-ca")]
        search = Searched(world, "name-hashigo-taka")
        assert search.found(content) == set()
    assert [private(key) in content or private(key).hex().encode() in content for key in own] == [False] * 3
    assert (places.credentials / "challenge.key").read_bytes() not in content


def test_the_search_finds_what_it_looks_for(outside: Path) -> None:
    """PIN in a log line, number B in JSON, a key as PEM, a photo in base64: none would go unseen."""
    with World.share(outside / "world") as world:
        made = world.cards.personalisation(world.persona("ordinary"))
        search, pattern = Searched(world, "ordinary"), persons_in(world.people)
        pem = world.keys.path("card-ordinary-authentication").read_bytes()
    assert search.found(f'{{"pin": "{made.pin}"}}'.encode()) == {"PIN"}
    assert search.found(f"b={made.number_b};".encode()) == {"照合番号B"}
    assert search.found(pem) >= {"authentication key, d"}
    assert made.photo is not None
    assert search.found(base64.b64encode(b"x" + made.photo)) == {"photo"}
    assert search.found(b"\x00" + made.photo[100:5000]) == {"photo"}
    assert pattern.findall('{"name": "見本　花子", "number": "100001"}') == ["見本　花子", "100001"]
    assert pattern.findall('{"id": "a100001b", "at": "12:00:00.100001Z"}') == []
