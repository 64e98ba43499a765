"""Catalogue of one patient's visit: methods, consent, order of steps. Codes VISIT-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

CARD_LEFT_EARLY = Fault(
    code="VISIT-001",
    kind=Kind.CARD,
    desk_ja="途中でカードが取り出されたため、確認を中止しました。",
    desk_en="The card was taken out too early, so the check was stopped.",
    next_ja="カードをもう一度置いて、最初からやり直してください。",
    next_en="Put the card back and start again.",
    vendor="Card left the reader before the visit request was signed; nothing was sent.",
    repeat=Repeat.NOW,
)
FACE_NOT_READY = Fault(
    code="VISIT-002",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この端末では顔認証をまだ使えません。",
    desk_en="Face recognition cannot be used on this reader yet.",
    next_ja="暗証番号、または職員の目視で確認してください。",
    next_en="Use the PIN, or let a member of staff compare the photo.",
    vendor="No face method is installed on this appliance.",
)
PIN_REPEATED = Fault(
    code="VISIT-003",
    kind=Kind.BAD_INPUT,
    desk_ja="先ほどと同じ暗証番号です。カードには送っていません（残り回数は減っていません）。",
    desk_en="This is the same PIN as before. It was not sent to the card, so no try was used.",
    next_ja="別の番号を入力するか、ほかの確認方法を選んでください。",
    next_en="Enter another number, or choose another way.",
    vendor="The same PIN that the card refused in this visit was entered again; not sent.",
    repeat=Repeat.NOW,
)
CLERK_REFUSED = Fault(
    code="VISIT-005",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="職員コードが違います。",
    desk_en="The staff code is wrong.",
    next_ja="ご自分の職員コードをもう一度入力してください。",
    next_en="Enter your own staff code again.",
    vendor="Unknown clerk id or wrong clerk code.",
    repeat=Repeat.NOW,
)
CLERK_LOCKED = Fault(
    code="VISIT-006",
    kind=Kind.TOO_MANY,
    desk_ja="職員コードの間違いが続いたため、目視確認を一時停止しています。",
    desk_en="Too many wrong staff codes: confirmation by sight is paused.",
    next_ja="暗証番号で確認するか、数分待ってからやり直してください。",
    next_en="Use the PIN, or wait a few minutes.",
    vendor="Clerk codes are rate-limited; seconds until the next try are in the details.",
    repeat=Repeat.LATER,
)
PRINTED_FORM = Fault(
    code="VISIT-007",
    kind=Kind.BAD_INPUT,
    desk_ja="生年月日（6桁）か照合番号（14桁）の、どちらか一方を入力してください。",
    desk_en="Enter either the birth date (6 digits) or the verification number (14 digits).",
    next_ja="カードに印字されたとおりに入力してください。",
    next_en="Enter it as printed on the card.",
    vendor="The desk gave none or both of the printed numbers; nothing was sent to the card.",
    repeat=Repeat.NOW,
)
DESK_SILENT = Fault(
    code="VISIT-010",
    kind=Kind.NOT_PROVEN,
    desk_ja="操作がなかったため、確認を中止しました。",
    desk_en="Nobody answered, so the check was stopped.",
    next_ja="カードを取り出し、もう一度置いてください。",
    next_en="Take the card out and put it back.",
    vendor="A question to the desk ran into its time limit.",
    repeat=Repeat.NOW,
)
STOPPED = Fault(
    code="VISIT-011",
    kind=Kind.NOT_PROVEN,
    desk_ja="確認を中止しました。",
    desk_en="The check was stopped.",
    next_ja="カードをお取りください。",
    next_en="Please take your card.",
    vendor="The desk chose to stop before the visit request was signed.",
)
PHONE_NOT_READY = Fault(
    code="VISIT-012",
    kind=Kind.NOT_ALLOWED,
    desk_ja="スマートフォンのマイナンバーカードは、この端末ではまだ使えません。",
    desk_en="The My Number Card on a smartphone cannot be used on this reader yet.",
    next_ja="カードそのものを置いてください。",
    next_en="Please use the card itself.",
    vendor="Token label is not that of a card (JPKIAPICCTOKEN…).",
)
NO_WAY_LEFT = Fault(
    code="VISIT-014",
    kind=Kind.NOT_PROVEN,
    desk_ja="このカードで使える確認方法がありません。",
    desk_en="No way of confirming is left for this card.",
    next_ja="資格確認書などで確認してください。カードは市区町村の窓口で使えるように戻せます。",
    next_en="Check by another document. The municipality can make the card usable again.",
    vendor="PIN unusable, and neither face nor sight is open on this appliance.",
)
SIGHT_OFF = Fault(
    code="VISIT-017",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この端末には目視確認をする職員が登録されていません。",
    desk_en="No member of staff is registered on this reader for confirmation by sight.",
    next_ja="暗証番号で確認するか、管理者に職員の登録を依頼してください。",
    next_en="Use the PIN, or ask the administrator to register staff.",
    vendor="Settings name no clerk with a code hash.",
)
CONSENT_NOT_SIGNED = Fault(
    code="VISIT-018",
    kind=Kind.CARD,
    desk_ja="同意の前にカードが取り出されました。資格の確認は済んでいます。医療情報は閲覧できません。",
    desk_en="The card left before the consent. The insurance is confirmed; medical records stay closed.",
    next_ja="閲覧に同意する場合は、カードをもう一度置いてください。",
    next_en="To allow viewing, put the card back.",
    vendor="Card gone before the consent statement was signed: no grant, the answer stands.",
    repeat=Repeat.NOW,
)
PRINTED_TOO_OFTEN = Fault(
    code="VISIT-019",
    kind=Kind.TOO_MANY,
    desk_ja="券面の数字の間違いが続いたため、この受付での目視確認を止めました。",
    desk_en="The printed digits were wrong too often: sight is closed for this visit.",
    next_ja="暗証番号で確認するか、資格確認書などをお使いください。",
    next_en="Use the PIN, or another document.",
    vendor="Three wrong entries of printed digits in one visit; the card's counter is not at its limit.",
)
