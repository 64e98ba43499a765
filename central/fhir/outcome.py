"""Refusals, and what an answer says beside itself, as OperationOutcome: our codes, words in both languages.

The words are the catalogue's (`protocol.errors`) and the register's (`central.register.words`). What is missing of
medical information is told as well, so that nobody takes an empty list for "no drugs".
"""

from central.api.route import Refusals
from central.disclosure.disclosed import Gap, Missing
from central.fhir import systems as s
from central.fhir.resources import CodeableConcept, Coding, Issue, OperationOutcome, concept, encode
from protocol.codes import ViewingKind
from protocol.errors import Kind, OnshiError
from protocol.errors.central import METHOD_WRONG
from protocol.errors.fault import Repeat
from protocol.errors.fhir import BY_POST_ONLY, NOT_SUPPORTED

FHIR_JSON = "application/fhir+json"
BASE = "/fhir/r4"
_ISSUES = {
    Kind.BAD_INPUT: "invalid",
    Kind.NOT_AUTHENTICATED: "login",
    Kind.NOT_ALLOWED: "forbidden",
    Kind.NOT_FOUND: "not-found",
    Kind.CONFLICT: "conflict",
    Kind.TOO_MANY: "throttled",
    Kind.NOT_PROVEN: "security",
    Kind.CARD: "security",
    Kind.UPSTREAM: "transient",
    Kind.INTERNAL: "exception",
}
_NOT_SUPPORTED = frozenset({METHOD_WRONG.code, BY_POST_ONLY.code, NOT_SUPPORTED.code})
GAPS = {
    Missing.NOT_CONSENTED: ("患者の同意がありません。", "The patient has not consented to this.", "suppressed"),
    Missing.NOT_YET_CLAIMED: (
        "レセプトの到着前のため、この月の情報は揃っていません。",
        "Receipts of this month have not all arrived yet.",
        "incomplete",
    ),
    Missing.COVERED_BY_FLAT_FEE: (
        "包括算定の期間は、薬剤が記録されない場合があります。",
        "Under a flat fee drugs may not be recorded.",
        "incomplete",
    ),
    Missing.DAY_NOT_TOLD: (
        "院内で使われた薬のうち、日の記録がないものを除いています。",
        "Left out: drugs given in house without a day on record.",
        "incomplete",
    ),
    Missing.NOT_IN_MASTER: (
        "医薬品マスターにない薬は、コードだけで示しています。",
        "Drugs that are not in the drug master are given by code alone.",
        "incomplete",
    ),
    Missing.OUTSIDE_WINDOW: ("提供期間より前の情報はありません。", "Older than what is kept.", "not-found"),
    Missing.NOTHING_RECEIVED: (
        "この方の情報は、まだ届いていません。",
        "Nothing has been received for this person yet.",
        "not-found",
    ),
    Missing.NOT_SWITCHED_ON: (
        "この医療機関では、この情報を利用しない設定です。",
        "This facility is not set to use this information.",
        "suppressed",
    ),
    Missing.STOPPED: (
        "登録内容を確認中のため、一部の情報の閲覧を停止しています。",
        "Part of the information is under a stop while its registration is being checked.",
        "suppressed",
    ),
    Missing.NOT_SURELY_THEIRS: (
        "本人の情報と確認できないため、除いています。",
        "Left out: it is not certain whose information it is.",
        "suppressed",
    ),
}
"""Why something is missing: words in Japanese and English, and the FHIR issue type."""


def refusal(error: OnshiError) -> OperationOutcome:
    """A catalogue error: ``details`` for the desk, ``diagnostics`` in English and for the vendor."""
    fault = error.fault
    code = "not-supported" if fault.code in _NOT_SUPPORTED else _ISSUES[fault.kind]
    if fault.repeat is not Repeat.NEVER and fault.kind is Kind.INTERNAL:
        code = "transient"
    issue = Issue(
        severity="error",
        code=code,
        details=concept(s.FAULT, fault.code, text=f"{fault.desk_ja}{fault.next_ja}"),
        diagnostics=f"{fault.desk_en} {fault.next_en} [{error}]",
    )
    return OperationOutcome(issue=(issue,))


REFUSALS = Refusals(
    under=f"{BASE}/",
    content_type=FHIR_JSON,
    schema=OperationOutcome,
    write=lambda error: encode(refusal(error)),
    get=BY_POST_ONLY,
)


def gaps(id_: str, found: tuple[Gap, ...]) -> OperationOutcome | None:
    """What is missing of a reading; None where nothing is."""
    return OperationOutcome(id=id_, issue=tuple(_gap(gap) for gap in found)) if found else None


def _gap(gap: Gap) -> Issue:
    ja, en, code = GAPS[gap.why]
    item = ViewingKind(gap.item.value)
    month = f"{gap.month:%Y-%m} " if gap.month else ""
    coding = (
        Coding(system=s.GAP, code=gap.why.value),
        Coding(system=s.OQSCD.format(number=item.number), code=item.value, display=item.ja),
    )
    return Issue(
        severity="warning",
        code=code,
        details=CodeableConcept(coding=coding, text=f"{month}{item.ja}: {ja}"),
        diagnostics=f"{month}{item.en}: {en}",
    )


def told(id_: str, word: str, text: str | None) -> OperationOutcome:
    """What the register says beside its answer (ProcessingResultCode and -Message)."""
    issue = Issue(severity="information", code="informational", details=concept(s.WORD, word, text=text))
    return OperationOutcome(id=id_, issue=(issue,))
