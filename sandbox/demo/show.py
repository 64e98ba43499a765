"""Runs the demo: opens the stage, shows the visit as it happens, and keeps the stage open until it is stopped."""

import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from edge.visit.desk import Say
from protocol.visit import ConsentItem, Method
from sandbox.cast import Persona
from sandbox.demo.faces import REMEDY, DemoFace, missing
from sandbox.demo.paper import Paper, colours_wanted
from sandbox.demo.report import answered, report
from sandbox.demo.stage import Played, Stage
from sandbox.demo.story import Story
from sandbox.world.world import World


class ReaderKind(StrEnum):
    VIRTUAL = "virtual"
    """The card in this process."""
    PCSC = "pcsc"
    """The card on a virtual reader of a private pcscd; the appliance reads it through PC/SC."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was asked on the command line. ``consent`` None: all."""

    persona: Persona
    method: Method
    consent: frozenset[ConsentItem] | None
    reader: ReaderKind
    face: DemoFace | None
    """With a camera, where the face was chosen."""
    once: bool
    as_json: bool


class Show:
    """One run of the demo; ``output`` gets the story or the one JSON object, stderr the progress."""

    def __init__(self, world: World, choice: Choice, output: TextIO) -> None:
        self._world = world
        self._choice = choice
        self._output = output
        self._paper = Paper(output, colours=colours_wanted(output))
        self._story = Story(self._paper)
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """0: the centre answered the (first) visit. Ctrl-C ends it cleanly at any moment."""
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stop, self._stopping.set)
        playing = asyncio.ensure_future(self._play())
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done() and not self._shown:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
                return INTERRUPTED
            return await playing
        finally:
            stopped.cancel()
            for stop in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(stop)

    _shown = False

    async def _play(self) -> int:
        choice = self._choice
        self._progress("starting J-LIS stand-in, centre and appliance …")
        if choice.face and (absent := missing()):
            self._progress(f"face: not installed ({absent}); run `{REMEDY}`")
        pcsc = choice.reader is ReaderKind.PCSC
        async with Stage.open(self._world, pcsc=pcsc, progress=self._progress, face=choice.face) as stage:
            played = await self._visit(stage, number=1)
            code = 0 if answered(played.record) else 1
            if choice.as_json:
                self._output.write(
                    json.dumps(report(choice.persona, choice.method, played.record, played.ms), ensure_ascii=False)
                    + "\n"
                )
                self._output.flush()
            else:
                self._story.places([*_file(played), *stage.places])
            self._shown = True
            if not choice.once:
                await self._stay(stage)
        return code

    async def _visit(self, stage: Stage, number: int) -> Played:
        choice = self._choice
        if choice.as_json:
            return await stage.visit(choice.persona, choice.method, choice.consent, told=_nobody)
        if number == 1:
            self._paper.title("オン資 Onshi", "one visit, from card to answer", stage.today.isoformat())
        self._story.begin(choice.persona, choice.method, stage.reader)
        played = await stage.visit(choice.persona, choice.method, choice.consent, told=self._story.said)
        self._story.end(played.record, played.shown, played.ms)
        return played

    async def _stay(self, stage: Stage) -> None:
        """Until Ctrl-C; Enter begins another visit."""
        keyboard = sys.stdin is not None and sys.stdin.isatty() and not self._choice.as_json
        if not self._choice.as_json:
            self._paper.line()
            again = "Enter で次の来院  another visit · " if keyboard else ""
            self._paper.text(f"{again}Ctrl-C で終了  stop", "dim")
        else:
            self._progress("running; Ctrl-C stops")
        pressed = asyncio.Event()
        loop = asyncio.get_running_loop()
        if keyboard:
            loop.add_reader(sys.stdin, _read_line, pressed)
        try:
            number = 1
            while await self._pressed(pressed):
                number += 1
                await self._visit(stage, number)
        finally:
            if keyboard:
                loop.remove_reader(sys.stdin)

    async def _pressed(self, pressed: asyncio.Event) -> bool:
        """True: Enter; False: stop."""
        waits = [asyncio.ensure_future(pressed.wait()), asyncio.ensure_future(self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        pressed.clear()
        return not self._stopping.is_set()

    def _progress(self, text: str) -> None:
        sys.stderr.write(f"onshi demo: {text}\n")
        sys.stderr.flush()


def _read_line(pressed: asyncio.Event) -> None:
    if sys.stdin.readline():
        pressed.set()


def _file(played: Played) -> list[tuple[str, str]]:
    path = played.record.face_file
    return [("結果 face file", str(path.absolute()))] if path else []


INTERRUPTED = 130


def _nobody(say: Say) -> None:
    """In JSON nobody reads along."""
