"""Selecting applications and files, classes and instructions the card does not know, and what clears the status."""

import pytest

from sandbox.card import VirtualCard, driving_licence
from tests.sandbox.card.bench import AIDS, Bench


@pytest.mark.parametrize("name", AIDS)
def test_every_application_is_selected_by_its_aid(bench: Bench, name: str) -> None:
    bench.application(name)


def test_the_master_file_selection_does_nothing_but_only_when_an_application_is_selected(bench: Bench) -> None:
    bench.send("00A40000", 0x6A86)
    bench.application("jpki")
    bench.file(0x18)
    bench.send("00A40000")
    bench.send("00200080", 0x63C3)
    bench.application("isd")
    bench.send("00A40000", 0x6A86)


def test_unknown_names_are_not_found_and_change_nothing(bench: Bench) -> None:
    bench.application("jpki")
    bench.file(0x18)
    bench.send("00A4040C05A000000003", 0x6A82)
    bench.send("00A4020C020003", 0x6A82)
    bench.send("00A4020C023F00", 0x6A82)
    bench.send("00A40000023F00", 0x6A82)
    bench.send("00200080", 0x63C3)


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("01A4040C0AD392F000260100000001", 0x6881),
        ("0CA4040C0AD392F000260100000001", 0x6882),
        ("0CB0000004", 0x69FC),
        ("90A40000", 0x6E00),
        ("80B0000004", 0x6E00),
        ("00FF0000", 0x6D00),
        ("00CB3FFF035C017E08", 0x6D00),
        ("00CADF3005", 0x6A88),
        ("80A200000401020304", 0x6A86),
        ("80FC0000", 0x6700),
        ("00A4", 0x6700),
        ("00A4040C0AD392", 0x6700),
        ("00A4040C00", 0x6A82),
        ("00A4020C0100", 0x6700),
        ("00A4080C020001", 0x6A86),
        ("00B0000004", 0x6986),
        ("00880099041122334400", 0x6D00),
        ("00840000", 0x6700),
        ("0084010008", 0x6A86),
        ("00840000000101", 0x6700),
        ("008400000000", 0x6700),
    ],
)
def test_what_the_card_refuses(bench: Bench, command: str, sw: int) -> None:
    bench.send(command, sw)


def test_selecting_an_application_again_forgets_the_pin(bench: Bench) -> None:
    bench.application("jpki")
    bench.verify(0x1B, "ABC123")
    bench.read(0x01)
    bench.application("jpki")
    bench.read(0x01, 0x6982)


def test_a_reset_forgets_the_pin_and_the_application(bench: Bench, card: VirtualCard) -> None:
    bench.application("jpki")
    bench.verify(0x1B, "ABC123")
    card.reset()
    bench.send("00B0810004", 0x6A82)
    bench.application("jpki")
    bench.read(0x01, 0x6982)


def test_a_challenge_has_the_wanted_length_and_differs(bench: Bench) -> None:
    assert len(bench.send("0084000000")) == 256
    assert bench.send("0084000010") != bench.send("0084000010")


def test_the_power_on_application_tells_the_contact_atr_and_the_issuer(bench: Bench, card: VirtualCard) -> None:
    assert bench.send("00CA5F5100") == bytes.fromhex("5F5108") + card.atr[1:]
    assert bench.send("00CA004500")[2:] == b"990000000000001"
    assert bench.send("00CA00F000")[2:] == b"99201"
    assert bench.send("00CA7F21000000").startswith(bytes.fromhex("7F21820233"))
    bench.send("00CA5F51", 0x6700)


def test_a_driving_licence_has_none_of_it() -> None:
    bench = Bench(driving_licence())
    assert bench.card.atr.hex() == "3b888001000000009181c100d8"
    for aid in AIDS.values():
        bench.send(f"00A4040C{len(aid) // 2:02X}{aid}", 0x6A82)
