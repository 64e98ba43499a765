"""A ZIP that is no good is refused with its reason: bombs, traversal, links, doubles, passwords, lies about sizes."""

import io
import stat
import struct
import zipfile

import pytest

from central.checkups.archive import Archive, Limits
from protocol.errors import Fault, OnshiError
from protocol.errors import checkups as errors
from tests.central.checkups.files import FOLDER, H1, codes, edited, good, packed, unpacked

SMALL = Limits(archive=100_000, files=20, file=50_000, total=120_000, ratio=100, directory=4_000)


def refusal(data: bytes, limits: Limits = SMALL) -> Fault:
    with pytest.raises(OnshiError) as refused:
        read_all(data, limits)
    return refused.value.fault


def read_all(data: bytes, limits: Limits) -> None:
    archive = Archive(io.BytesIO(data), limits)
    for entry in archive:
        archive.read(entry.name)


def zipped(*names: str, data: bytes = b"x", method: int = zipfile.ZIP_STORED, mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("x" * len(name))
            info.filename = name
            info.compress_type = method
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return out.getvalue()


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7", b"PK\x05\x06", bytes(30_000)])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert refusal(data) is errors.NOT_A_ZIP
    assert codes(data) == [errors.NOT_A_ZIP.code]


def test_bytes_in_front_make_it_no_zip() -> None:
    assert refusal(b"#!/bin/sh\n" + good()) is errors.NOT_A_ZIP


@pytest.mark.parametrize(
    "name",
    [
        "../ix08_V08.xml",
        "a/../../etc/passwd",
        "/etc/passwd",
        "a//b",
        "C:/x",
        "a\\b",
        "a/./b",
        "健診.xml",
        "a b",
        "a\x1bb",
        "x" * 300,
        "...",
    ],
)
def test_a_dangerous_name_is_refused(name: str) -> None:
    assert refusal(zipped(name)) is errors.ZIP_NAMES


def test_a_name_that_hides_its_end_is_refused() -> None:
    assert (
        refusal(zipped("ix08_V08.xml#.exe").replace(b"ix08_V08.xml#.exe", b"ix08_V08.xml\x00.exe")) is errors.ZIP_NAMES
    )


@pytest.mark.parametrize("names", [("a.xml", "A.XML"), ("a", "a/")])
def test_the_same_name_twice_is_refused(names: tuple[str, str]) -> None:
    assert refusal(zipped(*names)) is errors.ZIP_NAMES


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_very_same_name_twice_is_refused() -> None:
    assert refusal(zipped("a.xml", "a.xml")) is errors.ZIP_NAMES


def test_a_link_is_refused() -> None:
    assert refusal(zipped("a.xml", data=b"/etc/passwd", mode=stat.S_IFLNK | 0o777)) is errors.ZIP_NAMES


def test_a_password_is_refused() -> None:
    data = bytearray(zipped("a.xml"))
    at = data.rindex(b"PK\x01\x02")
    data[6] |= 1
    data[at + 8] |= 1
    assert refusal(bytes(data)) is errors.ZIP_ENCRYPTED


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_than_deflate_is_refused(method: int) -> None:
    assert refusal(zipped("a.xml", data=b"x" * 100, method=method)) is errors.ZIP_DAMAGED


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refusal(zipped("a.xml", data=bytes(49_000), method=zipfile.ZIP_DEFLATED)) is errors.ZIP_TOO_LARGE


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_is_unpacked() -> None:
    data = bytearray(zipped("a.xml", data=bytes(49_000), method=zipfile.ZIP_DEFLATED))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 100)  # the directory says 100 bytes
    assert refusal(bytes(data)) is errors.ZIP_DAMAGED


def test_many_files_too_many_bytes_and_a_large_directory_are_refused() -> None:
    assert refusal(zipped(*(f"{number}.xml" for number in range(21)))) is errors.ZIP_TOO_LARGE
    assert refusal(zipped("a.xml", data=bytes(50_001))) is errors.ZIP_TOO_LARGE
    assert refusal(zipped("a.xml", "b.xml", data=bytes(40_000)), Limits(total=60_000)) is errors.ZIP_TOO_LARGE
    assert refusal(zipped("a.xml", data=bytes(2_000)), Limits(archive=1_000)) is errors.ZIP_TOO_LARGE
    assert refusal(zipped(*(f"{number}" + "x" * 190 for number in range(18)))) is errors.ZIP_TOO_LARGE


def test_all_files_together_are_limited_as_they_are_read() -> None:
    archive = Archive(io.BytesIO(good()), Limits(total=60_000))
    archive.read(f"{FOLDER}/{H1}")
    archive.read(f"{FOLDER}/{H1}")
    archive.read(f"{FOLDER}/{H1}")
    archive.read(f"{FOLDER}/{H1}")
    with pytest.raises(OnshiError) as refused:
        archive.read(f"{FOLDER}/{H1}")
    assert refused.value.fault is errors.ZIP_TOO_LARGE


def test_zip64_is_refused() -> None:
    data = bytearray(zipped("a.xml"))
    at = data.rindex(b"PK\x05\x06")
    struct.pack_into("<L", data, at + 16, 0xFFFF_FFFF)
    assert refusal(bytes(data)) is errors.ZIP_TOO_LARGE


def test_files_that_share_their_bytes_are_refused() -> None:
    data = zipped("a.xml", "b.xml", data=b"x" * 1000)
    at = data.rindex(b"PK\x01\x02")
    overlapping = bytearray(data)
    struct.pack_into("<L", overlapping, at + 42, 10)  # b.xml begins inside a.xml
    assert refusal(bytes(overlapping)) is errors.ZIP_DAMAGED


def test_a_file_that_reaches_into_the_directory_is_refused() -> None:
    data = bytearray(zipped("a.xml", data=b"x" * 1000))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<LL", data, at + 20, 1050, 1050)
    assert refusal(bytes(data)) is errors.ZIP_DAMAGED


def test_a_file_with_a_wrong_sum_is_told_and_the_others_are_read() -> None:
    data = good()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(f"{FOLDER}/{H1}")
    raw = bytearray(data)
    at = raw.rindex(f"{FOLDER}/{H1}".encode()) - 46
    assert raw[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<L", raw, at + 16, info.CRC ^ 1)
    assert codes(bytes(raw)) == [errors.ZIP_DAMAGED.code]


def test_a_zip_of_something_else_is_refused() -> None:
    assert codes(zipped("letter.txt")) == [errors.NOT_A_SUBMISSION.code]
    assert codes(packed({})) == [errors.NOT_A_SUBMISSION.code]


def test_folders_may_have_entries_of_their_own() -> None:
    assert codes(edited(lambda files: files.update({"DATA/": b"", "CLAIMS/": b""}))) == []


def test_stored_files_are_read_as_deflated_ones() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in unpacked(good()).items():
            archive.writestr(f"{FOLDER}/{name}", data)
    assert codes(out.getvalue()) == []
