"""The demo's own words: what was proven, what rests on the device's word, steps, labels. Japanese and English.

Not the words of the visit (`edge.visit.words`) nor of faults (the catalogue). Facts: trust rules, "What each method
proves, and no more".
"""

from protocol.visit import CertificateState, Method

METHODS = {
    Method.PIN: ("暗証番号", "PIN"),
    Method.FACE: ("顔認証", "face"),
    Method.SIGHT: ("職員の目視", "sight, by a clerk"),
}

PROVEN = {
    "holder_pin": ("持ち主は暗証番号を知っている", "the holder knew the PIN"),
    "this_card": ("照会に署名したのはこのカード", "it was this card that signed"),
    "this_document": ("署名はこの照会の文書そのものに", "this very request was signed"),
    "genuine_chip": ("本物のカードのチップがここにある", "a genuine chip was present"),
    "photo_signed": (
        "写真は市区町村が署名したもの",
        "the photo is the one that the municipality signed",
    ),
    "birth_matches": ("カードの生年月日は登録と同じ", "the chip's birth date is the register's"),
    "surface_bound": ("券面と証明書は一枚のカードのもの", "card face and certificate belong to one card"),
}
"""By the centre, itself."""

DEVICE_WORD = {
    "face_compared": ("顔と写真を機器が照合した", "the appliance compared face and photo"),
    "clerk_compared": ("職員が顔と写真を見比べた", "a clerk compared face and photo"),
}

STEPS = {
    "open": ("カードを開く", "open the card"),
    "identify": ("種類を読む", "what card it is"),
    "certificate": ("証明書を読む", "read the certificate"),
    "counters": ("残り回数を読む", "read the counters"),
    "challenge": ("チャレンジ（並行）", "challenge, meanwhile"),
    "challenge_wait": ("チャレンジ待ち", "wait for the challenge"),
    "verify_pin": ("暗証番号の照合", "verify the PIN"),
    "open_surface": ("券面を開く", "open the card face"),
    "front": ("券面を読む", "read the card's front"),
    "photo": ("チップの写真", "the chip's photo"),
    "face": ("動きと顔の照合", "challenge, compare"),
    "sign_authentication": ("カードの署名", "the card signs"),
    "sign_surface": ("カードの署名", "the card signs"),
    "sign_device": ("機器の署名", "the device signs"),
    "ask": ("センターに聞く", "ask the centre"),
    "attributes": ("券面の氏名を読む", "read the true name"),
    "consent_sign": ("同意への署名", "the card signs consent"),
    "grant": ("同意を預ける", "the centre holds it"),
    "deliver": ("結果ファイル", "write the face file"),
    "keep": ("依頼を控える", "keep the request"),
    "close": ("カードを放す", "let the card go"),
}
"""The visit's steps; one without words speaks for itself."""

STATES = {
    CertificateState.VALID: ("有効", "valid"),
    CertificateState.EXPIRING: ("まもなく期限", "ends soon"),
    CertificateState.GRACE: ("期限切れ（猶予中）", "ended, in grace"),
}


def of_code(texts: dict[str, tuple[str, str]], code: str) -> tuple[str, str]:
    """The words of a code; a code that nobody has worded yet speaks for itself."""
    return texts.get(code, (code, code.replace("_", " ")))
