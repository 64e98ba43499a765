"""What a catalogue error is: a code that never changes, words for the desk, words for the vendor, the next step.

The words for people live here and not in exceptions; an `OnshiError` carries a `Fault` and the ids that the
vendor needs. Details hold ids and codes only: never a name, a number of a person, a PIN or a key.
"""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What sort of failure it is; each border maps it once (the centre to an HTTP status)."""

    BAD_INPUT = "bad_input"
    NOT_AUTHENTICATED = "not_authenticated"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    NOT_PROVEN = "not_proven"
    CARD = "card"
    UPSTREAM = "upstream"
    INTERNAL = "internal"


class Repeat(StrEnum):
    """Whether trying again helps: never with the same input, at once, or after a while."""

    NEVER = "never"
    NOW = "now"
    LATER = "later"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue.

    ``desk_*`` is read by the clerk (and, for card faults, by the patient); ``next_*`` is what to do now;
    ``vendor`` is for whoever maintains the software.
    """

    code: str
    kind: Kind
    desk_ja: str
    desk_en: str
    next_ja: str
    next_en: str
    vendor: str
    repeat: Repeat = Repeat.NEVER


class OnshiError(Exception):
    """A failure with its catalogue entry. ``details`` are ids and codes for the vendor, never a person's data."""

    def __init__(self, fault: Fault, /, **details: str | int) -> None:
        super().__init__(fault.code)
        self.fault = fault
        self.details = details

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in sorted(self.details.items()))
        return f"{self.fault.code} {self.fault.vendor}" + (f" ({told})" if told else "")


def words(error: OnshiError) -> str:
    """An error as every command tells it: desk and next step in both languages, then the vendor's line with the ids."""
    fault = error.fault
    return f"{fault.code} {fault.desk_ja} / {fault.desk_en}\n  → {fault.next_ja} / {fault.next_en}\n  [{error}]"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fault as it travels (HTTP body, MQTT answer, ``--json``): all a screen needs, in both languages."""

    code: str
    kind: Kind
    desk_ja: str
    desk_en: str
    next_ja: str
    next_en: str
    vendor: str
    repeat: Repeat
    details: dict[str, str | int] = {}


def problem(error: OnshiError) -> Problem:
    """The travelling form of an error."""
    fault = error.fault
    return Problem(
        code=fault.code,
        kind=fault.kind,
        desk_ja=fault.desk_ja,
        desk_en=fault.desk_en,
        next_ja=fault.next_ja,
        next_en=fault.next_en,
        vendor=fault.vendor,
        repeat=fault.repeat,
        details=dict(error.details),
    )
