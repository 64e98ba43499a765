"""Challenges: ours, this device's, alive, of this kind; one spelling each; keys that rotate."""

import base64
import os
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.presence.challenges import DEFERRED_LIFE, LIFE, Challenges, spending_digest
from protocol.errors import Fault, OnshiError, trust
from tests.central.cards import NOON

OLD, NEW = b"o" * 32, b"n" * 32


def made(*keys: bytes) -> Challenges:
    return Challenges(keys or (NEW,), random=os.urandom)


def fault_of(challenges: Challenges, value: str, *, device: str = "d", deferred: bool = False) -> Fault:
    with pytest.raises(OnshiError) as caught:
        challenges.accept(value, device, NOON, deferred=deferred)
    return caught.value.fault


@pytest.mark.parametrize(("deferred", "life"), [(False, LIFE), (True, DEFERRED_LIFE)])
def test_a_challenge_lives_its_time_and_not_a_moment_longer(deferred: bool, life: timedelta) -> None:
    challenges = made()
    (one,) = challenges.issue("d", 1, NOON, deferred=deferred)
    assert one.expires_at == NOON + life
    last = NOON + life - timedelta(milliseconds=1)
    accepted = challenges.accept(one.value, "d", last, deferred=deferred)
    assert accepted.expires_at == one.expires_at
    assert accepted.digest == spending_digest(one.value)
    with pytest.raises(OnshiError) as caught:
        challenges.accept(one.value, "d", NOON + life, deferred=deferred)
    assert caught.value.fault is trust.CHALLENGE_EXPIRED


def test_each_is_another_one() -> None:
    assert len({one.value for one in made().issue("d", 50, NOON)}) == 50


def test_it_belongs_to_one_device_and_one_kind() -> None:
    challenges = made()
    (one,) = challenges.issue("d", 1, NOON)
    assert fault_of(challenges, one.value, device="e") is trust.CHALLENGE_FOREIGN
    assert fault_of(challenges, one.value, deferred=True) is trust.CHALLENGE_FOREIGN


def test_a_retired_key_is_accepted_until_it_is_dropped() -> None:
    (one,) = made(OLD).issue("d", 1, NOON)
    assert made(NEW, OLD).accept(one.value, "d", NOON, deferred=False)
    assert fault_of(made(NEW), one.value) is trust.CHALLENGE_FOREIGN
    (two,) = made(NEW, OLD).issue("d", 1, NOON)
    assert made(NEW).accept(two.value, "d", NOON, deferred=False)


@pytest.mark.parametrize("keys", [(), (b"short",), (NEW, b"short")])
def test_weak_keys_are_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        Challenges(keys, random=os.urandom)


def test_another_spelling_of_the_same_challenge_cannot_be_spent_again() -> None:
    challenges = made()
    (one,) = challenges.issue("d", 1, NOON)
    # 62 octets leave four bits of the last character without meaning.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [one.value[:-1] + last for last in alphabet if last != one.value[-1]]
    same = [
        value for value in others if base64.urlsafe_b64decode(value + "=") == base64.urlsafe_b64decode(one.value + "=")
    ]
    assert len(same) == 3
    for value in [*same, one.value + "=", one.value + "\n", " " + one.value]:
        assert fault_of(challenges, value) is trust.CHALLENGE_FOREIGN


@given(text=st.text(max_size=120))
def test_rubbish_is_foreign(text: str) -> None:
    assert fault_of(made(), text) is trust.CHALLENGE_FOREIGN


@given(st.data())
def test_no_changed_octet_passes(data: st.DataObject) -> None:
    challenges = made()
    raw = bytearray(base64.urlsafe_b64decode(challenges.issue("d", 1, NOON)[0].value + "="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    value = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert fault_of(challenges, value) is trust.CHALLENGE_FOREIGN
