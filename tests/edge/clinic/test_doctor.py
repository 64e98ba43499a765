"""The doctor names each bad habit once, shows nobody's data, and is quiet beside good software."""

import asyncio
import fcntl
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.clinic.commands import clinic as command
from edge.clinic.doctor import TEXTS, Doctor, Sign
from edge.clinic.names import face_name
from edge.clinic.requests import rejection
from edge.clinic.visits import VisitFeed
from edge.uplink.device import DeviceKey
from edge.uplink.sealed import SealedFolder
from protocol.errors import OnshiError, clinic, input_
from tests.edge.clinic.test_folders import request
from tests.edge.clinic.test_kinds import DOWNLOAD
from tests.edge.clinic.test_medical import asked
from tests.edge.fakes import FACILITY, NOW, message

NAME = "OQSsiquc01req_1.xml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("req", "res", "face"):
        (tmp_path / name).mkdir()
    return tmp_path


def signs(doctor: Doctor, *moments: float) -> list[Sign]:
    return [finding.sign for now in moments for finding in doctor.look(now)]


def test_a_refusal_is_told_once_though_its_file_is_touched_for_watchers_and_again_when_refused_again(
    root: Path,
) -> None:
    doctor, file = Doctor(root), root / "res" / "OQSsiquc01req_2.err"
    file.write_bytes(b"INPUT-018\r\nwords")
    assert signs(doctor, 0) == [Sign.REFUSED]
    os.utime(file, (1, 1))
    assert signs(doctor, 1) == []
    newer = root / "res" / "newer"
    newer.write_bytes(b"INPUT-018\r\nwords")
    newer.replace(file)
    assert signs(doctor, 2) == [Sign.REFUSED]


def test_a_refusal_is_told_with_the_places_that_its_err_names(root: Path) -> None:
    for number, (error, encoding) in enumerate(
        (
            (OnshiError(input_.MESSAGE_MALFORMED, line=3, column=14), "Shift_JIS"),
            (OnshiError(input_.MESSAGE_MISSING, at="MessageBody/FileCategory"), "UTF-8"),
        )
    ):
        (root / "res" / f"OQSsiquc01req_{number}.err").write_bytes(rejection(error, request(encoding=encoding)))
    found = {one.file[-5]: one for one in Doctor(root).look(0)}
    assert {name: (one.code, dict(one.places)) for name, one in found.items()} == {
        "0": ("INPUT-016", {"line": 3, "column": 14}),
        "1": ("INPUT-018", {"at": "MessageBody/FileCategory"}),
    }


def test_good_software_hears_nothing(root: Path) -> None:
    doctor = Doctor(root, facility=FACILITY)
    (root / "req" / NAME).write_bytes(request())
    assert signs(doctor, 0, 0.2) == []
    assert doctor.requests == 1
    (root / "req" / NAME).unlink()
    (root / "res" / "OQSsiquc01res_1.xml").write_bytes(b"x")
    assert signs(doctor, 1, 30) == []
    (root / "res" / "OQSsiquc01res_1.xml").unlink()
    assert signs(doctor, 100) == []


@pytest.mark.parametrize(
    ("name", "data", "sign", "code", "where"),
    [
        ("note.xml", request(), Sign.NAME, clinic.REQUEST_NAME.code, {}),
        ("EPSsiquc01req_1.xml", request(), Sign.KIND, clinic.REQUEST_KIND_NOT_YET.code, {}),
        (NAME, b"\n<XmlMsg></xmlmsg>", Sign.CONTENT, input_.MESSAGE_MALFORMED.code, {"line": 2, "column": 11}),
        (NAME, b"<XmlMsg>", Sign.UNFINISHED, clinic.REQUEST_INCOMPLETE.code, {"line": 1, "column": 9}),
        (
            NAME,
            request() + "診".encode("cp932") + b"  ",
            Sign.CONTENT,
            input_.TEXT_ENCODING.code,
            {"at_byte": len(request()), "encoding": "utf-8"},
        ),
        (
            NAME,
            request().replace(b"19800217", b"x"),
            Sign.CONTENT,
            input_.BIRTH_DATE.code,
            {"at": "MessageBody/QualificationConfirmSearchInfo/Birthdate", "length": 1},
        ),
        (
            "TKKsiquc01req_1.xml",
            asked("TKKsiquc01", "3")[1],
            Sign.CONTENT,
            input_.UNKNOWN_CODE.code,
            {"at": "MessageBody/FileCategory"},
        ),
        (NAME, request(facility="9911111111"), Sign.FACILITY, clinic.FOREIGN_FACILITY.code, {}),
        (NAME, request(identifier=""), Sign.NO_IDENTIFIER, "", {}),
    ],
)
def test_a_wrong_request_is_named_once(
    root: Path, name: str, data: bytes, sign: Sign, code: str, where: dict[str, Any]
) -> None:
    doctor = Doctor(root, facility=FACILITY)
    (root / "req" / name).write_bytes(data)
    found = [finding for now in (0, 0.2, 3, 3.2, 6) for finding in doctor.look(now)]
    assert [(one.sign, one.file, one.code, dict(one.places)) for one in found] == [(sign, name, code, where)]


def test_slow_writing_left_overs_and_stuck_requests_are_seen(root: Path) -> None:
    doctor = Doctor(root)
    path = root / "req" / NAME
    data = request()
    found = []
    for step in range(4):
        path.write_bytes(data[: 200 * (step + 1)])
        found += signs(doctor, step * 0.5)
    path.write_bytes(data)
    assert [*found, *signs(doctor, 2, 3)] == [Sign.SLOW]
    assert doctor.requests == 1
    assert signs(doctor, 20, 21) == [Sign.UNANSWERED]
    (root / "req" / "a.tmp").write_bytes(b"x")
    assert signs(doctor, 21, 100, 200) == [Sign.LEFT_OVER]


