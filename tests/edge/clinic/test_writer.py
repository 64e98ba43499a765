"""Files appear whole to every watcher: polling, created, written, moved, changed."""

import asyncio
import ctypes
import os
import struct
import threading
import time
from pathlib import Path

import pytest

from edge.clinic.writer import PART, WholeFiles
from protocol.errors import OnshiError, clinic
from tests.edge.fakes import names

CREATE, CLOSE_WRITE, MOVED_TO, ATTRIB, DELETE = 0x100, 0x8, 0x80, 0x4, 0x200
BIG = b"<XmlMsg>" + b"x" * 300_000 + b"</XmlMsg>"


class Inotify:
    """Raw inotify on one folder: the names and masks that a watcher hears."""

    def __init__(self, folder: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self._libc.inotify_init1(os.O_NONBLOCK)
        mask = CREATE | CLOSE_WRITE | MOVED_TO | ATTRIB | DELETE
        assert self._libc.inotify_add_watch(self.descriptor, os.fsencode(folder), mask) >= 0

    def events(self) -> list[tuple[str, int]]:
        try:
            data = os.read(self.descriptor, 1 << 20)
        except BlockingIOError:
            return []
        found, at = [], 0
        while at < len(data):
            _, mask, _, length = struct.unpack_from("iIII", data, at)
            found.append((data[at + 16 : at + 16 + length].rstrip(b"\0").decode(), mask))
            at += 16 + length
        return found

    def close(self) -> None:
        os.close(self.descriptor)


async def test_a_poller_never_sees_half_a_file(tmp_path: Path) -> None:
    seen: set[int] = set()
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            for entry in os.scandir(tmp_path):
                if entry.name.endswith(".xml"):
                    seen.add(len(Path(entry.path).read_bytes()))
            time.sleep(0.001)

    poller = threading.Thread(target=poll)
    poller.start()
    files = WholeFiles(nudge_seconds=0.01)
    try:
        for number in range(40):
            await files.write(tmp_path / f"result{number}.xml", BIG)
        await asyncio.sleep(0.05)
    finally:
        stop.set()
        poller.join()
        await files.close()
    assert seen == {len(BIG)}


@pytest.mark.parametrize("links", [True, False])
async def test_watchers_for_created_moved_written_and_changed_are_all_served(tmp_path: Path, links: bool) -> None:
    watch = Inotify(tmp_path)
    files = WholeFiles(nudge_seconds=0.05, links=links)
    try:
        await files.write(tmp_path / "a.xml", BIG)
        first = [mask for name, mask in watch.events() if name == "a.xml"]
        await asyncio.sleep(0.2)
        later = [mask for name, mask in watch.events() if name == "a.xml"]
    finally:
        await files.close()
        watch.close()
    assert first[0] == (CREATE if links else MOVED_TO)
    assert CLOSE_WRITE in later
    assert ATTRIB in later
    assert names(tmp_path) == ["a.xml"]


async def test_every_created_event_finds_the_whole_file(tmp_path: Path) -> None:
    watch = Inotify(tmp_path)
    sizes = []
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            for name, _ in watch.events():
                if name.endswith(".xml"):
                    sizes.append((tmp_path / name).stat().st_size)
            time.sleep(0.0005)

    listener = threading.Thread(target=listen)
    listener.start()
    files = WholeFiles(nudge_seconds=0.02)
    try:
        for number in range(20):
            await files.write(tmp_path / f"r{number}.xml", BIG)
        await asyncio.sleep(0.1)
    finally:
        stop.set()
        listener.join()
        await files.close()
        watch.close()
    assert len(sizes) >= 60
    assert set(sizes) == {len(BIG)}


async def test_a_file_that_the_client_took_is_never_made_again(tmp_path: Path) -> None:
    files = WholeFiles(nudge_seconds=0.05)
    await files.write(tmp_path / "a.xml", b"<a/>")
    (tmp_path / "a.xml").unlink()
    await asyncio.sleep(0.15)
    await files.close()
    assert names(tmp_path) == []


async def test_a_clients_own_file_under_the_name_is_not_cut(tmp_path: Path) -> None:
    files = WholeFiles(nudge_seconds=0.05)
    await files.write(tmp_path / "a.xml", b"<a/>")
    (tmp_path / "a.xml").write_bytes(b"the client's")
    await asyncio.sleep(0.15)
    await files.close()
    assert (tmp_path / "a.xml").read_bytes() == b"the client's"


@pytest.mark.parametrize("links", [True, False])
async def test_an_existing_result_is_never_replaced(tmp_path: Path, links: bool) -> None:
    (tmp_path / "a.xml").write_bytes(b"old")
    files = WholeFiles(links=links)
    with pytest.raises(OnshiError) as refused:
        await files.write(tmp_path / "a.xml", b"new")
    assert refused.value.fault.code == clinic.NAME_TAKEN.code
    assert (tmp_path / "a.xml").read_bytes() == b"old"
    assert len(names(tmp_path)) == 1


async def test_a_missing_folder_and_a_full_name_are_catalogue_faults(tmp_path: Path) -> None:
    files = WholeFiles()
    with pytest.raises(OnshiError) as refused:
        await files.write(tmp_path / "gone" / "a.xml", b"")
    assert refused.value.fault.code == clinic.FOLDER_MISSING.code
    with pytest.raises(OnshiError) as refused:
        await files.write(tmp_path / ("x" * 300), b"")
    assert refused.value.fault.code == clinic.FOLDER_NOT_WRITABLE.code
    assert names(tmp_path) == []


async def test_where_links_are_missing_the_file_is_renamed_into_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    files = WholeFiles(nudge_seconds=0.01)
    await files.write(tmp_path / "a.xml", b"<a/>")
    await files.close()
    assert (tmp_path / "a.xml").read_bytes() == b"<a/>"


async def test_the_temporary_name_is_no_clients_business(tmp_path: Path) -> None:
    watch = Inotify(tmp_path)
    files = WholeFiles(nudge_seconds=0.01)
    await files.write(tmp_path / "a.xml", b"<a/>")
    await files.close()
    others = {name for name, _ in watch.events() if name != "a.xml"}
    watch.close()
    assert all(name.endswith(PART) for name in others)
