"""Whatever bytes come in, the readers give a message or a catalogue error, never anything else, and soon."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol import messages
from protocol.errors import OnshiError
from protocol.messages import EligibilityAnswer, EligibilityRequest, Message
from tests.protocol.strategies import TYPES
from tests.protocol.trees import fixture

DOCUMENTS = (
    fixture("face_result.xml"),
    fixture("face_result.xml").replace(b"UTF-8", b"Shift_JIS").decode().encode("cp932"),
    fixture("sloppy_request.xml"),
)
TAGS = sorted(
    {row.path.rpartition("/")[2] for kind in TYPES for row in messages.describe(kind)}
    | {"XmlMsg", "MessageBody", "MessageHeader", "ResultList"}
)
HOSTILE = [
    b"<!DOCTYPE a>", b"<!ENTITY a 'b'>", b"&a;", b"&#0;", b"<![CDATA[", b"]]>", b"<?xml?>", b"\x00", b"\x1a",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\x81", b"<a:b>", b"</XmlMsg>",
    b"encoding='x'", b"\xed\xa0\x80", b"<MessageBody>", b" " * 50,
]  # fmt: skip
MANY = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reads_or_refuses(data: bytes, kind: type[Message]) -> None:
    """Nothing but a message or an `OnshiError`; a message that was read can be written again."""
    for read in (messages.read_xml, messages.decode_json):
        try:
            message = read(data, kind)
        except OnshiError as refused:
            assert refused.fault.code.startswith("INPUT-")  # noqa: PT017 - either outcome is right
        else:
            assert messages.read_xml(messages.write_xml(message), kind) == message


@MANY
@given(st.binary(max_size=300), st.sampled_from(TYPES))
def test_any_bytes(data: bytes, kind: type[Message]) -> None:
    reads_or_refuses(data, kind)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real document with pieces cut out, doubled, moved, or replaced by something hostile."""
    data = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        end = min(end, start + 60)
        piece = draw(st.one_of(st.binary(max_size=8), st.sampled_from(HOSTILE), st.just(data[start:end] * 2)))
        data = data[:start] + piece + data[end:]
    return data


@MANY
@given(damaged())
def test_damaged_documents(data: bytes) -> None:
    reads_or_refuses(data, EligibilityAnswer)
    reads_or_refuses(data, EligibilityRequest)


xml_pieces: st.SearchStrategy[str] = st.recursive(
    st.one_of(
        st.text(max_size=12), st.sampled_from(["1", "20261118", "  990010", "20261118093000", "<!-- x -->", "&amp;"])
    ),
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=25,
)


@MANY
@given(xml_pieces, st.sampled_from(TYPES), st.sampled_from(["utf-8", "cp932"]))
def test_trees_of_our_own_tags(piece: str, kind: type[Message], encoding: str) -> None:
    document = (
        f'<?xml version="1.0" encoding="{"UTF-8" if encoding == "utf-8" else "Shift_JIS"}"?><XmlMsg>{piece}</XmlMsg>'
    )
    reads_or_refuses(document.encode(encoding, "replace"), kind)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(["1", "20261118"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(TAGS), inner, max_size=5)),
    max_leaves=25,
)


@MANY
@given(json_values, st.sampled_from(TYPES))
def test_json_trees_of_our_own_keys(value: Any, kind: type[Message]) -> None:
    for tree in (value, {"XmlMsg": value}):
        try:
            message = messages.read_json(tree, kind)
        except OnshiError as refused:
            assert refused.fault.code.startswith("INPUT-")  # noqa: PT017 - either outcome is right
        else:
            assert messages.read_json(messages.write_json(message), kind) == message


@pytest.mark.parametrize(
    "bomb",
    [
        b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 50_000 + b'">' + b"]><XmlMsg>" + b"&a;" * 50_000 + b"</XmlMsg>",
        b"<!DOCTYPE a ["
        + b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (n + 1, n, n) for n in range(60))
        + b"]><XmlMsg>&e60;</XmlMsg>",
        b"<XmlMsg " + b" ".join(b'a%d=""' % n for n in range(90_000)) + b"/>",
        b"<XmlMsg>" + b"<a>" * 300_000,
        b"<XmlMsg>" + b"<!---->" * 140_000 + b"</XmlMsg>",
        b"<XmlMsg>" + b"&#65;" * 190_000 + b"</XmlMsg>",
        b"<XmlMsg>" + b"<x:a/>" * 160_000 + b"</XmlMsg>",
        b"<?xml " + b" " * 999_000,
        b"<?xml version='1.0' encoding='" + b"a" * 900_000 + b"'?><XmlMsg/>",
        b" " * 999_999,
        b"{" * 999_999,
        b'{"a":' * 190_000,
    ],
    ids=range(12),
)
def test_bombs_go_off_quickly_and_small(bomb: bytes) -> None:
    began = time.process_time()
    reads_or_refuses(bomb, EligibilityRequest)
    assert time.process_time() - began < 5
