"""調剤: the records of a pharmacy's receipt. Facts: reference data-formats 2.5 (令和8年6月版).

Widths that the reference does not give are generous; positions are certain. Split dispensing (分割調剤, ST) and the
reduction of the drug charge have rules that are not public to us: such receipts are read, their totals not added up.
"""

from dataclasses import replace

from central.receipts import codes, common
from central.receipts.layout import (
    Field,
    RecordType,
    alnum,
    day,
    decimal,
    either,
    kanji,
    month,
    number,
    reserve,
)

PHARMACY = RecordType(
    "YK",
    "薬局情報",
    "pharmacy",
    (
        common.AGENCY,
        common.PREFECTURE,
        common.TABLE,
        replace(common.INSTITUTION, ja="薬局コード"),
        kanji("institution_name", "薬局名称", 40),
        common.CLAIM_MONTH,
        common.VOLUME,
        common.TELEPHONE,
    ),
    stage=common.HEADER,
)
COMMON = RecordType(
    "RE",
    "レセプト共通",
    "receipt",
    (
        common.NUMBER,
        common.RECEIPT_TYPE,
        month("month", "調剤年月", required=True),
        common.PATIENT_NAME,
        common.SEX,
        day("birth_date", "生年月日", required=True, personal=True),
        common.BENEFIT_RATIO,
        common.SPECIAL_NOTES,
        number("prescriber_prefecture", "処方元 都道府県", 2, fixed=True, codes=codes.PREFECTURES),
        alnum("prescriber_table", "処方元 点数表", 1, fixed=True, codes=codes.TABLES),
        number("prescriber_institution", "処方元 医療機関コード", 7, fixed=True),
        either("prescriber_name", "処方元 名称", 100),
        either("prescriber_address", "処方元 所在地", 200),
        *(either(f"doctor_{serial}", f"保険医氏名{serial}", 40, personal=True) for serial in range(1, 21)),
        either("narcotics_licence", "麻薬免許番号", 20, personal=True),
        either("chart", "調剤録番号等", 20, personal=True),
        reserve(1),
        common.SEARCH_NUMBER,
        reserve(2),
        common.CLAIM_NOTE,
        number("burden_class", "一部負担金区分", 1, codes=codes.BURDEN_CLASSES),
        common.KANA_NAME,
    ),
    stage=common.RECEIPT,
)
INSURANCE = RecordType(
    "HO",
    "保険者",
    "insurance",
    (
        common.INSURER,
        common.SYMBOL,
        common.INSURED_NUMBER,
        number("days", "処方箋受付回数", 2, required=True),
        common.POINTS,
        reserve(1),
        common.DUTY,
        common.CERTIFICATE,
        number("desk_amount", "一部負担金額", 8),
        reserve(2),
        *common.REDUCTION,
    ),
    stage=common.PAYER,
    most=1,
)
PUBLIC = RecordType(
    "KO",
    "公費",
    "public payer",
    (
        common.PUBLIC_PAYER,
        common.RECIPIENT,
        common.OPTIONAL_BENEFIT,
        number("days", "処方箋受付回数", 2),
        number("points", "合計点数", 8),
        reserve(1),
        number("desk_amount", "一部負担金額", 8),
        reserve(2),
        number("public_share", "公費給付対象一部負担金", 8),
    ),
    stage=common.PAYER,
    most=4,
)
PRESCRIPTION = RecordType(
    "SH",
    "処方基本",
    "prescription",
    (
        number("prescription", "処方番号", 2, required=True),
        number("form", "剤形", 1, required=True, codes=codes.FORMS),
        number("usage", "用法", 3, codes=codes.USAGES),
        kanji("instruction", "特別指示", 80),
        number("unit_points", "単位薬剤料", 7),
        *(number(f"unit_points_{serial}", f"第{serial}公費 単位薬剤料", 7) for serial in range(1, 5)),
    ),
    stage=common.DETAIL,
)

BEARER = replace(common.BURDEN, required=False)


def charge(name: str, ja: str, *, times: bool = False) -> tuple[Field, ...]:
    """A fee: who bears it, its code, how often (where the record says), its points."""
    return (
        replace(BEARER, name=f"{name}_burden", ja=f"{ja} 負担区分"),
        number(f"{name}_code", f"{ja} コード", 9, fixed=True),
        *((number(f"{name}_count", f"{ja} 回数", 3),) if times else ()),
        decimal(f"{name}_points", f"{ja} 点数", 7),
    )


def _several(name: str, ja: str, count: int, *, times: bool = False) -> tuple[Field, ...]:
    return tuple(
        one for serial in range(1, count + 1) for one in charge(f"{name}_{serial}", f"{ja}{serial}", times=times)
    )


def _where(name: str, ja: str) -> tuple[Field, ...]:
    """A fee that says how and under which prescription number it is counted."""
    burden, code, points = charge(name, ja)
    way = number(f"{name}_way", f"{ja} 算定区分", 1)
    place = number(f"{name}_place", f"{ja} 算定先番号", 2)
    return burden, way, place, code, points


