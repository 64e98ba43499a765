"""Every kind of request through the folder, and each clinic's habits."""

import asyncio
import functools
import os
import re
import time
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from edge.clinic.faces import FaceFolder
from edge.clinic.folders import Exchange, RequestFolder
from edge.clinic.habits import NEVER_SEALED, Habits, Padding
from edge.clinic.requests import Requests
from edge.clinic.sealing import seal, unseal
from edge.clinic.writer import WholeFiles
from protocol import codes
from protocol.codes import CharacterCode, SegmentOfResult
from protocol.eras import JST
from protocol.errors import OnshiError, clinic, uplink
from protocol.messages import (
    AskedSearch,
    BulkAnswer,
    BulkReception,
    BulkUnit,
    EligibilityAnswer,
    Message,
    ReferenceNumberAnswer,
    ReferenceNumberBulkAnswer,
    read_xml,
    write_json,
)
from protocol.numbers import FacilityCode
from tests.edge.clinic.test_folders import request
from tests.edge.fakes import FACILITY, NOW, FakeCentre, message

HERE = FacilityCode(FACILITY)
SINGLE = "OQSsiquc01req_1.xml"


def document(header: str, body: str, encoding: str = "Shift_JIS") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>\n<XmlMsg><MessageHeader>'
        f"<MedicalInstitutionCode>{FACILITY}</MedicalInstitutionCode>{header}</MessageHeader>"
        f"<MessageBody>{body}</MessageBody></XmlMsg>"
    )
    return text.encode("cp932" if encoding.lower() == "shift_jis" else "utf-8")


REGISTRATION = (
    "<ReferenceNumberRegistrationInfo><ReferenceNumber>山-7</ReferenceNumber><InsurerNumber>  990013</InsurerNumber>"
    "<InsuredIdentificationNumber>００１</InsuredIdentificationNumber><InsuredBranchNumber>02</InsuredBranchNumber>"
    "</ReferenceNumberRegistrationInfo>"
)
SEARCH = (
    "<QualificationConfirmSearchInfo><InsurerNumber>06990013</InsurerNumber><InsuredIdentificationNumber>1"
    "</InsuredIdentificationNumber><Birthdate>no day</Birthdate><ArbitraryIdentifier>予約 1</ArbitraryIdentifier>"
    "</QualificationConfirmSearchInfo>"
)
IDENTIFIER = "<ArbitraryFileIdentifier>F-1</ArbitraryFileIdentifier>"
UPLOAD = document(f"{IDENTIFIER}<QualificationConfirmationDate>20261121</QualificationConfirmationDate>", SEARCH * 2)
DOWNLOAD = document("", "<ReceptionNumber>2611210000000007</ReceptionNumber>")


class Office:
    def __init__(self, folder: Path, habits: Habits) -> None:
        self.req, self.res, self.face = folder / "req", folder / "res", folder / "face"
        for one in (self.req, self.res, self.face):
            one.mkdir()
        self.centre = FakeCentre()
        self.centre.message["XmlMsg"]["MessageHeader"]["ReferenceClassification"] = "2"
        self.files = WholeFiles(nudge_seconds=0.02)
        self.requests = Requests(self.centre, facility=FACILITY, clock=lambda: NOW, habits=habits)
        exchange = Exchange(req=self.req, res=self.res, scan_seconds=0.3, settle_seconds=0.05, finish_seconds=0.4)
        self.folder = RequestFolder(exchange, self.requests, self.files, ticks=time.monotonic)

    def says(self, answer: Message) -> None:
        self.centre.reply = lambda path, tree: write_json(answer)

    async def put(self, name: str, data: bytes) -> dict[str, bytes]:
        task = asyncio.create_task(self.folder.run())
        try:
            (self.req / name).write_bytes(data)
            async with asyncio.timeout(60):
                while (self.req / name).exists():  # noqa: ASYNC110 - what is waited for is a file
                    await asyncio.sleep(0.01)
            return {entry.name: entry.read_bytes() for entry in self.res.iterdir()}
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    made = Office(tmp_path, getattr(request, "param", Habits()))
    yield made
    await made.files.close()


def reference_answer() -> ReferenceNumberAnswer:
    return ReferenceNumberAnswer(
        executed_at=datetime(2026, 11, 21, 9, 30, tzinfo=JST),
        facility=HERE,
        segment=SegmentOfResult.NORMAL,
        status=codes.ProcessingResultStatus.NORMAL,
    )


