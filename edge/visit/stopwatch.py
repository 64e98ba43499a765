"""Times the steps of a visit. ``wait_…`` is time of people; everything else is ours (see `StepTime`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge.visit.desk import StepTime


class Stopwatch:
    """``ticks`` is a monotonic clock in seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._steps: list[StepTime] = []

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Note the block's time under ``name``, also when it raises."""
        start = self._ticks()
        try:
            yield
        finally:
            self._steps.append(StepTime(name=name, ms=(self._ticks() - start) * 1000))

    def steps(self) -> tuple[StepTime, ...]:
        return tuple(self._steps)
