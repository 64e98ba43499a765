"""Messages as XML, UTF-8 or Shift_JIS. Facts: reference clinic-interface 2.1, 3, 8."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from protocol import text
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, input_
from protocol.messages import xmltree
from protocol.messages.definition import ROOT, Branch, Leaf, M, Many, Message, Node, Shape, Sub, plan_of
from protocol.messages.reading import read
from protocol.messages.writing import leaf_text, required_is_missing
from protocol.messages.xmltree import XmlElement

SINGLE_QUERY_BYTES = 1_000_000
DEEPEST = 16
_NAMES = {CharacterCode.UTF_8: "UTF-8", CharacterCode.SHIFT_JIS: "Shift_JIS"}


class _Xml:
    def members(self, group: XmlElement, where: str) -> Iterable[tuple[str, XmlElement]]:
        if group.text and not group.text.isspace():
            raise OnshiError(input_.MESSAGE_MALFORMED, at=where.rstrip("/"))
        return ((child.name, child) for child in group.children)

    def leaf(self, value: XmlElement, where: str) -> str | None:
        if value.children:
            raise OnshiError(input_.MESSAGE_MALFORMED, at=where)
        return value.text if value.text.strip() else None

    def items(self, value: XmlElement, many: Many, where: str) -> Iterable[XmlElement]:
        if many.shape is Shape.REPEATED:
            return (value,)
        return (child for tag, child in self.members(value, where) if tag == many.item)


def read_xml(data: bytes, kind: type[M], *, max_bytes: int = SINGLE_QUERY_BYTES, max_depth: int = DEEPEST) -> M:
    """The message in an XML document; raises `OnshiError` (INPUT-…) and nothing else.

    Read are UTF-8 and Shift_JIS (any spelling of the name), with or without mark and declaration, elements in any
    order and any namespace; unknown elements are ignored.
    """
    root = xmltree.parse(data, max_bytes=max_bytes, max_depth=max_depth)
    if root.name != ROOT:
        raise OnshiError(input_.MESSAGE_MALFORMED, at=ROOT)
    return read(_Xml(), kind, root)


def write_xml(message: Message, encoding: CharacterCode = CharacterCode.UTF_8) -> bytes:
    """The message as an XML document; CharacterCodeIdentifier, where the message has one, tells the encoding.

    In Shift_JIS every character outside JIS X 0208 becomes ●, but in what is echoed, which stays as it came.
    Raises `OnshiError` (INPUT-013, INPUT-018) for values that no message may carry.
    """
    plan = plan_of(type(message))
    if plan.character_code:
        message = msgspec.structs.replace(message, **{plan.character_code: encoding})
    render = text.jis_x_0208 if encoding is CharacterCode.SHIFT_JIS else str
    lines = [f'<?xml version="1.0" encoding="{_NAMES[encoding]}" standalone="no"?>', f"<{ROOT}>"]
    _group(plan.children, message, render, "  ", lines)
    lines.append(f"</{ROOT}>\n")
    document = "\n".join(lines)
    return text.encode_cp932(document) if encoding is CharacterCode.SHIFT_JIS else document.encode()


def _group(
    children: dict[str, Node], message: Message, render: Callable[[str], str], pad: str, lines: list[str]
) -> None:
    for tag, node in children.items():
        if isinstance(node, Leaf):
            written = leaf_text(node, message)
            if written is not None:
                shown = written if node.element.verbatim else render(written)
                lines.append(f"{pad}<{tag}>{_escaped(shown)}</{tag}>")
            continue
        start = len(lines)
        if isinstance(node, Branch):
            _group(node.children, message, render, f"{pad}  ", lines)
            _close(tag, pad, start, lines)
        elif isinstance(node, Sub):
            value = getattr(message, node.field)
            if value is not None:
                _group(node.plan.children, value, render, f"{pad}  ", lines)
            _close(tag, pad, start, lines)
            required_is_missing(node, len(lines) == start)
        else:
            _many(tag, node, getattr(message, node.field), render, pad, lines)
            required_is_missing(node, len(lines) == start)


def _many(
    tag: str, node: Many, values: Iterable[Any], render: Callable[[str], str], pad: str, lines: list[str]
) -> None:
    start = len(lines)
    inner = pad if node.shape is Shape.REPEATED else f"{pad}  "
    for value in values:
        first = len(lines)
        _group(node.plan.children, value, render, f"{inner}  ", lines)
        _close(node.item, inner, first, lines)
    if node.shape is not Shape.REPEATED:
        _close(tag, pad, start, lines)


def _close(tag: str, pad: str, start: int, lines: list[str]) -> None:
    """Puts the tags of a group around what was written since ``start``; an empty group is never written."""
    if len(lines) > start:
        lines.insert(start, f"{pad}<{tag}>")
        lines.append(f"{pad}</{tag}>")


def _escaped(written: str) -> str:
    return written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
