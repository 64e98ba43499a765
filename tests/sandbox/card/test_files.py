"""Every file: who may read it, by which command, and what is in it."""

import io
from datetime import date

import pytest
from PIL import Image

from sandbox.card import Token, VirtualCard
from sandbox.card.printed import birth_digits, number_b
from sandbox.jlis.cvc import CvUse
from tests.parts.cards import toy_card, toy_certificate, toy_issuer, toy_photo
from tests.sandbox.card.bench import Bench

B = "55021720352285"
A = "999999999999"
BIRTH = "550217"


@pytest.mark.parametrize(
    ("application", "credential", "secret", "opens"),
    [
        ("jpki", None, "", {0x02, 0x06, 0x08, 0x0A, 0x0B}),
        ("jpki", 0x18, "1234", {0x02, 0x06, 0x08, 0x0A, 0x0B}),
        ("jpki", 0x1B, "ABC123", {0x01, 0x02, 0x06, 0x08, 0x0A, 0x0B}),
        ("surface", None, "", {0x03, 0x04}),
        ("surface", 0x11, BIRTH, {0x01, 0x03, 0x04}),
        ("surface", 0x12, B, {0x02, 0x03, 0x04, 0x06}),
        ("surface", 0x13, A, {0x02, 0x03, 0x04, 0x05, 0x06}),
        ("attributes", None, "", {0x04, 0x05}),
        ("attributes", 0x11, "5678", {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07}),
        ("attributes", 0x14, A, {0x01, 0x03, 0x04, 0x05, 0x06, 0x07}),
        ("attributes", 0x15, B, {0x02, 0x03, 0x04, 0x05, 0x06, 0x07}),
    ],
)
def test_a_credential_opens_exactly_its_files(
    bench: Bench, application: str, credential: int | None, secret: str, opens: set[int]
) -> None:
    bench.application(application)
    if credential:
        bench.verify(credential, secret)
    readable = set()
    for fid in range(1, 0x1F):
        response = bench.card.transmit(bytes((0x00, 0xB0, 0x80 | fid, 0, 0)))
        if response[-2:] == b"\x90\x00":
            readable.add(fid)
        else:
            assert response[-2:].hex() in {"6982", "6a82", "6981"}
    assert readable == opens


def test_certificates_come_whole_in_chunks_and_in_one_and_have_filler_behind(bench: Bench) -> None:
    der = toy_certificate("authentication")
    bench.application("jpki")
    bench.file(0x0A)
    head = bench.send("00B0000004")
    total = int.from_bytes(head[2:], "big") + 4
    chunks = b"".join(bench.send(f"00B0{at:04X}{min(256, total - at) % 256:02X}") for at in range(0, total, 256))
    whole = bench.send("00B08A00000000")
    assert chunks == der
    assert whole[: len(der)] == der
    assert set(whole[len(der) :]) == {0xFF}


def test_reading_ends_at_the_file_and_not_beyond(bench: Bench) -> None:
    bench.application("jpki")
    bench.file(0x06)
    assert len(bench.send("00B000A000", 0x6B00)) == 0
    assert len(bench.send("00B0009F00")) == 1
    assert len(bench.send("00B0860000")) == 160
    bench.send("00B0000000000000", 0x6700)
    bench.send("00B00000", 0x6700)
    bench.send("00B0C60000", 0x6A86)


def test_token_information_names_a_card(bench: Bench) -> None:
    bench.application("jpki")
    assert bench.read(0x06)[:32] == b"JPKIAPICCTOKEN2".ljust(32)
    assert bench.read(0x08) == bytes.fromhex("8F8F00")


def test_a_card_without_a_signature_certificate_says_so() -> None:
    bench = Bench(toy_card(signature_certificate=None, signature_key=None, signature_password=None))
    bench.application("jpki")
    assert bench.read(0x08) == bytes.fromhex("008F00")
    assert bench.tries(0x1B) == 0
    bench.verify(0x1B, "ABC123", 0x6984)


def test_a_telephone_shows_its_certificate_after_the_pin_only_and_has_no_surface() -> None:
    card = toy_card(token=Token.ANDROID)
    bench = Bench(card)
    bench.application("jpki")
    bench.read(0x0A, 0x6982)
    bench.verify(0x18, "1234")
    bench.read(0x0A)
    bench.send("00A4040C0AD3921000310001010402", 0x6A82)
    assert card.atr.hex().startswith("3b8880")


def objects(content: bytes) -> dict[int, bytes]:
    """Two-byte tags of one level to their values."""
    found, at = {}, 0
    while at < len(content):
        tag, at = int.from_bytes(content[at : at + 2], "big"), at + 2
        size, at = content[at], at + 1
        if size > 0x80:
            octets = size - 0x80
            size, at = int.from_bytes(content[at : at + octets], "big"), at + octets
        found[tag] = content[at : at + size]
        at += size
    return found


def file_of(physical: bytes) -> tuple[bytes, dict[int, bytes]]:
    """The file's own bytes without filler, and the objects in it."""
    at, size = 3, physical[2]
    if size > 0x80:
        octets = size - 0x80
        size, at = int.from_bytes(physical[3 : 3 + octets], "big"), 3 + octets
    return physical[: at + size], objects(physical[at : at + size])


