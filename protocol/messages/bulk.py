"""Bulk queries in two phases: upload gives a reception number, download asks with it until the work is done.

OQSmuquc (by insured number), OQSmuhvq and OQSmuonq (patients who consented for visits at home or online), OQSmutic
(医療扶助, by month). The answers of all have one form. Facts: reference clinic-interface 3.5, 3.6.
"""

from datetime import date, datetime
from typing import Annotated

from protocol import codes
from protocol.messages.definition import Element, Message, Shape
from protocol.messages.eligibility import EligibilityResult
from protocol.numbers import FacilityCode, YearMonth

BULK_UNITS = 10_000
"""Most records of one upload."""
BULK_BYTES = 16_000_000
"""Largest bulk message, XML or JSON."""


class AskedSearch(Message, frozen=True, kw_only=True):
    """QualificationConfirmSearchInfo as one unit of a bulk gives it: text only, judged unit by unit.

    One wrong birth date among five hundred is one error in the result, not a refused file. `SearchInfo` has the
    same elements with their rules.
    """

    insurer_number: Annotated[str | None, Element("InsurerNumber", "保険者番号", verbatim=True)] = None
    symbol: Annotated[str | None, Element("InsuredCardSymbol", "被保険者証記号", verbatim=True)] = None
    number: Annotated[str | None, Element("InsuredIdentificationNumber", "被保険者証番号", verbatim=True)] = None
    branch: Annotated[str | None, Element("InsuredBranchNumber", "被保険者証枝番", verbatim=True)] = None
    birth_date: Annotated[str | None, Element("Birthdate", "生年月日", verbatim=True)] = None
    limit_consent: Annotated[
        str | None,
        Element("LimitApplicationCertificateRelatedConsFlg", "限度額適用認定証提供同意フラグ", verbatim=True),
    ] = None
    identifier: Annotated[str | None, Element("ArbitraryIdentifier", "任意の識別子", verbatim=True)] = None


class BulkRequest(Message, frozen=True, kw_only=True):
    """OQSmuquc01req 資格確認一括照会要求."""

    asked_day: Annotated[date, Element("MessageHeader/QualificationConfirmationDate", "資格確認日")]
    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    searches: Annotated[
        tuple[AskedSearch, ...],
        Element("MessageBody/QualificationConfirmSearchInfo", "資格確認照会用情報", shape=Shape.REPEATED),
    ]


class ConsentedSearch(Message, frozen=True, kw_only=True):
    """QualificationConfirmSearchInfo of the consented-patient bulks: days of consent, or days of examination."""

    consented_from: Annotated[date | None, Element("ConsentDateFrom", "同意日（開始）")] = None
    consented_to: Annotated[date | None, Element("ConsentDateTo", "同意日（終了）")] = None
    examined_from: Annotated[date | None, Element("ExaminationDateFrom", "診療日（開始）")] = None
    examined_to: Annotated[date | None, Element("ExaminationDateTo", "診療日（終了）")] = None
    treatment: Annotated[codes.MedicalTreatment, Element("MedicalTreatmentFlag", "診療区分")]


class ConsentedBulkRequest(Message, frozen=True, kw_only=True):
    """OQSmuhvq01req, OQSmuonq01req 同意済資格情報一括取得要求."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    search: Annotated[ConsentedSearch, Element("MessageBody/QualificationConfirmSearchInfo", "資格確認照会用情報")]


class TicketBulkRequest(Message, frozen=True, kw_only=True):
    """OQSmutic01req 委託先資格情報一括取得要求 (医療扶助)."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    month: Annotated[YearMonth, Element("MessageBody/QualificationConfirmSearchInfo/MedicalTreatmentMonth", "診療年月")]


