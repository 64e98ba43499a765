"""OQSsiquc01: the query by insured number and the eligibility answer, which is the face file as well.

Element names, order and cardinality: reference clinic-interface 3.2-3.4 and 3.10. What a clinic's software
requires in every answer (ReferenceClassification, SegmentOfResult, ProcessingResultStatus) is required here.
"""

from datetime import date, datetime
from typing import Annotated, Self

from protocol import codes
from protocol.errors import Fault
from protocol.messages.definition import Element, Message, Shape
from protocol.messages.ticket import MedicalTicket
from protocol.numbers import BirthDate, Branch, BurdenRatio, FacilityCode, InsuredNumber, InsurerNumber, Symbol, Yen


class SearchInfo(Message, frozen=True, kw_only=True):
    """QualificationConfirmSearchInfo 資格確認照会用情報: what is asked for, and its echo."""

    insurer_number: Annotated[InsurerNumber, Element("InsurerNumber", "保険者番号", verbatim=True)]
    symbol: Annotated[Symbol | None, Element("InsuredCardSymbol", "被保険者証記号", verbatim=True)] = None
    number: Annotated[InsuredNumber, Element("InsuredIdentificationNumber", "被保険者証番号", verbatim=True)]
    branch: Annotated[Branch | None, Element("InsuredBranchNumber", "被保険者証枝番", verbatim=True)] = None
    birth_date: Annotated[BirthDate, Element("Birthdate", "生年月日", verbatim=True)]
    limit_consent: Annotated[
        codes.LimitConsent, Element("LimitApplicationCertificateRelatedConsFlg", "限度額適用認定証提供同意フラグ")
    ]
    identifier: Annotated[str | None, Element("ArbitraryIdentifier", "任意の識別子", limit=50, verbatim=True)] = None


class EligibilityRequest(Message, frozen=True, kw_only=True):
    """OQSsiquc01req 資格確認要求: query by insured number."""

    asked_day: Annotated[date, Element("MessageHeader/QualificationConfirmationDate", "資格確認日")]
    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    search: Annotated[SearchInfo, Element("MessageBody/QualificationConfirmSearchInfo", "資格確認照会用情報")]


class ElderlyRecipient(Message, frozen=True, kw_only=True):
    """ElderlyRecipientCertificateInfo 高齢受給者証情報, 70 to 74 years."""

    issued: Annotated[date | None, Element("ElderlyRecipientCertificateDate", "交付年月日")] = None
    valid_from: Annotated[date | None, Element("ElderlyRecipientValidStartDate", "有効開始年月日")] = None
    valid_until: Annotated[date | None, Element("ElderlyRecipientValidEndDate", "有効終了年月日")] = None
    ratio: Annotated[BurdenRatio | None, Element("ElderlyRecipientContributionRatio", "一部負担金割合")] = None


class LimitCertificateInfo(Message, frozen=True, kw_only=True):
    """LimitApplicationCertificateRelatedInfo 限度額適用認定証関連情報."""

    classification: Annotated[
        codes.LimitCertificate | None, Element("LimitApplicationCertificateClassification", "限度額適用認定証区分")
    ] = None
    category: Annotated[
        codes.LimitCategory | None,
        Element("LimitApplicationCertificateClassificationFlag", "限度額適用認定証適用区分"),
    ] = None
    issued: Annotated[date | None, Element("LimitApplicationCertificateDate", "交付年月日")] = None
    valid_from: Annotated[date | None, Element("LimitApplicationCertificateValidStartDate", "有効開始年月日")] = None
    valid_until: Annotated[date | None, Element("LimitApplicationCertificateValidEndDate", "有効終了年月日")] = None
    long_term: Annotated[date | None, Element("LimitApplicationCertificateLongTermDate", "長期入院該当年月日")] = None


class SpecificDiseaseInfo(Message, frozen=True, kw_only=True):
    """SpecificDiseasesCertificateInfo 特定疾病療養受療証情報."""

    disease: Annotated[codes.SpecificDisease | None, Element("SpecificDiseasesDiseaseCategory", "認定疾病区分")] = None
    issued: Annotated[date | None, Element("SpecificDiseasesCertificateDate", "交付年月日")] = None
    valid_from: Annotated[date | None, Element("SpecificDiseasesValidStartDate", "有効開始年月日")] = None
    valid_until: Annotated[date | None, Element("SpecificDiseasesValidEndDate", "有効終了年月日")] = None
    self_pay: Annotated[Yen | None, Element("SpecificDiseasesSelfPay", "自己負担限度額")] = None


