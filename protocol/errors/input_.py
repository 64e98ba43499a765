"""Catalogue of values from outside: numbers, dates, text, configuration. Codes INPUT-nnn."""

from protocol.errors.fault import Fault, Kind

INSURER_NUMBER = Fault(
    code="INPUT-001",
    kind=Kind.BAD_INPUT,
    desk_ja="保険者番号の形が正しくありません。",
    desk_en="The insurer number does not have the right form.",
    next_ja="保険者番号(8桁、国保は6桁)を確かめて入力し直してください。",
    next_en="Check the insurer number (8 digits, national health 6) and enter it again.",
    vendor="Insurer number: 8 or 6 digits, padded with blanks or zeros in front, or one leading zero lost.",
)
CHECK_DIGIT = Fault(
    code="INPUT-002",
    kind=Kind.BAD_INPUT,
    desk_ja="番号の検証番号(最後の桁)が合いません。",
    desk_en="The number's check digit (its last digit) does not fit.",
    next_ja="番号を一桁ずつ確かめて入力し直してください。",
    next_en="Compare the number digit by digit and enter it again.",
    vendor="Check digit: weights 2,1 from the right, digit sums, 10 minus the remainder of 10.",
)
FACILITY_CODE = Fault(
    code="INPUT-003",
    kind=Kind.BAD_INPUT,
    desk_ja="医療機関コードの形が正しくありません。",
    desk_en="The facility code does not have the right form.",
    next_ja="レセコンの医療機関コード(10桁)の設定を確かめてください。",
    next_en="Check the facility code (10 characters) in the clinic software's settings.",
    vendor="MedicalInstitutionCode: prefecture 2, fee table 1, institution 7.",
)
SYMBOL = Fault(
    code="INPUT-004",
    kind=Kind.BAD_INPUT,
    desk_ja="被保険者証記号の形が正しくありません。",
    desk_en="The insured symbol does not have the right form.",
    next_ja="記号(20文字まで)を確かめて入力し直してください。",
    next_en="Check the symbol (at most 20 characters) and enter it again.",
    vendor="InsuredCardSymbol: 1 to 20 characters, not blank, no control characters.",
)
INSURED_NUMBER = Fault(
    code="INPUT-005",
    kind=Kind.BAD_INPUT,
    desk_ja="被保険者証番号の形が正しくありません。",
    desk_en="The insured number does not have the right form.",
    next_ja="番号(20文字まで)を確かめて入力し直してください。",
    next_en="Check the number (at most 20 characters) and enter it again.",
    vendor="InsuredIdentificationNumber: 1 to 20 characters, not blank, no control characters.",
)
BRANCH = Fault(
    code="INPUT-006",
    kind=Kind.BAD_INPUT,
    desk_ja="枝番の形が正しくありません。",
    desk_en="The branch number does not have the right form.",
    next_ja="枝番(数字2桁)を確かめて入力し直してください。",
    next_en="Check the branch number (2 digits) and enter it again.",
    vendor="InsuredBranchNumber: exactly 2 digits, or left out.",
)
BIRTH_DATE = Fault(
    code="INPUT-007",
    kind=Kind.BAD_INPUT,
    desk_ja="生年月日が正しい日付ではありません。",
    desk_en="The birth date is not a date.",
    next_ja="生年月日を確かめて入力し直してください。",
    next_en="Check the birth date and enter it again.",
    vendor="Birthdate: YYYYMMDD, a day of the calendar, not before the Meiji era.",
)
BURDEN_RATIO = Fault(
    code="INPUT-008",
    kind=Kind.BAD_INPUT,
    desk_ja="負担割合の形が正しくありません。",
    desk_en="The burden ratio does not have the right form.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="Burden ratio: three digits, 010 to 100 in steps of ten per cent.",
)
PAYER_NUMBER = Fault(
    code="INPUT-009",
    kind=Kind.BAD_INPUT,
    desk_ja="公費負担者番号または受給者番号の形が正しくありません。",
    desk_en="The public-expense payer or recipient number does not have the right form.",
    next_ja="負担者番号(8桁)と受給者番号(7桁)を確かめて入力し直してください。",
    next_en="Check the payer number (8 digits) and the recipient number (7 digits) and enter them again.",
    vendor="Public-expense payer number: 8 digits; recipient number: 7 digits.",
)
DATE = Fault(
    code="INPUT-010",
    kind=Kind.BAD_INPUT,
    desk_ja="日付または日時が正しくありません。",
    desk_en="A date or time is not right.",
    next_ja="日付を確かめて入力し直してください。",
    next_en="Check the date and enter it again.",
    vendor="Dates are YYYYMMDD, months YYYYMM, moments YYYYMMDDhhmmss in Japan time; calendar days only.",
)
ERA_DATE = Fault(
    code="INPUT-011",
    kind=Kind.BAD_INPUT,
    desk_ja="その元号の年月日は存在しません。",
    desk_en="That era has no such day.",
    next_ja="元号と年を確かめて入力し直してください。",
    next_en="Check the era and the year and enter the date again.",
    vendor="An era year after the era's last day or before its first (平成32年, 昭和65年) is refused.",
)
UNKNOWN_CODE = Fault(
    code="INPUT-012",
    kind=Kind.BAD_INPUT,
    desk_ja="電文に定義されていないコード値があります。",
    desk_en="The message carries a code value that is not defined.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="The value is not in the OQSCD code list named in the details.",
)
TEXT = Fault(
    code="INPUT-013",
    kind=Kind.BAD_INPUT,
    desk_ja="使えない文字か、長すぎる文字列があります。",
    desk_en="A text has characters that are not allowed, or is too long.",
    next_ja="その項目を確かめて入力し直してください。",
    next_en="Check that item and enter it again.",
    vendor="No control characters, lone surrogates or non-characters; lengths as in the message tables.",
)
TEXT_ENCODING = Fault(
    code="INPUT-014",
    kind=Kind.BAD_INPUT,
    desk_ja="文字コードを読み取れません。",
    desk_en="The character encoding cannot be read.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="The bytes are not text in the encoding that they declare; UTF-8 and Shift_JIS (CP932) are read.",
)
MESSAGE_TOO_LARGE = Fault(
    code="INPUT-015",
    kind=Kind.BAD_INPUT,
    desk_ja="電文が大きすぎます。",
    desk_en="The message is too large.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="The message exceeds the size, depth or number of elements that this interface reads.",
)
MESSAGE_MALFORMED = Fault(
    code="INPUT-016",
    kind=Kind.BAD_INPUT,
    desk_ja="電文の形式が壊れています。",
    desk_en="The message is broken.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="Not well-formed XML or JSON, or the tree does not have the shape of the message.",
)
MESSAGE_FORBIDDEN = Fault(
    code="INPUT-017",
    kind=Kind.BAD_INPUT,
    desk_ja="電文に許されない宣言があります。",
    desk_en="The message has a declaration that is not allowed.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="Document types, entities and external references are never read.",
)
MESSAGE_MISSING = Fault(
    code="INPUT-018",
    kind=Kind.BAD_INPUT,
    desk_ja="電文に必須の項目がありません。",
    desk_en="The message lacks a required item.",
    next_ja="必須の項目が入力されているか確かめてください。",
    next_en="See that the required items are filled in.",
    vendor="The element named in the details is required; an empty element counts as absent.",
)
MESSAGE_TWICE = Fault(
    code="INPUT-019",
    kind=Kind.BAD_INPUT,
    desk_ja="電文に同じ項目が二つあります。",
    desk_en="The message has the same item twice.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="The element named in the details may stand once only.",
)

