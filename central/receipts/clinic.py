"""医科: the records of a clinic's or hospital's receipt. The DPC records beside them are in `dpc`.

Facts: reference data-formats 2.2 (positions of 令和8年6月版), widths of the 記録条件仕様 for 医科 and, where it
gives none, of 歯科.
"""

from central.receipts import codes, common
from central.receipts.layout import (
    Field,
    RecordType,
    alnum,
    day,
    day_columns,
    decimal,
    kanji,
    month,
    number,
    reserve,
)

RECEPTION = RecordType(
    "UK",
    "受付情報",
    "reception",
    (
        common.AGENCY,
        common.PREFECTURE,
        common.TABLE,
        common.INSTITUTION,
        reserve(1),
        kanji("institution_name", "医療機関名称", 40),
        common.CLAIM_MONTH,
        alnum("notifications", "届出", 40),
        common.VOLUME,
    ),
    stage=common.HEADER,
)
INSTITUTION_RECORD = RecordType(
    "IR",
    "医療機関情報",
    "institution",
    (
        common.AGENCY,
        common.PREFECTURE,
        common.TABLE,
        common.INSTITUTION,
        reserve(1),
        kanji("institution_name", "医療機関名称", 40),
        common.CLAIM_MONTH,
        common.VOLUME,
        common.TELEPHONE,
    ),
    stage=common.HEADER,
)


def _department(serial: int) -> tuple[Field, ...]:
    return (
        number(f"department_{serial}", f"診療科{serial} 診療科名", 2),
        number(f"department_{serial}_part", f"診療科{serial} 人体の部位等", 3),
        number(f"department_{serial}_sex", f"診療科{serial} 性別等", 3),
        number(f"department_{serial}_treatment", f"診療科{serial} 医学的処置", 3),
        number(f"department_{serial}_disease", f"診療科{serial} 特定疾病", 3),
    )


COMMON = RecordType(
    "RE",
    "レセプト共通",
    "receipt",
    (
        common.NUMBER,
        common.RECEIPT_TYPE,
        month("month", "診療年月", required=True),
        common.PATIENT_NAME,
        common.SEX,
        day("birth_date", "生年月日", required=True, personal=True),
        common.BENEFIT_RATIO,
        day("admitted_on", "入院年月日"),
        alnum("ward", "病棟区分", 8),
        number("burden_class", "一部負担金等区分", 1, codes=codes.BURDEN_CLASSES),
        common.SPECIAL_NOTES,
        number("beds", "病床数", 4),
        alnum("chart", "カルテ番号等", 20, personal=True),
        number("discount", "割引点数単価", 2),
        reserve(1),
        reserve(2),
        reserve(3),
        common.SEARCH_NUMBER,
        reserve(4),
        common.CLAIM_NOTE,
        *_department(1),
        *_department(2),
        *_department(3),
        common.KANA_NAME,
        common.PATIENT_STATE,
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
        number("days", "診療実日数", 2, required=True),
        common.POINTS,
        reserve(1),
        number("meals", "食事・生活療養回数", 3),
        number("meals_amount", "食事・生活療養合計金額", 8),
        common.DUTY,
        common.CERTIFICATE,
        number("desk_amount", "負担金額", 9),
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
        number("days", "診療実日数", 2),
        number("points", "合計点数", 8),
        number("desk_amount", "負担金額", 8),
        number("outpatient_share", "公費給付対象外来一部負担金", 8),
        number("inpatient_share", "公費給付対象入院一部負担金", 8),
        reserve(1),
        number("meals", "食事・生活療養回数", 3),
        number("meals_amount", "食事・生活療養合計金額", 8),
    ),
    stage=common.PAYER,
    most=4,
)
DIAGNOSES = RecordType(
    "SY",
    "傷病名",
    "diagnosis",
    (
        number("disease", "傷病名コード", 7, required=True, fixed=True),
        day("started_on", "診療開始日", required=True),
        number("outcome", "転帰区分", 1, codes=codes.OUTCOMES),
        alnum("modifiers", "修飾語コード", 80),
        kanji("disease_name", "傷病名称", 40),
        number("main_disease", "主傷病", 2),
        kanji("remark", "補足コメント", 40),
    ),
    stage=common.DIAGNOSIS,
)


def comments(width: int) -> tuple[Field, ...]:
    """Three pairs of comment code and text."""
    return tuple(
        one
        for serial in (1, 2, 3)
        for one in (
            number(f"comment_{serial}", f"コメントコード{serial}", 9, fixed=True, starts="8"),
            kanji(f"comment_{serial}_text", f"コメント文字データ{serial}", width),
        )
    )


LINE_POINTS = decimal("points", "点数", 8)
COUNT = number("count", "回数", 3, required=True)
TREATMENT = RecordType(
    "SI",
    "診療行為",
    "treatment",
    (
        common.CATEGORY,
        common.BURDEN,
        number("code", "診療行為コード", 9, required=True, fixed=True),
        decimal("amount", "数量データ", 8),
        LINE_POINTS,
        COUNT,
        *comments(100),
        *day_columns(3),
    ),
    stage=common.DETAIL,
)
DRUG = RecordType(
    "IY",
    "医薬品",
    "drug",
    (
        common.CATEGORY,
        common.BURDEN,
        number("code", "医薬品コード", 9, required=True, fixed=True, starts="6"),
        decimal("amount", "使用量", 11),
        LINE_POINTS,
        COUNT,
        *comments(100),
        *day_columns(3),
    ),
    stage=common.DETAIL,
)
MATERIAL = RecordType(
    "TO",
    "特定器材",
    "material",
    (
        common.CATEGORY,
        common.BURDEN,
        number("code", "特定器材コード", 9, required=True, fixed=True, starts="7"),
        decimal("amount", "使用量", 9),
        LINE_POINTS,
        COUNT,
        number("unit", "単位コード", 3),
        decimal("unit_price", "単価", 11),
        reserve(1),
        kanji("product", "商品名及び規格又はサイズ", 300),
        *comments(100),
        *day_columns(3),
    ),
    stage=common.DETAIL,
)
COMMENT = RecordType(
    "CO",
    "コメント",
    "comment",
    (
        common.CATEGORY,
        common.BURDEN,
        number("code", "コメントコード", 9, required=True, fixed=True, starts="8"),
        kanji("text", "文字データ", 76),
    ),
    stage=common.DETAIL,
)

RECORDS = (
    RECEPTION,
    INSTITUTION_RECORD,
    COMMON,
    INSURANCE,
    PUBLIC,
    common.CONFIRMATIONS,
    common.VISIT_DAYS,
    common.DESK_PAYMENT,
    DIAGNOSES,
    TREATMENT,
    DRUG,
    MATERIAL,
    COMMENT,
    common.SYMPTOMS,
    common.CLOSING,
    common.FEDERATION,
    common.carried("NI", "日計表", "daily counts"),
    common.carried("TI", "臓器提供医療機関情報", "donor's institution"),
    common.carried("TR", "臓器提供者レセプト情報", "donor's receipt"),
    common.carried("TS", "臓器提供者請求情報", "donor's claim"),
    *common.ADDED_BY_PAYERS,
)
