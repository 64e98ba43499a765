"""What nobody may find in a log, a metric or a dump: everything that says who somebody is."""

import re
from collections.abc import Iterable

from sandbox.cast import Persona


def of_the_cast(people: Iterable[Persona]) -> set[str]:
    """Names in every spelling, addresses, birth dates, insured and insurer numbers; two characters at least."""
    words: set[str] = set()
    for persona in people:
        name = persona.name
        words |= {name.original, name.as_registered(), name.kana, name.romaji, name.other, persona.home.address}
        words |= set(name.original.split("　")) | set(name.kana.split("　"))
        words |= {persona.birth.isoformat(), f"{persona.birth:%Y%m%d}"}
        for membership in persona.memberships:
            words |= {membership.number, membership.insurer.number, membership.insured_name}
        if persona.welfare:
            words |= {persona.welfare.recipient, persona.welfare.office.number}
            words |= {ticket.issue_number for ticket in persona.welfare.tickets}
    return {word for word in words if len(word) > 1}


def persons_in(people: Iterable[Persona]) -> re.Pattern[str]:
    """Finds any of it; digits and Latin letters as whole words, so that no id is taken for a number."""
    words = sorted(of_the_cast(people), key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in words if word.isascii())
    others = "|".join(re.escape(word) for word in words if not word.isascii())
    return re.compile(rf"(?<![\w.])(?:{latin})(?!\w)|{others}")
