"""Catalogue of the face path: pictures and frames. Codes FACE-nnn."""

from protocol.errors.fault import Fault, Kind

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
    kind=Kind.CARD,
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
