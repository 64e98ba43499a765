"""The folder exchange through the whole system: a request file in, the centre asked, an answer file out.

In both encodings; what is refused comes back with its ``.err``; who asks for another facility asks nobody.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from sandbox.cast import Persona
from sandbox.cast.insurers import OTHER_CLINIC
from sandbox.cast.persona import Membership, NumberQuery
from sandbox.demo.centre import RunningCentre
from sandbox.jlis.service import Condition, Service
from tests.journeys.road import Road, Way
from tests.journeys.test_cast import EVERYBODY
from tests.journeys.town import Clinic, Town, audit
from tests.parts.until import until

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

ENCODINGS = {"UTF-8": "utf-8", "Shift_JIS": "cp932"}


def request(clinic: Clinic, persona: Persona, membership: Membership, *, branch: bool = True, **changes: Any) -> str:
    """OQSsiquc01req as clinic software writes it."""
    digits = {
        "day": f"{clinic.town.world.today:%Y%m%d}",
        "facility": clinic.settings.device.facility,
        "insurer": membership.insurer.number.rjust(8),
        "birth": f"{persona.birth:%Y%m%d}",
        "encoding": "UTF-8",
        **changes,
    }
    symbol = f"<InsuredCardSymbol>{membership.symbol}</InsuredCardSymbol>" if membership.symbol else ""
    number = f"<InsuredBranchNumber>{membership.branch}</InsuredBranchNumber>" if membership.branch and branch else ""
    return f"""<?xml version="1.0" encoding="{digits["encoding"]}" standalone="no"?>
<XmlMsg>
 <MessageHeader>
  <QualificationConfirmationDate>{digits["day"]}</QualificationConfirmationDate>
  <MedicalInstitutionCode>{digits["facility"]}</MedicalInstitutionCode>
  <ArbitraryFileIdentifier>受付７号</ArbitraryFileIdentifier>
 </MessageHeader>
 <MessageBody>
  <QualificationConfirmSearchInfo>
   <InsurerNumber>{digits["insurer"]}</InsurerNumber>
   {symbol}
   <InsuredIdentificationNumber>{membership.number}</InsuredIdentificationNumber>
   {number}
   <Birthdate>{digits["birth"]}</Birthdate>
   <LimitApplicationCertificateRelatedConsFlg>1</LimitApplicationCertificateRelatedConsFlg>
   <ArbitraryIdentifier>患者番号－１２３</ArbitraryIdentifier>
  </QualificationConfirmSearchInfo>
 </MessageBody>
