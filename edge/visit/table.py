"""The table of a visit: in which state which event leads where, and what the desk is told on the way.

Data only; `edge.visit.machine` runs it. Order (trust rules): evidence, answer, consent, consent statement, grant,
face file. A card that is gone before the visit request is signed ends the visit; later it only costs the consent.
"""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    READING = "reading"
    """Open the card, read certificate and free counters; the challenge is fetched in parallel."""
    METHOD = "method"
    PIN = "pin"
    CLERK = "clerk"
    PRINTED = "printed"
    FACE = "face"
    SIGNING = "signing"
    """Prove to the card, let it sign the visit statement."""
    ASKING = "asking"
    KEEPING = "keeping"
    """The line is down: sign with a stock challenge and put the request into the outbox."""
    ANSWERED = "answered"
    CONSENT = "consent"
    CONSENT_SIGNING = "consent_signing"
    GRANTING = "granting"
    DELIVERING = "delivering"
    END = "end"


class Event(StrEnum):
    READ = "read"
    PIN_CHOSEN = "pin_chosen"
    SIGHT_CHOSEN = "sight_chosen"
    FACE_CHOSEN = "face_chosen"
    STOPPED = "stopped"
    TIME_OVER = "time_over"
    NO_WAY = "no_way"
    ENTERED = "entered"
    BACK = "back"
    """The desk wants another way."""
    AGAIN = "again"
    """The same question once more; a fault says why."""
    CLOSED = "closed"
    """This way is closed for this visit; a fault says why."""
    SIGNED = "signed"
    SIGNED_LATER = "signed_later"
    """Signed with a stock challenge, because none could be fetched."""
    PIN_REFUSED = "pin_refused"
    PRINTED_REFUSED = "printed_refused"
    ANSWER = "answer"
    KEPT = "kept"
    LINE_DOWN = "line_down"
    REFUSED = "refused"
    """The centre or the card refused for good."""
    NOTHING_TO_ASK = "nothing_to_ask"
    ASK_CONSENT = "ask_consent"
    DECIDED = "decided"
    DECLINED = "declined"
    """Refused, and the refusal could not be signed or held: it stands all the same."""
    UNANSWERED = "unanswered"
    HELD = "held"
    NOT_HELD = "not_held"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    CARD_GONE = "card_gone"
    CARD_FAULT = "card_fault"


class Tell(StrEnum):
    """What the desk hears on a move, beside what the state itself asks."""

    NOTHING = ""
    FAULT = "fault"
    """The catalogue's words of the fault at hand."""
    LEFT_EARLY = "left_early"
    ASKING = "asking"
    KEPT = "kept"
    CONSENT_LOST = "consent_lost"
    CONSENT_UNANSWERED = "consent_unanswered"
    CONSENT_RESULT = "consent_result"
    TAKE_CARD = "take_card"


class Move(NamedTuple):
    to: State
    tell: Tell = Tell.NOTHING


S, E, T = State, Event, Tell

_EARLY_END = {E.CARD_GONE: Move(S.END, T.LEFT_EARLY), E.CARD_FAULT: Move(S.END, T.FAULT)}
_QUESTION = {**_EARLY_END, E.TIME_OVER: Move(S.END, T.FAULT), E.BACK: Move(S.METHOD)}

TABLE: dict[State, dict[Event, Move]] = {
    S.READING: {
        **_EARLY_END,
        E.READ: Move(S.METHOD),
        E.REFUSED: Move(S.END, T.FAULT),
    },
    S.METHOD: {
        **_EARLY_END,
        E.PIN_CHOSEN: Move(S.PIN),
        E.SIGHT_CHOSEN: Move(S.CLERK),
        E.FACE_CHOSEN: Move(S.FACE),
        E.CLOSED: Move(S.METHOD, T.FAULT),
        E.STOPPED: Move(S.END, T.FAULT),
        E.NO_WAY: Move(S.END, T.FAULT),
        E.TIME_OVER: Move(S.END, T.FAULT),
    },
    S.PIN: {
        **_QUESTION,
        E.ENTERED: Move(S.SIGNING),
        E.AGAIN: Move(S.PIN, T.FAULT),
        E.CLOSED: Move(S.METHOD, T.FAULT),
    },
    S.CLERK: {
        **_QUESTION,
        E.ENTERED: Move(S.PRINTED),
        E.AGAIN: Move(S.CLERK, T.FAULT),
        E.CLOSED: Move(S.METHOD, T.FAULT),
    },
    S.PRINTED: {
        **_QUESTION,
        E.ENTERED: Move(S.SIGNING),
        E.AGAIN: Move(S.PRINTED, T.FAULT),
        E.CLOSED: Move(S.METHOD, T.FAULT),
    },
    S.FACE: {
        **_EARLY_END,
        E.ENTERED: Move(S.SIGNING),
        E.CLOSED: Move(S.METHOD, T.FAULT),
    },
    S.SIGNING: {
        **_EARLY_END,
        E.SIGNED: Move(S.ASKING, T.ASKING),
        E.SIGNED_LATER: Move(S.KEEPING),
        E.PIN_REFUSED: Move(S.PIN, T.FAULT),
        E.PRINTED_REFUSED: Move(S.PRINTED, T.FAULT),
        E.CLOSED: Move(S.METHOD, T.FAULT),
        E.LINE_DOWN: Move(S.END, T.FAULT),
        E.REFUSED: Move(S.END, T.FAULT),
    },
    S.ASKING: {
        E.ANSWER: Move(S.ANSWERED),
        E.LINE_DOWN: Move(S.KEEPING),
        E.REFUSED: Move(S.END, T.FAULT),
    },
    S.KEEPING: {
        E.KEPT: Move(S.END, T.KEPT),
        E.LINE_DOWN: Move(S.END, T.FAULT),
        E.CARD_GONE: Move(S.END, T.FAULT),
        E.CARD_FAULT: Move(S.END, T.FAULT),
        E.REFUSED: Move(S.END, T.FAULT),
    },
    S.ANSWERED: {
        E.NOTHING_TO_ASK: Move(S.DELIVERING),
        E.ASK_CONSENT: Move(S.CONSENT),
        E.CARD_GONE: Move(S.DELIVERING, T.CONSENT_LOST),
    },
    S.CONSENT: {
        E.DECIDED: Move(S.CONSENT_SIGNING),
        E.UNANSWERED: Move(S.DELIVERING, T.CONSENT_UNANSWERED),
        E.CARD_GONE: Move(S.DELIVERING, T.CONSENT_LOST),
    },
    S.CONSENT_SIGNING: {
        E.SIGNED: Move(S.GRANTING),
        E.DECLINED: Move(S.DELIVERING, T.CONSENT_RESULT),
        E.CARD_GONE: Move(S.DELIVERING, T.CONSENT_LOST),
        E.CARD_FAULT: Move(S.DELIVERING, T.FAULT),
        E.REFUSED: Move(S.DELIVERING, T.FAULT),
    },
    S.GRANTING: {
        E.HELD: Move(S.DELIVERING, T.CONSENT_RESULT),
        E.DECLINED: Move(S.DELIVERING, T.CONSENT_RESULT),
        E.NOT_HELD: Move(S.DELIVERING, T.FAULT),
    },
    S.DELIVERING: {
        E.DELIVERED: Move(S.END, T.TAKE_CARD),
        E.NOT_DELIVERED: Move(S.END, T.FAULT),
    },
}
