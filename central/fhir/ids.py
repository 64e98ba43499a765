"""Ids of resources: the same thing has the same id for one facility, and nothing can be read from it or joined by it.

UUIDs made of an HMAC over facility and parts, with a key derived from the centre's challenge keys: a rotation gives
new ids. Two facilities get different ids for the same line. Source: trust rules (ids leak nothing).
"""

import hmac
from collections.abc import Callable

_DOMAIN = b"onshi fhir ids v1"

Ids = Callable[..., str]
"""Takes the parts that make a thing this thing (strings), gives its id."""


class IdMaker:
    """Ids of one centre. ``key``: at least 32 secret bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _DOMAIN, "sha256")

    def of(self, facility: str) -> Ids:
        """Ids as this facility sees them."""

        def made(*parts: str) -> str:
            # Lengths stand before the parts, so that ("ab", "c") and ("a", "bc") differ.
            told = own + "".join([f"{len(part)}:{part}" for part in parts])
            seal = hmac.digest(self._key, told.encode(), "sha256").hex()
            # A UUID of version 4 (RFC 9562), written by hand: hundreds are made for one answer.
            return f"{seal[:8]}-{seal[8:12]}-4{seal[13:16]}-a{seal[17:20]}-{seal[20:32]}"

        own = f"{len(facility)}:{facility}"
        return made


def url(id_: str) -> str:
    """What other resources of the bundle refer to it by."""
    return f"urn:uuid:{id_}"
