"""One built pack, one loading of the models and one set of puppets for all tests of the face path."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from edge.face.engine import LeanEngine, Vector
from edge.face.pack import Pack
from edge.face.picture import decode_chip_photo, decode_frame
from edge.face.verification import Ended, Models, Step, Verification
from edge.face.worker import load
from models import pack as packing
from sandbox import portraits
from sandbox.camera import scenes
from sandbox.camera.actors import Actor
from sandbox.camera.presentations import EVERYTHING, Wardrobe
from sandbox.card.pictures import photo_jp2


@pytest.fixture(scope="session")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    packing.build(folder, told=lambda line: None)
    return folder


@pytest.fixture(scope="session")
def engine(pack_folder: Path) -> LeanEngine:
    return LeanEngine(Pack(pack_folder))


@pytest.fixture(scope="session")
def models(pack_folder: Path) -> Models:
    return load(pack_folder)


@pytest.fixture(scope="session")
def wardrobe(pack_folder: Path) -> Wardrobe:
    return Wardrobe(pack_folder)


def chip(portrait: portraits.Portrait) -> bytes:
    """The photo on that person's card."""
    picture = portraits.chip_picture(portrait)
    assert picture is not None, "the portraits are missing: make face"
    return photo_jp2(picture)


class Ending(NamedTuple):
    step: Step
    prompts: list[str]
    """Each once per change."""
    frames: int


Play = Callable[..., Ending]


@pytest.fixture(scope="session")
def play(models: Models, wardrobe: Wardrobe) -> Play:
    """Plays a presentation, by name or as an actor, against the holder's chip photo, to its end."""
    vectors: dict[str, Vector] = {}

    def reference(portrait: portraits.Portrait) -> Vector:
        if portrait.name not in vectors:
            image = decode_chip_photo(chip(portrait))
            vectors[portrait.name] = models.engine.embed(image, models.engine.detect(image)[0])
        return vectors[portrait.name].copy()

    def run(
        shown: str | Actor,
        holder: portraits.Portrait = portraits.SPEAKER,
        seed: int = 1,
        rate: float | None = None,
        using: Models = models,
    ) -> Ending:
        actor: Actor
        if isinstance(shown, str):
            presentation = EVERYTHING[shown]
            actor = presentation.make(wardrobe.people(holder), np.random.default_rng(seed))
            rate = rate or presentation.rate
        else:
            actor = shown
        verification = Verification(using, reference(holder), random.Random(seed), time.process_time)  # noqa: S311
        at, frames, prompts = 0.0, 0, [""]
        while True:
            at += 1 / (rate or 8.0)
            frames += 1
            step = verification.see(decode_frame(scenes.jpeg(actor.look(at))), at)
            if step.ended:
                return Ending(step, prompts[1:], frames)
            if step.prompt.value != prompts[-1]:
                prompts.append(step.prompt.value)
            actor.hear(step.prompt.value, at)

    return run


__all__ = ["Ended", "Ending", "Play", "chip"]
