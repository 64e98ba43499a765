"""The face worker's process: models, photo, frames and everything computed from a face live here and nowhere else.

Started by `edge.face.process` with a socket to it and a shared slot for frames; loads the models once, takes one
order at a time, zeroes what it was given, and dies with the daemon. Not for use by itself.
"""

import argparse
import mmap
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random, SystemRandom

import numpy as np

from edge.face import cues, liveness, wire
from edge.face.align import TEMPLATE, Image
from edge.face.attack import detector
from edge.face.camera import Coding
from edge.face.engine import Face
from edge.face.engines import open_engine, opening
from edge.face.eyes import Eyes
from edge.face.mesh import FaceMesh
from edge.face.pack import Pack
from edge.face.photo import receive, reference
from edge.face.picture import decode_frame, raw_frame
from edge.face.verification import Models, Verification
from edge.hardening import harden, limit_growth, lock
from protocol.errors import OnshiError, face, models_
from protocol.modelpack import RECORD

HEADROOM = 448 * 1024 * 1024
"""Bytes that the process may grow by after loading: a 4K frame needs some 120 MB for a moment."""


def load(folder: Path) -> Models:
    """Every model of the pack, checked. Raises `OnshiError` with a fault of the model pack."""
    pack = Pack(folder)
    with opening():
        return Models(open_engine(pack), FaceMesh(pack), Eyes(pack), detector(pack))


def warm_up(models: Models) -> None:
    """Everything once on a made-up face: libraries take their working memory now, and the first patient waits less."""
    side = 240
    image: Image = np.full((side, side, 3), 128, dtype=np.uint8)
    made_up = Face((60.0, 50.0, 120.0, 150.0), TEMPLATE + np.float32(60), 1.0)
    models.engine.detect(image)
    models.engine.embed(image, made_up)
    mesh = models.mesh.find(image, made_up)
    models.eyes.openness(image, mesh)
    cues.measure(image, made_up, mesh)
    cues.bending(mesh, mesh)
    if models.detector is not None:
        models.detector.genuine(image, made_up)


def locked(slot: mmap.mmap) -> bool:
    """Whether the frame slot and a decoded frame of the size that the camera page posts may be kept out of swap."""
    return lock(slot) and lock(np.zeros((720, 1280, 3), dtype=np.uint8))


def status(models: Models, *, locked: bool) -> wire.Status:
    """What is loaded, for screens and the record of a visit."""
    verifier = models.engine.verifier
    threshold = verifier.threshold
    if threshold is None:
        raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, model=verifier.id, reason="no threshold")
    found = models.detector.identity if models.detector else None
    return wire.Status(
        engine=type(models.engine).__name__,
        model=verifier.identity,
        threshold=threshold.accept,
        review=threshold.review,
        detector=found,
        liveness=f"{liveness.METHOD}.{'cnn-' + found[:12] if found else 'no-cnn'}",
        locked=locked,
    )


class Worker:
    """Serves orders until the line ends. ``slot`` is the shared memory of frames, ``cpu`` a clock of CPU seconds."""

    def __init__(
        self, line: socket.socket, slot: memoryview, models: Models, random: Random, cpu: Callable[[], float]
    ) -> None:
        self._line = line
        self._slot = slot
        self._models = models
        self._random = random
        self._cpu = cpu
        self._running: Verification | None = None
        self._spent: dict[str, float] = {}

    def serve(self) -> None:
        while True:
            raw, descriptors, _, _ = socket.recv_fds(self._line, wire.LONGEST, 1)
            lines = [socket.socket(fileno=descriptor) for descriptor in descriptors]
            try:
                if not raw:
                    return
                answer = self._answer(wire.order(raw), lines)
                with suppress(ConnectionError):  # nobody is left to tell; the next receive ends it
                    self._line.send(wire.encode(answer))
            finally:
                for line in lines:
                    line.close()

    def _answer(self, order: wire.Order, lines: list[socket.socket]) -> wire.Answer:
        try:
            match order:
                case wire.Begin():
                    return self._begin(order, lines)
                case wire.Look():
                    return self._look(order)
                case wire.Forget():
                    self._forget()
                    return wire.Forgotten(number=order.number)
        except OnshiError as refused:
            return wire.Failed(number=order.number, code=refused.fault.code, details=refused.details)
        except MemoryError:
            return wire.Failed(number=order.number, code=face.PICTURE_TOO_LARGE.code, details={"reason": "memory"})

    def _begin(self, order: wire.Begin, lines: list[socket.socket]) -> wire.Began:
        self._forget()
        if not lines:
            raise OnshiError(face.PHOTO_MISSING)
        began = self._cpu()
        photo = receive(lines[0])
        vector = reference(photo, order.digest, self._models.engine)
        self._spent = {"photo": self._cpu() - began}
        self._running = Verification(self._models, vector, self._random, self._cpu)
        return wire.Began(number=order.number, cpu=self._spent)

    def _look(self, order: wire.Look) -> wire.Looked:
        running = self._running
        if running is None:
            raise OnshiError(face.WORKER_GONE, reason="no verification")
        image: Image | None = None
        began = self._cpu()
        try:
            image = self._taken(order)
            lock(image)
            self._spent["decode"] = self._spent.get("decode", 0.0) + self._cpu() - began
            step = running.see(image, order.at)
        finally:
            if image is not None:
                image.fill(0)
        ended = step.ended
        verdict = step.verdict
        told = wire.Looked(
            number=order.number,
            prompt=step.prompt.value,
            tries_left=step.tries_left,
            ended=ended.value if ended else None,
            score=verdict.score if verdict else None,
            frames=verdict.frames if verdict else 0,
            cpu={**self._spent, **running.spent} if ended else {},
        )
        if ended:
            self._forget()
        return told

    def _taken(self, order: wire.Look) -> Image:
        """The frame out of the slot, which is zeroed."""
        data = self._slot[: order.length]
        try:
            if order.coding is Coding.PICTURE:
                return decode_frame(data)
            return raw_frame(data, order.coding.value, order.width, order.height)
        finally:
            data[:] = bytes(order.length)
            data.release()

    def _forget(self) -> None:
        if self._running is not None:
            self._running.forget()
            self._running = None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--line", type=int, required=True)
    parser.add_argument("--slot", type=int, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--headroom", type=int, default=HEADROOM)
    given = parser.parse_args(arguments)
    harden()
    with socket.socket(fileno=given.line) as line, mmap.mmap(given.slot, wire.SLOT) as slot:
        try:
            models = load(given.models)
            warm_up(models)
            loaded = status(models, locked=locked(slot))
        except OnshiError as refused:
            line.send(wire.encode(wire.Unable(code=refused.fault.code, details=refused.details)))
            return 1
        limit_growth(given.headroom)
        line.send(wire.encode(wire.Ready(status=loaded)))
        with memoryview(slot) as view:
            Worker(line, view, models, SystemRandom(), time.process_time).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
