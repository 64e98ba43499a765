"""Which grants are alive, from the rows that the person's own page shows."""

from datetime import datetime

from central.disclosure.service import Disclosure
from protocol.visit import ConsentItem


async def alive(disclosure: Disclosure, facility: str, person: str, now: datetime) -> list[ConsentItem]:
    """Items that a facility may read of a person at a moment, in their order."""
    rows = [
        row
        for row in await disclosure.grants_of(person)
        if row["facility"] == facility
        and row["withdrawn_at"] is None
        and row["granted_at"] <= now < min(row["available_until"], row["certificate_until"])
    ]
    return [item for item in ConsentItem if any(row["item"] == item.value for row in rows)]
