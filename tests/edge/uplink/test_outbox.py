"""What waits for the line: sealed, bounded, in order, and still there after a power cut."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from edge.uplink.outbox import Outbox, Waiting
from edge.uplink.sealed import BrokenSeal, SealedFolder
from protocol import canonical
from protocol.errors import Fault, OnshiError, clinic, device, trust, uplink
from protocol.visit import Method, SignedDocument, VisitAnswer, VisitRequest, VisitStatement
from tests.edge.fakes import CERTIFICATE, FACILITY, NOW, FakeCentre, FakeSigner
from tests.parts.until import until

KEY = b"k" * 32


def document(number: int) -> SignedDocument:
    statement = VisitStatement(
        request_id=f"{number:032x}",
        device="dev-1",
        facility=FACILITY,
        method=Method.PIN,
        asked_day=NOW.date(),
        certificate="0" * 64,
        challenge="challenge-0000000000000",
        deferred=True,
        made_at=NOW,
    )
    request = VisitRequest(statement=statement, certificate=CERTIFICATE, authentication_signature=b"A" * 256)
    return FakeSigner().document("visit", canonical.encode(request))


class Box:
    def __init__(self, folder: Path, **more: int) -> None:
        self.now = NOW
        self.folder = folder
        self.centre = FakeCentre()
        self.got: list[str] = []
        self.lost: list[tuple[str, str]] = []
        self.hand_over: list[OnshiError] = []
        self.more = more
        self.open()

    def open(self) -> None:
        self.outbox = Outbox(SealedFolder(self.folder, KEY), clock=lambda: self.now, jitter=lambda: 0.0, **self.more)

    async def keep(self, *numbers: int) -> None:
        for number in numbers:
            await self.outbox.keep(document(number), request_id=f"{number:032x}", kept_at=self.now)

    async def answered(self, waiting: Waiting, answer: VisitAnswer) -> None:
        if self.hand_over:
            raise self.hand_over.pop(0)
        self.got.append(waiting.request_id[-2:])

    async def refused(self, waiting: Waiting, error: OnshiError) -> None:
        self.lost.append((waiting.request_id[-2:], error.fault.code))

    async def deliver(self) -> OnshiError | None:
        return await self.outbox.deliver(self.centre, self.answered, self.refused)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "outbox")


async def test_what_waits_is_delivered_oldest_first_and_then_gone(box: Box) -> None:
    await box.keep(3, 1, 2)
    assert len(box.outbox) == 3
    assert await box.deliver() is None
    assert box.got == ["03", "01", "02"]
    assert len(box.outbox) == 0
    assert [d.payload for d in box.centre.documents] == [document(n).payload for n in (3, 1, 2)]


async def test_it_is_all_there_after_a_restart_in_the_same_order(box: Box) -> None:
    await box.keep(5, 4)
    box.open()
    await box.keep(3)
    await box.deliver()
    assert box.got == ["05", "04", "03"]


@pytest.mark.parametrize("fault", [uplink.NO_ROUTE, uplink.CENTRE_SLOW, uplink.TLS_FAILED])
async def test_a_line_that_is_down_ends_the_pass_and_keeps_everything(box: Box, fault: Fault) -> None:
    await box.keep(1, 2)
    box.centre.faults = {"visit": [OnshiError(fault)]}
    down = await box.deliver()
    assert down is not None
    assert down.fault.code == fault.code
    assert len(box.outbox) == 2
    assert len(box.centre.documents) == 1


async def test_one_bad_entry_does_not_hold_up_the_rest(box: Box) -> None:
    await box.keep(1, 2)
    box.centre.faults = {"visit": [OnshiError(uplink.ANSWER_UNREADABLE)]}
    assert await box.deliver() is None
    assert box.got == ["02"]
    await box.deliver()
    assert box.got == ["02", "01"]


async def test_a_refused_request_is_told_and_gone(box: Box) -> None:
    await box.keep(1)
    box.centre.faults = {"visit": [OnshiError(clinic.FOREIGN_FACILITY)]}
    await box.deliver()
    assert box.lost == [("01", clinic.FOREIGN_FACILITY.code)]
    assert len(box.outbox) == 0


async def test_after_a_day_a_request_is_told_to_be_too_late(box: Box) -> None:
    await box.keep(1)
    box.now += timedelta(hours=24, seconds=1)
    await box.deliver()
    assert box.lost == [("01", uplink.OUTBOX_EXPIRED.code)]
    assert box.centre.documents == []


async def test_an_answer_that_cannot_be_handed_on_is_fetched_again(box: Box) -> None:
    await box.keep(1)
    box.hand_over = [OnshiError(clinic.FOLDER_MISSING)]
    assert await box.deliver() is not None
    assert len(box.outbox) == 1
    await box.deliver()
    assert box.got == ["01"]


async def test_a_full_outbox_refuses(tmp_path: Path) -> None:
    box = Box(tmp_path / "outbox", limit=2)
    await box.keep(1, 2)
    with pytest.raises(OnshiError) as refused:
        await box.keep(3)
    assert refused.value.fault.code == uplink.OUTBOX_FULL.code


async def test_nothing_readable_is_on_disk_and_another_key_opens_nothing(box: Box) -> None:
    await box.keep(1)
    whole = b"".join(entry.read_bytes() for entry in _entries(box.folder))
    assert FACILITY.encode() not in whole
    assert b"visit" not in whole
    other = SealedFolder(box.folder, b"x" * 32)
    with pytest.raises(BrokenSeal):
        other.read(other.names(".waiting")[0])
    assert all(entry.stat().st_mode & 0o077 == 0 for entry in _entries(box.folder))


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_a_damaged_or_renamed_entry_is_set_aside_and_the_rest_goes_on(box: Box) -> None:
    await box.keep(1, 2, 3)
    first, second, _ = _entries(box.folder)
    first.write_bytes(first.read_bytes()[:-1] + b"\x00")
    second.rename(second.with_name("000000000002-" + "f" * 32 + ".waiting"))
    await box.deliver()
    assert box.got == ["03"]
    assert [entry.suffix for entry in _entries(box.folder)] == [".damaged", ".damaged"]
    box.open()
    await box.keep(4)
    assert _entries(box.folder)[-1].name.startswith("000000000003-")


async def test_what_others_put_into_the_folder_stops_nothing(box: Box) -> None:
    await box.keep(1, 2)
    first, _ = _entries(box.folder)
    copy = box.folder / f"Copy of {first.name}"
    copy.write_bytes(first.read_bytes())
    (box.folder / "000000000000-folder.waiting").mkdir()
    box.open()
    await box.keep(3)
    await box.deliver()
    assert box.got == ["01", "02", "03"]
    assert {entry.name for entry in _entries(box.folder)} == {"000000000000-folder.waiting", f"{copy.name}.damaged"}


async def test_a_disk_that_fails_is_a_catalogue_fault(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OnshiError) as refused:
        await box.keep(1)
    assert refused.value.fault.code == device.DISK_FAILED.code
    monkeypatch.undo()
    assert _entries(box.folder) == []


async def test_stock_challenges_are_used_once_oldest_first_and_refilled(tmp_path: Path) -> None:
    box = Box(tmp_path / "outbox", stock=60)
    assert await box.outbox.refill(box.centre) == 60
    taken = {await box.outbox.take_challenge() for _ in range(10)}
    assert len(taken) == 10
    box.open()
    taken |= {await box.outbox.take_challenge() for _ in range(10)}
    assert len(taken) == 20
    assert await box.outbox.refill(box.centre) == 60
    assert box.centre.issued == 80
    assert await box.outbox.refill(box.centre) == 60
    assert box.centre.issued == 80


async def test_stock_that_is_half_gone_is_replaced_and_dead_stock_is_none(tmp_path: Path) -> None:
    box = Box(tmp_path / "outbox", stock=3)
    await box.outbox.refill(box.centre)
    box.now += timedelta(hours=24)
    with pytest.raises(OnshiError) as refused:
        await box.outbox.take_challenge()
    assert refused.value.fault.code == uplink.NO_STOCK.code
    (box.folder / "stock").write_bytes(b"rubbish")
    with pytest.raises(OnshiError):
        await box.outbox.take_challenge()


async def test_delivery_goes_on_by_itself_when_the_line_is_back(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.uplink.outbox.FIRST_WAIT_SECONDS", 0.01)
    box.centre.faults = {"visit": [OnshiError(uplink.NO_ROUTE)] * 2}
    running = asyncio.create_task(box.outbox.deliver_forever(box.centre, box.answered, box.refused))
    await box.keep(1)
    for _ in range(3000):
        await asyncio.sleep(0.01)
        if len(box.outbox) == 0:
            break
    await box.keep(2)
    for _ in range(3000):
        await asyncio.sleep(0.01)
        if len(box.outbox) == 0:
            break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert box.got == ["01", "02"]


_KEEPER = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from edge.uplink.outbox import Outbox
from edge.uplink.sealed import SealedFolder
from tests.edge.uplink.test_outbox import KEY, document, NOW

async def main() -> None:
    outbox = Outbox(SealedFolder(Path(sys.argv[1]), KEY), clock=lambda: NOW, jitter=lambda: 0.0)
    for number in range(1, 10_000):
        await outbox.keep(document(number), request_id=f"{number:032x}", kept_at=NOW)
        print("kept", number, flush=True)

asyncio.run(main())
"""


