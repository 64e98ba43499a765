"""The secrets that open something on the card: their form, their faults, and where we stop trying.

Facts: `my-number-card` reference 2.5 and 3; trust rules ("Tries on either number are guarded alike").
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.card.port import Credential
from protocol.errors import Fault, OnshiError, card

STOP_AT = 3
"""With so many tries left, or fewer, neither printed number is tried any more; only a municipality resets them."""


@dataclass(frozen=True)
class Rules:
    """What a credential looks like and which fault tells which refusal. ``stop_at`` 0: only blocked stops it."""

    digits: int
    stop_at: int
    form: Fault
    wrong: Fault
    blocked: Fault
    guarded: Fault
    repeated: Fault


RULES: Mapping[Credential, Rules] = {
    Credential.PIN: Rules(
        digits=4,
        stop_at=0,
        form=card.PIN_FORM,
        wrong=card.PIN_WRONG,
        blocked=card.PIN_BLOCKED,
        guarded=card.PIN_BLOCKED,
        repeated=card.PIN_WRONG,
    ),
    Credential.NUMBER_B: Rules(
        digits=14,
        stop_at=STOP_AT,
        form=card.NUMBER_B_FORM,
        wrong=card.NUMBER_B_WRONG,
        blocked=card.NUMBER_B_BLOCKED,
        guarded=card.NUMBER_B_GUARDED,
        repeated=card.NUMBER_B_REPEATED,
    ),
    Credential.BIRTH: Rules(
        digits=6,
        stop_at=STOP_AT,
        form=card.BIRTH_FORM,
        wrong=card.BIRTH_WRONG,
        blocked=card.BIRTH_BLOCKED,
        guarded=card.BIRTH_GUARDED,
        repeated=card.BIRTH_REPEATED,
    ),
}


def zero(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    secret[:] = bytes(len(secret))


def check_form(credential: Credential, secret: bytearray) -> None:
    """Refuse what the card could only refuse, before it costs a try. Raises `OnshiError`."""
    rules = RULES[credential]
    if len(secret) != rules.digits or not all(0x30 <= byte <= 0x39 for byte in secret):
        raise OnshiError(rules.form)


def check_counter(credential: Credential, left: int | None) -> None:
    """Refuse to try a blocked or nearly blocked credential. Raises `OnshiError` with ``tries_left``."""
    rules = RULES[credential]
    if left == 0:
        raise OnshiError(rules.blocked, tries_left=0)
    if left is not None and left <= rules.stop_at:
        raise OnshiError(rules.guarded, tries_left=left)
