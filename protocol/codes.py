"""The code lists of eligibility messages, OQSCD001 to OQSCD044, as enumerations with Japanese and English labels.

A member is its own wire text (``QualificationValidity.VALID == "1"``). `Code.of` refuses what a list does not
have. `LISTS` has them all by number. Facts: reference clinic-interface 4, data-formats 1.5-1.6.
"""

from enum import StrEnum
from typing import ClassVar, Self

from protocol.errors import OnshiError, input_

LISTS: dict[int, tuple[type["Code"], ...]] = {}
"""Every code list by its OQSCD number. 042 depends on 041 and has one list for each of its values."""


class Code(StrEnum):
    """One code of a list: its wire text, its label in Japanese (``ja``) and English (``en``)."""

    ja: str
    en: str
    number: ClassVar[int]
    title_ja: ClassVar[str]
    title_en: ClassVar[str]

    def __new__(cls, value: str, ja: str = "", en: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.ja = ja
        member.en = en
        return member

    def __init_subclass__(cls, *, number: int, ja: str, en: str) -> None:
        super().__init_subclass__()
        cls.number = number
        cls.title_ja = ja
        cls.title_en = en
        LISTS[number] = (*LISTS.get(number, ()), cls)

    @classmethod
    def of(cls, text: str) -> Self:
        """The member with this wire text; raises `OnshiError` (INPUT-012) for a code that the list does not have."""
        try:
            return cls(text)
        except ValueError:
            raise OnshiError(input_.UNKNOWN_CODE, list=cls.list_name()) from None

    @classmethod
    def list_name(cls) -> str:
        """``OQSCDnnn``."""
        return f"OQSCD{cls.number:03d}"


class LimitConsent(Code, number=1, ja="限度額適用認定証提供同意フラグ", en="consent to hand out the limit certificate"):
    NOT_GIVEN = "0", "未同意", "not consented"
    GIVEN = "1", "同意", "consented"


class ReferenceClassification(Code, number=2, ja="照会区分", en="how the person was asked for"):
    CARD = "1", "マイナンバーカード", "My Number Card"
    INSURED_NUMBER = "2", "被保険者証情報", "insurance number data"


class SegmentOfResult(Code, number=3, ja="処理結果区分", en="result of the whole message"):
    NORMAL = "1", "正常終了", "finished"
    IN_PROGRESS = "2", "処理中", "in progress"
    FAILED = "9", "異常終了", "failed"


class ProcessingResultStatus(Code, number=4, ja="処理結果状況", en="result for the person"):
    NORMAL = "1", "正常終了", "finished"
    ERROR = "2", "エラー", "error"


class CharacterCode(Code, number=5, ja="文字コード識別", en="character encoding"):
    UTF_8 = "0", "UTF-8", "UTF-8"
    SHIFT_JIS = "1", "Shift_JIS", "Shift_JIS"


class QualificationValidity(Code, number=6, ja="資格有効性", en="validity of the coverage"):
    VALID = "1", "有効", "valid"
    INVALID = "2", "無効", "invalid"
    INVALID_NEWER_EXISTS = "3", "無効（新しい資格あり）", "invalid, a newer coverage exists"
    NONE = "4", "該当資格なし", "no such coverage"
    SEVERAL = "5", "複数該当", "fits several people"
    VALID_UNREGISTERED = "6", "有効（未登録）", "valid, ticket not registered (medical assistance)"


class Sex(Code, number=7, ja="性別", en="sex"):
    MALE = "1", "男", "male"
    FEMALE = "2", "女", "female"
    UNSET = "3", "未設定", "not set"


class ReasonOfLoss(Code, number=8, ja="資格喪失事由", en="why the coverage ended"):
    DEATH = "01", "死亡", "death"
    PUBLIC_ASSISTANCE = "02", "生活保護受給開始", "public assistance began"
    OTHER_INSURANCE = "03", "医療保険等の資格取得", "entered another insurance"
    OTHER = "99", "その他", "other"


class PersonalFamily(Code, number=9, ja="本人・家族の別", en="insured person or family"):
    INSURED = "1", "本人", "insured person"
    FAMILY = "2", "家族", "family member"


class CardClassification(Code, number=10, ja="被保険者証区分", en="kind of coverage"):
    GENERAL = "01", "被保険者証（一般）", "general"
    RETIRED = "02", "被保険者証（退職）", "retired"
    SHORT_GENERAL = "03", "短期被保険者証（一般）", "short-term, general"
    SHORT_RETIRED = "04", "短期被保険者証（退職）", "short-term, retired"
    SPECIAL_EXPENSES = "05", "特別療養費支給対象者", "pays in full, refunded later"
    SPECIAL_RETIRED = "06", "特例退職被保険者証", "special retired"
    SELF_DEFENCE = "07", "自衛官診療証", "Self-Defence Forces"
    MEDICAL_ASSISTANCE = "A1", "医療扶助", "medical assistance"


class LimitCertificate(Code, number=11, ja="限度額適用認定証区分", en="kind of limit certificate"):
    LIMIT = "01", "限度額適用認定証", "limit"
    LIMIT_AND_REDUCED = "02", "限度額適用・標準負担額減額認定証", "limit and reduced meal charge"
    REDUCED = "03", "標準負担額減額認定証", "reduced meal charge"


class LimitCategory(Code, number=12, ja="限度額適用認定証適用区分", en="limit category"):
    A01 = "A01", "ア", "under 70, A (highest income)"
    A02 = "A02", "イ", "under 70, I"
    A03 = "A03", "ウ", "under 70, U"
    A04 = "A04", "エ", "under 70, E"
    A05 = "A05", "オ", "under 70, O (low income)"
    A06 = "A06", "オ（境）", "under 70, O (borderline)"
    B01 = "B01", "現役並みⅢ", "70 and over, working income III"
    B02 = "B02", "現役並みⅡ", "70 and over, working income II"
    B03 = "B03", "現役並みⅠ", "70 and over, working income I"
    B04 = "B04", "一般", "70 and over, general"
    B05 = "B05", "低所得Ⅱ", "70 and over, low income II"
    B06 = "B06", "低所得Ⅰ", "70 and over, low income I"
    B07 = "B07", "低所得Ⅰ（老福）", "70 and over, low income I (welfare pension)"
    B08 = "B08", "低所得Ⅰ（境）", "70 and over, low income I (borderline)"
    B09 = "B09", "一般Ⅱ", "75 and over, general II"
    B10 = "B10", "一般Ⅰ", "75 and over, general I"


class SpecificDisease(Code, number=13, ja="特定疾病認定疾病区分", en="specific disease"):
    DIALYSIS = "1", "人工透析を必要とする慢性腎不全", "chronic renal failure with dialysis"
    HAEMOPHILIA = "2", "先天性血液凝固因子障害（第VIII・IX因子）", "congenital coagulation factor disorder"
    HIV = "3", "血液凝固因子製剤の投与に起因するHIV感染症", "HIV infection by coagulation factor products"


class LimitChanged(Code, number=14, ja="限度額情報変更有無", en="limit information changed"):
    NO = "0", "なし", "no"
    YES_OR_UNKNOWN = "1", "あり又は判定不能", "yes, or cannot be told"


class Preschool(Code, number=15, ja="未就学区分", en="pre-school child"):
    YES = "1", "未就学該当", "pre-school child"


class ViewingConsent(Code, number=16, ja="同意区分", en="consent to view"):
    NONE = "0", "なし", "none"
    GIVEN = "1", "あり", "given"
    EXPIRED = "2", "有効期限切れ", "expired"
    UNOBTAINABLE = "3", "取得困難", "could not be obtained"


class PrescriptionIssue(Code, number=17, ja="処方箋発行形態", en="form of prescription"):
    ELECTRONIC = "1", "電子処方箋", "electronic"
    PAPER = "2", "紙の処方箋", "paper"


class TicketType(Code, number=18, ja="医療券・調剤券別", en="kind of ticket"):
    MEDICAL = "01", "医療券", "medical ticket"
    DISPENSING = "02", "調剤券", "dispensing ticket"


class TreatmentType(Code, number=19, ja="診療別", en="kind of treatment"):
    INPATIENT = "01", "入院", "inpatient"
    OUTPATIENT = "02", "入院外", "outpatient"
    DENTAL = "03", "歯科", "dental"
    DISPENSING = "04", "調剤", "dispensing"
    HOME_NURSING = "05", "訪問看護", "home nursing"


class SingleOrCombined(Code, number=20, ja="単独・併用別", en="alone or beside insurance"):
    SINGLE = "01", "単独", "alone"
    COMBINED = "02", "併用", "combined"


class SocialInsurance(Code, number=21, ja="社会保険状況", en="has social insurance"):
    YES = "01", "あり", "yes"
    NO = "02", "なし", "no"


class Consistency(Code, number=22, ja="整合性フラグ", en="consistency with the insurance data"):
    INCONSISTENT = "1", "不整合あり", "inconsistent"


class InfectionLaw(Code, number=23, ja="感染症法第37条の2", en="article 37-2 of the infectious diseases act"):
    YES = "01", "あり", "yes"
    NO = "02", "なし", "no"


class ElderlyCare(Code, number=24, ja="後期高齢者医療", en="medical care of the elderly"):
    YES = "01", "あり", "yes"
    NO = "02", "なし", "no"


class PrefecturalExpenses(Code, number=25, ja="都道府県費", en="paid by the prefecture"):
    YES = "01", "あり", "yes"
    NO = "02", "なし", "no"


class DesignatedFacility(Code, number=26, ja="指定医療機関確認フラグ", en="is this the designated facility"):
    MATCHES = "0", "一致", "matches"
    DIFFERS = "1", "不一致", "differs"


class SamePerson(Code, number=27, ja="同一個人有無", en="same person exists"):
    YES = "1", "あり", "yes"


class MedicalTreatment(Code, number=28, ja="診療区分", en="setting of care"):
    OUTPATIENT = "1", "外来", "at the clinic"
    HOME_VISIT = "2", "訪問診療等", "home visit"
    ONLINE = "3", "オンライン診療等", "online care"
    EMERGENCY = "4", "救急時", "emergency"


class MedicalInformation(Code, number=29, ja="医療情報種別", en="kind of medical information"):
    CHECKUPS = "TKK", "特定健診情報", "health checkups"
    DRUGS = "YZK", "薬剤情報", "drugs"


class DrugDisplay(Code, number=30, ja="薬剤情報等の表示", en="show drugs"):
    HIDE = "0", "表示しない", "hide"
    SHOW = "1", "表示する", "show"


class ConsentEnded(Code, number=31, ja="同意有効期限切れ理由", en="why a consent ended"):
    BY_FORM_OF_CARE = "0", "診療形態による", "depends on the form of care"
    CANCELLED_BY_FACILITY = "1", "医療機関取消", "cancelled by the facility"
    CANCELLED_BY_PATIENT = "2", "患者取消", "cancelled by the patient"
    USE_CHANGED = "3", "用途変更", "use changed"


class CoverageChange(Code, number=32, ja="資格情報変更確認", en="coverage changed since"):
    MATCHES = "0", "一致", "matches"
    DIFFERS = "1", "不一致", "differs"


class UrlPurpose(Code, number=33, ja="URL取得区分", en="what an access URL is for"):
    HOME_VISIT = "2", "訪問診療等", "home visit"
    ONLINE = "3", "オンライン診療等", "online care"


class ImageFormat(Code, number=34, ja="形式", en="format of the picture"):
    PDF = "1", "PDF", "PDF"
    PNG = "2", "PNG", "PNG"


class ChangeOrder(Code, number=35, ja="変更有無", en="whether to change"):
    KEEP = "0", "変更しない", "keep"
    CHANGE = "1", "変更する", "change"


class ViewingKind(Code, number=36, ja="閲覧同意情報種別", en="what a consent covers"):
    SPECIFIC_DISEASES = "TSR", "特定疾病療養受療証情報", "specific disease certificates"
    CHECKUPS = "TKK", "特定健診情報", "health checkups"
    DRUGS = "YZK", "薬剤・処方情報", "drugs and prescriptions"
    TREATMENT = "SRJ", "診療・アレルギー・検査情報", "treatment, allergies, tests"
    OPERATIONS = "SHJ", "手術・傷病名・感染症情報", "operations, diagnoses, infections"


class UseSetting(Code, number=37, ja="利用設定", en="whether it is used"):
    OFF = "0", "利用しない", "not used"
    ON = "1", "利用する", "used"


class ElectronicPrescription(Code, number=38, ja="電子処方箋利用", en="use of electronic prescriptions"):
    OFF = "0", "利用しない", "not used"
    ELECTRONIC_ONLY = "1", "電子のみ", "electronic only"
    BOTH = "2", "併用", "both"
    PAPER_ONLY = "3", "紙のみ", "paper only"


class IssueTiming(Code, number=39, ja="発行形態選択タイミング", en="when the form of prescription is chosen"):
    LATER = "1", "資格確認時以外", "at another time"
    AT_CONFIRMATION = "2", "資格確認時", "at the confirmation"


class RequestPattern(Code, number=40, ja="情報要求パターン", en="what an emergency request asks for"):
    SUMMARY = "1", "救急用サマリー", "emergency summary"
    FULL = "2", "救急用全量版", "emergency, in full"
    PRESCRIPTIONS_AND_BOTH = "3", "電子処方箋と両方", "electronic prescriptions and both"
    DRUGS = "4", "現行薬剤", "drugs as usual"
    TREATMENT_AND_DRUGS = "5", "現行診療・薬剤", "treatment and drugs as usual"
    CHECKUPS = "6", "現行健診", "checkups as usual"


class Factor(Code, number=41, ja="二要素認証の要素", en="authentication factor"):
    MEMORY = "1", "記憶", "something known"
    BIOMETRIC = "2", "生体", "something one is"
    POSSESSION = "3", "物理", "something one has"


class MemoryFactor(Code, number=42, ja="二要素認証の方式（記憶）", en="method of a known factor"):
    PASSWORD = "01", "ID/パスワード", "id and password"
    PIN = "02", "PIN", "PIN"
    SECRET_QUESTION = "03", "秘密の質問", "secret question"


class BiometricFactor(Code, number=42, ja="二要素認証の方式（生体）", en="method of a biometric factor"):
    FINGERPRINT = "01", "指紋", "fingerprint"
    FACE = "02", "顔", "face"
    VOICE = "03", "音声", "voice"
    VEIN = "04", "静脈", "vein"
    IRIS = "05", "虹彩", "iris"


class PossessionFactor(Code, number=42, ja="二要素認証の方式（物理）", en="method of a factor one has"):
    IC_CARD = "01", "ICカード", "IC card"
    ONE_TIME_PASSWORD = "02", "ワンタイムパスワード", "one-time password"
    OTHER = "03", "その他", "other"


class EmergencyViewing(Code, number=43, ja="救急時閲覧権限", en="right to view in an emergency"):
    NO = "0", "無", "no"
    YES = "1", "有", "yes"


class LinkedSystem(Code, number=44, ja="連携システムID", en="linked system"):
    MEDICAL_SUBSIDY = "01", "医療費助成", "medical expense subsidy"
    MOTHER_AND_CHILD = "2", "母子保健", "mother and child health"
    VACCINATION = "4", "予防接種", "vaccination"
    LONG_TERM_CARE = "8", "介護保険", "long-term care insurance"
