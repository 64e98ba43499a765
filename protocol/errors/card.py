"""Catalogue of reading the card, its applications and its secrets. Codes CARD-nnn.

Not here: what the centre says of a certificate (`trust`) and the order of a visit (`visit`). 001 and 002 keep the
numbers that the field's terminals show; 006 stays free, because there it means an expired or revoked certificate.
``tries_left`` travels in the details of the faults that cost a try.
"""

from protocol.errors.fault import Fault, Kind, Repeat

NOT_RECOGNISED = Fault(
    code="CARD-001",
    kind=Kind.CARD,
    desk_ja="カードを読み取れませんでした。",
    desk_en="The card could not be read.",
    next_ja="カードを一度取り出し、向きを確かめて、もう一度ゆっくり置いてください。",
    next_en="Take the card off, check which way round it is, and lay it down again slowly.",
    vendor="the reader senses a card that does not answer to reset, or no card lies on it",
    repeat=Repeat.NOW,
)
NOT_MY_NUMBER_CARD = Fault(
    code="CARD-002",
    kind=Kind.CARD,
    desk_ja="これはマイナンバーカードではないようです。",
    desk_en="This does not seem to be a My Number Card.",
    next_ja="マイナンバーカードを置いてください。運転免許証や診察券では確認できません。",
    next_en="Please use the My Number Card. A driving licence or a patient card does not work here.",
    vendor="SELECT of the JPKI application failed: the card does not have it",
    repeat=Repeat.NOW,
)
REMOVED = Fault(
    code="CARD-003",
    kind=Kind.CARD,
    desk_ja="読み取りの途中でカードが離れました。",
    desk_en="The card was taken away while it was being read.",
    next_ja="もう一度カードを置いて、「終わりました」と出るまでそのままお待ちください。",
    next_en="Lay the card down again and leave it there until the screen says that it is done.",
    vendor="card removed, or a transmit error ended the session",
    repeat=Repeat.NOW,
)
SILENT = Fault(
    code="CARD-004",
    kind=Kind.CARD,
    desk_ja="カードから返事がありません。",
    desk_en="The card does not answer.",
    next_ja="カードを取り出して、数秒待ってから置き直してください。続くときは別の方法で受付してください。",
    next_en="Take the card off, wait a few seconds and lay it down again. If it stays silent, register another way.",
    vendor="an APDU did not end within its limit; the reader's worker was killed",
    repeat=Repeat.NOW,
)
GARBLED = Fault(
    code="CARD-005",
    kind=Kind.CARD,
    desk_ja="カードの内容を正しく読み取れませんでした。",
    desk_en="What the card answered could not be understood.",
    next_ja="もう一度カードを置いてください。何度も続くときは、市区町村の窓口でカードの点検を受けてください。",
    next_en="Lay the card down again. If this keeps happening, have the card checked at the municipal office.",
    vendor="malformed TLV, wrong length or an unexpected status word",
    repeat=Repeat.NOW,
)
SEVERAL_CARDS = Fault(
    code="CARD-007",
    kind=Kind.CARD,
    desk_ja="カードが二枚以上あるようです。",
    desk_en="There seems to be more than one card.",
    next_ja="マイナンバーカードを一枚だけ置いてください。カードケースや財布からは出してください。",
    next_en="Lay down one My Number Card only, out of its case or purse.",
    vendor="more than one card on the reader's slots",
    repeat=Repeat.NOW,
)
OTHER_CARD = Fault(
    code="CARD-008",
    kind=Kind.CARD,
    desk_ja="途中で別のカードに替わりました。",
    desk_en="The card on the reader is now a different one.",
    next_ja="はじめのカードを置いて、最初からやり直してください。",
    next_en="Lay down the first card again and start over.",
    vendor="the authentication certificate differs from the one this visit began with",
    repeat=Repeat.NOW,
)
CERTIFICATE_MISSING = Fault(
    code="CARD-009",
    kind=Kind.CARD,
    desk_ja="このカードには、受付に使う電子証明書が入っていません。",
    desk_en="This card does not hold the electronic certificate that is needed here.",
    next_ja="今日は資格確認書などで受付します。電子証明書は市区町村の窓口で入れてもらえます。",
    next_en="Register today with another proof of insurance. The municipal office can put the certificate on the card.",
    vendor="JPKI 0008 or 000A: no certificate for user authentication",
)
PIN_WRONG = Fault(
    code="CARD-010",
    kind=Kind.NOT_PROVEN,
    desk_ja="暗証番号がちがいます。",
    desk_en="The PIN is not right.",
    next_ja="4けたの番号を、もう一度ゆっくり入れてください。思い出せないときは、顔や目視での確認に替えられます。",
    next_en="Enter the four digits again, slowly. If you cannot recall it, face or staff works as well.",
    vendor="VERIFY of JPKI 0018 refused; tries_left is what the card still allows",
    repeat=Repeat.NOW,
)
PIN_BLOCKED = Fault(
    code="CARD-011",
    kind=Kind.NOT_PROVEN,
    desk_ja="このカードの暗証番号は使えません（まちがいが続いたか、暗証番号のないカードです）。",
    desk_en="The PIN of this card cannot be used: too many wrong entries, or a card without a PIN.",
    next_ja="顔や目視での確認に替えてください。暗証番号は市区町村の窓口で設定し直せます。",
    next_en="Use face or staff confirmation instead. The municipal office can set a new PIN.",
    vendor="JPKI 0018 is blocked (6984, 6983 or 63C0); no try was spent",
)
NO_PIN = Fault(
    code="CARD-012",
    kind=Kind.NOT_PROVEN,
    desk_ja="このカードは暗証番号を使わないカードです。",
    desk_en="This card is one without a PIN.",
    next_ja="顔での確認、または受付の人が写真と見くらべる確認を選んでください。",
    next_en="Choose face confirmation, or let the staff compare the photo.",
    vendor="JPKI 0018 does not exist or takes no VERIFY (顔認証マイナンバーカード)",
)
PIN_FORM = Fault(
    code="CARD-013",
    kind=Kind.BAD_INPUT,
    desk_ja="暗証番号は数字4けたです。",
    desk_en="The PIN has four digits.",
    next_ja="数字を4つ入れてください。",
    next_en="Enter four digits.",
    vendor="not four ASCII digits; nothing was sent to the card",
    repeat=Repeat.NOW,
)
PIN_NEEDED = Fault(
    code="CARD-014",
    kind=Kind.NOT_PROVEN,
    desk_ja="先に暗証番号を入れてください。",
    desk_en="The PIN is needed first.",
    next_ja="4けたの暗証番号を入れてください。",
    next_en="Enter the four-digit PIN.",
    vendor="the authentication key needs VERIFY in this session, with no other application selected in between",
    repeat=Repeat.NOW,
)
SESSION_ENDED = Fault(
    code="CARD-015",
    kind=Kind.CARD,
    desk_ja="カードの読み取りは終わっています。",
    desk_en="Reading of this card has ended.",
    next_ja="もう一度カードを置いてください。",
    next_en="Lay the card down again.",
    vendor="the card session was closed, or ended by an earlier error",
    repeat=Repeat.NOW,
)
NUMBER_B_WRONG = Fault(
    code="CARD-020",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの表の番号が、カードの中の番号と合いませんでした。",
    desk_en="The numbers read from the front of the card do not match the chip.",
    next_ja="職員が、カードの表の番号を見て入力してください。",
    next_en="Let the staff look at the front of the card and type its numbers.",
    vendor="VERIFY of 照合番号B refused; tries_left is what the card still allows",
    repeat=Repeat.NOW,
)
NUMBER_B_BLOCKED = Fault(
    code="CARD-021",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの表の番号（照合番号）は、まちがいが続いたため使えなくなっています。",
    desk_en="The card's verification number is locked after too many wrong entries.",
    next_ja="暗証番号での確認に替えてください。照合番号は市区町村の窓口で元に戻せます。",
    next_en="Use the PIN instead. The municipal office can unlock the verification number.",
    vendor="照合番号B is blocked (6984, 6983 or 63C0); no try was spent",
)
NUMBER_B_GUARDED = Fault(
    code="CARD-022",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードが使えなくなるのを防ぐため、表の番号での確認を止めました。",
    desk_en="To keep the card from being locked, its printed numbers are not tried any more.",
    next_ja="暗証番号での確認に替えてください。残り回数は市区町村の窓口で元に戻せます。",
    next_en="Use the PIN instead. The municipal office can restore the remaining tries.",
    vendor="照合番号B has three tries or fewer left; no try was spent",
)
NUMBER_B_REPEATED = Fault(
    code="CARD-023",
    kind=Kind.NOT_PROVEN,
    desk_ja="同じ番号ではカードを開けませんでした。",
    desk_en="The same numbers have already been refused by this card today.",
    next_ja="番号を確かめて入れ直すか、暗証番号での確認に替えてください。",
    next_en="Check the numbers, or use the PIN instead.",
    vendor="these digits were refused by this card today; no try was spent",
)
NUMBER_B_FORM = Fault(
    code="CARD-024",
    kind=Kind.BAD_INPUT,
    desk_ja="カードの表の番号（照合番号）は数字14けたです。",
    desk_en="The card's verification number has 14 digits.",
    next_ja="生年月日6けた、有効期限の年4けた、セキュリティコード4けたを続けて入れてください。",
    next_en="Enter birth date (6 digits), year of expiry (4) and security code (4), one after the other.",
    vendor="not 14 ASCII digits; nothing was sent to the card",
    repeat=Repeat.NOW,
)
BIRTH_WRONG = Fault(
    code="CARD-030",
    kind=Kind.NOT_PROVEN,
    desk_ja="生年月日が、カードの中のものと合いませんでした。",
    desk_en="The birth date does not match the chip.",
    next_ja="カードに印刷されたとおりの年月日を、もう一度確かめて入れてください。",
    next_en="Check the date exactly as it is printed on the card, and enter it again.",
    vendor="VERIFY of 券面AP 0011 refused; tries_left is what the card still allows",
    repeat=Repeat.NOW,
)
BIRTH_BLOCKED = Fault(
    code="CARD-031",
    kind=Kind.NOT_PROVEN,
    desk_ja="生年月日での確認は、まちがいが続いたため使えなくなっています。",
    desk_en="Confirmation by birth date is locked after too many wrong entries.",
    next_ja="暗証番号での確認に替えてください。市区町村の窓口で元に戻せます。",
    next_en="Use the PIN instead. The municipal office can unlock it.",
    vendor="券面AP 0011 is blocked (6984, 6983 or 63C0); no try was spent",
)
BIRTH_GUARDED = Fault(
    code="CARD-032",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードが使えなくなるのを防ぐため、生年月日での確認を止めました。",
    desk_en="To keep the card from being locked, the birth date is not tried any more.",
    next_ja="暗証番号での確認に替えてください。",
    next_en="Use the PIN instead.",
    vendor="券面AP 0011 has three tries or fewer left; no try was spent",
)
BIRTH_REPEATED = Fault(
    code="CARD-033",
    kind=Kind.NOT_PROVEN,
    desk_ja="同じ生年月日ではカードを開けませんでした。",
    desk_en="The same birth date has already been refused by this card today.",
    next_ja="カードの印刷を見て入れ直すか、暗証番号での確認に替えてください。",
    next_en="Look at the print on the card and enter it anew, or use the PIN instead.",
    vendor="these digits were refused by this card today; no try was spent",
)
BIRTH_FORM = Fault(
    code="CARD-034",
    kind=Kind.BAD_INPUT,
    desk_ja="生年月日は数字6けた（年2けた・月2けた・日2けた）です。",
    desk_en="The birth date has six digits: year, month, day, two each.",
    next_ja="カードに印刷された元号の年で入れてください（昭和55年2月17日は 550217）。",
    next_en="Use the era year printed on the card (昭和55年2月17日 is 550217).",
    vendor="not six ASCII digits; nothing was sent to the card",
    repeat=Repeat.NOW,
)
SURFACE_MISSING = Fault(
    code="CARD-040",
    kind=Kind.CARD,
    desk_ja="このカード（またはスマートフォン）には、顔写真の情報がありません。",
    desk_en="This card or telephone holds no photo.",
    next_ja="暗証番号での確認に替えてください。",
    next_en="Use the PIN instead.",
    vendor="the card-surface application or one of its files is not there",
)
SURFACE_FORGED = Fault(
    code="CARD-041",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの表の情報が、正しいものと確かめられませんでした。",
    desk_en="The card's own information could not be confirmed as genuine.",
    next_ja="このカードでの受付はできません。ほかの方法で受付し、責任者に知らせてください。",
    next_en="Do not register with this card. Use another way and tell the person in charge.",
    vendor="the municipality's signature does not fit the card-surface file",
)
READER_UNAVAILABLE = Fault(
    code="CARD-050",
    kind=Kind.CARD,
    desk_ja="カードリーダーにつながりません。",
    desk_en="The card reader is not connected.",
    next_ja="カードリーダーのケーブルと電源を確かめてください。つながれば自動で元に戻ります。",
    next_en="Check the reader's cable and power. It comes back by itself once it is connected.",
    vendor="no such reader, or pcscd is not running",
    repeat=Repeat.LATER,
)
READER_BUSY = Fault(
    code="CARD-051",
    kind=Kind.CARD,
    desk_ja="ほかのソフトがカードリーダーを使っています。",
    desk_en="Another program is using the card reader.",
    next_ja="少し待って、もう一度カードを置いてください。続くときは、このリーダーを使うほかのソフトを閉じてください。",
    next_en="Wait a moment and lay the card down again. If this stays, close other programs that use this reader.",
    vendor="SCARD_E_SHARING_VIOLATION: another client holds the card",
    repeat=Repeat.LATER,
)
READER_OVERHEARD = Fault(
    code="CARD-052",
    kind=Kind.NOT_ALLOWED,
    desk_ja="カードリーダーの設定が安全でないため、使用を止めています。",
    desk_en="The card reader is set up in an unsafe way and is not used.",
    next_ja="保守業者に連絡してください。",
    next_en="Call the vendor.",
    vendor="pcscd runs with --apdu or --debug and would write PINs to its log; start it without them",
)
READER_SOFTWARE_MISSING = Fault(
    code="CARD-053",
    kind=Kind.INTERNAL,
    desk_ja="カードリーダー用のソフトが入っていません。",
    desk_en="The card reader's software is not installed.",
    next_ja="保守業者に連絡してください。",
    next_en="Call the vendor.",
    vendor="pyscard or libpcsclite is missing: install onshi with the extra 'card'",
)
