"""Catalogue of the insurers' uploads: refused files, faults of lines, identity checks, held imports. INSURER-nnn.

The details of these errors never hold a 個人番号, a name or a number of a person.
Over 400 lines because it is one list of entries: a newcomer looks for a code in one place.
"""

from protocol.errors.fault import Fault, Kind, Repeat

_FILE_JA = "ファイルを作り直して、もう一度登録してください。何も反映されていません。"
_FILE_EN = "Make the file anew and upload it again. Nothing was applied."
_RESUME_JA = "（画面では「もう一度続ける」か「反映する」、コマンドでは onshi insurer resume 受付番号）"
_RESUME_EN = "(in the console “Try to go on” or “Apply”, by command onshi insurer resume UPLOAD)"
_VENDOR_JA = "システムの保守担当へ連絡してください。"
_VENDOR_EN = "Tell whoever maintains the system."

FILE_UNREADABLE = Fault(
    code="INSURER-001",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルを読めませんでした。",
    desk_en="The file could not be read.",
    next_ja="ファイルの場所と読み取り権限を確認してください。",
    next_en="Check that the file exists and may be read.",
    vendor="the operating system refused the file: missing, no permission, or a folder",
)
FILE_EMPTY = Fault(
    code="INSURER-002",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルが空です。",
    desk_en="The file is empty.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="no line in the file",
)
FILE_ENCODING = Fault(
    code="INSURER-003",
    kind=Kind.BAD_INPUT,
    desk_ja="文字コードが違います。",
    desk_en="The file is not in a character encoding that is read.",
    next_ja="UTF-8 または Shift_JIS (CP932) の CSV で保存し直してください。何も反映されていません。",
    next_en="Save it as CSV in UTF-8 or Shift_JIS (CP932). Nothing was applied.",
    vendor="the header is neither UTF-8 nor CP932 (UTF-16, a ZIP, a workbook), or lines are in another encoding",
)
FILE_HEADER = Fault(
    code="INSURER-004",
    kind=Kind.BAD_INPUT,
    desk_ja="見出し行が様式と違います。",
    desk_en="The header line is not that of the layout.",
    next_ja="様式の見出し行をそのまま使ってください。何も反映されていません。",
    next_en="Use the layout's header line as it is. Nothing was applied.",
    vendor="details: the first column (from 1) that differs; `onshi insurer layout` prints the header",
)
FILE_COUNT = Fault(
    code="INSURER-005",
    kind=Kind.BAD_INPUT,
    desk_ja="件数行がないか、件数が合いません。",
    desk_en="The count line is missing, or its count is wrong.",
    next_ja="ファイルが途中で切れていないか、項目の中に改行がないか確認し、作り直してください。何も反映されていません。",
    next_en="See whether the file was cut off or a field holds a line break, and make it anew. Nothing was applied.",
    vendor="the last line must be 件数,N with N the number of lines between header and it",
)
FILE_TOO_LONG = Fault(
    code="INSURER-006",
    kind=Kind.BAD_INPUT,
    desk_ja="行数が多すぎます。",
    desk_en="The file has too many lines.",
    next_ja="500万行以内に分けて登録してください。何も反映されていません。",
    next_en="Divide it into files of at most 5,000,000 lines. Nothing was applied.",
    vendor="more lines than one upload takes",
)
LINES_REFUSED = Fault(
    code="INSURER-007",
    kind=Kind.BAD_INPUT,
    desk_ja="誤りのある行があるため、取り込みませんでした。",
    desk_en="The file was not imported because lines have faults.",
    next_ja="エラー一覧の行を直して、もう一度登録してください。何も反映されていません。",
    next_en="Correct the lines in the list of errors and upload again. Nothing was applied.",
    vendor="details: how many lines have faults; --skip-faulty applies the others",
)
INSURER_UNKNOWN = Fault(
    code="INSURER-008",
    kind=Kind.NOT_FOUND,
    desk_ja="この保険者番号は登録されていません。",
    desk_en="This insurer is not registered.",
    next_ja="保険者番号を確認してください。",
    next_en="Check the insurer number.",
    vendor="no current row of that insurer in the register",
)
UPLOAD_UNKNOWN = Fault(
    code="INSURER-009",
    kind=Kind.NOT_FOUND,
    desk_ja="その登録(アップロード)はありません。",
    desk_en="There is no such upload.",
    next_ja="受付番号を確認してください。",
    next_en="Check the upload's id.",
    vendor="unknown id, or another insurer's",
)
UPLOAD_STATE = Fault(
    code="INSURER-010",
    kind=Kind.CONFLICT,
    desk_ja="その登録(アップロード)は、この操作ができる状態ではありません。",
    desk_en="The upload is not in a state in which this can be done.",
    next_ja="登録の状態を確認してください。",
    next_en="Look at the upload's state.",
    vendor="details: the state; only a held upload is confirmed, only an unfinished one resumed",
)
HELD = Fault(
    code="INSURER-011",
    kind=Kind.CONFLICT,
    desk_ja="変更が大きいため、反映を保留しています。別の担当者の確認が必要です。",
    desk_en="The change is so large that it is held: a second person has to confirm it.",
    next_ja="差分の内容を確かめ、別の担当者が確認してください。まだ何も反映されていません。",
    next_en="Look at the differences and let a second person confirm. Nothing is applied yet.",
    vendor="a cohort loses its burden ratio, or more of its members than the set share",
)
SAME_PERSON_CONFIRMS = Fault(
    code="INSURER-012",
    kind=Kind.NOT_ALLOWED,
    desk_ja="登録した本人は確認できません。",
    desk_en="Whoever uploaded it cannot confirm it.",
    next_ja="別の担当者が確認してください。",
    next_en="Let another person confirm.",
    vendor="the confirming operator is the uploading operator",
)
UPLOAD_RUNNING = Fault(
    code="INSURER-013",
    kind=Kind.CONFLICT,
    desk_ja="この保険者の別の登録を処理しています。",
    desk_en="Another upload of this insurer is being worked on.",
    next_ja="しばらくしてから、もう一度登録してください。処理が止まっているときは、その登録を再開するか取りやめてください。",
    next_en="Upload again in a little while. Where the work has stopped, resume or withdraw that upload.",
    vendor="one upload at a time for each insurer, so that files are applied in their order; details: which, its state",
    repeat=Repeat.LATER,
)
REGISTER_MOVED = Fault(
    code="INSURER-014",
    kind=Kind.CONFLICT,
    desk_ja="確認してから反映するまでの間に登録内容が変わりました。",
    desk_en="The register changed between the check and the apply.",
    next_ja="もう一度登録してください。何も反映されていません。",
    next_en="Upload again. Nothing was applied.",
    vendor="a constraint refused the apply; the whole of it was rolled back",
    repeat=Repeat.NOW,
)
KEY_REUSED = Fault(
    code="INSURER-015",
    kind=Kind.CONFLICT,
    desk_ja="同じ受付キーで別の内容が送られました。",
    desk_en="The idempotency key came before with other content.",
    next_ja="新しい受付キーで送り直してください。",
    next_en="Send it again with a new key.",
    vendor="Idempotency-Key names one upload for ever; details: which",
)
MEMBER_FIELD = Fault(
    code="INSURER-016",
    kind=Kind.BAD_INPUT,
    desk_ja="様式にない項目があります。",
    desk_en="A field is not in the layout.",
    next_ja="項目名を確認してください（GET /v1/insurers/layout または onshi insurer layout --json の key）。",
    next_en="Check the fields' keys (`key` of GET /v1/insurers/layout or onshi insurer layout --json).",
    vendor="details: the member (from 1) and the field",
)
WOULD_BE_HELD = Fault(
    code="INSURER-017",
    kind=Kind.CONFLICT,
    desk_ja="検査だけを行いました。変更が大きいため、このまま登録すると保留になります。",
    desk_en="Checked only. The change is so large that it would be held.",
    next_ja="差分の内容を確かめてください。正しければ登録し、別の担当者が確認します。何も反映されていません。",
    next_en="Look at the differences. If they are right, upload it, and a second person confirms. Nothing was applied.",
    vendor="as INSURER-011, for a check that applies nothing: that upload is over",
)
UPLOAD_WAITS = Fault(
    code="INSURER-018",
    kind=Kind.CONFLICT,
    desk_ja="この保険者の別の登録が、担当者の判断を待っています。",
    desk_en="Another upload of this insurer waits for somebody's decision.",
    next_ja="その登録を反映(保留中なら別の担当者が確認)するか取りやめてから、もう一度登録してください。",
    next_en="Apply that upload (a second person confirms one that is held) or withdraw it, then upload again.",
    vendor="the open upload is ready or held and does not go on by itself; details: which, its state",
)

