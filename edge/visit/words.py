"""The exact words of a visit, in Japanese and English: questions, answers, certificate, consent.

Not here: the words of faults, which are the catalogue's (`said_fault` passes them on). Facts behind the words:
`clinic-interface` reference section 4 (OQSCD006, OQSCD036), the grace and consent rules of `docs/trust`.
"""

from datetime import date

from edge.card.credentials import STOP_AT
from edge.visit.desk import Audience, ConsentResult, Say
from protocol.errors import Fault, OnshiError
from protocol.errors.card import BIRTH_GUARDED, BIRTH_WRONG, NUMBER_B_GUARDED, NUMBER_B_WRONG, READER_UNAVAILABLE
from protocol.errors.device import DEFECT
from protocol.visit import Care, CertificateStanding, CertificateState, ConsentItem

ITEMS_JA: dict[ConsentItem, str] = {
    ConsentItem.SPECIFIC_DISEASES: "特定疾病療養受療証",
    ConsentItem.CHECKUPS: "健診",
    ConsentItem.DRUGS: "お薬",
    ConsentItem.TREATMENT: "診療・アレルギー・検査",
    ConsentItem.OPERATIONS: "手術・傷病名・感染症",
}
ITEMS_EN: dict[ConsentItem, str] = {
    ConsentItem.SPECIFIC_DISEASES: "certificate of a specified disease",
    ConsentItem.CHECKUPS: "health checks",
    ConsentItem.DRUGS: "medicines",
    ConsentItem.TREATMENT: "treatment, allergies and tests",
    ConsentItem.OPERATIONS: "operations, diseases and infections",
}


