"""The folders behind a real Samba server, and a client with the habits of clinic software on Windows."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from smbprotocol.change_notify import CompletionFilter
from smbprotocol.exceptions import SMBResponseException
from smbprotocol.file_info import FileAttributes
from smbprotocol.open import RequestedOplockLevel

from edge.clinic.spellings import Spellings
from edge.clinic.writer import PART
from protocol.errors import clinic
from protocol.messages import EligibilityAnswer, read_xml
from tests.edge.clinic.test_folders import Clinic, request
from tests.parts.samba import EVERYBODY, NOBODY_ELSE, RECOMMENDED, Share, running_share, samba

__all__ = ["samba"]

pytestmark = pytest.mark.real

NAME = "OQSsiquc01req_0123456789012.xml"
RESULT = "OQSsiquc01res_0123456789012.xml"
ERROR = "OQSsiquc01req_0123456789012.err"
_numbers = count(1)


def holds(answer: Path, part: bytes) -> bool:
    """Whether the answer is there with this in it; the older one goes before the newer one comes."""
    try:
        return part in answer.read_bytes()
    except FileNotFoundError:
        return False


class Shared(Clinic):
    """A clinic whose folders lie on the share. ``say`` makes one blocking call of a Windows client."""

    def __init__(self, share: Share) -> None:
        self.place = f"t{next(_numbers)}"
        folder = share.folder / self.place
        folder.mkdir()
        super().__init__(folder)
        self.share = share
        self.client = share.windows()

    def path(self, folder: str, name: str = "") -> str:
        return "\\".join(one for one in (self.place, folder, name) if one)

    async def drop(self, name: str, data: bytes) -> None:
        await asyncio.to_thread(self.client.write, self.path("req", name), data)

    async def names(self, folder: str) -> list[str]:
        return await asyncio.to_thread(self.client.names, self.path(folder))

    async def fetched(self, name: str, seconds: float = 60.0) -> bytes:
        """The answer's bytes as the client reads them, once its name is listed."""
        async with asyncio.timeout(seconds):
            while name not in await self.names("res"):  # noqa: ASYNC110 - what is waited for is a file
                await asyncio.sleep(0.01)
        return await asyncio.to_thread(self.client.read, self.path("res", name))


