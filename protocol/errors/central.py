"""Catalogue of the central server: who may ask, enrolment, its own health. Codes CENTRE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

DATABASE_DOWN = Fault(
    code="CENTRE-901",
    kind=Kind.UPSTREAM,
    desk_ja="センターのデータベースに接続できません。",
    desk_en="The centre cannot reach its database.",
    next_ja="しばらくしてから、もう一度お試しください。続く場合はセンターに連絡してください。",
    next_en="Try again in a little while. If it goes on, tell the centre.",
    vendor="database unreachable or connection lost",
    repeat=Repeat.LATER,
)
INTERNAL = Fault(
    code="CENTRE-902",
    kind=Kind.INTERNAL,
    desk_ja="センターで予期しない障害が起きました。",
    desk_en="Something unexpected failed at the centre.",
    next_ja="もう一度お試しください。続く場合は、表示された障害番号をセンターに伝えてください。",
    next_en="Try again. If it goes on, tell the centre the incident number shown.",
    vendor="unhandled exception; the log has it under the incident id",
    repeat=Repeat.LATER,
)
BODY_TOO_LARGE = Fault(
    code="CENTRE-903",
    kind=Kind.BAD_INPUT,
    desk_ja="送られた電文が大きすぎます。",
    desk_en="The message that was sent is too large.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="request body over the route's limit",
)
BODY_WRONG = Fault(
    code="CENTRE-904",
    kind=Kind.BAD_INPUT,
    desk_ja="送られた電文の形式に誤りがあります。",
    desk_en="The message that was sent has the wrong form.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="request body is not the JSON or form that the route takes; details.at says where",
)
ROUTE_UNKNOWN = Fault(
    code="CENTRE-905",
    kind=Kind.NOT_FOUND,
    desk_ja="センターにその機能がありません。",
    desk_en="The centre has no such function.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="no route with this path",
)
METHOD_WRONG = Fault(
    code="CENTRE-906",
    kind=Kind.BAD_INPUT,
    desk_ja="送り方に誤りがあります。",
    desk_en="The request was sent in the wrong way.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="the path exists, not with this HTTP method; see the Allow header",
)
CONTENT_TYPE_WRONG = Fault(
    code="CENTRE-907",
    kind=Kind.BAD_INPUT,
    desk_ja="送られた電文の種類に誤りがあります。",
    desk_en="The message that was sent is of the wrong type.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="Content-Type must be one that the route takes, in UTF-8: application/json unless details.takes says else",
)
DEVICE_NOT_SHOWN = Fault(
    code="CENTRE-908",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="機器の証明書が確認できません。",
    desk_en="The appliance's certificate could not be checked.",
    next_ja="機器の登録（onshi central device enrol）を確認してください。",
    next_en="Check the appliance's enrolment (onshi central device enrol).",
    vendor="no client certificate of the device CA on this connection",
)
DEVICE_UNKNOWN = Fault(
    code="CENTRE-909",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="この機器は登録されていません。",
    desk_en="This appliance is not enrolled.",
    next_ja="機器の登録（onshi central device enrol）を確認してください。",
    next_en="Check the appliance's enrolment (onshi central device enrol).",
    vendor="the certificate is not the one enrolled for a device, or is outside its dates",
)
DEVICE_REVOKED = Fault(
    code="CENTRE-910",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この機器の登録は取り消されています。",
    desk_en="This appliance's enrolment was revoked.",
    next_ja="センターに連絡してください。",
    next_en="Contact the centre.",
    vendor="device revoked",
)
FACILITY_UNKNOWN = Fault(
    code="CENTRE-911",
    kind=Kind.NOT_FOUND,
    desk_ja="この医療機関は登録されていません。",
    desk_en="This facility is not registered.",
    next_ja="医療機関コードを確認するか、登録（onshi central facility add）してください。",
    next_en="Check the facility code, or register it (onshi central facility add).",
    vendor="no such facility",
)
FACILITY_EXISTS = Fault(
    code="CENTRE-912",
    kind=Kind.CONFLICT,
    desk_ja="この医療機関は既に登録されています。",
    desk_en="This facility is registered already.",
    next_ja="登録内容を確認してください。",
    next_en="Look at the registered entry.",
    vendor="facility code in use",
)
DEVICE_EXISTS = Fault(
    code="CENTRE-913",
    kind=Kind.CONFLICT,
    desk_ja="この機器番号または鍵は既に登録されています。",
    desk_en="This device id or key is enrolled already.",
    next_ja="別の機器番号にするか、前の登録を取り消してください。",
    next_en="Use another device id, or revoke the earlier enrolment.",
    vendor="device id or public key in use",
)
CSR_WRONG = Fault(
    code="CENTRE-914",
    kind=Kind.BAD_INPUT,
    desk_ja="証明書発行要求（CSR）に誤りがあります。",
    desk_en="The certificate signing request is wrong.",
    next_ja="P-256 の鍵で、CN を機器番号として作り直してください。",
    next_en="Make it anew with a P-256 key and the device id as CN.",
    vendor="CSR unreadable, signature wrong, key not P-256, or CN not the device id",
)
DEVICE_MISSING = Fault(
    code="CENTRE-915",
    kind=Kind.NOT_FOUND,
    desk_ja="その機器は登録されていません。",
    desk_en="There is no such device.",
    next_ja="機器番号を確認してください（onshi central device list）。",
    next_en="Check the device id (onshi central device list).",
    vendor="no such device",
)
AUDIT_BROKEN = Fault(
    code="CENTRE-916",
    kind=Kind.INTERNAL,
    desk_ja="監査記録の連鎖が一致しません。",
    desk_en="The audit log's chain does not agree.",
    next_ja="記録を保全し、管理者に連絡してください。",
    next_en="Preserve the log and tell the administrator.",
    vendor="first wrong row in details.sequence",
)
SCHEMA_OLD = Fault(
    code="CENTRE-917",
    kind=Kind.INTERNAL,
    desk_ja="データベースの版が合っていません。",
    desk_en="The database has another version than the program.",
    next_ja="onshi central db upgrade を実行してください。",
    next_en="Run onshi central db upgrade.",
    vendor="database revision differs from the program's",
)
REGISTER_OVERLAP = Fault(
    code="CENTRE-950",
    kind=Kind.CONFLICT,
    desk_ja="同じ被保険者記録に、期間の重なる登録があります。",
    desk_en="Another entry of the same insured record covers some of these days.",
    next_ja="先の登録を訂正（無効化して再登録）してください。",
    next_en="Correct the earlier entry (invalidate it and register anew).",
    vendor="valid times of current rows with the same key overlap; details.kind names the entry",
)
REGISTER_UNKNOWN = Fault(
    code="CENTRE-951",
    kind=Kind.NOT_FOUND,
    desk_ja="登録の対象（保険者、個人、被保険者記録）がありません。",
    desk_en="What the entry refers to (insurer, person or insured record) is not in the register.",
    next_ja="保険者、個人、記録との結び付けの順に登録してください。",
    next_en="Register in order: insurer, person, tie to the record, then the rest.",
    vendor="entry refers to something not current on its first day; details.missing says what",
)
REGISTER_CLOSED = Fault(
    code="CENTRE-952",
    kind=Kind.CONFLICT,
    desk_ja="その登録はすでに訂正または無効化されています。",
    desk_en="That entry has already been corrected or invalidated.",
    next_ja="最新の登録番号を確認してください。",
    next_en="Look up the current entry number.",
    vendor="the row named by the reference is not current",
)
REGISTER_ENTRY = Fault(
    code="CENTRE-953",
    kind=Kind.BAD_INPUT,
    desk_ja="登録内容の日付または項目が正しくありません。",
    desk_en="The entry's dates or items are not right.",
    next_ja="内容を訂正して再登録してください。",
    next_en="Correct the entry and register it again.",
    vendor="entry contradicts itself; details.item names the field",
)
QUERIES_TOO_MANY = Fault(
    code="CENTRE-954",
    kind=Kind.TOO_MANY,
    desk_ja="番号による照会の回数が上限を超えました。",
    desk_en="This facility has asked by number too often.",
    next_ja="しばらく待ってから再度照会してください。",
    next_en="Wait a little, then ask again.",
    vendor="rate limit of queries by number per facility; details.retry_after in seconds",
    repeat=Repeat.LATER,
)
QUERY_DAY = Fault(
    code="CENTRE-955",
    kind=Kind.BAD_INPUT,
    desk_ja="資格確認日が照会できる範囲にありません。",
    desk_en="The asked day is outside the range that can be asked.",
    next_ja="資格確認日を確認してください。",
    next_en="Check the day asked for.",
    vendor="QualificationConfirmationDate is more than five years past or after tomorrow (Japan time)",
)
QUERY_WRONG = Fault(
    code="CENTRE-918",
    kind=Kind.BAD_INPUT,
    desk_ja="送り方に誤りがあります。",
    desk_en="The request was sent in the wrong way.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="a query parameter that the route does not take, or one given twice",
)
HTTP_WRONG = Fault(
    code="CENTRE-919",
    kind=Kind.BAD_INPUT,
    desk_ja="送り方に誤りがあります。",
    desk_en="The request was sent in the wrong way.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="malformed HTTP, or a Content-Encoding (send the body as it is)",
)
NOT_READY = Fault(
    code="CENTRE-920",
    kind=Kind.UPSTREAM,
    desk_ja="センターは準備中です。",
    desk_en="The centre is not ready.",
    next_ja="しばらくしてから、もう一度お試しください。",
    next_en="Try again in a little while.",
    vendor="details name each part that is not ready",
    repeat=Repeat.LATER,
)
FACILITY_CLOSED = Fault(
    code="CENTRE-921",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この医療機関は、本日は利用できる期間外です。",
    desk_en="This facility may not ask today: it is not open yet, or closed.",
    next_ja="センターに連絡してください。",
    next_en="Contact the centre.",
    vendor="today (Japan) is outside the facility's validity",
)
