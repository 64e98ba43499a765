"""How fast an upload goes on, and when what is being done now should end."""

import time
from collections.abc import Callable

from central.insurers.parts import Progress


class Pace:
    """Hears the progress of one upload. ``monotonic`` in seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._begun = monotonic()
        self._from = 0
        self.now: Progress | None = None

    def __call__(self, now: Progress) -> None:
        if self.now is None or self.now.part != now.part:
            self._begun, self._from = self._monotonic(), now.done
        self.now = now

    def left(self) -> int | None:
        """Seconds until the end of this part, about; None: nobody knows yet."""
        if self.now is None or self.now.done <= self._from or not self.now.of:
            return None
        passed = self._monotonic() - self._begun
        return round(passed / (self.now.done - self._from) * max(self.now.of - self.now.done, 0))
