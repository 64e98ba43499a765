"""Trees to compare documents by: order of elements and white space between them do not count."""

from pathlib import Path
from xml.etree import ElementTree

FIXTURES = Path(__file__).parent / "fixtures" / "oqs"

Tree = tuple[str, str, tuple["Tree", ...]]


def fixture(name: str) -> bytes:
    """The bytes of a fixture file."""
    return (FIXTURES / name).read_bytes()


def xml_tree(document: bytes) -> Tree:
    """The tree of a UTF-8 document, siblings sorted, texts of leaves exactly."""
    return _tree(ElementTree.fromstring(document))  # noqa: S314 - our own output and fixtures


def _tree(element: ElementTree.Element) -> Tree:
    children = tuple(sorted(_tree(child) for child in element))
    return element.tag, "" if children else element.text or "", children
