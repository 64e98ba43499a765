"""What the patient reads while the camera looks: hints, actions, encouragement. Japanese and English.

Codes are those of `edge.face.quality.Hint`, `liveness.Action` and `verification.Prompt` behind ``face_``. Left and
right are the patient's own. Faults have their words in the catalogue.
"""

from edge.visit.desk import Audience, Say

PREFIX = "face_"


_TEXTS = {
    "nobody": (
        "カメラの前にお顔をお見せください。",
        "Please show your face to the camera.",
    ),
    "one_person": (
        "お一人で画面の前に立ってください。",
        "One person only, please.",
    ),
    "too_close": (
        "カメラに近すぎます。少し下がってください。",
        "Too close. Please step back a little.",
    ),
    "too_far": (
        "カメラから遠すぎます。少し近づいてください。",
        "Too far. Please come a little closer.",
    ),
    "more_light": (
        "暗くて見えません。明るいほうを向いてください。",
        "Too dark. Please turn towards the light.",
    ),
    "less_light": (
        "明るすぎます。光が顔に当たらないようにしてください。",
        "Too bright. Please turn out of the light.",
    ),
    "lower_mask": (
        "マスクをあごの下までおろしてください。",
        "Please lower your mask below the chin.",
    ),
    "look_straight": (
        "正面を向いてください。",
        "Please look straight at the camera.",
    ),
    "hold_still": (
        "そのまま動かないでください。",
        "Please hold still.",
    ),
    "turn_left": (
        "お顔をゆっくり左に向けて、正面に戻してください。",
        "Slowly turn your head to your left, and back.",
    ),
    "turn_right": (
        "お顔をゆっくり右に向けて、正面に戻してください。",
        "Slowly turn your head to your right, and back.",
    ),
    "blink": (
        "両目をゆっくり閉じて、開けてください。",
        "Slowly close both eyes and open them.",
    ),
    "hold_on": (
        "そのままお待ちください。",
        "Good. Please stay like this.",
    ),
    "again": (
        "うまく確認できませんでした。もう一度お願いします。",
        "That did not work. Let us try once more.",
    ),
}

PROMPTS: dict[str, Say] = {
    code: Say(code=PREFIX + code, ja=ja, en=en, audience=Audience.PATIENT) for code, (ja, en) in _TEXTS.items()
}
"""By code, without the prefix."""

LOOK = Say(
    code=PREFIX + "look",
    ja="カメラを見てください。",
    en="Please look at the camera.",
    audience=Audience.PATIENT,
)
"""Before the first frame."""
NUMBER_B = Say(
    code="number_b_ask",
    ja="カードの表の、生年月日（和暦の年を含む6けた）・有効期限の西暦の年（4けた）・セキュリティコード（4けた）を、続けて14けたで入力してください。",
    en="Enter from the card's front: birth date (6 digits, era year), expiry year (4), security code (4): 14 digits.",
    audience=Audience.CLERK,
)
