"""A client that forgives nothing: required elements, codes by table, text everywhere, no empty element, no double.

Its tables are its own, so that an error in ours is not repeated here. Facts: reference clinic-interface 3.3-3.8, 4.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

DAY = re.compile(r"[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
MOMENT = re.compile(DAY.pattern + r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
CODES = {
    "SegmentOfResult": {"1", "2", "9"},
    "ProcessingResultStatus": {"1", "2"},
    "CharacterCodeIdentifier": {"0", "1"},
    "ReferenceClassification": {"1", "2"},
    "QualificationValidity": {"1", "2", "3", "4", "5", "6"},
    "Sex1": {"1", "2", "3"},
    "Sex2": {"1", "2", "3"},
    "ReasonOfLoss": {"01", "02", "03", "99"},
    "PersonalFamilyClassification": {"1", "2"},
    "InsuredCardClassification": {"01", "02", "03", "04", "05", "06", "07", "A1"},
    "LimitApplicationCertificateClassification": {"01", "02", "03"},
    "LimitApplicationCertificateClassificationFlag": {
        *(f"A0{n}" for n in range(1, 7)),
        *(f"B{n:02d}" for n in range(1, 11)),
    },
    "SpecificDiseasesDiseaseCategory": {"1", "2", "3"},
    "LimitApplicationCertificateChanged": {"0", "1"},
    "PreschoolClassification": {"1"},
    "LimitApplicationCertificateRelatedConsFlg": {"0", "1"},
    "PrescriptionIssueSelect": {"1", "2"},
    "TicketType": {"01", "02"},
    "MedicalTreatmentType": {"01", "02", "03", "04", "05"},
    "DesignatedMedicalInstitutionFlag": {"0", "1"},
}
VIEWING = re.compile(r"(SpecificDiseasesCertificateRelated|SpecificHealthCheckupsInfo|PharmacistsInfo|DiagnosisInfo|"
                     r"OperationInfo)ConsFlg")  # fmt: skip
DAYS = {
    "QualificationConfirmationDate", "Birthdate", "QualificationDate", "DisqualificationDate",
    "InsuredCertificateIssuanceDate", "InsuredCardValidDate", "InsuredCardExpirationDate",
    "ElderlyRecipientCertificateDate", "ElderlyRecipientValidStartDate", "ElderlyRecipientValidEndDate",
    "LimitApplicationCertificateDate", "LimitApplicationCertificateValidStartDate",
    "LimitApplicationCertificateValidEndDate", "MedicalTicketValidDate", "MedicalTicketExpirationDate", "DiDate",
    "PrDate", "Birth", "Birthday", "EffectiveTime",
}  # fmt: skip
RATIOS = {"InsuredPartialContributionRatio", "ElderlyRecipientContributionRatio"}
REQUIRED_OF_A_RESULT = ("InsuredCardClassification", "Name", "Sex1", "Birthdate", "InsurerName")
ECHO = {"QualificationConfirmSearchInfo", "ReferenceNumberRegistrationInfo"}
"""What is only given back: not judged, but for being text."""
REPEATED = {
    "ResultOfQualificationConfirmation", "BulkConfirmUnit", "BulkRegistrationUnit", "MedicalTicketInfo",
    "SpecificDiseasesCertificateInfo", "MeTrMonthInf", "CzDiMonthInf", "ShPrMonthInf", "DiDateInf", "DrugInf",
    "MeTrInf", "SpecificHealthCheckupInfo", "HealthCheckupResultAndQuestionInfo",
}  # fmt: skip
WHOLE_NUMBERS = {"DiOrg", "PrIsOrg", "InOut", "Times", "AdmGendCode", "AdministrativeGenderCode"}
"""What a client of medical answers casts to a whole number."""
HOLDERS = {"YZKsiquc01res": ("QuaInf", "Birth"), "TKKsiquc01res": ("QualificationsInfo", "Birthday")}
HEADERS: dict[str, tuple[str, ...]] = {
    "OQSsiquc01res": (
        "ProcessExecutionTime", "QualificationConfirmationDate", "MedicalInstitutionCode", "ReferenceClassification",
        "SegmentOfResult", "CharacterCodeIdentifier",
    ),
    "OQSsiimm01res": ("ProcessExecutionTime", "MedicalInstitutionCode", "SegmentOfResult", "CharacterCodeIdentifier"),
    "OQSmuquc01res": ("ProcessExecutionTime", "MedicalInstitutionCode", "CharacterCodeIdentifier"),
    "OQSmuquc02res": (
        "ProcessExecutionTime", "MedicalInstitutionCode", "ReceptionNumber", "SegmentOfResult",
        "NumberOfProcessingResult", "NumberOfNormalProcessing", "NumberOfError", "CharacterCodeIdentifier",
    ),
    "OQSmuhvq01res": ("ProcessExecutionTime", "MedicalInstitutionCode", "CharacterCodeIdentifier"),
    "YZKsiquc01res": ("MedicalInstitutionCode", "ResultCode"),
    "TKKsiquc01res": ("MedicalInstitutionCode", "ResultCode"),
    "OQSmuimm01res": ("ProcessExecutionTime", "MedicalInstitutionCode", "CharacterCodeIdentifier"),
    "OQSmuimm02res": ("ProcessExecutionTime", "MedicalInstitutionCode", "ReceptionNumber", "SegmentOfResult",
                      "CharacterCodeIdentifier"),
}  # fmt: skip


class Violation(Exception):
    """What a client would have died of."""


def judge_xml(root: Element, kind: str) -> None:
    """``kind`` is the part of the file's name before the first ``_``. Raises `Violation`."""
    if root.tag != "XmlMsg" or root.attrib:
        raise Violation("the root is not a bare XmlMsg")
    _judge(_tree(root), kind)
    for element in root.iter():
        if element.attrib:
            raise Violation(f"{element.tag} has attributes")


