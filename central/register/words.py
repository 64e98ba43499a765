"""What an answer says in plain words, Japanese and English, with the code that stands in ProcessingResultCode.

Not faults (`protocol.errors`): these answers are right answers. The official codes are not public; ours are stable.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """``code`` for programs, ``ja`` for ProcessingResultMessage, ``en`` beside it."""

    code: str
    ja: str
    en: str


VALID = Word("R101", "資格は有効です。", "The coverage is valid.")
ASSISTED = Word("R102", "医療扶助の資格が有効です。", "Medical assistance is valid.")
BESIDE = Word(
    "R103",
    "医療保険のほかに医療扶助の資格があります。",
    "There is medical assistance beside the insurance.",
)
LOST = Word("R201", "資格を喪失しています。", "The coverage has been lost.")
LOST_ASSISTANCE = Word("R202", "医療扶助の資格を喪失しています。", "Medical assistance has ended.")
LATE_ELDERLY = Word(
    "R203",
    "75歳の誕生日から後期高齢者医療の対象です。新しい資格がまだ登録されていません。",
    "From the 75th birthday on, medical care of the elderly applies; that coverage is not registered yet.",
)
LOST_NEWER = Word(
    "R301",
    "この資格は喪失しており、新しい資格があります。新しい資格情報を確認してください。",
    "This coverage has been lost and a newer one exists. Ask the patient for the new one.",
)
NONE = Word("R401", "該当する資格がありません。", "There is no such coverage.")
NOT_BEGUN = Word(
    "R402", "資格確認日の時点では、まだ資格を取得していません。", "On the asked day the coverage has not begun yet."
)
STOPPED = Word(
    "R403",
    "登録内容を確認中のため、資格情報の照会を停止しています。保険者にお問い合わせください。",
    "The registration is being checked, so the coverage cannot be shown. Please ask the insurer.",
)
SEVERAL = Word(
    "R501",
    "複数の方が該当します。枝番または記号を加えて照会してください。",
    "More than one person fits. Ask again with the branch number or the symbol.",
)
UNREGISTERED = Word(
    "R601",
    "医療扶助の資格は有効ですが、この医療機関の医療券が登録されていません。福祉事務所にご確認ください。",
    "Medical assistance is valid, but no ticket for this facility is registered. Please ask the welfare office.",
)
CONFLICT = Word(
    "R701",
    "複数の保険者に有効な資格が登録されています。取得日の新しい資格を表示しています。",
    "Several insurers have registered a valid coverage. The one acquired last is shown.",
)
MEDICAL_STOPPED = Word(
    "R702",
    "登録内容を確認中のため、診療・薬剤・健診情報の閲覧を停止しています。",
    "The registration is being checked, so medical information cannot be viewed.",
)
EXPIRING = Word(
    "R703",
    "マイナンバーカードの電子証明書の有効期限が近づいています。市区町村の窓口で更新してください。",
    "The card's electronic certificate ends soon. Please renew it at the municipal office.",
)
GRACE = Word(
    "R704",
    "マイナンバーカードの電子証明書の有効期限が切れています。資格確認のみ可能です。市区町村の窓口で更新してください。",
    "The card's electronic certificate has expired. Only eligibility can be confirmed. "
    "Please renew it at the municipal office.",
)

ALL = tuple(word for word in list(globals().values()) if isinstance(word, Word))