class EligibilityResult(Message, frozen=True, kw_only=True):
    """ResultOfQualificationConfirmation 資格確認結果: one coverage of one person.

    ``number``, ``insurer_number`` and ``insurer_name`` hold 受給者番号, 公費負担者番号 and 福祉事務所名 in 医療扶助.
    Names are given as the register has them; NameKana half-width (`protocol.text.half_width_kana`).
    """

    card_classification: Annotated[codes.CardClassification, Element("InsuredCardClassification", "被保険者証区分")]
    insurer_number: Annotated[InsurerNumber | None, Element("InsurerNumber", "保険者番号")] = None
    symbol: Annotated[Symbol | None, Element("InsuredCardSymbol", "被保険者証記号")] = None
    number: Annotated[InsuredNumber | None, Element("InsuredIdentificationNumber", "被保険者証番号")] = None
    branch: Annotated[Branch | None, Element("InsuredBranchNumber", "被保険者証枝番")] = None
    personal_family: Annotated[
        codes.PersonalFamily | None, Element("PersonalFamilyClassification", "本人・家族の別")
    ] = None
    insured_name: Annotated[str | None, Element("InsuredName", "被保険者氏名（世帯主氏名）")] = None
    name: Annotated[str, Element("Name", "氏名")]
    name_of_other: Annotated[str | None, Element("NameOfOther", "氏名（その他）")] = None
    name_kana: Annotated[str | None, Element("NameKana", "氏名カナ")] = None
    name_of_other_kana: Annotated[str | None, Element("NameOfOtherKana", "氏名カナ（その他）")] = None
    sex1: Annotated[codes.Sex, Element("Sex1", "性別1")]
    sex2: Annotated[codes.Sex | None, Element("Sex2", "性別2")] = None
    birth_date: Annotated[BirthDate, Element("Birthdate", "生年月日")]
    address: Annotated[str | None, Element("Address", "住所")] = None
    post_number: Annotated[str | None, Element("PostNumber", "郵便番号", limit=8)] = None
    qualification_date: Annotated[date | None, Element("QualificationDate", "資格取得年月日")] = None
    disqualification_date: Annotated[date | None, Element("DisqualificationDate", "資格喪失年月日")] = None
    issuance_date: Annotated[date | None, Element("InsuredCertificateIssuanceDate", "被保険者証交付年月日")] = None
    valid_from: Annotated[date | None, Element("InsuredCardValidDate", "被保険者証有効開始年月日")] = None
    valid_until: Annotated[date | None, Element("InsuredCardExpirationDate", "被保険者証有効終了年月日")] = None
    burden_ratio: Annotated[
        BurdenRatio | None, Element("InsuredPartialContributionRatio", "被保険者証一部負担金割合")
    ] = None
    preschool: Annotated[codes.Preschool | None, Element("PreschoolClassification", "未就学区分")] = None
    reason_of_loss: Annotated[codes.ReasonOfLoss | None, Element("ReasonOfLoss", "資格喪失事由")] = None
    insurer_name: Annotated[str, Element("InsurerName", "保険者名称")]
    elderly: Annotated[ElderlyRecipient | None, Element("ElderlyRecipientCertificateInfo", "高齢受給者証情報")] = None
    limit_consent: Annotated[
        codes.LimitConsent | None,
        Element("LimitApplicationCertificateRelatedConsFlg", "限度額適用認定証提供同意フラグ"),
    ] = None
    limit_consent_time: Annotated[
        datetime | None,
        Element("LimitApplicationCertificateRelatedConsTime", "限度額適用認定証提供同意日時"),
    ] = None
    limit: Annotated[
        LimitCertificateInfo | None, Element("LimitApplicationCertificateRelatedInfo", "限度額適用認定証関連情報")
    ] = None
    limit_changed: Annotated[
        codes.LimitChanged | None, Element("LimitApplicationCertificateChanged", "限度額情報変更有無")
    ] = None
    diseases_consent: Annotated[
        codes.ViewingConsent | None,
        Element("SpecificDiseasesCertificateRelatedConsFlg", "特定疾病療養受療証提供同意フラグ"),
    ] = None
    diseases_consent_time: Annotated[
        datetime | None,
        Element("SpecificDiseasesCertificateRelatedConsTime", "特定疾病療養受療証提供同意日時"),
    ] = None
    diseases: Annotated[
        tuple[SpecificDiseaseInfo, ...],
        Element(
            "SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo",
            "特定疾病療養受療証情報リスト",
            shape=Shape.FLAT,
        ),
    ] = ()
    tickets: Annotated[
        tuple[MedicalTicket, ...],
        Element("PublicExpenseResultList/MedicalTicketInfo", "医療扶助資格確認結果リスト", shape=Shape.WRAPPED),
    ] = ()
    checkups_consent: Annotated[
        codes.ViewingConsent | None, Element("SpecificHealthCheckupsInfoConsFlg", "特定健診情報閲覧同意フラグ")
    ] = None
    checkups_consent_time: Annotated[
        datetime | None, Element("SpecificHealthCheckupsInfoConsTime", "特定健診情報閲覧同意日時")
    ] = None
    checkups_until: Annotated[
        datetime | None, Element("SpecificHealthCheckupsInfoAvailableTime", "特定健診情報閲覧有効期限")
    ] = None
    drugs_consent: Annotated[
        codes.ViewingConsent | None, Element("PharmacistsInfoConsFlg", "薬剤情報閲覧同意フラグ")
    ] = None
    drugs_consent_time: Annotated[datetime | None, Element("PharmacistsInfoConsTime", "薬剤情報閲覧同意日時")] = None
    drugs_until: Annotated[datetime | None, Element("PharmacistsInfoAvailableTime", "薬剤情報閲覧有効期限")] = None
    treatment_consent: Annotated[
        codes.ViewingConsent | None, Element("DiagnosisInfoConsFlg", "診療情報閲覧同意フラグ")
    ] = None
    treatment_consent_time: Annotated[datetime | None, Element("DiagnosisInfoConsTime", "診療情報閲覧同意日時")] = None
    treatment_until: Annotated[datetime | None, Element("DiagnosisInfoAvailableTime", "診療情報閲覧有効期限")] = None
    operations_consent: Annotated[
        codes.ViewingConsent | None, Element("OperationInfoConsFlg", "手術情報閲覧同意フラグ")
    ] = None
    operations_consent_time: Annotated[datetime | None, Element("OperationInfoConsTime", "手術情報閲覧同意日時")] = None
    operations_until: Annotated[datetime | None, Element("OperationInfoAvailableTime", "手術情報閲覧有効期限")] = None
    identifier: Annotated[str | None, Element("ArbitraryIdentifier", "任意の識別子", limit=50, verbatim=True)] = None
    reference_number: Annotated[str | None, Element("ReferenceNumber", "照会番号", limit=50, verbatim=True)] = None