</XmlMsg>
"""


async def answered(clinic: Clinic, name: str, content: bytes) -> Path:
    """Put the request down as a client does (whole, by renaming), and wait for its answer."""
    place = clinic.folder / "req" / name
    (clinic.folder / name).write_bytes(content)
    os.rename(clinic.folder / name, place)
    answer = clinic.folder / "res" / name.replace("req_", "res_")
    await until(answer.exists)
    await until(lambda: not place.exists())
    return answer


def values(path: Path, *names: str) -> list[str | None]:
    """Texts of elements; the parser at hand reads no Shift_JIS, so the text is decoded for it."""
    content = path.read_bytes()
    if b"Shift_JIS" in content[:60]:
        content = content.decode("cp932").replace("Shift_JIS", "UTF-8", 1).encode()
    tree = ElementTree.fromstring(content)
    return [tree.findtext(f".//{name}") for name in names]


def asked(town: Town, slug: str) -> tuple[Persona, Membership]:
    persona = town.persona(slug)
    return persona, persona.memberships[0]


@pytest.mark.parametrize("encoding", list(ENCODINGS))
async def test_a_request_file_becomes_an_answer_file_in_its_own_encoding(
    town: Town, clinic: Clinic, encoding: str
) -> None:
    content = request(clinic, *asked(town, "name-tatsu-saki"), encoding=encoding).encode(ENCODINGS[encoding])
    answer = await answered(clinic, "OQSsiquc01req_20260601120000_001.xml", content)
    text = answer.read_bytes().decode(ENCODINGS[encoding])
    assert text.startswith(f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>')
    assert values(
        answer, "SegmentOfResult", "CharacterCodeIdentifier", "QualificationValidity", "Name", "InsurerName"
    ) == ["1", {"UTF-8": "0", "Shift_JIS": "1"}[encoding], "1", "山崎　豊", "青空健康保険組合"]  # fmt: skip
    assert values(answer, "ArbitraryFileIdentifier", "ArbitraryIdentifier") == ["受付７号", "患者番号－１２３"]
    assert clinic.names("res") == ["OQSsiquc01res_20260601120000_001.xml"]
    (row,) = await clinic.audit()
    assert (row.kind, row.outcome, row.facility) == ("query", "answered", clinic.settings.device.facility)


@pytest.mark.parametrize("slug", EVERYBODY)
async def test_every_query_by_number_that_the_cast_declares(town: Town, clinic: Clinic, slug: str) -> None:
    persona = town.persona(slug)
    found: dict[NumberQuery, str | None] = {}
    for number, query in enumerate(persona.queries):
        membership = persona.memberships[query.membership]
        content = request(clinic, persona, membership, branch=query.with_branch).encode()
        answer = await answered(clinic, f"OQSsiquc01req_{number}.xml", content)
        (found[query],) = values(answer, "QualificationValidity")
    assert found == {query: query.validity for query in persona.queries}
    assert await clinic.audited() == [("query", "answered")] * len(persona.queries)


async def test_a_query_that_fits_nobody_is_an_answer_as_well(town: Town, clinic: Clinic) -> None:
    content = request(clinic, *asked(town, "ordinary"), birth="19000101").encode()
    answer = await answered(clinic, "OQSsiquc01req_none.xml", content)
    assert values(answer, "SegmentOfResult", "ProcessingResultStatus", "QualificationValidity", "Name") == [
        "1", "1", "4", None
    ]  # fmt: skip
    assert values(answer, "ProcessingResultMessage") == ["該当する資格がありません。"]


@pytest.mark.parametrize("encoding", list(ENCODINGS))
async def test_a_rejected_request_reappears_with_its_err(town: Town, clinic: Clinic, encoding: str) -> None:
    """Words for the clerk in both languages, in the request's encoding; the request itself byte for byte."""
    plain = request(clinic, *asked(town, "ordinary"), encoding=encoding)
    cases = {
        "facility": (
            plain.replace(clinic.settings.device.facility, OTHER_CLINIC.code),
            [
                "CLINIC-010",
                "照会ファイルの医療機関コードが、この端末のものではありません。",
                "レセコンの医療機関コードを確認してください。",
                "The request names another facility than this device's.",
                "Check the facility code in the clinic software.",
            ],
        ),
        "birth": (
            plain.replace("<Birthdate>", "<Birthdate>9"),
            [
                "INPUT-007",
                "生年月日が正しい日付ではありません。",
                "生年月日を確かめて入力し直してください。",
                "The birth date is not a date.",
                "Check the birth date and enter it again.",
            ],
        ),
        "missing": (
            plain.replace("QualificationConfirmSearchInfo", "SomethingElse"),
            [
                "INPUT-018",
                "電文に必須の項目がありません。",
                "必須の項目が入力されているか確かめてください。",
                "The message lacks a required item.",
                "See that the required items are filled in.",
            ],
        ),
        "entity": (
            plain.replace("<XmlMsg>", '<!DOCTYPE XmlMsg [<!ENTITY a "b">]><XmlMsg>', 1),
            [
                "INPUT-017",
                "電文に許されない宣言があります。",
                "ソフトウェアの保守担当へ連絡してください。",
                "The message has a declaration that is not allowed.",
                "Tell whoever maintains the software.",
            ],
        ),
    }
    for case, (text, words) in cases.items():
        name = f"OQSsiquc01req_{case}.xml"
        content = text.encode(ENCODINGS[encoding])
        (clinic.folder / "req" / name).write_bytes(content)
        back = clinic.folder / "res" / name
        await until(back.exists)
        err = back.with_suffix(".err").read_bytes().decode(ENCODINGS[encoding])
        assert err.split("\r\n")[:5] == words
        assert back.read_bytes() == content
    await until(lambda: clinic.names("req") == [])
    assert clinic.names("res") == sorted(
        f"OQSsiquc01req_{case}{ending}" for case in cases for ending in (".xml", ".err")
    )
    assert await clinic.audited() == []


