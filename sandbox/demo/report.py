"""One visit as one JSON object, for programs that run the demo."""

from pathlib import Path
from typing import Any

import msgspec

from edge.visit.desk import Ending, VisitRecord
from protocol.visit import Method
from sandbox.cast import Persona
from sandbox.demo.story import machine_steps


def report(persona: Persona, method: Method, record: VisitRecord, ms: float) -> dict[str, Any]:
    """What happened, in ``ms`` from the card laid on the reader to the end.

    ``fault`` is there when the visit was refused, or when something went wrong beside the answer.
    """
    said: dict[str, Any] = {
        "persona": persona.slug,
        "name": persona.name.original,
        "method": method.value,
        "visit": record.visit,
        "ending": record.outcome.ending.value,
        "qualification_validity": record.validity,
        "certificate": msgspec.to_builtins(record.certificate),
        "proven": list(record.proven),
        "device_word": list(record.device_word),
        "consent": {
            "result": record.outcome.consent.value,
            "items": [item.value for item in record.outcome.granted],
        },
        "result_file": str(_absolute(record.face_file)) if record.face_file else None,
        "steps": [{"name": name, "ms": round(ms, 2)} for name, ms in machine_steps(record)],
        "total_ms": round(ms, 2),
        "answer": record.message,
    }
    if record.outcome.problem:
        said["fault"] = msgspec.to_builtins(record.outcome.problem)
    return said


def _absolute(path: Path) -> Path:
    return path.absolute()


def answered(record: VisitRecord) -> bool:
    """Whether the demo did what it is for: the centre answered."""
    return record.outcome.ending is Ending.ANSWERED
