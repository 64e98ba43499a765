"""The fake camera: an actor seen at a steady rate, as JPEG like a page posts them. Its time is its own.

A visit runs as fast as the worker looks; seconds of challenge and patience pass frame by frame.
"""

from edge.face.camera import Frame
from protocol.errors import OnshiError, face
from sandbox.camera import scenes
from sandbox.camera.actors import Actor


class FakeCamera:
    """`edge.face.camera.Camera`. ``unplug_after`` frames it is gone."""

    def __init__(self, actor: Actor, *, rate: float = 8.0, unplug_after: int | None = None) -> None:
        self.actor = actor
        self.frames = 0
        self._step = 1.0 / rate
        self._at = 0.0
        self._unplug_after = unplug_after

    def hear(self, code: str) -> None:
        """What the screen shows reaches whoever stands there."""
        self.actor.hear(code, self._at)

    async def open(self) -> None:
        """Ready."""

    async def frame(self) -> Frame:
        if self._unplug_after is not None and self.frames >= self._unplug_after:
            raise OnshiError(face.CAMERA_UNAVAILABLE, reason="unplugged")
        self.frames += 1
        self._at += self._step
        return Frame(bytearray(scenes.jpeg(self.actor.look(self._at))), self._at)

    async def close(self) -> None:
        """The next visit goes on where the time stands."""
        self._at += 60.0
