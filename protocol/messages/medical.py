"""The requests for drugs and treatment (YZKsiquc01) and checkups (TKKsiquc01), and the answer that refuses them.

Their tag names differ from those of the eligibility messages. The answers with data belong to the centre's medical
domains. Facts: reference clinic-interface 3.8; where ResultCode stands in the tree nobody could see, clients search
for it anywhere.
"""

from typing import Annotated, Self

from protocol import codes
from protocol.errors import Fault
from protocol.messages.definition import Element, Message
from protocol.messages.drugs import DONE
from protocol.numbers import Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol, YearMonth

REFUSED = "9"
"""ResultCode of an answer that has nothing; its MessageContents says why."""


class MedicalRequest(Message, frozen=True, kw_only=True):
    """YZKsiquc01req 薬剤情報等閲覧要求, TKKsiquc01req 特定健診情報閲覧要求 (without the months)."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    insurer_number: Annotated[InsurerNumber, Element("MessageHeader/InsurerNumber", "保険者番号", verbatim=True)]
    symbol: Annotated[Symbol | None, Element("MessageHeader/InsuranceCardSymbol", "被保険者証記号", verbatim=True)] = (
        None
    )
    number: Annotated[
        InsuredNumber, Element("MessageHeader/InsuredPersonIdentificationNumber", "被保険者証番号", verbatim=True)
    ]
    branch: Annotated[Branch | None, Element("MessageHeader/BranchNumber", "被保険者証枝番", verbatim=True)] = None
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    first_month: Annotated[YearMonth | None, Element("MessageBody/StartDate", "開始年月")] = None
    last_month: Annotated[YearMonth | None, Element("MessageBody/EndDate", "終了年月")] = None
    file_category: Annotated[str, Element("MessageBody/FileCategory", "ファイル種別", limit=2)]
    """1 drugs as PDF, 2 drugs as XML, 3 with treatment as PDF, 4 with treatment as XML; checkups 1 and 2."""
    classification: Annotated[
        str | None, Element("MessageBody/PrDiInfClassification", "処方・調剤情報区分", limit=2)
    ] = None
    treatment: Annotated[codes.MedicalTreatment | None, Element("MessageBody/MedicalTreatmentFlag", "診療区分")] = None


class ConsentCancel(Message, frozen=True, kw_only=True):
    """閲覧同意取り消し, over HTTP only: the file's layout (OQSsihvd) is not known. Ends this facility's consents.

    ``item`` None: all of them. The header is the medical request's [inferred].
    """

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    insurer_number: Annotated[InsurerNumber, Element("MessageHeader/InsurerNumber", "保険者番号", verbatim=True)]
    symbol: Annotated[Symbol | None, Element("MessageHeader/InsuranceCardSymbol", "被保険者証記号", verbatim=True)] = (
        None
    )
    number: Annotated[
        InsuredNumber, Element("MessageHeader/InsuredPersonIdentificationNumber", "被保険者証番号", verbatim=True)
    ]
    branch: Annotated[Branch | None, Element("MessageHeader/BranchNumber", "被保険者証枝番", verbatim=True)] = None
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    item: Annotated[codes.ViewingKind | None, Element("MessageBody/ViewingConsentInformation", "閲覧同意情報種別")] = (
        None
    )
    treatment: Annotated[codes.MedicalTreatment | None, Element("MessageBody/MedicalTreatmentFlag", "診療区分")] = None


class ConsentCancelled(Message, frozen=True, kw_only=True):
    """What was asked for was done: ResultCode 1. A refusal is a `MedicalRefusal`."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    result_code: Annotated[str, Element("MessageHeader/ResultCode", "処理結果コード")] = DONE
    contents: Annotated[str, Element("MessageHeader/MessageContents", "メッセージ内容")]


class MedicalRefusal(Message, frozen=True, kw_only=True):
    """YZKsiquc01res and TKKsiquc01res when there is nothing to show: ResultCode is not 1, and a text says why."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    result_code: Annotated[str, Element("MessageHeader/ResultCode", "処理結果コード")]
    contents: Annotated[str, Element("MessageHeader/MessageContents", "メッセージ内容")]

    @classmethod
    def of(cls, fault: Fault, request: MedicalRequest | ConsentCancel) -> Self:
        """The refusal in the catalogue's Japanese words, with the code."""
        return cls(
            facility=request.facility,
            file_identifier=request.file_identifier,
            result_code=REFUSED,
            contents=f"{fault.code} {fault.desk_ja}{fault.next_ja}",
        )
