"""Tomorrow's appointments: what differs from the list and nothing else, in order, with the lines that failed."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest

from edge.clinic.appointments import (
    Appointment,
    Difference,
    What,
    differences,
    read_csv,
    read_objects,
    request,
    write_csv,
)
from protocol import codes
from protocol.codes import CharacterCode, SegmentOfResult
from protocol.errors import OnshiError, clinic, input_
from protocol.messages import AskedSearch, BulkAnswer, BulkReception, BulkUnit, EligibilityResult, write_json
from protocol.numbers import BirthDate, BurdenRatio, FacilityCode, InsurerNumber
from tests.edge.clinic.test_api import Program, program
from tests.edge.fakes import FACILITY, NOW

__all__ = ["program"]

CSV = (
    "id,insurer_number,symbol,number,branch,birth_date,name,ratio\r\n"
    "A-1,06990013,１２－３４,4260,00,19800102,高橋　太郎,\r\n"
    'A-2,39990012,,12345678,,19400102,"見本, 花子",010\r\n'
)
NORMAL, ERROR = codes.ProcessingResultStatus.NORMAL, codes.ProcessingResultStatus.ERROR


def result(**more: Any) -> EligibilityResult:
    values: dict[str, Any] = {
        "card_classification": codes.CardClassification.GENERAL,
        "insurer_number": InsurerNumber("06990013"),
        "name": "髙橋　太郎",
        "sex1": codes.Sex.MALE,
        "birth_date": BirthDate("19800102"),
        "insurer_name": "見本健康保険組合",
        "limit_changed": codes.LimitChanged.NO,
    }
    return EligibilityResult(**{**values, **more})


def answer(*units: tuple[str, Any]) -> BulkAnswer:
    made = tuple(BulkUnit(**{"search": AskedSearch(identifier=name), "status": NORMAL, **more}) for name, more in units)
    return BulkAnswer(executed_at=NOW, facility=FacilityCode(FACILITY), segment=SegmentOfResult.NORMAL, units=made)


VALID = {"validity": codes.QualificationValidity.VALID, "result": result()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_list_is_read_in_either_encoding_and_asked_as_it_is(encoding: str) -> None:
    listed = read_csv(CSV.encode(encoding))
    assert [one.id for one in listed] == ["A-1", "A-2"]
    asked = request(listed, day=date(2026, 11, 22), facility=FACILITY)
    assert (asked.asked_day, asked.searches[0].symbol, asked.searches[1].symbol) == (
        date(2026, 11, 22),
        "１２－３４",
        None,
    )
    assert [one.identifier for one in asked.searches] == ["A-1", "A-2"]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", None),
        (b"id\n", None),
        (b"id,secret\nA,1\n", 1),
        (b"name\nA\n", 1),
        (b"id\nA,1\n", 2),
        (b"id,name\nA,x\n,y\n", 3),
        (b"id,name\nA," + b"x" * 300 + b"\n", 2),
        (b"id\nA\nA\n", None),
    ],
)
def test_a_list_that_cannot_be_read_names_the_line_and_shows_nothing(data: bytes, line: int | None) -> None:
    with pytest.raises(OnshiError) as refused:
        read_csv(data)
    assert refused.value.fault is clinic.APPOINTMENTS
    assert refused.value.details.get("line") == line
    assert "x" * 20 not in str(refused.value)


def test_an_unknown_column_is_named_by_its_place_with_those_that_are_known() -> None:
    with pytest.raises(OnshiError) as refused:
        read_csv("id,name,患者番号\r\nA,x,1\r\n".encode("cp932"))
    assert refused.value.details == {
        "line": 1,
        "column": 3,
        "reason": "unknown column",
        "known": "id insurer_number symbol number branch birth_date limit_consent name ratio insurer_name",
    }


@pytest.mark.parametrize("told", [{}, [1], [{"id": 1}], [{"id": "a", "no": "b"}], "x"])
def test_objects_have_the_same_rules(told: Any) -> None:
    with pytest.raises(OnshiError) as refused:
        read_objects(told)
    assert refused.value.fault is clinic.APPOINTMENTS
    assert read_objects([{"id": "a"}])[0].id == "a"


def test_what_agrees_is_not_mentioned() -> None:
    listed = (Appointment(id="A", name="高橋　太郎", insurer_name="見本健康保険組合", ratio="30"),)
    assert differences(listed, answer(("A", VALID))) == []


@pytest.mark.parametrize(
    ("listed", "unit", "expected"),
    [
        ({}, {"validity": codes.QualificationValidity.INVALID, "result": result()}, What.LOST),
        ({}, {"validity": codes.QualificationValidity.INVALID_NEWER_EXISTS, "result": result()}, What.LOST_NEWER),
        ({}, {"validity": codes.QualificationValidity.NONE}, What.NONE),
        ({}, {"validity": codes.QualificationValidity.SEVERAL}, What.SEVERAL),
        ({"ratio": "010"}, {**VALID, "result": result(burden_ratio=BurdenRatio.of(30))}, What.RATIO),
        ({"name": "別人"}, VALID, What.NAME),
        ({"name": "高橋　太郎"}, {**VALID, "result": result(name="●橋　太郎")}, What.HIDDEN_NAME),
        ({"insurer_name": "前の組合"}, VALID, What.INSURER),
        ({}, {**VALID, "result": result(limit_changed=codes.LimitChanged.YES_OR_UNKNOWN)}, What.LIMIT),
        ({}, {"status": ERROR, "result_code": input_.BIRTH_DATE.code, "result_message": "x"}, What.ERROR),
    ],
)
def test_each_difference_is_named(listed: dict[str, str], unit: Any, expected: What) -> None:
    found = differences((Appointment(id="A", **listed),), answer(("A", unit)))
    assert [one.what for one in found] == [expected]


def test_an_elderly_ratio_is_compared_without_its_leading_zero() -> None:
    listed = (Appointment(id="A", ratio="10"),)
    assert differences(listed, answer(("A", {**VALID, "result": result(burden_ratio=BurdenRatio.of(10))}))) == []


@pytest.mark.parametrize("written", ["見本健康保険組合　", "見本 健康保険組合", " ", "見本健康保険組合ＡＢ１"])
def test_an_insurers_name_is_compared_as_names_are(written: str) -> None:
    told = result(insurer_name="見本健康保険組合AB1") if written.endswith("１") else result()
    listed = (Appointment(id="A", insurer_name=written, name=" "),)
    assert differences(listed, answer(("A", {**VALID, "result": told}))) == []


def test_a_line_without_an_answer_is_an_error() -> None:
    assert [one.what for one in differences((Appointment(id="A"),), answer())] == [What.ERROR]


def test_differences_are_csv_in_either_encoding() -> None:
    found = [Difference(id="A", what=What.NAME, listed="高,橋", found="髙橋")]
    assert write_csv(found).decode("utf-8-sig").splitlines()[1] == 'A,name,"高,橋",髙橋,'
    assert write_csv(found, CharacterCode.SHIFT_JIS).decode("cp932").splitlines()[1] == 'A,name,"高,橋",●橋,'


@pytest.mark.sockets
async def test_over_the_api_progress_comes_first_and_then_what_differs(program: Program) -> None:
    answers = [
        write_json(
            BulkReception(
                executed_at=NOW, facility=FacilityCode(FACILITY), segment=SegmentOfResult.NORMAL, reception_number="7"
            )
        ),
        write_json(msgspec.structs.replace(answer(), segment=SegmentOfResult.IN_PROGRESS, processed=1, errors=0)),
        write_json(answer(("A-1", VALID), ("A-2", {"validity": codes.QualificationValidity.NONE}))),
    ]
    program.centre.reply = lambda path, tree: answers.pop(0)
    headers = {**program.headers, "Content-Type": "text/csv"}
    async with program.http.post("/v1/appointments/2026-11-22", data=CSV.encode(), headers=headers) as stream:
        told = (await stream.read()).decode().split("\n\n")
    assert told[0] == 'event: progress\ndata: {"done":1,"of":2,"errors":0}'
    kind, _, data = told[2].partition("\ndata: ")
    assert kind == "event: result"
    assert [(one["id"], one["what"]) for one in json.loads(data)["differences"]] == [("A-2", "none")]
    for path, body in (("/v1/appointments/tomorrow", b"[]"), ("/v1/appointments/2026-11-22", b"[")):
        status, refused = await program.post(path, body)
        assert (status, refused["kind"]) == (400, "bad_input")
