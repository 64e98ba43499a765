"""An answer (XmlMsg as JSON) in plain words: labels in both languages and values as a person reads them.

Reads the tree leniently: what is absent is not shown. Facts: `clinic-interface` reference 3.3 and 3.4.
"""

from collections.abc import Callable, Mapping
from typing import Any

from protocol import eras
from protocol.errors import OnshiError

Row = tuple[str, str]

CONSENTS = (
    ("SpecificDiseasesCertificateRelated", "特定疾病 diseases"),
    ("SpecificHealthCheckupsInfo", "健診 checkups"),
    ("PharmacistsInfo", "薬剤 drugs"),
    ("DiagnosisInfo", "診療 treatment"),
    ("OperationInfo", "手術 operations"),
)


def tree(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part below XmlMsg, whether or not the root is there."""
    inner = message.get("XmlMsg", message)
    return inner if isinstance(inner, Mapping) else {}


def results(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every ResultOfQualificationConfirmation."""
    body = tree(message).get("MessageBody", {})
    listed = body.get("ResultList", []) if isinstance(body, Mapping) else []
    if isinstance(listed, Mapping):
        listed = [listed]
    found = [entry.get("ResultOfQualificationConfirmation", entry) for entry in listed if isinstance(entry, Mapping)]
    return [entry for entry in found if isinstance(entry, Mapping)]


def rows(result: Mapping[str, Any]) -> list[Row]:
    """One result, line by line."""
    lines: list[Row] = []

    def add(label: str, value: str) -> None:
        if value:
            lines.append((label, value))

    add("氏名 name", _joined(result, "Name", "NameKana"))
    add("通称 other name", _joined(result, "NameOfOther", "NameOfOtherKana"))
    add("生年月日 born", _day(_text(result, "Birthdate")))
    welfare = _text(result, "InsuredCardClassification") == "A1"
    add("福祉事務所 office" if welfare else "保険者 insurer", _insurer(result))
    add("受給者番号 recipient" if welfare else "記号・番号 number", _number(result))
    add(
        "本人・家族 holder",
        {"1": "本人 insured", "2": "家族 family"}.get(_text(result, "PersonalFamilyClassification"), ""),
    )
    add("資格 coverage", _span(result, "QualificationDate", "DisqualificationDate"))
    add("負担割合 share", _ratio(_text(result, "InsuredPartialContributionRatio")))
    add("未就学 pre-school", "該当 yes" if _text(result, "PreschoolClassification") == "1" else "")
    lines += _certificates(result)
    add("住所 address", _joined(result, "PostNumber", "Address"))
    return lines


def consent_rows(result: Mapping[str, Any]) -> list[Row]:
    """The items that the patient allowed, with the moment until which they are open."""
    return [
        (label, _until(_text(result, name + "AvailableTime")))
        for name, label in CONSENTS
        if _text(result, name + "ConsFlg") == "1"
    ]


def _until(digits: str) -> str:
    return f"〜 {_moment(digits)}" if digits else "あり yes"


def _certificates(result: Mapping[str, Any]) -> list[Row]:
    lines: list[Row] = []
    elderly = result.get("ElderlyRecipientCertificateInfo")
    if isinstance(elderly, Mapping):
        lines.append(("高齢受給者証 elderly", _ratio(_text(elderly, "ElderlyRecipientContributionRatio"))))
    limit = result.get("LimitApplicationCertificateRelatedInfo")
    if isinstance(limit, Mapping):
        flag = _text(limit, "LimitApplicationCertificateClassificationFlag")
        end = _day(_text(limit, "LimitApplicationCertificateValidEndDate"))
        lines.append(("限度額認定証 limit", f"{flag} 〜 {end}"))
    for disease in _list(result.get("SpecificDiseasesCertificateList"), "SpecificDiseasesCertificateInfo"):
        category = _text(disease, "SpecificDiseasesDiseaseCategory")
        lines.append(("特定疾病 disease", f"{category}  上限 {_yen(_text(disease, 'SpecificDiseasesSelfPay'))}"))
    for ticket in _list(result.get("PublicExpenseResultList"), "MedicalTicketInfo"):
        end = _day(_text(ticket, "MedicalTicketExpirationDate"))
        lines.append(("医療券 ticket", f"{_text(ticket, 'IssueNumber')} 〜 {end}"))
    return lines


def _list(value: object, wrapper: str) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    found: list[Mapping[str, Any]] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        inner = entry.get(wrapper, entry)
        found += [one for one in (inner if isinstance(inner, list) else [inner]) if isinstance(one, Mapping)]
    return found


def _text(result: Mapping[str, Any], name: str) -> str:
    value = result.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _joined(result: Mapping[str, Any], *names: str) -> str:
    return "  ".join(value for name in names if (value := _text(result, name)))


def _insurer(result: Mapping[str, Any]) -> str:
    return _joined(result, "InsurerNumber", "InsurerName")


def _number(result: Mapping[str, Any]) -> str:
    number = _text(result, "InsuredIdentificationNumber")
    symbol, branch = _text(result, "InsuredCardSymbol"), _text(result, "InsuredBranchNumber")
    return (f"{symbol}・{number}" if symbol else number) + (f"  枝番 {branch}" if branch else "")


def _guarded(read: Callable[[str], str], digits: str) -> str:
    """What is no date is shown as it came."""
    try:
        return read(digits)
    except OnshiError:
        return digits


def _day(digits: str) -> str:
    def read(text: str) -> str:
        day = eras.day(text)
        return f"{eras.japanese(day)}  {day.isoformat()}"

    return _guarded(read, digits)


def _moment(digits: str) -> str:
    return _guarded(lambda text: f"{eras.moment(text):%Y-%m-%d %H:%M}", digits)


def _span(result: Mapping[str, Any], first: str, last: str) -> str:
    start, end = _day(_text(result, first)), _day(_text(result, last))
    if end:
        return f"{start} 〜 {end} 喪失 ended"
    return f"{start} 〜" if start else ""


def _ratio(digits: str) -> str:
    return f"{int(digits) // 10}割  {int(digits)} %" if digits.isdecimal() else digits


def _yen(digits: str) -> str:
    return f"{int(digits):,}円" if digits.isdecimal() else digits