def test_a_request_that_is_still_written_is_not_judged_before_its_time_is_over(root: Path) -> None:
    doctor, path = Doctor(root), root / "req" / NAME
    path.write_bytes(b"")
    assert signs(doctor, 0, 2.9) == []
    path.write_bytes(request()[:300])
    assert signs(doctor, 3, 5.9) == [Sign.SLOW]
    path.write_bytes(request())
    assert signs(doctor, 6, 9, 12) == []
    path.write_bytes(request()[:300])
    assert signs(doctor, 13, 15.9) == []
    path.unlink()  # refused by the exchange: its .err tells
    assert signs(doctor, 16, 20) == []
    path.write_bytes(b"")
    assert signs(doctor, 21, 24, 27) == [Sign.UNFINISHED]
    assert doctor.requests == 2


def test_a_lock_is_no_error_inside_and_waited_for(root: Path) -> None:
    doctor, path = Doctor(root), root / "req" / NAME
    path.write_bytes(request())
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert signs(doctor, 0, 0.5, 2.9) == []
    assert signs(doctor, 2.95, 4) == []
    other = root / "req" / "OQSsiquc01req_2.xml"
    other.write_bytes(request())
    with other.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert signs(doctor, 5, 8, 9) == [Sign.HELD]


def test_a_request_whose_time_moves_is_the_same_question(root: Path) -> None:
    doctor, path = Doctor(root), root / "req" / "OQSmuquc02req_1.xml"
    path.write_bytes(DOWNLOAD)
    assert signs(doctor, 0) == []
    (root / "res" / "OQSmuquc02res_1.xml").write_bytes(b"x")
    os.utime(path, (1, 1))
    assert signs(doctor, 0.1, 0.2) == []
    assert doctor.requests == 1


def test_answers_that_nobody_fetches_and_refusals_are_seen(root: Path) -> None:
    doctor = Doctor(root)
    (root / "res" / "OQSsiquc01res_1.xml").write_bytes(b"x")
    (root / "res" / "OQSsiquc01req_2.err").write_bytes(b"INPUT-018\r\nwords")
    (root / "res" / "note.txt").write_bytes(b"x")
    (refused,) = doctor.look(0)
    assert (refused.sign, refused.code) == (Sign.REFUSED, "INPUT-018")
    (root / "req" / NAME).write_bytes(request())
    assert signs(doctor, 1) == [Sign.REUSED]
    (root / "req" / NAME).unlink()
    assert signs(doctor, 70, 80) == [Sign.UNFETCHED] * 2


def test_hasty_downloads_are_seen(root: Path) -> None:
    doctor = Doctor(root)
    for number in range(2):
        (root / "req" / f"OQSmuquc02req_{number}.xml").write_bytes(DOWNLOAD)
        found = signs(doctor, number)
    assert found == [Sign.HASTY]


def test_a_missing_folder_is_told_once_until_it_is_back(root: Path) -> None:
    doctor = Doctor(root)
    (root / "face").rmdir()
    assert signs(doctor, 0, 1) == [Sign.FOLDER]
    (root / "face").mkdir()
    assert signs(doctor, 2) == []


def test_every_sign_has_its_words() -> None:
    assert set(TEXTS) == set(Sign)


def test_the_command_ends_with_1_when_something_is_serious(root: Path) -> None:
    runner = CliRunner()
    quiet = runner.invoke(command, ["doctor", str(root), "--seconds", "0.1"])
    assert quiet.exit_code == 0
    (root / "req" / "note.xml").write_bytes(b"x")
    told = runner.invoke(command, ["doctor", str(root), "--seconds", "0.2", "--json"])
    assert (told.exit_code, json.loads(told.stdout.splitlines()[0])["sign"]) == (1, "name")
    plain = runner.invoke(command, ["doctor", str(root), "--seconds", "0.2"]).stdout
    assert all(words in plain for words in ("× note.xml  CLINIC-006", clinic.REQUEST_NAME.next_ja, "req_<suffix>.xml"))


def test_a_visits_file_is_dropped_again(root: Path, tmp_path: Path) -> None:
    key = DeviceKey.generate(tmp_path / "device.key", "d")
    (root / "edge.toml").write_text(
        f'[device]\nid = "d"\nfacility = "{FACILITY}"\n[files]\nkey = "{tmp_path}/device.key"\ncertificate = "c"\n'
        f'centre_ca = "a"\nstate = "{tmp_path}/state"\n[centre]\nurl = "https://localhost"\n'
    )
    kept = SealedFolder(tmp_path / "state" / "visits", key.sealing_key())
    feed = VisitFeed(kept, clock=lambda: NOW, stay=timedelta(hours=1))
    asyncio.run(feed.publish(message(), visit="ab" * 16, at=NOW))
    (root / "face" / face_name(FACILITY, "ab" * 16, NOW)).write_bytes(b"as it was delivered")
    run = CliRunner().invoke(command, ["replay", "abab", "--root", str(root)], catch_exceptions=False)
    assert run.exit_code == 0
    (file,) = (root / "face").iterdir()
    assert run.stdout.strip() == str(file)
    assert "診療　太郎".encode() in file.read_bytes()
    again = CliRunner().invoke(command, ["replay", "cd", "--root", str(root)])
    assert (again.exit_code, clinic.VISIT_NOT_KEPT.code in again.stderr) == (1, True)
