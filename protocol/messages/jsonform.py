"""Messages as JSON: the same tree, every value a string, absent keys absent.

Facts: reference clinic-interface 2.2, 3.3.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from protocol.codes import CharacterCode
from protocol.errors import OnshiError, input_
from protocol.messages.definition import ROOT, Branch, Leaf, M, Many, Message, Node, Shape, Sub, plan_of
from protocol.messages.reading import read
from protocol.messages.writing import leaf_text, required_is_missing
from protocol.messages.xmlform import SINGLE_QUERY_BYTES


class _Json:
    def members(self, group: Any, where: str) -> Iterable[tuple[str, Any]]:
        if group is None:
            return ()
        if not isinstance(group, Mapping):
            raise OnshiError(input_.MESSAGE_MALFORMED, at=where.rstrip("/"))
        return group.items()

    def leaf(self, value: Any, where: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise OnshiError(input_.MESSAGE_MALFORMED, at=where)
        return value if value.strip() else None

    def items(self, value: Any, many: Many, where: str) -> Iterable[Any]:
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            raise OnshiError(input_.MESSAGE_MALFORMED, at=where)
        return (self._bare(item, many) for item in value)

    def _bare(self, item: Any, many: Many) -> Any:
        """Lists are read with and without the inner name: clients disagree on it."""
        if many.shape is not Shape.REPEATED and isinstance(item, Mapping) and many.item in item:
            return item[many.item]
        return item


def read_json(tree: object, kind: type[M]) -> M:
    """The message in a decoded JSON value ``{"XmlMsg": {…}}``; raises `OnshiError` (INPUT-…) and nothing else.

    Null and "" count as absent; any other value that is not a string is refused.
    """
    if not isinstance(tree, Mapping) or not isinstance(tree.get(ROOT), Mapping):
        raise OnshiError(input_.MESSAGE_MALFORMED, at=ROOT)
    return read(_Json(), kind, tree[ROOT])


def decode_json(data: bytes, kind: type[M], *, max_bytes: int = SINGLE_QUERY_BYTES) -> M:
    """The message in JSON bytes (UTF-8); refuses keys that stand twice. Raises `OnshiError` (INPUT-…) only."""
    if len(data) > max_bytes:
        raise OnshiError(input_.MESSAGE_TOO_LARGE, bytes=len(data))
    try:
        tree = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object)
    except UnicodeDecodeError as refused:
        raise OnshiError(input_.TEXT_ENCODING, encoding="utf-8", at_byte=refused.start) from None
    except (ValueError, RecursionError):
        raise OnshiError(input_.MESSAGE_MALFORMED) from None
    return read_json(tree, kind)


def write_json(message: Message) -> dict[str, Any]:
    """The message as a JSON value ``{"XmlMsg": {…}}``; raises `OnshiError` (INPUT-013, INPUT-018) as `write_xml`."""
    plan = plan_of(type(message))
    if plan.character_code:
        message = msgspec.structs.replace(message, **{plan.character_code: CharacterCode.UTF_8})
    return {ROOT: _group(plan.children, message)}


def _group(children: dict[str, Node], message: Message) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for tag, node in children.items():
        if isinstance(node, Leaf):
            written: Any = leaf_text(node, message)
        elif isinstance(node, Branch):
            written = _group(node.children, message)
        elif isinstance(node, Sub):
            value = getattr(message, node.field)
            written = _group(node.plan.children, value) if value is not None else None
            required_is_missing(node, not written)
        else:
            groups = (_group(node.plan.children, value) for value in getattr(message, node.field))
            written = [{node.item: group} if node.shape is Shape.WRAPPED else group for group in groups if group]
            required_is_missing(node, not written)
        if written:
            tree[tag] = written
    return tree


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise OnshiError(input_.MESSAGE_TWICE)
    return tree