_MEND_JA = "行を直して、もう一度登録してください。"
_MEND_EN = "Correct the line and upload it again."


def _line(code: str, desk_ja: str, desk_en: str, next_ja: str, next_en: str, vendor: str) -> Fault:
    return Fault(
        code=code,
        kind=Kind.BAD_INPUT,
        desk_ja=desk_ja,
        desk_en=desk_en,
        next_ja=next_ja,
        next_en=next_en,
        vendor=vendor,
    )


LINE_ENCODING = _line(
    "INSURER-020",
    "文字コードがファイルの他の行と違います。",
    "The line is not in the file's character encoding.",
    "ファイル全体を一つの文字コードで保存し直してください。",
    "Save the whole file in one encoding.",
    "bytes that the encoding found in the header does not have",
)
LINE_CONTROL = _line(
    "INSURER-021",
    "使えない制御文字があります。",
    "The line has control characters.",
    "制御文字(NUL、タブ、改行など)を取り除いてください。",
    "Remove control characters (NUL, tab, line break).",
    "NUL, tab, lone CR, C1 controls, lone surrogates or non-characters",
)
LINE_QUOTES = _line(
    "INSURER-022",
    '引用符(")が閉じていないか、項目の中に改行があります。',
    "A quotation mark is not closed, or a field has a line break.",
    "引用符を正しく閉じ、項目の中の改行を取り除いてください。",
    "Close the quotation marks and remove line breaks from fields.",
    "one line is one record; quoted fields end on their own line",
)
LINE_COLUMNS = _line(
    "INSURER-023",
    "項目の数が違います。",
    "The number of fields is wrong.",
    "コンマの数を様式に合わせてください。コンマを含む項目は引用符で囲みます。",
    "Match the layout's commas; put a field that has commas in quotation marks.",
    "details are not shown: the line may hold a number of a person",
)
LINE_TOO_LONG = _line(
    "INSURER-024",
    "行が長すぎます。",
    "The line is too long.",
    "項目の長さを様式に合わせてください。",
    "Match the layout's field lengths.",
    "more than 16 KiB in one line",
)
SERIAL = _line(
    "INSURER-025",
    "連番が1からの通し番号ではありません。",
    "The serial numbers do not run from 1.",
    "連番を1から順に振り直してください。",
    "Number the lines anew from 1.",
    "連番 equals the position of the line below the header",
)
MISSING = _line(
    "INSURER-026",
    "必須の項目が空です。",
    "A required field is empty.",
    "その項目を入力してください。",
    "Fill in the field.",
    "the layout requires the field for this 処理区分, or beside the other fields of its group",
)
WIDTH = _line(
    "INSURER-027",
    "桁数が違います。",
    "The length is wrong.",
    "様式の桁数に合わせてください。",
    "Match the layout's length.",
    "longer than the field",
)
FULL_WIDTH = _line(
    "INSURER-028",
    "数字が全角です。",
    "The digits are full-width.",
    "半角の数字で入力してください。",
    "Enter half-width digits.",
    "digits of other scripts in a field of ASCII digits",
)
FORM = _line(
    "INSURER-029",
    "項目の形が正しくありません。",
    "The field does not have the right form.",
    "様式の形に合わせてください。",
    "Match the layout's form.",
    "the value does not fit the column's pattern",
)
CODE = _line(
    "INSURER-030",
    "コードが一覧にありません。",
    "The code is not in its list.",
    "様式のコード一覧から選んでください。",
    "Choose a code from the layout's list.",
    "the field has a closed code list",
)
DAY = _line(
    "INSURER-031",
    "存在しない日付か、日付の形が違います。",
    "There is no such date, or it is not written as YYYYMMDD.",
    "西暦8桁(YYYYMMDD)の実在する日付を入力してください。",
    "Enter a date that exists as YYYYMMDD.",
    "eight ASCII digits, a day of the calendar from 18680123; 99991231 only as an open end",
)
DAY_ORDER = _line(
    "INSURER-032",
    "日付の前後が逆です。",
    "The dates are in the wrong order.",
    "開始日と終了日、生年月日と資格取得日の前後を確認してください。",
    "Check the order of start and end, and of birth and qualification.",
    "an end before its start, a qualification before the birth, a birth in the future",
)
CHECK_DIGIT = _line(
    "INSURER-033",
    "検証番号が合いません。",
    "The check digit does not fit.",
    "番号を確認して入力し直してください。",
    "Check the number and enter it again.",
    "保険者番号 or 個人番号; the value of a 個人番号 is never shown",
)
FORMULA = _line(
    "INSURER-034",
    "表計算の式として働く文字で始まっています。",
    "The text begins with a character that works as a formula.",
    "先頭の = + - @ を取り除いてください。",
    "Remove the leading = + - @.",
    "formula injection: the text would be run by a spreadsheet program",
)
KANA = _line(
    "INSURER-035",
    "カナの項目にカナ以外の文字があります。",
    "The kana field has characters that are not kana.",
    "カタカナで入力してください。",
    "Enter katakana.",
    "ideographs in 氏名カナ",
)
OTHER_INSURER = _line(
    "INSURER-036",
    "ファイルの他の行と保険者番号が違います。",
    "The insurer number is not that of the upload.",
    "保険者ごとにファイルを分けてください。",
    "Make one file for each insurer.",
    "one upload is one insurer's, and only one's own",
)
GROUP = _line(
    "INSURER-037",
    "組になる項目がそろっていません。",
    "Fields that belong together are not all there.",
    "組の項目(区分・交付日・開始日・割合など)をすべて入力してください。",
    "Fill in all fields of the group (kind, issue, start, ratio).",
    "elderly, limit and specific-disease groups are given whole or not at all",
)
RATIO_MISSING = _line(
    "INSURER-038",
    "負担割合がありません。",
    "There is no burden ratio.",
    "負担割合を入力してください。",
    "Enter the burden ratio.",
    "後期高齢者医療 (法別 39) always states a ratio",
)
REASON_MISSING = _line(
    "INSURER-039",
    "「疑いなし」の理由がありません。",
    "It is stated without a reason that there is no doubt.",
    "疑いなしと判断した理由を入力してください。",
    "Enter why there is no doubt.",
    "本人確認判定フラグ 2 needs 疑いなし理由",
)
ITEMS_TOO_FEW = _line(
    "INSURER-040",
    "本人確認の項目が足りません(4項目以上必要です)。",
    "There are too few items to check the identity (at least four are needed).",
    "漢字氏名・カナ氏名・生年月日・性別・住所のうち4項目以上を入力してください。",
    "Give at least four of kanji name, kana name, birth date, sex and address.",
    "a match on fewer than four comparable items is refused; ● compares with nothing",
)
TWICE_IN_FILE = _line(
    "INSURER-041",
    "同じ資格の行がファイルに二つあります。",
    "The same coverage stands twice in the file.",
    "一つの資格は1行にまとめてください。",
    "Put each coverage on one line.",
    "same record and 資格取得日, or the same 登録番号",
)
REGISTERED_ALREADY = _line(
    "INSURER-042",
    "この資格は別の内容で登録済みです。",
    "This coverage is registered already, with other content.",
    "内容を変えるときは処理区分を2(更新)にしてください。",
    "To change it, use 処理区分 2 (update).",
    "処理区分 1 on a coverage that exists and differs",
)
NOTHING_TO_CHANGE = _line(
    "INSURER-043",
    "更新または無効化する資格が登録されていません。",
    "The coverage to update or invalidate is not registered.",
    "登録番号、または記号・番号・枝番・資格取得日を確認してください。",
    "Check the 登録番号, or symbol, number, branch and 資格取得日.",
    "no current coverage has that 登録番号 or that record and 資格取得日",
)
OVERLAP = _line(
    "INSURER-044",
    "同じ記号・番号・枝番の資格と期間が重なります。",
    "The coverage overlaps another one of the same record.",
    "先に前の資格の喪失日を更新するか、無効化してください。",
    "First update the end of the other coverage, or invalidate it.",
    "coverages of one insured record never overlap",
)
NUMBER_CHANGED = _line(
    "INSURER-045",
    "登録番号の資格と記号・番号・枝番が違います。",
    "The 登録番号 belongs to another symbol, number or branch.",
    "記号・番号・枝番が変わるときは、無効化してから登録してください。",
    "When symbol, number or branch change, invalidate and register.",
    "an update keeps the insured record's identity",
)
NUMBER_ELSEWHERE = _line(
    "INSURER-046",
    "個人番号の項目でないところに個人番号が入っています。",
    "There is a 個人番号 in a field that is not for it.",
    "その項目から個人番号を取り除いてください。項目がずれていないか、行全体も確認してください。",
    "Remove the 個人番号 from the field, and see whether the line's fields have slipped.",
    "the line's own 個人番号 in another text, or twelve digits with its check digit in a name, the address or the "
    "reason; the value is never shown",
)

