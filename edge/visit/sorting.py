"""Sorts the faults of card and line by what a visit does next; the catalogue itself knows nothing of visits."""

from edge.uplink.port import deferrable
from protocol.errors import Fault, Kind, OnshiError, card, face, trust

_GONE = frozenset(fault.code for fault in (card.REMOVED, card.SESSION_ENDED))
_PIN_AGAIN = frozenset(fault.code for fault in (card.PIN_WRONG, card.PIN_FORM))
_PRINTED_AGAIN = frozenset(
    fault.code
    for fault in (
        card.BIRTH_WRONG,
        card.BIRTH_FORM,
        card.BIRTH_REPEATED,
        card.BIRTH_BLOCKED,
        card.BIRTH_GUARDED,
        card.NUMBER_B_WRONG,
        card.NUMBER_B_FORM,
        card.NUMBER_B_REPEATED,
        card.NUMBER_B_BLOCKED,
        card.NUMBER_B_GUARDED,
    )
)
_CLOSING = frozenset(fault.code for fault in (card.PIN_BLOCKED, card.NO_PIN, card.SURFACE_MISSING, face.FRONT_DIFFERS))


def is_fault(error: OnshiError, fault: Fault) -> bool:
    return error.fault.code == fault.code


def line_down(error: OnshiError) -> bool:
    """Line or centre failed, so that the request is worth keeping.

    Not where the centre answered that a certificate's status is unknown: unknown is refused (trust rules,
    "Certificates"), and the words of that fault already say what to do.
    """
    return deferrable(error) and not is_fault(error, trust.STATUS_UNKNOWN)


def card_gone(error: OnshiError) -> bool:
    return error.fault.code in _GONE


def card_fault(error: OnshiError) -> bool:
    return error.fault.kind is Kind.CARD


def pin_again(error: OnshiError) -> bool:
    """A wrong or malformed PIN with tries left."""
    return error.fault.code in _PIN_AGAIN and error.details.get("tries_left") != 0


def printed_again(error: OnshiError) -> bool:
    """Wrong digits; blocked and guarded ones too, because the other printed number may still open the card."""
    return error.fault.code in _PRINTED_AGAIN


def closes_the_way(error: OnshiError) -> bool:
    """This card cannot be confirmed this way at all."""
    return error.fault.code in _CLOSING or (is_fault(error, card.PIN_WRONG) and not pin_again(error))


__all__ = ["card_fault", "card_gone", "closes_the_way", "is_fault", "line_down", "pin_again", "printed_again"]
