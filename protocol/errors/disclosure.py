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
    next_ja="開始の年月が、終了の年月や今月より後になっていないか確認してください。",
    next_en="Check that the first month lies neither after the last nor after this month.",
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
MUNICIPALITY_WRONG = Fault(
    code="VIEW-013",
    kind=Kind.BAD_INPUT,
    desk_ja="市区町村コードに誤りがあります。",
    desk_en="The municipality code is not right.",
    next_ja="全国地方公共団体コードの上5桁を、医療機関と同じ都道府県で指定してください。",
    next_en="Give the first 5 digits of the local government code, in the facility's prefecture.",
    vendor="Not 5 digits, or another prefecture than the facility code's.",
)
RIGHT_OF_HOSPITALS = Fault(
    code="VIEW-014",
    kind=Kind.BAD_INPUT,
    desk_ja="救急時の閲覧権限は、病院だけに付けられます。",
    desk_en="Only a hospital can be given the right to read in an emergency.",
    next_ja="医療機関コードを確認してください。",
    next_en="Check the facility code.",
    vendor="Emergency right (OQSCD043) for a facility code whose 点数表 is not 1 (医科).",
)
OPERATOR_MISSING = Fault(
    code="VIEW-020",
    kind=Kind.BAD_INPUT,
    desk_ja="操作する職員が分かりません。",
    desk_en="It is not said which member of staff acts.",
    next_ja="職員を指定して、もう一度操作してください。",
    next_en="Say who acts, and try again.",
    vendor="An emergency or disaster opening needs the operator's id.",
)
EMERGENCY_NO_RIGHT = Fault(
    code="VIEW-021",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この医療機関には、救急時の閲覧権限がありません。",
    desk_en="This facility has no right to read in an emergency.",
    next_ja="ご本人の同意をいただくか、センターに申し出てください。",
    next_en="Ask for the person's consent, or turn to the centre.",
    vendor="OQSCD043 is 0: `onshi central facility rights CODE --on emergency`.",
)
EMERGENCY_NO_CARD = Fault(
    code="VIEW-022",
    kind=Kind.NOT_PROVEN,
    desk_ja="救急時の閲覧には、先にカードで患者を確認する必要があります。",
    desk_en="Before an emergency reading the patient has to be identified by the card.",
    next_ja="カードをリーダーに置いて、患者を確認してください。",
    next_en="Put the card on the reader and identify the patient.",
    vendor="No visit of this facility with this device and id in the last hour, or one made off line.",
)
SAME_PERSON = Fault(
    code="VIEW-023",
    kind=Kind.NOT_ALLOWED,
    desk_ja="確認は、操作した人とは別の人が行ってください。",
    desk_en="The confirmation has to come from another person than the one who acted.",
    next_ja="別の人が確認してください。",
    next_en="Let a second person confirm.",
    vendor="The confirming operator is the one who opened.",
)
OPENING_NONE = Fault(
    code="VIEW-024",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この患者について、同意に代わる閲覧の手続きが行われていません。",
    desk_en="For this patient no reading without consent by the card has been opened.",
    next_ja="救急時または災害時の手続きを先に行ってください。",
    next_en="Open the emergency or disaster reading first.",
    vendor="No opening of this facility for this person and purpose, or no opening with this id.",
)
OPENING_UNCONFIRMED = Fault(
    code="VIEW-025",
    kind=Kind.NOT_ALLOWED,
    desk_ja="閲覧の手続きが、まだ確認されていません。",
    desk_en="The opening of the reading has not been confirmed yet.",
    next_ja="救急時は、2人目の職員が確認してください。災害時は、同意の有無を記録してください。",
    next_en="In an emergency let a second person confirm; in a disaster record the consent or its absence.",
    vendor="The opening exists, its confirmation is missing.",
)
OPENING_ENDED = Fault(
    code="VIEW-026",
    kind=Kind.NOT_ALLOWED,
    desk_ja="閲覧の手続きは、有効な時間が過ぎています。",
    desk_en="The opening of the reading has run out.",
    next_ja="必要な場合は、もう一度手続きを行ってください。",
    next_en="If it is needed, open it again.",
    vendor="Past available_until, or not confirmed in time.",
)
DISASTER_NOT_OPEN = Fault(
    code="VIEW-030",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この医療機関では、災害時の閲覧は開放されていません。",
    desk_en="Reading in a disaster is not open for this facility.",
    next_ja="カードで同意をいただいてください。通信や機器の障害の場合は、センターに電話してください。",
    next_en="Ask for consent with the card. If line or appliance is down, telephone the centre.",
    vendor="No confirmed disaster covers the facility's code or area at this moment.",
)
LOOKUP_TOO_LITTLE = Fault(
    code="VIEW-031",
    kind=Kind.BAD_INPUT,
    desk_ja="生年月日と、氏名（漢字かカナ）または被保険者番号が必要です。",
    desk_en="A birth date is needed, with a name (kanji or kana) or an insured number.",
    next_ja="分かる項目を追加してください。",
    next_en="Add what is known.",
    vendor="birth_date with name or kana (readable, no ●), or insurer_number and number.",
)
LOOKUP_NONE = Fault(
    code="VIEW-032",
    kind=Kind.NOT_FOUND,
    desk_ja="当てはまる方が見つかりません。",
    desk_en="Nobody fits.",
    next_ja="表記（カナ、旧字）や生年月日を確かめて、もう一度お試しください。",
    next_en="Check spelling and birth date, and try again.",
    vendor="No current person of the register fits every given item.",
)
LOOKUP_TOO_MANY = Fault(
    code="VIEW-033",
    kind=Kind.CONFLICT,
    desk_ja="当てはまる方が多すぎます。",
    desk_en="Too many people fit.",
    next_ja="性別、住所、被保険者番号など、分かる項目を追加してください。",
    next_en="Add sex, address or insured number.",
    vendor="More than 5 people fit: nobody is shown.",
)
DISASTER_UNKNOWN = Fault(
    code="VIEW-034",
    kind=Kind.NOT_FOUND,
    desk_ja="その災害時の開放は、登録されていません。",
    desk_en="There is no such disaster on record.",
    next_ja="onshi central disaster list で確認してください。",
    next_en="See `onshi central disaster list`.",
    vendor="No disclosure_disaster with this id that is not closed (confirm: and not confirmed).",
)
DISASTER_WRONG = Fault(
    code="VIEW-035",
    kind=Kind.BAD_INPUT,
    desk_ja="災害時の開放の指定に誤りがあります。",
    desk_en="The disaster is not stated rightly.",
    next_ja="地域（2桁か5桁）または医療機関コードと、90日以内の期間を指定してください。",
    next_en="Give areas (2 or 5 digits) or facility codes, and a period of at most 90 days.",
    vendor="No area and no facility, an area that is not 2 or 5 digits, or a period that is empty, over or too long.",
)
CONSENT_UNKNOWN = Fault(
    code="VIEW-015",
    kind=Kind.NOT_FOUND,
    desk_ja="その同意は、この医療機関では受け付けていません。",
    desk_en="This facility has taken no such consent.",
    next_ja="同意の番号と機器を確認してください。",
    next_en="Check the consent's number and the appliance.",
    vendor="No consent of this facility with this device and consent id.",
)
CERTIFICATE_CORRECTED = Fault(
    code="VIEW-016",
    kind=Kind.NOT_ALLOWED,
    desk_ja="同意に使われた電子証明書が、この方のものではないと分かったため、閲覧できません。",
    desk_en="The certificate behind the consent has turned out not to be this person's, so nothing can be viewed.",
    next_ja="ご本人のカードで、もう一度資格を確認し、同意をいただいてください。",
    next_en="Check this person's own card again and ask for consent.",
    vendor="As known now, the certificate of the consent leads to nobody or to another person, renewals included.",
)
CERTIFICATE_REVOKED = Fault(
    code="VIEW-017",
    kind=Kind.NOT_ALLOWED,
    desk_ja="同意に使われた電子証明書が失効したため、この同意では閲覧できません。",
    desk_en="The certificate behind the consent has been revoked, so nothing can be viewed under this consent.",
    next_ja="ご本人の新しいカードで、もう一度同意をいただいてください。",
    next_en="Ask for consent again with the person's new card.",
    vendor="The certificate of the consent is in trust_revocation, for whichever reason.",
)
