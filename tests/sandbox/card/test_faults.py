"""Fault switches, and the parser against whatever bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.card import CardEjected, CardSilent, Faults, VirtualCard, When
from sandbox.card.apdu import Command, Refused, parse
from tests.parts.cards import toy_card
from tests.sandbox.card.bench import Bench


def test_the_card_leaves_at_the_wanted_command(card: VirtualCard, bench: Bench) -> None:
    card.faults = Faults(eject=When(at=2))
    bench.application("jpki")
    with pytest.raises(CardEjected):
        bench.file(0x0A)
    with pytest.raises(ConnectionResetError):
        bench.file(0x0A)
    card.faults = Faults()
    card.insert()
    bench.application("jpki")


def test_the_card_falls_silent_on_an_instruction(card: VirtualCard, bench: Bench) -> None:
    card.faults = Faults(silence=When(instruction=0x2A))
    bench.application("surface")
    with pytest.raises(CardSilent):
        bench.send("802A00000142 00".replace(" ", ""))
    assert issubclass(CardSilent, TimeoutError)


def test_lengths_and_status_words_are_spoiled(card: VirtualCard, bench: Bench) -> None:
    bench.application("jpki")
    card.faults = Faults(wrong_length=When(instruction=0xB0), cut=2)
    assert len(bench.send("00B0860010")) == 14
    card.faults = Faults(wrong_length=When(), cut=-3)
    assert len(bench.send("00B0860010")) == 19
    card.faults = Faults(garbage_sw=When(at=4), sw=0x1234)
    bench.send("00B0860010", 0x1234)
    bench.send("00B0860010")


def test_slowness_is_counted_per_command_and_byte() -> None:
    slept: list[float] = []
    ordinary = toy_card()
    card = VirtualCard(ordinary.applications.values(), sleep=slept.append)
    card.faults = Faults(apdu_ms=8, byte_ms=0.5, sign_ms=300)
    bench = Bench(card)
    bench.application("surface")
    bench.send("802A000001 4200".replace(" ", ""))
    assert slept == pytest.approx([(8 + 0.5 * (15 + 2)) / 1000, (308 + 0.5 * (7 + 258)) / 1000])


@given(st.binary(max_size=300))
def test_any_bytes_are_answered_with_a_status_word(raw: bytes) -> None:
    assert len(_CARD.transmit(raw)) >= 2


_CARD = toy_card()


@given(
    st.binary(min_size=4, max_size=4),
    st.binary(max_size=600),
    st.one_of(st.none(), st.integers(1, 65536)),
)
def test_what_a_terminal_encodes_is_what_the_card_reads(header: bytes, data: bytes, le: int | None) -> None:
    wanted = Command(header[0], header[1], header[2], header[3], data, le)
    if len(data) > 255 or (le or 0) > 256:
        body = b"\x00" + (len(data).to_bytes(2, "big") + data if data else b"")
        raw = header + body + (b"" if le is None else (le % 65536).to_bytes(2, "big"))
    else:
        raw = header + (bytes((len(data),)) + data if data else b"")
        raw += b"" if le is None else bytes((le % 256,))
    assert parse(raw) == wanted


@pytest.mark.parametrize(
    "raw", ["", "00B0", "00B0000000 01", "00A4000000 0000 01", "00A4040C05 01", "00B0000001 0203 04"]
)
def test_lengths_that_fit_no_case_are_refused(raw: str) -> None:
    with pytest.raises(Refused, match="6700"):
        parse(bytes.fromhex(raw.replace(" ", "")))
