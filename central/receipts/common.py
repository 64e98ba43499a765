"""Records that several kinds of receipts share, and those that payers add and we carry but do not read.

Facts: reference data-formats 2.2, 2.3, 2.5.
"""

from central.receipts import codes
from central.receipts.layout import Field, RecordType, Rule, alnum, day_columns, either, kanji, month, number, reserve

HEADER, RECEIPT, PAYER, CONFIRMATION, DIAGNOSIS, DETAIL, REMARK = range(7)
"""Places in the order of a receipt."""

AGENCY = number("agency", "審査支払機関", 1, required=True, codes=codes.AGENCIES)
PREFECTURE = number("prefecture", "都道府県", 2, required=True, fixed=True, codes=codes.PREFECTURES)
TABLE = alnum("table", "点数表", 1, required=True, fixed=True, codes=codes.TABLES)
INSTITUTION = number("institution", "医療機関コード", 7, required=True, fixed=True)
CLAIM_MONTH = month("claim_month", "請求年月", required=True)
VOLUME = number("volume", "マルチボリューム識別情報", 2, required=True, fixed=True)
TELEPHONE = alnum("telephone", "電話番号", 15)
NUMBER = number("number", "レセプト番号", 6, required=True)
RECEIPT_TYPE = number("type", "レセプト種別", 4, required=True, fixed=True)
PATIENT_NAME = either("patient_name", "氏名", 40, required=True, personal=True)
SEX = number("sex", "男女区分", 1, required=True, codes=codes.SEXES)
BENEFIT_RATIO = number("benefit_ratio", "給付割合", 3)
SPECIAL_NOTES = alnum("special_notes", "特記事項", 10, codes=codes.SPECIAL_NOTES)
SEARCH_NUMBER = alnum("search_number", "検索番号", 30)
CLAIM_NOTE = either("claim_note", "請求情報", 40)
KANA_NAME = kanji("kana_name", "カタカナ氏名", 80, personal=True)
PATIENT_STATE = number("patient_state", "患者の状態", 60)
INSURER = alnum("insurer", "保険者番号", 8, required=True, fixed=True, rule=Rule.INSURER, personal=True)
SYMBOL = either("symbol", "記号", 38, personal=True)
INSURED_NUMBER = either("insured_number", "番号", 38, required=True, personal=True)
POINTS = number("points", "合計点数", 8, required=True)
PUBLIC_PAYER = alnum("payer", "公費負担者番号", 8, required=True, fixed=True, rule=Rule.PAYER, personal=True)
RECIPIENT = number("recipient", "受給者番号", 7, fixed=True, rule=Rule.RECIPIENT, personal=True)
OPTIONAL_BENEFIT = number("optional_benefit", "任意給付区分", 1)
DUTY = number("duty", "職務上の事由", 1, codes=codes.DUTIES)
CERTIFICATE = number("certificate", "証明書番号", 3)
REDUCTION: tuple[Field, ...] = (
    number("reduction", "減免区分", 1, codes=codes.REDUCTIONS),
    number("reduction_ratio", "減額割合", 3),
    number("reduction_amount", "減額金額", 6),
)
BURDEN = alnum("burden", "負担区分", 1, required=True, codes=codes.BURDENS)
CATEGORY = number("category", "診療識別", 2, fixed=True, codes=codes.CATEGORIES)

CONFIRMATIONS = RecordType(
    "SN",
    "資格確認",
    "confirmation of coverage",
    (
        number("payer_kind", "負担者種別", 1, required=True, codes=codes.PAYER_KINDS),
        number("confirmation", "確認区分", 2, required=True, fixed=True, codes=codes.CONFIRMATIONS),
        alnum("insurer", "保険者番号等", 8, personal=True),
        either("symbol", "記号", 38, personal=True),
        either("insured_number", "番号", 38, personal=True),
        alnum("branch", "枝番", 2, fixed=True, personal=True),
        number("recipient", "受給者番号", 7, personal=True),
        reserve(1),
    ),
    stage=CONFIRMATION,
)
VISIT_DAYS = RecordType(
    "JD",
    "受診日等",
    "visit days",
    (
        number("payer_kind", "負担者種別", 1, required=True, codes=codes.PAYER_KINDS),
        *day_columns(1, codes.VISITS),
    ),
    stage=CONFIRMATION,
)
DESK_PAYMENT = RecordType(
    "MF",
    "窓口負担額",
    "payment at the desk",
    (
        number("desk_payment", "窓口負担額区分", 2, required=True, fixed=True, codes=codes.DESK_PAYMENTS),
        *(reserve(serial) for serial in range(1, 32)),
    ),
    stage=CONFIRMATION,
    most=1,
)
SYMPTOMS = RecordType(
    "SJ",
    "症状詳記",
    "account of symptoms",
    (number("symptom_kind", "症状詳記区分", 2), kanji("text", "症状詳記データ", 2400, personal=True)),
    stage=REMARK,
)
CLOSING = RecordType(
    "GO",
    "請求書",
    "closing record",
    (
        number("receipts", "総件数", 6, required=True),
        number("points", "総合計点数", 10, required=True),
        VOLUME,
    ),
)
FEDERATION = RecordType(
    "KH", "国保連固有情報", "federation's own", (either("text", "国保連固有情報", 100),), stage=None, loose=True
)


def carried(id_: str, ja: str, en: str) -> RecordType:
    """A record that is carried unread: payers add it, or its positions are not public."""
    return RecordType(id_, ja, en, (), loose=True)


ADDED_BY_PAYERS = (
    carried("MN", "レセプト管理", "receipt management"),
    carried("RC", "レコード管理情報", "record management"),
    carried("JY", "事由", "reason"),
    carried("EX", "審査運用", "review"),
    carried("ON", "オンライン資格確認", "online confirmation"),
    carried("HR", "返戻理由", "reason of return"),
    carried("MD", "再審査等申し出", "request for review"),
    carried("RT", "理由対象", "what the reason is about"),
    carried("JR", "レセプト縦覧", "related receipts"),
    carried("MK", "再審査等申し出結果", "result of review"),
)
