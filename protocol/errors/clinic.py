"""Catalogue of folder files and messages of clinic software. Codes CLINIC-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

REQUEST_KIND_NOT_YET = Fault(
    code="CLINIC-005",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この種類の照会は、このバージョンではまだ使えません。",
    desk_en="This kind of request is not supported yet by this version.",
    next_ja="資格確認（1件ずつの照会）をお使いください。",
    next_en="Use the single eligibility query.",
    vendor="Only OQSsiquc01req is answered by this version.",
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
    vendor="File stayed empty or kept changing past the time limit.",
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
