"""Drugs and checkups through the folder: XML or PDF under the right name, in the request's encoding, or the reason."""

import functools
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from edge.clinic.habits import Habits
from edge.clinic.sealing import seal, unseal
from protocol import codes
from protocol.errors import OnshiError, clinic, input_, trust, uplink
from protocol.messages import (
    CheckupAnswer,
    CheckupHolder,
    Drug,
    DrugAnswer,
    DrugDay,
    DrugHolder,
    MedicalRefusal,
    MedicalRequest,
    Message,
    ReceiptMonth,
    read_xml,
)
from protocol.numbers import YearMonth
from tests.edge.clinic.test_kinds import HERE, PASSWORD, Office, document

SAMPLES = {
    "YZKsiquc01": ("022601011200240", "<StartDate>202507</StartDate><EndDate>202512</EndDate>"),
    "TKKsiquc01": ("022601011200240", ""),
}
PATHS = {"YZKsiquc01": "/v1/medical/drugs", "TKKsiquc01": "/v1/medical/checkups"}
IDENTIFIER = "<ArbitraryFileIdentifier> 240 </ArbitraryFileIdentifier>"
HEADER = (
    "<InsurerNumber>01123456</InsurerNumber><InsuranceCardSymbol>12-34</InsuranceCardSymbol>"
    f"<InsuredPersonIdentificationNumber>4260</InsuredPersonIdentificationNumber><BranchNumber>01</BranchNumber>{IDENTIFIER}"
)
DAY = date(1980, 4, 2)
SEX = codes.Sex.MALE
ANSWERS: dict[str, Message] = {
    "YZKsiquc01": DrugAnswer(facility=HERE, holder=DrugHolder(name="𠮷田　太郎", birth_date=DAY, sex=SEX)),
    "TKKsiquc01": CheckupAnswer(facility=HERE, holder=CheckupHolder(name="𠮷田　太郎", birth_date=DAY, sex=SEX)),
}
PAPER = b"%PDF-1.4 " + b"x" * 3_000_000


@pytest.fixture
async def office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    made = Office(tmp_path, getattr(request, "param", Habits()))
    yield made
    await made.files.close()


def asked(kind: str, category: str = "2", encoding: str = "Shift_JIS") -> tuple[str, bytes]:
    suffix, months = SAMPLES[kind]
    body = (
        f"{months}<FileCategory>{category}</FileCategory><PrDiInfClassification>1</PrDiInfClassification>"
        "<MedicalTreatmentFlag>1</MedicalTreatmentFlag>"
    )
    return f"{kind}req_{suffix}.xml", document(HEADER, body, encoding)


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("encoding", ["Shift_JIS", "UTF-8"])
async def test_a_message_comes_back_under_the_requests_name_and_in_its_encoding(
    office: Office, kind: str, encoding: str
) -> None:
    office.says(ANSWERS[kind])
    found = await office.put(*asked(kind, encoding=encoding))
    assert list(found) == [f"{kind}res_022601011200240.xml"]
    told = found[f"{kind}res_022601011200240.xml"].decode("cp932" if encoding == "Shift_JIS" else "utf-8")
    assert "<ResultCode>1</ResultCode>" in told
    assert IDENTIFIER in told
    assert ("<Name>●田　太郎</Name>" if encoding == "Shift_JIS" else "<Name>𠮷田　太郎</Name>") in told
    ((path, tree),) = office.centre.sent
    assert path == PATHS[kind]
    assert tree["XmlMsg"]["MessageHeader"]["InsurerNumber"] == "01123456"


@pytest.mark.parametrize("kind", SAMPLES)
async def test_a_pdf_comes_back_whole_as_pdf(office: Office, kind: str) -> None:
    office.centre.document = PAPER
    found = await office.put(*asked(kind, "1"))
    assert found == {f"{kind}res_022601011200240.pdf": PAPER}


async def test_years_of_drugs_come_back_whole(office: Office) -> None:
    """More than a megabyte, which would be no answer to a question about coverage."""
    drugs = tuple(Drug(code=f"69990{number:04d}", name="カクウジピン錠５ｍｇ", times=28) for number in range(8000))
    month = ReceiptMonth(month=YearMonth("202605"), days=(DrugDay(dispensed_on=DAY, drugs=drugs),))
    answer = DrugAnswer(facility=HERE, holder=DrugHolder(birth_date=DAY, sex=SEX), receipts=(month,))
    office.says(answer)
    (data,) = (await office.put(*asked("YZKsiquc01"))).values()
    assert len(data) > 1_000_000
    told = read_xml(data, DrugAnswer, max_bytes=len(data))
    assert told.receipts == answer.receipts


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("category", ["1", "2"])
async def test_a_refusal_has_the_centres_reason_in_words_whatever_was_asked_for(
    office: Office, kind: str, category: str
) -> None:
    request = read_xml(asked(kind, category)[1], MedicalRequest)
    office.says(MedicalRefusal.of(trust.NO_GRANT, request))
    found = await office.put(*asked(kind, category))
    assert list(found) == [f"{kind}res_022601011200240.xml"]
    told = found[f"{kind}res_022601011200240.xml"].decode("cp932")
    assert "<ResultCode>9</ResultCode>" in told
    assert f"<MessageContents>{trust.NO_GRANT.code} {trust.NO_GRANT.desk_ja}" in told
    assert IDENTIFIER in told


