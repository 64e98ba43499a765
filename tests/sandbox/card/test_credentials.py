"""Counters of credentials: free to ask, spent by a wrong value, given back by a right one, never by anything else."""

import pytest

from sandbox.card import VirtualCard
from tests.parts.cards import toy_card
from tests.sandbox.card.bench import Bench

LIMITS = [
    ("jpki", 0x18, "1234", 3),
    ("jpki", 0x1B, "ABC123", 5),
    ("surface", 0x11, "550217", 10),
    ("surface", 0x12, "55021720352285", 10),
    ("surface", 0x13, "999999999999", 10),
    ("attributes", 0x11, "5678", 3),
    ("attributes", 0x14, "999999999999", 10),
    ("attributes", 0x15, "55021720352285", 10),
    ("common", 0x1C, "5678", 3),
]


@pytest.mark.parametrize(("application", "fid", "secret", "limit"), LIMITS)
def test_wrong_values_lock_after_the_limit_and_nothing_unlocks(
    bench: Bench, card: VirtualCard, application: str, fid: int, secret: str, limit: int
) -> None:
    bench.application(application)
    for left in range(limit - 1, -1, -1):
        assert bench.tries(fid) == left + 1
        bench.verify(fid, "0" * len(secret), 0x63C0 | left)
    assert bench.tries(fid) == 0
    bench.verify(fid, secret, 0x6984)
    card.eject()
    card.insert()
    bench.application(application)
    bench.verify(fid, secret, 0x6984)
    assert bench.tries(fid) == 0


@pytest.mark.parametrize(("application", "fid", "secret", "limit"), LIMITS)
def test_the_right_value_gives_all_tries_back(
    bench: Bench, application: str, fid: int, secret: str, limit: int
) -> None:
    bench.application(application)
    bench.verify(fid, "0" * len(secret), 0x63C0 | limit - 1)
    bench.verify(fid, secret)
    assert bench.tries(fid) == limit


def test_a_lost_try_survives_re_insertion(bench: Bench, card: VirtualCard) -> None:
    bench.application("jpki")
    bench.verify(0x18, "0000", 0x63C2)
    card.eject()
    card.insert()
    bench.application("jpki")
    assert bench.tries(0x18) == 2


def test_asking_costs_nothing_and_a_value_of_another_length_costs_a_try(bench: Bench) -> None:
    bench.application("jpki")
    for _ in range(5):
        assert bench.tries(0x18) == 3
    bench.verify(0x18, "123", 0x63C2)


def test_a_wrong_value_takes_the_status_away_again(bench: Bench) -> None:
    bench.application("jpki")
    bench.verify(0x1B, "ABC123")
    bench.verify(0x1B, "ABC124", 0x63C4)
    bench.read(0x01, 0x6982)


def test_verify_is_particular_about_its_parameters(bench: Bench) -> None:
    bench.application("jpki")
    bench.send("00200080", 0x6986)
    bench.send("0020018004313233 34".replace(" ", ""), 0x6A86)
    bench.send("00200018", 0x6A86)
    bench.send("0020009F", 0x6A82)
    bench.send("0020008A", 0x6981)


def test_the_reserve_credential_of_the_attributes_is_locked_as_issued(bench: Bench) -> None:
    bench.application("attributes")
    assert bench.tries(0x12) == 0
    bench.verify(0x12, "1234", 0x6984)


def test_cards_are_made_locked_and_without_a_pin() -> None:
    locked = toy_card(blocked=frozenset({"pin", "number_b"}))
    assert locked.secret("jpki", 0x18).blocked
    assert locked.secret("surface", 0x12).left == 0
    assert locked.secret("attributes", 0x15).left == 10
    without = Bench(toy_card(pin=None))
    without.application("jpki")
    assert without.tries(0x18) == 0
    without.verify(0x18, "1234", 0x6984)


def test_a_credential_can_be_set_for_a_story(card: VirtualCard, bench: Bench) -> None:
    card.secret("surface", 0x12).left = 3
    bench.application("surface")
    assert bench.tries(0x12) == 3
    with pytest.raises(LookupError):
        card.secret("surface", 0x01)


@pytest.mark.parametrize(
    ("application", "fid", "old", "new", "header"),
    [
        ("jpki", 0x18, "1234", "4321", "002401"),
        ("jpki", 0x1B, "ABC123", "LONGER16CHARS000", "002401"),
        ("attributes", 0x11, "5678", "8765", "002401"),
        ("common", 0x1C, "5678", "8765", "803200"),
    ],
)
def test_a_pin_is_changed_after_it_was_shown(
    bench: Bench, application: str, fid: int, old: str, new: str, header: str
) -> None:
    bench.application(application)
    change = f"{header}{0x80 | fid:02X}{len(new):02X}{new.encode().hex()}"
    bench.send(change, 0x6982)
    bench.verify(fid, old)
    bench.send(f"{header}{0x80 | fid:02X}1730303030303030303030303030303030303030303030303030", 0x6700)
    bench.send(change)
    bench.application(application)
    bench.verify(fid, new)


def test_the_printed_numbers_cannot_be_changed(bench: Bench) -> None:
    bench.application("surface")
    bench.verify(0x12, "55021720352285")
    bench.send("002401920431323334", 0x6A86)
    bench.application("attributes")
    bench.verify(0x15, "55021720352285")
    bench.send("002401950431323334", 0x6985)
    bench.send("002401920431323334", 0x6984)


def test_the_trace_never_holds_a_secret(card: VirtualCard, bench: Bench) -> None:
    bench.application("jpki")
    bench.verify(0x18, "1234")
    bench.send("00240198043837363 5".replace(" ", ""))
    card.transmit(bytes.fromhex("0020009805") + b"9999")
    joined = b"".join(card.trace)
    assert not any(secret in joined for secret in (b"1234", b"8765", b"9999"))
    assert card.trace[1] == bytes.fromhex("00200098") + b"****"
