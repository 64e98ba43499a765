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
    "certificate": ("電子証明書は有効で、失効していない", "the certificate is valid and not revoked"),
    "holder_pin": ("持ち主は暗証番号を知っている", "the holder knew the PIN"),
    "card": ("このカードがこの照会に署名した", "this card signed this very request"),
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

STATES = {
    CertificateState.VALID: ("有効", "valid"),
    CertificateState.EXPIRING: ("まもなく期限", "ends soon"),
    CertificateState.GRACE: ("期限切れ（猶予中）", "ended, in grace"),
}


def of_code(texts: dict[str, tuple[str, str]], code: str) -> tuple[str, str]:
    """The words of a code; a code that nobody has worded yet speaks for itself."""
    return texts.get(code, (code, code.replace("_", " ")))
