"""個人番号: keyed, wrapped when keys rotate, encrypted on disk, gone when it is over."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.insurers.individual import NumberHasher, NumberKey
from central.insurers.parts import State
from central.insurers.rotation import rotate
from central.insurers.spool import PART, Spool
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.insurers import KEYS_WRONG, SPOOL_BROKEN
from sandbox.residents.people import number_of
from tests.central.insurers.bureau import Bureau, csv_file, parts_of

ONE, TWO, THREE = (NumberKey(f"number-{n}", bytes([n]) * 32) for n in (1, 2, 3))


def test_a_hash_depends_on_the_key_and_not_on_the_number_alone() -> None:
    number = number_of(1)
    assert NumberHasher([ONE]).hash(number) == NumberHasher([ONE]).hash(number)
    assert NumberHasher([ONE]).hash(number) != NumberHasher([TWO]).hash(number)
    assert number not in NumberHasher([ONE]).hash(number)


@given(st.integers(0, 10**9))
def test_wrapping_what_is_stored_is_hashing_under_all_keys(place: int) -> None:
    number = number_of(place)
    old, new = NumberHasher([ONE]), NumberHasher([ONE, TWO, THREE])
    assert new.wrapped(old.hash(number), "number-1") == new.hash(number)
    assert new.wrapped(NumberHasher([ONE, TWO]).hash(number), "number-2") == new.hash(number)
    assert new.key_id == "number-3"


@pytest.mark.parametrize("keys", [[], [ONE, ONE]])
def test_no_key_or_one_twice_is_refused(keys: list[NumberKey]) -> None:
    with pytest.raises(OnshiError):
        NumberHasher(keys)


def test_a_short_key_is_refused_and_a_key_says_nothing_of_itself() -> None:
    with pytest.raises(OnshiError):
        NumberKey("short", b"x" * 31)
    assert "\\x01" not in repr(ONE)


async def test_keys_rotate_while_the_numbers_stay_known(bureau: Bureau) -> None:
    await bureau.send(*(bureau.line(n) for n in (1, 2, 3)))
    old = bureau.importer._parts
    hasher = NumberHasher([NumberKey("number-1", b"k" * 32), TWO])
    parts = parts_of(bureau.store, old.url, bureau.folder, bureau.town, old.clock)
    fresh = Importer(type(parts)(**{n: getattr(parts, n) for n in parts.__slots__} | {"hasher": hasher}))
    with pytest.raises(OnshiError) as early:
        await fresh.receive([csv_file([bureau.line(1)])], operator="a")
    assert early.value.fault is KEYS_WRONG
    assert await rotate(bureau.store, hasher) == 3
    assert await rotate(bureau.store, hasher) == 0
    upload = await fresh.receive([csv_file([bureau.line(1, operation="2", percent="020")])], operator="a")
    assert (await fresh.run(upload)).state is State.APPLIED
    assert len(await bureau.current("person")) == 3, "the same person, found under the new key"
    with pytest.raises(OnshiError):
        await rotate(bureau.store, NumberHasher([ONE]))


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART + 17])
def test_what_was_kept_comes_back(tmp_path: Path, size: int) -> None:
    spool, data = Spool(tmp_path / "s", b"f" * 32), os.urandom(size)
    assert spool.keep("u1", [data[:7], data[7:]]) == size
    assert b"".join(spool.open("u1")) == data
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "s").iterdir())
    if size > 100:
        assert data[:100] not in next((tmp_path / "s").glob("*.enc")).read_bytes()
    spool.destroy("u1")
    spool.destroy("u1")
    assert list((tmp_path / "s").iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "part", "changed", "other-key", "other-name", "no-key", "swapped"])
def test_a_damaged_file_is_never_read_as_whole(tmp_path: Path, damage: str) -> None:
    spool = Spool(tmp_path, b"f" * 32)
    spool.keep("u1", [b"a" * PART, b"b" * PART, b"c" * 10])
    path = tmp_path / "u1.csv.enc"
    sealed = path.read_bytes()
    part = PART + 16 + 5
    match damage:
        case "cut":
            path.write_bytes(sealed[:-1])
        case "part":
            path.write_bytes(sealed[: 2 * part])
        case "changed":
            path.write_bytes(sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:])
        case "other-key":
            spool = Spool(tmp_path, b"g" * 32)
        case "other-name":
            path.rename(tmp_path / "u2.csv.enc")
            (tmp_path / "u1.key").rename(tmp_path / "u2.key")
        case "no-key":
            (tmp_path / "u1.key").unlink()
        case "swapped":
            path.write_bytes(sealed[part : 2 * part] + sealed[:part] + sealed[2 * part :])
    with pytest.raises(OnshiError) as broken:
        b"".join(spool.open("u2" if damage == "other-name" else "u1"))
    assert broken.value.fault is SPOOL_BROKEN
