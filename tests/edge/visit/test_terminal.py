"""The desk in a terminal: one line per answer, cancellable, secrets in arrays."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from edge.card.port import Attributes
from edge.visit import words
from edge.visit.desk import ClerkQuestion, ConsentQuestion, MethodOffer, PinQuestion, PrintedQuestion
from edge.visit.terminal import Lines, TerminalDesk
from protocol.visit import ConsentItem, Method
from tests.edge.fakes import Script, World, pin


class Terminal:
    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        self.shown: list[str] = []
        self.desk = TerminalDesk(Lines(self.read), self.shown.append)

    def type(self, text: str) -> None:
        os.write(self.write, text.encode())


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    os.close(made.read)
    if made.write >= 0:
        os.close(made.write)


OFFER = MethodOffer(methods=(Method.PIN, Method.SIGHT), pin_tries=3, said=words.choose(3))
ITEMS = (ConsentItem.CHECKUPS, ConsentItem.DRUGS)
CONSENT = ConsentQuestion(items=ITEMS, said=words.CONSENT_QUESTION, names_ja=words.ITEMS_JA, names_en=words.ITEMS_EN)


@pytest.mark.parametrize(
    ("typed", "chosen"), [("p\n", Method.PIN), ("x\ns\r\n", Method.SIGHT), ("F\n", Method.FACE), ("q\n", None)]
)
async def test_the_method_is_a_letter(terminal: Terminal, typed: str, chosen: Method | None) -> None:
    terminal.type(typed)
    assert await terminal.desk.choose_method(OFFER) is chosen
    assert "どの方法で本人確認をしますか。" in terminal.shown[0]


async def test_secrets_come_as_arrays(terminal: Terminal) -> None:
    terminal.type("1234\ntanaka\nsakura-7\n550217\n55021720352285\n\n\n")
    entry = await terminal.desk.ask_pin(PinQuestion(tries_left=3, said=words.ask_pin(3)))
    assert entry is not None
    assert entry.pin == bytearray(b"1234")
    clerk = await terminal.desk.ask_clerk(ClerkQuestion(said=words.CLERK_CODE))
    assert clerk is not None
    assert (clerk.clerk, clerk.code) == ("tanaka", bytearray(b"sakura-7"))
    birth = await terminal.desk.ask_printed(PrintedQuestion(said=words.PRINTED))
    number_b = await terminal.desk.ask_printed(PrintedQuestion(said=words.PRINTED))
    assert birth is not None
    assert number_b is not None
    assert (birth.birth, number_b.number_b) == (bytearray(b"550217"), bytearray(b"55021720352285"))
    assert await terminal.desk.ask_pin(PinQuestion(tries_left=3, said=words.ask_pin(3))) is None
    assert await terminal.desk.ask_clerk(ClerkQuestion(said=words.CLERK_CODE)) is None
    assert not any("1234" in line or "sakura" in line for line in terminal.shown)


@pytest.mark.parametrize(
    ("typed", "allowed"), [("y\n", ITEMS), ("n\n", ()), ("3\n2\n", (ConsentItem.DRUGS,)), ("2, 1\n", ITEMS[::-1])]
)
async def test_consent_is_all_none_or_some(terminal: Terminal, typed: str, allowed: tuple[ConsentItem, ...]) -> None:
    terminal.type(typed)
    assert await terminal.desk.ask_consent(CONSENT) == allowed


async def test_the_end_of_input_answers_nothing(terminal: Terminal) -> None:
    os.close(terminal.write)
    terminal.write = -1
    assert await terminal.desk.choose_method(OFFER) is None
    assert await terminal.desk.ask_consent(CONSENT) is None
    assert await terminal.desk.ask_printed(PrintedQuestion(said=words.PRINTED)) is None


async def test_a_cancelled_question_leaves_the_input_to_the_next(terminal: Terminal) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await terminal.desk.choose_method(OFFER)
    terminal.type("p\n")
    assert await terminal.desk.choose_method(OFFER) is Method.PIN


async def test_a_terminal_does_not_show_secrets() -> None:
    master, slave = os.openpty()
    shown: list[str] = []
    desk = TerminalDesk(Lines(slave), shown.append)
    asked = asyncio.create_task(desk.ask_pin(PinQuestion(tries_left=3, said=words.ask_pin(3))))
    await asyncio.sleep(0.05)
    os.write(master, b"1234\n")
    entry = await asked
    assert entry is not None
    assert entry.pin == bytearray(b"1234")
    os.write(slave, b"end")
    assert b"1234" not in os.read(master, 100)
    os.close(master)
    os.close(slave)


async def test_the_end_of_a_visit_is_shown(terminal: Terminal, world: World) -> None:
    record = await world.visit(Script(method=[Method.PIN], pin=[pin()], consent=[()]))
    await terminal.desk.finished(record)
    assert terminal.shown == ["[answered] 0 ms face.xml"]
    await terminal.desk.show_attributes(Attributes(name="髙橋", address="", birth_date="", sex="1"))
    assert "髙橋" in terminal.shown[-1]
