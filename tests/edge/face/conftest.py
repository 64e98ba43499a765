"""One built pack for all tests of the face path."""

from pathlib import Path

import pytest

from edge.face.engine import LeanEngine
from edge.face.pack import Pack
from models import pack as packing


@pytest.fixture(scope="session")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    packing.build(folder, told=lambda line: None)
    return folder


@pytest.fixture(scope="session")
def engine(pack_folder: Path) -> LeanEngine:
    return LeanEngine(Pack(pack_folder))
