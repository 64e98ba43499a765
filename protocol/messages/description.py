"""What a message looks like, from its one definition: JSON Schema for OpenAPI, rows for documentation pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from protocol.codes import CharacterCode
from protocol.messages.definition import ROOT, Branch, Leaf, Message, Node, Plan, Shape, plan_of


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a message table."""

    path: str
    """From the root's children on, ``MessageHeader/…``; the XML form."""
    ja: str
    field: str
    """The struct and field that hold it, ``EligibilityAnswer.asked_day``."""
    kind: str
    """``day``, ``moment``, ``month``, ``code``, ``number``, ``count``, ``text`` or ``group``."""
    limit: int | None
    """The longest text in characters, where one is set."""
    cardinality: str
    """``1``, ``0..1``, ``0..n`` or ``1..n``, within its group."""
    codes: str | None
    """``OQSCDnnn``."""


def describe(kind: type[Message]) -> tuple[Row, ...]:
    """The rows of a message, groups before their members, in the order in which they are written."""
    plan = plan_of(kind)
    return tuple(_rows(plan, plan.children, ""))


def json_schema(kind: type[Message]) -> dict[str, Any]:
    """JSON Schema 2020-12 of the message's JSON form, self-contained."""
    plan = plan_of(kind)
    group = _group(plan.children)
    return {"type": "object", "title": kind.__name__, "properties": {ROOT: group}, "required": [ROOT]}


def _rows(plan: Plan, children: dict[str, Node], where: str) -> Iterator[Row]:
    for tag, node in children.items():
        if isinstance(node, Branch):
            yield from _rows(plan, node.children, f"{where}{tag}/")
            continue
        path = where + tag
        field = f"{plan.kind.__name__}.{node.field}"
        if isinstance(node, Leaf):
            spelling = node.spelling
            listed = spelling.codes.list_name() if spelling.codes else None
            once = "1" if node.required or spelling.codes is CharacterCode else "0..1"  # the writer always sets it
            yield Row(path, node.element.ja, field, spelling.kind, spelling.limit, once, listed)
            continue
        shape = node.element.shape
        if shape in (Shape.WRAPPED, Shape.FLAT):
            path = f"{path}/{node.element.path.rpartition('/')[2]}"
        times = ("1..n" if node.required else "0..n") if shape else ("1" if node.required else "0..1")
        yield Row(path, node.element.ja, field, "group", None, times, None)
        yield from _rows(node.plan, node.plan.children, f"{path}/")


def _group(children: dict[str, Node]) -> dict[str, Any]:
    properties = {tag: _schema(node) for tag, node in children.items()}
    required = [tag for tag, node in children.items() if _is_required(node)]
    group: dict[str, Any] = {"type": "object", "minProperties": 1, "properties": properties}
    return group | {"required": required} if required else group


def _is_required(node: Node) -> bool:
    return any(map(_is_required, node.children.values())) if isinstance(node, Branch) else node.required


def _schema(node: Node) -> dict[str, Any]:
    if isinstance(node, Branch):
        return _group(node.children)
    if isinstance(node, Leaf):
        return _leaf(node)
    group = _group(node.plan.children)
    if node.element.shape is None:
        return group | {"title": node.element.ja}
    if node.element.shape is Shape.WRAPPED:
        item = node.element.path.rpartition("/")[2]
        group = {"type": "object", "properties": {item: group}, "required": [item]}
    return {"type": "array", "title": node.element.ja, "minItems": 1, "items": group}


def _leaf(node: Leaf) -> dict[str, Any]:
    spelling = node.spelling
    schema: dict[str, Any] = {"type": "string", "title": node.element.ja}
    if spelling.codes:
        told = ", ".join(f"{code} {code.ja}" for code in spelling.codes)
        return schema | {
            "enum": [str(code) for code in spelling.codes],
            "description": f"{spelling.codes.list_name()}: {told}",
        }
    if spelling.pattern:
        schema["pattern"] = spelling.pattern
    else:
        schema["minLength"] = 1
    if spelling.limit:
        schema["maxLength"] = spelling.limit
    return schema
