"""Whatever bytes come: faults or a refusal with its reason, never a traceback; and every byte comes back."""

import io
from collections.abc import Callable
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.receipts.check import Checker, check, faults_of
from central.receipts.costs import monthly_cost
from central.receipts.explain import explain
from central.receipts.extract import drug_lines, treatment_lines
from central.receipts.kinds import Kind
from central.receipts.layout import Field, Mode, Rule
from central.receipts.master import DrugMaster, read_rows, synthetic
from central.receipts.reader import read
from central.receipts.record import Receipt, Record
from central.receipts.writer import CRLF, write
from protocol.errors import CATALOGUE, OnshiError
from protocol.numbers import with_check_digit
from tests.central.receipts.files import GOOD, encode, header, judged

FILES = {name: make() for name, make in GOOD.items()}
MASTER = synthetic()
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KANJI = "架空合成模擬見本髙﨑①Ⅰ㈱～－　ァヴー"
HALF = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in '",')


def value(field: Field, dice: Random) -> bytes:
    """Bytes that the definition of a field allows, whatever they mean."""
    if not field.required and dice.random() < 0.6:
        return b""
    most = field.width or 12
    size = most if field.fixed else dice.randint(1, min(most, 12))
    if field.rule is Rule.DATE:
        text = dice.choice(["20260507", "5080507", "19800402", "3640107"])
    elif field.rule is Rule.MONTH:
        text = dice.choice(["202605", "50805"])
    elif field.rule is not Rule.NONE:
        text = with_check_digit("".join(dice.choices("123456789", k=most - 1)))
    elif field.codes is not None and field.codes.closed:
        text = dice.choice(sorted(field.codes.labels))
    elif field.starts:
        text = field.starts + "".join(dice.choices("0123456789", k=most - len(field.starts)))
    else:
        text = {
            Mode.NUMBER: lambda: "".join(dice.choices("0123456789", k=size)),
            Mode.DECIMAL: lambda: dice.choice(["0", "12", "0.5", "-3", "123.45"]),
            Mode.KANJI: lambda: "".join(dice.choices(KANJI, k=max(1, size // 2))),
            Mode.EITHER: lambda: "".join(dice.choices(dice.choice([KANJI, HALF]), k=max(1, size // 2))),
        }.get(field.mode, lambda: "".join(dice.choices(HALF, k=size)))()
    return text.encode("cp932")


def valid_file(kind: Kind, dice: Random) -> bytes:
    """A file of a kind with any of its records, each as its definition allows."""

    def record(id_: str) -> bytes:
        type_ = kind.records[id_]
        raw = tuple(value(field, dice) for field in type_.fields)
        return Record(0, id_, type_, raw, CRLF).line_bytes()

    bodies = [id_ for id_ in kind.records if id_ not in {"UK", "IR", "YK", "GO", "RE"}]
    receipts = [[record("RE"), *(record(dice.choice(bodies)) for _ in range(dice.randint(0, 30)))] for _ in range(5)]
    lines = [line for receipt in receipts[: dice.randint(0, 5)] for line in receipt]
    return b"".join([encode(kind, [header(kind)]), *lines, record("GO"), dice.choice([b"", b"\x1a"])])


def everything(data: bytes) -> None:
    """Reads, judges, explains and takes out whatever there is; gives the bytes back."""
    codes = {fault.code for fault in faults_of(read(io.BytesIO(data)), Checker())}
    assert codes <= CATALOGUE.keys()
    said = list(explain(read(io.BytesIO(data)), master=MASTER))
    assert msgspec.json.encode(said)
    assert sum(len(line.faults) for line in said) == len(check(read(io.BytesIO(data)), keep=10**6).faults)
    try:
        items = list(read(io.BytesIO(data)))
    except OnshiError as refused:
        assert refused.fault.code in CATALOGUE  # noqa: PT017 - a refusal is one of two right outcomes
        return
    assert b"".join(write(items)) == data
    for item in items:
        if isinstance(item, Receipt):
            monthly_cost(item)
            list(drug_lines(item, MASTER))
            list(treatment_lines(item))


@pytest.mark.parametrize("kind", Kind, ids=lambda one: one.label)
@FEW
@given(seed=st.integers(0, 2**32))
def test_valid_files_of_every_kind_come_back_byte_for_byte(kind: Kind, seed: int) -> None:
    file = valid_file(kind, Random(seed))  # noqa: S311 - data of a test
    everything(file)
    wrong = {fault.code for fault in judged(file).faults}
    shape = {f"RECEIPT-{number:03d}" for number in (10, 11, 16, 20, 21, 22, 24, 25, 27)}
    assert not wrong & shape


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_files_cut_anywhere(make: Callable[[], bytes]) -> None:
    data = make()
    for cut in range(0, len(data), 61):
        everything(data[:cut])


@FEW
@given(name=st.sampled_from(sorted(FILES)), order=st.randoms(use_true_random=False))
def test_lines_in_any_order(name: str, order: Random) -> None:
    lines = FILES[name].splitlines(keepends=True)
    rest = lines[1:]
    order.shuffle(rest)
    everything(b"".join([lines[0], *rest]))


@FEW
@given(
    name=st.sampled_from(sorted(FILES)),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3), st.binary(max_size=6)), min_size=1, max_size=8),
)
def test_bytes_changed_anywhere(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(FILES[name])
    for place, length, new in edits:
        at = place % len(data)
        data[at : at + length] = new
    everything(bytes(data))


@FEW
@given(
    name=st.sampled_from(sorted(FILES)),
    line=st.integers(1, 40),
    place=st.integers(0, 60),
    value=st.one_of(st.binary(max_size=300), st.text(max_size=40).map(lambda text: text.encode("utf-8"))),
)
def test_fields_of_any_width_and_content(name: str, line: int, place: int, value: bytes) -> None:
    lines = FILES[name].split(b"\n")
    number = line % len(lines)
    fields = lines[number].split(b",")
    fields[place % len(fields)] = value
    everything(b"\n".join([*lines[:number], b",".join(fields), *lines[number + 1 :]]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize("name", sorted(FILES))
def test_foreign_encodings_are_refused_or_faulty(name: str, encoding: str) -> None:
    data = FILES[name].decode("cp932").encode(encoding)
    everything(data)
    assert judged(data).faults


@FEW
@given(data=st.binary(max_size=2000), head=st.sampled_from([b"", b"YK,1,13,4,1\r\n", b"IR,1,13,1,1\r\nRE,1\r\n"]))
def test_arbitrary_bytes(head: bytes, data: bytes) -> None:
    everything(head + data)


@FEW
@given(data=st.binary(max_size=400), kept=st.integers(0, 3000))
def test_arbitrary_masters(data: bytes, kept: int) -> None:
    whole = b'"3","Y","699900101"' + b',"1"' * 39 + b"\r\n"
    try:
        DrugMaster().apply(read_rows(io.BytesIO((whole * 3)[:kept] + data)))
    except OnshiError as refused:
        assert refused.fault.code.startswith("RECEIPT-08")  # noqa: PT017 - the other right outcome
