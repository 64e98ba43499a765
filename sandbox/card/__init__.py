"""A virtual My Number Card: every file, access rule, counter and status word that is publicly known.

``personalise(CardPersonalisation(...))`` gives a `VirtualCard`; `sandbox.card.vpcd` puts it on a reader.
"""

from sandbox.card.apdu import SW
from sandbox.card.applications import attributes_application, common, issuer_security_domain, jpki, surface_application
from sandbox.card.faults import CardEjected, CardSilent, Faults, When
from sandbox.card.model import Application
from sandbox.card.personalisation import CardPersonalisation, Token
from sandbox.card.virtual import CONTACT_ATR, CONTACTLESS_ATR, DRIVING_LICENCE_ATR, VirtualCard

__all__ = [
    "SW", "CardEjected", "CardPersonalisation", "CardSilent", "Faults", "Token", "VirtualCard", "When",
    "driving_licence", "personalise",
]  # fmt: skip


def personalise(card: CardPersonalisation) -> VirtualCard:
    """Make the card (or, for a telephone's token, what its reader sees)."""
    atr = CONTACTLESS_ATR if card.contactless or card.token is not Token.CARD else CONTACT_ATR
    applications: list[Application] = [jpki(card)]
    if card.token is Token.CARD:
        applications += [
            surface_application(card),
            attributes_application(card),
            common(card),
            issuer_security_domain(card, CONTACT_ATR),
        ]
    return VirtualCard(applications, atr=atr)


def driving_licence() -> VirtualCard:
    """A Type B card that is no My Number Card: no application answers."""
    return VirtualCard([], atr=DRIVING_LICENCE_ATR)
