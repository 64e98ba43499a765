"""Catalogue of folder files and messages of clinic software. Codes CLINIC-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

REQUEST_KIND_NOT_YET = Fault(
    code="CLINIC-005",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この種類の照会は、このバージョンではまだ使えません。",
    desk_en="This kind of request is not supported yet by this version.",
    next_ja="資格確認（1件ずつの照会）か一括照会をお使いください。",
    next_en="Use the single eligibility query or the bulk query.",
    vendor="The name is well formed; the table of kinds that are answered is in the book (clinic software).",
)
REQUEST_NAME = Fault(
    code="CLINIC-006",
    kind=Kind.BAD_INPUT,
    desk_ja="照会ファイルの名前が決まりに合いません。",
    desk_en="The request file's name does not follow the rules.",
    next_ja="レセコンの設定を確認してください。",
    next_en="Check the clinic software's settings.",
    vendor="Name is not <SYS><si|mu><function><NN>req_<suffix>.xml.",
)
REQUEST_UNREADABLE = Fault(
    code="CLINIC-007",
    kind=Kind.BAD_INPUT,
    desk_ja="照会ファイルを開けません。",
    desk_en="The request file cannot be opened.",
    next_ja="フォルダの権限と、ファイルを開いたままのソフトがないかを確認してください。",
    next_en="Check the folder's permissions and whether a program keeps the file open.",
    vendor="Opening or reading the request failed, is locked, or it is not a regular file.",
    repeat=Repeat.LATER,
)
REQUEST_INCOMPLETE = Fault(
    code="CLINIC-008",
    kind=Kind.BAD_INPUT,
    desk_ja="照会ファイルが書きかけのまま止まっています。",
    desk_en="The request file was never finished.",
    next_ja="レセコンからもう一度照会してください。",
    next_en="Ask again from the clinic software.",
    vendor="File stayed empty, ends before its last element is closed, or kept changing past the time limit.",
    repeat=Repeat.NOW,
)
REQUEST_DEFECT = Fault(
    code="CLINIC-017",
    kind=Kind.INTERNAL,
    desk_ja="この端末の中で不具合が起き、照会に回答できませんでした。",
    desk_en="This appliance made an error inside and could not answer the request.",
    next_ja="もう一度照会し、続くときは端末の保守担当に連絡してください。",
    next_en="Ask again; if it goes on, tell whoever maintains the appliance.",
    vendor="A defect of ours, not of the request; the appliance's log has it as request_defect.",
    repeat=Repeat.NOW,
)
FOREIGN_FACILITY = Fault(
    code="CLINIC-010",
    kind=Kind.NOT_ALLOWED,
    desk_ja="照会ファイルの医療機関コードが、この端末のものではありません。",
    desk_en="The request names another facility than this device's.",
    next_ja="レセコンの医療機関コードを確認してください。",
    next_en="Check the facility code in the clinic software.",
    vendor="MedicalInstitutionCode differs from the device's facility; nothing was asked.",
)
FOLDER_MISSING = Fault(
    code="CLINIC-011",
    kind=Kind.INTERNAL,
    desk_ja="連携フォルダがありません。",
    desk_en="An exchange folder is missing.",
    next_ja="共有フォルダの接続を確認してください。",
    next_en="Check that the shared folder is there.",
    vendor="req, res or face does not exist or is no directory.",
    repeat=Repeat.LATER,
)
FOLDER_NOT_WRITABLE = Fault(
    code="CLINIC-012",
    kind=Kind.INTERNAL,
    desk_ja="連携フォルダに書き込めません（空き容量または権限）。",
    desk_en="An exchange folder cannot be written (space or permissions).",
    next_ja="ディスクの空き容量とフォルダの権限を確認してください。",
    next_en="Check free space and permissions.",
    vendor="Writing, syncing or linking failed; no file with the final name was left behind.",
    repeat=Repeat.LATER,
)
NAME_TAKEN = Fault(
    code="CLINIC-013",
    kind=Kind.CONFLICT,
    desk_ja="同じ名前の結果ファイルがすでにあります。",
    desk_en="A result file of the same name is already there.",
    next_ja="古い結果を取り込んでから、別の名前で照会してください。",
    next_en="Fetch the old result first, then ask under another name.",
    vendor="The final name exists; an existing result is never overwritten.",
)
NO_RESULT_TO_DELIVER = Fault(
    code="CLINIC-014",
    kind=Kind.INTERNAL,
    desk_ja="資格の判定がないため、結果ファイルは作られませんでした。",
    desk_en="There is no eligibility result, so no result file was made.",
    next_ja="画面の案内に従ってください。",
    next_en="Follow the words on the screen.",
    vendor="A face file needs a QualificationValidity; the answer has none.",
)
BULK_UNKNOWN = Fault(
    code="CLINIC-020",
    kind=Kind.NOT_FOUND,
    desk_ja="この受付番号の一括照会はありません。",
    desk_en="There is no bulk request with this reception number.",
    next_ja="受付番号を確認するか、もう一度アップロードしてください。",
    next_en="Check the reception number, or upload again.",
    vendor="ReceptionNumber is unknown, another facility's, or of another kind of bulk.",
)
BULK_TOO_LONG = Fault(
    code="CLINIC-021",
    kind=Kind.BAD_INPUT,
    desk_ja="一度に照会できる件数を超えています。",
    desk_en="The request asks for more records than one file may.",
    next_ja="ファイルを分けて照会してください。",
    next_en="Divide it into several files.",
    vendor="More units than one bulk may have; the limit is in the details.",
)
BULK_TOO_MANY = Fault(
    code="CLINIC-022",
    kind=Kind.TOO_MANY,
    desk_ja="本日の一括照会の件数が上限に達しました。",
    desk_en="The facility has reached today's number of bulk records.",
    next_ja="明日もう一度お試しいただくか、1件ずつ照会してください。",
    next_en="Try again tomorrow, or ask one by one.",
    vendor="Units uploaded by this facility within 24 hours; the limit is in the details.",
    repeat=Repeat.LATER,
)
BULK_EXPIRED = Fault(
    code="CLINIC-023",
    kind=Kind.NOT_FOUND,
    desk_ja="この一括照会の結果は、保存期間を過ぎて消去されました。",
    desk_en="The results of this bulk were kept for their time and then deleted.",
    next_ja="もう一度アップロードしてください。",
    next_en="Upload again.",
    vendor="Results are deleted seven days after they were ready.",
)
REFERENCE_NO_RECORD = Fault(
    code="CLINIC-025",
    kind=Kind.NOT_FOUND,
    desk_ja="照会番号を登録する資格が見つかりません。",
    desk_en="There is no coverage to register the reference number for.",
    next_ja="保険者番号・記号・番号・枝番を確認してください。",
    next_en="Check insurer, symbol, number and branch.",
    vendor="No insured record valid today has exactly these numbers. 医療扶助 takes no reference number.",
)
REFERENCE_SEVERAL = Fault(
    code="CLINIC-026",
    kind=Kind.CONFLICT,
    desk_ja="照会番号を登録する資格が一つに決まりません。",
    desk_en="More than one coverage fits the reference number.",
    next_ja="枝番または記号を加えて登録してください。",
    next_en="Register again with the branch number or the symbol.",
    vendor="Several insured records valid today fit the given numbers.",
)
CONSENTED_PERIOD = Fault(
    code="CLINIC-027",
    kind=Kind.BAD_INPUT,
    desk_ja="同意済みの方の一括取得の期間または診療区分が正しくありません。",
    desk_en="The period or the kind of care of the bulk of consented patients is not right.",
    next_ja="同意日か診療日のどちらか一方を、開始日と終了日の両方で指定してください。",
    next_en="Give either the days of consent or the days of examination, with first and last day.",
    vendor="Exactly one of ConsentDateFrom/To and ExaminationDateFrom/To; MedicalTreatmentFlag 2 in hvq, 3 in onq.",
)
SEAL_PASSWORD = Fault(
    code="CLINIC-016",
    kind=Kind.BAD_INPUT,
    desk_ja="結果ファイルを暗号化するパスワードが使えません。",
    desk_en="The password for encrypted result files cannot be used.",
    next_ja="パスワードのファイルを確認してください（12文字以上）。",
    next_en="Check the password's file: at least 12 characters.",
    vendor="folders.encrypt names prefixes, but the file of folders.encrypt_password is missing or too short.",
)
TOKEN_WRONG = Fault(
    code="CLINIC-030",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="ログインしていないか、ログイン情報が正しくありません。",
    desk_en="Not logged in, or the token is not one of ours.",
    next_ja="もう一度ログインしてください。",
    next_en="Log in again.",
    vendor="Authorization must hold the login's token as it is, once.",
    repeat=Repeat.NOW,
)
TOKEN_EXPIRED = Fault(
    code="CLINIC-031",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="ログインの有効期限が切れました。",
    desk_en="The login has expired.",
    next_ja="もう一度ログインしてください。",
    next_en="Log in again.",
    vendor="The idToken lives 30 minutes.",
    repeat=Repeat.NOW,
)
VISIT_NOT_KEPT = Fault(
    code="CLINIC-040",
    kind=Kind.NOT_FOUND,
    desk_ja="この来院の記録は、この端末に残っていません。",
    desk_en="This visit is not kept on this appliance (any more).",
    next_ja="患者さんのカードをもう一度読み取ってください。",
    next_en="Read the patient's card again.",
    vendor="No visit, or more than one, begins with this id; visits are kept for folders.stay_minutes.",
)
API_TOKEN = Fault(
    code="CLINIC-041",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="このソフトは、端末に登録されていません。",
    desk_en="This software is not registered at the appliance.",
    next_ja="端末の設定にソフトのトークンを登録してください。",
    next_en="Register the software's token in the appliance's settings.",
    vendor="Authorization: Bearer TOKEN, made by `onshi edge clinic token`.",
)
API_REQUEST = Fault(
    code="CLINIC-042",
    kind=Kind.BAD_INPUT,
    desk_ja="ソフトからの送り方に誤りがあります。",
    desk_en="The software's request is not as the interface says.",
    next_ja="ソフトの担当に連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="Unknown path or method, wrong parameter, or a body that is not JSON; details name it.",
)
API_CROWDED = Fault(
    code="CLINIC-043",
    kind=Kind.TOO_MANY,
    desk_ja="接続しているソフトが多すぎます。",
    desk_en="Too many programs are connected.",
    next_ja="使っていないソフトを閉じてください。",
    next_en="Close programs that are not in use.",
    vendor="The number of open event streams is limited; details name the limit.",
    repeat=Repeat.LATER,
)
APPOINTMENTS = Fault(
    code="CLINIC-044",
    kind=Kind.BAD_INPUT,
    desk_ja="予約の一覧を読み取れません。",
    desk_en="The list of appointments cannot be read.",
    next_ja="一覧の列名と行を確認してください。",
    next_en="Check the list's column names and lines.",
    vendor="CSV with a first line of column names, or a JSON list; details name the line, and what is wrong with it.",
)
PAPER_FONT = Fault(
    code="CLINIC-050",
    kind=Kind.INTERNAL,
    desk_ja="センターでPDFを作れません（書体がありません）。",
    desk_en="The centre cannot make a PDF: its font is missing.",
    next_ja="XMLで取得するか、センターに連絡してください。",
    next_en="Ask for XML, or tell the centre.",
    vendor="The package matplotlib-fontja with IPAexGothic is not installed at the centre.",
)
