"""What officers see and do: from the file to the register, mismatches, stops, members, their own book."""

import pytest

from tests.central.console.desk import Desk

pytestmark = pytest.mark.sockets


async def test_a_file_is_checked_then_applied_by_the_officer(desk: Desk) -> None:
    path = await desk.upload("o-1", *(desk.bureau.line(n) for n in range(1, 4)))
    status, page = await desk["o-1"].get(path)
    assert status == 200
    assert "誤りはありません。まだ反映されていません。" in page
    assert await desk.bureau.current("coverage") == []
    status, told = await desk["o-1"].post(f"{path}/apply")
    assert (status, told) == (303, path)
    await desk.served.runs.settled()
    _, page = await desk["o-1"].get(path)
    assert "反映しました。" in page
    assert len(await desk.bureau.current("coverage")) == 3
    for path in ("/", "/uploads", "/uploads/new", "/work", "/stops", "/members", "/actions"):
        status, page = await desk["o-1"].get(path)
        assert status == 200, page
