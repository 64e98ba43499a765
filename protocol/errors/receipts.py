"""Catalogue of receipts and the drug master: refused files, faults of lines and totals. Codes RECEIPT-nnn."""

from protocol.errors.fault import Fault, Kind

_FILE_JA = "送り主に確認し、正しいファイルを受け取り直してください。"
_FILE_EN = "Ask the sender and get the right file."
_PATH_JA = "ファイルの場所と読み取り権限を確認してください。"
_PATH_EN = "Check that the file exists and may be read."
_MEND_JA = "示された行と項目を送り主に伝え、直したファイルを受け取ってください。"
_MEND_EN = "Tell the sender the line and field, and get a corrected file."
_MASTER_JA = "示された行を確かめ、全件ファイルから取り込み直してください。"
_MASTER_EN = "Look at the row that is named, and load again from the full file."

NOT_A_RECEIPT_FILE = Fault(
    code="RECEIPT-001",
    kind=Kind.BAD_INPUT,
    desk_ja="レセプトのファイルではありません。",
    desk_en="This is not a receipt file.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="the first line is no header: IR, UK or YK with its 審査支払機関 and 点数表",
)
TABLE_UNSUPPORTED = Fault(
    code="RECEIPT-002",
    kind=Kind.BAD_INPUT,
    desk_ja="この点数表のレセプトは取り扱えません。",
    desk_en="Receipts of this fee table are not handled.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="read are 点数表 1 医科 (with DPC), 3 歯科, 4 調剤; not 5 老健, 6 訪問看護, B 介護医療院",
)
NOT_CP932 = Fault(
    code="RECEIPT-003",
    kind=Kind.BAD_INPUT,
    desk_ja="文字コードが Shift_JIS (CP932) ではありません。",
    desk_en="The characters are not encoded in Shift_JIS (CP932).",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="UTF-8 or UTF-16 was found; convert it to CP932 or export it anew",
)
LINE_TOO_LONG = Fault(
    code="RECEIPT-004",
    kind=Kind.BAD_INPUT,
    desk_ja="1行が長すぎます。",
    desk_en="A line is too long.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="more bytes in one line than any record can have; reading stopped there",
)
RECEIPT_TOO_LONG = Fault(
    code="RECEIPT-005",
    kind=Kind.BAD_INPUT,
    desk_ja="1件のレセプトの行数が多すぎます。",
    desk_en="One receipt has too many lines.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="more records in one receipt than the limit; reading stopped there",
)
FILE_EMPTY = Fault(
    code="RECEIPT-006",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルが空です。",
    desk_en="The file is empty.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="no line in the file",
)
FILE_UNREADABLE = Fault(
    code="RECEIPT-007",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルを読めませんでした。",
    desk_en="The file could not be read.",
    next_ja=_PATH_JA,
    next_en=_PATH_EN,
    vendor="the operating system refused the file: missing, no permission, or a folder",
)
UNKNOWN_RECORD = Fault(
    code="RECEIPT-010",
    kind=Kind.BAD_INPUT,
    desk_ja="知らないレコードです。",
    desk_en="This record is not known.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the record id is in no definition of this kind of receipt",
)
BLANK_LINE = Fault(
    code="RECEIPT-011",
    kind=Kind.BAD_INPUT,
    desk_ja="空の行があります。",
    desk_en="There is a blank line.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="a line without a record inside the file",
)
STRAY_RECORD = Fault(
    code="RECEIPT-012",
    kind=Kind.BAD_INPUT,
    desk_ja="レセプトの外にレコードがあります。",
    desk_en="A record stands outside any receipt.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="a record before RE, or after GO; told once for a run of them",
)
RECORD_ORDER = Fault(
    code="RECEIPT-013",
    kind=Kind.BAD_INPUT,
    desk_ja="レコードの順序が違います。",
    desk_en="The records are not in their order.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="RE, HO, KO, SN/JD/MF, diagnoses, details; 調剤: SH before CZ before IY; told once for a receipt",
)
RECORD_TWICE = Fault(
    code="RECEIPT-014",
    kind=Kind.BAD_INPUT,
    desk_ja="同じレコードが二つ以上あります。",
    desk_en="A record that may stand once stands twice.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="one HO, at most four KO, one MF in a receipt",
)
AFTER_END = Fault(
    code="RECEIPT-015",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルの終わりの後にデータがあります。",
    desk_en="There is data after the end of the file.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="bytes after the end mark 0x1A",
)
TOO_MANY_FIELDS = Fault(
    code="RECEIPT-016",
    kind=Kind.BAD_INPUT,
    desk_ja="項目の数が多すぎます。",
    desk_en="The line has too many fields.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="more fields than the record's definition, and they are not empty",
)
RECORD_LOST = Fault(
    code="RECEIPT-017",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルが途中で切れています。",
    desk_en="The file breaks off.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the last line ends inside a record",
)
FIELD_MISSING = Fault(
    code="RECEIPT-020",
    kind=Kind.BAD_INPUT,
    desk_ja="必要な項目がありません。",
    desk_en="A required field is empty.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the definition marks the field as required",
)
FIELD_MODE = Fault(
    code="RECEIPT-021",
    kind=Kind.BAD_INPUT,
    desk_ja="文字の種類が違います。",
    desk_en="The characters are not of the field's mode.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="数字: digits; 英数: half width, no quotation mark; 漢字: full width; never mixed",
)
FIELD_WIDTH = Fault(
    code="RECEIPT-022",
    kind=Kind.BAD_INPUT,
    desk_ja="桁数が違います。",
    desk_en="The length is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="longer than the field, or not exactly as long as a fixed field",
)
FIELD_DATE = Fault(
    code="RECEIPT-023",
    kind=Kind.BAD_INPUT,
    desk_ja="存在しない日付です。",
    desk_en="There is no such date.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="YYYYMMDD or YYYYMM; until 2020 GYYMMDD or GYYMM inside its era",
)
FIELD_CODE = Fault(
    code="RECEIPT-024",
    kind=Kind.BAD_INPUT,
    desk_ja="コードが一覧にありません。",
    desk_en="The code is not in its list.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the field has a closed code list",
)
FIELD_CHARACTERS = Fault(
    code="RECEIPT-025",
    kind=Kind.BAD_INPUT,
    desk_ja="読めない文字があります。",
    desk_en="There are characters that cannot be read.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="bytes that CP932 does not have",
)
CHECK_DIGIT = Fault(
    code="RECEIPT-026",
    kind=Kind.BAD_INPUT,
    desk_ja="検証番号が合いません。",
    desk_en="The check digit does not fit.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="保険者番号, 公費負担者番号, 受給者番号 or the ten digits of prefecture, table and institution",
)
CODE_RANGE = Fault(
    code="RECEIPT-027",
    kind=Kind.BAD_INPUT,
    desk_ja="コードの種類が違います。",
    desk_en="The code is not of this record's kind.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="drugs begin with 6, materials with 7, comments with 8",
)
RECEIPT_NUMBER = Fault(
    code="RECEIPT-040",
    kind=Kind.BAD_INPUT,
    desk_ja="レセプト番号が順番になっていません。",
    desk_en="Receipt numbers do not go up.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="RE numbers ascend within the file",
)
RECEIPT_TYPE = Fault(
    code="RECEIPT-041",
    kind=Kind.BAD_INPUT,
    desk_ja="レセプト種別が点数表と合いません。",
    desk_en="The receipt type does not fit the fee table.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="レセプト種別: 点数表, payer 1-4, how many 1-5, age and setting",
)
PAYERS = Fault(
    code="RECEIPT-042",
    kind=Kind.BAD_INPUT,
    desk_ja="レセプト種別と保険・公費の数が合いません。",
    desk_en="The receipt type does not fit the number of payers.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="種別's second and third digit say whether there is an HO and how many KO",
)
TOTAL_POINTS = Fault(
    code="RECEIPT-043",
    kind=Kind.BAD_INPUT,
    desk_ja="合計点数が明細の合計と合いません。",
    desk_en="The total is not the sum of the lines.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="sum of points times count of the lines that this payer bears",
)
DAY_COLUMNS = Fault(
    code="RECEIPT-044",
    kind=Kind.BAD_INPUT,
    desk_ja="算定日の合計が回数と合いません。",
    desk_en="The days do not add up to the count.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the 31 day columns of a line add up to its 回数",
)
NO_SUCH_DAY = Fault(
    code="RECEIPT-045",
    kind=Kind.BAD_INPUT,
    desk_ja="その月にない日が使われています。",
    desk_en="A day is used that the month does not have.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="a day column after the last day of 診療年月",
)
VISIT_DAYS = Fault(
    code="RECEIPT-046",
    kind=Kind.BAD_INPUT,
    desk_ja="受診日の数が実日数と合いません。",
    desk_en="The visit days do not fit the day count.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="days marked 1 in JD against 診療実日数; 調剤: at least one and at most 受付回数",
)
BORN_LATER = Fault(
    code="RECEIPT-047",
    kind=Kind.BAD_INPUT,
    desk_ja="生年月日が診療年月より後です。",
    desk_en="The birth date lies after the month of treatment.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="生年月日 after the last day of 診療年月",
)
MONTH_LATER = Fault(
    code="RECEIPT-048",
    kind=Kind.BAD_INPUT,
    desk_ja="診療年月が請求年月より後です。",
    desk_en="The month of treatment lies after the month of the claim.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="診療年月 after 請求年月 of the header",
)
DISPENSED_EARLIER = Fault(
    code="RECEIPT-049",
    kind=Kind.BAD_INPUT,
    desk_ja="調剤日が処方箋の交付日より前です。",
    desk_en="The drug was dispensed before it was prescribed.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="調剤年月日 before 処方箋交付年月日",
)
TOTAL_MISSING = Fault(
    code="RECEIPT-060",
    kind=Kind.BAD_INPUT,
    desk_ja="請求書レコード (GO) がありません。",
    desk_en="The closing record (GO) is missing.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="a volume that is not the last has no GO with 99; then give all volumes in their order",
)
TOTAL_COUNT = Fault(
    code="RECEIPT-061",
    kind=Kind.BAD_INPUT,
    desk_ja="総件数が合いません。",
    desk_en="The number of receipts is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="GO 総件数 counts HO and KO records",
)
TOTAL_SUM = Fault(
    code="RECEIPT-062",
    kind=Kind.BAD_INPUT,
    desk_ja="総合計点数が合いません。",
    desk_en="The grand total is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="GO 総合計点数 is the sum of the receipts' main totals (HO, or the first KO)",
)
VOLUME_ORDER = Fault(
    code="RECEIPT-063",
    kind=Kind.BAD_INPUT,
    desk_ja="分割されたファイルの順番が違います。",
    desk_en="The volumes are not in their order.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="マルチボリューム識別情報 goes up by one from volume to volume",
)
RETURN_UNMATCHED = Fault(
    code="RECEIPT-064",
    kind=Kind.BAD_INPUT,
    desk_ja="返戻のうち、取り消す元のレセプトが見つからないものがあります。",
    desk_en="A return (返戻) found no receipt that it takes back.",
    next_ja="元の請求ファイルが取り込まれているか、検索番号か番号が元のレセプトと同じかを確認してください。",
    next_en="Check that the file with the first claim was loaded, and that 検索番号 or 番号 are the first claim's.",
    vendor="same institution, month and insured person, and the same 検索番号 (or 番号, where one of them has none)",
)
MASTER_NOT = Fault(
    code="RECEIPT-080",
    kind=Kind.BAD_INPUT,
    desk_ja="医薬品マスターのファイルではありません。",
    desk_en="This is not a drug master file.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="y_*.csv: quoted, CP932, 35, 40 or 42 columns, Y in the second",
)
MASTER_ROW = Fault(
    code="RECEIPT-081",
    kind=Kind.BAD_INPUT,
    desk_ja="医薬品マスターの行に誤りがあります。",
    desk_en="A row of the drug master is wrong.",
    next_ja=_MASTER_JA,
    next_en=_MASTER_EN,
    vendor="column count, 変更区分, code of nine digits, price or date",
)
MASTER_UNKNOWN = Fault(
    code="RECEIPT-082",
    kind=Kind.BAD_INPUT,
    desk_ja="差分の元になる医薬品がマスターにありません。",
    desk_en="The drug that a difference row changes is not in the master.",
    next_ja=_MASTER_JA,
    next_en=_MASTER_EN,
    vendor="class 5 or 9 for a code that was never loaded: load the full file first",
)