@pytest.mark.parametrize("category", ["1", "2"])
async def test_without_a_line_the_reason_is_the_line(office: Office, category: str) -> None:
    office.centre.faults = {"fetch": [OnshiError(uplink.NO_ROUTE)]}
    (data,) = (await office.put(*asked("YZKsiquc01", category))).values()
    answer = read_xml(data, MedicalRefusal)
    assert answer.result_code == "9"
    assert answer.contents.startswith(f"{uplink.NO_ROUTE.code} {uplink.NO_ROUTE.desk_ja}")


@pytest.mark.parametrize(("document_", "category"), [(PAPER, "2"), (b"<html>", "1")])
async def test_an_answer_in_another_form_is_not_believed(office: Office, document_: bytes, category: str) -> None:
    office.centre.document = document_
    (data,) = (await office.put(*asked("YZKsiquc01", category))).values()
    assert read_xml(data, MedicalRefusal).contents.startswith(uplink.ANSWER_UNREADABLE.code)


async def test_a_message_where_a_pdf_was_asked_for_is_not_believed_either(office: Office) -> None:
    office.says(ANSWERS["YZKsiquc01"])
    (data,) = (await office.put(*asked("YZKsiquc01", "1"))).values()
    assert read_xml(data, MedicalRefusal).contents.startswith(uplink.ANSWER_UNREADABLE.code)


@pytest.mark.parametrize(("kind", "category"), [("YZKsiquc01", "5"), ("TKKsiquc01", "3"), ("TKKsiquc01", "x")])
async def test_another_category_goes_back_as_no_request(office: Office, kind: str, category: str) -> None:
    name, data = asked(kind, category)
    found = await office.put(name, data)
    assert found[name] == data
    assert found[f"{name[:-4]}.err"].startswith(input_.UNKNOWN_CODE.code.encode())
    assert office.centre.sent == []


async def test_another_facilitys_request_goes_back(office: Office) -> None:
    name, data = asked("TKKsiquc01")
    found = await office.put(name, data.replace(str(HERE).encode(), b"9911111111"))
    assert found[f"{name[:-4]}.err"].startswith(clinic.FOREIGN_FACILITY.code.encode())
    assert office.centre.sent == []


SEALED = Habits(sealed=("YZK",), seal=functools.partial(seal, PASSWORD))


@pytest.mark.parametrize("office", [SEALED], indirect=True)
@pytest.mark.parametrize("category", ["1", "2"])
async def test_drugs_are_sealed_where_the_clinic_says_so_and_checkups_are_not(office: Office, category: str) -> None:
    office.says(ANSWERS["YZKsiquc01"])
    office.centre.document = PAPER if category == "1" else None
    found = await office.put(*asked("YZKsiquc01", category))
    assert list(found) == ["YZKsiquc01res_022601011200240.zip"]
    name, data = unseal(PASSWORD, found["YZKsiquc01res_022601011200240.zip"])
    assert name == f"YZKsiquc01res_022601011200240.{'pdf' if category == '1' else 'xml'}"
    assert data.startswith(b"%PDF-" if category == "1" else b"<?xml")
    office.says(ANSWERS["TKKsiquc01"])
    office.centre.document = None
    assert "TKKsiquc01res_022601011200240.xml" in await office.put(*asked("TKKsiquc01"))


async def test_a_pdf_takes_the_place_of_an_older_xml_of_the_same_name(office: Office) -> None:
    office.says(ANSWERS["YZKsiquc01"])
    await office.put(*asked("YZKsiquc01"))
    office.centre.document = PAPER
    assert list(await office.put(*asked("YZKsiquc01", "1"))) == ["YZKsiquc01res_022601011200240.pdf"]


@pytest.mark.parametrize("name", ["OQSsihvq01", "OQSsionq01", "OQSsihvd01", "OQSsiurl01", "OQSsiinq01", "OQSsiupd01"])
async def test_a_request_whose_layout_is_not_known_goes_back_with_the_reason(office: Office, name: str) -> None:
    found = await office.put(f"{name}req_1.xml", document("", "<A>1</A>"))
    assert found[f"{name}req_1.err"].startswith(clinic.REQUEST_KIND_NOT_YET.code.encode())
