"""Hostile and odd XML in the request folder: a catalogue error file beside the copy, and nothing else; or an answer."""

import asyncio
import re
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.codes import SegmentOfResult
from protocol.errors import CATALOGUE, input_
from protocol.messages import EligibilityAnswer, read_xml
from tests.edge.clinic.test_folders import NAME, RESULT, Clinic, request
from tests.edge.clinic.test_kinds import DOWNLOAD, UPLOAD

KINDS = {
    "OQSsiquc01": request(),
    "OQSmuquc01": UPLOAD,
    "OQSmuquc02": DOWNLOAD,
    "OQSsiimm01": request(),
    "YZKsiquc01": request(),
    "TKKsiquc01": request(),
}
LAUGHS = b"<!DOCTYPE x [" + b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(12)
)
BOMB = LAUGHS + b"]><XmlMsg><MessageHeader>&l11;</MessageHeader></XmlMsg>"
QUADRATIC = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 40_000 + b'">]><XmlMsg>' + b"&a;" * 2_000 + b"</XmlMsg>"
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><XmlMsg>&a;</XmlMsg>'
PARAMETER = b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]><XmlMsg/>'
DTD = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><XmlMsg/>'
DEEP = b"<XmlMsg>" + b"<a>" * 8_000 + b"</a>" * 8_000 + b"</XmlMsg>"
WIDE = b"<XmlMsg>" + b"<a/>" * 10_000 + b"</XmlMsg>"
ATTRIBUTES = b"<XmlMsg " + b" ".join(b'a%d="x"' % n for n in range(4_000)) + b"/>"
INCLUDE = b'<XmlMsg xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/hostname" parse="text"/></XmlMsg>'
SHEET = b'<?xml-stylesheet href="file:///etc/passwd"?><XmlMsg/>'
WRONG_BYTES = "<?xml version='1.0' encoding='UTF-8'?><XmlMsg>診療</XmlMsg>".encode("cp932")
UTF_16 = "<?xml version='1.0' encoding='UTF-16'?><XmlMsg/>".encode("utf-16")
UTF_7 = b"<?xml version='1.0' encoding='UTF-7'?><XmlMsg>+ADw-x+AD4-</XmlMsg>"
NUL = request().replace(b"123", b"1\x003")
TWO_ROOTS = request() + request()
ATTACKS = {
    "an entity bomb": BOMB,
    "a quadratic bomb": QUADRATIC,
    "an entity from a file": OUTSIDE,
    "a parameter entity from the network": PARAMETER,
    "a document type from the network": DTD,
    "deep nesting": DEEP,
    "ten thousand elements": WIDE,
    "four thousand attributes": ATTRIBUTES,
    "an inclusion": INCLUDE,
    "a style sheet": SHEET,
    "bytes of another encoding": WRONG_BYTES,
    "UTF-16": UTF_16,
    "UTF-7": UTF_7,
    "NUL": NUL,
    "two roots": TWO_ROOTS,
    "an unknown encoding": request(encoding="EBCDIC-JP"),
    "no XML at all": b"PK\x03\x04" + bytes(range(256)),
}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Clinic]:
    made = Clinic(tmp_path)
    task = asyncio.create_task(made.folder.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await made.files.close()


async def test_every_attack_in_every_kind_of_request_is_an_error_file_beside_its_copy(running: Clinic) -> None:
    dropped = {}
    for kind in KINDS:
        for number, data in enumerate(ATTACKS.values()):
            name = f"{kind}req_{number}.xml"
            (running.req / name).write_bytes(data)
            dropped[name] = data
    await running.until(lambda: not any(running.req.iterdir()), 60.0)
    assert running.results() == {*dropped, *(f"{name[:-4]}.err" for name in dropped)}
    for name, data in dropped.items():
        told = (running.res / f"{name[:-4]}.err").read_bytes()
        code = told.partition(b"\r\n")[0].decode()
        assert code in CATALOGUE, (name, told[:80])
        assert code.startswith(("INPUT-", "CLINIC-")), (name, code)
        assert (running.res / name).read_bytes() == data
        assert b"hostname" not in told
        assert b"root:" not in told
    assert running.centre.queries == []
    assert running.centre.sent == []


async def test_a_hundred_megabytes_are_given_back_unread_and_cost_no_memory(running: Clinic) -> None:
    for kind in KINDS:
        with (running.req / f"{kind}req_1.xml").open("wb") as file:
            file.write(b"<?xml version='1.0' encoding='UTF-8'?><XmlMsg>")
            file.truncate(100 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await running.until(lambda: not any(running.req.iterdir()), 20.0)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 50, f"{grown} MB"
    for kind in KINDS:
        told = (running.res / f"{kind}req_1.err").read_bytes()
        assert told.startswith(input_.MESSAGE_TOO_LARGE.code.encode())
        assert (running.res / f"{kind}req_1.xml").stat().st_size == 100 * 1024 * 1024


SPACE = b'<XmlMsg xmlns="urn:somebody" xmlns:y="urn:else">'
ODD = {
    "unknown elements": request().replace(b"</MessageBody>", b"<New><Thing>1</Thing></New></MessageBody><Tail/>"),
    "another order": re.sub(
        rb"(<MessageHeader>.*</MessageHeader>)\s*(<MessageBody>.*</MessageBody>)", rb"\2\1", request(), flags=re.DOTALL
    ),
    "a namespace": request().replace(b"<XmlMsg>", SPACE),
    "prefixes": re.sub(rb"<(/?)(?!\?)", rb"<\1y:", request()).replace(b"<y:XmlMsg>", b'<y:XmlMsg xmlns:y="urn:x">'),
    "attributes": request().replace(b"<Birthdate>", b'<Birthdate kind="x">'),
    "comments": request().replace(b"<MessageBody>", b"<!-- a --><MessageBody><!-- b -->"),
    "character references": request().replace(b">123<", b">&#49;&#x32;3<"),
    "a section of characters": request().replace(b">123<", b"><![CDATA[123]]><"),
    "a mark at the beginning": b"\xef\xbb\xbf" + request(),
    "lines that end otherwise": request().replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("kind", ODD)
async def test_what_is_only_odd_is_answered(running: Clinic, kind: str) -> None:
    await running.put(NAME, ODD[kind])
    assert running.results() == {RESULT}
    answer = read_xml((running.res / RESULT).read_bytes(), EligibilityAnswer)
    assert answer.segment is SegmentOfResult.NORMAL
    (asked,) = running.centre.queries
    search = asked["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"]
    assert search["InsuredIdentificationNumber"] == "123"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<Birthdate>", b"<Birthdate>19800217</Birthdate><Birthdate>", input_.MESSAGE_TWICE.code),
        (b"<MessageBody>", b"<MessageHeader/><MessageBody>", input_.MESSAGE_TWICE.code),
        (b"XmlMsg>", b"xmlmsg>", input_.MESSAGE_MALFORMED.code),
    ],
)
async def test_what_is_double_or_another_document_is_refused(
    running: Clinic, old: bytes, new: bytes, code: str
) -> None:
    data = request().replace(old, new)
    await running.put(NAME, data)
    assert running.results() == {NAME, f"{NAME[:-4]}.err"}
    assert (running.res / f"{NAME[:-4]}.err").read_bytes().startswith(code.encode())


async def test_the_others_are_answered_while_one_is_attacked(running: Clinic) -> None:
    for number in range(10):
        (running.req / f"OQSsiquc01req_bad{number}.xml").write_bytes(BOMB)
        (running.req / f"OQSsiquc01req_good{number}.xml").write_bytes(request(identifier=f"g{number}"))
    await running.until(lambda: not any(running.req.iterdir()), 20.0)
    assert {name for name in running.results() if "good" in name} == {
        f"OQSsiquc01res_good{number}.xml" for number in range(10)
    }
