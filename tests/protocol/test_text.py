"""Text survives the traps of CP932 and JIS X 0208, and search keys match people, never gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import text
from protocol.errors import OnshiError, input_
from tests.protocol.strategies import jis_texts


def test_wave_dash_and_minus_become_the_spelling_that_cp932_decodes_to() -> None:
    for written, unified in (("〜", "～"), ("−", "－"), ("‖", "∥"), ("¢", "￠"), ("£", "￡"), ("¬", "￢"), ("—", "―")):
        assert text.unify(written) == unified
        assert text.decode_cp932(text.encode_cp932(written)) == unified
        assert text.jis_x_0208(written) == unified


def test_windows_extensions_are_read_whichever_bytes_they_come_in() -> None:
    assert text.decode_cp932(b"\xee\xe0") == text.decode_cp932(b"\xfb\xfc") == "髙"
    assert text.decode_cp932(b"\xed\x95") == text.decode_cp932(b"\xfa\xb1") == "﨑"


def test_windows_extensions_are_written_as_windows_writes_them() -> None:
    assert text.encode_cp932("髙﨑㈱ⅰ①") == b"\xfb\xfc\xfa\xb1\x87\x8a\xfa\x40\x87\x40"


@given(st.binary(max_size=40))
def test_cp932_bytes_give_text_or_the_catalogue_error(data: bytes) -> None:
    try:
        decoded = text.decode_cp932(data)
    except OnshiError as refused:
        decoded = refused.fault.code
    assert decoded == input_.TEXT_ENCODING.code or text.decode_cp932(text.encode_cp932(decoded)) == decoded


@given(st.text(max_size=40))
def test_any_text_can_be_written_in_cp932(written: str) -> None:
    back = text.decode_cp932(text.encode_cp932(written))
    assert text.decode_cp932(text.encode_cp932(back)) == back


@given(jis_texts)
def test_jis_text_is_left_as_it_is(written: str) -> None:
    assert text.jis_x_0208(written) == written
    assert text.decode_cp932(text.encode_cp932(written)) == written
    written.encode("cp932").decode("shift_jis", errors="replace")


@given(st.text(max_size=40).filter(text.is_plain))
def test_a_rendering_is_always_in_jis_and_stays_as_it_is(written: str) -> None:
    rendered = text.jis_x_0208(written)
    assert text.is_jis_x_0208(rendered)
    assert text.jis_x_0208(rendered) == rendered


@pytest.mark.parametrize(
    ("name", "rendered"),
    [
        ("髙橋　德子", "●橋　●子"),
        ("山﨑 一", "山● 一"),
        ("𠮷田", "●田"),
        ("葛\U000e0100城", "葛城"),
        ("辻\ufe00", "辻"),
        ("か\u3099", "が"),
        ("①Ⅳ㈱", "●●●"),
        ("\ufa19", "●"),
        ("Müller", "M●ller"),
        ("ｶﾅ ABC", "ｶﾅ ABC"),
        ("李　🀄", "李　●"),
    ],
)
def test_what_jis_does_not_have_becomes_a_black_circle_and_the_base_of_a_variant_stays(
    name: str, rendered: str
) -> None:
    assert text.jis_x_0208(name) == rendered
    assert text.is_jis_x_0208(name) == (name == rendered)


@pytest.mark.parametrize(
    "written", ["a\x00", "\x1b[0m", "\r", "\x85", "\ud800", "\ufffe", "\U0001ffff", "\u2028", "\x7f"]
)
def test_control_characters_are_not_plain(written: str) -> None:
    assert not text.is_plain(written)


def test_tab_line_feed_and_every_plane_are_plain() -> None:
    assert text.is_plain("一行\n二行\t𠮷葛\U000e0100🀄")


@pytest.mark.parametrize(
    ("name", "half"),
    [
        ("ミホン　ハナコ", "ﾐﾎﾝ ﾊﾅｺ"),
        ("みほん　はなこ", "ﾐﾎﾝ ﾊﾅｺ"),
        ("ヴァイス・ジョージ", "ｳﾞｧｲｽ･ｼﾞｮｰｼﾞ"),
        ("ヰヱヮヵヶヲ", "ｲｴﾜｶｹｦ"),
        ("ＳＭＩＴＨ　ＪＯＨＮ", "SMITH JOHN"),
        ("か\u3099", "ｶﾞ"),
        ("ﾐﾎﾝ", "ﾐﾎﾝ"),
    ],
)
def test_kana_names_are_written_half_width(name: str, half: str) -> None:
    assert text.half_width_kana(name) == half


def test_widths_go_both_ways() -> None:
    assert text.full_width("ﾐﾎﾝ ﾀﾞ 12-A") == "ミホン　ダ　１２－Ａ"
    assert text.half_width("１２－Ａ　ミホン") == "12-A ミホン"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﾐﾎﾝ ﾊﾅｺ", "ミホン　ハナコ"),
        ("ｼｮｳｼﾞ ｷｮｳｺ", "シヨウジ　キヨウコ"),
        ("みづほ", "ミズホ"),
        ("ヲガワ", "オガワ"),
        ("ジョ－ンズ", "ジョーンズ"),
        ("マリア・テレサ", "マリア テレサ"),
        ("smith", "ＳＭＩＴＨ"),
    ],
)
def test_kana_keys_ignore_width_size_and_spelling(one: str, other: str) -> None:
    assert text.same_key(text.kana_key(one), text.kana_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋", "高橋"), ("山﨑", "山崎"), ("德川", "徳川"), ("濵田", "浜田"), ("濱田", "浜田"), ("渡邉", "渡辺"),
        ("渡邊", "渡辺"), ("齋藤", "斉藤"), ("齊藤", "斎藤"), ("澤田　一", "沢田 一"), ("𠮷田", "吉田"),
        ("葛\U000e0100城", "葛城"), ("\ufa19谷", "神谷"), ("龍ヶ崎", "竜ケ﨑"), ("廣瀨", "広瀬"),
        ("SMITH JOHN", "Smith　John"),
    ],
)  # fmt: skip
def test_kanji_keys_make_variants_one(one: str, other: str) -> None:
    assert text.same_key(text.kanji_key(one), text.kanji_key(other))


def test_different_names_have_different_keys() -> None:
    assert not text.same_key(text.kanji_key("坂本"), text.kanji_key("阪本"))
    assert not text.same_key(text.kana_key("オノ"), text.kana_key("オオノ"))


@pytest.mark.parametrize("name", ["●橋", "〓", "\ue000田", "\ufffd", "", "　", "\U000f0000"])
def test_a_name_with_a_gap_never_matches_not_even_itself(name: str) -> None:
    assert text.kanji_key(name) is None
    assert text.kana_key(name) is None
    assert not text.same_key(text.kanji_key(name), text.kanji_key(name))


@given(st.text(max_size=20))
def test_keys_are_stable(name: str) -> None:
    for key in (text.kana_key, text.kanji_key):
        once = key(name)
        assert once is None or key(once) == once