async def test_broken_files_come_back_and_nothing_is_half_written(clinic: Clinic) -> None:
    """Rubbish of every kind at once; each has its reason beside it, and the folder goes on working."""
    rubbish = {
        "OQSsiquc01req_half.xml": (b"<?xml version='1.0'?><XmlMsg><MessageHeader>", "CLINIC-008"),
        "OQSsiquc01req_broken.xml": (b"<XmlMsg><MessageHeader></XmlMsg>", "INPUT-016"),
        "OQSsiquc01req_bytes.xml": (bytes(range(256)), "INPUT-0"),
        "OQSsiquc01req_empty.xml": (b"", "CLINIC-008"),
        "OQSsihvd01req_unknown.xml": (b"<XmlMsg/>", "CLINIC-005"),
        "kanja-1234.xml": (b"<XmlMsg/>", "CLINIC-006"),
    }
    for name, (content, _) in rubbish.items():
        (clinic.folder / "req" / name).write_bytes(content)
    await until(lambda: clinic.names("req") == [])
    codes = {
        name: (clinic.folder / "res" / name).with_suffix(".err").read_text("utf-8").split("\r\n")[0] for name in rubbish
    }
    assert {name: code[: len(rubbish[name][1])] for name, code in codes.items()} == {
        name: code for name, (_, code) in rubbish.items()
    }
    assert {name: (clinic.folder / "res" / name).read_bytes() for name in rubbish} == {
        name: content for name, (content, _) in rubbish.items()
    }


async def test_an_appliance_of_another_facility_asks_in_vain(town: Town, centre: RunningCentre, tmp_path: Path) -> None:
    """The device says it is the clinic next door: the centre knows it by its certificate, and writes it down."""
    async with town.clinic(centre, tmp_path / "wrong", facility=OTHER_CLINIC.code, enrolled_for="9910100016") as wrong:
        content = request(wrong, *asked(town, "ordinary")).encode()
        answer = await answered(wrong, "OQSsiquc01req_1.xml", content)
        assert values(answer, "SegmentOfResult", "ErrorCode", "QualificationValidity", "Name") == [
            "9", "TRUST-033", None, None
        ]  # fmt: skip
        assert [(one.kind, one.outcome, one.facility) for one in await wrong.audit()] == [
            ("query", "TRUST-033", "9910100016")
        ]


async def test_a_line_that_is_down_is_an_answer_that_says_so(town: Town, centre: RunningCentre, tmp_path: Path) -> None:
    async with (
        Road.built(town.world, centre.central.device_port) as road,
        town.clinic(centre, tmp_path / "far", url=road.url) as far,
    ):
        await road.turn(Way.CLOSED)
        content = request(far, *asked(town, "ordinary")).encode()
        answer = await answered(far, "OQSsiquc01req_1.xml", content)
        assert values(answer, "SegmentOfResult", "ErrorCode", "ErrorMessage", "QualificationValidity") == [
            "9",
            "LINE-003",
            "回線はつながっていますが、センターが接続を受け付けません。"
            "しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
            None,
        ]
        assert values(answer, "ArbitraryFileIdentifier") == ["受付７号"]


async def test_a_query_by_number_needs_no_jlis(town: Town, clinic: Clinic) -> None:
    town.jlis.service.conditions.update(dict.fromkeys(Service, Condition.DOWN))
    try:
        content = request(clinic, *asked(town, "revoked")).encode()
        answer = await answered(clinic, "OQSsiquc01req_1.xml", content)
        assert values(answer, "QualificationValidity") == ["1"]
    finally:
        town.jlis.service.conditions.update(dict.fromkeys(Service, Condition.UP))


async def test_a_query_never_gives_what_needs_a_card(town: Town, clinic: Clinic, centre: RunningCentre) -> None:
    """No consent flags, no specific diseases, no whereabouts of somebody under the support measure."""
    content = request(clinic, *asked(town, "dialysis")).encode()
    answer = await answered(clinic, "OQSsiquc01req_1.xml", content)
    assert values(answer, "PharmacistsInfoConsFlg", "SpecificDiseasesDiseaseCategory") == [None, None]
    hidden = await answered(clinic, "OQSsiquc01req_2.xml", request(clinic, *asked(town, "support-measure")).encode())
    assert values(hidden, "Name", "Address", "PostNumber") == ["守屋　葵", None, None]
    assert {one.kind for one in await audit(centre) if one.device == clinic.device} <= {"query", "device.enrol"}
