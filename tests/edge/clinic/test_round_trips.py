"""Every message through the folder in both encodings, and the two answers that were seen in the field.

What the software writes reaches the centre as it was meant, and what the centre says reaches the software: nothing is
lost, doubled or changed on the way but the echo, which is the software's own.
"""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.clinic.faces import FaceFolder
from edge.clinic.habits import Habits
from edge.clinic.names import request_name
from edge.clinic.requests import Requests
from edge.clinic.writer import WholeFiles
from protocol.codes import CharacterCode
from protocol.messages import (
    MESSAGES,
    EligibilityAnswer,
    Message,
    declared_encoding,
    read_json,
    read_xml,
    write_json,
    write_xml,
)
from protocol.numbers import FacilityCode
from tests.edge.clinic.test_folders import request
from tests.edge.clinic.test_kinds import SINGLE, Office
from tests.edge.fakes import FACILITY, NOW, FakeCentre
from tests.protocol.strategies import jis_texts, message_of
from tests.protocol.trees import fixture, xml_tree

HERE = FacilityCode(FACILITY)
ENCODINGS = {CharacterCode.UTF_8: "utf-8", CharacterCode.SHIFT_JIS: "cp932"}
KINDS = (
    "OQSsiquc01",
    "OQSsiimm01",
    "OQSmuquc01",
    "OQSmuquc02",
    "OQSmuimm01",
    "OQSmuimm02",
    "OQSmutic01",
    "OQSmutic02",
)
ECHO = {
    "ArbitraryFileIdentifier",
    "ReferenceNumberRegistrationInfo",
    "CharacterCodeIdentifier",
}
"""What the answer takes from the request, not from the centre."""


def without_echo(tree: Any) -> Any:
    header, body = (dict(tree["XmlMsg"].get(part, {})) for part in ("MessageHeader", "MessageBody"))
    for name in ECHO:
        header.pop(name, None)
        body.pop(name, None)
    return header, body


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_message_goes_through_a_file_and_back(kind: str, encoding: CharacterCode, data: st.DataObject) -> None:
    asking, answering = MESSAGES[f"{kind}req"], MESSAGES[f"{kind}res"]
    asked = msgspec.structs.replace(data.draw(message_of(asking, jis_texts)), facility=HERE)
    said = data.draw(message_of(answering, jis_texts))
    centre = FakeCentre()
    centre.message = write_json(said)
    centre.reply = lambda path, tree: write_json(said)
    answered = asyncio.run(_through(centre, kind, write_xml(asked, encoding)))
    sent = centre.queries[0] if kind == "OQSsiquc01" else centre.sent[0][1]
    assert sent == write_json(asked)
    assert declared_encoding(answered) is encoding
    back: Message = read_xml(answered, answering)
    assert without_echo(write_json(back)) == without_echo(write_json(said))
    if hasattr(asked, "file_identifier"):
        assert back.file_identifier == asked.file_identifier  # type: ignore[attr-defined]


async def _through(centre: FakeCentre, kind: str, data: bytes) -> bytes:
    """The request as a file, and the answer as the file that the software finds."""
    files = WholeFiles()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"{kind}req_1.xml"
        await files.write(place, data)
        name = request_name(place.name)
        assert name is not None
        requests = Requests(centre, facility=FACILITY, clock=lambda: NOW)
        reply = await requests.answer(name, place.read_bytes(), stamp="1")
        await files.write(place.with_name(name.result), reply.data)
        await files.close()
        return place.with_name(name.result).read_bytes()


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_the_face_result_of_the_field_is_written_as_it_was_seen(tmp_path: Path, encoding: CharacterCode) -> None:
    seen = read_xml(fixture("face_result.xml"), EligibilityAnswer)
    files = WholeFiles()
    path = await FaceFolder(tmp_path, files, encoding=encoding).deliver(write_json(seen), visit="0" * 32, at=NOW)
    await files.close()
    assert path is not None
    written = path.read_bytes().decode(ENCODINGS[encoding])
    plain = re.sub(r'encoding="[^"]+"', 'encoding="UTF-8"', written)
    plain = plain.replace("<CharacterCodeIdentifier>1", "<CharacterCodeIdentifier>0")
    assert xml_tree(plain.encode()) == xml_tree(fixture("face_result.xml"))
    assert f"<CharacterCodeIdentifier>{encoding.value}<" in written


async def test_the_web_answer_of_the_field_is_given_to_the_folder_element_by_element(tmp_path: Path) -> None:
    seen = json.loads(fixture("number_answer.json"))
    office = Office(tmp_path, Habits())
    office.centre.message = seen
    found = await office.put(SINGLE, request(identifier="F-9"))
    await office.files.close()
    written = found["OQSsiquc01res_1.xml"]
    tree = write_json(read_xml(written, EligibilityAnswer))
    assert tree["XmlMsg"]["MessageHeader"].pop("ArbitraryFileIdentifier") == "F-9"
    assert tree == seen
    leaves = dict(_leaves(seen))
    for name, value in leaves.items():
        assert f"<{name}>{value}</{name}>".encode() in written


def _leaves(tree: Any) -> list[tuple[str, str]]:
    if isinstance(tree, list):
        return [leaf for one in tree for leaf in _leaves(one)]
    found = []
    for name, value in tree.items():
        found += [(name, value)] if isinstance(value, str) else _leaves(value)
    return found


async def test_a_name_outside_jis_is_covered_in_shift_jis_and_whole_in_utf_8_and_for_the_screens(
    tmp_path: Path,
) -> None:
    for place, (encoding, name) in enumerate({"UTF-8": "髙橋　𠮷男", "Shift_JIS": "●橋　●男"}.items()):
        home = tmp_path / str(place)
        home.mkdir()
        office = Office(home, Habits())
        result = office.centre.message["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"]
        result["Name"] = "髙橋　𠮷男"
        found = await office.put(SINGLE, request(encoding=encoding))
        await office.files.close()
        answer = read_xml(found["OQSsiquc01res_1.xml"], EligibilityAnswer)
        assert answer.results[0].name == name
        assert read_json(office.centre.message, EligibilityAnswer).results[0].name == "髙橋　𠮷男"
