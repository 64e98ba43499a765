"""The answer YZKsiquc01res: drugs and, where asked for, treatments, in three blocks by where they were learned.

Receipts (MeTrMonthInf), dispensing results (CzDiInf) and prescriptions (ShPrInf) have parallel elements under names of
their own. The last two come from electronic prescriptions. Facts: reference clinic-interface 3.8; how a client casts
them: whole numbers in Times, MeTrIdCl (drugs), InOut, PrIsOrg and the source kinds; seen there: PrIsOrg 1 is the
reading facility itself, 2 another. Inferred: InOut 1 dispensed by the prescriber, 2 elsewhere; the source kind is the
点数表; the places of the file identifier, ResultCode and MessageContents.
"""

from datetime import date
from typing import Annotated

from protocol import codes
from protocol.messages.definition import Element, Message, Shape
from protocol.numbers import FacilityCode, YearMonth

DONE = "1"
"""ResultCode of an answer that has what was asked for."""


class DrugHolder(Message, frozen=True, kw_only=True):
    """QuaInf 資格情報: whose drugs these are."""

    name: Annotated[str | None, Element("Name", "氏名")] = None
    kana: Annotated[str | None, Element("KanaName", "氏名カナ")] = None
    birth_date: Annotated[date, Element("Birth", "生年月日")]
    sex: Annotated[codes.Sex, Element("AdmGendCode", "性別")]


# --- receipts -----------------------------------------------------------------------------------------------------


class Drug(Message, frozen=True, kw_only=True):
    """DrugInf 薬剤: one drug of a receipt. ``code`` is the 9-digit 医薬品コード."""

    code: Annotated[str, Element("DrugC", "医薬品コード", limit=12)]
    name: Annotated[str | None, Element("DrugN", "医薬品名")] = None
    general_name: Annotated[str | None, Element("IngreN", "一般名")] = None
    amount: Annotated[str | None, Element("Qua1", "使用量")] = None
    unit: Annotated[str | None, Element("Unit", "単位")] = None
    usage: Annotated[str | None, Element("UsageN", "用法")] = None
    instruction: Annotated[str | None, Element("SpInst", "特別指示")] = None
    times: Annotated[int | None, Element("Times", "回数（日数）")] = None
    category: Annotated[str | None, Element("MeTrIdCl", "診療識別・剤形", limit=12)] = None


class Treatment(Message, frozen=True, kw_only=True):
    """MeTrInf 診療行為: one act; its name only where a master gives one."""

    name: Annotated[str | None, Element("SinInfN", "診療行為名")] = None
    code: Annotated[str, Element("SinInfCd", "診療行為コード", limit=12)]
    category: Annotated[str | None, Element("MeTrIdCl", "診療識別", limit=12)] = None
    amount: Annotated[str | None, Element("Qua1", "数量")] = None
    times: Annotated[int | None, Element("Times", "回数")] = None
    unit: Annotated[str | None, Element("Unit", "単位")] = None


class DrugDay(Message, frozen=True, kw_only=True):
    """DiDateInf: one day; ``dispensed_on`` is absent for acts whose receipt names no day."""

    dispensed_on: Annotated[date | None, Element("DiDate", "調剤年月日・診療年月日")] = None
    prescribed_on: Annotated[date | None, Element("PrDate", "処方年月日")] = None
    drugs: Annotated[tuple[Drug, ...], Element("DrugInfs/DrugInf", "薬剤", shape=Shape.WRAPPED)] = ()
    treatments: Annotated[tuple[Treatment, ...], Element("MeTrInfs/MeTrInf", "診療行為", shape=Shape.WRAPPED)] = ()


class ReceiptMonth(Message, frozen=True, kw_only=True):
    """MeTrMonthInf レセプト由来: what one institution claimed for one month."""

    organisation: Annotated[str | None, Element("DiOrg", "点数表（1医科 3歯科 4調剤）", limit=2)] = None
    institution_code: Annotated[str | None, Element("MeTrDiHCd", "医療機関等コード", limit=10)] = None
    institution: Annotated[str | None, Element("MeTrDiHNm", "医療機関等名称")] = None
    month: Annotated[YearMonth, Element("MeTrMonth", "診療・調剤年月")]
    prescriber_code: Annotated[str | None, Element("PrlsHCd", "処方医療機関コード", limit=10)] = None
    prescriber: Annotated[str | None, Element("PrlsHNm", "処方医療機関名称")] = None
    prescriber_kind: Annotated[str | None, Element("PrIsOrg", "処方機関区分（1自院 2他院）", limit=2)] = None
    in_out: Annotated[str | None, Element("InOut", "院内外区分（1院内 2院外）", limit=2)] = None
    days: Annotated[tuple[DrugDay, ...], Element("DiDateInfs/DiDateInf", "日付", shape=Shape.WRAPPED)] = ()


# --- dispensing results -------------------------------------------------------------------------------------------


class DispensedDrug(Message, frozen=True, kw_only=True):
    """CzDrugInf 薬剤 of a dispensing result."""

    code: Annotated[str, Element("CzDrugC", "医薬品コード", limit=12)]
    name: Annotated[str | None, Element("CzDrugN", "医薬品名")] = None
    general_name: Annotated[str | None, Element("CzIngreN", "一般名")] = None
    amount: Annotated[str | None, Element("CzQua1", "使用量")] = None
    unit: Annotated[str | None, Element("CzUnit", "単位")] = None
    usage: Annotated[str | None, Element("CzUsageN", "用法")] = None
    instruction: Annotated[str | None, Element("CzSpInst", "特別指示")] = None
    times: Annotated[int | None, Element("CzTimes", "回数（日数）")] = None
    usage_class: Annotated[str | None, Element("CzUsageCl", "使用区分", limit=12)] = None