@pytest.mark.parametrize("encoding", ["Shift_JIS", "UTF-8"])
async def test_a_reference_number_is_echoed_exactly_once_and_exactly(office: Office, encoding: str) -> None:
    office.says(reference_answer())
    found = await office.put("OQSsiimm01req_20260101.xml", document(IDENTIFIER, REGISTRATION, encoding))
    assert list(found) == ["OQSsiimm01res_20260101.xml"]
    (data,) = found.values()
    told = data.decode("cp932" if encoding == "Shift_JIS" else "utf-8")
    for once in (
        f"<MedicalInstitutionCode>{FACILITY}</MedicalInstitutionCode>",
        IDENTIFIER,
        "<ReferenceNumber>山-7</ReferenceNumber>",
        "<ProcessingResultStatus>1</ProcessingResultStatus>",
        "<InsurerNumber>  990013</InsurerNumber>",
        "<InsuredIdentificationNumber>００１</InsuredIdentificationNumber>",
    ):
        assert told.count(once) == 1, once
    assert "ErrorCode" not in told
    path, tree = office.centre.sent[0]
    assert path == "/v1/reference-numbers"
    assert tree["XmlMsg"]["MessageBody"]["ReferenceNumberRegistrationInfo"]["InsurerNumber"] == "  990013"


async def test_a_reference_number_without_a_line_is_an_answer_that_says_so(office: Office) -> None:
    office.centre.faults = {"exchange": [OnshiError(uplink.NO_ROUTE)]}
    (data,) = (await office.put("OQSsiimm01req_1.xml", document(IDENTIFIER, REGISTRATION))).values()
    answer = read_xml(data, ReferenceNumberAnswer)
    assert (answer.segment, answer.error_code) == (SegmentOfResult.FAILED, uplink.NO_ROUTE.code)
    assert answer.registration
    assert answer.registration.reference_number == "山-7"


async def test_an_upload_gives_the_reception_number_in_the_requests_encoding(office: Office) -> None:
    office.says(
        BulkReception(
            executed_at=NOW, facility=HERE, segment=SegmentOfResult.NORMAL, reception_number="2611210000000007"
        )
    )
    found = await office.put("OQSmuquc01req_20261121-0001.xml", UPLOAD)
    (data,) = found.values()
    answer = read_xml(data, BulkReception)
    assert list(found) == ["OQSmuquc01res_20261121-0001.xml"]
    assert (answer.file_identifier, answer.reception_number) == ("F-1", "2611210000000007")
    assert answer.character_code is CharacterCode.SHIFT_JIS
    (path, tree) = office.centre.sent[0]
    assert path.startswith("/v1/bulk/queries?upload=")
    assert [one["Birthdate"] for one in tree["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"]] == [
        "no day"
    ] * 2


async def test_one_file_handled_twice_is_one_upload_and_another_file_another(office: Office) -> None:
    from edge.clinic.names import request_name

    name = request_name("OQSmuquc01req_1.xml")
    assert name
    for stamp in ("inode 1", "inode 1", "inode 2"):
        await office.requests.answer(name, UPLOAD, stamp=stamp)
    one, again, other = (path for path, _ in office.centre.sent)
    assert one == again != other


def bulk_answer(segment: SegmentOfResult = SegmentOfResult.NORMAL, units: int = 2) -> BulkAnswer:
    whole: Any = message()["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"]
    from protocol.messages import EligibilityResult, read_json

    result = read_json({"XmlMsg": {**whole, "InsurerNumber": "  990013"}}, EligibilityResult)
    unit = BulkUnit(search=AskedSearch(number="1"), status=codes.ProcessingResultStatus.NORMAL, result=result)
    return BulkAnswer(
        executed_at=NOW, facility=HERE, reception_number="7", segment=segment, processed=units, units=(unit,) * units
    )


async def test_a_download_in_progress_says_ask_again_and_a_finished_one_has_its_units(office: Office) -> None:
    office.says(bulk_answer(SegmentOfResult.IN_PROGRESS, 0))
    (data,) = (await office.put("OQSmuquc02req_1.xml", DOWNLOAD)).values()
    assert read_xml(data, BulkAnswer).segment is SegmentOfResult.IN_PROGRESS
    assert b"BulkConfirmUnit" not in data
    office.says(bulk_answer())
    (data,) = (await office.put("OQSmuquc02req_1.xml", DOWNLOAD)).values()
    assert data.count(b"<BulkConfirmUnit>") == data.count(b"<ResultOfQualificationConfirmation>") == 2
    assert b"ResultList" not in data
    assert [path for path, _ in office.centre.sent] == ["/v1/bulk/queries/results"] * 2


@pytest.mark.parametrize(
    ("fault", "segment"),
    [(uplink.NO_ROUTE, SegmentOfResult.IN_PROGRESS), (clinic.BULK_UNKNOWN, SegmentOfResult.FAILED)],
)
async def test_a_lost_line_is_ask_again_and_an_unknown_number_is_the_end(
    office: Office, fault: Any, segment: SegmentOfResult
) -> None:
    office.centre.faults = {"exchange": [OnshiError(fault)]}
    (data,) = (await office.put("OQSmuimm02req_1.xml", DOWNLOAD)).values()
    answer = read_xml(data, ReferenceNumberBulkAnswer)
    assert (answer.segment, answer.error_code) == (segment, fault.code)