class BulkReception(Message, frozen=True, kw_only=True):
    """The ``01res`` of every bulk: the reception number, or why there is none."""

    executed_at: Annotated[datetime, Element("MessageHeader/ProcessExecutionTime", "処理実行日時")]
    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    segment: Annotated[codes.SegmentOfResult | None, Element("MessageHeader/SegmentOfResult", "処理結果区分")] = None
    error_code: Annotated[str | None, Element("MessageHeader/ErrorCode", "エラーコード")] = None
    error_message: Annotated[str | None, Element("MessageHeader/ErrorMessage", "エラーメッセージ")] = None
    character_code: Annotated[
        codes.CharacterCode, Element("MessageHeader/CharacterCodeIdentifier", "文字コード識別")
    ] = codes.CharacterCode.UTF_8
    reception_number: Annotated[
        str | None, Element("MessageBody/ReceptionNumber", "受付番号", limit=50, verbatim=True)
    ] = None
    received_at: Annotated[datetime | None, Element("MessageBody/ReceptionDateTime", "受付日時")] = None
    status: Annotated[
        codes.ProcessingResultStatus | None, Element("MessageBody/ProcessingResultStatus", "処理結果状況")
    ] = None
    result_code: Annotated[str | None, Element("MessageBody/ProcessingResultCode", "処理結果コード")] = None
    result_message: Annotated[str | None, Element("MessageBody/ProcessingResultMessage", "処理結果メッセージ")] = None


class BulkDownload(Message, frozen=True, kw_only=True):
    """The ``02req`` of every bulk: hand out what belongs to this reception number."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    reception_number: Annotated[str, Element("MessageBody/ReceptionNumber", "受付番号", limit=50, verbatim=True)]


class BulkUnit(Message, frozen=True, kw_only=True):
    """BulkConfirmUnit 一括照会結果: one asked record; the result stands directly in it, not in a list."""

    search: Annotated[AskedSearch | None, Element("QualificationConfirmSearchInfo", "資格確認照会用情報")] = None
    status: Annotated[codes.ProcessingResultStatus, Element("ProcessingResultStatus", "処理結果状況")]
    result_code: Annotated[str | None, Element("ProcessingResultCode", "処理結果コード")] = None
    result_message: Annotated[str | None, Element("ProcessingResultMessage", "処理結果メッセージ")] = None
    validity: Annotated[codes.QualificationValidity | None, Element("QualificationValidity", "資格有効性")] = None
    result: Annotated[EligibilityResult | None, Element("ResultOfQualificationConfirmation", "資格確認結果")] = None
    reference_number: Annotated[str | None, Element("ReferenceNumber", "照会番号", limit=50, verbatim=True)] = None


class BulkAnswer(Message, frozen=True, kw_only=True):
    """The ``02res`` of every bulk; SegmentOfResult 2 means: ask again."""

    executed_at: Annotated[datetime, Element("MessageHeader/ProcessExecutionTime", "処理実行日時")]
    asked_day: Annotated[date | None, Element("MessageHeader/QualificationConfirmationDate", "資格確認日")] = None
    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    reception_number: Annotated[
        str | None, Element("MessageHeader/ReceptionNumber", "受付番号", limit=50, verbatim=True)
    ] = None
    segment: Annotated[codes.SegmentOfResult, Element("MessageHeader/SegmentOfResult", "処理結果区分")]
    error_code: Annotated[str | None, Element("MessageHeader/ErrorCode", "エラーコード")] = None
    error_message: Annotated[str | None, Element("MessageHeader/ErrorMessage", "エラーメッセージ")] = None
    processed: Annotated[int | None, Element("MessageHeader/NumberOfProcessingResult", "処理結果件数")] = None
    normal: Annotated[int | None, Element("MessageHeader/NumberOfNormalProcessing", "正常件数")] = None
    errors: Annotated[int | None, Element("MessageHeader/NumberOfError", "エラー件数")] = None
    character_code: Annotated[
        codes.CharacterCode, Element("MessageHeader/CharacterCodeIdentifier", "文字コード識別")
    ] = codes.CharacterCode.UTF_8
    units: Annotated[
        tuple[BulkUnit, ...],
        Element("MessageBody/BulkConfirmUnit", "一括照会結果", shape=Shape.REPEATED),
    ] = ()
