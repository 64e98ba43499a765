"""Log lines of the centre: JSON on stderr, ids and codes only.

Libraries' own lines lose their text (it may quote what somebody sent): their logger, level and exception type stay.
"""

import logging
import sys

import structlog

from central.api.problems import told


class _Bare(logging.Handler):
    """A library's record as one line of ours, without its message."""

    def emit(self, record: logging.LogRecord) -> None:
        failed = record.exc_info[1] if record.exc_info else None
        structlog.get_logger(record.name).log(
            record.levelno, "library", place=f"{record.module}:{record.lineno}", **(told(failed) if failed else {})
        )


def configure(level: str) -> None:
    """``level``: debug, info, warning or error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Bare()]
    root.setLevel(max(number, logging.WARNING))