class DispensedDay(Message, frozen=True, kw_only=True):
    """CzDiDateInf: one day of a dispensing result."""

    dispensed_on: Annotated[date, Element("CzDiDate", "調剤年月日")]
    prescribed_on: Annotated[date | None, Element("CzPrDate", "処方年月日")] = None
    drugs: Annotated[tuple[DispensedDrug, ...], Element("CzDrugInfs/CzDrugInf", "薬剤", shape=Shape.WRAPPED)] = ()


class DispensedMonth(Message, frozen=True, kw_only=True):
    """CzDiMonthInf 調剤情報: what one pharmacy dispensed on electronic prescriptions in one month."""

    organisation: Annotated[str | None, Element("CzDiOrg", "点数表", limit=2)] = None
    institution_code: Annotated[str | None, Element("CzMeTrDiHCd", "薬局コード", limit=10)] = None
    institution: Annotated[str | None, Element("CzMeTrDiHNm", "薬局名称")] = None
    month: Annotated[YearMonth, Element("CzDiMonth", "調剤年月")]
    prescriber_code: Annotated[str | None, Element("CzPrlsHCd", "処方医療機関コード", limit=10)] = None
    prescriber: Annotated[str | None, Element("CzPrlsHNm", "処方医療機関名称")] = None
    prescriber_kind: Annotated[str | None, Element("CzPrIsOrg", "処方機関区分", limit=2)] = None
    in_out: Annotated[str | None, Element("CzPrCl", "院内外区分", limit=2)] = None
    days: Annotated[tuple[DispensedDay, ...], Element("CzDiDateInfs/CzDiDateInf", "日付", shape=Shape.WRAPPED)] = ()


# --- prescriptions ------------------------------------------------------------------------------------------------


class PrescribedDrug(Message, frozen=True, kw_only=True):
    """ShDrugInf 薬剤 of a prescription."""

    code: Annotated[str, Element("ShDrugC", "医薬品コード", limit=12)]
    name: Annotated[str | None, Element("ShDrugN", "医薬品名")] = None
    general_name: Annotated[str | None, Element("ShIngreN", "一般名")] = None
    amount: Annotated[str | None, Element("ShQua1", "使用量")] = None
    unit: Annotated[str | None, Element("ShUnit", "単位")] = None
    usage: Annotated[str | None, Element("ShUsageN", "用法")] = None
    instruction: Annotated[str | None, Element("ShSpInst", "特別指示")] = None
    times: Annotated[int | None, Element("ShTimes", "回数（日数）")] = None
    usage_class: Annotated[str | None, Element("ShUsageCl", "使用区分", limit=12)] = None


class PrescribedDay(Message, frozen=True, kw_only=True):
    """ShPrDateInf: one day on which was prescribed."""

    prescribed_on: Annotated[date, Element("ShPrDate", "処方年月日")]
    drugs: Annotated[tuple[PrescribedDrug, ...], Element("ShDrugInfs/ShDrugInf", "薬剤", shape=Shape.WRAPPED)] = ()


class PrescribedMonth(Message, frozen=True, kw_only=True):
    """ShPrMonthInf 処方情報: what one institution prescribed electronically in one month."""

    organisation: Annotated[str | None, Element("ShPrOrg", "点数表", limit=2)] = None
    institution_code: Annotated[str | None, Element("ShMeTrDiHCd", "医療機関等コード", limit=10)] = None
    institution: Annotated[str | None, Element("ShMeTrDiHNm", "医療機関等名称")] = None
    month: Annotated[YearMonth, Element("ShPrMonth", "処方年月")]
    prescriber_code: Annotated[str | None, Element("ShPrHCd", "処方医療機関コード", limit=10)] = None
    prescriber: Annotated[str | None, Element("ShPrHNm", "処方医療機関名称")] = None
    prescriber_kind: Annotated[str | None, Element("ShPrIsOrg", "処方機関区分", limit=2)] = None
    in_out: Annotated[str | None, Element("ShPrCl", "院内外区分", limit=2)] = None
    days: Annotated[tuple[PrescribedDay, ...], Element("ShPrDateInfs/ShPrDateInf", "日付", shape=Shape.WRAPPED)] = ()


# --- the message --------------------------------------------------------------------------------------------------


class DrugAnswer(Message, frozen=True, kw_only=True):
    """YZKsiquc01res 薬剤情報等閲覧結果. ``contents`` says in words what is missing; clients show it or pass it by."""

    facility: Annotated[FacilityCode, Element("MessageHeader/MedicalInstitutionCode", "医療機関コード")]
    file_identifier: Annotated[
        str | None,
        Element("MessageHeader/ArbitraryFileIdentifier", "任意のファイル識別子", limit=50, verbatim=True),
    ] = None
    result_code: Annotated[str, Element("MessageHeader/ResultCode", "処理結果コード", limit=4)] = DONE
    contents: Annotated[str | None, Element("MessageHeader/MessageContents", "メッセージ内容")] = None
    holder: Annotated[DrugHolder, Element("MessageHeader/QuaInf", "資格情報")]
    receipts: Annotated[
        tuple[ReceiptMonth, ...], Element("MessageBody/MeTrMonthInf", "レセプト由来の月", shape=Shape.REPEATED)
    ] = ()
    dispensed: Annotated[
        tuple[DispensedMonth, ...],
        Element("MessageBody/CzDiInf/CzDiMonthInf", "調剤情報の月", shape=Shape.WRAPPED),
    ] = ()
    prescribed: Annotated[
        tuple[PrescribedMonth, ...],
        Element("MessageBody/ShPrInf/ShPrMonthInf", "処方情報の月", shape=Shape.WRAPPED),
    ] = ()
