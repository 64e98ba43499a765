"""The cast: some forty invented people, one for each situation that a reception desk meets.

``cast(today)`` is the same for the same day, and the ordinary valid adult comes first. Facts: the issue's list of
situations, `field` reference section 1.
"""

import unicodedata
from datetime import date

from sandbox.cast.aid import aid
from sandbox.cast.cards import cards
from sandbox.cast.coverage import coverage
from sandbox.cast.names import names
from sandbox.cast.persona import Answered, Persona, Refused

__all__ = ["Answered", "Persona", "Refused", "UnknownPersona", "cast", "find"]


class UnknownPersona(LookupError):
    """Nobody of the cast has that name; ``known`` lists the slugs."""

    def __init__(self, wanted: str, known: tuple[str, ...]) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.known = known


def cast(today: date) -> tuple[Persona, ...]:
    """Everybody, as they are on that day (Japan time)."""
    return (*coverage(today), *cards(today), *aid(today), *names(today))


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def find(wanted: str, people: tuple[Persona, ...]) -> Persona:
    """By slug, Japanese name or romanised name, without regard to blanks and case; raises `UnknownPersona`."""
    key = _key(wanted)
    for persona in people:
        if key in {_key(persona.slug), _key(persona.name.original), _key(persona.name.romaji)}:
            return persona
    raise UnknownPersona(wanted, tuple(persona.slug for persona in people))
