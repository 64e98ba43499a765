"""From an insured number to the people who have it: folder files and letters of a facility carry no token.

Facts: trust rules ("Who may ask"): maps by facility and insured record; several or none = refused with the reason.
"""

from collections.abc import Sequence
from datetime import date

from central.db import Reader as Rows
from central.db import Row
from central.disclosure.statements import BY_RECORD
from central.register.keys import lookup_key
from protocol.numbers import Branch, InsuredNumber, InsurerNumber, Symbol


async def people_with(
    rows: Rows,
    *,
    insurer: InsurerNumber,
    symbol: Symbol | None,
    number: InsuredNumber,
    branch: Branch | None,
    today: date,
) -> list[str]:
    """Everybody tied to it today, or else those whose ties ended last. Without symbol or branch, any fits."""
    tied = await rows.all(BY_RECORD, lookup_key=lookup_key(insurer.raw, number.raw), day=today)
    fitting = [
        row
        for row in tied
        if (symbol is None or row["symbol_key"] == symbol.key) and (branch is None or row["branch"] == branch.raw)
    ]
    return list(dict.fromkeys(row["person_id"] for row in _latest(fitting, today)))


def _latest(fitting: Sequence[Row], today: date) -> Sequence[Row]:
    valid = [row for row in fitting if row["valid_to"] is None or today < row["valid_to"]]
    if valid or not fitting:
        return valid
    last = max(row["valid_to"] for row in fitting)
    return [row for row in fitting if row["valid_to"] == last]
