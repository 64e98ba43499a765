"""What the patient reads beside the camera while it looks; the desk is told the same.

Not for questions: those are the desk's. A page that also posts the frames is `edge.face.page`.
"""

from typing import Protocol

from edge.visit.desk import Say
from edge.visit.talk import Talk


class Screen(Protocol):
    """Beside the camera; started and stopped with the face method."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def show(self, said: Say | None) -> None:
        """Show this until the next; None: the camera does not look any more."""
        ...


class NoScreen:
    """The desk's own screen is enough."""

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    def show(self, said: Say | None) -> None:
        """Nobody sees it."""


async def tell(talk: Talk, screen: Screen, said: Say) -> None:
    """To the desk and to the person before the camera."""
    screen.show(said)
    await talk.say(said)
