"""The order of commands and every status word that has a meaning, on prepared answers."""

import pytest

from edge.card import files
from edge.card.apdu import UnexpectedStatus
from edge.card.channel import AccessDenied, CardChannel, FileMissing, NoObject
from edge.card.files import Application
from edge.card.port import Credential
from protocol.errors import Fault, OnshiError, card
from tests.edge.card.world import Scripted


def channel(*answers: str, application: Application = Application.JPKI) -> tuple[CardChannel, Scripted]:
    line = Scripted("9000", *answers)
    made = CardChannel(line)
    made.use(application, card.NOT_MY_NUMBER_CARD)
    return made, line


def test_an_application_is_selected_once() -> None:
    made, line = channel()
    made.use(Application.JPKI, card.NOT_MY_NUMBER_CARD)
    assert line.sent == [bytes.fromhex("00A4040C0AD392F000260100000001")]


@pytest.mark.parametrize("sw", ["6A82", "6D00", "6E00", "6999"])
def test_a_card_without_the_application_is_another_card(sw: str) -> None:
    made = CardChannel(Scripted(sw))
    with pytest.raises(OnshiError) as raised:
        made.use(Application.JPKI, card.NOT_MY_NUMBER_CARD)
    assert raised.value.fault is card.NOT_MY_NUMBER_CARD


@pytest.mark.parametrize(
    ("counter", "left"), [("63C3", 3), ("63C0", 0), ("6984", 0), ("6983", 0), ("6300", None), ("63CF", 15)]
)
def test_the_free_counter(counter: str, left: int | None) -> None:
    made, line = channel("9000", counter)
    assert made.tries(files.AUTHENTICATION_PIN).left == left
    assert line.sent[-1] == bytes.fromhex("00200080")


@pytest.mark.parametrize("counter", ["63C0", "6984", "6983"])
def test_blocked_in_every_spelling_is_never_tried(counter: str) -> None:
    made, line = channel("9000", counter)
    pin = bytearray(b"1234")
    with pytest.raises(OnshiError) as raised:
        made.verify(files.AUTHENTICATION_PIN, Credential.PIN, pin)
    assert raised.value.fault is card.PIN_BLOCKED
    assert len(line.sent) == 3
    assert pin == bytes(4)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("63C2", card.PIN_WRONG),
        ("63C0", card.PIN_BLOCKED),
        ("6983", card.PIN_BLOCKED),
        ("6984", card.PIN_BLOCKED),
        ("6300", card.PIN_WRONG),
        ("6F00", card.GARBLED),
    ],
)
def test_what_verify_answers(answer: str, fault: Fault) -> None:
    made, _ = channel("9000", "63C3", answer)
    with pytest.raises(OnshiError) as raised:
        made.verify(files.AUTHENTICATION_PIN, Credential.PIN, bytearray(b"1234"))
    assert raised.value.fault is fault
    assert not made.verified(files.AUTHENTICATION_PIN)


@pytest.mark.parametrize(("sw", "kind"), [("6A88", FileMissing), ("6985", FileMissing), ("9000", UnexpectedStatus)])
def test_no_try_without_a_counter(sw: str, kind: type[OnshiError]) -> None:
    made, line = channel("9000", sw)
    with pytest.raises(kind):
        made.verify(files.AUTHENTICATION_PIN, Credential.PIN, bytearray(b"1234"))
    assert len(line.sent) == 3


def test_a_reader_of_short_apdus_gets_256_byte_chunks() -> None:
    body = bytes(range(256)) * 2
    first, rest = "30820200" + body[:252].hex(), body[252:]
    made, line = channel("9000", "6700", first + "9000", rest[:256].hex() + "9000", rest[256:].hex() + "9000")
    found = made.read_object(files.AUTHENTICATION_CERTIFICATE, 0x30, limit=4096)
    assert found == bytes.fromhex("30820200") + body
    assert [sent.hex() for sent in line.sent[2:]] == ["00b00000000800", "00b0000000", "00b0010000", "00b0020004"]


def test_a_header_in_pieces_is_put_together() -> None:
    made, _ = channel("9000", "309000", "8203019000", "01" * 769 + "9000")
    assert len(made.read_object(files.AUTHENTICATION_CERTIFICATE, 0x30, limit=4096)) == 773


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["6A82"], FileMissing),
        (["6986"], FileMissing),
        (["6F00"], UnexpectedStatus),
        (["9000", "6982"], AccessDenied),
        (["9000", "6A82"], FileMissing),
        (["9000", "6981"], UnexpectedStatus),
        (["9000", "FFFFFF9000"], NoObject),
        (["9000", "9000"], NoObject),
        (["9000", "6B00"], NoObject),
        (["9000", "6282"], NoObject),
        (["9000", "30826282", "6B00"], OnshiError),
        (["9000", "3082FFFF9000"], OnshiError),
        (["9000", "3005019000", "9000"], OnshiError),
    ],
)
def test_what_reading_answers(answers: list[str], kind: type[OnshiError]) -> None:
    made, _ = channel(*answers)
    with pytest.raises(kind) as raised:
        made.read_object(files.AUTHENTICATION_CERTIFICATE, 0x30, limit=4096)
    assert raised.value.fault is card.GARBLED


def test_reading_stops_where_fifteen_bits_end() -> None:
    made, line = channel("9000", *["30830080FF" + "00" * 2043 + "9000"], *["00" * 2048 + "9000"] * 16)
    with pytest.raises(OnshiError):
        made.read_object(files.AUTHENTICATION_CERTIFICATE, 0x30, limit=1 << 20)
    assert len(line.sent) == 18


@pytest.mark.parametrize(
    ("answer", "kind"), [("6982", AccessDenied), ("6985", UnexpectedStatus), ("AA9000", OnshiError)]
)
def test_what_signing_answers(answer: str, kind: type[OnshiError]) -> None:
    made, _ = channel("9000", answer)
    with pytest.raises(kind):
        made.sign(bytes(32), files.AUTHENTICATION_KEY)


def test_a_digest_is_a_sha_256() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        channel()[0].sign(b"short", None)
