"""The answer TKKsiquc01res: checkups, each with its results and questions by code.

Facts: reference clinic-interface 3.8, data-formats 3.4. A client keeps 64 characters of a value: longer ones are sent
whole all the same. Inferred: the places of the file identifier, ResultCode and MessageContents.
"""

from datetime import date
from typing import Annotated

from protocol import codes
from protocol.messages.definition import Element, Message, Shape
from protocol.messages.drugs import DONE
from protocol.numbers import FacilityCode


class CheckupHolder(Message, frozen=True, kw_only=True):
    """QualificationsInfo 資格情報: whose checkups these are."""

    name: Annotated[str | None, Element("Name", "氏名")] = None
    kana: Annotated[str | None, Element("KanasName", "氏名カナ")] = None
    birth_date: Annotated[date, Element("Birthday", "生年月日")]
    sex: Annotated[codes.Sex, Element("AdministrativeGenderCode", "性別")]


class CheckupResult(Message, frozen=True, kw_only=True):
    """HealthCheckupResultAndQuestionInfo 健診結果・質問票情報. ``type``: PQ, CD, CO or ST."""

    code: Annotated[str, Element("ItemCode", "項目コード（JLAC10）", limit=17)]
    name: Annotated[str | None, Element("ItemName", "項目名")] = None
    type: Annotated[str | None, Element("DataType", "データタイプ", limit=2)] = None
    value: Annotated[str, Element("DataValue", "データ値")]
    unit: Annotated[str | None, Element("Unit", "単位")] = None
    oid: Annotated[str | None, Element("Oid", "コード表のOID")] = None
    value_name: Annotated[str | None, Element("DataValueName", "データ値の名称")] = None


class CheckupInfo(Message, frozen=True, kw_only=True):
    """SpecificHealthCheckupInfo 特定健診情報: one checkup."""

    day: Annotated[date, Element("EffectiveTime", "健診実施日")]
    results: Annotated[
        tuple[CheckupResult, ...],
        Element(
            "HealthCheckupResultAndQuestionInfos/HealthCheckupResultAndQuestionInfo",
            "健診結果・質問票情報",
            shape=Shape.WRAPPED,
        ),
    ] = ()


class CheckupAnswer(Message, frozen=True, kw_only=True):
    """TKKsiquc01res 特定健診情報閲覧結果. ``contents`` says in words what is missing."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    result_code: Annotated[str, Element("MessageHeader/ResultCode", "処理結果コード", limit=4)] = DONE
    contents: Annotated[str | None, Element("MessageHeader/MessageContents", "メッセージ内容")] = None
    holder: Annotated[CheckupHolder, Element("MessageHeader/QualificationsInfo", "資格情報")]
    checkups: Annotated[
        tuple[CheckupInfo, ...],
        Element("MessageBody/SpecificHealthCheckupInfo", "特定健診情報", shape=Shape.REPEATED),
    ] = ()
