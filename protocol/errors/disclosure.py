"""Catalogue of the door to medical information (薬剤・診療・手術・健診情報の閲覧). Codes VIEW-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat

GRANT_EXPIRED = Fault(
    code="VIEW-001",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この方の閲覧同意は、有効期限が切れています。",
    desk_en="This person's consent to viewing has run out.",
    next_ja="カードで、もう一度同意をいただいてください。",
    next_en="Ask for consent with the card again.",
    vendor="The last grant of facility, person and item is past available_until.",
)
GRANT_WITHDRAWN_FACILITY = Fault(
    code="VIEW-002",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この方の閲覧同意は、医療機関が取り消しています。",
    desk_en="The facility has withdrawn this person's consent to viewing.",
    next_ja="必要な場合は、カードで、もう一度同意をいただいてください。",
    next_en="If it is needed, ask for consent with the card again.",
    vendor="The last grant was withdrawn: 医療機関取消 (OQSCD031 1).",
)
GRANT_WITHDRAWN_PATIENT = Fault(
    code="VIEW-003",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この方は、閲覧の同意を取り消しています。",
    desk_en="This person has withdrawn the consent to viewing.",
    next_ja="ご本人の意思を確かめ、必要な場合はカードで同意をいただいてください。",
    next_en="Ask what the person wishes; if they agree, ask for consent with the card.",
    vendor="The last grant was withdrawn: 患者取消 (OQSCD031 2).",
)
GRANT_REPLACED = Fault(
    code="VIEW-004",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この方の新しい同意には、この情報の閲覧が含まれていません。",
    desk_en="This person's newer answer does not allow viewing this information.",
    next_ja="必要な場合は、カードで、もう一度同意をいただいてください。",
    next_en="If it is needed, ask for consent with the card again.",
    vendor="The last grant was ended by a newer consent statement without this item.",
)
GRANT_OTHER_PURPOSE = Fault(
    code="VIEW-005",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この方の同意は、別の診療区分（外来・訪問診療等・オンライン診療等）のものです。",
    desk_en="This person's consent was given for another kind of care (visit, home visit, online).",
    next_ja="診療区分を確かめるか、この診療区分で同意をいただいてください。",
    next_en="Check the kind of care, or ask for consent for this one.",
    vendor="A grant of facility, person and item is live, of another purpose (OQSCD028; 用途変更, OQSCD031 3).",
)
CERTIFICATE_ENDED = Fault(
    code="VIEW-006",
    kind=Kind.NOT_ALLOWED,
    desk_ja="同意に使われた電子証明書の有効期限が切れたため、医療情報は閲覧できません。",
    desk_en="The certificate behind the consent has expired, so medical information cannot be viewed.",
    next_ja="市区町村の窓口での電子証明書の更新をご案内ください。",
    next_en="The municipality renews the certificate.",
    vendor="The certificate of the consent is past its last day (grace): eligibility only.",
)
READING_STOPPED = Fault(
    code="VIEW-007",
    kind=Kind.NOT_ALLOWED,
    desk_ja="保険者の確認が済むまで、この方の医療情報の閲覧は止められています。",
    desk_en="Viewing this person's medical information is stopped until the insurer has clarified the data.",
    next_ja="閲覧せずに診療を続け、必要なことはご本人に確かめてください。",
    next_en="Go on without it, and ask the person what is needed.",
    vendor="A stop (照会停止) covers the person, or every insured record of the person.",
)
FACILITY_SETTING_OFF = Fault(
    code="VIEW-008",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この医療機関では、この情報の閲覧を利用する設定になっていません。",
    desk_en="This facility is not set to use this information.",
    next_ja="利用する場合は、センターに設定の変更を申し出てください。",
    next_en="To use it, ask the centre to change the setting.",
    vendor="The facility's switch for the item (OQSCD037) is off: `onshi central facility rights`.",
)
SEVERAL_PEOPLE = Fault(
    code="VIEW-009",
    kind=Kind.CONFLICT,
    desk_ja="この番号に当てはまり、同意している方が複数います。",
    desk_en="Several people who consented fit this number.",
    next_ja="枝番と記号も付けて照会するか、ご本人のカードで確認してください。",
    next_en="Ask with symbol and branch as well, or check with the person's card.",
    vendor="More than one person tied to the given insured number has a live grant of this facility.",
)
ITEMS_WRONG = Fault(
    code="VIEW-010",
    kind=Kind.BAD_INPUT,
    desk_ja="閲覧する情報の種類が正しく指定されていません。",
    desk_en="The kinds of information asked for are not right.",
    next_ja="レセコン・電子カルテの設定を確認してください。",
    next_en="Check the settings of the clinic's software.",
    vendor="items is empty, repeats itself, or names what is no medical information (TSR is part of the eligibility).",
)
PERIOD_WRONG = Fault(
    code="VIEW-011",
    kind=Kind.BAD_INPUT,
    desk_ja="閲覧する期間の指定に誤りがあります。",
    desk_en="The period asked for is not right.",
    next_ja="開始の年月が終了の年月より後になっていないか確認してください。",
    next_en="Check that the first month does not lie after the last.",
    vendor="The first month is after the last, or in the future.",
)
CHANGED_MEANWHILE = Fault(
    code="VIEW-012",
    kind=Kind.CONFLICT,
    desk_ja="読み出しの途中で、同意か登録の内容が変わりました。",
    desk_en="The consent or the register changed while it was being read.",
    next_ja="もう一度お試しください。",
    next_en="Try again.",
    vendor="Every try found, at its commit, that a grant, stop or tie had changed since it was read.",
    repeat=Repeat.NOW,
)