@pytest.mark.parametrize("office", [Habits(zipped_bulk=True)], indirect=True)
async def test_a_bulk_result_comes_in_a_zip_when_the_clinic_wants_it(office: Office) -> None:
    (office.res / "OQSmuquc02res_1.xml").write_bytes(b"an older answer")
    office.says(bulk_answer())
    found = await office.put("OQSmuquc02req_1.xml", DOWNLOAD)
    assert list(found) == ["OQSmuquc02res_1.zip"]
    with zipfile.ZipFile(BytesIO(found["OQSmuquc02res_1.zip"])) as archive:
        assert archive.namelist() == ["OQSmuquc02res_1.xml"]
        assert len(read_xml(archive.read("OQSmuquc02res_1.xml"), BulkAnswer).units) == 2


@pytest.mark.parametrize(
    "office",
    [Habits(zipped_bulk=True), Habits(sealed=("OQS",), seal=functools.partial(seal, b"correct horse battery"))],
    indirect=True,
)
async def test_a_name_that_is_no_utf_8_is_answered_in_a_zip_with_a_name_that_every_program_reads(
    office: Office,
) -> None:
    office.says(bulk_answer())
    found = await office.put(os.fsdecode("OQSmuquc02req_患者表1.xml".encode("cp932")), DOWNLOAD)
    assert [os.fsencode(name).decode("cp932") for name in found] == ["OQSmuquc02res_患者表1.zip"]
    (data,) = found.values()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        (inside,) = archive.namelist()
    assert re.fullmatch(r"OQSmuquc02res_+1\.xml", inside)


@pytest.mark.parametrize(
    "name", ["OQSmuquc01req_1.xml", "OQSmuquc02req_1.xml", "OQSsiimm01req_1.xml", "YZKsiquc01req_1.xml"]
)
async def test_another_facilitys_request_goes_back_whatever_its_kind(office: Office, name: str) -> None:
    whole = document(
        f"{IDENTIFIER}<QualificationConfirmationDate>20261121</QualificationConfirmationDate>"
        "<InsurerNumber>06990013</InsurerNumber><InsuredPersonIdentificationNumber>12</InsuredPersonIdentificationNumber>",
        f"{SEARCH}{REGISTRATION}<ReceptionNumber>7</ReceptionNumber><FileCategory>2</FileCategory>",
    ).replace(FACILITY.encode(), b"9911111111")
    found = await office.put(name, whole)
    assert found[f"{name[:-4]}.err"].startswith(clinic.FOREIGN_FACILITY.code.encode())
    assert office.centre.sent == []


@pytest.mark.parametrize(
    ("padding", "shown"), [(Padding.SPACES, "  990013"), (Padding.ZEROS, "00990013"), (Padding.NONE, "990013")]
)
async def test_insurer_numbers_are_padded_as_the_clinic_wants_and_echoes_never(
    tmp_path: Path, padding: Padding, shown: str
) -> None:
    office = Office(tmp_path, Habits(padding=padding))
    whole: Any = office.centre.message["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"]
    whole["InsurerNumber"] = "  990013"
    office.centre.message["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"] = {
        "InsurerNumber": "   90013", "InsuredIdentificationNumber": "1", "Birthdate": "19800217",
        "LimitApplicationCertificateRelatedConsFlg": "0",
    }  # fmt: skip
    (data,) = (await office.put(SINGLE, request())).values()
    answer = read_xml(data, EligibilityAnswer)
    assert str(answer.results[0].insurer_number) == shown
    assert answer.search
    assert str(answer.search.insurer_number) == "   90013"
    office.says(bulk_answer())
    (office.res / "OQSsiquc01res_1.xml").unlink()
    (data,) = (await office.put("OQSmuquc02req_1.xml", DOWNLOAD)).values()
    assert f"<InsurerNumber>{shown}</InsurerNumber>".encode() in data
    await office.files.close()


PASSWORD = b"correct horse battery"
SEALED = Habits(sealed=("OQSsiquc01", "oqsmutic"), seal=functools.partial(seal, PASSWORD))


@pytest.mark.parametrize("office", [SEALED], indirect=True)
async def test_named_kinds_are_sealed_and_the_rest_is_not(office: Office) -> None:
    found = await office.put(SINGLE, request())
    assert list(found) == ["OQSsiquc01res_1.zip"]
    name, data = unseal(PASSWORD, found["OQSsiquc01res_1.zip"])
    assert name == "OQSsiquc01res_1.xml"
    assert read_xml(data, EligibilityAnswer).file_identifier == "ID-1"
    office.says(bulk_answer())
    found = await office.put("OQSmutic02req_1.xml", DOWNLOAD)
    assert "OQSmutic02res_1.xml" in found
    face = FaceFolder(office.face, office.files, habits=SEALED)
    path = await face.deliver(message(), visit="ab" * 16, at=NOW)
    assert path
    assert path.suffix == ".zip"
    assert unseal(PASSWORD, path.read_bytes())[0] == path.with_suffix(".xml").name
    assert await face.deliver(message(), visit="ab" * 16, at=NOW) == path


def test_what_is_never_sealed_is_not_even_when_told() -> None:
    habits = Habits(sealed=NEVER_SEALED, seal=functools.partial(seal, PASSWORD))
    assert not any(habits.is_sealed(f"{prefix}01res_1.xml") for prefix in NEVER_SEALED)
