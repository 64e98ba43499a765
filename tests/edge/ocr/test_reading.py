"""Fronts are read from any side and distance that shows their print, and refused rather than guessed otherwise."""

import logging
from datetime import date

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.ocr import surface
from edge.ocr.reader import FrontReader
from protocol.errors import Fault, OnshiError
from protocol.errors import face as faults
from sandbox.fronts import camera
from sandbox.fronts.draw import draw
from sandbox.fronts.fonts import Face
from sandbox.fronts.text import random_front
from tests.edge.ocr.conftest import TODAY, shown

HINTS = {f"FACE-02{number}" for number in range(6)}


def refused(reader: FrontReader, image: surface.Image, today: date = TODAY) -> Fault:
    with pytest.raises(OnshiError) as told:
        reader.read(image, today)
    assert told.value.fault.code in HINTS
    return told.value.fault


def outcome(reader: FrontReader, image: surface.Image, number: str) -> str:
    """``read``, ``refused`` or, which must not be, ``wrong`` or another fault."""
    try:
        reading = reader.read(image, TODAY)
    except OnshiError as told:
        return "refused" if told.fault.code in HINTS else told.fault.code
    return "read" if reading.number_b == number.encode() else "wrong"


def test_fronts_as_cameras_see_them_are_read_and_none_is_wrong(reader: FrontReader) -> None:
    """A short count of the measurement in `bench.ocr`, all typefaces, 640 to 1012 pixels across."""
    outcomes = []
    for seed in range(300_000, 300_014):
        text, image = shown(seed, width=640 + seed * 37 % 373, strength=camera.USUAL)
        outcomes.append(outcome(reader, image, text.number_b))
    assert set(outcomes) <= {"read", "refused"}
    assert outcomes.count("read") >= 12


def test_pictures_worse_than_any_camera_are_never_wrong(reader: FrontReader) -> None:
    for seed in range(310_000, 310_003):
        text, image = shown(seed, width=640, strength=camera.HARSH)
        assert outcome(reader, image, text.number_b) in {"read", "refused"}


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_a_card_is_read_whichever_way_it_is_held(reader: FrontReader, turned: int) -> None:
    text, image = shown(0, turned=turned)
    reading = reader.read(image, TODAY)
    assert reading.number_b.decode() == text.number_b
    assert reading.way == "windows"


@pytest.mark.parametrize("turned", [0, 2])
def test_a_card_on_a_table_of_its_own_colour_is_read_off_the_page(reader: FrontReader, turned: int) -> None:
    text, image = shown(4, turned=turned)
    reading = reader.read(image, TODAY)
    assert reading.number_b.decode() == text.number_b
    assert reading.way == "page"


def test_a_scan_that_is_all_card_is_read(reader: FrontReader) -> None:
    text = random_front(6, TODAY)
    flat = draw(text, face=Face.GOTHIC, seed=6).convert("RGB").resize((1012, 638))
    assert reader.read(np.asarray(flat)[:, :, ::-1].copy(), TODAY).number_b.decode() == text.number_b


def test_a_foreign_residents_gregorian_birth_is_read(reader: FrontReader) -> None:
    seed = next(seed for seed in range(400) if random_front(seed, TODAY).foreign)
    text, image = shown(seed)
    assert text.date_line[:4].isdigit()
    assert reader.read(image, TODAY).number_b.decode() == text.number_b


def test_no_card_and_a_card_too_far_away_say_what_to_do(reader: FrontReader) -> None:
    noise = np.random.default_rng(1).integers(90, 110, (480, 640, 3)).astype(np.uint8)
    assert refused(reader, noise) is faults.FRONT_NOT_FOUND
    _, image = shown(7)
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    assert refused(reader, np.asarray(small)) is faults.FRONT_TOO_FAR


def test_a_card_that_moves_is_asked_to_be_held_still(reader: FrontReader) -> None:
    _, image = shown(8)
    moved = cv2.filter2D(image, -1, np.full((1, 13), 1 / 13))
    assert refused(reader, np.asarray(moved)) in (faults.FRONT_BLURRED, faults.FRONT_UNSURE)


