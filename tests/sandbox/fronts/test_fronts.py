"""Drawn fronts carry the numbers of their cards, stand in the real layout, and are the same for the same seed."""

import importlib.metadata
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from edge.ocr.surface import DATE_LINE, NUMBER_LINE, Window
from protocol.errors import OnshiError, models_
from sandbox.commands import sandbox
from sandbox.fronts.camera import HARSH, MILD, seen_by_a_camera
from sandbox.fronts.draw import DENSITY, draw
from sandbox.fronts.fonts import Face, font
from sandbox.fronts.text import front_of, random_front
from sandbox.world.world import World

TODAY = date(2026, 11, 21)


@given(seed=st.integers(0, 1 << 40), today=st.dates(min_value=date(2024, 1, 1), max_value=date(2036, 12, 31)))
def test_anybody_drawn_at_random_has_a_card_that_is_valid(seed: int, today: date) -> None:
    front = random_front(seed, today)
    assert front.birth <= today <= front.expiry
    assert front.expiry.year <= today.year + 10
    assert len(front.number_b) == 14
    assert front.number_b.isdigit()
    assert len(front.serial) == 16
    assert f"{front.expiry.year}年" in front.date_line


def test_the_date_line_is_printed_like_on_a_card() -> None:
    lines = [random_front(seed, TODAY).date_line for seed in range(300)]
    assert all(line.endswith("日まで有効") for line in lines)
    assert any("元年" in line for line in lines)
    assert any("年 " in line and "月 " in line for line in lines)
    assert any(line[:4].isdigit() for line in lines)


@pytest.mark.parametrize("face", list(Face))
def test_the_fields_stand_where_they_are_looked_for(face: Face) -> None:
    """Ink of the two lines lies inside their windows, with paper around it."""
    for seed in range(2):
        front = random_front(seed, TODAY)
        with_, without = (
            np.asarray(draw(text, face=face, seed=seed).convert("L"), dtype=np.int16)
            for text in (front, _silent(front))
        )
        rows, columns = np.nonzero(np.abs(with_ - without) > 40)
        for window in (DATE_LINE, NUMBER_LINE):
            left, top, right, bottom = (round(mm * DENSITY) for mm in window)
            inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
            assert inside.sum() > 500
        assert _outside(rows, columns, (DATE_LINE, NUMBER_LINE)) == 0


def _silent(front: object) -> object:
    """The same front without what the two lines say."""

    class Silent(type(front)):  # type: ignore[misc]
        date_line = ""

    fields = {name: getattr(front, name) for name in front.__dataclass_fields__}  # type: ignore[attr-defined]
    return Silent(**{**fields, "serial": " " * 16, "code": " " * 4})


def _outside(rows: np.ndarray, columns: np.ndarray, windows: tuple[Window, ...]) -> int:
    outside = np.ones(len(rows), dtype=bool)
    for window in windows:
        left, top, right, bottom = (round(mm * DENSITY) for mm in window)
        outside &= ~((rows >= top) & (rows < bottom) & (columns >= left) & (columns < right))
    return int(outside.sum())


def test_the_same_seed_gives_the_same_picture() -> None:
    flat = draw(random_front(1, TODAY), seed=1)
    one, other, third = (seen_by_a_camera(flat, seed, width=640, strength=MILD) for seed in (5, 5, 6))
    assert np.array_equal(one, other)
    assert one.shape != third.shape or not np.array_equal(one, third)
    assert one.shape[1] >= 640
    assert seen_by_a_camera(flat, 5, width=640, strength=HARSH).std() > 5


def test_a_typeface_that_is_not_installed_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> importlib.metadata.Distribution:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    font.cache_clear()
    with pytest.raises(OnshiError) as told:
        font(Face.SERIF, 31.25)
    assert told.value.fault is models_.SOURCE_MISSING
    assert told.value.details == {"package": "pylopdf-fonts-jp"}
    font.cache_clear()


def test_a_personas_front_opens_its_own_card(tmp_path: Path) -> None:
    with World.share(tmp_path / "world") as world:
        persona = world.persona("ordinary")
        made = world.cards.personalisation(persona)
        front = front_of(made, world.seed)
        assert front.number_b == made.number_b
        assert front_of(made, world.seed) == front
    for words, size in ((("--width", "700"), (700, 442)), (("--camera", "3", "--strength", "mild"), None)):
        out = tmp_path / "front.png"
        told = CliRunner().invoke(sandbox, ["front", "--out", str(out), "--world", str(tmp_path / "world"), *words])
        assert told.exit_code == 0, told.output
        with Pillow.open(out) as picture:
            assert size is None or picture.size == size
            assert picture.mode == "RGB"


def test_nobody_and_nowhere_are_told(tmp_path: Path) -> None:
    world = ["--world", str(tmp_path / "world")]
    nobody = CliRunner().invoke(sandbox, ["front", "--persona", "nobody", "--out", str(tmp_path / "a.png"), *world])
    assert nobody.exit_code == 2
    assert "ordinary" in nobody.output
    nowhere = CliRunner().invoke(sandbox, ["front", "--out", str(tmp_path / "none" / "a.png"), *world])
    assert nowhere.exit_code == 1
