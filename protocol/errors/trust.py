"""Catalogue of certificates, evidence, challenges and consent. Codes TRUST-nnn.

Over 400 lines because it is one list of entries: a newcomer looks for a code in one place.
"""

from protocol.errors.fault import Fault, Kind, Repeat

CERTIFICATE_UNREADABLE = Fault(
    code="TRUST-001",
    kind=Kind.BAD_INPUT,
    desk_ja="カードの電子証明書を読み取れませんでした。",
    desk_en="The certificate on the card could not be read.",
    next_ja="カードを置き直してもう一度お試しください。続く場合は資格確認書などで確認してください。",
    next_en="Put the card back and try again. If it goes on, check by another document.",
    vendor="Bytes are not exactly one DER X.509 certificate that can be understood.",
    repeat=Repeat.NOW,
)
CERTIFICATE_OTHER_CA = Fault(
    code="TRUST-002",
    kind=Kind.NOT_PROVEN,
    desk_ja="この電子証明書は、公的個人認証サービスが発行したものではありません。",
    desk_en="This certificate was not issued by the public certification service (JPKI).",
    next_ja="このカードでは確認できません。資格確認書などで確認してください。",
    next_en="This card cannot be used. Check by another document.",
    vendor="No pinned anchor has the issuer's name and key; a new CA generation must be pinned first.",
)
CERTIFICATE_TEST_CA = Fault(
    code="TRUST-003",
    kind=Kind.NOT_PROVEN,
    desk_ja="試験用のカードです。本番では使えません。",
    desk_en="This is a test card; it cannot be used here.",
    next_ja="ご本人のカードで確認してください。",
    next_en="Use the person's own card.",
    vendor="Issuer belongs to a test or laboratory hierarchy that the settings do not accept.",
)
CERTIFICATE_FORGED = Fault(
    code="TRUST-004",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書の署名が正しくありません。偽造のおそれがあります。",
    desk_en="The certificate's signature is wrong: it may be forged.",
    next_ja="このカードでは確認できません。資格確認書などで確認し、責任者に知らせてください。",
    next_en="This card cannot be used. Check by another document and tell the person in charge.",
    vendor="Issuer is pinned, its key does not verify the certificate.",
)
CERTIFICATE_WRONG_USAGE = Fault(
    code="TRUST-005",
    kind=Kind.NOT_PROVEN,
    desk_ja="利用者証明用の電子証明書ではありません。",
    desk_en="This is not a certificate for user authentication.",
    next_ja="カードを置き直してください。続く場合は資格確認書などで確認してください。",
    next_en="Put the card back. If it goes on, check by another document.",
    vendor=(
        "keyUsage is not exactly digitalSignature (critical), it is a CA certificate, the "
        "extended usage excludes client authentication, or the issuer is the CA for signatures."
    ),
)
CERTIFICATE_POLICY = Fault(
    code="TRUST-006",
    kind=Kind.NOT_PROVEN,
    desk_ja="この電子証明書の種類は、資格の確認に使えません。",
    desk_en="This kind of certificate cannot be used to confirm insurance.",
    next_ja="資格確認書などで確認してください。",
    next_en="Check by another document.",
    vendor="certificatePolicies has none of the allowed policy identifiers.",
)
CERTIFICATE_PROFILE = Fault(
    code="TRUST-007",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書の形式が、利用者証明用のものと違います。",
    desk_en="The certificate does not have the form of one for user authentication.",
    next_ja="資格確認書などで確認してください。",
    next_en="Check by another document.",
    vendor=(
        "Key is not RSA-2048 with exponent 65537, signature is not sha256WithRSA, the serial is "
        "not positive, or an unknown extension is critical."
    ),
)
CERTIFICATE_NOT_YET_VALID = Fault(
    code="TRUST-008",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書の有効期間がまだ始まっていません。",
    desk_en="The certificate is not valid yet.",
    next_ja="資格確認書などで確認してください。",
    next_en="Check by another document.",
    vendor="notBefore lies in the future.",
)
CERTIFICATE_EXPIRED = Fault(
    code="TRUST-009",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書の有効期限が切れ、猶予期間（期限の月の3か月後の末日まで）も過ぎています。",
    desk_en="The certificate has expired and its three months of grace are over.",
    next_ja="資格確認書などで確認し、市区町村の窓口での更新をご案内ください。",
    next_en="Check by another document; the municipality renews the certificate.",
    vendor="Past the last day of the third month after the month of expiry, Japan time.",
)
CERTIFICATE_REVOKED = Fault(
    code="TRUST-010",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書は失効しています。",
    desk_en="The certificate has been revoked.",
    next_ja="資格確認書などで確認し、市区町村の窓口をご案内ください。",
    next_en="Check by another document; the municipality can say more.",
    vendor="Revoked: unspecified reason, cessationOfOperation or privilegeWithdrawn.",
)
CERTIFICATE_REVOKED_STOLEN = Fault(
    code="TRUST-011",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書は、紛失などの届け出により失効しています。",
    desk_en="The certificate was revoked because the card or its key was reported lost or unsafe.",
    next_ja="カードの持ち主を確かめ、資格確認書などで確認してください。",
    next_en="Make sure whose card it is, and check by another document.",
    vendor="Revoked: keyCompromise, cACompromise or aACompromise.",
)
CERTIFICATE_REVOKED_REPLACED = Fault(
    code="TRUST-012",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書は更新され、この証明書は使えなくなっています。",
    desk_en="The certificate has been renewed; this one is no longer used.",
    next_ja="新しいカードをお持ちでないか確認してください。なければ資格確認書などで確認してください。",
    next_en="Ask for the new card. Without it, check by another document.",
    vendor="Revoked: superseded.",
)
CERTIFICATE_REVOKED_CHANGED = Fault(
    code="TRUST-013",
    kind=Kind.NOT_PROVEN,
    desk_ja="届け出の内容が変わったため、電子証明書は失効しています。",
    desk_en="The certificate was revoked because the registered facts changed.",
    next_ja="資格確認書などで確認し、市区町村の窓口での再発行をご案内ください。",
    next_en="Check by another document; the municipality issues a new certificate.",
    vendor="Revoked: affiliationChanged.",
)
CERTIFICATE_SUSPENDED = Fault(
    code="TRUST-014",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書の利用が一時停止されています。",
    desk_en="The certificate is suspended.",
    next_ja="資格確認書などで確認してください。一時停止の解除は市区町村またはコールセンターで行えます。",
    next_en="Check by another document. The municipality or the call centre can say how to lift it.",
    vendor="Revoked: certificateHold.",
)
CERTIFICATE_REVOKED_THEN_EXPIRED = Fault(
    code="TRUST-015",
    kind=Kind.NOT_PROVEN,
    desk_ja="電子証明書は、有効期限が切れる前に失効しています。猶予期間は使えません。",
    desk_en="The certificate was revoked before it expired, so the grace period does not apply.",
    next_ja="資格確認書などで確認し、市区町村の窓口をご案内ください。",
    next_en="Check by another document; the municipality can say more.",
    vendor="Expired, inside grace, and a revocation was learned before the lists dropped it.",
)
STATUS_UNKNOWN = Fault(
    code="TRUST-016",
    kind=Kind.UPSTREAM,
    desk_ja="電子証明書が失効していないことを確認できませんでした。",
    desk_en="It could not be checked whether the certificate has been revoked.",
    next_ja="しばらくしてからもう一度お試しください。急ぐ場合は資格確認書などで確認してください。",
    next_en="Try again in a little while. If it is urgent, check by another document.",
    vendor=(
        "Neither a CRL inside its nextUpdate nor an OCSP answer of at most 15 minutes; for an "
        "expired certificate no record that reaches back to its expiry."
    ),
    repeat=Repeat.LATER,
)
CERTIFICATE_SUBSTITUTED = Fault(
    code="TRUST-017",
    kind=Kind.NOT_PROVEN,
    desk_ja="送られた電子証明書が、カードが署名した内容と一致しません。",
    desk_en="The certificate sent is not the one that the card signed for.",
    next_ja="最初からやり直してください。続く場合は機器の保守担当に連絡してください。",
    next_en="Start again. If it goes on, tell whoever maintains the appliance.",
    vendor="statement.certificate is not the SHA-256 of the certificate.",
)
REVOCATION_LIST_WRONG = Fault(
    code="TRUST-018",
    kind=Kind.UPSTREAM,
    desk_ja="失効情報を取り込めませんでした。",
    desk_en="The revocation list could not be taken in.",
    next_ja="センターの担当者に連絡してください。",
    next_en="Tell the staff of the centre.",
    vendor=("CRL is unreadable, of an unknown issuer, wrongly signed, has a critical extension, or no nextUpdate."),
    repeat=Repeat.LATER,
)
OCSP_WRONG = Fault(
    code="TRUST-019",
    kind=Kind.UPSTREAM,
    desk_ja="証明書の状態の応答を確認できませんでした。",
    desk_en="The answer about the certificate's status could not be checked.",
    next_ja="しばらくしてからもう一度お試しください。",
    next_en="Try again in a little while.",
    vendor="OCSP answer is unreadable, wrongly signed, of another certificate or nonce, or too old.",
    repeat=Repeat.LATER,
)
LINKS_WRONG = Fault(
    code="TRUST-020",
    kind=Kind.UPSTREAM,
    desk_ja="証明書の新旧紐付け情報を取り込めませんでした。",
    desk_en="The linkage of old and new certificates could not be taken in.",
    next_ja="センターの担当者に連絡してください。",
    next_en="Tell the staff of the centre.",
    vendor="The linkage feed does not have the agreed shape or contradicts what is known.",
    repeat=Repeat.LATER,
)
ANCHOR_WRONG = Fault(
    code="TRUST-021",
    kind=Kind.INTERNAL,
    desk_ja="信頼する認証局の設定に誤りがあります。",
    desk_en="The trusted certification authorities are configured wrongly.",
    next_ja="センターの設定を確認してください。",
    next_en="Check the settings of the centre.",
    vendor=("An anchor file is unreadable, no CA certificate, or of a hierarchy that the settings do not accept."),
)
DOCUMENT_UNREADABLE = Fault(
    code="TRUST-030",
    kind=Kind.BAD_INPUT,
    desk_ja="送られた内容の形式に誤りがあります。",
    desk_en="What was sent has the wrong form.",
    next_ja="最初からやり直してください。続く場合は機器の保守担当に連絡してください。",
    next_en="Start again. If it goes on, tell whoever maintains the appliance.",
    vendor="Not a SignedDocument of this kind, or its payload is not the canonical form of the request.",
)
DEVICE_SIGNATURE_WRONG = Fault(
    code="TRUST-031",
    kind=Kind.NOT_AUTHENTICATED,
    desk_ja="機器の署名が正しくありません。",
    desk_en="The appliance's signature is wrong.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="ECDSA signature over the payload does not verify with the enrolled device key.",
)
OTHER_DEVICE = Fault(
    code="TRUST-032",
    kind=Kind.NOT_ALLOWED,
    desk_ja="別の機器の名前で送られています。",
    desk_en="The document names another appliance.",
    next_ja="機器の保守担当に連絡してください。",
    next_en="Tell whoever maintains the appliance.",
    vendor="Device in the envelope or statement is not the device of the connection.",
)
OTHER_FACILITY = Fault(
    code="TRUST-033",
    kind=Kind.NOT_ALLOWED,
    desk_ja="別の医療機関のコードで送られています。",
    desk_en="The document names another facility.",
    next_ja="医療機関コードの設定を確認してください。",
    next_en="Check the facility code in the settings.",
    vendor="Facility in the statement is not the device's facility.",
)
CHALLENGE_EXPIRED = Fault(
    code="TRUST-034",
    kind=Kind.NOT_PROVEN,
    desk_ja="時間がかかりすぎたため、確認の有効時間が切れました。",
    desk_en="It took too long; the check has expired.",
    next_ja="カードを置き直して、最初からやり直してください。",
    next_en="Put the card back and start again.",
    vendor="Challenge is past its expiry (120 s; deferred: 24 h).",
    repeat=Repeat.NOW,
)
CHALLENGE_FOREIGN = Fault(
    code="TRUST-035",
    kind=Kind.NOT_PROVEN,
    desk_ja="この機器に渡されたものではない確認番号が使われています。",
    desk_en="The check uses a challenge that was not given to this appliance.",
    next_ja="最初からやり直してください。続く場合は機器の保守担当に連絡してください。",
    next_en="Start again. If it goes on, tell whoever maintains the appliance.",
    vendor=("Challenge is not ours, of another device, of a retired key, or of the other kind (deferred or not)."),
)
CHALLENGE_SPENT = Fault(
    code="TRUST-036",
    kind=Kind.CONFLICT,
    desk_ja="この確認番号は既に使われています。",
    desk_en="This challenge has already been used.",
    next_ja="最初からやり直してください。",
    next_en="Start again.",
    vendor="Another request has spent this challenge: replay, logged.",
)
REQUEST_REPLAYED = Fault(
    code="TRUST-037",
    kind=Kind.CONFLICT,
    desk_ja="同じ受付番号で違う内容が送られました。",
    desk_en="The same request number came with other contents.",
    next_ja="最初からやり直してください。続く場合は機器の保守担当に連絡してください。",
    next_en="Start again. If it goes on, tell whoever maintains the appliance.",
    vendor="Request id is known with other bytes: replay, logged.",
)
CARD_SIGNATURE_WRONG = Fault(
    code="TRUST-038",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの署名が、送られた内容と一致しません。",
    desk_en="The card's signature does not fit what was sent.",
    next_ja="カードを置き直してもう一度お試しください。続く場合は資格確認書などで確認してください。",
    next_en="Put the card back and try again. If it goes on, check by another document.",
    vendor="Signature by the authentication key does not verify over the statement's digest.",
    repeat=Repeat.NOW,
)
SURFACE_CARD_SIGNATURE_WRONG = Fault(
    code="TRUST-039",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードが本物であることを確認できませんでした。",
    desk_en="It could not be confirmed that the card is genuine.",
    next_ja="カードを置き直してもう一度お試しください。続く場合は資格確認書などで確認してください。",
    next_en="Put the card back and try again. If it goes on, check by another document.",
    vendor="Signature by the card-surface key does not verify over the statement's digest.",
    repeat=Repeat.NOW,
)
EVIDENCE_INCOMPLETE = Fault(
    code="TRUST-040",
    kind=Kind.BAD_INPUT,
    desk_ja="確認方法に必要な証拠がそろっていません。",
    desk_en="The proofs that this way of confirming needs are not complete.",
    next_ja="最初からやり直してください。続く場合は機器の保守担当に連絡してください。",
    next_en="Start again. If it goes on, tell whoever maintains the appliance.",
    vendor=(
        "PIN needs the authentication signature; face needs file 0002 and a face report; sight "
        "needs a surface proof and a clerk; nothing else may stand beside them."
    ),
)
EVIDENCE_UNREADABLE = Fault(
    code="TRUST-041",
    kind=Kind.BAD_INPUT,
    desk_ja="券面の情報を読み取れませんでした。",
    desk_en="The card surface could not be read.",
    next_ja="カードを置き直してもう一度お試しください。",
    next_en="Put the card back and try again.",
    vendor="Objects of 券面AP 0001, 0002 or 0004 are malformed.",
    repeat=Repeat.NOW,
)
SURFACE_ISSUER_UNKNOWN = Fault(
    code="TRUST-042",
    kind=Kind.NOT_PROVEN,
    desk_ja="券面の発行者を確認できませんでした。",
    desk_en="The issuer of the card surface is not known.",
    next_ja="資格確認書などで確認してください。",
    next_en="Check by another document.",
    vendor="The CV certificate names a CA key that is not pinned.",
)
SURFACE_ISSUER_TEST = Fault(
    code="TRUST-043",
    kind=Kind.NOT_PROVEN,
    desk_ja="試験用のカードです。本番では使えません。",
    desk_en="This is a test card; it cannot be used here.",
    next_ja="ご本人のカードで確認してください。",
    next_en="Use the person's own card.",
    vendor=("The CV certificate names a CA key of a test or laboratory hierarchy that the settings do not accept."),
)
SURFACE_ISSUER_FORGED = Fault(
    code="TRUST-044",
    kind=Kind.NOT_PROVEN,
    desk_ja="券面の発行者の証明書が正しくありません。偽造のおそれがあります。",
    desk_en="The certificate of the card surface's issuer is wrong: it may be forged.",
    next_ja="資格確認書などで確認し、責任者に知らせてください。",
    next_en="Check by another document and tell the person in charge.",
    vendor="CV certificate's signature does not verify with the pinned CA key.",
)
SURFACE_FORGED = Fault(
    code="TRUST-045",
    kind=Kind.NOT_PROVEN,
    desk_ja="券面の情報の署名が正しくありません。偽造のおそれがあります。",
    desk_en="The signature on the card surface is wrong: it may be forged.",
    next_ja="資格確認書などで確認し、責任者に知らせてください。",
    next_en="Check by another document and tell the person in charge.",
    vendor="DF13 or DF28 does not verify with the municipality's key.",
)
PHOTO_DIFFERS = Fault(
    code="TRUST-046",
    kind=Kind.NOT_PROVEN,
    desk_ja="照合に使った顔写真が、カードの顔写真ではありません。",
    desk_en="The photo that was compared is not the one on the card.",
    next_ja="最初からやり直してください。続く場合は暗証番号で確認してください。",
    next_en="Start again. If it goes on, use the PIN.",
    vendor="FaceReport.photo is not the signed digest of DF27.",
)
FACE_BELOW_THRESHOLD = Fault(
    code="TRUST-047",
    kind=Kind.NOT_PROVEN,
    desk_ja="顔の照合が基準に達していません。",
    desk_en="The face comparison did not reach its threshold.",
    next_ja="もう一度顔認証を行うか、暗証番号で確認してください。",
    next_en="Try the face again, or use the PIN.",
    vendor="FaceReport.score is below FaceReport.threshold.",
    repeat=Repeat.NOW,
)
OTHER_SURFACE_KEY = Fault(
    code="TRUST-048",
    kind=Kind.NOT_PROVEN,
    desk_ja="この電子証明書は、別のカードに結び付けられています。",
    desk_en="This certificate is bound to another card.",
    next_ja="このカードでは確認できません。資格確認書などで確認し、責任者に知らせてください。",
    next_en="This card cannot be used. Check by another document and tell the person in charge.",
    vendor="An earlier PIN visit bound another card-surface key to the certificate.",
)
BIRTH_DATE_DIFFERS = Fault(
    code="TRUST-049",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの生年月日が、登録されている方の生年月日と一致しません。",
    desk_en="The birth date on the card is not that of the person registered.",
    next_ja="資格確認書などで確認してください。保険者に調査を依頼しました。",
    next_en="Check by another document. The insurer has been asked to look into it.",
    vendor=("Birth date signed on the chip differs from the register's person of the certificate; work item written."),
)
SEX_DIFFERS = Fault(
    code="TRUST-050",
    kind=Kind.NOT_PROVEN,
    desk_ja="カードの性別が、登録されている方の性別と一致しません。",
    desk_en="The sex on the card is not that of the person registered.",
    next_ja="資格確認書などで確認してください。保険者に調査を依頼しました。",
    next_en="Check by another document. The insurer has been asked to look into it.",
    vendor=("Sex signed on the chip differs from the register's person of the certificate; work item written."),
)
HOLDER_UNKNOWN = Fault(
    code="TRUST-051",
    kind=Kind.NOT_FOUND,
    desk_ja="このカードは、健康保険証としての利用登録がされていません。",
    desk_en="This card is not registered for use as a health insurance card.",
    next_ja="利用登録を行うか、資格確認書などで確認してください。",
    next_en="Register the card, or check by another document.",
    vendor="No person in the register has this certificate or an earlier one that it renews.",
)
ASKED_DAY_IN_FUTURE = Fault(
    code="TRUST-052",
    kind=Kind.BAD_INPUT,
    desk_ja="資格確認日が未来の日付です。",
    desk_en="The day asked for lies in the future.",
    next_ja="機器の時計を確認してください。",
    next_en="Check the appliance's clock.",
    vendor="statement.asked_day is after today, Japan time.",
)
CONSENT_VISIT_UNKNOWN = Fault(
    code="TRUST-060",
    kind=Kind.NOT_FOUND,
    desk_ja="同意のもとになる資格確認が見つかりません。",
    desk_en="The visit that this consent belongs to is not known.",
    next_ja="カードを置き直して、最初からやり直してください。",
    next_en="Put the card back and start again.",
    vendor="No visit of this device with this id and challenge.",
)
CONSENT_TOO_LATE = Fault(
    code="TRUST-061",
    kind=Kind.NOT_PROVEN,
    desk_ja="資格確認から時間がたちすぎたため、同意を受け付けられません。",
    desk_en="Too much time has passed since the check; the consent cannot be taken.",
    next_ja="カードを置き直して、最初からやり直してください。",
    next_en="Put the card back and start again.",
    vendor="The visit's answer is older than the consent window.",
    repeat=Repeat.NOW,
)
CONSENT_OTHER_KEY = Fault(
    code="TRUST-062",
    kind=Kind.NOT_PROVEN,
    desk_ja="資格確認と違う方法で同意が署名されています。",
    desk_en="The consent was signed in another way than the visit.",
    next_ja="カードを置き直して、最初からやり直してください。",
    next_en="Put the card back and start again.",
    vendor="The consent names another key, or another certificate, than the one the visit proved.",
)
CONSENT_SIGNATURE_WRONG = Fault(
    code="TRUST-063",
    kind=Kind.NOT_PROVEN,
    desk_ja="同意の署名が正しくありません。",
    desk_en="The signature under the consent is wrong.",
    next_ja="カードを置き直して、最初からやり直してください。",
    next_en="Put the card back and start again.",
    vendor="Card signature does not verify over the consent statement's digest.",
    repeat=Repeat.NOW,
)
CONSENT_NOT_OFFERED = Fault(
    code="TRUST-064",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この確認では、その情報の閲覧に同意できません。",
    desk_en="This visit does not allow consent to that information.",
    next_ja="同意なしで受付を続けてください。",
    next_en="Go on without the consent.",
    vendor=("Items go beyond consent_items of the visit's answer, or are not in the order of ConsentItem, each once."),
)
VIEW_STOPPED = Fault(
    code="TRUST-065",
    kind=Kind.NOT_ALLOWED,
    desk_ja="保険者の確認が済むまで、この方の医療情報の閲覧は止められています。",
    desk_en=("Viewing this person's medical information is stopped until the insurer has clarified the data."),
    next_ja="同意なしで受付を続けてください。資格の確認結果はそのまま使えます。",
    next_en="Go on without the consent. The insurance answer stands.",
    vendor="Viewing is stopped in the register (照会停止).",
)
CONSENT_IN_GRACE = Fault(
    code="TRUST-066",
    kind=Kind.NOT_ALLOWED,
    desk_ja="電子証明書の有効期限が切れているため、医療情報は閲覧できません。",
    desk_en="The certificate has expired, so medical information cannot be viewed.",
    next_ja="資格の確認結果はそのまま使えます。市区町村の窓口での更新をご案内ください。",
    next_en="The insurance answer stands. The municipality renews the certificate.",
    vendor="Certificate in grace: eligibility only.",
)
CONSENT_DEFERRED = Fault(
    code="TRUST-067",
    kind=Kind.NOT_ALLOWED,
    desk_ja="通信できない間に受け付けた確認では、医療情報の閲覧に同意できません。",
    desk_en="A check taken while the line was down does not allow consent to medical information.",
    next_ja="カードを置き直して、もう一度確認してください。",
    next_en="Put the card back and check again.",
    vendor="The visit used a deferred challenge: never a grant.",
)
CONSENT_GIVEN = Fault(
    code="TRUST-068",
    kind=Kind.CONFLICT,
    desk_ja="この確認では、既に同意の回答を受け付けています。",
    desk_en="An answer to the consent question was already taken for this visit.",
    next_ja="変更する場合は、カードを置き直して最初からやり直してください。",
    next_en="To change it, put the card back and start again.",
    vendor="One consent statement for each visit; this one differs from the stored one.",
)
NO_GRANT = Fault(
    code="TRUST-069",
    kind=Kind.NOT_ALLOWED,
    desk_ja="この方の情報の閲覧に、有効な同意がありません。",
    desk_en="There is no live consent to view this person's information.",
    next_ja="カードで同意をいただいてください。",
    next_en="Ask for consent with the card.",
    vendor="No live grant for facility, person and item.",
)
