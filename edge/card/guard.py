"""Keeps the two printed numbers from being locked: what was refused today is not tried again.

Only a keyed hash of (card, credential, digits) is remembered, in memory, until midnight in Japan; then the key is
thrown away as well. Lives in the daemon, so that killing a reader's worker forgets nothing. The floor of three
tries is in `edge.card.credentials`, next to VERIFY. Facts: trust rules ("Tries on either number …").
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import date, datetime

from edge.card.credentials import RULES, check_counter, check_form
from edge.card.port import Credential
from protocol.eras import JST
from protocol.errors import OnshiError

KEY_LENGTH = 32


class TriesGuard:
    """One per appliance, shared by its readers. ``now`` gives aware moments; ``random`` gives fresh bytes."""

    def __init__(self, *, now: Callable[[], datetime], random: Callable[[int], bytes]) -> None:
        self._now = now
        self._random = random
        self._day: date | None = None
        self._key = b""
        self._refused: set[bytes] = set()
        self._unanswered: dict[bytes, tuple[bytes, int]] = {}

    def check(self, card: bytes, credential: Credential, digits: bytearray, left: int | None, *, counter: str) -> None:
        """Refuse before the card is asked. ``card`` names it (its certificate).

        ``left`` is what the free counter named ``counter`` says; 照合番号B has one in each of two applications.

        Raises `OnshiError`: wrong form, blocked, three or fewer left, or the same digits again today.
        """
        check_form(credential, digits)
        check_counter(credential, left)
        self._turn()
        about = self._hash(card, counter, b"")
        pending = self._unanswered.pop(about, None)
        if pending is not None and left is not None and left < pending[1]:
            # The card went before it could answer, and its counter says now what the answer was.
            self._refused.add(pending[0])
        if self._hash(card, credential.value, digits) in self._refused:
            raise OnshiError(RULES[credential].repeated)

    def sending(
        self, card: bytes, credential: Credential, digits: bytearray, left: int | None, *, counter: str
    ) -> bytes:
        """About to be shown to the card; the token goes back with `answered`."""
        self._turn()
        token = self._hash(card, credential.value, digits)
        if left is not None:
            self._unanswered[self._hash(card, counter, b"")] = (token, left)
        return token

    def answered(self, card: bytes, token: bytes, *, counter: str, right: bool) -> None:
        """The card said what it thinks of the digits behind ``token``."""
        self._turn()
        self._unanswered.pop(self._hash(card, counter, b""), None)
        if not right:
            self._refused.add(token)

    def _turn(self) -> None:
        today = self._now().astimezone(JST).date()
        if today != self._day:
            self._day = today
            self._key = self._random(KEY_LENGTH)
            self._refused.clear()
            self._unanswered.clear()

    def _hash(self, card: bytes, about: str, digits: bytes | bytearray) -> bytes:
        keyed = hmac.new(self._key, hashlib.sha256(card).digest() + about.encode() + b"\0", "sha256")
        keyed.update(digits)
        return keyed.digest()
