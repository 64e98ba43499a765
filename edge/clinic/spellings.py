"""Names that are one name for Windows and several for Linux: what lies in a folder under another spelling.

A folder that clinic software reaches through a file server has one name where we see two files, and the older would
answer for the newer. The folder is listed once; after that what we write ourselves is noted. Facts: reference
clinic-interface 2.1.
"""

import os
from collections.abc import Iterable
from pathlib import Path

MOST = 50_000
"""Names that are remembered before the folder is listed again."""


class Spellings:
    """The spellings of one folder, by their common form."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, str] | None = None

    def note(self, *names: str) -> None:
        """These names were written."""
        if self._known is not None:
            self._known |= {name.casefold(): name for name in names}
            if len(self._known) > MOST:
                self._known = None

    def others(self, names: Iterable[str]) -> list[str]:
        """Names in the folder that are these names in other letters; they are forgotten here."""
        if self._known is None:
            try:
                self._known = {name.casefold(): name for name in os.listdir(self._folder)}
            except OSError:
                return []  # no folder: whoever writes into it will say so
        known = self._known
        return [other for name in names if (other := known.pop(name.casefold(), name)) != name]
