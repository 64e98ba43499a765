"""From a tree to a message: one walk along the plan, whatever the tree is made of (XML elements, JSON values).

Unknown elements are ignored, order does not matter, an empty element is an absent one, a single one may stand
once only. Facts: reference clinic-interface 3, 8.
"""

from collections.abc import Iterable
from typing import Any, Protocol, cast

from protocol.errors import OnshiError, input_
from protocol.messages.definition import Branch, Leaf, M, Many, Node, Plan, Shape, Sub, plan_of


class Form(Protocol):
    """What the walk needs to know of a kind of tree. Each raises `OnshiError` where a value has the wrong shape."""

    def members(self, group: Any, where: str) -> Iterable[tuple[str, Any]]:
        """Tag and value of everything in a group."""

    def leaf(self, value: Any, where: str) -> str | None:
        """The text of a value; None when it is empty."""

    def items(self, value: Any, many: Many, where: str) -> Iterable[Any]:
        """The groups that a value of repeated elements stands for."""


def read(form: Form, kind: type[M], group: Any) -> M:
    """The message; raises `OnshiError` (INPUT-…), with the place in the details."""
    plan = plan_of(kind)
    message = _struct(form, plan, group, "")
    if message is None:
        raise OnshiError(input_.MESSAGE_MISSING, at=plan.required[0][1])
    return cast(M, message)  # the plan is the type's own


def _struct(form: Form, plan: Plan, group: Any, where: str) -> Any:
    """The struct, or None when nothing known is in the group."""
    fields: dict[str, Any] = {}
    _fill(form, plan.children, group, where, fields)
    if not fields:
        return None
    for name, path in plan.required:
        if name not in fields:
            raise OnshiError(input_.MESSAGE_MISSING, at=where + path)
    return plan.kind(**fields)


def _fill(form: Form, children: dict[str, Node], group: Any, where: str, fields: dict[str, Any]) -> None:
    met = set()
    repeated: dict[str, list[Any]] = {}
    for tag, value in form.members(group, where):
        node = children.get(tag)
        if node is None:
            continue
        place = f"{where}{tag}"
        if tag in met:
            raise OnshiError(input_.MESSAGE_TWICE, at=place)
        if isinstance(node, Leaf):
            met.add(tag)
            written = form.leaf(value, place)
            if written is not None:
                fields[node.field] = _parsed(node, written, place)
        elif isinstance(node, Branch):
            met.add(tag)
            _fill(form, node.children, value, f"{place}/", fields)
        elif isinstance(node, Sub):
            met.add(tag)
            struct = _struct(form, node.plan, value, f"{place}/")
            if struct is not None:
                fields[node.field] = struct
        else:
            if node.shape is not Shape.REPEATED:
                met.add(tag)
            found = repeated.setdefault(node.field, [])
            for item in form.items(value, node, place):
                struct = _struct(form, node.plan, item, f"{place}/")
                if struct is not None:
                    found.append(struct)
    fields.update((name, tuple(found)) for name, found in repeated.items() if found)


def _parsed(node: Leaf, written: str, place: str) -> Any:
    try:
        return node.spelling.parse(written)
    except OnshiError as refused:
        raise OnshiError(refused.fault, **refused.details, at=place) from None
