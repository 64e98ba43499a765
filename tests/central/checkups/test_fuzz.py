"""Whatever bytes come: faults or a refusal with its reason, never a traceback."""

import io
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.checkups.check import checkups_of, read_submission
from central.checkups.checkup import trend
from central.checkups.explain import explain
from central.checkups.items import items
from central.checkups.measured import measure
from central.checkups.synthesis import claim, pack, result, submission
from protocol.errors import CATALOGUE
from tests.central.checkups.files import C1, FOLDER, H1, IX, PEOPLE, SU, good, packed, unpacked

GOOD = good()
FILES = unpacked(GOOD)
NAMES = st.sampled_from([IX, SU, H1, C1])
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCRAPS = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"<", b">", b"&amp;", b"&x;", b"&#0;", b"</section>", b'"', b"\x00", "架空".encode(), b"]]>", b"<!--"]
    ),
)


def everything(data: bytes) -> list[str]:
    """Checks, explains and takes out whatever there is; every fault is in the catalogue."""
    files = list(read_submission(io.BytesIO(data), "x.zip"))
    found = [fault.code for one in files for fault in one.faults]
    assert set(found) <= CATALOGUE.keys()
    said = list(explain(files))
    assert msgspec.json.encode(said)
    assert sum(len(one.faults) for one in said) == len(found)
    checkups = list(checkups_of(files))
    trend(checkups)
    for one in checkups:
        assert all(item.number is not None for item in one.items if item.unit and item.known)
    return found


def test_a_zip_cut_anywhere_is_refused() -> None:
    for cut in range(0, len(GOOD), 97):
        assert everything(GOOD[:cut])


@FEW
@given(
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=6)
)
def test_bytes_of_the_zip_changed_anywhere(edits: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(GOOD)
    for place, length, new in edits:
        at = place % len(data)
        data[at : at + length] = new
    everything(bytes(data))


@FEW
@given(back=st.integers(1, 900), byte=st.integers(0, 255))
def test_bytes_of_the_directory_changed(back: int, byte: int) -> None:
    data = bytearray(GOOD)
    data[-back] = byte
    everything(bytes(data))


@FEW
@given(name=NAMES, cut=st.integers(0, 10**5))
def test_documents_cut_anywhere(name: str, cut: int) -> None:
    assert everything(packed({**FILES, name: FILES[name][: cut % (len(FILES[name].rstrip()) - 1)]}))


@FEW
@given(name=NAMES, edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 12), SCRAPS), min_size=1, max_size=6))
def test_bytes_of_documents_changed_anywhere(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(FILES[name])
    for place, length, new in edits:
        at = place % len(data)
        data[at : at + length] = new
    everything(packed({**FILES, name: bytes(data)}))


ATTRIBUTES = [part for name in (IX, SU, H1, C1) for part in FILES[name].decode().split('"')[1::2]]


@FEW
@given(name=NAMES, place=st.integers(0, 400), value=st.one_of(st.text(max_size=30), st.sampled_from(ATTRIBUTES)))
def test_attributes_of_any_content(name: str, place: int, value: str) -> None:
    parts = FILES[name].decode().split('"')
    at = (place * 2 + 1) % (len(parts) - 1)
    parts[at if at % 2 else at - 1] = value.replace('"', "").replace("<", "").replace("&", "")
    everything(packed({**FILES, name: '"'.join(parts).encode("utf-8", "surrogatepass")}))


@FEW
@given(order=st.randoms(use_true_random=False))
def test_lines_of_a_result_in_any_order(order: object) -> None:
    lines = FILES[H1].splitlines(keepends=True)
    rest = lines[2:-1]
    order.shuffle(rest)  # type: ignore[attr-defined]
    everything(packed({**FILES, H1: b"".join([*lines[:2], *rest, lines[-1]])}))


STRANGE_NAMES = st.text(st.sampled_from("DATACLMS/hc.x0"), min_size=1, max_size=14)


@FEW
@given(names=st.lists(st.sampled_from(sorted(FILES)), unique=True), more=st.lists(STRANGE_NAMES, max_size=3))
def test_any_files_of_a_submission(names: list[str], more: list[str]) -> None:
    everything(packed({**{name: FILES[name] for name in names}, **dict.fromkeys(more, b"<x/>")}))


@pytest.mark.parametrize("encoding", ["cp932", "utf-16", "utf-16-be", "euc_jp", "iso2022_jp", "utf-7"])
@pytest.mark.parametrize("name", [H1, C1])
def test_foreign_encodings_are_faults(name: str, encoding: str) -> None:
    text = FILES[name].decode()
    assert everything(packed({**FILES, name: text.encode(encoding)}))
    assert everything(packed({**FILES, name: text.replace("UTF-8", encoding).encode(encoding)}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"<a>" * 100_000,
        lambda: b"<a " + b" ".join(b'x%d="1"' % number for number in range(50_000)) + b"/>",
        lambda: b"<a>" + b"<b/>" * 200_000 + b"</a>",
        lambda: b"<a>" + b"x" * 1_000_000 + b"</a>",
        lambda: b"<a b='" + b"x" * 1_000_000 + b"'/>",
        lambda: (
            b"<!DOCTYPE a ["
            + b"".join(b"<!ENTITY e%d '&e%d;&e%d;'>" % (n, n - 1, n - 1) for n in range(1, 40))
            + b"]><a/>"
        ),
        lambda: b"<?xml version='1.0'?><?xml-stylesheet href='http://x'?><a/>",
        lambda: b"<a xmlns:x='" + b"y" * 100_000 + b"'/>",
    ],
    ids=["deep", "attributes", "wide", "text", "attribute", "laughs", "instruction", "namespace"],
)
def test_documents_made_to_hurt_are_faults(make: Callable[[], bytes]) -> None:
    assert everything(packed({**FILES, H1: make()}))


@FEW
@given(data=st.binary(max_size=2000), head=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
def test_arbitrary_bytes(head: bytes, data: bytes) -> None:
    everything(head + data)
    everything(data + b"PK\x05\x06" + bytes(18))


@FEW
@given(seed=st.integers(0, 2**40), claims=st.booleans(), some=st.integers(0, 3))
def test_whatever_is_generated_has_no_fault(seed: int, claims: bool, some: int) -> None:
    if some:
        assert everything(submission(FOLDER, PEOPLE[:some], seed=seed, claims=claims)) == []


@FEW
@given(code=st.sampled_from(sorted(items())), value=st.text(max_size=20), seed=st.integers(0, 99))
def test_any_value_of_any_item(code: str, value: str, seed: int) -> None:
    one = PEOPLE[0]
    found = [item if item.code != code else msgspec.structs.replace(item, value=value)
             for item in measure(one.person, one.day, seed)]  # fmt: skip
    files = {IX: FILES[IX].decode(), SU: FILES[SU].decode(), H1: result(FOLDER, one, found), C1: claim(FOLDER, one)}
    try:
        data = pack(FOLDER, files)
    except UnicodeEncodeError:
        return
    everything(data)
