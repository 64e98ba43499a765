"""Catalogue of the face path: pictures, frames, the printed front. Codes FACE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

_OTHER_WAY_JA = "暗証番号、または職員の目視で受付できます。"
_OTHER_WAY_EN = "Use the PIN, or ask the staff to look."

PICTURE_UNREADABLE = Fault(
    code="FACE-001",
    kind=Kind.BAD_INPUT,
    desk_ja="顔写真を読み取れませんでした。",
    desk_en="The photo could not be read.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="the picture does not decode: damaged, or of a format that is not allowed here",
)
PICTURE_TOO_LARGE = Fault(
    code="FACE-002",
    kind=Kind.BAD_INPUT,
    desk_ja="画像が大きすぎます。",
    desk_en="The picture is too large.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="more bytes or more pixels than the limit; nothing was decoded",
)
PHOTO_MISSING = Fault(
    code="FACE-003",
    kind=Kind.NOT_FOUND,
    desk_ja="このカードには顔写真がありません。",
    desk_en="This card holds no photo.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="券面AP 0002 has no DF27 (issued without a photo, or a child's card)",
)
PAIRS_WRONG = Fault(
    code="FACE-010",
    kind=Kind.BAD_INPUT,
    desk_ja="評価用の一覧に誤りがあります。",
    desk_en="The list of pairs is wrong.",
    next_ja="示された行を直して、もう一度実行してください。",
    next_en="Mend the line that is named and run it again.",
    vendor="evaluation CSV: header left,right,same; pictures by path relative to the CSV; same is 1 or 0",
)
PHOTO_NO_FACE = Fault(
    code="FACE-004",
    kind=Kind.NOT_FOUND,
    desk_ja="カードの写真では、顔の照合ができません。",
    desk_en="The photo on the card cannot be used for comparing.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="the chip's photo decodes, but the detector finds no face in it",
)
PHOTO_DIFFERS = Fault(
    code="FACE-005",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの顔写真を確かめられませんでした。",
    desk_en="The photo on the card could not be verified.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="the photo's SHA-256 is not the signed digest of DF27",
)
NOT_CONFIRMED = Fault(
    code="FACE-006",
    kind=Kind.NOT_PROVEN,
    desk_ja="お顔を確認できませんでした。",
    desk_en="Your face could not be confirmed.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="all tries used; on purpose neither patient nor log learns whether comparison or liveness refused",
)
NO_FACE_SEEN = Fault(
    code="FACE-007",
    kind=Kind.NOT_PROVEN,
    desk_ja="カメラでお顔をとらえられませんでした。",
    desk_en="The camera could not get a usable view of your face.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="no fit frame within the time limit; no try was lost",
)
CAMERA_UNAVAILABLE = Fault(
    code="FACE-008",
    kind=Kind.UPSTREAM,
    desk_ja="カメラが使えません。",
    desk_en="The camera does not work.",
    next_ja="カメラの接続を確かめてください。" + _OTHER_WAY_JA,
    next_en="Check the camera's cable. " + _OTHER_WAY_EN,
    vendor="the frame source is gone, gives no frames in time, or its stream is damaged",
    repeat=Repeat.LATER,
)
WORKER_GONE = Fault(
    code="FACE-009",
    kind=Kind.INTERNAL,
    desk_ja="顔の照合が途中で止まりました。",
    desk_en="Comparing the face stopped half-way.",
    next_ja=_OTHER_WAY_JA,
    next_en=_OTHER_WAY_EN,
    vendor="the face worker ended, ran out of its memory limit or did not answer in time; it is started again",
    repeat=Repeat.LATER,
)
FRONT_NOT_FOUND = Fault(
    code="FACE-020",
    kind=Kind.BAD_INPUT,
    desk_ja="カードの表面が見つかりません。",
    desk_en="No card front can be seen.",
    next_ja="カードの上に物や手がないか、顔写真の面が見えているか確かめてください。職員が番号を入力することもできます。",
    next_en="See that nothing lies on the card and that the photo side shows. The staff can also type the number.",
    vendor="no outline of a card and no line of print that is one of the fields",
    repeat=Repeat.NOW,
)
FRONT_TOO_FAR = Fault(
    code="FACE-021",
    kind=Kind.BAD_INPUT,
    desk_ja="カードが遠すぎます。",
    desk_en="The card is too far away.",
    next_ja="カードを置いたまま、カメラに近いほうへ寄せてください。職員が番号を入力することもできます。",
    next_en="Slide the card nearer to the camera without lifting it. The staff can also type the number.",
    vendor="the card is fewer pixels wide than its print needs",
    repeat=Repeat.NOW,
)
FRONT_GLARE = Fault(
    code="FACE-022",
    kind=Kind.BAD_INPUT,
    desk_ja="カードに光が反射しています。",
    desk_en="Light is reflected from the card.",
    next_ja="光を手でさえぎるか、カードを置いたまま少しずらしてください。",
    next_en="Shade the light with a hand, or slide the card a little without lifting it.",
    vendor="light stands on one of the three fields, or washes out some of its characters",
    repeat=Repeat.NOW,
)
FRONT_BLURRED = Fault(
    code="FACE-023",
    kind=Kind.BAD_INPUT,
    desk_ja="カードの文字がぼやけています。",
    desk_en="The print on the card is blurred.",
    next_ja="カードにふれずに、そのままお待ちください。",
    next_en="Leave the card still for a moment.",
    vendor="motion or focus: the print of the fields is too soft to be read twice alike",
    repeat=Repeat.NOW,
)
FRONT_UNSURE = Fault(
    code="FACE-024",
    kind=Kind.BAD_INPUT,
    desk_ja="カードの文字をはっきり読み取れませんでした。",
    desk_en="The print on the card could not be read for certain.",
    next_ja="カードにふれずに、そのままお待ちください。職員が番号を入力することもできます。",
    next_en="Leave the card still for a moment. The staff can also type the number.",
    vendor="two readings differ, a digit is not likely enough, or the dates cannot be; nothing was guessed",
    repeat=Repeat.NOW,
)
FRONT_PICTURE = Fault(
    code="FACE-025",
    kind=Kind.BAD_INPUT,
    desk_ja="カードの画像を読み込めませんでした。",
    desk_en="The picture of the card could not be read.",
    next_ja="そのままお待ちください。職員が番号を入力することもできます。",
    next_en="Leave the card where it is. The staff can also type the number.",
    vendor="the picture does not decode, has too many bytes or pixels, or is smaller than any card",
)
FRONT_READER_DOWN = Fault(
    code="FACE-026",
    kind=Kind.INTERNAL,
    desk_ja="カードの文字の読み取りが止まっています。",
    desk_en="Reading of the card's print has stopped.",
    next_ja="職員が番号を入力してください。暗証番号でも受付できます。",
    next_en="Let the staff type the number. The PIN works as well.",
    vendor="the card-front worker ended, ran out of memory or did not answer in time; it is started anew",
    repeat=Repeat.LATER,
)
FRONT_DIFFERS = Fault(
    code="FACE-027",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの印字とICチップの内容が一致しません。",
    desk_en="What is printed on the card and what its chip says are not the same.",
    next_ja="カードを確認し、別の方法で受付してください。",
    next_en="Look at the card and use another way.",
    vendor="the chip opened, but its birth date (DF22) or expiry year (DF29) is not what 照合番号B holds",
)
