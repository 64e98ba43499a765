"""From bytes to a tree of elements, refusing what could hurt: DTDs, entities, size, depth, wrong encodings.

The bytes are decoded here and not by expat, which knows no Shift_JIS and would believe any declaration.
Facts: reference clinic-interface 2.1 "Encoding", 8.
"""

import re
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import errors as expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from protocol import text
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, input_

_DECLARATION = re.compile(rb"<\?xml\b([^<>]{0,200})\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*(["'])([A-Za-z][A-Za-z0-9._-]*)\1""")
_BOM = b"\xef\xbb\xbf"
_NAMES = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), CharacterCode.UTF_8),
    **dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "cp932", "ms932", "csshiftjis"),
        CharacterCode.SHIFT_JIS,
    ),
}
_VISIBLE = re.compile(rb"[^\r\n]")
_ENDS_EARLY = {
    expat.codes[told]
    for told in (
        expat.XML_ERROR_NO_ELEMENTS,
        expat.XML_ERROR_UNCLOSED_TOKEN,
        expat.XML_ERROR_PARTIAL_CHAR,
        expat.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
_JAPANESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
_BYTES_PER_ELEMENT = 16
"""No message of ours has shorter elements on average: bounds the tree that a given size can grow."""


class XmlElement:
    """An element: local name, text directly in it, children in order. Attributes mean nothing here."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.children: list[XmlElement] = []


def declared_encoding(data: bytes) -> CharacterCode:
    """The encoding that a document declares, UTF-8 where it declares none; answers go back in the same.

    Raises `OnshiError` (INPUT-014) for any other encoding, or a mark of UTF-8 before another declaration.
    """
    marked = data.startswith(_BOM)
    declaration = _DECLARATION.match(data.removeprefix(_BOM).lstrip(b" \t\r\n"))
    named = _ENCODING.search(declaration[1]) if declaration else None
    if named is None:
        return CharacterCode.UTF_8
    encoding = _NAMES.get(named[2].decode("ascii").lower())
    if encoding is None or (marked and encoding is not CharacterCode.UTF_8):
        raise OnshiError(input_.TEXT_ENCODING)
    return encoding


def parse(data: bytes, *, max_bytes: int, max_depth: int) -> XmlElement:
    """The root element; raises `OnshiError` (INPUT-014 to INPUT-017) and nothing else."""
    if len(data) > max_bytes:
        raise OnshiError(input_.MESSAGE_TOO_LARGE, bytes=len(data))
    document = _decoded(data, declared_encoding(data))
    tree = _Tree(max_bytes // _BYTES_PER_ELEMENT, max_depth)
    parser = DefusedXMLParser(target=tree, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(document)
        parser.close()
    except DefusedXmlException:
        raise OnshiError(input_.MESSAGE_FORBIDDEN) from None
    except ParseError as refused:
        line, column = refused.position
        early = {"reason": text.ENDS_EARLY} if refused.code in _ENDS_EARLY else {}
        raise OnshiError(input_.MESSAGE_MALFORMED, line=line, column=column + 1, **early) from None
    return tree.root


def _decoded(data: bytes, encoding: CharacterCode) -> str:
    body = data.removeprefix(_BOM).lstrip(b" \t\r\n")
    declaration = _DECLARATION.match(body)
    if declaration:  # blanks, so that places stay right: expat shall believe nothing
        body = body[declaration.end() :]
    body = _VISIBLE.sub(b" ", data[: len(data) - len(body)]) + body
    if encoding is CharacterCode.SHIFT_JIS:
        document = text.decode_cp932(body)
        if not body.isascii() and _is_japanese_utf_8(body):
            raise OnshiError(input_.TEXT_ENCODING, encoding="cp932")
    else:
        document = text.decode_utf_8(body)
    return document


def _is_japanese_utf_8(body: bytes) -> bool:
    """UTF-8 under a declaration of Shift_JIS often decodes, to rubbish that then matches nobody.

    Shift_JIS whose bytes are all valid UTF-8 as well, and Japanese in it, would have to be rare kanji (lead bytes
    E3 to E9) before half-width kana and nothing else: no symbol, number or name looks like that.
    """
    try:
        return _JAPANESE.search(body.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False


class _Tree:
    """The parser's target: builds elements, counts depth and number while it does."""

    def __init__(self, max_elements: int, max_depth: int) -> None:
        self._left = max_elements
        self._max_depth = max_depth
        self._open: list[XmlElement] = []
        self._text: list[list[str]] = []
        self.root = XmlElement("")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0 or len(self._open) >= self._max_depth:
            raise OnshiError(input_.MESSAGE_TOO_LARGE, depth=len(self._open))
        element = XmlElement(tag.rpartition("}")[2])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._text.append([])

    def end(self, tag: str) -> None:
        self._open.pop().text = "".join(self._text.pop())

    def data(self, data: str) -> None:
        self._text[-1].append(data)