def judge_json(tree: Any, kind: str) -> None:
    """The same for JSON: every value a string, absent keys absent. Raises `Violation`."""
    if not isinstance(tree, dict) or set(tree) != {"XmlMsg"}:
        raise Violation("no XmlMsg alone at the top")
    _strings(tree, "")
    _judge(tree["XmlMsg"], kind)


def _tree(element: Element) -> Any:
    children = list(element)
    if not children:
        if element.text is None or not element.text.strip():
            raise Violation(f"{element.tag} is empty")
        return element.text
    if element.text and element.text.strip():
        raise Violation(f"{element.tag} mixes text and elements")
    found: dict[str, Any] = {}
    for child in children:
        if child.tag in REPEATED:
            found.setdefault(child.tag, []).append(_tree(child))
        elif child.tag in found:
            raise Violation(f"{child.tag} stands twice")
        else:
            found[child.tag] = _tree(child)
    return found


def _strings(value: Any, where: str) -> None:
    if isinstance(value, dict | list):
        if not value:
            raise Violation(f"{where} is empty")
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            _strings(inner, f"{where}/{name}")
    elif not isinstance(value, str) or not value.strip():
        raise Violation(f"{where} is no text")


def _judge(message: Any, kind: str) -> None:
    header, body = message.get("MessageHeader"), message.get("MessageBody")
    if header is None:
        raise Violation("no MessageHeader")
    for name in HEADERS.get(kind, ()):
        if name not in header and not (name.startswith("NumberOf") and header.get("SegmentOfResult") == "9"):
            raise Violation(f"no {name}")
    if header.get("SegmentOfResult", "1") == "1" and ("ErrorCode" in header or "ErrorMessage" in header):
        raise Violation("an error beside SegmentOfResult 1")
    if header.get("SegmentOfResult") == "9" and not {"ErrorCode", "ErrorMessage"} <= set(header):
        raise Violation("SegmentOfResult 9 without a reason")
    if kind in {"OQSsiquc01res", "OQSsiimm01res"} and "ProcessingResultStatus" not in (body or {}):
        raise Violation("no ProcessingResultStatus")
    if not MOMENT.fullmatch(header.get("ProcessExecutionTime", "20200101000000")):
        raise Violation("ProcessExecutionTime is no moment")
    for name, value in _values(message):
        _value(name, value)
    if kind in HOLDERS:
        _medical(message, *HOLDERS[kind])
    for result in _named(body, "ResultOfQualificationConfirmation"):
        for name in REQUIRED_OF_A_RESULT:
            if name not in result:
                raise Violation(f"a result without {name}")
        _consents(result)


def _medical(message: Any, holder: str, birth: str) -> None:
    """ResultCode 1 and whose it is, or a reason; per drug what is cast."""
    header = message["MessageHeader"]
    if header["ResultCode"] != "1":
        if "MessageContents" not in header:
            raise Violation("no reason in MessageContents")
        if message.get("MessageBody") is not None:
            raise Violation("data beside a refusal")
        return
    if birth not in header.get(holder, {}):
        raise Violation(f"no {holder}")
    for drug in _named(message, "DrugInf"):
        if "DrugC" not in drug or not drug.get("MeTrIdCl", "0").isdecimal():
            raise Violation("a drug without code, or with a class that is no number")
    for info in _named(message, "HealthCheckupResultAndQuestionInfo"):
        if not {"ItemCode", "DataValue"} <= set(info):
            raise Violation("a result without code or value")


def _values(value: Any) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if name in ECHO:
            continue
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict):
                yield from _values(one)
            else:
                yield name, one


def _named(value: Any, wanted: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _named(one, wanted)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == wanted:
                yield from inner if isinstance(inner, list) else [inner]
            else:
                yield from _named(inner, wanted)


def _value(name: str, value: str) -> None:
    checks: tuple[tuple[bool, Callable[[str], object]], ...] = (
        (name in CODES, lambda text: text in CODES[name]),
        (VIEWING.fullmatch(name) is not None, lambda text: text in {"0", "1", "2", "3"}),
        (name in DAYS, DAY.fullmatch),
        (name.endswith(("ConsTime", "AvailableTime")), MOMENT.fullmatch),
        (name in RATIOS, re.compile(r"(0[1-9]0|100)").fullmatch),
        (name == "InsurerNumber", lambda text: len(text) == 8 and text.strip().isdecimal()),
        (name.startswith("NumberOf") or name in WHOLE_NUMBERS, str.isdecimal),
        (name == "MeTrMonth", re.compile(r"[0-9]{4}(0[1-9]|1[0-2])").fullmatch),
        (name == "Qua1", re.compile(r"[0-9]+(\.[0-9]+)?").fullmatch),
    )
    for applies, good in checks:
        if applies and not good(value):
            raise Violation(f"{name} has a value that no table knows")


def _consents(result: dict[str, Any]) -> None:
    for name in result:
        if name.endswith("AvailableTime") and result.get(name.replace("AvailableTime", "ConsFlg")) != "1":
            raise Violation(f"{name} without consent")
