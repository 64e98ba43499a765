"""The ministry's XML schemas, where the operator supplies them: a document is held to its schema after our own rules.

The schemas are not ours to ship. libxml2 sees only bytes that `tree` has accepted: UTF-8, no DTD, no entity, small.
Its words are never told, since they quote values. Two files called ``ix08_V08.xsd`` circulate: the one of another
namespace is refused. Facts: reference data-formats 3.1, 8 (trap 18).
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from central.checkups.finding import SubmissionFault, finding
from central.checkups.layout import CLAIM, INDEX, LAYOUTS, RESULT, SUMMARY, Layout
from protocol.errors import OnshiError, checkups

FILES = {
    INDEX.root: "ix08_V08.xsd",
    SUMMARY.root: "su08_V08.xsd",
    RESULT.root: "hc08_V08.xsd",
    CLAIM.root: "cc08_V08.xsd",
}
MAX_SCHEMA = 4 * 1024 * 1024
"""Bytes of one schema file."""
_PLACES = (".", "XSD")


class Schemas:
    """The four schemas of a submission, made once and used for any number of documents."""

    def __init__(self, by_root: dict[str, Any], etree: Any) -> None:
        self._by_root = by_root
        self._etree = etree

    @classmethod
    def in_folder(cls, folder: Path) -> "Schemas":
        """Reads ``folder`` or its ``XSD``; raises `OnshiError` (CHECKUP-081, CHECKUP-082) where they cannot be used.

        Includes are followed inside the folder only, never over the network.
        """
        try:
            from lxml import etree
        except ImportError:
            raise OnshiError(checkups.SCHEMAS_NEED_LXML) from None
        place = next((found for one in _PLACES if (found := folder / one / FILES[INDEX.root]).is_file()), None)
        if place is None:
            raise OnshiError(checkups.SCHEMAS_WRONG, file=FILES[INDEX.root], reason="missing")
        home = place.parent.resolve()
        return cls({layout.root: _schema(etree, home, layout) for layout in LAYOUTS}, etree)

    def fault(self, layout: Layout, data: bytes, file: str) -> SubmissionFault | None:
        """The first place where a document that `tree` accepted is not what its schema says."""
        schema = self._by_root[layout.root]
        parser = self._etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
        try:
            valid = schema.validate(self._etree.fromstring(data, parser))
        except self._etree.XMLSyntaxError as refused:  # libxml2 has limits of its own
            return finding(checkups.SCHEMA, file, line=int(refused.lineno or 0), path="/", expected="XMLSyntaxError")
        if valid:
            return None
        first = min(schema.error_log, key=lambda one: one.line)
        return finding(checkups.SCHEMA, file, line=first.line, path="/", expected=first.type_name)


def _schema(etree: Any, home: Path, layout: Layout) -> Any:
    name = FILES[layout.root]
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    parser.resolvers.add(_resolver(etree, home))
    try:
        tree = etree.fromstring(_read(home, home / name), parser, base_url=(home / name).as_uri())
        if tree.get("targetNamespace") != layout.namespace:
            raise OnshiError(checkups.SCHEMAS_WRONG, file=name, reason="namespace")
        return etree.XMLSchema(tree)
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as refused:
        raise OnshiError(checkups.SCHEMAS_WRONG, file=name, reason=type(refused).__name__) from None


def _resolver(etree: Any, home: Path) -> Any:
    class Inside(etree.Resolver):  # type: ignore[misc]
        """Whatever a schema asks for is a file of the folder, or there is none."""

        def resolve(self, url: str, public: object, context: object) -> Any:
            parts = urlsplit(url)
            path = Path(unquote(parts.path))
            if parts.scheme not in {"", "file"} or parts.netloc:
                return self.resolve_string("<refused/>", context)
            return self.resolve_string(_read(home, path), context, base_url=path.as_uri())

    return Inside()


def _read(home: Path, path: Path) -> bytes:
    try:
        inside = (home / path).resolve()
        if inside.is_relative_to(home) and inside.stat().st_size <= MAX_SCHEMA:
            return inside.read_bytes()
    except OSError as refused:
        raise OnshiError(checkups.SCHEMAS_WRONG, file=path.name, reason=type(refused).__name__) from None
    raise OnshiError(checkups.SCHEMAS_WRONG, file=path.name, reason="outside the folder or too large")
