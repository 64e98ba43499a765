"""The error catalogue: every code that a person can meet, in one list per area.

``from protocol.errors import OnshiError, card`` then ``raise OnshiError(card.PIN_WRONG, tries_left=2)``.
A code is never reused; the documentation of every code is tested.
"""

from protocol.errors import (
    card,
    central,
    checkups,
    clinic,
    console,
    device,
    disclosure,
    face,
    fhir,
    input_,
    insurers,
    models_,
    receipts,
    trust,
    uplink,
    visit,
)
from protocol.errors.fault import Fault, Kind, OnshiError, Problem, Repeat, problem, words

AREAS = (
    card, central, checkups, clinic, console, device, disclosure, face, fhir, input_, insurers, models_, receipts,
    trust, uplink, visit,
)  # fmt: skip

CATALOGUE: dict[str, Fault] = {
    fault.code: fault for area in AREAS for fault in vars(area).values() if isinstance(fault, Fault)
}

__all__ = [
    "AREAS", "CATALOGUE", "Fault", "Kind", "OnshiError", "Problem", "Repeat",
    "card", "central", "checkups", "clinic", "console", "device", "disclosure", "face", "fhir", "input_",
    "insurers", "models_", "problem", "receipts", "trust", "uplink", "visit", "words",
]  # fmt: skip
