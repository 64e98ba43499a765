"""The centre as the appliance's other rooms see it, whatever channel carries it.

Every method raises `protocol.errors.OnshiError`: a ``LINE`` fault when the line or the centre failed, else the
centre's own fault by its code. `deferrable` tells the two apart.
"""

from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from protocol.errors import Kind, OnshiError
from protocol.visit import Challenge, ConsentAnswer, Moment, SignedDocument, VisitAnswer


class IssuedChallenge(msgspec.Struct, frozen=True, kw_only=True):
    value: Challenge
    expires_at: Moment


class Fetched(NamedTuple):
    """An answer as it came: a message (``application/json``) or a document in the form that was asked for."""

    content_type: str
    body: bytes


class Centre(Protocol):
    async def challenges(self, count: int, *, deferred: bool) -> tuple[IssuedChallenge, ...]:
        """1 to 50 challenges; deferred ones live 24 h and allow eligibility only."""
        ...

    async def visit(self, document: SignedDocument) -> VisitAnswer: ...

    async def consent(self, document: SignedDocument) -> ConsentAnswer: ...

    async def eligibility(self, message: dict[str, Any]) -> dict[str, Any]:
        """A query by number: XmlMsg tree of OQSsiquc01req in, of OQSsiquc01res out."""
        ...

    async def exchange(self, path: str, message: dict[str, Any], *, max_bytes: int) -> dict[str, Any]:
        """An XmlMsg tree to another of the centre's message routes, and the tree that it answers, unread."""
        ...

    async def fetch(self, path: str, message: dict[str, Any], *, accept: str, max_bytes: int) -> Fetched:
        """An XmlMsg tree to a route that answers a message or, where the message asks for it, another form."""
        ...


class Later(Protocol):
    """What keeps a visit's request while the line is down."""

    async def take_challenge(self) -> str:
        """One stock challenge, gone from the stock before it is given; raises ``LINE-010`` when there is none."""
        ...

    async def keep(self, document: SignedDocument, *, request_id: str, kept_at: datetime) -> None:
        """On disk when this returns; raises ``LINE-011`` or ``DEVICE-007``."""
        ...


def deferrable(error: OnshiError) -> bool:
    """Whether line or centre failed, so that the same question may be asked later."""
    return error.fault.kind in {Kind.UPSTREAM, Kind.INTERNAL} and not error.fault.code.startswith("DEVICE-")
