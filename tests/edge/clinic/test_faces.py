"""Face files: their name, their encoding, and that a visit gets one at most."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.clinic.faces import FaceFolder
from edge.clinic.writer import WholeFiles
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, clinic, input_
from protocol.messages import EligibilityAnswer, read_xml
from tests.edge.fakes import FACILITY, message, names

VISIT = "0123456789abcdef0123456789abcdef"
AT = datetime(2026, 11, 21, 16, 5, 9, tzinfo=UTC)


async def test_the_name_is_code_hex_and_japan_time(tmp_path: Path) -> None:
    files = WholeFiles(nudge_seconds=0.01)
    path = await FaceFolder(tmp_path, files).deliver(message(), visit=VISIT, at=AT)
    await files.close()
    assert path is not None
    assert path.name == f"OQSsiquc01res_face_{FACILITY}0123456789abcdef0123_20261122010509.xml"
    assert re.fullmatch(r"OQSsiquc01res_face_.+_(\d{14})\.xml", path.name)


@pytest.mark.parametrize("encoding", list(CharacterCode))
async def test_encoding_and_its_code_agree(tmp_path: Path, encoding: CharacterCode) -> None:
    files = WholeFiles(nudge_seconds=0.01)
    path = await FaceFolder(tmp_path, files, encoding=encoding).deliver(message(), visit=VISIT, at=AT)
    await files.close()
    assert path is not None
    data = path.read_bytes()
    answer = read_xml(data, EligibilityAnswer)
    assert answer.character_code is encoding
    assert answer.results[0].name == "診療　太郎"
    assert (b"Shift_JIS" in data) is (encoding is CharacterCode.SHIFT_JIS)


async def test_a_second_delivery_of_a_visit_writes_nothing(tmp_path: Path) -> None:
    files = WholeFiles(nudge_seconds=0.01)
    folder = FaceFolder(tmp_path, files)
    first = await folder.deliver(message(), visit=VISIT, at=AT)
    second = await folder.deliver(message(), visit=VISIT, at=datetime(2026, 11, 22, tzinfo=UTC))
    await files.close()
    assert first == second
    assert len(names(tmp_path)) == 1


async def test_a_file_that_is_dropped_again_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    files = WholeFiles(nudge_seconds=0.01)
    folder = FaceFolder(tmp_path, files)
    first = await folder.deliver(message(), visit=VISIT, at=AT)
    other = await folder.deliver(message(), visit="f" * 32, at=AT)
    later = await folder.deliver(message(), visit=VISIT, at=datetime(2026, 11, 22, tzinfo=UTC), again=True)
    same = await folder.deliver(message(), visit=VISIT, at=datetime(2026, 11, 22, tzinfo=UTC), again=True)
    await files.close()
    assert first
    assert other
    assert later
    assert later == same != first
    assert later.name.endswith("_20261122090000.xml")
    assert names(tmp_path) == sorted([other.name, later.name])


async def test_no_validity_no_file(tmp_path: Path) -> None:
    with pytest.raises(OnshiError) as refused:
        await FaceFolder(tmp_path, WholeFiles()).deliver(message(None), visit=VISIT, at=AT)
    assert refused.value.fault.code == clinic.NO_RESULT_TO_DELIVER.code
    assert names(tmp_path) == []


async def test_a_message_that_is_none_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OnshiError) as refused:
        await FaceFolder(tmp_path, WholeFiles()).deliver({"XmlMsg": {}}, visit=VISIT, at=AT)
    assert refused.value.fault.code == input_.MESSAGE_MISSING.code
    assert names(tmp_path) == []


async def test_switched_off_and_missing_folders(tmp_path: Path) -> None:
    assert await FaceFolder(None, WholeFiles()).deliver(message(), visit=VISIT, at=AT) is None
    with pytest.raises(OnshiError) as refused:
        await FaceFolder(tmp_path / "gone", WholeFiles()).deliver(message(), visit=VISIT, at=AT)
    assert refused.value.fault.code == clinic.FOLDER_MISSING.code
