"""A fresh ordinary card, and its bench."""

import pytest

from sandbox.card import VirtualCard
from tests.parts.cards import toy_card
from tests.sandbox.card.bench import Bench


@pytest.fixture
def card() -> VirtualCard:
    return toy_card()


@pytest.fixture
def bench(card: VirtualCard) -> Bench:
    return Bench(card)
