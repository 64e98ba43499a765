"""Files from the browser: wrong ones are refused and not kept, large ones come whole, what was begun goes on."""

import asyncio
import io
import itertools
import json
import zipfile
from pathlib import Path

import pytest
from aiohttp import FormData

from central.insurers.layout import HEADER
from central.insurers.parts import Progress
from central.insurers.uploads import Importer
from protocol.errors import console
from protocol.errors import insurers as faults
from tests.central.console.desk import Desk, opened, served_over
from tests.central.insurers.bureau import Bureau, csv_file, written

pytestmark = pytest.mark.sockets


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """One database is enough: nothing here depends on which."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", HEADER)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", faults.FILE_EMPTY),
        (b"\n", faults.FILE_HEADER),
        (b"name,birth\r\n", faults.FILE_HEADER),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), faults.FILE_ENCODING),
        (_zip(), faults.FILE_ENCODING),
        (b"\x89PNG\r\n\x1a\n" + bytes(5000), faults.FILE_HEADER),
        (HEADER.encode() + b"\r\n" + b"x" * 5_000_000, faults.FILE_COUNT),
    ],
    ids=["empty", "a line", "another header", "UTF-16", "ZIP", "PNG", "5 MB in one line"],
)
async def test_a_wrong_file_is_refused_with_words_and_not_kept(desk: Desk, content: bytes, fault: object) -> None:
    status, told = await desk["o-1"].send(content)
    assert 400 <= status < 500
    assert getattr(fault, "code") in told  # noqa: B009 - a parameter's type
    assert list(written(desk.bureau.folder)) == []
    assert (await desk["o-1"].get("/uploads"))[1].count("<tr>") == 0


async def test_five_megabytes_come_whole(desk: Desk) -> None:
    line = desk.bureau.line(1)
    faulty = [{**line, "address": "あ" * 380, "percent": "031"} for _ in range(4_000)]
    content = csv_file(faulty)
    assert len(content) > 5_000_000
    status, path = await desk["o-1"].send(content)
    assert status == 303
    await desk.served.runs.settled()
    status, page = await desk["o-1"].get(path)
    assert (status, "4,000" in page, "次のページ" in page) == (200, True, True)
    assert "次のページ" in (await desk["o-1"].get(f"{path}?page=2"))[1]
    answer = await desk["o-1"].raw("GET", f"{path}/errors.csv")
    text = (await answer.read()).decode("utf-8-sig")
    assert text.count("\r\n") >= 4_001


async def test_an_errors_file_that_is_cut_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.insurers.staging.FAULTS_KEPT", 2)
    path = await desk.upload("o-1", *(desk.bureau.line(n, sex="9") for n in range(1, 6)))
    answer = await desk["o-1"].raw("GET", f"{path}/errors.csv")
    rows = (await answer.read()).decode("utf-8-sig").splitlines()
    assert (len(rows), "ほかに 3 行" in rows[-1]) == (4, True)


async def test_the_errors_file_is_safe_for_a_spreadsheet_program(desk: Desk) -> None:
    line = desk.bureau.line(1)
    path = await desk.upload("o-1", {**line, "name": "=1+1"}, {**line, "sex": "@cmd"}, {**line, "kana": "-2"})
    answer = await desk["o-1"].raw("GET", f"{path}/errors.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    raw = await answer.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in raw.decode("utf-8-sig").splitlines() for cell in row.split(",")]
    assert "'=1+1" in cells
    assert [cell for cell in cells if cell.lstrip('"')[:1] in {"=", "+", "-", "@"}] == []


async def test_a_file_over_the_limit_is_refused(bureau_only: Bureau, tmp_path: Path) -> None:
    async with opened(bureau_only, tmp_path / "spool", largest_mib=1) as desk:
        for size in (1_500_000, 3_000_000):
            status, told = await desk["o-1"].send(HEADER.encode() + b"\n" + b"x" * size)
            assert (status, console.FILE_TOO_LARGE.code in told) == (400, True)
        assert list(written(desk.bureau.folder)) == []


async def test_a_form_without_its_file_is_refused(desk: Desk) -> None:
    officer = desk["o-1"]
    await officer.get("/")
    for fields, fault in (
        ([("token", officer.token)], console.FILE_MISSING),
        ([("token", officer.token), ("other", "x")], console.FILE_MISSING),
        ([("other", "x"), ("token", officer.token)], console.FORM_FOREIGN),
    ):
        form = FormData(default_to_multipart=True)
        for name, value in fields:
            form.add_field(name, value)
        answer = await officer.raw("POST", "/uploads", data=form)
        assert fault.code in await answer.text()
    for body in (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=token\r\n\r\n", b"\x00" * 100):
        answer = await officer.raw(
            "POST", "/uploads", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert 400 <= answer.status < 500
    answer = await officer.raw("POST", "/uploads", data=b"x", headers={"Content-Type": "multipart/form-data"})
    assert answer.status == 400


async def test_a_file_that_breaks_off_leaves_nothing(desk: Desk) -> None:
    officer = desk["o-1"]
    await officer.get("/")
    head = (
        f'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n{officer.token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    _, writer = await asyncio.open_connection(officer.host, officer.port)
    names = {"Host": f"{officer.host}:{officer.port}", "Origin": officer.origin, **officer.headers}
    names |= {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "100000"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in names.items())
    writer.write(f"POST /uploads HTTP/1.1\r\n{lines}\r\n{head}{HEADER}\r\n".encode())
    await writer.drain()
    for _ in range(3000):
        if list(written(desk.bureau.folder)):
            break
        await asyncio.sleep(0.01)
    writer.close()
    for _ in range(3000):
        if not list(written(desk.bureau.folder)):
            break
        await asyncio.sleep(0.01)
    assert list(written(desk.bureau.folder)) == []
    assert await desk.bureau.rows("SELECT * FROM insurers_upload") == []


async def test_a_form_that_does_not_come_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.api.body.PATIENCE", 0.1)
    officer = desk["o-1"]
    reader, writer = await asyncio.open_connection(officer.host, officer.port)
    names = {"Host": f"{officer.host}:{officer.port}", "Origin": officer.origin, **officer.headers}
    names |= {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "100000"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in names.items())
    writer.write(f"POST /uploads HTTP/1.1\r\n{lines}\r\n--x\r\n".encode())
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert console.FORM_WRONG.code.encode() in answer
    writer.close()


async def test_the_same_file_twice_is_one_upload_and_another_has_to_wait(desk: Desk) -> None:
    content = csv_file([desk.bureau.line(1)])
    first = await desk["o-1"].send(content)
    await desk.served.runs.settled()
    assert await desk["s-1"].send(content) == first
    status, told = await desk["s-1"].send(csv_file([desk.bureau.line(2)]))
    assert (status, faults.UPLOAD_WAITS.code in told, f'href="{first[1]}"' in told) == (409, True, True)
    assert "先に、終わっていない取込を済ませてください。" in (await desk["s-1"].get("/uploads/new"))[1]
    assert "終わっていない取込があります。" in (await desk["s-1"].get("/"))[1]


async def test_only_what_fits_the_state_can_be_done(desk: Desk) -> None:
    path = await desk.upload("o-1", desk.bureau.line(1), desk.bureau.line(2, percent="031"))
    officer = desk["s-1"]
    for act in ("apply", "again", "confirm"):
        assert (await officer.post(f"{path}/{act}"))[0] == 409, act
    assert (await officer.post(f"{path}/apply", skip="1"))[0] == 303
    await desk.served.runs.settled()
    _, page = await officer.get(path)
    assert "誤りのある行は反映していません。" in page
    for act in ("apply", "again", "confirm", "withdraw"):
        assert (await officer.post(f"{path}/{act}", skip="1"))[0] == 409, act
    assert len(await desk.bureau.current("coverage")) == 1


async def test_a_withdrawn_upload_leaves_its_row_only(desk: Desk) -> None:
    path = await desk.upload("o-1", desk.bureau.line(1))
    assert (await desk["o-1"].post(f"{path}/withdraw"))[0] == 303
    assert "取りやめました。" in (await desk["o-1"].get(path))[1]
    assert list(written(desk.bureau.folder)) == []
    assert await desk.bureau.current("coverage") == []


async def test_a_check_that_could_not_go_on_is_begun_again(desk: Desk) -> None:
    desk.bureau.town.away = 1
    path = await desk.upload("o-1", desk.bureau.line(1))
    _, page = await desk["o-1"].get(path)
    assert "処理が途中で止まりました。" in page
    assert faults.RESIDENTS_DOWN.code in page
    assert (await desk["o-1"].post(f"{path}/again"))[0] == 303
    await desk.served.runs.settled()
    assert "誤りはありません。" in (await desk["o-1"].get(path))[1]


async def test_an_unforeseen_failure_of_a_check_is_told_and_the_upload_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError("a secret of 山田太郎")

    with monkeypatch.context() as patched:
        patched.setattr("central.insurers.uploads.Importer.look", broken)
        path = await desk.upload("o-1", desk.bureau.line(1))
    _, page = await desk["o-1"].get(path)
    assert "CENTRE-902" in page
    assert "山田太郎" not in page
    assert (await desk["o-1"].post(f"{path}/again"))[0] == 303
    await desk.served.runs.settled()
    assert "誤りはありません。" in (await desk["o-1"].get(path))[1]


async def test_what_was_under_way_goes_on_when_the_process_starts_again(desk: Desk, tmp_path: Path) -> None:
    desk.bureau.town.away = 1
    path = await desk.upload("o-1", desk.bureau.line(1))
    again = served_over(desk.bureau, tmp_path / "spool")
    await again.runs.resume()
    await again.runs.settled()
    assert "誤りはありません。" in (await desk["o-1"].get(path))[1]


async def test_a_confirmed_apply_goes_on_as_well(desk: Desk, tmp_path: Path) -> None:
    bureau = desk.bureau
    await desk.apply("o-1", *(bureau.line(place) for place in range(1, 10)))
    path = await desk.apply("o-1", *(bureau.line(place, operation="2", percent="") for place in range(1, 10)))
    await bureau.importer.confirm(path.removeprefix("/uploads/"), operator="officer:s-1")
    assert "反映を続ける" in (await desk["o-1"].get(path))[1]
    again = served_over(desk.bureau, tmp_path / "spool")
    await again.runs.resume()
    await again.runs.settled()
    assert "反映しました。" in (await desk["o-1"].get(path))[1]


async def test_when_it_should_end_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, seen, goes_on = desk.served.runs, asyncio.Event(), asyncio.Event()
    moment = itertools.chain([0.0, 0.0], itertools.repeat(90.0))
    monkeypatch.setattr(runs, "_monotonic", lambda: next(moment))

    async def slow(importer: object, upload: str) -> object:
        for done in (0, 1000):
            importer._told(Progress(part="read", done=done, of=3000))  # type: ignore[attr-defined]
        seen.set()
        await goes_on.wait()
        return await real(importer, upload)  # type: ignore[arg-type]

    real = Importer.look
    monkeypatch.setattr(Importer, "look", slow)
    _, path = await desk["o-1"].send(csv_file([desk.bureau.line(1)]))
    await seen.wait()
    assert json.loads((await desk["o-1"].get(f"{path}/progress"))[1])["minutes_left"] == 3
    assert "終わるまでの目安（分）: <strong>3</strong>" in (await desk["o-1"].get(path))[1]
    goes_on.set()
    await runs.settled()


async def test_how_far_it_is_is_known_to_a_page_that_is_loaded_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = asyncio.Event()
    goes_on = asyncio.Event()

    async def slow(importer: object, upload: str) -> object:
        importer._told(Progress(part="read", done=1, of=0, lines=1))  # type: ignore[attr-defined]
        seen.set()
        await goes_on.wait()
        return await real(importer, upload)  # type: ignore[arg-type]

    real = Importer.look
    monkeypatch.setattr(Importer, "look", slow)
    status, path = await desk["o-1"].send(csv_file([desk.bureau.line(1), desk.bureau.line(2)]))
    assert status == 303
    await seen.wait()
    for _ in range(2):
        _, page = await desk["o-1"].get(path)
        assert "検査しています" in page
        assert 'value="50"' in page
    told = json.loads((await desk["o-1"].get(f"{path}/progress"))[1])
    expected = {"state": "checking", "running": True, "part": "read", "done": 1, "of": 2, "percent": 50}
    assert told == expected | {"minutes_left": None}
    assert (await desk["o-1"].post(f"{path}/withdraw"))[0] == 409
    goes_on.set()
    await desk.served.runs.settled()
    told = json.loads((await desk["o-1"].get(f"{path}/progress"))[1])
    assert (told["state"], told["running"]) == ("ready", False)
