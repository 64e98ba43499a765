"""A desk in a terminal: questions on standard error, answers from standard input, one line each.

For ``onshi edge run`` until the screens are there, and for trying an appliance by hand. Secrets are read without
echo into ``bytearray`` s. A question that is cancelled (card gone) simply drops what was typed.
"""

import asyncio
import contextlib
import os
import termios
from collections.abc import Callable, Iterator

from edge.card.port import Attributes
from edge.visit.desk import (
    ClerkEntry,
    ClerkQuestion,
    ConsentQuestion,
    MethodOffer,
    PinEntry,
    PinQuestion,
    PrintedEntry,
    PrintedQuestion,
    Say,
    VisitRecord,
)
from protocol.visit import ConsentItem, Method

_METHODS = {"p": Method.PIN, "s": Method.SIGHT, "f": Method.FACE}
_LONGEST_LINE = 256


class Lines:
    """Lines of a descriptor as ``bytearray`` s, cancellable at any moment."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def line(self, *, echo: bool = True) -> bytearray | None:
        """The next line without its end; None at the end of input."""
        taken = bytearray()
        with _silent(self._descriptor, not echo):
            while len(taken) < _LONGEST_LINE:
                await self._readable()
                one = os.read(self._descriptor, 1)
                if not one:
                    return taken or None
                if one == b"\n":
                    break
                taken += one
        if taken.endswith(b"\r"):
            del taken[-1]
        return taken

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, ready.set)
        except (PermissionError, NotImplementedError):
            return  # a regular file is always readable
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)


@contextlib.contextmanager
def _silent(descriptor: int, wanted: bool) -> Iterator[None]:
    if not wanted or not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    hushed = termios.tcgetattr(descriptor)
    hushed[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, hushed)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


class TerminalDesk:
    """`edge.visit.desk.Desk` for one person at a terminal. ``show`` prints one line."""

    def __init__(self, lines: Lines, show: Callable[[str], None]) -> None:
        self._lines = lines
        self._show = show

    async def tell(self, said: Say) -> None:
        self._show(f"[{said.code}] {said.ja} / {said.en}")
        if said.next_ja:
            self._show(f"    → {said.next_ja} / {said.next_en}")

    async def choose_method(self, offer: MethodOffer) -> Method | None:
        await self.tell(offer.said)
        names = {Method.PIN: "p 暗証番号/PIN", Method.SIGHT: "s 目視/sight", Method.FACE: "f 顔/face"}
        self._show("    " + "  ".join(names[method] for method in offer.methods) + "  (q 中止/stop)")
        while True:
            typed = await self._text()
            if typed is None or typed == "q":
                return None
            if typed in _METHODS:
                return _METHODS[typed]

    async def ask_pin(self, question: PinQuestion) -> PinEntry | None:
        await self.tell(question.said)
        pin = await self._lines.line(echo=False)
        return PinEntry(pin=pin) if pin else None

    async def ask_clerk(self, question: ClerkQuestion) -> ClerkEntry | None:
        await self.tell(question.said)
        self._show("    職員ID/staff id:")
        clerk = await self._text()
        if not clerk:
            return None
        self._show("    職員コード/staff code:")
        code = await self._lines.line(echo=False)
        return ClerkEntry(clerk=clerk, code=code) if code else None

    async def ask_printed(self, question: PrintedQuestion) -> PrintedEntry | None:
        await self.tell(question.said)
        digits = await self._lines.line(echo=False)
        if not digits:
            return None
        return PrintedEntry(number_b=digits) if len(digits) == 14 else PrintedEntry(birth=digits)

    async def ask_consent(self, question: ConsentQuestion) -> tuple[ConsentItem, ...] | None:
        await self.tell(question.said)
        for number, item in enumerate(question.items, 1):
            self._show(f"    {number} {question.names_ja[item]} / {question.names_en[item]}")
        self._show("    y すべて同意/all  n 同意しない/none  1,3… 選ぶ/choose")
        while True:
            typed = await self._text()
            if typed is None:
                return None
            chosen = _chosen(typed, question.items)
            if chosen is not None:
                return chosen

    async def show_attributes(self, attributes: Attributes) -> None:
        self._show(f"    券面の氏名/name on the card: {attributes.name}")

    async def finished(self, record: VisitRecord) -> None:
        ours = sum(step.ms for step in record.steps if not step.name.startswith("wait_"))
        self._show(
            f"[{record.outcome.ending.value}] {ours:.0f} ms" + (f" {record.face_file}" if record.face_file else "")
        )

    async def _text(self) -> str | None:
        line = await self._lines.line()
        return None if line is None else line.decode("utf-8", "replace").strip().lower()


def _chosen(typed: str, items: tuple[ConsentItem, ...]) -> tuple[ConsentItem, ...] | None:
    if typed in {"y", "n"}:
        return items if typed == "y" else ()
    numbers = [part.strip() for part in typed.split(",")]
    known = {str(number): item for number, item in enumerate(items, 1)}
    return tuple(known[number] for number in numbers) if all(number in known for number in numbers) else None
