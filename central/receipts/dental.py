"""歯科: the records of a dentist's receipt. Facts: reference data-formats 2.3 (令和8年6月版)."""

from central.receipts import codes, common
from central.receipts.clinic import COUNT, LINE_POINTS, RECEPTION
from central.receipts.layout import (
    RecordType,
    alnum,
    day,
    day_columns,
    decimal,
    either,
    kanji,
    month,
    number,
    reserve,
)

TEETH = 384
"""Bytes of a 歯式 field: up to 64 teeth of 6."""

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
        common.CLAIM_MONTH,
        common.TELEPHONE,
        alnum("notifications", "届出", 40),
    ),
    stage=common.HEADER,
)
INSTITUTION_NAMED = RecordType(
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
        common.TELEPHONE,
        alnum("notifications", "届出", 40),
    ),
    stage=common.HEADER,
)
"""As older programs write it, with the name in its place."""
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
        day("started_on", "診療開始日"),
        number("outcome", "転帰区分", 1, codes=codes.OUTCOMES),
        alnum("ward", "病棟区分", 8),
        number("burden_class", "一部負担金等区分", 1, codes=codes.BURDEN_CLASSES),
        common.SPECIAL_NOTES,
        reserve(1),
        alnum("chart", "カルテ番号等", 20, personal=True),
        number("claim_note_1", "請求情報１", 2),
        reserve(2),
        number("without_visit", "未来院請求", 2),
        common.SEARCH_NUMBER,
        reserve(3),
        either("claim_note", "請求情報２", 40),
        reserve(4),
        reserve(5),
        reserve(6),
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
        number("meals", "食事・生活療養回数", 2),
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
        number("public_share", "公費給付対象一部負担金", 6),
        number("meals", "食事・生活療養回数", 2),
        number("meals_amount", "食事・生活療養合計金額", 8),
    ),
    stage=common.PAYER,
    most=4,
)
DIAGNOSES = RecordType(
    "HS",
    "傷病名部位",
    "diagnosis and teeth",
    (
        day("started_on", "診療開始日"),
        number("outcome", "転帰区分", 1, codes=codes.OUTCOMES),
        alnum("teeth", "歯式", TEETH),
        number("disease", "傷病名コード", 7, required=True, fixed=True),
        alnum("modifiers", "修飾語コード", 80),
        kanji("disease_name", "傷病名称", 40),
        number("other_diseases", "併存傷病名数", 1),
        number("transition", "病態移行", 1),
        number("main_disease", "主傷病", 2),
        number("comment", "コメントコード", 9, fixed=True, starts="8"),
        kanji("remark", "補足コメント", 100),
        alnum("remark_teeth", "歯式（補足コメント）", TEETH),
    ),
    stage=common.DIAGNOSIS,
)
DENTAL_TREATMENT = RecordType(
    "SS",
    "歯科診療行為",
    "dental treatment",
    (
        common.CATEGORY,
        common.BURDEN,
        number("code", "診療行為コード", 9, required=True, fixed=True, starts="3"),
        decimal("amount", "数量データ１", 8),
        decimal("amount_2", "数量データ２", 8),
        *(
            one
            for serial in range(1, 36)
            for one in (
                alnum(f"addition_{serial}", f"加算コード{serial}", 5),
                decimal(f"addition_{serial}_amount", f"加算数量データ{serial}", 8),
            )
        ),
        LINE_POINTS,
        COUNT,
        *day_columns(3),
    ),
    stage=common.DETAIL,
)
TREATMENT = RecordType(
    "SI",
    "医科診療行為",
    "medical treatment",
    (
        common.CATEGORY,
        common.BURDEN,
        number("code", "診療行為コード", 9, required=True, fixed=True),
        decimal("amount", "数量データ", 8),
        LINE_POINTS,
        COUNT,
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
        alnum("drug_kind", "医薬品区分", 1),
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
        number("unit", "単位コード", 3),
        decimal("unit_price", "単価", 11),
        number("addition_1", "特定器材加算等コード１", 9),
        decimal("addition_1_amount", "特定器材加算等数量データ１", 9),
        number("addition_2", "特定器材加算等コード２", 9),
        decimal("addition_2_amount", "特定器材加算等数量データ２", 9),
        kanji("product", "商品名及び規格又はサイズ", 300),
        LINE_POINTS,
        COUNT,
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
        kanji("text", "文字データ", 400),
        alnum("teeth", "歯式", TEETH),
        *(reserve(serial) for serial in range(1, 6)),
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
    DENTAL_TREATMENT,
    TREATMENT,
    DRUG,
    MATERIAL,
    COMMENT,
    common.SYMPTOMS,
    common.CLOSING,
    common.FEDERATION,
    *common.ADDED_BY_PAYERS,
)