def day_ja(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


CARD_IN = Say(
    code="card_in",
    ja="カードを読み取っています。そのままお待ちください。",
    en="Reading the card. Please leave it there.",
)
ASKING = Say(code="asking", ja="資格を確認しています。", en="Checking the insurance.")
CLERK_CODE = Say(
    code="clerk_ask",
    ja="職員の方は、ご自分の職員コードを入力してください。",
    en="Staff: enter your own staff code.",
    audience=Audience.CLERK,
)
PRINTED = Say(
    code="printed_ask",
    ja="お顔とカードの写真を見くらべてください。ご本人であれば、カードに印字された生年月日（和暦の年を含む6けた）を入力してください。",
    en="Compare face and photo. If it is the same person, enter the printed birth date (six digits, era year).",
    audience=Audience.CLERK,
)
KEPT = Say(
    code="kept",
    ja="通信ができないため、確認の依頼を控えました。回線が戻ると自動で送られ、結果が届きます。受付は続けられます。",
    en="The line is down, so the request is kept. It is sent by itself when the line is back. Reception can go on.",
    next_ja="カードをお取りください。",
    next_en="Please take your card.",
)
TAKE_CARD = Say(
    code="take_card",
    ja="終わりました。カードをお取りください。",
    en="Done. Please take your card.",
)
CONSENT_QUESTION = Say(
    code="consent_ask",
    ja="過去の医療情報を、この医療機関が見ることに同意しますか。同意しなくても診療は受けられます。",
    en="May this clinic see your past medical records? You are treated all the same if you say no.",
)
_CARE = {
    Care.HOME_VISIT: ("訪問診療等", "home visits"),
    Care.ONLINE_CARE: ("オンライン診療等", "online care"),
}
CONSENT_QUESTIONS: dict[Care | None, Say] = {
    None: CONSENT_QUESTION,
    **{
        care: Say(
            code="consent_ask",
            ja=(
                f"過去の医療情報を、{ja}が続く間、この医療機関が見ることに同意しますか。"
                "いつでも取り消せます。同意しなくても診療は受けられます。"
            ),
            en=(
                f"May this clinic see your past medical records as long as {en} go on? You can take it back at any"
                " time. You are treated all the same if you say no."
            ),
        )
        for care, (ja, en) in _CARE.items()
    },
}
CONSENT_UNANSWERED = Say(
    code="consent_unanswered",
    ja="同意の回答がなかったため、医療情報は閲覧できません。資格の確認は済んでいます。",
    en="The consent was not answered, so medical records stay closed. The insurance is confirmed.",
)


def choose(pin_tries: int | None) -> Say:
    """The method question; with one try left it leads away from the PIN."""
    if pin_tries == 1:
        return Say(
            code="method_ask_last_try",
            ja="どの方法で本人確認をしますか。暗証番号はあと1回まちがえると使えなくなります。",
            en="How shall we confirm that the card is yours? One more wrong PIN locks it.",
            next_ja="番号が確かでないときは、顔認証か職員の目視を選んでください。",
            next_en="If you are not sure of it, choose face or staff.",
        )
    return Say(
        code="method_ask",
        ja="どの方法で本人確認をしますか。",
        en="How shall we confirm that the card is yours?",
    )


def ask_pin(tries_left: int | None) -> Say:
    tail_ja = f"あと{tries_left}回入力できます。" if tries_left is not None else ""
    tail_en = f" Tries left: {tries_left}." if tries_left is not None else ""
    return Say(
        code="pin_ask",
        ja=f"暗証番号（数字4けた）を入力してください。{tail_ja}",
        en=f"Enter the four-digit PIN.{tail_en}",
        audience=Audience.PATIENT,
    )


_KEPT_BACK = {fault.code: STOP_AT for fault in (BIRTH_WRONG, BIRTH_GUARDED, NUMBER_B_WRONG, NUMBER_B_GUARDED)}
"""Tries on the card that this appliance never uses: to the desk they are none."""


def said_fault(error: OnshiError) -> Say:
    """The catalogue's words; how often one may still enter is said along, where a counter came with the fault."""
    fault = error.fault
    counted = error.details.get("tries_left")
    left = counted - _KEPT_BACK.get(fault.code, 0) if isinstance(counted, int) else 0
    told = left > 0
    return Say(
        code=fault.code,
        ja=fault.desk_ja + (f"あと{left}回入力できます。" if told else ""),
        en=fault.desk_en + (f" Tries left: {left}." if told else ""),
        next_ja=fault.next_ja,
        next_en=fault.next_en,
    )


def said(fault: Fault) -> Say:
    return said_fault(OnshiError(fault))


_VALIDITY: dict[str, tuple[str, str, str, str]] = {
    "1": ("資格は有効です。", "The insurance is valid.", "", ""),
    "2": (
        "資格は無効です（資格を失っています）。",
        "The insurance is not valid: it has ended.",
        "新しい保険に加入していないか、患者に確認してください。",
        "Ask the patient whether there is a new insurance.",
    ),
    "3": (
        "この資格は無効です。新しい資格があります。",
        "This insurance has ended. There is a newer one.",
        "新しい資格情報で受付してください。",
        "Register with the newer insurance.",
    ),
    "4": (
        "該当する資格が登録されていません。",
        "No insurance is registered for this person.",
        "加入したばかりのときは、登録が済んでいないことがあります。資格確認書などで確認してください。",
        "After a recent change it may not be registered yet. Check by another document.",
    ),
    "5": (
        "該当する資格が複数あるため、一つに決められません。",
        "More than one insurance fits, so none can be chosen.",
        "資格確認書などで確認し、保険者に問い合わせてください。",
        "Check by another document and ask the insurer.",
    ),
    "6": (
        "医療扶助の資格は有効です（この医療機関の医療券は未登録です）。",
        "Medical assistance is valid; no ticket is registered for this clinic.",
        "福祉事務所に医療券・調剤券の登録を確認してください。",
        "Ask the welfare office about the medical ticket.",
    ),
}


def answer(validity: str | None) -> Say:
    """The answer for each QualificationValidity; None: the centre gave none."""
    if validity not in _VALIDITY:
        return Say(
            code="answer_none",
            ja="資格の判定が返りませんでした。",
            en="No result came back.",
            next_ja="資格確認書などで確認してください。",
            next_en="Check by another document.",
        )
    ja, en, next_ja, next_en = _VALIDITY[validity]
    return Say(code=f"answer_{validity}", ja=ja, en=en, next_ja=next_ja, next_en=next_en)


def certificate(standing: CertificateStanding) -> Say | None:
    """What to say about the certificate's dates; nothing while it is plainly valid."""
    if standing.state is CertificateState.EXPIRING:
        return Say(
            code="certificate_expiring",
            ja=f"カードの電子証明書の期限は{day_ja(standing.last_day)}です。",
            en=f"The card's certificate ends on {standing.last_day.isoformat()}.",
            next_ja="期限までに市区町村の窓口で更新してください。",
            next_en="Renew it at the municipal office before then.",
        )
    if standing.state is CertificateState.GRACE:
        return Say(
            code="certificate_grace",
            ja=(
                f"カードの電子証明書は{day_ja(standing.last_day)}に期限が切れました。"
                f"{day_ja(standing.grace_until)}までは資格の確認だけできます。医療情報は閲覧できません。"
            ),
            en=(
                f"The card's certificate ended on {standing.last_day.isoformat()}. Until "
                f"{standing.grace_until.isoformat()} it confirms the insurance only; medical records stay closed."
            ),
            next_ja="市区町村の窓口で更新してください。",
            next_en="Renew it at the municipal office.",
        )
    return None


def consent(result: ConsentResult, granted: tuple[ConsentItem, ...], *, held: bool, care: Care | None = None) -> Say:
    """What became of the consent once it was answered. ``held``: the centre has it."""
    if result is ConsentResult.GRANTED:
        lasts_ja, lasts_en = "24時間有効です。", "It lasts 24 hours."
        if care is not None:
            ja, en = _CARE[care]
            lasts_ja, lasts_en = f"{ja}が続く間有効です。", f"It lasts as long as {en} go on."
        return Say(
            code="consent_granted",
            ja="同意を受け付けました（" + "、".join(ITEMS_JA[item] for item in granted) + f"）。{lasts_ja}",
            en="Consent is recorded (" + "; ".join(ITEMS_EN[item] for item in granted) + f"). {lasts_en}",
        )
    if not held:
        # Nothing was granted at this visit; but the centre, untold, goes on holding what was allowed before.
        return Say(
            code="consent_refused_here",
            ja="同意しないことを受け付けました。診療はこれまでどおり受けられます。",
            en="Your refusal is noted here. You are treated all the same.",
            next_ja="センターには届いていません。この24時間に同意していた場合、その同意は期限まで残ります。",
            next_en="The centre could not be told: a consent given in the last 24 hours stays until it ends.",
        )
    return Say(
        code="consent_refused",
        ja="同意しないことを受け付けました。診療はこれまでどおり受けられます。",
        en="Your refusal is recorded. You are treated all the same.",
    )


DEFECT_INSIDE = said(DEFECT)
READER_LOST = said(READER_UNAVAILABLE)
READER_BACK = Say(
    code="reader_back",
    ja="カードリーダーが使えるようになりました。",
    en="The card reader is back.",
    audience=Audience.CLERK,
)
LATE_ANSWER = Say(
    code="late_answer",
    ja="控えていた確認の結果が届きました。結果ファイルを取り込んでください。",
    en="The answer to a kept request has arrived. Fetch the result file.",
    audience=Audience.CLERK,
)
READY = Say(
    code="ready",
    ja="マイナンバーカードを置いてください。",
    en="Please put your My Number Card on the reader.",
)
