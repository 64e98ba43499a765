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
PIN_FORM = Fault(
    code="VISIT-004",
    kind=Kind.BAD_INPUT,
    desk_ja="暗証番号は数字4桁です。",
    desk_en="The PIN has four digits.",
    next_ja="数字4桁を入力してください。",
    next_en="Enter four digits.",
    vendor="PIN entry is not four ASCII digits; not sent to the card.",
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
    desk_ja="券面の数字の形が違います。生年月日は和暦の年を含む6桁、照合番号Bは14桁です。",
    desk_en="The digits from the card are malformed: the birth date has 6 (era year), number B has 14.",
    next_ja="カードに印字されたとおりに入力してください。",
    next_en="Enter them as printed on the card.",
    vendor="Printed entry is not 6 or 14 ASCII digits, or both were given; not sent to the card.",
    repeat=Repeat.NOW,
)
PRINTED_REPEATED = Fault(
    code="VISIT-008",
    kind=Kind.BAD_INPUT,
    desk_ja="この数字は、このカードでは違うことが分かっています。カードには送っていません。",
    desk_en="These digits are already known to be wrong for this card. They were not sent to it.",
    next_ja="カードに印字された数字を確かめて、入力し直してください。",
    next_en="Check the digits printed on the card and enter them again.",
    vendor="The same digits were refused by this card today; not sent.",
    repeat=Repeat.NOW,
)
PRINTED_TRIES_LOW = Fault(
    code="VISIT-009",
    kind=Kind.CARD,
    desk_ja="このカードは照合の残り回数が少ないため、券面の数字による確認を止めています。",
    desk_en="Few tries are left on this card, so checking by its printed digits is stopped.",
    next_ja="暗証番号で確認してください。回数は市区町村の窓口で元に戻せます。",
    next_en="Use the PIN. The municipality can reset the counter.",
    vendor="Free retry counter of the printed-digits credential is at or below the limit of 3.",
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
NO_CERTIFICATE = Fault(
    code="VISIT-013",
    kind=Kind.NOT_PROVEN,
    desk_ja="このカードには利用者証明用電子証明書が入っていません。",
    desk_en="This card holds no user authentication certificate.",
    next_ja="資格確認書などで確認し、市区町村の窓口での発行をご案内ください。",
    next_en="Check by another document; the municipality issues the certificate.",
    vendor="JPKI 0008 says that there is no user authentication certificate.",
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
PIN_UNUSABLE = Fault(
    code="VISIT-015",
    kind=Kind.CARD,
    desk_ja="このカードでは暗証番号を使えません（ロックされているか、暗証番号のないカードです）。",
    desk_en="The PIN of this card cannot be used: it is locked, or the card has none.",
    next_ja="顔認証、または職員の目視で確認してください。",
    next_en="Use face recognition, or let a member of staff compare the photo.",
    vendor="The free counter of JPKI 0018 is 0; no VERIFY was sent.",
)
VISIT_UNDER_WAY = Fault(
    code="VISIT-016",
    kind=Kind.CONFLICT,
    desk_ja="別のカードに替わったため、前の確認を終了しました。",
    desk_en="Another card was put on, so the visit before has ended.",
    next_ja="今のカードで最初から確認します。",
    next_en="The present card starts anew.",
    vendor="The card changed inside a visit; the session of the first card is never continued.",
    repeat=Repeat.NOW,
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
