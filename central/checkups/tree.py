"""From the bytes of one XML file to elements with namespaces, attributes and lines.

Refused: DTDs, entities, other encodings than UTF-8, too many bytes or elements, too deep. `protocol.messages` has
a tree of its own: messages know neither attributes nor namespaces. Facts: reference data-formats 3.1, 6.1.
"""

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from protocol.errors import OnshiError, checkups
from protocol.text import is_plain

MAX_DEPTH = 40
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 12
MAX_VALUE = 1_000
"""Characters of one attribute or of the text directly in one element."""
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"""<\?xml\b[^<>]{0,200}?\sencoding\s*=\s*["']([^"']{0,40})["']""")


class Element:
    """An element. ``attributes`` without namespace; ``type`` is xsi:type without its prefix."""

    __slots__ = ("attributes", "children", "line", "name", "namespace", "text", "type")

    def __init__(self, name: str, namespace: str, attributes: dict[str, str], type_: str, line: int) -> None:
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.type = type_
        self.line = line
        self.text = ""
        self.children: list[Element] = []

    def every(self, name: str) -> list["Element"]:
        """The children of this name, in the parent's namespace."""
        return [one for one in self.children if one.name == name and one.namespace == self.namespace]

    def descend(self, name: str) -> Iterator["Element"]:
        """All elements of this name below, in document order."""
        for one in self.children:
            if one.name == name and one.namespace == self.namespace:
                yield one
            yield from one.descend(name)


def parse(data: bytes) -> Element:
    """The root element; raises `OnshiError` (CHECKUP-010 to CHECKUP-013, ``line`` in the details) and nothing else."""
    body = data.removeprefix(_BOM)
    declared = _DECLARED.match(body)
    if declared is not None and declared[1].lower() not in {b"utf-8", b"utf8"}:
        raise OnshiError(checkups.XML_ENCODING, line=1)
    try:
        document = body.decode("utf-8")
    except UnicodeDecodeError as refused:
        raise OnshiError(checkups.XML_ENCODING, line=body.count(b"\n", 0, refused.start) + 1) from None
    tree = _Tree()
    parser = DefusedXMLParser(target=tree, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    tree.position = lambda: int(parser.parser.CurrentLineNumber)
    try:
        parser.feed(document)
        parser.close()
    except DefusedXmlException:
        raise OnshiError(checkups.XML_FORBIDDEN, line=tree.position()) from None
    except ParseError as refused:
        raise OnshiError(checkups.XML_MALFORMED, line=refused.position[0]) from None
    return tree.root


class _Tree:
    """The parser's target: builds elements, counts depth and number while it does."""

    def __init__(self) -> None:
        self.position: Callable[[], int] = lambda: 1
        self.root = Element("", "", {}, "", 1)
        self._left = MAX_ELEMENTS
        self._open: list[Element] = []
        self._text: list[list[str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self.position()
        self._left -= 1
        if self._left < 0 or len(self._open) >= MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise OnshiError(checkups.XML_TOO_LARGE, line=line)
        own = {name: value for name, value in attributes.items() if not name.startswith("{")}
        for value in own.values():
            self._plain(value, line)
        namespace, _, name = tag.rpartition("}")
        type_ = attributes.get(f"{{{XSI}}}type", "").rpartition(":")[2]
        element = Element(name, namespace.removeprefix("{"), own, type_, line)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._text.append([])

    def end(self, tag: str) -> None:
        element = self._open.pop()
        element.text = "".join(self._text.pop()).strip()
        self._plain(element.text, element.line)

    def data(self, data: str) -> None:
        self._text[-1].append(data)

    def _plain(self, text: str, line: int) -> None:
        if len(text) > MAX_VALUE:
            raise OnshiError(checkups.XML_TOO_LARGE, line=line)
        if not is_plain(text):
            raise OnshiError(checkups.XML_MALFORMED, line=line)
