"""BER-TLV: what the card's files need, strict against everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.card import tlv
from protocol.errors import OnshiError, card
from sandbox.card import tlv as written

TAGS = st.sampled_from([0x01, 0x30, 0x90, 0x5F4E, 0x7F21, 0xFF20, 0xDF27, 0xDF8122])


@given(st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=6), st.binary(max_size=5))
def test_what_was_written_is_read_and_filler_is_left_alone(objects: list[tuple[int, bytes]], filler: bytes) -> None:
    inside = b"".join(written.tlv(tag, value) for tag, value in objects)
    read = tlv.one(written.tlv(0xFF20, inside) + filler, 0xFF20)
    assert read.value == inside
    assert [(part.tag, part.value) for part in tlv.each(read.value)] == objects
    assert b"".join(part.whole for part in tlv.each(read.value)) == inside


@given(st.binary(max_size=64))
def test_any_bytes_give_an_object_or_a_garbled_answer(raw: bytes) -> None:
    try:
        list(tlv.each(raw))
        tlv.children(raw, 0xFF20)
    except OnshiError as refused:
        assert refused.fault is card.GARBLED  # noqa: PT017


@pytest.mark.parametrize(
    "raw",
    ["", "FF", "FF20", "FF2082", "FF208201", "FF2002AA", "FF2080", "FF2084", "30FF", "1F818181", "FF10020102"],
)
def test_cut_off_indefinite_and_wrong_objects_are_garbled(raw: str) -> None:
    with pytest.raises(OnshiError) as raised:
        tlv.one(bytes.fromhex(raw), 0xFF20)
    assert raised.value.fault is card.GARBLED


def test_a_length_may_be_wider_than_it_needs() -> None:
    assert tlv.one(bytes.fromhex("30820001AA")).value == b"\xaa"


def test_doubled_and_missing_children_are_garbled() -> None:
    doubled = written.tlv(0xFF20, written.tlv(0xDF22, b"a"), written.tlv(0xDF22, b"b"))
    with pytest.raises(OnshiError):
        tlv.children(doubled, 0xFF20)
    with pytest.raises(OnshiError):
        tlv.want(tlv.children(written.tlv(0xFF20, b""), 0xFF20), 0xDF22)


@pytest.mark.parametrize("raw", ["", "FF", "FF20", "FF2082", "FF208203"])
def test_a_header_that_is_not_all_there_asks_for_more(raw: str) -> None:
    with pytest.raises(tlv.NotYet):
        tlv.header(bytes.fromhex(raw))
