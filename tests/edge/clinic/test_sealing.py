"""Sealed zips open elsewhere and here, and only with the password."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.clinic.sealing import read_password, seal, unseal
from protocol.errors import OnshiError, clinic

PASSWORD = b"correct horse battery"
THEIRS = bytes.fromhex(
    "504b03041400010063005364755d00000000320000003000000013000b004f5153736971756330317265735f312e786d6c01990700020041"
    "450308001969cce6db0cfc5f66cb0e98fff74a02a4b8a09197a32ef4ec3ba07e2fa63c54a7184e859ae3775abb83e59d417314c017c6504b"
    "010214031400010063005364755d00000000320000003000000013000b0000000000000000008001000000004f5153736971756330317265"
    "735f312e786d6c0199070002004145030800504b050600000000010001004c0000006e0000000000"
)
"""Written by pyzipper 0.4.0, which also opens what `seal` writes (tried by hand: it brings a second crypto library)."""


def test_a_zip_of_another_program_opens() -> None:
    assert unseal(PASSWORD, THEIRS) == ("OQSsiquc01res_1.xml", "診療　太郎 ".encode() * 3)


@given(content=st.binary(max_size=5000))
@settings(max_examples=40, deadline=None)
def test_what_is_sealed_comes_back(content: bytes) -> None:
    assert unseal(PASSWORD, seal(PASSWORD, "OQSsiquc01res_日本.xml", content)) == ("OQSsiquc01res_日本.xml", content)


def test_the_same_file_is_sealed_differently_each_time_and_shows_nothing() -> None:
    one, two = (seal(PASSWORD, "a.xml", b"name " * 100) for _ in range(2))
    assert one != two
    assert b"name name" not in one
    with zipfile.ZipFile(BytesIO(one)) as archive:
        (entry,) = archive.infolist()
    assert (entry.filename, entry.file_size, entry.CRC, entry.compress_type) == ("a.xml", 500, 0, 99)


@pytest.mark.parametrize("place", [40, 60, -120])
def test_a_wrong_password_or_a_changed_byte_is_noticed(place: int) -> None:
    sealed = bytearray(seal(PASSWORD, "a.xml", b"x" * 2000))
    with pytest.raises(ValueError, match="wrong password"):
        unseal(b"wrong horse battery!", bytes(sealed))
    start = 30 + 5 + 11
    sealed[start + 20 if place > 0 else start + 3] ^= 1
    with pytest.raises(ValueError, match="wrong password"):
        unseal(PASSWORD, bytes(sealed))


def test_a_plain_zip_is_none_of_ours() -> None:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.xml", "x")
    with pytest.raises(ValueError, match="not an AES zip"):
        unseal(PASSWORD, whole.getvalue())


def test_a_password_is_the_first_line_of_its_file_and_long_enough(tmp_path: Path) -> None:
    place = tmp_path / "password"
    with pytest.raises(OnshiError) as refused:
        read_password(place)
    assert refused.value.fault is clinic.SEAL_PASSWORD
    place.write_bytes(PASSWORD + b"\r\nnot this\n")
    assert read_password(place) == PASSWORD
    place.write_bytes(b"short")
    with pytest.raises(OnshiError):
        read_password(place)
