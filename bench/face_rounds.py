"""The rounds of `bench.face`: ours through the production code, bare ones through decoders and sessions alone.

Bare means: the decoder's own call on the same bytes, and each model's session on a ready input of the shape that the
production code gives it, as often as the production code runs it.
"""

import hashlib
import io
import socket
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image as Pillow

from bench.face import LIVE, timed
from edge.face.align import crop
from edge.face.camera import Frame
from edge.face.decide import Decision, decide
from edge.face.engine import DETECTION_SIDE
from edge.face.photo import is_signed
from edge.face.picture import decode_chip_photo, decode_frame
from edge.face.process import FaceWorker
from edge.face.quality import judge
from edge.face.verification import Models, Verification
from edge.face.worker import load, warm_up
from sandbox import portraits
from sandbox.camera import scenes
from sandbox.camera.actors import Person
from sandbox.camera.fake import FakeCamera
from sandbox.camera.presentations import Wardrobe
from sandbox.camera.puppet import Pose
from sandbox.card.pictures import photo_jp2

HOLDER = portraits.SPEAKER


def chip_photo() -> bytes:
    picture = portraits.chip_picture(HOLDER)
    if picture is None:
        raise SystemExit("the portraits are not installed: make face")
    return photo_jp2(picture)


class Counting:
    """A model's session that counts and times its own runs, for the floor of a whole verification."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.inputs: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, outputs: Any, given: dict[str, Any]) -> Any:
        self.inputs.append(given)
        return self._session.run(outputs, given)

    def again(self) -> None:
        """All that was asked, once more, and nothing else."""
        for given in self.inputs:
            self._session.run(None, given)


class Bench:
    """Loads once; each method is one round and gives CPU milliseconds by step."""

    def __init__(self, models: Path) -> None:
        self.models: Models = load(models)
        warm_up(self.models)
        self.photo = chip_photo()
        puppet = Wardrobe(models).puppet(HOLDER)
        dice = np.random.default_rng(3)
        self._puppet = puppet
        self.frames = [
            scenes.jpeg(scenes.sensed(scenes.person(puppet.pose(Pose()), puppet.centre, face_width=180), dice))
            for _ in range(LIVE)
        ]
        engine: Any = self.models.engine
        self._detector, self._verifier = engine._detector, engine._verifier
        self._aligned = np.zeros((1, 3, 112, 112), dtype=np.float32)
        frame = decode_frame(self.frames[0])
        self._aligned[0] = crop(frame, engine.detect(frame)[0].points).transpose(2, 0, 1)

    def compared(self) -> dict[str, float]:
        """As a visit does it without the challenge: photo, digest, three frames, quality, decision."""
        spent: dict[str, float] = {}
        engine = self.models.engine
        held = bytearray(self.photo)
        timed(spent, "digest", is_signed, held, "0" * 64)
        image = timed(spent, "decode", decode_chip_photo, held)
        found = timed(spent, "detect", engine.detect, image)
        reference = timed(spent, "embed", engine.embed, image, found[0])
        vectors = []
        for raw in self.frames:
            frame = timed(spent, "decode", decode_frame, raw)
            faces = timed(spent, "detect", engine.detect, frame)
            quality = timed(spent, "quality", judge, frame, faces, engine)
            assert quality.hint is None, quality.hint
            vectors.append(timed(spent, "embed", engine.embed, frame, faces[0]))
        verdict = timed(spent, "decide", decide, reference, vectors, engine.verifier)
        assert verdict.decision is Decision.MATCH
        return spent

    def bare(self) -> dict[str, float]:
        """Decoders and sessions alone, as often as `compared` needs them."""
        spent: dict[str, float] = {}
        for raw in (self.photo, *self.frames):
            timed(spent, "decode", _decoded, raw)
        tall = np.zeros((1, 3, 320, 256), dtype=np.float32)
        wide = np.zeros((1, 3, 256, DETECTION_SIDE), dtype=np.float32)
        for blob in (tall, *[wide] * LIVE):
            timed(spent, "detect", self._detector.run, None, {"input": blob})
        for _ in range(1 + LIVE):
            timed(spent, "embed", self._verifier.run, None, {"data": self._aligned})
        return spent

    def verified(self, random: Random) -> dict[str, Any]:
        """A person from the first frame to the match; then every session's inputs once more, bare."""
        frames: list[bytes] = []
        chip = decode_chip_photo(self.photo)
        reference = self.models.engine.embed(chip, self.models.engine.detect(chip)[0])
        sessions = self._watched()
        running = Verification(self.models, reference, random, time.process_time)
        actor = Person(self._puppet)
        spent: defaultdict[str, float] = defaultdict(float)
        at = 0.0
        while True:
            at += 0.125
            raw = scenes.jpeg(actor.look(at))
            frames.append(raw)
            image = timed(spent, "decode", decode_frame, raw)
            step = timed(spent, "see", running.see, image, at)
            if step.ended:
                break
            actor.hear(step.prompt.value, at)
        assert step.verdict is not None
        ours = spent["decode"] + spent["see"]
        bare: dict[str, float] = {}
        for raw in frames:
            timed(bare, "decode", _decoded, raw)
        for name, session in sessions.items():
            timed(bare, name, session.again)
        floor = sum(bare.values())
        return {
            "frames": len(frames),
            "ours_ms": round(ours, 1),
            "bare_ms": round(floor, 1),
            "ratio": round(ours / floor, 3),
            "steps_ms": {
                "decode": round(spent["decode"], 2),
                **{name: round(seconds * 1000, 2) for name, seconds in running.spent.items()},
            },
            "bare_steps_ms": {name: round(ms, 2) for name, ms in bare.items()},
        }

    def _watched(self) -> dict[str, Counting]:
        places: dict[str, tuple[Any, str]] = {
            "detect": (self.models.engine, "_detector"),
            "embed": (self.models.engine, "_verifier"),
            "mesh": (self.models.mesh, "_session"),
            "eyes": (self.models.eyes, "_session"),
        }
        watched = {}
        for name, (owner, attribute) in places.items():
            watched[name] = Counting(getattr(owner, attribute))
            setattr(owner, attribute, watched[name])
        return watched


def _decoded(raw: bytes) -> Any:
    with Pillow.open(io.BytesIO(raw)) as opened:
        return np.asarray(opened.convert("RGB"))


async def through_the_worker(worker: FaceWorker, models: Path) -> None:
    """One verification through the process, to its end."""
    photo = chip_photo()
    digest = hashlib.sha256(b"\xdf\x27\x82" + len(photo).to_bytes(2, "big") + photo).hexdigest()
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(photo)
        theirs.close()
        await worker.begin(ours, digest)
    camera = FakeCamera(Person(Wardrobe(models).puppet(HOLDER)))
    frame: Frame = await camera.frame()
    while not (told := await worker.look(frame)).ended:
        camera.hear(told.prompt)
        frame = await camera.frame()
    await worker.forget()
