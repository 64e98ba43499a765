"""Catalogue of the line between appliance and centre. Codes LINE-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

NAME_UNRESOLVED = Fault(
    code="LINE-001",
    kind=Kind.UPSTREAM,
    desk_ja="センターの名前を調べられません（院内ネットワークまたは回線の不通）。",
    desk_en="The centre's name cannot be looked up: the clinic's network or its line is down.",
    next_ja="ルーターのランプと配線を確認してください。受付は続けられます。",
    next_en="Check the router's lamps and cables. Reception can go on.",
    vendor="DNS lookup of the centre failed.",
    repeat=Repeat.LATER,
)
NO_ROUTE = Fault(
    code="LINE-002",
    kind=Kind.UPSTREAM,
    desk_ja="センターへの経路がありません（回線の不通）。",
    desk_en="There is no route to the centre: the line is down.",
    next_ja="回線終端装置とルーターを確認し、復旧しないときは回線事業者に連絡してください。",
    next_en="Check line terminal and router; if it lasts, call the carrier.",
    vendor="Network or host unreachable.",
    repeat=Repeat.LATER,
)
NO_CONNECTION = Fault(
    code="LINE-003",
    kind=Kind.UPSTREAM,
    desk_ja="回線はつながっていますが、センターが接続を受け付けません。",
    desk_en="The line works, but the centre takes no connection.",
    next_ja="しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    next_en="Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
    vendor="TCP connection refused, reset or timed out.",
    repeat=Repeat.LATER,
)
TLS_FAILED = Fault(
    code="LINE-004",
    kind=Kind.UPSTREAM,
    desk_ja="センターとの暗号通信を始められません（証明書または時計の異常）。",
    desk_en="The encrypted connection cannot be made: a certificate or the clock is wrong.",
    next_ja="端末の日付と時刻を確認し、保守業者に連絡してください。",
    next_en="Check date and time of this device, then call the maintainer.",
    vendor="TLS handshake failed: trust anchor, client certificate, name or clock.",
    repeat=Repeat.LATER,
)
CENTRE_SLOW = Fault(
    code="LINE-005",
    kind=Kind.UPSTREAM,
    desk_ja="センターから時間内に返事がありません。",
    desk_en="The centre did not answer in time.",
    next_ja="しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    next_en="Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
    vendor="No answer within the limit; the centre may or may not have the request.",
    repeat=Repeat.LATER,
)
LINE_CUT = Fault(
    code="LINE-006",
    kind=Kind.UPSTREAM,
    desk_ja="通信の途中で回線が切れました。",
    desk_en="The line broke in the middle.",
    next_ja="しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    next_en="Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
    vendor="Connection lost after the request was sent.",
    repeat=Repeat.LATER,
)
ANSWER_UNREADABLE = Fault(
    code="LINE-007",
    kind=Kind.UPSTREAM,
    desk_ja="センターの返事を読めませんでした。",
    desk_en="The centre's answer could not be read.",
    next_ja="もう一度お試しください。続くときは保守業者に連絡してください。",
    next_en="Try again. If it lasts, call the maintainer.",
    vendor="The answer is not what the contract says (status, content type, size or body).",
    repeat=Repeat.LATER,
)
CENTRE_FAILED = Fault(
    code="LINE-008",
    kind=Kind.UPSTREAM,
    desk_ja="センターで障害が起きています。",
    desk_en="The centre has a fault.",
    next_ja="しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    next_en="Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
    vendor="HTTP 5xx without a catalogue problem.",
    repeat=Repeat.LATER,
)
CENTRE_DATABASE = Fault(
    code="LINE-009",
    kind=Kind.UPSTREAM,
    desk_ja="センターのデータベースが止まっています。回線と端末は正常です。",
    desk_en="The centre's database is down. Line and device are fine.",
    next_ja="しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    next_en="Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
    vendor="The centre answers, but says that it is not ready.",
    repeat=Repeat.LATER,
)
NO_STOCK = Fault(
    code="LINE-010",
    kind=Kind.UPSTREAM,
    desk_ja="回線が不通で、控えておける件数の残りもありません。",
    desk_en="The line is down, and no kept request can be made any more.",
    next_ja="氏名・生年月日・住所を控え、回線の復旧後に確認してください。",
    next_en="Write down name, birth date and address; check when the line is back.",
    vendor="The stock of deferred challenges is empty or older than 24 h.",
    repeat=Repeat.LATER,
)
OUTBOX_FULL = Fault(
    code="LINE-011",
    kind=Kind.UPSTREAM,
    desk_ja="送信を待つ確認がいっぱいです。",
    desk_en="The outbox is full.",
    next_ja="氏名・生年月日・住所を控え、回線の復旧後に確認してください。",
    next_en="Write down name, birth date and address; check when the line is back.",
    vendor="The outbox holds its configured maximum.",
    repeat=Repeat.LATER,
)
OUTBOX_DAMAGED = Fault(
    code="LINE-012",
    kind=Kind.INTERNAL,
    desk_ja="控えておいた確認のうち、読めないものがありました。",
    desk_en="A kept request could not be read.",
    next_ja="保守業者に連絡してください。患者には次の来院時にカードをお持ちいただきます。",
    next_en="Call the maintainer; the patient brings the card at the next visit.",
    vendor="An outbox entry failed its seal (device key changed, or bytes damaged); it was set aside.",
)
OUTBOX_EXPIRED = Fault(
    code="LINE-013",
    kind=Kind.UPSTREAM,
    desk_ja="控えておいた確認が、24時間以内に送れませんでした。",
    desk_en="A kept request could not be sent within 24 hours.",
    next_ja="患者に連絡し、カードでもう一度確認してください。",
    next_en="Ask the patient to bring the card again.",
    vendor="A deferred challenge ran out before the line was back.",
)
BROKER_DOWN = Fault(
    code="LINE-014",
    kind=Kind.UPSTREAM,
    desk_ja="メッセージの中継所（MQTT）につながりません。",
    desk_en="The message broker (MQTT) cannot be reached.",
    next_ja="しばらく待ってください。受付は続けられます。",
    next_en="Wait a while. Reception can go on.",
    vendor="MQTT connection refused, lost or timed out.",
    repeat=Repeat.LATER,
)
