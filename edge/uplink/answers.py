"""Reads what the centre sent back, whatever channel brought it: an answer as the contract says, or a fault.

Everything else is ``LINE-007``: an answer that is not understood is never half believed.
"""

from typing import Any, TypeVar

import msgspec

from edge.uplink.port import IssuedChallenge
from protocol.errors import CATALOGUE, Fault, OnshiError, Problem
from protocol.errors.uplink import ANSWER_UNREADABLE
from protocol.messages import EligibilityAnswer, Message, read_json
from protocol.visit import ConsentAnswer, VisitAnswer

T = TypeVar("T")
M = TypeVar("M", bound=Message)


class _Challenges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    challenges: tuple[IssuedChallenge, ...]


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise OnshiError(ANSWER_UNREADABLE, reason="body") from None


def read(tree: dict[str, Any], kind: type[M]) -> M:
    """The message in a tree that the centre answered."""
    try:
        return read_json(tree, kind)
    except OnshiError as refused:
        at = str(refused.details.get("at", ""))
        raise OnshiError(ANSWER_UNREADABLE, reason="message", cause=refused.fault.code, at=at) from None


def challenges(body: bytes, count: int) -> tuple[IssuedChallenge, ...]:
    """As many challenges as were asked for."""
    issued = _decoded(body, _Challenges).challenges
    if len(issued) != count:
        raise OnshiError(ANSWER_UNREADABLE, reason="count")
    return issued


def visit_answer(body: bytes, request_id: str) -> VisitAnswer:
    """The answer to this very request."""
    answer = _decoded(body, VisitAnswer)
    if answer.request_id != request_id:
        raise OnshiError(ANSWER_UNREADABLE, reason="other request")
    read(answer.message, EligibilityAnswer)
    return answer


def consent_answer(body: bytes, consent_id: str) -> ConsentAnswer:
    """The grant for this very consent."""
    answer = _decoded(body, ConsentAnswer)
    if answer.consent_id != consent_id:
        raise OnshiError(ANSWER_UNREADABLE, reason="other consent")
    read(answer.message, EligibilityAnswer)
    return answer


def tree(body: bytes) -> dict[str, Any]:
    """A JSON object, whatever is in it."""
    return _decoded(body, dict[str, Any])


def eligibility_answer(body: bytes) -> dict[str, Any]:
    tree = _decoded(body, dict[str, Any])
    read(tree, EligibilityAnswer)
    return tree


def refusal(body: bytes) -> OnshiError | None:
    """The centre's fault by its code; None when the body is no problem document.

    A code that this version's catalogue lacks keeps the centre's own words.
    """
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    known = CATALOGUE.get(problem.code)
    fault = known or Fault(
        code=problem.code,
        kind=problem.kind,
        desk_ja=problem.desk_ja,
        desk_en=problem.desk_en,
        next_ja=problem.next_ja,
        next_en=problem.next_en,
        vendor=problem.vendor,
        repeat=problem.repeat,
    )
    return OnshiError(fault, **problem.details)