DISPENSING = RecordType(
    "CZ",
    "調剤情報",
    "dispensing",
    (
        number("doctor", "医師番号", 2),
        day("prescribed_on", "処方箋交付年月日", required=True),
        day("dispensed_on", "調剤年月日", required=True),
        number("reception", "処方箋受付回", 2),
        number("quantity", "調剤数量", 3, required=True),
        *_where("preparation", "薬剤調製料"),
        number("split", "分割区分", 2),
        number("earlier_quantity", "前回までの数量", 3),
        decimal("drug_points", "薬剤料点数", 7),
        reserve(1),
        *_several("addition", "加算", 10),
        number("pack_days", "一包化日数", 3),
        number("split_kind", "分割調剤種類", 1),
        number("earlier_pack_days", "前回までの一包化日数", 3),
        number("directed_split_code", "医師指示分割 コード", 9),
        number("directed_split", "医師指示分割 分割区分", 2),
        number("directed_split_quantity", "医師指示分割 調剤数量", 3),
        number("directed_split_pack_days", "医師指示分割 一包化日数", 3),
        number("inclusive", "包括管理料等", 2),
        number("other_institution", "他医療機関受診", 2),
        *charge("support", "外来服薬支援料２"),
        *_where("management", "調剤管理料"),
        *charge("after_hours", "調剤管理料時間外等加算"),
        number("reduction", "薬剤料減算 区分", 2),
        number("reduction_points", "薬剤料減算 合計点数", 7),
        *(number(f"reduction_points_{serial}", f"薬剤料減算 第{serial}公費点数", 7) for serial in range(1, 5)),
    ),
    stage=common.DETAIL,
)
DRUG = RecordType(
    "IY",
    "医薬品",
    "drug",
    (
        common.BURDEN,
        number("code", "医薬品コード", 9, required=True, fixed=True, starts="6"),
        decimal("amount", "使用量", 11),
        reserve(1),
        reserve(2),
        number("mixture", "混合区分", 1, codes=codes.MIXTURES),
        number("mixture_branch", "混合区分枝番", 1),
        number("incompatible", "配合不適区分", 1),
        decimal("single_dose", "１回用量", 11),
    ),
    stage=common.DETAIL,
)
MATERIAL = RecordType(
    "TO",
    "特定器材",
    "material",
    (
        common.BURDEN,
        number("code", "特定器材コード", 9, required=True, fixed=True, starts="7"),
        decimal("amount", "使用量", 9),
        number("unit", "単位コード", 3),
        decimal("unit_price", "単価", 11),
        kanji("product", "特定器材名称", 300),
    ),
    stage=common.DETAIL,
)


def _comment(id_: str, ja: str, en: str) -> RecordType:
    return RecordType(
        id_,
        ja,
        en,
        (
            number("code", "コメントコード", 9, required=True, fixed=True),
            kanji("text", "文字データ", 100),
        ),
        stage=common.DETAIL,
    )


COMMENT = _comment("CO", "コメント", "comment")
SUMMARY = _comment("TK", "摘要欄", "remark")
BASICS = RecordType(
    "KI",
    "調剤基本料・薬学管理料",
    "basic and management fees",
    (
        day("done_on", "算定日", required=True),
        number("reception", "処方箋受付回", 2),
        *charge("basic", "調剤基本料"),
        reserve(1),
        *_several("care", "薬学管理料", 12, times=True),
        *_several("noted_care", "摘要薬学管理料", 3, times=True),
        day("earlier_on", "前回調剤年月日"),
        number("earlier_quantity", "前回調剤数量", 3),
        *_several("basic_addition", "調剤基本料加算", 10, times=True),
        number("inclusive", "包括管理料等", 2),
        number("other_institution", "他医療機関受診", 2),
        number("directed_split_basic", "医師指示分割 調剤基本料コード", 9),
        number("directed_split_care", "医師指示分割 薬学管理料コード", 9),
        number("directed_split_noted_care", "医師指示分割 摘要薬学管理料コード", 9),
    ),
    stage=common.DETAIL,
)
SPLIT = RecordType(
    "ST",
    "分割調剤",
    "split dispensing",
    (
        number("doctor", "医師番号", 2),
        day("prescribed_on", "処方箋交付年月日"),
        day("dispensed_on", "調剤年月日"),
        number("reception", "処方箋受付回", 2),
        number("split", "分割指示回数", 2),
        number("before", "保険 分割対象点数", 8),
        number("after", "保険 分割後点数", 8),
        *(
            one
            for serial in range(1, 5)
            for one in (
                number(f"before_{serial}", f"第{serial}公費 分割対象点数", 8),
                number(f"after_{serial}", f"第{serial}公費 分割後点数", 8),
            )
        ),
    ),
    stage=common.DETAIL,
)

RECORDS = (
    PHARMACY,
    COMMON,
    INSURANCE,
    PUBLIC,
    common.CONFIRMATIONS,
    common.VISIT_DAYS,
    common.DESK_PAYMENT,
    PRESCRIPTION,
    DISPENSING,
    DRUG,
    MATERIAL,
    COMMENT,
    SUMMARY,
    BASICS,
    SPLIT,
    common.CLOSING,
    common.FEDERATION,
    *common.ADDED_BY_PAYERS,
)
