"""Bodies whose Content-Length counts characters: read to their last bracket, whatever the pieces they come in."""

import itertools
import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from central.clinics.connection import Mender, json_end

SYMBOL = {"XmlMsg": {"MessageBody": {"InsuredCardSymbol": '公立"\\}学校', "n": ["あ", {}]}}}


class Timer:
    def cancel(self) -> None:
        pass


class Wire:
    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.waiting: Callable[[], None] | None = None
        self.mender = Mender(self.given.append, self._later)

    def _later(self, work: Callable[[], None]) -> Timer:
        self.waiting = work
        return Timer()

    @property
    def passed(self) -> bytes:
        return b"".join(self.given)


def message(body: bytes, length: int, kind: str = "application/json;charset=UTF-8", more: str = "") -> bytes:
    return (
        f"POST /x HTTP/1.1\r\nHost: a\r\ncontent-length: {length}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body
    )


def test_where_json_ends() -> None:
    body = json.dumps(SYMBOL, ensure_ascii=False).encode()
    assert json_end(body + b"POST") == len(body)
    assert json_end(body[:-1]) is None
    assert json_end(b'{"a":"}') is None
    assert json_end(b"x") is None


@given(cuts=st.lists(st.integers(1, 400), max_size=6))
@settings(max_examples=80, deadline=None)
def test_a_length_in_characters_is_mended_in_any_pieces(cuts: list[int]) -> None:
    text = json.dumps(SYMBOL, ensure_ascii=False)
    body = text.encode()
    assert len(text) < len(body)
    whole = message(body, len(text)) * 2
    wire, places = Wire(), sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    for begin, end in itertools.pairwise(places):
        wire.mender.take(whole[begin:end])
    assert wire.passed == message(body, len(body)) * 2


def test_an_honest_length_and_what_is_no_json_go_through_as_they_are() -> None:
    body = json.dumps(SYMBOL, ensure_ascii=False).encode()
    for whole in (
        message(body, len(body)) + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        message(body + b" \n", len(body) + 2),
        message(b"a=1", 3, "text/plain") + message(body, len(body)),
        message(body, len(body), more="Expect: 100-continue\r\n"),
        b"GET / HTTP/1.1\r\n\r\n",
        message(b"x" * 200_000, 200_000),
    ):
        wire = Wire()
        for place in range(0, len(whole), 70):
            wire.mender.take(whole[place : place + 70])
        assert wire.passed == whole


def test_a_body_that_never_closes_is_passed_on_after_a_while() -> None:
    wire = Wire()
    whole = message(b'{"a":', 5)
    wire.mender.take(whole)
    assert wire.passed == b""
    assert wire.waiting
    wire.waiting()
    assert wire.passed == whole


def test_heads_without_an_end_are_not_kept_for_ever() -> None:
    wire = Wire()
    wire.mender.take(b"x" * 40_000)
    assert len(wire.passed) == 40_000


@given(data=st.lists(st.binary(max_size=60), max_size=8))
@settings(max_examples=100, deadline=None)
def test_no_bytes_are_lost_or_made_up(data: list[bytes]) -> None:
    wire = Wire()
    for piece in data:
        wire.mender.take(piece)
    if wire.waiting and wire.mender._held:
        wire.waiting()
    assert wire.passed == b"".join(data)
