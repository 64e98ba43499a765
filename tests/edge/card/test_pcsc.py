"""The PC/SC ring without PC/SC: every return code has a word, a card is held alone and let go reset."""

import sys
import time

import pytest

from edge.card import pcsc
from protocol.errors import Fault, OnshiError, card
from sandbox.card import When, driving_licence
from tests.edge.card.scard import FakeScard
from tests.parts.cards import toy_card

READER = "AB Reader [PICC] 00 00"


def fake() -> FakeScard:
    api = FakeScard(READER, "Other 01 00")
    api.insert(READER, toy_card())
    return api


def connected(api: FakeScard) -> pcsc.PcscConnection:
    return pcsc.connect(api, READER, time.sleep)


def test_a_card_is_read_and_left_reset_with_nothing_held() -> None:
    api = fake()
    line = connected(api)
    assert line.transmit(bytes.fromhex("00A4040C0AD392F000260100000001")) == b"\x90\x00"
    assert line.extended
    line.close()
    line.close()
    assert (api.disconnects, api.contexts, api.held) == ([api.SCARD_RESET_CARD], set(), {})
    with pytest.raises(OnshiError) as raised:
        line.transmit(b"\x00")
    assert raised.value.fault is card.SESSION_ENDED


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Dual 00 00", ["Dual 00 00"]),
        ("Dual", ["Dual 00 00", "Dual 00 01"]),
        ("Dual 02 00", ["Dual 00 00", "Dual 00 01"]),
        ("Du", ["Dual 00 00", "Dual 00 01"]),
        ("", ["Dual 00 00", "Dual 00 01"]),
        ("Single", ["Single 01 00"]),
        ("Nothing", []),
    ],
)
def test_a_reader_is_found_by_name_by_device_or_by_its_beginning(wanted: str, found: list[str]) -> None:
    assert pcsc.matching(wanted, ["Dual 00 00", "Dual 00 01", "Single 01 00"]) == found


def test_cards_on_two_slots_of_one_device_are_several_cards() -> None:
    api = FakeScard("Dual 00 00", "Dual 00 01")
    api.insert("Dual 00 00", toy_card())
    assert pcsc.connect(api, "Dual", time.sleep)
    api.insert("Dual 00 01", driving_licence())
    with pytest.raises(OnshiError) as raised:
        pcsc.connect(api, "Dual", time.sleep)
    assert raised.value.fault is card.SEVERAL_CARDS


def test_a_short_look_of_another_program_is_waited_out() -> None:
    api = fake()
    waits: list[float] = []
    api.busy = 3
    pcsc.connect(api, READER, waits.append).close()
    assert len(waits) == 3
    api.busy = 1000
    with pytest.raises(OnshiError) as raised:
        pcsc.connect(api, READER, waits.append)
    assert raised.value.fault is card.READER_BUSY
    assert not api.contexts


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("SCARD_W_UNRESPONSIVE_CARD", card.NOT_RECOGNISED),
        ("SCARD_W_UNPOWERED_CARD", card.NOT_RECOGNISED),
        ("SCARD_E_PROTO_MISMATCH", card.NOT_RECOGNISED),
        ("SCARD_E_NO_SMARTCARD", card.NOT_RECOGNISED),
        ("SCARD_W_REMOVED_CARD", card.REMOVED),
        ("SCARD_E_NO_SERVICE", card.READER_UNAVAILABLE),
        ("SCARD_E_READER_UNAVAILABLE", card.READER_UNAVAILABLE),
    ],
)
def test_a_failed_connect_tells_why(code: str, fault: Fault) -> None:
    api = fake()
    api.connect_code = getattr(api, code)
    with pytest.raises(OnshiError) as raised:
        connected(api)
    assert raised.value.fault is fault
    assert not api.contexts


def test_an_unknown_code_ends_the_session_as_removal() -> None:
    assert pcsc.fault_of(FakeScard, 12345) is card.REMOVED


def test_without_reader_card_or_pcscd_there_is_no_connection() -> None:
    api = FakeScard()
    for prepare, fault in (
        (lambda: None, card.READER_UNAVAILABLE),
        (lambda: api.plug(READER), card.NOT_RECOGNISED),
        (api.stop, card.READER_UNAVAILABLE),
    ):
        prepare()
        with pytest.raises(OnshiError) as raised:
            connected(api)
        assert raised.value.fault is fault


def test_a_card_that_leaves_at_once_is_let_go() -> None:
    api = fake()
    api.status_code = api.SCARD_W_REMOVED_CARD
    with pytest.raises(OnshiError) as raised:
        connected(api)
    assert raised.value.fault is card.REMOVED
    assert not api.held


def test_any_failed_transmit_ends_the_session_and_its_buffer_is_not_looked_at() -> None:
    api = fake()
    line = connected(api)
    api.eject(READER)
    for _ in range(2):
        with pytest.raises(OnshiError) as raised:
            line.transmit(b"\x00\xa4\x00\x00")
        assert raised.value.fault is card.REMOVED
    api.insert(READER, toy_card())
    with pytest.raises(OnshiError):
        line.transmit(b"\x00\xa4\x00\x00")


def test_success_with_an_empty_answer_is_removal() -> None:
    api = fake()
    line = connected(api)
    virtual = api.cards[READER]
    assert virtual is not None
    virtual.faults.eject = When(at=1)
    with pytest.raises(OnshiError) as raised:
        line.transmit(b"\x00\xa4\x00\x00")
    assert raised.value.fault is card.REMOVED


@pytest.mark.parametrize(
    ("features", "properties", "extended"),
    [
        (None, [], True),
        ([0x06, 0x04, 0x42, 0x33, 0x00, 0x06], [], True),
        ([0x12, 0x04, 0x42, 0x33, 0x00, 0x12], [0x0A, 0x04, 0x00, 0x00, 0x01, 0x00], True),
        ([0x12, 0x04, 0x42, 0x33, 0x00, 0x12], [0x0A, 0x04, 0x00, 0x00, 0x00, 0x00], False),
        ([0x12, 0x04, 0x42, 0x33, 0x00, 0x12], [0x0A, 0x04, 0x05, 0x01, 0x00, 0x00], False),
        ([0x12, 0x04, 0x42, 0x33, 0x00, 0x12], [0x0A, 0x09], True),
    ],
)
def test_a_reader_that_says_it_is_short_gets_short_apdus(
    features: list[int] | None, properties: list[int], extended: bool
) -> None:
    api = fake()
    api.features, api.properties = features, properties
    assert connected(api).extended is extended


def test_t0_is_short() -> None:
    api = fake()
    api.protocol = api.SCARD_PROTOCOL_T0
    assert not connected(api).extended


def test_without_pyscard_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(OnshiError) as raised:
        pcsc.load()
    assert raised.value.fault is card.READER_SOFTWARE_MISSING
