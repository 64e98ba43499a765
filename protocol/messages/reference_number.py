"""照会番号 registration, single (OQSsiimm01) and bulk (OQSmuimm01, 02): a clinic's own id for an insured record.

The bulk's reception and download messages are those of `protocol.messages.bulk`. Facts: reference clinic-interface 3.7.
"""

from datetime import datetime
from typing import Annotated

from protocol import codes
from protocol.messages.definition import Element, Message, Shape
from protocol.numbers import Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol


class ReferenceNumberInfo(Message, frozen=True, kw_only=True):
    """ReferenceNumberRegistrationInfo 照会番号登録情報."""

    reference_number: Annotated[str, Element("ReferenceNumber", "照会番号", limit=50, verbatim=True)]
    insurer_number: Annotated[InsurerNumber, Element("InsurerNumber", "保険者番号", verbatim=True)]
    symbol: Annotated[Symbol | None, Element("InsuredCardSymbol", "被保険者証記号", verbatim=True)] = None
    number: Annotated[InsuredNumber, Element("InsuredIdentificationNumber", "被保険者証番号", verbatim=True)]
    branch: Annotated[Branch | None, Element("InsuredBranchNumber", "被保険者証枝番", verbatim=True)] = None


class AskedRegistration(Message, frozen=True, kw_only=True):
    """ReferenceNumberRegistrationInfo as one unit of a bulk gives it: text only, judged unit by unit."""

    reference_number: Annotated[str | None, Element("ReferenceNumber", "照会番号", verbatim=True)] = None
    insurer_number: Annotated[str | None, Element("InsurerNumber", "保険者番号", verbatim=True)] = None
    symbol: Annotated[str | None, Element("InsuredCardSymbol", "被保険者証記号", verbatim=True)] = None
    number: Annotated[str | None, Element("InsuredIdentificationNumber", "被保険者証番号", verbatim=True)] = None
    branch: Annotated[str | None, Element("InsuredBranchNumber", "被保険者証枝番", verbatim=True)] = None


class ReferenceNumberRequest(Message, frozen=True, kw_only=True):
    """OQSsiimm01req 照会番号登録要求."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    registration: Annotated[
        ReferenceNumberInfo, Element("MessageBody/ReferenceNumberRegistrationInfo", "照会番号登録情報")
    ]


class ReferenceNumberAnswer(Message, frozen=True, kw_only=True):
    """OQSsiimm01res 照会番号登録結果. A client takes any ErrorCode in the header for failure."""

    executed_at: Annotated[datetime, Element("MessageHeader/ProcessExecutionTime", "処理実行日時")]
    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    segment: Annotated[codes.SegmentOfResult, Element("MessageHeader/SegmentOfResult", "処理結果区分")]
    error_code: Annotated[str | None, Element("MessageHeader/ErrorCode", "エラーコード")] = None
    error_message: Annotated[str | None, Element("MessageHeader/ErrorMessage", "エラーメッセージ")] = None
    character_code: Annotated[
        codes.CharacterCode, Element("MessageHeader/CharacterCodeIdentifier", "文字コード識別")
    ] = codes.CharacterCode.UTF_8
    registration: Annotated[
        ReferenceNumberInfo | None, Element("MessageBody/ReferenceNumberRegistrationInfo", "照会番号登録情報")
    ] = None
    status: Annotated[codes.ProcessingResultStatus, Element("MessageBody/ProcessingResultStatus", "処理結果状況")]
    result_code: Annotated[str | None, Element("MessageBody/ProcessingResultCode", "処理結果コード")] = None
    result_message: Annotated[str | None, Element("MessageBody/ProcessingResultMessage", "処理結果メッセージ")] = None


class ReferenceNumberBulkRequest(Message, frozen=True, kw_only=True):
    """OQSmuimm01req 照会番号一括登録要求."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    registrations: Annotated[
        tuple[AskedRegistration, ...],
        Element("MessageBody/ReferenceNumberRegistrationInfo", "照会番号登録情報", shape=Shape.REPEATED),
    ]


class ReferenceNumberUnit(Message, frozen=True, kw_only=True):
    """BulkRegistrationUnit 一括登録結果."""

    registration: Annotated[AskedRegistration, Element("ReferenceNumberRegistrationInfo", "照会番号登録情報")]
    status: Annotated[codes.ProcessingResultStatus, Element("ProcessingResultStatus", "処理結果状況")]
    result_code: Annotated[str | None, Element("ProcessingResultCode", "処理結果コード")] = None
    result_message: Annotated[str | None, Element("ProcessingResultMessage", "処理結果メッセージ")] = None


class ReferenceNumberBulkAnswer(Message, frozen=True, kw_only=True):
    """OQSmuimm02res 照会番号一括登録結果."""

    executed_at: Annotated[datetime, Element("MessageHeader/ProcessExecutionTime", "処理実行日時")]
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
    character_code: Annotated[
        codes.CharacterCode, Element("MessageHeader/CharacterCodeIdentifier", "文字コード識別")
    ] = codes.CharacterCode.UTF_8
    units: Annotated[
        tuple[ReferenceNumberUnit, ...],
        Element("MessageBody/BulkRegistrationUnit", "一括登録結果", shape=Shape.REPEATED),
    ] = ()
