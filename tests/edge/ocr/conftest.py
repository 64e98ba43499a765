"""A pack with the two card-front models only, one reader, and pictures of fronts."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest

from edge.face.pack import Pack
from edge.ocr.reader import FrontReader
from edge.ocr.surface import Image
from models import pack as packing
from sandbox.fronts.camera import MILD, Strength, seen_by_a_camera
from sandbox.fronts.draw import draw
from sandbox.fronts.fonts import Face
from sandbox.fronts.text import FrontText, random_front

TODAY = date(2026, 11, 21)
STEADY = Strength(corner=0.01, turn=3, shade=0.15, glare=0, blur=0.5, noise=3, quality=80)
"""A picture in which nothing is in the way."""


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = packing.manifest()
    ocr = tuple(model for model in known.model if model.id.startswith("ocr-"))
    sources = tuple(source for source in known.source if source.id in {model.source for model in ocr})
    folder = tmp_path_factory.mktemp("ocr-pack")
    packing.build(folder, told=lambda line: None, known=msgspec.structs.replace(known, model=ocr, source=sources))
    return folder


@pytest.fixture(scope="session")
def reader(models: Path) -> FrontReader:
    return FrontReader(Pack(models))


@lru_cache(maxsize=16)
def shown(seed: int, *, width: int = 900, strength: Strength = STEADY, turned: int = 0) -> tuple[FrontText, Image]:
    """Somebody's front as a camera sees it."""
    text = random_front(seed, TODAY)
    flat = draw(text, face=tuple(Face)[seed % 3], seed=seed)
    return text, seen_by_a_camera(flat, seed, width=width, strength=strength, turned=turned)


__all__ = ["MILD", "STEADY", "TODAY", "shown"]