def spotted(seed: int, monkeypatch: pytest.MonkeyPatch, x: float, y: float, reach: float) -> tuple[str, surface.Image]:
    """A front with light on (x, y) millimetres, ``reach`` millimetres around, that hides what is under it."""
    poses = []
    pose = camera._pose
    monkeypatch.setattr(camera, "_pose", lambda *given: poses.append(pose(*given)) or poses[-1])
    text, image = shown.__wrapped__(seed)
    place = np.array([[[x, y], [x + reach, y]]], dtype=np.float32) * 20
    middle, rim = cv2.perspectiveTransform(place, poses[-1])[0]
    lit = image.copy()
    cv2.circle(lit, np.round(middle).astype(int).tolist(), round(float(np.linalg.norm(rim - middle))), (255,) * 3, -1)
    return text.number_b, lit


def test_light_on_the_date_asks_to_tilt_the_card(reader: FrontReader, monkeypatch: pytest.MonkeyPatch) -> None:
    _, lit = spotted(9, monkeypatch, 33.0, 18.2, 4.0)
    assert refused(reader, lit) is faults.FRONT_GLARE


@pytest.mark.parametrize("place", [28.8, 29.8, 33.9, 36.2, 38.0])
def test_a_digit_that_the_light_has_taken_is_never_read_over(
    reader: FrontReader, monkeypatch: pytest.MonkeyPatch, place: float
) -> None:
    """昭和55年 without one 5 is a good date as well: a blank may stand there."""
    number, lit = spotted(5, monkeypatch, place, 18.2, 0.8)
    assert outcome(reader, lit, number) in {"read", "refused"}


def test_readings_that_differ_are_refused(reader: FrontReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both cuts of a field have to say the same: here the drawn-out one always says something else."""
    _, image = shown(0)
    recogniser = reader._recogniser
    genuine = recogniser.read
    other = str.maketrans("0123456789", "9876543210")

    class Contrary:
        def __init__(self) -> None:
            self.asked = 0

        def read(self, strip: surface.Image) -> object:
            self.asked += 1
            line = genuine(strip)
            return line if self.asked % 3 == 1 else type(line)(line.text.translate(other), line.sure, line.at)

    monkeypatch.setattr(reader, "_recogniser", Contrary())
    assert refused(reader, image) in (faults.FRONT_UNSURE, faults.FRONT_BLURRED)


def test_digits_that_are_not_likely_enough_are_refused(reader: FrontReader, monkeypatch: pytest.MonkeyPatch) -> None:
    _, image = shown(0)
    genuine = reader._recogniser.read

    class Doubting:
        def read(self, strip: surface.Image) -> object:
            line = genuine(strip)
            return type(line)(line.text, tuple(0.8 for _ in line.sure), line.at)

    monkeypatch.setattr(reader, "_recogniser", Doubting())
    assert refused(reader, image) in (faults.FRONT_UNSURE, faults.FRONT_BLURRED)


def test_a_day_on_which_no_such_card_can_be_valid_refuses_it(reader: FrontReader) -> None:
    _, image = shown(0)
    refused(reader, image, date(2050, 1, 1))


def test_digits_are_in_no_log_and_no_representation(reader: FrontReader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text, image = shown(0)
    reading = reader.read(image, TODAY)
    assert text.number_b not in repr(reading) + caplog.text
    assert 0.85 <= reading.least <= 1
    reading.wipe()
    assert reading.number_b == bytes(14)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(height=st.integers(16, 300), width=st.integers(16, 400), seed=st.integers(0, 1000), kind=st.integers(0, 3))
def test_any_image_gives_a_catalogue_error(reader: FrontReader, height: int, width: int, seed: int, kind: int) -> None:
    dice = np.random.default_rng(seed)
    image = [
        dice.integers(0, 256, (height, width, 3), dtype=np.uint8),
        np.full((height, width, 3), dice.integers(0, 256), dtype=np.uint8),
        cv2.resize(dice.integers(0, 256, (5, 7, 3), dtype=np.uint8), (width, height), interpolation=cv2.INTER_NEAREST),
        np.resize(shown(0)[1], (height, width, 3)),
    ][kind]
    refused(reader, np.ascontiguousarray(image))


@pytest.mark.parametrize("size", [(16, 3000), (3000, 16), (64, 64), (2600, 4200)])
def test_odd_sizes_give_a_catalogue_error(reader: FrontReader, size: tuple[int, int]) -> None:
    refused(reader, np.full((*size, 3), 200, dtype=np.uint8))