@contextlib.asynccontextmanager
async def at(share: Share) -> AsyncIterator[Shared]:
    made = Shared(share)
    await asyncio.to_thread(made.client.__enter__)
    task = asyncio.create_task(made.folder.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await made.files.close()
        await asyncio.to_thread(made.client.__exit__, None, None, None)


@pytest.fixture
async def desk(samba: Share) -> AsyncIterator[Shared]:
    async with at(samba) as made:
        yield made


def identifier(data: bytes) -> str:
    answer = read_xml(data, EligibilityAnswer)
    assert answer.file_identifier is not None
    return answer.file_identifier


async def test_a_request_over_smb_is_answered_and_the_client_deletes_the_answer(desk: Shared) -> None:
    await desk.drop(NAME, request(identifier="over smb"))
    assert identifier(await desk.fetched(RESULT)) == "over smb"
    assert await desk.names("req") == []
    await asyncio.to_thread(desk.client.delete, desk.path("res", RESULT))
    await asyncio.sleep(0.1)
    assert await desk.names("res") == [], "a file that was taken is never made again"


async def test_a_request_that_is_renamed_into_place_is_answered(desk: Shared) -> None:
    await desk.drop("making.tmp", request(identifier="renamed"))
    await asyncio.sleep(0.3)
    assert desk.centre.queries == []
    await asyncio.to_thread(desk.client.rename, desk.path("req", "making.tmp"), desk.path("req", NAME))
    assert identifier(await desk.fetched(RESULT)) == "renamed"


async def test_a_request_renamed_over_one_that_waits_is_the_one_that_is_answered(desk: Shared) -> None:
    held = await asyncio.to_thread(desk.client.creating, desk.path("req", NAME), share=EVERYBODY)
    await asyncio.to_thread(held.write, request(identifier="first")[:50], 0)
    await desk.drop("making.tmp", request(identifier="second"))
    await asyncio.to_thread(held.close, False)
    await asyncio.to_thread(
        lambda: desk.client.rename(desk.path("req", "making.tmp"), desk.path("req", NAME), replace=True)
    )
    assert identifier(await desk.fetched(RESULT)) == "second"
    assert len(desk.centre.queries) == 1


async def test_a_name_used_again_gets_the_answer_to_the_new_question(desk: Shared) -> None:
    await desk.drop(NAME, request(identifier="first"))
    await desk.fetched(RESULT)
    await desk.drop(NAME, request(identifier="second"))
    await desk.until(lambda: holds(desk.res / RESULT, b"second"))
    assert identifier(await desk.fetched(RESULT)) == "second"


@pytest.mark.parametrize("name", [NAME.upper(), NAME.lower(), "oqsSIquc01REQ_0123456789012.Xml"])
async def test_names_in_any_case_are_one_name(desk: Shared, name: str) -> None:
    await desk.drop(name, request(identifier="case"))
    async with asyncio.timeout(60):
        while not await desk.names("res"):  # noqa: ASYNC110 - what is waited for is a file
            await asyncio.sleep(0.01)
    data = await asyncio.to_thread(desk.client.read, desk.path("res", RESULT))
    assert identifier(data) == "case"


async def test_names_of_other_letters_are_told_apart_once_listed(tmp_path: Path) -> None:
    spellings = Spellings(tmp_path / "missing")
    assert spellings.others(["a.xml"]) == []
    (tmp_path / "A.XML").touch()
    spellings = Spellings(tmp_path)
    assert spellings.others(["a.xml", "b.xml"]) == ["A.XML"]
    spellings.note("B.xml")
    assert spellings.others(["b.xml", "B.xml"]) == ["B.xml"]


async def test_an_old_answer_in_other_letters_does_not_stand_for_the_new_question(desk: Shared) -> None:
    await desk.drop(NAME.upper(), request(identifier="first"))
    await desk.until(lambda: len(desk.results()) == 1)
    await desk.drop(NAME, request(identifier="second"))
    await desk.until(lambda: len(desk.centre.queries) == 2)
    await desk.until(lambda: any(b"second" in path.read_bytes() for path in desk.res.glob("OQS*")))
    assert len(await desk.names("res")) == 1
    assert identifier(await asyncio.to_thread(desk.client.read, desk.path("res", RESULT))) == "second"


async def test_an_old_answer_of_before_a_restart_in_other_letters_goes_too(samba: Share) -> None:
    async with at(samba) as desk:
        (desk.res / RESULT.upper()).write_bytes(b"from before")
        await desk.drop(NAME, request(identifier="now"))
        await desk.until((desk.res / RESULT).exists)
        assert await desk.names("res") == [RESULT]


async def test_a_file_that_is_open_for_its_writer_alone_is_waited_for(desk: Shared) -> None:
    whole = request(identifier="alone")
    handle = await asyncio.to_thread(desk.client.creating, desk.path("req", NAME), share=NOBODY_ELSE)
    for at_ in range(0, len(whole), len(whole) // 4 + 1):
        await asyncio.to_thread(handle.write, whole[at_ : at_ + len(whole) // 4 + 1], at_)
        await asyncio.sleep(0.2)
    await asyncio.to_thread(handle.close, False)
    assert identifier(await desk.fetched(RESULT)) == "alone"
    assert len(desk.centre.queries) == 1
    assert desk.results() == {RESULT}


async def test_a_whole_file_that_stays_open_is_answered_once(desk: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server moves the time of a file that is open or closed late: that is no second question."""
    ask = desk.centre.eligibility

    async def slowly(tree: dict[str, Any]) -> dict[str, Any]:
        answer = await ask(tree)
        await asyncio.sleep(1.5)
        return answer

    monkeypatch.setattr(desk.centre, "eligibility", slowly)
    handle = await asyncio.to_thread(desk.client.creating, desk.path("req", NAME), share=EVERYBODY)
    await asyncio.to_thread(handle.write, request(identifier="open"), 0)
    await desk.until(lambda: len(desk.centre.queries) == 1)
    await asyncio.to_thread(handle.close, False)
    (desk.req / NAME).touch()
    assert identifier(await desk.fetched(RESULT)) == "open"
    await asyncio.sleep(2.0)
    assert len(desk.centre.queries) == 1
    assert await desk.names("req") == []


async def test_a_range_lock_is_waited_out(desk: Shared) -> None:
    access_to_all = await asyncio.to_thread(desk.client.creating, desk.path("req", NAME), share=EVERYBODY)
    await asyncio.to_thread(access_to_all.write, request(identifier="locked"), 0)
    await asyncio.to_thread(desk.client.lock, access_to_all)
    await asyncio.sleep(0.5)
    assert desk.centre.queries == []
    await asyncio.to_thread(access_to_all.close, False)
    assert identifier(await desk.fetched(RESULT)) == "locked"


async def test_a_range_lock_that_stays_is_refused_with_its_reason(desk: Shared) -> None:
    handle = await asyncio.to_thread(desk.client.creating, desk.path("req", NAME), share=EVERYBODY)
    await asyncio.to_thread(handle.write, request(), 0)
    await asyncio.to_thread(desk.client.lock, handle)
    assert (await desk.fetched(ERROR)).startswith(clinic.REQUEST_UNREADABLE.code.encode())
    assert desk.centre.queries == []
    await asyncio.to_thread(handle.close, False)


async def test_an_answer_that_is_open_at_the_client_can_be_replaced(desk: Shared) -> None:
    await desk.drop(NAME, request(identifier="first"))
    await desk.fetched(RESULT)
    handle = await asyncio.to_thread(lambda: desk.client.open(desk.path("res", RESULT), share=NOBODY_ELSE))
    await desk.drop(NAME, request(identifier="second"))
    await desk.until(lambda: holds(desk.res / RESULT, b"second"))
    old = await asyncio.to_thread(handle.read, 0, handle.end_of_file)
    assert identifier(bytes(old)) == "first", "whoever has it open reads on what was there"
    await asyncio.to_thread(handle.close, False)
    assert identifier(await desk.fetched(RESULT)) == "second"


async def test_a_request_with_attributes_is_answered_and_goes(desk: Shared) -> None:
    await desk.drop("making.tmp", request(identifier="attributes"))
    odd = FileAttributes.FILE_ATTRIBUTE_READONLY | FileAttributes.FILE_ATTRIBUTE_HIDDEN
    await asyncio.to_thread(
        desk.client.set_attributes, desk.path("req", "making.tmp"), FileAttributes.FILE_ATTRIBUTE_HIDDEN
    )
    await asyncio.to_thread(desk.client.rename, desk.path("req", "making.tmp"), desk.path("req", NAME))
    with contextlib.suppress(SMBResponseException):  # it may be gone already
        await asyncio.to_thread(desk.client.set_attributes, desk.path("req", NAME), odd)
    assert identifier(await desk.fetched(RESULT)) == "attributes"
    await desk.until(lambda: not (desk.req / NAME).exists())


async def test_our_temporary_names_are_not_seen(desk: Shared) -> None:
    (desk.res / f"0123{PART}").write_bytes(b"half")
    assert await desk.names("res") == []


class Watcher:
    """A client that waits for notifications and reads at once what they name, as a file system watcher does."""

    def __init__(self, share: Share, path: str, kind: int) -> None:
        self.read: dict[str, list[bytes]] = {}
        self._share, self._path, self._kind = share, path, kind
        self._watching = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._watching.wait(30)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with self._share.windows() as watching, self._share.windows() as reading:
            for names in watching.changes(self._path, self._kind, self._stop, self._watching):
                for name in names:
                    with contextlib.suppress(SMBResponseException):  # a name of ours that nobody sees
                        self.read.setdefault(name, []).append(reading.read(f"{self._path}\\{name}"))


@pytest.mark.parametrize(
    "kind",
    [
        CompletionFilter.FILE_NOTIFY_CHANGE_FILE_NAME,
        CompletionFilter.FILE_NOTIFY_CHANGE_LAST_WRITE,
        CompletionFilter.FILE_NOTIFY_CHANGE_ATTRIBUTES | CompletionFilter.FILE_NOTIFY_CHANGE_LAST_WRITE,
        CompletionFilter.FILE_NOTIFY_CHANGE_FILE_NAME | CompletionFilter.FILE_NOTIFY_CHANGE_SIZE,
    ],
)
async def test_each_kind_of_notification_names_each_answer_and_every_read_is_whole(desk: Shared, kind: int) -> None:
    watcher = Watcher(desk.share, desk.path("res"), kind)
    await asyncio.to_thread(watcher.start)
    wanted = set()
    for number in range(5):
        await desk.drop(f"OQSsiquc01req_{number:013d}.xml", request(identifier=f"w{number}"))
        wanted.add(f"OQSsiquc01res_{number:013d}.xml")
    await desk.until(lambda: wanted <= {name for name, reads in watcher.read.items() if reads}, 60.0)
    await asyncio.to_thread(watcher.stop)
    for name in wanted:
        for data in watcher.read[name]:
            assert data.rstrip().endswith(b"</XmlMsg>")
            assert identifier(data) == f"w{int(name[14:-4])}"


async def test_a_client_that_polls_all_the_time_never_reads_half_a_file(desk: Shared) -> None:
    stop, halves, seen = threading.Event(), [], set()

    def poll() -> None:
        with desk.share.windows() as polling:
            while not stop.is_set():
                for name in polling.names(desk.path("res")):
                    with contextlib.suppress(SMBResponseException):
                        data = polling.read(desk.path("res", name))
                        seen.add(name)
                        if not data.rstrip().endswith(b"</XmlMsg>"):
                            halves.append((name, len(data)))
                time.sleep(0.002)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        for number in range(20):
            await desk.drop(f"OQSsiquc01req_{number:013d}.xml", request(identifier=f"p{number}"))
        await desk.until(lambda: len(seen) == 20, 60.0)
    finally:
        stop.set()
        await asyncio.to_thread(thread.join)
    assert halves == []


async def test_a_hundred_requests_at_once_are_each_answered(desk: Shared) -> None:
    for number in range(100):
        await desk.drop(f"OQSsiquc01req_{number:013d}.xml", request(identifier=f"h{number}"))
    await desk.until(lambda: len(desk.results()) == 100, 60.0)
    assert len(await desk.names("res")) == 100
    assert await desk.names("req") == []
    for number in (0, 50, 99):
        data = await desk.fetched(f"OQSsiquc01res_{number:013d}.xml")
        assert identifier(data) == f"h{number}"


@pytest.fixture(scope="module")
def caching() -> Iterator[Share]:
    """A share as servers come: clients may keep what they write to themselves for a while."""
    with running_share("oplocks = yes", "kernel oplocks = yes") as share:
        yield share


class Pulse:
    """The longest time that the loop was not free, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            self.longest = max(self.longest, time.monotonic() - before)

    async def stop(self) -> float:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return self.longest


BATCH = RequestedOplockLevel.SMB2_OPLOCK_LEVEL_BATCH
LEASE_SECONDS = 20.0
"""The kernel lets whoever opens a leased file wait for 45 seconds; we wait for none of them."""


async def test_a_client_that_caches_is_asked_and_gets_its_answer(caching: Share) -> None:
    async with at(caching) as desk:
        pulse = Pulse()
        handle = await asyncio.to_thread(desk.client.creating, desk.path("req", NAME), oplock=BATCH)
        await asyncio.to_thread(handle.write, request(identifier="cached"), 0)
        assert await asyncio.to_thread(desk.client.broken.wait, 30), "we want to read: the client has to write back"
        await asyncio.to_thread(handle.close, False)
        assert identifier(await desk.fetched(RESULT)) == "cached"
        assert await pulse.stop() < LEASE_SECONDS


async def test_an_answer_under_a_clients_lease_does_not_hold_the_appliance(caching: Share) -> None:
    async with at(caching) as desk:
        await desk.drop(NAME, request(identifier="first"))
        await desk.until((desk.res / RESULT).exists)
        pulse = Pulse()
        keeping = desk.share.windows()
        await asyncio.to_thread(keeping.__enter__)
        handle = await asyncio.to_thread(lambda: keeping.open(desk.path("res", RESULT), share=EVERYBODY, oplock=BATCH))
        await desk.files.write(desk.res / "OQSsiquc01res_3.xml", b"")
        held = await asyncio.to_thread(
            lambda: keeping.open(desk.path("res", "OQSsiquc01res_3.xml"), share=EVERYBODY, oplock=BATCH)
        )
        async with asyncio.timeout(LEASE_SECONDS):
            await desk.files.close()  # the nudges, now
        await desk.drop("OQSsiquc01req_2.xml", request(identifier="second"))
        assert identifier(await desk.fetched("OQSsiquc01res_2.xml")) == "second"
        await desk.drop(NAME, request(identifier="third"))
        await desk.until(lambda: (desk.res / RESULT).exists() and b"third" in _bytes(desk.res / RESULT))
        assert await pulse.stop() < LEASE_SECONDS
        for one in (handle, held):
            await asyncio.to_thread(one.close, False)
        await asyncio.to_thread(keeping.__exit__, None, None, None)


def _bytes(path: Path) -> bytes:
    """The file's bytes, or nothing while a client holds it."""
    with contextlib.suppress(BlockingIOError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            return file.read()
    return b""


def test_the_share_of_the_book_is_the_one_that_is_tested() -> None:
    book = (Path(__file__).parents[3] / "docs/clinic.md").read_text(encoding="utf-8")
    assert all(line in book for line in RECOMMENDED)
