"""Code lists of receipts with Japanese and English labels; who bears a line; a receipt type in words.

Not the lists of eligibility messages (`protocol.codes`). A closed list refuses other codes; an open one only
gives labels, because its codes grow with every revision. Facts: reference data-formats 1.1, 2.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """One list. ``labels``: code → (Japanese, English). ``step``: a field holds several codes of this many digits."""

    ja: str
    labels: Mapping[str, tuple[str, str]]
    closed: bool = False
    step: int = 0

    def meaning(self, value: str) -> tuple[str, str] | None:
        """The labels of a value, joined where the field holds several codes; None where none is known."""
        codes = [value[at : at + self.step] for at in range(0, len(value), self.step)] if self.step else [value]
        found = [self.labels[code] for code in codes if code in self.labels]
        if not found:
            return None
        return "・".join(ja for ja, _ in found), ", ".join(en for _, en in found)


AGENCIES = CodeList("審査支払機関", {"1": ("支払基金", "SSK"), "2": ("国保連合会", "KOKUHO federation")}, closed=True)
TABLES = CodeList(
    "点数表",
    {
        "1": ("医科", "medical"),
        "3": ("歯科", "dental"),
        "4": ("調剤", "dispensing"),
        "5": ("老人保健施設", "health facility for the elderly"),
        "6": ("訪問看護", "home nursing"),
        "B": ("介護医療院", "integrated care facility"),
    },
)
SEXES = CodeList("男女区分", {"1": ("男", "male"), "2": ("女", "female")}, closed=True)
PREFECTURES = CodeList(
    "都道府県",
    {
        f"{number:02d}": names
        for number, names in enumerate(
            (
                ("北海道", "Hokkaido"), ("青森", "Aomori"), ("岩手", "Iwate"), ("宮城", "Miyagi"), ("秋田", "Akita"),
                ("山形", "Yamagata"), ("福島", "Fukushima"), ("茨城", "Ibaraki"), ("栃木", "Tochigi"),
                ("群馬", "Gunma"), ("埼玉", "Saitama"), ("千葉", "Chiba"), ("東京", "Tokyo"), ("神奈川", "Kanagawa"),
                ("新潟", "Niigata"), ("富山", "Toyama"), ("石川", "Ishikawa"), ("福井", "Fukui"),
                ("山梨", "Yamanashi"), ("長野", "Nagano"), ("岐阜", "Gifu"), ("静岡", "Shizuoka"), ("愛知", "Aichi"),
                ("三重", "Mie"), ("滋賀", "Shiga"), ("京都", "Kyoto"), ("大阪", "Osaka"), ("兵庫", "Hyogo"),
                ("奈良", "Nara"), ("和歌山", "Wakayama"), ("鳥取", "Tottori"), ("島根", "Shimane"),
                ("岡山", "Okayama"), ("広島", "Hiroshima"), ("山口", "Yamaguchi"), ("徳島", "Tokushima"),
                ("香川", "Kagawa"), ("愛媛", "Ehime"), ("高知", "Kochi"), ("福岡", "Fukuoka"), ("佐賀", "Saga"),
                ("長崎", "Nagasaki"), ("熊本", "Kumamoto"), ("大分", "Oita"), ("宮崎", "Miyazaki"),
                ("鹿児島", "Kagoshima"), ("沖縄", "Okinawa"),
            ),
            start=1,
        )
    } | {"99": ("架空", "nowhere (synthetic)")},
)  # fmt: skip
CATEGORIES = CodeList(
    "診療識別",
    {
        "01": ("全体", "whole receipt"),
        "11": ("初診", "first visit"),
        "12": ("再診", "revisit"),
        "13": ("医学管理", "medical management"),
        "14": ("在宅", "home care"),
        "21": ("内服", "oral drugs"),
        "22": ("屯服", "drugs taken as needed"),
        "23": ("外用", "external drugs"),
        "24": ("調剤", "dispensing"),
        "25": ("処方", "prescribing"),
        "26": ("麻毒", "narcotics and poisons"),
        "27": ("調基", "basic dispensing fee"),
        "28": ("投薬その他", "other medication"),
        "31": ("皮下筋注", "subcutaneous or intramuscular injection"),
        "32": ("静注", "intravenous injection"),
        "33": ("注射その他", "other injection"),
        "39": ("薬剤料減点", "reduction of the drug charge"),
        "40": ("処置", "procedures"),
        "50": ("手術", "operation"),
        "54": ("麻酔", "anaesthesia"),
        "60": ("検査病理", "tests and pathology"),
        "70": ("画像", "imaging"),
        "80": ("その他", "other"),
        "90": ("入院基本", "basic inpatient fee"),
        "92": ("特定入院", "specific inpatient fee"),
        "97": ("食事・生活", "meals and living"),
        "99": ("全体", "remarks on the whole"),
    },
)
PAYER_KINDS = CodeList(
    "負担者種別",
    {
        "1": ("医療保険", "health insurance"),
        "2": ("第一公費", "first public payer"),
        "3": ("第二公費", "second public payer"),
        "4": ("第三公費", "third public payer"),
        "5": ("第四公費", "fourth public payer"),
    },
    closed=True,
)
BEARERS: Mapping[str, frozenset[int]] = {
    code: frozenset(map(int, payers))
    for code, payers in {
        "1": "0", "5": "1", "6": "2", "B": "3", "C": "4", "2": "01", "3": "02", "E": "03", "G": "04", "7": "12",
        "H": "13", "I": "14", "J": "23", "K": "24", "L": "34", "4": "012", "M": "013", "N": "014", "O": "023",
        "P": "024", "Q": "034", "R": "123", "S": "124", "T": "134", "U": "234", "V": "0123", "W": "0124",
        "X": "0134", "Y": "0234", "Z": "1234", "9": "01234",
    }.items()
}  # fmt: skip
"""負担区分 → who bears the line: 0 the health insurance, 1 to 4 the public payers in their order."""
BURDENS = CodeList(
    "負担区分",
    {
        code: (
            "+".join("医保" if one == 0 else f"公{one}" for one in sorted(payers)),
            " + ".join("insurance" if one == 0 else f"public payer {one}" for one in sorted(payers)),
        )
        for code, payers in BEARERS.items()
    },
    closed=True,
)
CONFIRMATIONS = CodeList(
    "確認区分",
    {
        "01": ("窓口等で確認", "confirmed at the desk"),
        "02": ("請求後 変更なし", "after the claim: unchanged"),
        "03": ("請求後 確認不能", "after the claim: could not be confirmed"),
        "04": ("請求後 振替", "after the claim: moved to the right insurer"),
        "05": ("請求後 分割", "after the claim: split between insurers"),
        "06": ("請求後 資格喪失（記載保険者へ請求）", "after the claim: coverage lost, claimed as written"),
        "07": ("請求後 資格喪失（証回収後）", "after the claim: coverage lost, card already returned"),
        "08": ("請求後 資格喪失（死亡）", "after the claim: coverage lost by death"),
        "09": ("請求後 枝番特定", "after the claim: branch found"),
        "11": ("保険者請求後 振替", "after the insurer's claim: moved to the right insurer"),
        "12": ("保険者請求後 分割", "after the insurer's claim: split between insurers"),
        "13": ("保険者請求後 変更不能", "after the insurer's claim: cannot be changed"),
        "14": ("保険者請求後 枝番特定", "after the insurer's claim: branch found"),
    },
)
VISITS = CodeList(
    "受診等区分",
    {
        "1": ("実日数に数える", "counts as a day"),
        "2": ("実日数に数えない", "does not count as a day"),
        "9": ("算定日情報と不一致", "disagrees with the day columns"),
    },
    closed=True,
)
DESK_PAYMENTS = CodeList(
    "窓口負担額区分",
    {
        "00": ("高額療養費の現物給付なし", "no ceiling applied at the desk"),
        "01": ("高額療養費の現物給付あり", "ceiling applied at the desk"),
    },
)
OUTCOMES = CodeList(
    "転帰",
    {
        "1": ("継続", "continues"),
        "2": ("治ゆ", "healed"),
        "3": ("死亡", "died"),
        "4": ("中止・転医", "stopped or moved"),
    },
)
SPECIAL_NOTES = CodeList(
    "特記事項",
    {
        "01": ("公", "public payer"), "02": ("長", "long-term disease"), "03": ("長処", "long-term prescription"),
        "04": ("後保", "supplementary"), "07": ("老併", "elderly, combined"), "08": ("老健", "elderly facility"),
        "09": ("施", "facility"), "10": ("第三", "caused by a third party"), "11": ("薬治", "drug trial"),
        "12": ("器治", "device trial"), "13": ("先進", "advanced medical care"), "14": ("制超", "over the limit"),
        "16": ("長２", "long-term disease, higher limit"), "20": ("二割", "20 per cent"), "21": ("高半", "half limit"),
        "22": ("多上", "frequent, upper"), "25": ("出産", "childbirth"), "26": ("区ア", "limit A"),
        "27": ("区イ", "limit I"), "28": ("区ウ", "limit U"), "29": ("区エ", "limit E"), "30": ("区オ", "limit O"),
        "31": ("多ア", "frequent, limit A"), "32": ("多イ", "frequent, limit I"), "33": ("多ウ", "frequent, limit U"),
        "34": ("多エ", "frequent, limit E"), "35": ("多オ", "frequent, limit O"),
        "36": ("加治", "regenerative product trial"), "37": ("申出", "patient-requested care"),
        "38": ("医併", "medical, combined"), "39": ("医療", "medical"), "40": ("加算", "addition"),
        "41": ("区カ", "limit KA (20 per cent)"), "42": ("区キ", "limit KI (10 per cent)"),
        "43": ("多カ", "frequent, limit KA"), "44": ("多キ", "frequent, limit KI"), "96": ("災１", "disaster 1"),
        "97": ("災２", "disaster 2"),
    },
    step=2,
)  # fmt: skip
BURDEN_CLASSES = CodeList(
    "一部負担金区分",
    {
        "1": ("低所得（70歳以上は低所得Ⅱ）", "low income (70 and over: II)"),
        "2": ("低所得 90日超", "low income, over 90 days"),
        "3": ("低所得Ⅰ", "low income I"),
        "4": ("低所得Ⅰ（老福）", "low income I, welfare pension"),
    },
)
REDUCTIONS = CodeList(
    "減免区分", {"1": ("減額", "reduced"), "2": ("免除", "waived"), "3": ("支払猶予", "payment deferred")}
)
DUTIES = CodeList(
    "職務上の事由",
    {
        "1": ("職務上", "at work"),
        "2": ("下船後３月", "within 3 months of leaving ship"),
        "3": ("通勤災害", "on the way to work"),
    },
)
FORMS = CodeList(
    "剤形",
    {
        "1": ("内服", "oral"),
        "2": ("内滴", "oral drops"),
        "3": ("屯服", "as needed"),
        "4": ("注射", "injection"),
        "5": ("外用", "external"),
        "6": ("浸煎", "infusion"),
        "7": ("湯", "decoction"),
        "9": ("材料", "material"),
    },
    closed=True,
)
MIXTURES = CodeList(
    "混合区分",
    {
        "1": ("計量混合", "measured mixture"),
        "2": ("自家製剤", "made in the pharmacy"),
        "3": ("無菌製剤", "sterile preparation"),
    },
)
_TIMES = {
    "001": ("１日３回食前", "3 times a day before meals"),
    "002": ("１日３回食間", "3 times a day between meals"),
    "003": ("１日３回食後", "3 times a day after meals"),
    "004": ("１日１回朝", "once a day, morning"),
    "005": ("１日１回朝食前", "once a day before breakfast"),
    "006": ("１日１回朝食後", "once a day after breakfast"),
    "007": ("１日１回昼", "once a day, noon"),
    "008": ("１日１回昼食前", "once a day before lunch"),
    "009": ("１日１回昼食後", "once a day after lunch"),
    "010": ("１日１回夕", "once a day, evening"),
    "011": ("１日１回夕食前", "once a day before dinner"),
    "012": ("１日１回夕食後", "once a day after dinner"),
    "013": ("１日１回就寝前", "once a day at bedtime"),
    "014": ("授乳時", "when nursing"),
    "021": ("１日４回食後寝前", "4 times a day after meals and at bedtime"),
    "047": ("１日４回食前寝前", "4 times a day before meals and at bedtime"),
    "048": ("起床時", "on rising"),
    "900": ("未コード化用法", "written in words"),
}
_TWICE = {
    f"{first + after:03d}": (f"１日２回{kanji}食{'後' if after else '前'}", f"twice a day {word} {meals}")
    for first, kanji, meals in (
        (15, "朝昼", "breakfast and lunch"),
        (17, "朝夕", "breakfast and dinner"),
        (19, "昼夕", "lunch and dinner"),
    )
    for after, word in ((0, "before"), (1, "after"))
}
_BEDTIME = {
    f"{first + after:03d}": (
        f"１日{count}回{kanji}食{'後' if after else '前'}寝前",
        f"{word} {meals} and at bedtime",
    )
    for first, count, kanji, meals in (
        (35, "２", "朝", "breakfast"),
        (37, "２", "昼", "lunch"),
        (39, "２", "夕", "dinner"),
        (41, "３", "朝昼", "breakfast, lunch"),
        (43, "３", "朝夕", "breakfast, dinner"),
        (45, "３", "昼夕", "lunch, dinner"),
    )
    for after, word in ((0, "before"), (1, "after"))
}
_HOURLY = {
    f"{21 + hours:03d}": (
        f"毎{str(hours).translate(str.maketrans('0123456789', '０１２３４５６７８９'))}時間",
        f"every {hours} h",
    )
    for hours in range(1, 13)
} | {"034": ("毎２４時間", "every 24 h")}
USAGES = CodeList("用法", dict(sorted((_TIMES | _TWICE | _BEDTIME | _HOURLY).items())))
UNCODED_USAGE = "900"

_TYPE_PAYER = {
    "1": ("医保・国保", "health insurance"),
    "2": ("公費", "public payer only"),
    "3": ("後期高齢者", "late elderly"),
    "4": ("退職者", "retired"),
}
_TYPE_PERSON = {
    "1": ("本人 入院", "insured person, inpatient"),
    "2": ("本人 入院外", "insured person, outpatient"),
    "3": ("未就学者 入院", "pre-school child, inpatient"),
    "4": ("未就学者 入院外", "pre-school child, outpatient"),
    "5": ("家族 入院", "family, inpatient"),
    "6": ("家族 入院外", "family, outpatient"),
    "7": ("高齢受給者一般 入院", "elderly, general, inpatient"),
    "8": ("高齢受給者一般 入院外", "elderly, general, outpatient"),
    "9": ("高齢受給者７割 入院", "elderly with working income, inpatient"),
    "0": ("高齢受給者７割 入院外", "elderly with working income, outpatient"),
}


def receipt_type(code: str) -> tuple[str, str] | None:
    """レセプト種別 in words; None for a code that is none."""
    if len(code) != 4 or code[1] not in _TYPE_PAYER or code[2] not in "12345" or code[3] not in _TYPE_PERSON:
        return None
    table = TABLES.labels.get(code[0], ("", ""))
    payer, person = _TYPE_PAYER[code[1]], _TYPE_PERSON[code[3]]
    others = int(code[2]) - (code[1] != "2")
    ja = f"公費{others}種" if others else "単独"
    en = f"{others} public payer{'s' if others > 1 else ''}" if others else "alone"
    if code[0] == "4":
        person = (person[0].split(" ")[0], person[1].split(", ")[0])
    return " ".join((table[0], payer[0], ja, person[0])), ", ".join((table[1], payer[1], en, person[1]))
