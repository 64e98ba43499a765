"""Catalogue of checkup submissions (特定健診): refused ZIPs, faults of files, elements and items. Codes CHECKUP-nnn.

Over 400 lines because it is one list of entries: a newcomer looks for a code in one place.
"""

from protocol.errors.fault import Fault, Kind

_FILE_JA = "送り主に確認し、正しいファイルを受け取り直してください。"
_FILE_EN = "Ask the sender and get the right file."
_PATH_JA = "ファイルの場所と読み取り権限を確認してください。"
_PATH_EN = "Check that the file exists and may be read."
_MEND_JA = "示されたファイルと項目を送り主に伝え、直したファイルを受け取ってください。"
_MEND_EN = "Tell the sender the file and item, and get a corrected submission."

NOT_A_ZIP = Fault(
    code="CHECKUP-001",
    kind=Kind.BAD_INPUT,
    desk_ja="ZIPファイルではありません。",
    desk_en="This is not a ZIP file.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="no end-of-central-directory record, or bytes in front of the first file",
)
ZIP_DAMAGED = Fault(
    code="CHECKUP-002",
    kind=Kind.BAD_INPUT,
    desk_ja="ZIPファイルが壊れています。",
    desk_en="The ZIP file is damaged.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="directory, offsets, compressed data or CRC contradict each other",
)
ZIP_TOO_LARGE = Fault(
    code="CHECKUP-003",
    kind=Kind.BAD_INPUT,
    desk_ja="ZIPファイルが大きすぎます。",
    desk_en="The ZIP file is too large.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="more bytes, files or compression than the limits of archive.Limits, or ZIP64",
)
ZIP_NAMES = Fault(
    code="CHECKUP-004",
    kind=Kind.BAD_INPUT,
    desk_ja="ZIPファイル内の名前が安全ではありません。",
    desk_en="A name inside the ZIP file is not safe.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="absolute, .., back slash, control or non-ASCII character, link, or the same name twice",
)
ZIP_ENCRYPTED = Fault(
    code="CHECKUP-005",
    kind=Kind.BAD_INPUT,
    desk_ja="ZIPファイルが暗号化されています。",
    desk_en="The ZIP file is encrypted.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="no password is defined for submissions; ask for it without one, over the protected line",
)
FILE_UNREADABLE = Fault(
    code="CHECKUP-006",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルを読めませんでした。",
    desk_en="The file could not be read.",
    next_ja=_PATH_JA,
    next_en=_PATH_EN,
    vendor="the operating system refused the file: missing, no permission, or a folder",
)
NOT_A_SUBMISSION = Fault(
    code="CHECKUP-007",
    kind=Kind.BAD_INPUT,
    desk_ja="特定健診の提出用ZIPファイルではありません。",
    desk_en="This ZIP file is no checkup submission.",
    next_ja=_FILE_JA,
    next_en=_FILE_EN,
    vendor="neither ix08_V08.xml nor a DATA folder in it",
)
XML_MALFORMED = Fault(
    code="CHECKUP-010",
    kind=Kind.BAD_INPUT,
    desk_ja="XMLの書式に誤りがあります。",
    desk_en="The XML is not well-formed.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the parser stopped at the line that is given",
)
XML_FORBIDDEN = Fault(
    code="CHECKUP-011",
    kind=Kind.BAD_INPUT,
    desk_ja="XMLに許されない宣言があります。",
    desk_en="The XML holds a declaration that is not allowed.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="DOCTYPE and entities are refused",
)
XML_TOO_LARGE = Fault(
    code="CHECKUP-012",
    kind=Kind.BAD_INPUT,
    desk_ja="XMLが大きすぎるか、深すぎます。",
    desk_en="The XML is too large or too deep.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="bytes, elements, attributes or depth over the limits of tree",
)
XML_ENCODING = Fault(
    code="CHECKUP-013",
    kind=Kind.BAD_INPUT,
    desk_ja="文字コードが UTF-8 ではありません。",
    desk_en="The characters are not encoded in UTF-8.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="another encoding is declared, or bytes that are no UTF-8",
)
DOCUMENT_KIND = Fault(
    code="CHECKUP-014",
    kind=Kind.BAD_INPUT,
    desk_ja="XMLの種類が違います。",
    desk_en="The XML is of another kind.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="root element and namespace of ix08, su08, hc08 or cc08 are fixed",
)
FILE_NAME = Fault(
    code="CHECKUP-015",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイル名の形式が違います。",
    desk_en="The file name is not as it must be.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="h or c, facility 10, date 8, time of day 1, kind 1, serial 6",
)
FILE_UNKNOWN = Fault(
    code="CHECKUP-016",
    kind=Kind.BAD_INPUT,
    desk_ja="提出用ファイルではないものが入っています。",
    desk_en="There is a file that does not belong here.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="allowed: ix08_V08.xml, su08_V08.xml, DATA, CLAIMS, XSD",
)
FILE_MISSING = Fault(
    code="CHECKUP-017",
    kind=Kind.BAD_INPUT,
    desk_ja="必要なファイルがありません。",
    desk_en="A file is missing.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="ix08 always; su08 and CLAIMS both or neither; at least one file in DATA",
)
PAIR_MISSING = Fault(
    code="CHECKUP-018",
    kind=Kind.BAD_INPUT,
    desk_ja="結果と決済の組がそろっていません。",
    desk_en="A result or its claim is missing.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="DATA/h… and CLAIMS/c… carry the same numbers in their names",
)
FOLDER_NAME = Fault(
    code="CHECKUP-019",
    kind=Kind.BAD_INPUT,
    desk_ja="フォルダー名の形式が違います。",
    desk_en="The folder name is not as it must be.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="one folder: sender 10 _ receiver 8 _ date 8 with time of day 1 _ kind 1",
)
VALUE_MISSING = Fault(
    code="CHECKUP-020",
    kind=Kind.BAD_INPUT,
    desk_ja="必要な項目がありません。",
    desk_en="A required element is missing.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the element or its attribute is not there, or empty",
)
VALUE_FORM = Fault(
    code="CHECKUP-021",
    kind=Kind.BAD_INPUT,
    desk_ja="値の書式が違います。",
    desk_en="The value is not written as it must be.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="digits, length or characters",
)
VALUE_DATE = Fault(
    code="CHECKUP-022",
    kind=Kind.BAD_INPUT,
    desk_ja="存在しない日付です。",
    desk_en="There is no such date.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="YYYYMMDD",
)
VALUE_CODE = Fault(
    code="CHECKUP-023",
    kind=Kind.BAD_INPUT,
    desk_ja="コードが一覧にありません。",
    desk_en="The code is not in its list.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the attribute has a closed code list",
)
CHECK_DIGIT = Fault(
    code="CHECKUP-024",
    kind=Kind.BAD_INPUT,
    desk_ja="検証番号が合いません。",
    desk_en="The check digit does not fit.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="保険者番号, or 医療機関コード over all ten digits",
)
VALUE_OID = Fault(
    code="CHECKUP-025",
    kind=Kind.BAD_INPUT,
    desk_ja="識別子の体系 (OID) が違います。",
    desk_en="The OID is not the one of this place.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="root or codeSystem; an arc never begins with 0",
)
ELEMENT_TWICE = Fault(
    code="CHECKUP-026",
    kind=Kind.BAD_INPUT,
    desk_ja="一つだけの項目が二つ以上あります。",
    desk_en="An element that stands once stands twice.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="told for the second one",
)
ELEMENT_ORDER = Fault(
    code="CHECKUP-027",
    kind=Kind.BAD_INPUT,
    desk_ja="項目の順序が違うか、知らない項目があります。",
    desk_en="The elements are out of order, or one of them is not known.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the children of index, summary and checkupClaim stand in the order of their definition",
)
SENDER_DIFFERS = Fault(
    code="CHECKUP-040",
    kind=Kind.BAD_INPUT,
    desk_ja="送付元が一致しません。",
    desk_en="The senders differ.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="folder name, ix08, file names and documents name one sender",
)
RECEIVER_DIFFERS = Fault(
    code="CHECKUP-041",
    kind=Kind.BAD_INPUT,
    desk_ja="送付先が一致しません。",
    desk_en="The receivers differ.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="folder name, ix08 and, where the receiver is an insurer, the documents",
)
KIND_DIFFERS = Fault(
    code="CHECKUP-042",
    kind=Kind.BAD_INPUT,
    desk_ja="実施区分が一致しません。",
    desk_en="The kinds of service differ.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="実施区分 in folder name, ix08, su08, file names and claims",
)
NAME_DIFFERS = Fault(
    code="CHECKUP-043",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイル名の日付・回数がフォルダー名と一致しません。",
    desk_en="Date or time of day in the file name differ from the folder.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="h… and c… repeat the folder name when the facility itself sends",
)
COUNT = Fault(
    code="CHECKUP-044",
    kind=Kind.BAD_INPUT,
    desk_ja="件数が合いません。",
    desk_en="The count is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="ix08 totalRecordCount: files in DATA and CLAIMS; su08 totalSubjectCount: claims",
)
TOTAL = Fault(
    code="CHECKUP-045",
    kind=Kind.BAD_INPUT,
    desk_ja="合計金額が合いません。",
    desk_en="The total is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="su08 amounts are the sums over CLAIMS; cost = paid + other programmes + claimed",
)
BALANCE = Fault(
    code="CHECKUP-046",
    kind=Kind.BAD_INPUT,
    desk_ja="決済の金額が合いません。",
    desk_en="The amounts of the claim do not add up.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="sum of unit prices = unitAmount = paid + other programme + claimed",
)
PERSON_DIFFERS = Fault(
    code="CHECKUP-047",
    kind=Kind.BAD_INPUT,
    desk_ja="結果と決済の受診者が一致しません。",
    desk_en="Result and claim are of different persons.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="insurer, symbol, number, branch, birth date, sex and card number, in this order",
)
DATE_ORDER = Fault(
    code="CHECKUP-048",
    kind=Kind.BAD_INPUT,
    desk_ja="日付の前後が合いません。",
    desk_en="The dates are out of order.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="birth, checkup, document, submission follow each other",
)
CARD_EXPIRED = Fault(
    code="CHECKUP-049",
    kind=Kind.BAD_INPUT,
    desk_ja="受診券の有効期限を過ぎています。",
    desk_en="The checkup card had expired.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="実施日 after the high value of the card",
)
PERSON_TWICE = Fault(
    code="CHECKUP-050",
    kind=Kind.BAD_INPUT,
    desk_ja="同じ受診者の同じ日の結果が二つ以上あります。",
    desk_en="The same person has two results of one day.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="insurer, symbol, number, branch and 実施日",
)
ITEM_UNKNOWN = Fault(
    code="CHECKUP-060",
    kind=Kind.BAD_INPUT,
    desk_ja="知らない検査項目です。",
    desk_en="The item is not known.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the code is not in the item table of section 01010; items go by code, never by name",
)
ITEM_TWICE = Fault(
    code="CHECKUP-061",
    kind=Kind.BAD_INPUT,
    desk_ja="同じ検査項目が二つ以上あります。",
    desk_en="The item stands twice.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="one code stands once in a document",
)
ITEM_TYPE = Fault(
    code="CHECKUP-062",
    kind=Kind.BAD_INPUT,
    desk_ja="データタイプが違います。",
    desk_en="The data type is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="xsi:type PQ, CD, CO or ST as the item table says",
)
ITEM_UNIT = Fault(
    code="CHECKUP-063",
    kind=Kind.BAD_INPUT,
    desk_ja="単位が違います。",
    desk_en="The unit is wrong.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="PQ values carry the UCUM unit of the item table; nothing is converted",
)
ITEM_NUMBER = Fault(
    code="CHECKUP-064",
    kind=Kind.BAD_INPUT,
    desk_ja="数値の桁数が違います。",
    desk_en="The number is not written as it must be.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="digits before and behind the point as the item table says",
)
ITEM_RANGE = Fault(
    code="CHECKUP-065",
    kind=Kind.BAD_INPUT,
    desk_ja="入力範囲の外の値に L・H の印がありません。",
    desk_en="A value outside the range is not marked L or H.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="at or under the lowest, at or over the highest value: interpretationCode L or H beside the measured value",
)
ITEM_FLAG = Fault(
    code="CHECKUP-066",
    kind=Kind.BAD_INPUT,
    desk_ja="L・H の印が値と合いません。",
    desk_en="The mark L or H does not fit the value.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="interpretationCode is L, H or N, and not opposite to the range",
)
ITEM_CODE = Fault(
    code="CHECKUP-067",
    kind=Kind.BAD_INPUT,
    desk_ja="結果コードが一覧にありません。",
    desk_en="The result code is not in its list.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="CD and CO values come from the list of their OID",
)
ITEM_METHOD = Fault(
    code="CHECKUP-068",
    kind=Kind.BAD_INPUT,
    desk_ja="検査方法が項目と合いません。",
    desk_en="The method does not fit the item.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the method is part of the item code; methodCode repeats it",
)
ITEM_ABSENT = Fault(
    code="CHECKUP-069",
    kind=Kind.BAD_INPUT,
    desk_ja="未実施の印が正しくありません。",
    desk_en="The mark for not done is not right.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="nullFlavor of HL7 and no value beside it",
)
ITEM_TEXT = Fault(
    code="CHECKUP-070",
    kind=Kind.BAD_INPUT,
    desk_ja="文字数が多すぎます。",
    desk_en="The text is too long.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="ST up to the length of the item table",
)
ITEM_REQUIRED = Fault(
    code="CHECKUP-071",
    kind=Kind.BAD_INPUT,
    desk_ja="必須の検査項目がありません。",
    desk_en="A required item is missing.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="present with a value or with nullFlavor",
)
GROUP_REQUIRED = Fault(
    code="CHECKUP-072",
    kind=Kind.BAD_INPUT,
    desk_ja="いずれか必須の検査項目がありません。",
    desk_en="None of a group of items is there.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="one of the group, with a value or with nullFlavor",
)
BMI = Fault(
    code="CHECKUP-073",
    kind=Kind.BAD_INPUT,
    desk_ja="BMIが身長・体重と合いません。",
    desk_en="The BMI does not fit height and weight.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="kg / m2, rounded to one decimal, 0.1 tolerated",
)
PRESSURES = Fault(
    code="CHECKUP-074",
    kind=Kind.BAD_INPUT,
    desk_ja="拡張期血圧が収縮期血圧以上です。",
    desk_en="The diastolic pressure is not below the systolic.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="first, second or other measurement",
)
FASTING = Fault(
    code="CHECKUP-075",
    kind=Kind.BAD_INPUT,
    desk_ja="空腹時・随時の区別が採血時間と合いません。",
    desk_en="Fasting or random does not fit the time since the meal.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="fasting is 10 hours or more (code 2), random less (3, 4)",
)
SCHEMA = Fault(
    code="CHECKUP-080",
    kind=Kind.BAD_INPUT,
    desk_ja="厚生労働省のXMLスキーマに合いません。",
    desk_en="The document does not match the ministry's XML schema.",
    next_ja=_MEND_JA,
    next_en=_MEND_EN,
    vendor="the first difference by line; expected is the name of libxml2's error, whose words would quote values",
)
SCHEMAS_WRONG = Fault(
    code="CHECKUP-081",
    kind=Kind.BAD_INPUT,
    desk_ja="XMLスキーマを使えません。",
    desk_en="The XML schemas cannot be used.",
    next_ja="厚生労働省のXSDフォルダー（V4、ix08・su08・hc08・cc08）を指定してください。",
    next_en="Name the ministry's XSD folder (V4: ix08, su08, hc08, cc08).",
    vendor="missing, malformed, of another namespace (two ix08_V08.xsd circulate), or asking for files outside",
)
SCHEMAS_NEED_LXML = Fault(
    code="CHECKUP-082",
    kind=Kind.BAD_INPUT,
    desk_ja="XMLスキーマの検証に必要な部品がありません。",
    desk_en="The part that checks XML schemas is not installed.",
    next_ja="onshi[schemas] を追加でインストールするか、--schemas を外してください。",
    next_en="Install onshi[schemas], or leave --schemas away.",
    vendor="lxml is an extra: the centre needs it only for operators who supply schemas",
)
