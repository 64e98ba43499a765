"""What stands where in the four documents of a submission: one definition, from which reader and pages come.

The items of a result are not here (`items`), nor what values must have to do with each other (`coherence`,
`totals`). Facts: reference data-formats 3.1; order and value constraints of ix08, su08, cc08 and hc08.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial

MHLW = "https://www.mhlw.go.jp/stf/seisakunitsuite/bunya/0000161103.html"
HL7 = "urn:hl7-org:v3"


class Rule(Enum):
    """How a value is written: label for the pages, pattern ("" where the rule is a type of its own)."""

    TEXT = ("text", r"[\s\S]*\S[\s\S]*")
    DATE = ("YYYYMMDD", r"[0-9]{8}")
    INSURER = ("8 digits, zeros in front, check digit", r"[0-9]{8}")
    FACILITY = ("10 digits, check digit", r"[0-9]{10}")
    PARTY = ("insurer 8, facility 10, agency 8, municipality 6 digits", r"[0-9]{6}|[0-9]{8}|[0-9]{10}")
    SYMBOL = ("at most 20 characters", r"[\s\S]{1,20}")
    NUMBER = ("1 to 20 characters", r"[\s\S]{1,20}")
    BRANCH = ("2 digits", r"[0-9]{2}")
    CARD = ("11 digits", r"[0-9]{11}")
    COUNT = ("at most 8 digits", r"[0-9]{1,8}")
    YEN = ("at most 9 digits", r"[0-9]{1,9}")
    YEN_6 = ("6 digits", r"[0-9]{6}")
    POSTAL = ("NNN-NNNN", r"[0-9]{3}-[0-9]{4}")
    CODE = ("code", r"\S+")

    def __init__(self, label: str, pattern: str) -> None:
        self.label = label
        self.pattern = pattern


SEX = {"1": ("男", "male"), "2": ("女", "female")}
KINDS = {
    "1": ("特定健診", "specific checkup"),
    "2": ("特定保健指導", "health guidance"),
    "3": ("国への実績報告", "report to the state"),
    "4": ("他の健診結果の受領分", "results of other checkups"),
    "5": ("国への実績報告（匿名化前）", "report to the state, named"),
    **{str(code): ("その他", "other") for code in range(6, 10)},
}
INTERACTIONS = {
    "1": ("健診機関から代行機関", "facility to agency"),
    "2": ("代行機関から健診機関", "agency to facility"),
    "3": ("代行機関から保険者", "agency to insurer"),
    "4": ("保険者から代行機関（未決済）", "insurer to agency, unsettled"),
    "5": ("保険者から代行機関（決済済）", "insurer to agency, settled"),
    "6": ("健診機関から保険者", "facility to insurer"),
    "7": ("保険者から健診機関", "insurer to facility"),
    "8": ("保険者から保険者", "insurer to insurer"),
    **{str(code): ("その他", "other") for code in range(9, 21)},
}
REPORTS = {
    "10": ("特定健診", "specific checkup"),
    "19": ("削除依頼", "request to delete"),
    **{str(code): ("特定保健指導", "health guidance") for code in range(21, 26)},
    "30": ("国への実施結果報告", "report to the state"),
    "40": ("他の健診", "other checkup"),
    "41": ("事業者健診", "employer's checkup"),
    "42": ("自治体健診", "municipal checkup"),
    **{str(code): ("その他", "other") for code in (43, 44, 49, 60, 70, 80, *range(90, 100))},
}
PROGRAMS = {
    "000": ("不明", "unknown"),
    "010": ("特定健診", "specific checkup"),
    "020": ("広域連合の保健事業", "checkup for 75 and over"),
    "030": ("事業者健診", "employer's checkup"),
    "040": ("学校健診", "school checkup"),
    "060": ("がん検診", "cancer screening"),
    "090": ("肝炎検診", "hepatitis screening"),
    "990": ("その他", "other"),
    "100": ("特定保健指導", "health guidance"),
}
CLAIM_TYPES = {
    "1": ("基本", "basic"),
    "2": ("基本と詳細", "basic and detailed"),
    "3": ("基本と追加", "basic and added"),
    "4": ("基本と詳細と追加", "basic, detailed and added"),
    "5": ("人間ドック", "full checkup"),
}
COMMISSIONS = {"1": ("個別", "single"), "2": ("集団", "group")}
CHARGES = {
    "1": ("負担なし", "none"),
    "2": ("定額", "amount"),
    "3": ("定率", "rate"),
    "4": ("保険者の上限額", "up to the insurer's limit"),
}
CARDS = {"1": ("受診券", "checkup card"), "2": ("利用券", "guidance card")}


@dataclass(frozen=True, slots=True)
class Value:
    """One value. ``path``: elements below the root; ``attribute``: "" is the text of the element itself.

    ``pick``: the element is chosen among its brothers by this root (after the ministry's OID; a point at the end:
    any root below). ``systems``: what root or codeSystem may be, the same way. ``first``: several may stand, the first
    is read. ``personal``: names or numbers a person, never told.
    """

    name: str
    path: str
    ja: str
    rule: Rule
    attribute: str = "value"
    required: bool = True
    personal: bool = False
    pick: str = ""
    systems: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, str]] | None = None
    first: bool = False

    @property
    def en(self) -> str:
        """The English label."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Layout:
    """A document: root element, namespace, values; ``order``: its children in their order, () where any may stand."""

    ja: str
    en: str
    root: str
    namespace: str
    values: tuple[Value, ...]
    order: tuple[str, ...] = ()