def _numbers(lines: list[bytes]) -> list[int]:
    return [int(line.split()[1]) for line in lines if line.startswith(b"kept ") and line.endswith(b"\n")]


def test_kill_9_loses_nothing_that_was_said_to_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    for round_ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _KEEPER, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
        ) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in range(10 + round_)]
            time.sleep(0.003 * round_)
            os.kill(child.pid, signal.SIGKILL)
            lines += child.stdout.readlines()
        said = _numbers(lines)
        assert len(said) >= 5
        box = Box(folder)
        assert not any(entry.suffix == ".part" for entry in _entries(folder))
        asyncio.run(_deliver(box))
        assert box.got[: len(said)] == [f"{number:032x}"[-2:] for number in said]
        assert _entries(folder) == []


async def _deliver(box: Box) -> None:
    assert await box.deliver() is None


async def test_what_the_centre_cannot_answer_yet_is_asked_ever_more_rarely(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J-LIS was down for a morning: each kept request was asked, and written to the audit log, every second."""
    monkeypatch.setattr("edge.uplink.outbox.FIRST_WAIT_SECONDS", 0.01)
    box.centre.faults = {"visit": [OnshiError(trust.STATUS_UNKNOWN)] * 1000}
    running = asyncio.create_task(box.outbox.deliver_forever(box.centre, box.answered, box.refused))
    await box.keep(1)
    await asyncio.sleep(0.6)
    assert len(box.centre.documents) <= 8
    await until(lambda: len(box.centre.documents) >= 3)
    await box.keep(2)
    await until(lambda: document(2) in box.centre.documents)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (len(box.outbox), box.got, box.lost) == (2, [], [])
