"""Japanese text as files carry it: CP932, JIS X 0208, widths, search keys.

Not for reading or writing messages (`protocol.messages` does that with these). Text is compared, never bytes:
CP932 has several byte forms for one character. Facts: reference data-formats 1.10, 6.1, 6.2.
"""

import re
import unicodedata
from collections.abc import Callable

import jaconv

from protocol.errors import OnshiError, input_
from protocol.variants import KANJI_VARIANTS

MISSING = "●"
"""What stands where a character could not be carried: missing information, never a value to match."""

ENDS_EARLY = "ends early"
"""The ``reason`` in the details where text stops before its end: within a character, or before what is open is closed.
"""
_CUT = {"unexpected end of data", "incomplete multibyte sequence"}

_VENDOR_FORMS = str.maketrans("〜−‖¢£¬—¥‾", "～－∥￠￡￢―￥￣")
"""One JIS character, two Unicode spellings: on the right the one that CP932 decodes to."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VOICED = re.compile("[\u3041-\u30fe][\u3099\u309a]")
_NOT_PLAIN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef]"
    "|[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)) + "]"
)
_UNKNOWN = re.compile("[●〓\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
_BLANK = re.compile(r"\s+")
_JOINTS = re.compile(r"[\s・･.,’']+")
_DASHES = str.maketrans(dict.fromkeys("-‐‑‒–—―−－ｰ", "ー"))
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−－ｰー", "-"))
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶヂヅヲ", "アイウエオツヤユヨワカケジズオ")
_NO_HALF = str.maketrans("ヮヰヱヵヶ‐‑–—―−", "ワイエカケ------")


def is_plain(text: str) -> bool:
    """Whether a text may stand in a message: no control character but tab and line feed, no surrogate."""
    # What is printable is plain, and quickly found so; the pattern is for the rest.
    return text.replace("\u3000", "").isprintable() or _NOT_PLAIN.search(text) is None


def unify(text: str) -> str:
    """The one spelling of characters that Unicode writes in two ways and CP932 in one (〜 becomes ～, − becomes －)."""
    return text.translate(_VENDOR_FORMS)


def decode_cp932(data: bytes) -> str:
    """Text from Shift_JIS as Windows writes it; raises `OnshiError` (INPUT-014)."""
    return _decoded(data, "cp932")


def decode_utf_8(data: bytes) -> str:
    """Text from UTF-8; raises `OnshiError` (INPUT-014)."""
    return _decoded(data, "utf-8")


def _decoded(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as refused:
        cut = {"reason": ENDS_EARLY} if refused.reason in _CUT else {}
        raise OnshiError(input_.TEXT_ENCODING, encoding=codec, at_byte=refused.start, **cut) from None


def encode_cp932(text: str) -> bytes:
    """Bytes in CP932 with its extension characters, as Windows writes them; ● for what CP932 does not have.

    For what must come back as it was sent. What we say ourselves goes through `jis_x_0208` first.
    """
    try:
        return _as_windows(text.encode("cp932"))
    except UnicodeEncodeError:
        return _as_windows(_rendered(text, _in_cp932).encode("cp932"))


def jis_x_0208(text: str) -> str:
    """The text in JIS X 0208 and JIS X 0201 (ASCII, half-width katakana), ● for every character outside.

    Variation selectors are dropped and their base kept; a kana with a combining voice mark becomes one character.
    """
    return text if is_jis_x_0208(text) else _rendered(text, _in_jis)


def is_jis_x_0208(text: str) -> bool:
    """Whether `jis_x_0208` would leave the text as it is."""
    return (text.isascii() and text.isprintable()) or all(_in_jis(character) for character in text)


def half_width_kana(text: str) -> str:
    """A kana name as answers carry it: half-width katakana, digits, Latin and blanks; hiragana become katakana.

    Kana without a half-width form take the nearest one (ヮ ﾜ, ヰ ｲ, ヱ ｴ, ヵ ｶ, ヶ ｹ). What is no kana stays.
    """
    katakana = jaconv.hira2kata(unicodedata.normalize("NFKC", text)).translate(_NO_HALF)
    return str(jaconv.z2h(katakana, kana=True, ascii=True, digit=True))


def full_width(text: str) -> str:
    """Half-width katakana, digits, Latin and blanks in full width."""
    return str(jaconv.h2z(text, kana=True, ascii=True, digit=True)).replace(" ", "　")


def half_width(text: str) -> str:
    """Full-width digits, Latin and blanks in half width; kana stay."""
    return str(jaconv.z2h(text, kana=False, ascii=True, digit=True)).replace("　", " ")


def kana_key(name: str) -> str | None:
    """What kana names are searched by; None where nothing can be compared (● or a private character, or empty).

    None stands for "never equal", also in SQL. The key is for comparing only, never for showing.
    """
    if _UNKNOWN.search(name):
        return None
    kana = jaconv.hira2kata(_folded(name)).translate(_DASHES).translate(_SMALL)
    return unicodedata.normalize("NFKC", kana.upper()) or None


def kanji_key(name: str) -> str | None:
    """What kanji names are searched by: widths and 異体字 made one (髙 高, 﨑 崎, 邉 邊 辺), blanks dropped.

    None where nothing can be compared (● or a private character, or empty): it never equals anything.
    """
    if _UNKNOWN.search(name):
        return None
    plain = _folded(_SELECTORS.sub("", name)).translate(_DASHES).translate(KANJI_VARIANTS)
    return unicodedata.normalize("NFKC", plain.upper()) or None


def same_key(one: str | None, other: str | None) -> bool:
    """Whether two search keys match; a missing one never does."""
    return one is not None and one == other


def record_key(text: str) -> str:
    """What 記号 and 番号 are compared by: widths and dashes made one, blanks dropped, capitals."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).translate(_HYPHENS).upper()


