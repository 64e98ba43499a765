"""The errors-only CSV that a command writes: opened before anything is uploaded, empty until there are faults."""

import csv
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from central.cli import writing
from central.insurers.check import ERROR_HEADER


class ErrorFile:
    """``path`` None: nothing is written. Raises `OnshiError` where it cannot be."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def __enter__(self) -> Self:
        if self.path is not None:
            with writing(self.path):
                # With a mark in front, or a spreadsheet program takes it for CP932.
                self._file = self.path.open("w", encoding="utf-8-sig", newline="")
                csv.writer(self._file).writerow(ERROR_HEADER)
                self._file.flush()
        return self

    def write(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Rows as `check.error_rows` makes them."""
        if self.path is not None:
            with writing(self.path):
                csv.writer(self._file).writerows(rows)

    def __exit__(
        self, kind: type[BaseException] | None, failed: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is not None:
            with writing(self.path):
                self._file.close()