RESIDENTS_DOWN = Fault(
    code="INSURER-060",
    kind=Kind.UPSTREAM,
    desk_ja="住民基本台帳への照会ができません。",
    desk_en="The resident register cannot be asked.",
    next_ja=f"しばらくしてから再開してください{_RESUME_JA}。何も反映されていません。",
    next_en=f"Resume in a little while {_RESUME_EN}. Nothing was applied.",
    vendor="the resident register did not answer, or not in its form",
    repeat=Repeat.LATER,
)
RESIDENTS_WRONG = Fault(
    code="INSURER-061",
    kind=Kind.BAD_INPUT,
    desk_ja="住民基本台帳への照会先の設定が正しくありません。",
    desk_en="The resident register is not set up rightly.",
    next_ja=_VENDOR_JA,
    next_en=_VENDOR_EN,
    vendor="residents.url must be https, or http on the loopback address",
)
SPOOL_BROKEN = Fault(
    code="INSURER-062",
    kind=Kind.INTERNAL,
    desk_ja="預かったファイルを復号できません。",
    desk_en="The file that was kept cannot be decrypted.",
    next_ja="もう一度登録してください。何も反映されていません。",
    next_en="Upload it again. Nothing was applied.",
    vendor="the encrypted copy is cut off, changed, or of another key",
)
KEYS_WRONG = Fault(
    code="INSURER-063",
    kind=Kind.INTERNAL,
    desk_ja="取り込みの鍵の設定が正しくありません。",
    desk_en="The importer's keys are not set up rightly.",
    next_ja=_VENDOR_JA,
    next_en=_VENDOR_EN,
    vendor="stored numbers carry another key id: list every key in its order, or run `onshi insurer rotate`",
)
HELPER_LOST = Fault(
    code="INSURER-064",
    kind=Kind.INTERNAL,
    desk_ja="取り込みの処理が途中で止まりました。",
    desk_en="The import was interrupted.",
    next_ja=f"登録を再開してください{_RESUME_JA}。何も反映されていません。",
    next_en=f"Resume the upload {_RESUME_EN}. Nothing was applied.",
    vendor="the process that judges lines ended before the importer (out of memory, or killed), or the database "
    "crashed and came back without the staged lines",
    repeat=Repeat.NOW,
)