class EligibilityAnswer(Message, frozen=True, kw_only=True):
    """OQSsiquc01res 資格確認結果, and the face file ``OQSsiquc01res_face_…``."""

    executed_at: Annotated[datetime, Element("MessageHeader/ProcessExecutionTime", "処理実行日時")]
    asked_day: Annotated[date, Element("MessageHeader/QualificationConfirmationDate", "資格確認日")]
    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    reference: Annotated[codes.ReferenceClassification, Element("MessageHeader/ReferenceClassification", "照会区分")]
    segment: Annotated[codes.SegmentOfResult, Element("MessageHeader/SegmentOfResult", "処理結果区分")]
    error_code: Annotated[str | None, Element("MessageHeader/ErrorCode", "エラーコード")] = None
    error_message: Annotated[str | None, Element("MessageHeader/ErrorMessage", "エラーメッセージ")] = None
    character_code: Annotated[
        codes.CharacterCode, Element("MessageHeader/CharacterCodeIdentifier", "文字コード識別")
    ] = codes.CharacterCode.UTF_8
    search: Annotated[
        SearchInfo | None, Element("MessageBody/QualificationConfirmSearchInfo", "資格確認照会用情報")
    ] = None
    prescription_issue: Annotated[
        codes.PrescriptionIssue | None, Element("MessageBody/PrescriptionIssueSelect", "処方箋発行形態")
    ] = None
    status: Annotated[codes.ProcessingResultStatus, Element("MessageBody/ProcessingResultStatus", "処理結果状況")]
    result_code: Annotated[str | None, Element("MessageBody/ProcessingResultCode", "処理結果コード")] = None
    result_message: Annotated[str | None, Element("MessageBody/ProcessingResultMessage", "処理結果メッセージ")] = None
    validity: Annotated[
        codes.QualificationValidity | None, Element("MessageBody/QualificationValidity", "資格有効性")
    ] = None
    results: Annotated[
        tuple[EligibilityResult, ...],
        Element("MessageBody/ResultList/ResultOfQualificationConfirmation", "資格確認結果リスト", shape=Shape.WRAPPED),
    ] = ()

    @classmethod
    def refused(
        cls,
        fault: Fault,
        *,
        executed_at: datetime,
        asked_day: date,
        facility: FacilityCode,
        reference: codes.ReferenceClassification,
        file_identifier: str | None = None,
        search: SearchInfo | None = None,
    ) -> Self:
        """The answer to a message that failed as a whole (SegmentOfResult 9), in the catalogue's Japanese words."""
        return cls(
            executed_at=executed_at,
            asked_day=asked_day,
            facility=facility,
            file_identifier=file_identifier,
            reference=reference,
            segment=codes.SegmentOfResult.FAILED,
            error_code=fault.code,
            error_message=f"{fault.desk_ja}{fault.next_ja}",
            search=search,
            status=codes.ProcessingResultStatus.ERROR,
            result_code=fault.code,
            result_message=f"{fault.desk_ja}{fault.next_ja}",
        )
