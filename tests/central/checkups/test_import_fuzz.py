"""Whatever bytes are imported: loaded, left out or refused with a reason; all or nothing; never a traceback."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.checkups import tables as t
from central.checkups.service import Loaded
from central.db.opening import open_store
from protocol.errors import CATALOGUE, OnshiError
from tests.central.checkups.files import C1, FOLDER, H1, H2, IX, PEOPLE, SU, good, packed, unpacked
from tests.central.checkups.shelf import Shelf, empty

GOOD = good()
FILES = unpacked(GOOD)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCRAPS = st.sampled_from(
    [
        b"",
        b"<",
        b">",
        b"&x;",
        b"&#0;",
        b'"',
        b"\x00",
        b"\xff",
        "架空".encode(),
        b"]]>",
        b"<!DOCTYPE x>",
        b"19",
        b"9" * 30,
    ]
)


@asynccontextmanager
async def shelved(database: bytes) -> AsyncIterator[Shelf]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        path.write_bytes(database)
        store = open_store(f"sqlite:///{path}")
        try:
            shelf = Shelf(store)
            await shelf.open()
            await shelf.insured("p1", PEOPLE[0].person)
            yield shelf
            await shelf.journal.stop()
        finally:
            await store.close()


def importing(play: Callable[[Shelf], Awaitable[None]]) -> None:
    database = empty()

    async def run() -> None:
        async with shelved(database) as shelf:
            await play(shelf)

    asyncio.run(run())


async def taken(shelf: Shelf, data: bytes) -> Loaded | None:
    """What became of it; what is in the tables agrees."""
    try:
        loaded = await shelf.load(data, "x.zip")
    except OnshiError:
        assert [list(await shelf.rows(table)) for table in (t.checkup, t.waiting, t.submission)] == [[], [], []]
        return None
    assert {fault.code for fault in loaded.faults} <= CATALOGUE.keys()
    told = loaded.new, loaded.corrected, loaded.same, loaded.older, loaded.expired, loaded.deleted, loaded.left_out
    assert loaded.results == sum(told)
    kept = [row for table in (t.checkup, t.waiting) for row in await shelf.rows(table) if row["recorded_to"] is None]
    assert len(kept) == loaded.new
    assert loaded.left_out == 0 or loaded.faults
    return loaded


@FEW
@given(edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3), st.binary(max_size=4)), max_size=4))
def test_a_zip_with_changed_bytes(edits: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(GOOD)
    for place, length, new in edits:
        at = place % len(data)
        data[at : at + length] = new

    async def play(shelf: Shelf) -> None:
        await taken(shelf, bytes(data))

    importing(play)


@FEW
@given(
    name=st.sampled_from([IX, SU, H1, H2, C1]),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 12), SCRAPS), min_size=1, max_size=4),
)
def test_documents_with_changed_bytes(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    body = bytearray(FILES[name])
    for place, length, new in edits:
        at = place % len(body)
        body[at : at + length] = new

    async def play(shelf: Shelf) -> None:
        loaded = await taken(shelf, packed({**FILES, name: bytes(body)}))
        assert loaded is not None
        assert loaded.new >= 2

    importing(play)


@FEW
@given(
    gone=st.sets(st.sampled_from(sorted(FILES)), max_size=4),
    named=st.dictionaries(st.sampled_from([H1, H2, C1]), st.sampled_from(["DATA/x.xml", "ix.xml", "CLAIMS/h.xml"])),
    folder=st.sampled_from([FOLDER, "", "other", f"{FOLDER}/{FOLDER}"]),
)
def test_files_that_are_missing_or_lie_elsewhere(gone: set[str], named: dict[str, str], folder: object) -> None:
    files = {named.get(name, name): body for name, body in FILES.items() if name not in gone}

    async def play(shelf: Shelf) -> None:
        await taken(shelf, packed(files, folder))

    importing(play)


def test_every_cut_is_refused_and_leaves_nothing() -> None:
    async def play(shelf: Shelf) -> None:
        for cut in range(0, len(GOOD), len(GOOD) // 20):
            assert await taken(shelf, GOOD[:cut]) is None

    importing(play)


def test_a_zip_of_nothing_is_refused() -> None:
    async def play(shelf: Shelf) -> None:
        assert await taken(shelf, packed({})) is None
        assert await taken(shelf, b"") is None

    importing(play)