def test_the_card_face_has_its_nine_objects_where_the_index_says(bench: Bench) -> None:
    bench.application("surface")
    bench.verify(0x12, B)
    content, found = file_of(bench.read(0x02))
    assert list(found) == [0xDF21, *range(0xDF22, 0xDF2B)]
    assert found[0xDF22] == b"19800217"
    assert found[0xDF23] == b"2"
    assert found[0xDF24][:9] == bytes.fromhex("9003010001") + bytes.fromhex("91820100")
    assert found[0xDF27] == toy_photo()
    assert found[0xDF29] == b"20350217"
    index = found[0xDF21]
    starts = [int.from_bytes(index[at : at + 2], "big") for at in range(0, len(index), 2)]
    tags = [int.from_bytes(content[at : at + 2], "big") for at in starts]
    assert tags == list(range(0xDF22, 0xDF2B))
    assert len(content) < 32768


def test_pictures_are_what_a_reader_expects(bench: Bench) -> None:
    bench.application("surface")
    bench.verify(0x12, B)
    _, found = file_of(bench.read(0x02))
    with Image.open(io.BytesIO(found[0xDF27])) as photo:
        assert (photo.format, photo.mode) == ("JPEG2000", "L")
    for tag in (0xDF25, 0xDF26, 0xDF2A):
        with Image.open(io.BytesIO(found[tag])) as text:
            assert (text.format, text.mode) == ("PNG", "1")
            assert text.getextrema() == (0, 255)


def test_a_card_without_a_photo_has_an_empty_object() -> None:
    bench = Bench(toy_card(photo=None))
    bench.application("surface")
    bench.verify(0x12, B)
    assert file_of(bench.read(0x02))[1][0xDF27] == b""


def test_four_attributes_are_text_with_the_index_of_the_traces(bench: Bench) -> None:
    bench.application("attributes")
    bench.verify(0x15, B)
    content, found = file_of(bench.read(0x02))
    assert content[:2] == bytes.fromhex("FF20")
    assert found[0xDF21][:2] == bytes((0, content.index(bytes.fromhex("DF22"))))
    assert found[0xDF22].decode() == "海老　花子"
    assert found[0xDF23].decode() == "架空県見本市中央一丁目２番３号"
    assert found[0xDF24] == b"19800217"
    assert found[0xDF25] == b"2"


def test_a_very_long_name_moves_the_index_and_nothing_else() -> None:
    name = "ＭＯＨＡＭＭＥＤ　" * 12
    bench = Bench(toy_card(name=name))
    bench.application("attributes")
    bench.verify(0x15, B)
    content, found = file_of(bench.read(0x02))
    assert found[0xDF22].decode() == name
    assert content[2] == 0x82
    starts = [int.from_bytes(found[0xDF21][at : at + 2], "big") for at in (0, 2, 4, 6)]
    assert [content[at : at + 2].hex() for at in starts] == ["df22", "df23", "df24", "df25"]


def test_the_individual_number_file_is_seventeen_bytes(bench: Bench) -> None:
    bench.application("attributes")
    bench.verify(0x14, A)
    assert bench.read(0x01) == bytes.fromhex("FF100C") + A.encode() + b"\xff\xff"


def test_the_card_number_is_a_record_and_not_a_binary_file(bench: Bench) -> None:
    bench.application("common")
    record = bench.send("00B2010C00")
    assert record == b"\x01\x1c" + b"990000000000001" + b"99201" + b"20350217"
    assert bench.send("00B2010400") == record
    bench.send("00B2020C00", 0x6A83)
    bench.send("00B0810000", 0x6981)
    bench.send("00B2010D00", 0x6A86)
    bench.application("jpki")
    bench.send("00B2013400", 0x6981)


def test_the_issuer_certificate_lies_open(bench: Bench) -> None:
    for application, use in (("surface", CvUse.SURFACE), ("attributes", CvUse.ATTRIBUTES)):
        bench.application(application)
        assert bench.read(0x04)[:568] == toy_issuer(use).certificate


@pytest.mark.parametrize(
    ("birth", "foreign", "printed"),
    [
        (date(1980, 2, 17), False, "550217"),
        (date(1980, 2, 17), True, "800217"),
        (date(1989, 1, 7), False, "640107"),
        (date(1989, 1, 8), False, "010108"),
        (date(2019, 4, 30), False, "310430"),
        (date(2019, 5, 1), False, "010501"),
        (date(1926, 12, 24), False, "151224"),
        (date(1926, 12, 25), False, "011225"),
        (date(2005, 12, 1), True, "051201"),
    ],
)
def test_the_printed_birth_date_counts_years_of_the_era(birth: date, foreign: bool, printed: str) -> None:
    assert birth_digits(birth, foreign=foreign) == printed
    assert number_b(birth, date(2035, 2, 17), "2285", foreign=foreign) == f"{printed}20352285"


def test_what_was_touched_is_on_record(bench: Bench, card: VirtualCard) -> None:
    bench.application("surface")
    bench.file(0x12)
    bench.read(0x05, 0x6982)
    assert card.touched == [("surface", 0x12), ("surface", 0x05)]
