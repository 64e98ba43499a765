"""The sheet of 80 columns on which a visit is told; calm, and plain where it is not a terminal.

No words of its own (`sandbox.demo.story`). Colours only on a terminal and without NO_COLOR (no-color.org).
"""

import os
from typing import TextIO

from sandbox.demo.columns import pad, pad_left, width, wrap

COLUMNS = 80
MARGIN = 2
INDENT = 5
STEP = 42
"""Cells of a step's label."""
LABEL = 22
"""Cells of a row's label, both languages."""

_STYLES = {"bold": "1", "dim": "2", "green": "32", "red": "31", "yellow": "33", "blue": "34"}


def colours_wanted(stream: TextIO, environment: dict[str, str] | None = None) -> bool:
    """Only where a person looks at it and has not asked for none."""
    settings = os.environ if environment is None else environment
    return stream.isatty() and not settings.get("NO_COLOR") and settings.get("TERM") != "dumb"


class Paper:
    """Writes to one stream, line by line, flushed, so that a visit is seen while it happens."""

    def __init__(self, stream: TextIO, *, colours: bool) -> None:
        self._stream = stream
        self._colours = colours

    def style(self, text: str, *names: str) -> str:
        if not self._colours or not names:
            return text
        return f"\x1b[{';'.join(_STYLES[name] for name in names)}m{text}\x1b[0m"

    def line(self, text: str = "") -> None:
        self._stream.write(text.rstrip() + "\n")
        self._stream.flush()

    def title(self, ja: str, en: str, right: str) -> None:
        left = f"{ja}  {en}"
        space = COLUMNS - 2 * MARGIN - width(left) - width(right)
        gap = " " * max(2, space)
        self.line()
        self.line(
            " " * MARGIN + self.style(ja, "bold") + "  " + self.style(en, "bold") + gap + self.style(right, "dim")
        )

    def section(self, number: int, ja: str, en: str) -> None:
        head = f"{number}  {ja}  {en} "
        rule = "─" * (COLUMNS - 2 * MARGIN - width(head))
        self.line()
        self.line(" " * MARGIN + self.style(head, "bold") + self.style(rule, "dim"))

    def text(self, text: str, *styles: str, indent: int = INDENT) -> None:
        for part in wrap(text, COLUMNS - MARGIN - indent):
            self.line(" " * indent + self.style(part, *styles))

    def row(self, label: str, value: str, *styles: str) -> None:
        """A label and its value; the value wraps under itself."""
        parts = wrap(value, COLUMNS - MARGIN - INDENT - LABEL)
        for index, part in enumerate(parts):
            head = pad(label, LABEL) if index == 0 else " " * LABEL
            self.line(" " * INDENT + self.style(head, "dim") + self.style(part, *styles))

    def unwrapped(self, label: str, value: str) -> None:
        """A label and a value that stays in one piece (a path, an address)."""
        self.line(" " * INDENT + self.style(pad(label, LABEL), "dim") + value)

    def point(self, mark: str, text: str, *styles: str) -> None:
        """A marked line: a check, a dot, a cross."""
        indent = INDENT + 2
        for index, part in enumerate(wrap(text, COLUMNS - MARGIN - indent)):
            head = f"{mark} " if index == 0 else "  "
            self.line(" " * INDENT + self.style(head, *styles) + part)

    def bar(self, label: str, ms: float, longest: float) -> None:
        """One step's time with a bar relative to the longest step; without a bar where ``longest`` is 0."""
        room = COLUMNS - MARGIN - INDENT - STEP - 12
        filled = max(1, round(room * ms / longest)) if longest > 0 else 0
        self.line(
            " " * INDENT + pad(label, STEP) + pad_left(f"{ms:,.1f} ms", 10) + "  " + self.style("▪" * filled, "blue")
        )
