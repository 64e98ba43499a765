"""The few things that a visit itself reads from the answer's XmlMsg tree (JSON form, all values strings).

Not a parser: the message room of `protocol` owns the layout; delivery renders the whole tree.
"""

from collections.abc import Iterator
from typing import Any

HIDDEN = "●"
"""U+25CF stands for each character that the centre's rendering of a name could not carry."""


def body(message: dict[str, Any]) -> dict[str, Any]:
    """MessageBody; empty when the tree has none."""
    tree = message.get("XmlMsg", message)
    found = tree.get("MessageBody") if isinstance(tree, dict) else None
    return found if isinstance(found, dict) else {}


def validity(message: dict[str, Any]) -> str | None:
    """QualificationValidity (OQSCD006), 1-6."""
    found = body(message).get("QualificationValidity")
    return found if isinstance(found, str) and found else None


def has_hidden_name(message: dict[str, Any]) -> bool:
    """Whether any name in the answer carries ●."""
    return any(HIDDEN in name for name in _names(body(message).get("ResultList")))


def _names(results: object) -> Iterator[str]:
    for entry in results if isinstance(results, list) else []:
        result = entry.get("ResultOfQualificationConfirmation", entry) if isinstance(entry, dict) else {}
        for key in ("Name", "NameOfOther", "InsuredName"):
            value = result.get(key) if isinstance(result, dict) else None
            if isinstance(value, str):
                yield value
