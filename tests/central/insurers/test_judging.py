"""Large uploads are judged in a process beside: the same end as without it, and its loss is no loss of the upload."""

import io
import struct

import msgspec
import pytest

from central.insurers import judging, reading
from central.insurers.comparisons import Comparisons
from central.insurers.individual import NumberHasher, NumberKey
from central.insurers.parts import State
from central.insurers.staging import Rows
from protocol.errors import OnshiError
from protocol.errors.insurers import HELPER_LOST
from tests.central.insurers.bureau import Bureau, csv_file


def _lines(bureau: Bureau) -> list[dict[str, str]]:
    bureau.town.settle(3, name="見本　別人", kana="ミホン　ベツジン")
    other = bureau.line(3, name="見本　他人", kana="ミホン　タニン")
    return [bureau.line(1), bureau.line(2, name='見本, "二郎"'.replace('"', "”")), other, bureau.line(4, name="●　●")]


async def test_beside_and_here_end_the_same(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await bureau.send(*_lines(bureau), skip_faulty=True)
    monkeypatch.setattr(reading, "LARGE", 1)
    beside = await bureau.send(*_lines(bureau), skip_faulty=True)
    assert (here.state, beside.state) == (State.APPLIED, State.APPLIED)
    assert here.difference is not None
    assert beside.difference is not None
    assert beside.difference.verdicts == here.difference.verdicts
    assert set(beside.difference.effects) == {"same"}


async def test_a_process_that_ends_leaves_an_upload_that_goes_on(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await bureau.importer.receive([csv_file(_lines(bureau))], operator="first", skip_faulty=True)
    with monkeypatch.context() as patched:
        patched.setattr(reading, "LARGE", 1)
        patched.setattr(judging.sys, "executable", "/bin/true")
        with pytest.raises(OnshiError) as lost:
            await bureau.importer.run(upload)
    assert lost.value.fault is HELPER_LOST
    assert (await bureau.importer.run(upload)).state is State.APPLIED


def test_what_is_served_is_what_is_judged_here_and_the_end_of_the_pipe_is_the_end() -> None:
    def framed(*parts: object) -> bytes:
        bodies = [msgspec.msgpack.encode(part) for part in parts]
        return b"".join(struct.pack(">I", len(body)) + body for body in bodies)

    setup = ["abcdef0123", b"s" * 32, [["k", b"k" * 32]], b"c" * 32]
    maker = Rows("abcdef0123", b"s" * 32, NumberHasher([NumberKey("k", b"k" * 32)]), Comparisons(b"c" * 32))
    lines = [(2, ["3", "1", "06990014", "12", "34", "00", *[""] * 10, "20200401", *[""] * 33])]
    sink = io.BytesIO()
    joined = [(number, "\x1f".join(fields)) for number, fields in lines]
    judging.serve(io.BytesIO(framed(setup, [joined, []]) + b"\x00\x00"), sink)
    answer = msgspec.msgpack.decode(sink.getvalue()[4:], type=judging.Judged)
    assert answer == judging.judged(maker, lines, [])
    assert answer.count == 1
