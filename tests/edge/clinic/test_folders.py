"""The folder exchange as clinic software meets it: good requests, bad ones, and files that are none."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.clinic.folders import Exchange, RequestFolder
from edge.clinic.names import face_name, request_name
from edge.clinic.requests import Requests, rejection
from edge.clinic.sweeping import sweep
from edge.clinic.writer import PART, WholeFiles
from protocol.codes import CharacterCode, SegmentOfResult
from protocol.errors import OnshiError, clinic, input_, uplink
from protocol.messages import EligibilityAnswer, EligibilityRequest, read_xml
from tests.edge.fakes import FACILITY, NOW, FakeCentre
from tests.parts.until import until

NAME = "OQSsiquc01req_0123456789012.xml"
RESULT = "OQSsiquc01res_0123456789012.xml"
ERROR = "OQSsiquc01req_0123456789012.err"


def request(
    *,
    identifier: str = "ID-1",
    facility: str = FACILITY,
    encoding: str = "UTF-8",
    symbol: str = "12",
    number: str = "123",
) -> bytes:
    text = (
        f"<?xml version='1.0' encoding='{encoding}' standalone='no'?>\n<XmlMsg>\n<MessageHeader>\n"
        "<QualificationConfirmationDate>20261121</QualificationConfirmationDate>\n"
        f"<MedicalInstitutionCode>{facility}</MedicalInstitutionCode>\n"
        f"<ArbitraryFileIdentifier >{identifier}</ArbitraryFileIdentifier >\n</MessageHeader>\n<MessageBody>\n"
        "<QualificationConfirmSearchInfo >\n<InsurerNumber>06990013</InsurerNumber>\n"
        f"<InsuredCardSymbol>{symbol}</InsuredCardSymbol>\n"
        "<InsuredIdentificationNumber>123</InsuredIdentificationNumber>\n"
        "<InsuredBranchNumber></InsuredBranchNumber>\n<Birthdate>19800217</Birthdate>\n"
        "<LimitApplicationCertificateRelatedConsFlg>1</LimitApplicationCertificateRelatedConsFlg>\n"
        "</QualificationConfirmSearchInfo> </MessageBody>\n</XmlMsg>"
    )
    return text.encode("cp932" if encoding.lower() == "shift_jis" else "utf-8")


class Clinic:
    def __init__(self, folder: Path) -> None:
        self.req, self.res = folder / "req", folder / "res"
        self.req.mkdir()
        self.res.mkdir()
        self.centre = FakeCentre()
        self.centre.message["XmlMsg"]["MessageHeader"]["ReferenceClassification"] = "2"
        self.files = WholeFiles(nudge_seconds=0.02)
        self.exchange = Exchange(
            req=self.req, res=self.res, scan_seconds=0.3, settle_seconds=0.08, finish_seconds=0.8, max_bytes=50_000
        )
        requests = Requests(self.centre, facility=FACILITY, clock=lambda: NOW)
        self.folder = RequestFolder(self.exchange, requests, self.files, ticks=time.monotonic)

    async def until(self, met: Callable[[], bool], seconds: float = 30.0) -> None:
        await until(met, seconds)

    async def put(self, name: str, data: bytes) -> None:
        (self.req / name).write_bytes(data)
        await self.until(lambda: not (self.req / name).exists())

    def results(self) -> set[str]:
        return {entry.name for entry in self.res.iterdir() if not entry.name.endswith(PART)}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Clinic]:
    made = Clinic(tmp_path)
    task = asyncio.create_task(made.folder.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await made.files.close()


@pytest.mark.parametrize("encoding", ["UTF-8", "Shift_JIS", "shift_jis"])
async def test_a_request_is_answered_in_its_encoding_with_its_echo(running: Clinic, encoding: str) -> None:
    await running.put(NAME, request(identifier="A/b+c== 1", encoding=encoding, symbol="公立"))
    assert running.results() == {RESULT}
    data = (running.res / RESULT).read_bytes()
    answer = read_xml(data, EligibilityAnswer)
    assert answer.file_identifier == "A/b+c== 1"
    assert b"<ArbitraryFileIdentifier>A/b+c== 1</ArbitraryFileIdentifier>" in data
    shift_jis = encoding.lower() == "shift_jis"
    assert answer.character_code is (CharacterCode.SHIFT_JIS if shift_jis else CharacterCode.UTF_8)
    assert "診療　太郎".encode("cp932" if shift_jis else "utf-8") in data
    asked = running.centre.queries[0]["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"]
    assert asked["InsuredCardSymbol"] == "公立"
    assert "InsuredBranchNumber" not in asked


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        (NAME, request(facility="9911111111"), clinic.FOREIGN_FACILITY.code),
        (NAME, b"<XmlMsg><MessageHeader></XmlMsg>", input_.MESSAGE_MALFORMED.code),
        (NAME, b"<XmlMsg><MessageHeader>", clinic.REQUEST_INCOMPLETE.code),
        (NAME, b"<XmlMsg><MessageHeader", clinic.REQUEST_INCOMPLETE.code),
        (NAME, "<XmlMsg>診".encode()[:-1], clinic.REQUEST_INCOMPLETE.code),
        (NAME, b"<?xml version='1.0' encoding='Shift_JIS'?><XmlMsg>\x90", clinic.REQUEST_INCOMPLETE.code),
        (NAME, b"", clinic.REQUEST_INCOMPLETE.code),
        (NAME, request(encoding="EUC-JP"), input_.TEXT_ENCODING.code),
        (
            NAME,
            request().replace(b"UTF-8", b"Shift_JIS").replace(b"12<", "公立".encode() + b"<"),
            input_.TEXT_ENCODING.code,
        ),
        (NAME, b'<!DOCTYPE x [<!ENTITY a "b">]><XmlMsg>&a;</XmlMsg>', input_.MESSAGE_FORBIDDEN.code),
        (NAME, request().replace(b"19800217", b"19801399"), input_.BIRTH_DATE.code),
        (NAME, request().replace(b"<Birthdate>19800217</Birthdate>", b""), input_.MESSAGE_MISSING.code),
        ("OQSsihvd01req_1.xml", request(), clinic.REQUEST_KIND_NOT_YET.code),
        ("EPSsiquc01req_1.xml", b"", clinic.REQUEST_KIND_NOT_YET.code),
        ("YZKsiquc01req_1.xml", b"anything", input_.MESSAGE_MALFORMED.code),
        ("TKKsiquc01req_1.xml", request(), input_.MESSAGE_MISSING.code),
        ("note.xml", request(), clinic.REQUEST_NAME.code),
    ],
)
async def test_a_refused_request_reappears_with_its_err_and_nothing_else(
    running: Clinic, name: str, data: bytes, code: str
) -> None:
    await running.put(name, data)
    err = name[:-4] + ".err"
    assert running.results() == {name, err}
    assert (running.res / name).read_bytes() == data
    assert (running.res / err).read_bytes().startswith(code.encode() + b"\r\n")
    assert running.centre.queries == []


async def test_the_err_of_an_unsupported_kind_says_not_yet_in_the_requests_encoding(running: Clinic) -> None:
    await running.put("CISsiquc01req_2.xml", b"<?xml version='1.0' encoding='Shift_JIS'?><XmlMsg/>")
    text = (running.res / "CISsiquc01req_2.err").read_bytes().decode("cp932")
    assert "この種類の照会は、このバージョンではまだ使えません。" in text
    assert "not supported yet by this version" in text


async def test_a_file_that_is_written_slowly_is_answered_once_it_is_whole(running: Clinic) -> None:
    data = request()
    with (running.req / NAME).open("wb") as out:
        for start in range(0, len(data), 200):
            out.write(data[start : start + 200])
            out.flush()
            await asyncio.sleep(0.05)
    await running.until(lambda: RESULT in running.results())
    await asyncio.sleep(0.1)
    assert running.results() == {RESULT}
    assert len(running.centre.queries) == 1


async def test_a_pause_in_the_middle_is_waited_out(running: Clinic) -> None:
    data = request()
    with (running.req / NAME).open("wb") as out:
        out.write(data[:300])
        out.flush()
        await asyncio.sleep(0.25)
        out.write(data[300:])
    await running.until(lambda: RESULT in running.results())
    assert ERROR not in running.results()


async def test_temporary_and_foreign_files_are_left_alone(running: Clinic) -> None:
    for name in ("a.tmp", ".hidden.xml", "~OQSsiquc01req_1.xml", "OQSsiquc01req_1.txt"):
        (running.req / name).write_bytes(b"x")
    await asyncio.sleep(0.5)
    assert running.results() == set()
    assert len(list(running.req.iterdir())) == 4


async def test_a_huge_file_goes_back_unread(running: Clinic) -> None:
    await running.put(NAME, b"x" * 60_000)
    assert running.results() == {NAME, ERROR}
    assert (running.res / ERROR).read_bytes().startswith(input_.MESSAGE_TOO_LARGE.code.encode())
    assert (running.res / NAME).stat().st_size == 60_000


async def test_a_locked_file_is_waited_for_and_then_refused(running: Clinic) -> None:
    path = running.req / NAME
    path.write_bytes(request())
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await running.until(lambda: ERROR in running.results())
    assert (running.res / ERROR).read_bytes().startswith(clinic.REQUEST_UNREADABLE.code.encode())
    assert running.centre.queries == []


async def test_a_lock_that_is_let_go_costs_nothing(running: Clinic) -> None:
    path = running.req / NAME
    path.write_bytes(request())
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await asyncio.sleep(0.25)
    await running.until(lambda: RESULT in running.results())


async def test_a_folder_and_a_pipe_under_a_requests_name_are_refused_once(running: Clinic) -> None:
    (running.req / NAME).mkdir()
    os.mkfifo(running.req / "OQSsiquc01req_2.xml")
    (running.req / "OQSsiquc01req_3.xml").symlink_to("/etc/hostname")
    errors = {ERROR, "OQSsiquc01req_2.err", "OQSsiquc01req_3.err"}
    await running.until(lambda: running.results() == errors)
    (running.res / ERROR).unlink()
    await asyncio.sleep(0.6)
    assert ERROR not in running.results()


async def test_a_request_that_vanishes_is_forgotten(running: Clinic) -> None:
    (running.req / NAME).write_bytes(request())
    (running.req / NAME).unlink()
    await asyncio.sleep(0.4)
    assert running.results() == set()


async def test_a_line_fault_is_an_answer_with_segment_9_and_the_echo(running: Clinic) -> None:
    running.centre.faults = {"eligibility": [OnshiError(uplink.NO_ROUTE)]}
    await running.put(NAME, request(identifier="K-7"))
    answer = read_xml((running.res / RESULT).read_bytes(), EligibilityAnswer)
    assert answer.segment is SegmentOfResult.FAILED
    assert (answer.error_code, answer.file_identifier) == (uplink.NO_ROUTE.code, "K-7")
    assert answer.error_message is not None
    assert answer.error_message.startswith(uplink.NO_ROUTE.desk_ja)
    assert answer.validity is None


async def test_an_older_unread_result_of_the_name_does_not_stand_for_the_new_question(running: Clinic) -> None:
    (running.res / RESULT).write_bytes(b"old")
    await running.put(NAME, request(identifier="new"))
    assert b"new" in (running.res / RESULT).read_bytes()


async def test_an_unwritable_result_folder_keeps_the_request_and_asks_once(running: Clinic) -> None:
    away = running.res.with_name("away")
    running.res.rename(away)
    (running.req / NAME).write_bytes(request())
    await asyncio.sleep(0.6)
    assert (running.req / NAME).exists()
    away.rename(running.res)
    await running.until((running.res / RESULT).exists)
    assert len(running.centre.queries) == 1


async def test_a_missing_request_folder_is_waited_for(running: Clinic) -> None:
    running.req.rmdir()
    await asyncio.sleep(0.5)
    running.req.mkdir()
    await running.put(NAME, request())
    assert running.results() == {RESULT}


async def test_many_requests_at_once_are_each_answered(running: Clinic) -> None:
    for number in range(30):
        (running.req / f"OQSsiquc01req_{number:013d}.xml").write_bytes(request(identifier=f"n{number}"))
    await running.until(lambda: len(running.results()) == 30, 10.0)
    for number in range(30):
        data = (running.res / f"OQSsiquc01res_{number:013d}.xml").read_bytes()
        assert f">n{number}<".encode() in data


async def test_names_beyond_unicode_are_answered(running: Clinic) -> None:
    (running.req / os.fsdecode(b"OQSsiquc01req_\xff\xfe.xml")).write_bytes(request())
    await running.until(lambda: len(running.results()) == 1)
    assert os.listdir(os.fsencode(running.res)) == [b"OQSsiquc01res_\xff\xfe.xml"]


async def test_a_defect_of_ours_is_told_and_stops_nothing_else(
    running: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("ours")

    with monkeypatch.context() as patched:
        patched.setattr(Requests, "answer", broken)
        await running.put(NAME, request())
    assert running.results() == {NAME, ERROR}
    assert (running.res / ERROR).read_bytes().startswith(clinic.REQUEST_DEFECT.code.encode() + b"\r\n")
    assert (running.res / NAME).read_bytes() == request()
    await running.put("OQSsiquc01req_2.xml", request())
    assert running.results() == {NAME, ERROR, "OQSsiquc01res_2.xml"}


def test_names_and_their_answers() -> None:
    found = request_name("OQSsiquc01req_req.xml")
    assert found is not None
    assert (found.result, found.error) == ("OQSsiquc01res_req.xml", "OQSsiquc01req_req.err")
    upper = request_name("OQSSIQUC01REQ_1.XML")
    assert upper is not None
    assert upper.result == "OQSSIQUC01RES_1.XML"
    for wrong in (
        "OQSsiquc01req.xml",
        "OQSsiquc01res_1.xml",
        "req_1.xml",
        "OQSxxquc01req_1.xml",
        "OQSsiquc01req_1.xml.tmp",
    ):
        assert request_name(wrong) is None


def test_old_results_go_and_everything_else_stays(tmp_path: Path) -> None:
    face = face_name(FACILITY, "0" * 32, NOW)
    old = [RESULT, ERROR, NAME, face, f"abc{PART}"]
    for name in [*old, "keep.txt", "OQSsiquc01res_new.xml"]:
        (tmp_path / name).write_bytes(b"x")
    for name in [*old, "keep.txt"]:
        os.utime(tmp_path / name, (1000, 1000))
    assert sweep((tmp_path, tmp_path / "gone"), now=time.time(), stay_seconds=3600) == 5
    assert {entry.name for entry in tmp_path.iterdir()} == {"keep.txt", "OQSsiquc01res_new.xml"}


def test_the_err_text_is_readable_in_both_encodings() -> None:
    error = OnshiError(input_.MESSAGE_MISSING, at="MessageBody/Birthdate")
    for encoding, codec in (("Shift_JIS", "cp932"), ("UTF-8", "utf-8")):
        text = rejection(error, request(encoding=encoding)).decode(codec)
        assert text.splitlines()[0] == input_.MESSAGE_MISSING.code
        assert text.splitlines()[-1] == "at: MessageBody/Birthdate"


@pytest.mark.parametrize("head", ["", "<?xml version='1.0' encoding='UTF-8'?>\n", "\n\n  <?xml version='1.0'?>"])
def test_the_err_says_where_it_is_and_what_would_be_accepted_and_nothing_that_stood_there(head: str) -> None:
    line = head.count("\n") + 1
    column = len(head.rpartition("\n")[2]) + len("<XmlMsg><N>山田</") + 1
    for whole, where in (
        (f"{head}<XmlMsg><N>山田</M></XmlMsg>".encode(), [f"line: {line}", f"column: {column}"]),
        (
            f"{head}<XmlMsg>".encode() + "山田".encode("cp932") + b"</XmlMsg>",
            [f"at_byte: {len(head) + len('<XmlMsg>')}", "encoding: utf-8"],
        ),
    ):
        with pytest.raises(OnshiError) as refused:
            read_xml(whole, EligibilityRequest)
        lines = rejection(refused.value, whole).decode().splitlines()
        assert lines[5:] == [refused.value.fault.vendor, *where]


_WORDS = st.sampled_from([b"<XmlMsg>", b"</XmlMsg>", b"<MessageHeader>", b"&#0;", b"<![CDATA[", b"\x81", b"<?xml ?>"])


@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.lists(_WORDS, max_size=20).map(b"".join),
        st.tuples(st.integers(0, 800), st.binary(max_size=4)).map(
            lambda cut: request()[: cut[0]] + cut[1] + request()[cut[0] + 1 :]
        ),
    )
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_do_more_than_a_catalogue_error(data: bytes) -> None:
    async def ask() -> None:
        requests = Requests(FakeCentre(), facility=FACILITY, clock=lambda: NOW)
        name = request_name(NAME)
        assert name
        try:
            answer = await requests.answer(name, data)
        except OnshiError as refused:
            told, code = rejection(refused, data), refused.fault.code
        else:
            read_xml(answer.data, EligibilityAnswer)
            return
        assert told.startswith(code.encode())

    asyncio.run(ask())
