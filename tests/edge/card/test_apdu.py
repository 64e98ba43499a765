"""Commands as bytes, answers as status words, the 61xx/6Cxx conversation, and what a traffic log may show."""

import logging

import pytest

from edge.card.apdu import INS, TRAFFIC, Command, exchange
from protocol.errors import OnshiError, card
from sandbox.card.apdu import parse
from tests.edge.card.world import Scripted


@pytest.mark.parametrize(
    ("command", "raw"),
    [
        (Command(0x00, 0x20, 0x00, 0x80), "00200080"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=4), "00B0000004"),
        (Command(0x00, 0xB0, 0x01, 0x00, le=256), "00B0010000"),
        (Command(0x00, 0x20, 0x00, 0x80, b"1234"), "002000800431323334"),
        (Command(0x80, 0x2A, 0x00, 0x80, b"\x30", le=256), "802A0080013000"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=2048), "00B00000000800"),
        (Command(0x00, 0xB0, 0x8A, 0x00, le=65536), "00B08A00000000"),
        (Command(0x80, 0xA2, 0x00, 0x00, bytes(307)), "80A20000000133" + "00" * 307),
        (Command(0x80, 0x2A, 0x00, 0x00, b"\x30", le=512), "802A0000000001300200"),
    ],
)
def test_a_command_is_short_where_it_fits_and_extended_where_it_must(command: Command, raw: str) -> None:
    assert command.encode() == bytes.fromhex(raw)
    read = parse(bytes(command.encode()))
    assert (read.data, read.le) == (bytes(command.data), command.le)


@pytest.mark.parametrize(
    "command", [Command(0, 0, 0, 0, le=0), Command(0, 0, 0, 0, le=65537), Command(0, 0, 0, 0, bytes(65536))]
)
def test_a_command_out_of_range_is_our_own_mistake(command: Command) -> None:
    with pytest.raises(ValueError, match="out of range"):
        command.encode()


def test_61xx_is_followed_to_the_end() -> None:
    line = Scripted("AABB6102", "CCDD6101", "EE9000")
    answer = exchange(line, Command(0x80, 0x2A, 0, 0, b"x", le=256))
    assert (answer.data, answer.ok) == (bytes.fromhex("AABBCCDDEE"), True)
    assert line.sent[1:] == [bytes.fromhex("00C0000002"), bytes.fromhex("00C0000001")]


def test_6cxx_repeats_once_with_the_right_length() -> None:
    line = Scripted("6C03", "A1A2A39000")
    assert exchange(line, Command(0, 0xB0, 0, 0, le=256)).data == bytes.fromhex("A1A2A3")
    assert line.sent[1] == bytes.fromhex("00B0000003")
    assert exchange(Scripted("6C03", "6C04"), Command(0, 0xB0, 0, 0, le=256)).sw == 0x6C04


def test_6cxx_never_repeats_a_verify() -> None:
    line = Scripted("6C03")
    assert exchange(line, Command(0, INS.VERIFY, 0, 0x80, bytearray(b"1234"))).sw == 0x6C03
    assert len(line.sent) == 1


@pytest.mark.parametrize(
    "answers", [["6101", "6101"], ["61FF"] + ["00" * 257 + "61FF"] * 258, ["6101"] + ["AA6101"] * 300, [""], ["90"]]
)
def test_an_answer_that_never_ends_or_is_none_is_garbled(answers: list[str]) -> None:
    with pytest.raises(OnshiError) as raised:
        exchange(Scripted(*answers), Command(0, 0xB0, 0, 0, le=256))
    assert raised.value.fault is card.GARBLED


def test_the_traffic_log_shows_headers_and_lengths_and_no_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(TRAFFIC, logger="edge.card.apdu"):
        exchange(Scripted("9000"), Command(0, INS.SELECT, 2, 0x0C, b"\x00\x0a"))
        exchange(Scripted("63C2"), Command(0, INS.VERIFY, 0, 0x80, bytearray(b"1234")))
        exchange(Scripted("5468656E6D659000"), Command(0, INS.READ_BINARY, 0, 0, le=256))
    assert [record.message for record in caplog.records] == [
        "00 A4 02 0C 02 000A -> 0 bytes 9000",
        "00 20 00 80 04 **** -> 0 bytes 63C2",
        "00 B0 00 00 Le=256 -> 6 bytes 9000",
    ]
    assert TRAFFIC < logging.DEBUG


def test_the_bytes_of_a_verify_are_zeroed_after_sending() -> None:
    kept: list[bytes | bytearray] = []

    class Keeping(Scripted):
        def transmit(self, command: bytes | bytearray) -> bytes:
            kept.append(command)
            return super().transmit(command)

    exchange(Keeping("9000"), Command(0, INS.VERIFY, 0, 0x80, bytearray(b"1234")))
    assert kept == [bytes(9)]
