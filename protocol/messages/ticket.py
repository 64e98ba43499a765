"""MedicalTicketInfo: one ticket of 医療扶助 inside an eligibility result. Facts: reference clinic-interface 3.4."""

from datetime import date
from typing import Annotated

from protocol import codes
from protocol.messages.definition import Element, Message
from protocol.numbers import YearMonth, Yen


class MedicalTicket(Message, frozen=True, kw_only=True):
    """MedicalTicketInfo 医療券・調剤券情報. ``infection_law`` is spelt StatusOfInfecton on the wire."""

    ticket_type: Annotated[codes.TicketType | None, Element("TicketType", "医療券・調剤券別")] = None
    valid_from: Annotated[date | None, Element("MedicalTicketValidDate", "有効開始年月日")] = None
    valid_until: Annotated[date | None, Element("MedicalTicketExpirationDate", "有効終了年月日")] = None
    issue_number: Annotated[str | None, Element("IssueNumber", "交付番号")] = None
    month: Annotated[YearMonth | None, Element("MedicalTreatmentMonth", "診療年月")] = None
    designated_code: Annotated[str | None, Element("DesignatedMedicalInstitutionCode", "指定医療機関コード")] = None
    designated: Annotated[
        codes.DesignatedFacility | None, Element("DesignatedMedicalInstitutionFlag", "指定医療機関確認フラグ")
    ] = None
    designated_name: Annotated[str | None, Element("DesignatedMedicalInstitutionName", "指定医療機関名")] = None
    issuer_code: Annotated[
        str | None, Element("PrescriptionIssuerMedicalInstitutionCode", "処方箋発行元医療機関コード")
    ] = None
    issuer_name: Annotated[
        str | None, Element("PrescriptionIssuerMedicalInstitutionName", "処方箋発行元医療機関名")
    ] = None
    injury1: Annotated[str | None, Element("InjuryName1", "傷病名1")] = None
    injury2: Annotated[str | None, Element("InjuryName2", "傷病名2")] = None
    injury3: Annotated[str | None, Element("InjuryName3", "傷病名3")] = None
    treatment: Annotated[codes.TreatmentType | None, Element("MedicalTreatmentType", "診療別")] = None
    self_pay: Annotated[Yen | None, Element("SelfPayAmount", "本人支払額")] = None
    district_contact: Annotated[str | None, Element("DistrictContactName", "地区担当員名")] = None
    handling_contact: Annotated[str | None, Element("HandlingContactName", "取扱担当者名")] = None
    single_or_combined: Annotated[codes.SingleOrCombined | None, Element("SingleOrCombinedUse", "単独・併用別")] = None
    social_insurance: Annotated[codes.SocialInsurance | None, Element("StatusOfSocialInsurance", "社会保険状況")] = None
    consistency: Annotated[codes.Consistency | None, Element("ConsistencyFlag", "整合性フラグ")] = None
    infection_law: Annotated[codes.InfectionLaw | None, Element("StatusOfInfecton", "感染症法第37条の2該当状況")] = None
    elderly_care: Annotated[
        codes.ElderlyCare | None, Element("StatusOfElderlyMedicalCare", "後期高齢者医療該当状況")
    ] = None
    prefectural_expenses: Annotated[
        codes.PrefecturalExpenses | None, Element("StatusOfPrefecturalExpenses", "都道府県費該当状況")
    ] = None
    remarks1: Annotated[str | None, Element("Remarks1", "備考1")] = None
    remarks2: Annotated[str | None, Element("Remarks2", "備考2")] = None
    remarks3: Annotated[str | None, Element("Remarks3", "備考3")] = None
