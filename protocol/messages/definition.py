"""What a message is made of: structs whose annotations say, once, where each field stands and how it is written.

A field is ``Annotated[type, Element("path/from/the/struct", "日本語")]``. The type gives the spelling on the wire
(code list, day, moment, number with rules, text), a default of None gives "may be absent". XML, JSON, schema and
documentation all come from the compiled `Plan`. Not for rules between fields: those are the register's.
"""

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import msgspec

from protocol import eras, numbers, text
from protocol.codes import CharacterCode, Code
from protocol.errors import OnshiError, input_

ROOT = "XmlMsg"


class Shape(Enum):
    """How repeated elements stand in XML and in JSON."""

    REPEATED = "repeated"
    """XML: the element itself again and again. JSON: an array under its name."""
    WRAPPED = "wrapped"
    """XML: in a list element. JSON: the list's array of objects, each with the element's name as its one key."""
    FLAT = "flat"
    """XML: in a list element. JSON: the list's array of the bare objects."""


@dataclass(frozen=True, slots=True)
class Element:
    """Where a field stands (``/`` between nested elements, the last one its own), and its Japanese name.

    ``limit`` is the longest text in characters; ``verbatim`` marks what must come back exactly as it was sent.
    """

    path: str
    ja: str
    limit: int | None = None
    shape: Shape | None = None
    verbatim: bool = False


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message or a group of one. Its ``repr`` names the fields that are set and shows no value (logs)."""

    def __repr__(self) -> str:
        told = (name for name in self.__struct_fields__ if getattr(self, name) not in (None, ()))
        return f"{type(self).__name__}({', '.join(told)})"


M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a type is written: both directions, and what the documentation says of it."""

    parse: Callable[[str], Any]
    write: Callable[[Any], str]
    kind: str
    limit: int | None = None
    pattern: str | None = None
    codes: type[Code] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that is one element with text."""

    field: str
    element: Element
    required: bool
    spelling: Spelling


@dataclass(frozen=True, slots=True)
class Sub:
    """A field that is a group of its own."""

    field: str
    element: Element
    required: bool
    plan: "Plan"


@dataclass(frozen=True, slots=True)
class Many:
    """A field that is any number of groups; ``item`` is the tag of one of them."""

    field: str
    element: Element
    required: bool
    plan: "Plan"
    item: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Branch:
    """An element that only holds others; their fields belong to the struct that it stands in."""

    children: dict[str, "Node"] = field(default_factory=dict)


Node = Leaf | Sub | Many | Branch


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled struct."""

    kind: type[Message]
    children: dict[str, Node]
    required: tuple[tuple[str, str], ...]
    """Field and path of what must be there."""
    character_code: str | None
    """The field that tells the encoding; the writer sets it."""


@cache
def plan_of(kind: type[Message]) -> Plan:
    """The plan of a message or group type."""
    hints = typing.get_type_hints(kind, include_extras=True)
    children: dict[str, Node] = {}
    required = []
    character_code = None
    for info in msgspec.structs.fields(kind):
        annotation = hints[info.name]
        element = next(mark for mark in annotation.__metadata__ if isinstance(mark, Element))
        bare = _without_none(annotation.__origin__)
        if info.required:
            required.append((info.name, element.path))
        if bare is CharacterCode:
            character_code = info.name
        _place(children, element, _node(info.name, element, bare, info.required))
    return Plan(kind, children, tuple(required), character_code)


def _node(name: str, element: Element, bare: Any, required: bool) -> Node:
    if typing.get_origin(bare) is tuple:
        if element.shape is None:
            raise TypeError(f"{name}: a repeated element needs a shape")
        item = typing.get_args(bare)[0]
        return Many(name, element, required, plan_of(item), element.path.rpartition("/")[2], element.shape)
    if isinstance(bare, type) and issubclass(bare, Message):
        return Sub(name, element, required, plan_of(bare))
    return Leaf(name, element, required, _spelling(bare, element.limit))


def _place(children: dict[str, Node], element: Element, node: Node) -> None:
    *branches, last = element.path.split("/")
    if isinstance(node, Many) and node.shape is not Shape.REPEATED:
        last = branches.pop()
    for tag in branches:
        branch = children.setdefault(tag, Branch())
        if not isinstance(branch, Branch):
            raise TypeError(f"{element.path} runs through a field")
        children = branch.children
    if last in children:
        raise TypeError(f"{element.path} is there twice")
    children[last] = node


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation


def _spelling(bare: Any, limit: int | None) -> Spelling:
    if isinstance(bare, type) and issubclass(bare, Code):
        return Spelling(bare.of, str, "code", max(len(code) for code in bare), codes=bare)
    if bare is datetime:
        return Spelling(eras.moment, eras.moment_text, "moment", 14, _MOMENT)
    if bare is date:
        return Spelling(eras.day, eras.day_text, "day", 8, _DAY)
    if bare is int:
        return Spelling(_count, str, "count", 9, "^[0-9]{1,9}$")
    if bare is str:
        check = _text(limit)
        return Spelling(check, check, "text", limit)
    if bare is numbers.YearMonth:
        return Spelling(bare, str, "month", 6, "^[0-9]{4}(0[1-9]|1[0-2])$")
    return Spelling(bare, str, "number", *_NUMBERS[bare])


_DAY = "^[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$"
_MOMENT = "^[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]$"
_SHORT = "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,20}$"
_NUMBERS: dict[Any, tuple[int, str]] = {
    numbers.InsurerNumber: (8, "^ *[0-9]{5,8} *$"),
    numbers.FacilityCode: (10, "^[0-9]{2}[0-9A-Z][0-9]{7}$"),
    numbers.Symbol: (20, _SHORT),
    numbers.InsuredNumber: (20, _SHORT),
    numbers.Branch: (2, "^[0-9]{2}$"),
    numbers.BirthDate: (8, _DAY),
    numbers.BurdenRatio: (3, "^(0[1-9]0|100)$"),
    numbers.Yen: (8, "^[0-9]{1,8}$"),
}


def _count(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= 9):
        raise OnshiError(input_.AMOUNT, length=len(written))
    return int(written)


def _text(limit: int | None) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not text.is_plain(value) or (limit is not None and len(value) > limit):
            raise OnshiError(input_.TEXT, length=len(value))
        return value

    return check