OFFICER_UNKNOWN = Fault(
    code="INSURER-070",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="担当者の証明書が登録されていません。",
    desk_en="The officer's certificate is not enrolled.",
    next_ja="担当者の登録（onshi insurer officer enrol）を確認してください。",
    next_en="Check the officer's enrolment (onshi insurer officer enrol).",
    vendor="no client certificate, not that of an enrolled officer, or outside its dates",
)
OFFICER_REVOKED = Fault(
    code="INSURER-071",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この担当者の登録は取り消されています。",
    desk_en="This officer's enrolment was revoked.",
    next_ja="センターに連絡してください。",
    next_en="Contact the centre.",
    vendor="officer revoked; an id is never enrolled again",
)
OFFICER_EXISTS = Fault(
    code="INSURER-072",
    kind=Kind.CONFLICT,
    desk_ja="この担当者は、別の保険者または別の役割で登録されています。",
    desk_en="This officer is enrolled already, for another insurer or with another role.",
    next_ja="別の担当者番号にするか、前の登録を取り消してください。",
    next_en="Use another officer id, or revoke the earlier enrolment.",
    vendor="an officer's insurer and role never change; enrol a new id",
)
OFFICER_MISSING = Fault(
    code="INSURER-073",
    kind=Kind.NOT_FOUND,
    desk_ja="その担当者は登録されていません。",
    desk_en="There is no such officer.",
    next_ja="担当者番号を確認してください（onshi insurer officer list）。",
    next_en="Check the officer's id (onshi insurer officer list).",
    vendor="unknown officer id",
)
ROLE_NEEDED = Fault(
    code="INSURER-074",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この操作は責任者だけができます。",
    desk_en="Only a supervisor may do this.",
    next_ja="責任者に依頼してください。",
    next_en="Ask a supervisor.",
    vendor="details: the role that is needed",
)
