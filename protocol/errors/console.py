"""Catalogue of the insurers' console: pages, forms, selections. CONSOLE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

PAGE_UNKNOWN = Fault(
    code="CONSOLE-001",
    kind=Kind.NOT_FOUND,
    desk_ja="そのページはありません。",
    desk_en="There is no such page.",
    next_ja="ホームに戻り、メニューから選び直してください。",
    next_en="Go back to the home page and choose from the menu.",
    vendor="unknown path, or something of another insurer: both look the same",
)
FORM_FOREIGN = Fault(
    code="CONSOLE-002",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この操作は、画面の有効期限が切れているか、別のサイトから送られたため、受け付けませんでした。",
    desk_en="This was not accepted: the page is out of date, or it was sent from another site.",
    next_ja="ページを読み込み直して、もう一度操作してください。何も変わっていません。",
    next_en="Load the page again and repeat. Nothing was changed.",
    vendor="Origin or Sec-Fetch-Site is not ours, or the form's token is missing or wrong",
    repeat=Repeat.NOW,
)
FORM_WRONG = Fault(
    code="CONSOLE-003",
    kind=Kind.BAD_INPUT,
    desk_ja="送信された内容を読み取れませんでした。",
    desk_en="What was sent could not be read.",
    next_ja="入力し直して、もう一度送信してください。何も変わっていません。",
    next_en="Fill in the form again and send it. Nothing was changed.",
    vendor="not a form, too large, broken off, or a field is missing; details.item names it",
)
REASON_MISSING = Fault(
    code="CONSOLE-004",
    kind=Kind.BAD_INPUT,
    desk_ja="「疑いなし」の理由が入力されていません。",
    desk_en="No reason for “no doubt” was given.",
    next_ja="確認した方法を理由に書いてください。何も変わっていません。",
    next_en="Write how it was confirmed. Nothing was changed.",
    vendor="empty reason",
)
REASON_WRONG = Fault(
    code="CONSOLE-005",
    kind=Kind.BAD_INPUT,
    desk_ja="理由に使えない文字があるか、長すぎるか、個人番号のような数字が含まれています。",
    desk_en="The reason is too long, has characters that cannot be used, or digits like a personal number.",
    next_ja="200文字以内で、番号を含めずに書き直してください。何も変わっていません。",
    next_en="Write it anew within 200 characters and without numbers. Nothing was changed.",
    vendor="over 200 characters, control characters, or eleven digits and more in a row",
)
ITEMS_NONE = Fault(
    code="CONSOLE-006",
    kind=Kind.BAD_INPUT,
    desk_ja="対象が選ばれていません。",
    desk_en="Nothing is selected.",
    next_ja="一覧で対象を選んでください。",
    next_en="Select entries in the list.",
    vendor="no work item in the form",
)
ITEMS_TOO_MANY = Fault(
    code="CONSOLE-007",
    kind=Kind.BAD_INPUT,
    desk_ja="一度に選べる件数を超えています。",
    desk_en="More entries are selected than can be handled at once.",
    next_ja="200件以内に分けて操作してください。",
    next_en="Select at most 200 at a time.",
    vendor="over the limit of one statement",
)
SEARCH_WORDS = Fault(
    code="CONSOLE-008",
    kind=Kind.BAD_INPUT,
    desk_ja="検索の条件が足りないか、形式が違います。",
    desk_en="The search needs more words, or they have the wrong form.",
    next_ja="被保険者番号、または氏名と生年月日の両方を入力してください。",
    next_en="Give the insured number, or both name and birth date.",
    vendor="neither a number nor a name with a birth date; details.item names the field",
)
FILE_MISSING = Fault(
    code="CONSOLE-009",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルが選ばれていません。",
    desk_en="No file is selected.",
    next_ja="取り込む CSV ファイルを選んでください。",
    next_en="Select the CSV file to be imported.",
    vendor="the form has no file part, or an empty one",
)
FILE_TOO_LARGE = Fault(
    code="CONSOLE-010",
    kind=Kind.BAD_INPUT,
    desk_ja="ファイルが大きすぎます。",
    desk_en="The file is too large.",
    next_ja="500万行以内のファイルに分けてください。何も反映されていません。",
    next_en="Divide it into files of at most 5,000,000 lines. Nothing was applied.",
    vendor="over console.largest_mib",
)
NOT_READY = Fault(
    code="CONSOLE-011",
    kind=Kind.CONFLICT,
    desk_ja="いまは、この登録に対してその操作はできません。",
    desk_en="This cannot be done with the upload now.",
    next_ja="登録の状態を確認してください。ほかの担当者が先に操作した可能性があります。",
    next_en="Look at the upload's state. Somebody else may have been first.",
    vendor="details.state: the upload's state",
)