_id = partial(Value, attribute="extension")
_code = partial(Value, rule=Rule.CODE, attribute="code")
_person = partial(Value, attribute="extension", personal=True)

INDEX = Layout(
    "交換用基本情報",
    "index",
    "index",
    MHLW,
    (
        _code("interaction", "interactionType", "種別", codes=INTERACTIONS),
        Value("created", "creationTime", "作成日", Rule.DATE),
        _id("sender", "sender/id", "送付元", Rule.PARTY, systems=("101", "102", "103")),
        _id("receiver", "receiver/id", "送付先", Rule.PARTY, systems=("101", "102", "103", "105"), required=False),
        _code("kind", "serviceEventType", "実施区分", codes=KINDS),
        Value("records", "totalRecordCount", "総ファイル数", Rule.COUNT),
    ),
    ("interactionType", "creationTime", "sender", "receiver", "serviceEventType", "totalRecordCount"),
)
SUMMARY = Layout(
    "集計情報",
    "summary",
    "summary",
    MHLW,
    (
        _code("kind", "serviceEventType", "実施区分", codes=KINDS),
        Value("subjects", "totalSubjectCount", "受診者数", Rule.COUNT),
        Value("cost", "totalCostAmount", "健診費用の合計", Rule.YEN),
        Value("paid", "totalPaymentAmount", "窓口負担の合計", Rule.YEN),
        Value("other", "totalPaymentByOtherProgram", "他の健診による負担の合計", Rule.YEN, required=False),
        Value("claimed", "totalClaimAmount", "請求額の合計", Rule.YEN),
    ),
    (
        "serviceEventType",
        "totalSubjectCount",
        "totalCostAmount",
        "totalPaymentAmount",
        "totalPaymentByOtherProgram",
        "totalClaimAmount",
    ),
)
_ROLE = "recordTarget/patientRole"
_EVENT = "documentationOf/serviceEvent"
RESULT = Layout(
    "健診結果",
    "result",
    "ClinicalDocument",
    HL7,
    (
        Value("document_type", "typeId", "文書の種類", Rule.CODE, "extension", codes={"POCD_HD000040": ("CDA", "CDA")}),
        _code("report", "code", "報告区分", systems=("1001",), codes=REPORTS),
        Value("created", "effectiveTime", "ファイル作成日", Rule.DATE),
        _person("insurer", f"{_ROLE}/id", "保険者番号", Rule.INSURER, pick="101"),
        _person("symbol", f"{_ROLE}/id", "被保険者証記号", Rule.SYMBOL, pick="204", required=False),
        _person("number", f"{_ROLE}/id", "被保険者証番号", Rule.NUMBER, pick="205"),
        _person("branch", f"{_ROLE}/id", "枝番", Rule.BRANCH, pick="211", required=False),
        Value("postal_code", f"{_ROLE}/addr/postalCode", "郵便番号", Rule.POSTAL, "", required=False, personal=True),
        Value("name", f"{_ROLE}/patient/name", "氏名", Rule.TEXT, "", personal=True),
        _code("sex", f"{_ROLE}/patient/administrativeGenderCode", "男女", systems=("1104",), codes=SEX, personal=True),
        Value("birth", f"{_ROLE}/patient/birthTime", "生年月日", Rule.DATE, personal=True),
        _id(
            "author",
            "author/assignedAuthor/representedOrganization/id",
            "作成機関",
            Rule.PARTY,
            systems=("101", "102", "103"),
        ),
        _id(
            "card",
            "participant/associatedEntity/id",
            "受診券番号",
            Rule.CARD,
            pick="209.",
            required=False,
            personal=True,
        ),
        Value("card_until", "participant/time/high", "受診券の有効期限", Rule.DATE, required=False, first=True),
        _code("program", f"{_EVENT}/code", "プログラム種別", systems=("1002",), codes=PROGRAMS, first=True),
        Value("day", f"{_EVENT}/effectiveTime", "実施日", Rule.DATE, first=True),
        _id(
            "facility",
            f"{_EVENT}/performer/assignedEntity/representedOrganization/id",
            "実施機関",
            Rule.FACILITY,
            systems=("102",),
            first=True,
        ),
    ),
)
_SUBJECT = "subjectPerson"
_CARD = f"{_SUBJECT}/insuranceCard"
CLAIM = Layout(
    "決済情報",
    "claim",
    "checkupClaim",
    MHLW,
    (
        _code("kind", "encounter/serviceEventType", "実施区分", codes=KINDS),
        _id("facility", f"{_SUBJECT}/performerOrganization/id", "実施機関", Rule.FACILITY, systems=("102",)),
        _person("insurer", f"{_CARD}/insurerNumber", "保険者番号", Rule.INSURER, systems=("101",)),
        _person("symbol", f"{_CARD}/symbol", "被保険者証記号", Rule.SYMBOL, systems=("204",), required=False),
        _person("number", f"{_CARD}/number", "被保険者証番号", Rule.NUMBER, systems=("205",)),
        _person("branch", f"{_CARD}/branchCode", "枝番", Rule.BRANCH, systems=("211",), required=False),
        Value("name", f"{_SUBJECT}/name", "氏名", Rule.TEXT, "", personal=True),
        Value("postal_code", f"{_SUBJECT}/addr/postalCode", "郵便番号", Rule.POSTAL, "", required=False, personal=True),
        Value("birth", f"{_SUBJECT}/birthTime", "生年月日", Rule.DATE, personal=True),
        _code("sex", f"{_SUBJECT}/administrativeGender", "男女", codes=SEX, personal=True),
        _person("card", "checkupCard/id", "受診券番号", Rule.CARD, systems=("209",), required=False),
        Value("card_until", "checkupCard/effectiveTime/high", "受診券の有効期限", Rule.DATE, required=False),
        _code("charge_basic", "checkupCard/chargeTypeBasic", "窓口負担（基本）", codes=CHARGES, required=False),
        _code("claim_type", "settlement/claimType", "請求区分", codes=CLAIM_TYPES),
        _code("commission", "settlement/commissionType", "委託料単価区分", codes=COMMISSIONS),
        Value("price_basic", "settlement/unitPriceBasic/amount", "単価（基本）", Rule.YEN_6, required=False),
        Value("cost", "settlement/unitAmount", "単価の合計", Rule.YEN),
        Value("paid", "settlement/paymentAmount", "窓口負担", Rule.YEN),
        Value("other", "settlement/paymentByOtherProgram", "他の健診による負担", Rule.YEN, required=False),
        Value("claimed", "settlement/claimAmount", "請求額", Rule.YEN),
    ),
    (
        "encounter",
        "subjectPerson",
        "checkupCard",
        "settlement",
        "agencyAdjudicationResult",
        "insurerAdjudicationResult",
    ),
)
LAYOUTS = (INDEX, SUMMARY, RESULT, CLAIM)
