"""Whatever bytes are given to the import: loaded, or refused with a reason; never a traceback, nothing half-applied."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.db.opening import open_store
from central.receipts.kinds import Kind
from central.receipts.service import State
from tests.central.receipts.files import GOOD
from tests.central.receipts.office import Claim, Office, claims
from tests.central.receipts.test_fuzz import valid_file
from tests.parts.postgres import Server
from tests.parts.store import create_all

FILES = [*(make() for make in GOOD.values()), claims(Claim(1), Claim(2, 2), Claim(7, 3))]
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _truncated(data: bytes, dice: Random) -> bytes:
    return data[: dice.randrange(len(data))]


def _reordered(data: bytes, dice: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    dice.shuffle(lines)
    return b"".join(lines)


def _wider(data: bytes, dice: Random) -> bytes:
    lines = data.split(b"\r\n")
    at = dice.randrange(len(lines))
    fields = lines[at].split(b",")
    fields[dice.randrange(len(fields))] = dice.choice([b"", b"9" * dice.randrange(1, 60), b"\x83\x65" * 50])
    lines[at] = b",".join(fields)
    return b"\r\n".join(lines)


def _foreign(data: bytes, dice: Random) -> bytes:
    text = data.decode("cp932", "replace")
    return text.encode(dice.choice(["utf-8", "utf-16", "euc_jp", "iso2022_jp"]), "replace")


def _noise(data: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(dice.randrange(1, 40)) + data[at + dice.randrange(30) :]


DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (_truncated, _reordered, _wider, _foreign, _noise)


class World:
    """One office for all examples, on one event loop."""

    def __init__(self, url: str, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._office = self._runner.run(self._opened(url, folder))

    async def _opened(self, url: str, folder: Path) -> Office:
        await create_all(url)
        office = Office(open_store(url), url, folder)
        await office.open()
        await office.insured(1, 2)
        return office

    def close(self) -> None:
        self._runner.run(self._office.store.close())
        self._runner.close()

    def holds(self, data: bytes) -> None:
        """Loads the bytes, and looks at what that changed."""
        self._runner.run(self._holds(data))

    async def _holds(self, data: bytes) -> None:
        office = self._office
        before = await office.state()
        result = await office.send(data)
        after = await office.state()
        for place in (1, 2):
            await office.receipts(place)
        if result.state is State.LOADED:
            kept = result.counts.new + result.counts.returned + result.counts.same + result.counts.older
            assert kept + result.left_out == result.totals.receipts
            assert len(after) - len(before) == result.counts.new
        else:
            assert after == before
            assert result.faults or result.state is State.KNOWN


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("fuzz")
    url = f"sqlite:///{folder / 'x.sqlite'}"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        server.run("createdb", "fuzz")
        url = server.url("fuzz")
    made = World(url, folder)
    yield made
    made.close()


@FEW
@given(data=st.sampled_from(FILES), damage=st.sampled_from(DAMAGES), dice=st.randoms(use_true_random=False))
def test_a_damaged_file(world: World, data: bytes, damage: Callable[[bytes, Random], bytes], dice: Random) -> None:
    world.holds(damage(data, dice))


@FEW
@given(kind=st.sampled_from(list(Kind)), dice=st.randoms(use_true_random=False))
def test_a_file_nobody_has_seen(world: World, kind: Kind, dice: Random) -> None:
    world.holds(valid_file(kind, dice))


@FEW
@given(data=st.binary(max_size=400))
def test_any_bytes(world: World, data: bytes) -> None:
    world.holds(data)


@pytest.mark.parametrize("digits", [1, 18, 19, 20, 4301])
def test_a_number_of_any_length_where_the_layout_is_not_certain(world: World, digits: int) -> None:
    """The widths of a DPC receipt's coding data are not checked: no number in it may be too long for us."""
    data = GOOD["dpc"]()
    line = next(line for line in data.splitlines() if line.startswith(b"CD,"))
    for at in range(1, len(line.split(b","))):
        fields = line.split(b",")
        fields[at] = b"9" * digits
        world.holds(data.replace(line, b",".join(fields)))
