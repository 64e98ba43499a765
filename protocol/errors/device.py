"""Catalogue of the appliance itself: configuration, pcscd, disk. Codes DEVICE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

KEY_MISSING = Fault(
    code="DEVICE-001",
    kind=Kind.INTERNAL,
    desk_ja="端末の鍵がありません。",
    desk_en="This device has no key.",
    next_ja="`onshi edge init` で鍵と申請書を作り、センターに登録してください。",
    next_en="Make key and request with `onshi edge init`, then enrol at the centre.",
    vendor="Device key file does not exist.",
)
KEY_UNREADABLE = Fault(
    code="DEVICE-002",
    kind=Kind.INTERNAL,
    desk_ja="端末の鍵を読めません。",
    desk_en="The device key cannot be read.",
    next_ja="保守業者に連絡してください。",
    next_en="Call the maintainer.",
    vendor="Device key file is not an unencrypted PKCS#8 P-256 key in PEM.",
)
KEY_EXPOSED = Fault(
    code="DEVICE-003",
    kind=Kind.INTERNAL,
    desk_ja="端末の鍵をほかの利用者も読める状態です。",
    desk_en="Others can read the device key.",
    next_ja="鍵ファイルの権限を0600にしてください。",
    next_en="Set the key file's mode to 0600.",
    vendor="Device key file is readable or writable by group or others, or owned by someone else.",
)
KEY_EXISTS = Fault(
    code="DEVICE-004",
    kind=Kind.CONFLICT,
    desk_ja="端末の鍵はすでにあります。上書きしません。",
    desk_en="The device key is already there and is not overwritten.",
    next_ja="作り直すときは、古い鍵をセンターで失効させてから削除してください。",
    next_en="To make a new one, revoke the old device at the centre and remove its key.",
    vendor="`init` found a key file; a key is never overwritten.",
)
CERTIFICATE_MISSING = Fault(
    code="DEVICE-005",
    kind=Kind.INTERNAL,
    desk_ja="端末の証明書がありません。",
    desk_en="This device has no certificate.",
    next_ja="センターで端末を登録し、証明書を置いてください。",
    next_en="Enrol the device at the centre and put its certificate in place.",
    vendor="The device certificate is missing, no certificate in PEM, or not of the key beside it.",
)
CERTIFICATE_NOT_OURS = Fault(
    code="DEVICE-006",
    kind=Kind.INTERNAL,
    desk_ja="端末の証明書が、この端末の鍵または名前と合いません。",
    desk_en="The device certificate does not belong to this device's key or name.",
    next_ja="センターで端末を登録し直してください。",
    next_en="Enrol the device again.",
    vendor="Public key or common name of the certificate differs from key or settings.",
)
DISK_FAILED = Fault(
    code="DEVICE-007",
    kind=Kind.INTERNAL,
    desk_ja="端末のディスクに書き込めません。",
    desk_en="The device's disk cannot be written.",
    next_ja="空き容量を確認し、保守業者に連絡してください。",
    next_en="Check free space and call the maintainer.",
    vendor="Writing to the state directory failed.",
    repeat=Repeat.LATER,
)
PACKAGE_MISSING = Fault(
    code="DEVICE-010",
    kind=Kind.INTERNAL,
    desk_ja="この機能に必要な部品が入っていません。",
    desk_en="A package that this needs is not installed.",
    next_ja="`pip install 'onshi[edge,card]'` を実行してください。",
    next_en="Run `pip install 'onshi[edge,card]'`.",
    vendor="An optional package could not be imported; its name is in the details.",
)
DEFECT = Fault(
    code="DEVICE-011",
    kind=Kind.INTERNAL,
    desk_ja="端末の内部で誤りが起きたため、この受付を終了しました。",
    desk_en="This device made an error inside, so the visit has ended.",
    next_ja="カードを置き直してください。続くときは、この番号を保守業者に伝えてください。",
    next_en="Put the card back. If it happens again, tell the maintainer this code.",
    vendor="Unhandled exception in a visit; its kind is in the log.",
    repeat=Repeat.NOW,
)
WORLD_ELSEWHERE = Fault(
    code="DEVICE-020",
    kind=Kind.CONFLICT,
    desk_ja="このフォルダーには、試験用の世界ではないファイルがあります。",
    desk_en="This folder holds files that are not of a toy world.",
    next_ja="空のフォルダーか新しいフォルダーを --world で選んでください。",
    next_en="Choose an empty folder, or a new one, with --world.",
    vendor="the sandbox opens a world only in an empty folder or in a world, because it forgets the last run there",
)
WORLD_NOT_WRITABLE = Fault(
    code="DEVICE-021",
    kind=Kind.NOT_ALLOWED,
    desk_ja="試験用の世界のフォルダーに書き込めません。",
    desk_en="The folder of the toy world cannot be written.",
    next_ja="書き込めるフォルダーを --world で選んでください。",
    next_en="Choose a folder that you may write with --world.",
    vendor="making or writing the sandbox's world folder failed",
)
WORLD_IN_USE = Fault(
    code="DEVICE-022",
    kind=Kind.CONFLICT,
    desk_ja="試験用の世界は、ほかのプログラムが使っています。",
    desk_en="Another program is using this toy world.",
    next_ja="そのプログラムを止めるか、別のフォルダーを --world で選んでください。",
    next_en="Stop that program, or choose another folder with --world.",
    vendor="the sandbox's world folder is locked by another process",
    repeat=Repeat.LATER,
)