def _folded(name: str) -> str:
    """NFKC without blanks and interpuncts; twice, because a mark may meet its letter only when the blank is gone."""
    return unicodedata.normalize("NFKC", _JOINTS.sub("", unicodedata.normalize("NFKC", name)))


def _in_jis(character: str) -> bool:
    """JIS X 0201, or rows 1-8 and 16-84 of JIS X 0208 (CP932 lead bytes 81-84, 88-9F, E0-EA), as CP932 decodes it."""
    if character in "\t\n" or " " <= character <= "~" or "｡" <= character <= "ﾟ":
        return True
    if ord(character) in _VENDOR_FORMS:
        return False
    try:
        code = character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and (0x81 <= code[0] <= 0x84 or 0x88 <= code[0] <= 0x9F or 0xE0 <= code[0] <= 0xEA)


def _in_cp932(character: str) -> bool:
    try:
        return bool(character.encode("cp932"))
    except UnicodeEncodeError:
        return False


def _rendered(text: str, kept: Callable[[str], bool]) -> str:
    composed = _VOICED.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), _SELECTORS.sub("", text))
    return "".join(character if kept(character) else MISSING for character in unify(composed))


def _extension_codes() -> dict[bytes, bytes]:
    """Python writes the IBM extension characters in NEC's rows (ED, EE), Windows in IBM's (FA to FC)."""
    codes = {}
    for lead in range(0xFA, 0xFD):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            try:
                written = bytes((lead, trail)).decode("cp932").encode("cp932")
            except UnicodeError:
                continue
            if written[0] in (0xED, 0xEE):
                codes[written] = bytes((lead, trail))
    return codes


_EXTENSIONS = _extension_codes()
_DOUBLE = re.compile(rb"[\x81-\x9f\xe0-\xfc].", re.DOTALL)


def _as_windows(data: bytes) -> bytes:
    if b"\xed" not in data and b"\xee" not in data:
        return data
    return _DOUBLE.sub(lambda pair: _EXTENSIONS.get(pair[0], pair[0]), data)
