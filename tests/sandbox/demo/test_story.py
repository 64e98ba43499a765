"""What happened is told in words, aligned, and nothing absent is invented."""

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from edge.card.port import Attributes
from edge.visit.desk import (
    Audience,
    ConsentResult,
    Ending,
    Say,
    StepTime,
    VisitOutcome,
    VisitRecord,
)
from protocol.errors import OnshiError, problem, trust
from protocol.visit import CertificateStanding, CertificateState, ConsentItem, Method
from sandbox.cast import cast
from sandbox.demo.answer import consent_rows, results, rows
from sandbox.demo.columns import width
from sandbox.demo.paper import COLUMNS, Paper
from sandbox.demo.story import Story, machine_steps, summed

TODAY = date(2026, 11, 21)
RESULT: dict[str, Any] = {
    "InsuredCardClassification": "01",
    "InsurerNumber": "  991018",
    "InsurerName": "見本県青葉市",
    "InsuredCardSymbol": "見青",
    "InsuredIdentificationNumber": "30000008",
    "InsuredBranchNumber": "01",
    "PersonalFamilyClassification": "1",
    "Name": "古賀　和子",
    "NameKana": "ｺｶﾞ ｶｽﾞｺ",
    "Birthdate": "19540624",
    "QualificationDate": "20140401",
    "ElderlyRecipientCertificateInfo": {"ElderlyRecipientContributionRatio": "020"},
    "LimitApplicationCertificateRelatedInfo": {
        "LimitApplicationCertificateClassificationFlag": "A03",
        "LimitApplicationCertificateValidEndDate": "20270731",
    },
    "SpecificDiseasesCertificateList": {
        "SpecificDiseasesCertificateInfo": [
            {"SpecificDiseasesDiseaseCategory": "1", "SpecificDiseasesSelfPay": "10000"}
        ]
    },
    "PublicExpenseResultList": [
        {"MedicalTicketInfo": {"IssueNumber": "2500000001", "MedicalTicketExpirationDate": "20261130"}}
    ],
    "PharmacistsInfoConsFlg": "1",
    "PharmacistsInfoAvailableTime": "20261122174835",
    "DiagnosisInfoConsFlg": "0",
}
MESSAGE: dict[str, Any] = {"XmlMsg": {"MessageBody": {"ResultList": [{"ResultOfQualificationConfirmation": RESULT}]}}}


def record(outcome: VisitOutcome, message: dict[str, Any] | None) -> VisitRecord:
    return VisitRecord(
        visit="0" * 32,
        reader="virtual",
        started_at=datetime(2026, 11, 21, tzinfo=UTC),
        outcome=outcome,
        steps=(
            StepTime(name="card_read", ms=12.3),
            StepTime(name="wait_pin", ms=900.0),
            StepTime(name="asked", ms=20.0),
            StepTime(name="card_read", ms=1.0),
        ),
        said=(),
        method=Method.PIN,
        validity="1" if message else None,
        certificate=CertificateStanding(
            state=CertificateState.VALID, last_day=date(2030, 7, 24), grace_until=date(2030, 10, 31)
        ),
        proven=("holder_pin", "something_new"),
        device_word=(),
        face_file=Path("face.xml"),
        message=message,
    )


def told(outcome: VisitOutcome, message: dict[str, Any] | None, shown: Attributes | None = None) -> str:
    sheet = io.StringIO()
    story = Story(Paper(sheet, colours=False))
    story.begin(cast(TODAY)[0], Method.PIN, "virtual")
    story.said(Say(code="x", ja="資格は有効です。" * 9, en="valid", next_ja="次へ", audience=Audience.CLERK))
    story.end(record(outcome, message), shown, 45.6)
    story.places([("結果 file", "/" + "x" * 90)])
    return sheet.getvalue()


GRANTED = VisitOutcome(ending=Ending.ANSWERED, consent=ConsentResult.GRANTED, granted=(ConsentItem.DRUGS,))


def test_an_answer_is_told_in_both_languages() -> None:
    text = told(GRANTED, MESSAGE)
    for part in (
        "見本　花子",
        "古賀　和子",
        "991018  見本県青葉市",
        "見青・30000008  枝番 01",
        "昭和29年6月24日  1954-06-24",
        "2割  20 %",
        "A03",
        "10,000円",
        "2500000001",
        "2026-11-22 17:48",
        "something new",
        "Nothing rests on the device's word",
    ):
        assert part in text, part
    assert "900" not in text


def test_every_line_but_an_unwrapped_path_fits_the_sheet() -> None:
    for line in told(GRANTED, MESSAGE).splitlines():
        assert width(line) <= COLUMNS or "/xxx" in line, line


def test_a_refusal_says_why_and_what_to_do() -> None:
    refused = problem(OnshiError(trust.CERTIFICATE_EXPIRED))
    text = told(VisitOutcome(ending=Ending.FAILED, problem=refused), None)
    assert refused.code in text
    assert "資格有効性" not in text


def test_the_true_name_stands_beside_the_answer() -> None:
    shown = Attributes(name="髙橋　涼子", address="", birth_date="19850101", sex="2")
    assert "髙橋　涼子" in told(GRANTED, MESSAGE, shown)


def test_time_is_summed_by_step_and_without_people() -> None:
    assert summed(record(GRANTED, None)) == {"card_read": 13.3, "asked": 20.0}
    assert len(machine_steps(record(GRANTED, None))) == 3


def test_what_is_absent_or_out_of_form_is_not_invented() -> None:
    assert results({}) == []
    assert results({"MessageBody": {"ResultList": {"ResultOfQualificationConfirmation": {"Name": "x"}}}})
    assert results({"XmlMsg": "rubbish"}) == []
    assert rows({}) == []
    assert rows({"Birthdate": "rubbish", "QualificationDate": "20260401", "DisqualificationDate": "20261001"}) == [
        ("生年月日 born", "rubbish"),
        ("資格 coverage", "令和8年4月1日  2026-04-01 〜 令和8年10月1日  2026-10-01 喪失 ended"),
    ]
    assert consent_rows({}) == []