AMOUNT = Fault(
    code="INPUT-020",
    kind=Kind.BAD_INPUT,
    desk_ja="金額の形が正しくありません。",
    desk_en="An amount of money does not have the right form.",
    next_ja="ソフトウェアの保守担当へ連絡してください。",
    next_en="Tell whoever maintains the software.",
    vendor="Amounts are whole yen, 1 to 8 digits, without sign or separator.",
)

SETTING_WRONG = Fault(
    code="INPUT-901",
    kind=Kind.BAD_INPUT,
    desk_ja="設定に誤りがあるため、起動できません。",
    desk_en="The program cannot start because a setting is wrong.",
    next_ja="表示されたファイルと行の設定を直して、もう一度起動してください。設定の一覧は手引きの「設定」にあります。",
    next_en="Correct the setting at the file and line shown, then start again. The handbook lists all settings.",
    vendor="configuration refused at start",
)

OUTPUT_UNWRITABLE = Fault(
    code="INPUT-903",
    kind=Kind.BAD_INPUT,
    desk_ja="結果を書き込めません。",
    desk_en="The result cannot be written.",
    next_ja="表示された場所の有無・権限・空き容量を確認して、もう一度実行してください。",
    next_en="Check that the place shown exists, may be written and has room, then run the command again.",
    vendor="a file or folder that a command was to write: its folder is missing, not permitted or full",
)

CREDENTIAL_WRONG = Fault(
    code="INPUT-902",
    kind=Kind.BAD_INPUT,
    desk_ja="鍵または証明書のファイルが読めないため、起動できません。",
    desk_en="The program cannot start because a key or certificate file cannot be used.",
    next_ja="表示されたファイルの有無・権限・内容を確認して、もう一度起動してください。",
    next_en="Check that the file shown exists, may be read and holds what its setting says, then start again.",
    vendor="credential file missing, unreadable or of the wrong form",
)
