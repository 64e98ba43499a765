"""Catalogue of the model pack: files that must be there and be what they say. Codes MODEL-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

PACK_NOT_BUILT = Fault(
    code="MODEL-001",
    kind=Kind.NOT_FOUND,
    desk_ja="顔認証の準備ができていません。暗証番号または目視で受付できます。",
    desk_en="Face recognition is not ready. PIN or a look by the staff works.",
    next_ja="保守担当者に連絡してください。",
    next_en="Tell whoever maintains this device.",
    vendor="the model pack is not built: run `onshi models build`",
    repeat=Repeat.LATER,
)
SOURCE_MISSING = Fault(
    code="MODEL-002",
    kind=Kind.NOT_FOUND,
    desk_ja="顔認証の準備ができていません。暗証番号または目視で受付できます。",
    desk_en="Face recognition is not ready. PIN or a look by the staff works.",
    next_ja="保守担当者に連絡してください。",
    next_en="Tell whoever maintains this device.",
    vendor="a source package of the model pack is not installed: `make face`",
)
FILE_DIFFERS = Fault(
    code="MODEL-003",
    kind=Kind.NOT_PROVEN,
    desk_ja="顔認証のデータが壊れています。暗証番号または目視で受付できます。",
    desk_en="The face recognition files are damaged. PIN or a look by the staff works.",
    next_ja="保守担当者に連絡してください。",
    next_en="Tell whoever maintains this device.",
    vendor="a model file's size or SHA-256 differs from the manifest: reinstall the pinned package and build again",
)
MANIFEST_WRONG = Fault(
    code="MODEL-004",
    kind=Kind.BAD_INPUT,
    desk_ja="顔認証の設定に誤りがあります。暗証番号または目視で受付できます。",
    desk_en="The face recognition set-up is wrong. PIN or a look by the staff works.",
    next_ja="保守担当者に連絡してください。",
    next_en="Tell whoever maintains this device.",
    vendor="the pack's manifest or record cannot be read, lacks the licence declaration or the thresholds, or names a"
    " network that does not open or is not of the kind that is asked for",
)
