"""Words that return in most journeys, as the desk sees them: (Japanese, English[, next step in both]).

Written out on purpose: whoever changes a word of the catalogue or of `edge.visit.words` changes it here too, and so
sees which journeys say it. What only one journey says stands in that journey.
"""

Heard = tuple[str, ...]

READING: Heard = ("カードを読み取っています。そのままお待ちください。", "Reading the card. Please leave it there.")
HOW: Heard = ("どの方法で本人確認をしますか。", "How shall we confirm that the card is yours?")
ASKING: Heard = ("資格を確認しています。", "Checking the insurance.")
VALID: Heard = ("資格は有効です。", "The insurance is valid.")
CONSENT: Heard = (
    "過去の医療情報を、この医療機関が見ることに同意しますか。同意しなくても診療は受けられます。",
    "May this clinic see your past medical records? You are treated all the same if you say no.",
)
ALL_GRANTED: Heard = (
    "同意を受け付けました（特定疾病療養受療証、健診、お薬、診療・アレルギー・検査、手術・傷病名・感染症）。24時間有効です。",
    "Consent is recorded (certificate of a specified disease; health checks; medicines; "
    "treatment, allergies and tests; operations, diseases and infections). It lasts 24 hours.",
)
NONE_GRANTED: Heard = (
    "同意しないことを受け付けました。診療はこれまでどおり受けられます。",
    "Your refusal is recorded. You are treated all the same.",
)
TAKE_CARD: Heard = ("終わりました。カードをお取りください。", "Done. Please take your card.")
CLERK_CODE: Heard = (
    "職員の方は、ご自分の職員コードを入力してください。",
    "Staff: enter your own staff code.",
)
COMPARE: Heard = (
    "お顔とカードの写真を見くらべてください。ご本人であれば、"
    "カードに印字された生年月日（和暦の年を含む6けた）を入力してください。",
    "Compare face and photo. If it is the same person, enter the printed birth date (six digits, era year).",
)
STOPPED: Heard = (
    "確認を中止しました。",
    "The check was stopped.",
    "カードをお取りください。",
    "Please take your card.",
)
LEFT_EARLY: Heard = (
    "途中でカードが取り出されたため、確認を中止しました。",
    "The card was taken out too early, so the check was stopped.",
    "カードをもう一度置いて、最初からやり直してください。",
    "Put the card back and start again.",
)
CONSENT_LOST: Heard = (
    "同意の前にカードが取り出されました。資格の確認は済んでいます。医療情報は閲覧できません。",
    "The card left before the consent. The insurance is confirmed; medical records stay closed.",
    "閲覧に同意する場合は、カードをもう一度置いてください。",
    "To allow viewing, put the card back.",
)
PIN_LOCKED: Heard = (
    "このカードの暗証番号は使えません（まちがいが続いたか、暗証番号のないカードです）。",
    "The PIN of this card cannot be used: too many wrong entries, or a card without a PIN.",
    "顔や目視での確認に替えてください。暗証番号は市区町村の窓口で設定し直せます。",
    "Use face or staff confirmation instead. The municipal office can set a new PIN.",
)
KEPT: Heard = (
    "通信ができないため、確認の依頼を控えました。回線が戻ると自動で送られ、結果が届きます。受付は続けられます。",
    "The line is down, so the request is kept. It is sent by itself when the line is back. Reception can go on.",
    "カードをお取りください。",
    "Please take your card.",
)
LATE_ANSWER: Heard = (
    "控えていた確認の結果が届きました。結果ファイルを取り込んでください。",
    "The answer to a kept request has arrived. Fetch the result file.",
)
READY: Heard = ("マイナンバーカードを置いてください。", "Please put your My Number Card on the reader.")


def ask_pin(tries_left: int) -> Heard:
    return (
        f"暗証番号（数字4けた）を入力してください。あと{tries_left}回入力できます。",
        f"Enter the four-digit PIN. Tries left: {tries_left}.",
    )


BY_PIN = [READING, HOW, ask_pin(3)]
"""As far as a PIN that is entered with all tries left."""
BY_SIGHT = [READING, HOW, CLERK_CODE, COMPARE]
GRANTED_BY_PIN = [*BY_PIN, ASKING, VALID, CONSENT, ALL_GRANTED, TAKE_CARD]
"""The ordinary visit."""
GRANTED_BY_SIGHT = [*BY_SIGHT, ASKING, VALID, CONSENT, ALL_GRANTED, TAKE_CARD]
