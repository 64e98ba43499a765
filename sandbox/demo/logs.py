"""Where the demo's parts write their lines: the world's log file, so that the story stands alone on the terminal."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import structlog


@contextlib.contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """JSON lines of centre and appliance, appended to one file, closed to others; of libraries the place only."""
    path.touch(mode=0o600)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    with path.open("a", encoding="utf-8", buffering=1) as file:
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.WriteLoggerFactory(file),
            cache_logger_on_first_use=False,
        )
        root.handlers[:] = [_Bare()]
        root.setLevel(logging.WARNING)
        try:
            yield
        finally:
            root.handlers[:], root.level = before[0], before[1]
            structlog.reset_defaults()


class _Bare(logging.Handler):
    """A library's record without its message, which may quote what somebody sent."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(
            record.levelno, "library", place=f"{record.module}:{record.lineno}", kind=_kind(record)
        )


def _kind(record: logging.LogRecord) -> str | None:
    return type(record.exc_info[1]).__name__ if record.exc_info and record.exc_info[1] else None
