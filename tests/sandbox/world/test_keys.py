"""Keys are made once, kept whole, and closed to others."""

from pathlib import Path

import pytest

from sandbox.world.keys import KeyCache


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    made = KeyCache(tmp_path / "keys").p256("device")
    found = KeyCache(tmp_path / "keys").p256("device")
    assert made.private_numbers() == found.private_numbers()


def test_files_are_closed_to_others(tmp_path: Path) -> None:
    cache = KeyCache(tmp_path / "keys")
    cache.rsa_2048("card.ordinary.surface")
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in cache.folder.iterdir()] == ["card.ordinary.surface.pem"]
    assert cache.path("card.ordinary.surface").stat().st_mode & 0o777 == 0o600


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    cache = KeyCache(tmp_path)
    cache.p256("device")
    with pytest.raises(TypeError):
        cache.rsa_2048("device")


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a key's name"):
        KeyCache(tmp_path).p256("../device")
