"""The vpcd side of the card against a stand-in for the driver: framing, control bytes, removal, silence, restart."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from sandbox.card import Faults, VirtualCard, When
from sandbox.card.vpcd import CardOnReader, keep

pytestmark = pytest.mark.sockets


class Driver:
    """The listening end, as the reader driver has it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30)
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> socket.socket:
        line, _ = self._listener.accept()
        line.settimeout(30)
        return line

    def close(self) -> None:
        self._listener.close()


def send(line: socket.socket, payload: bytes) -> None:
    """Length and payload as two segments, as the driver does."""
    line.sendall(struct.pack(">H", len(payload)))
    line.sendall(payload)


def receive(line: socket.socket) -> bytes:
    size = struct.unpack(">H", line.recv(2, socket.MSG_WAITALL))[0]
    return line.recv(size, socket.MSG_WAITALL)


@pytest.fixture
def driver() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.close()


def test_the_card_answers_orders_and_commands(driver: Driver, card: VirtualCard) -> None:
    with CardOnReader(card, driver.port) as reader, driver.accept() as line:
        assert not reader.wait_seen(0)
        send(line, b"\x04")
        assert receive(line) == card.atr
        assert reader.wait_seen()
        send(line, b"\x01")
        send(line, bytes.fromhex("00A4040C0AD392F000260100000001"))
        assert receive(line) == b"\x90\x00"
        send(line, b"\x02")
        send(line, bytes.fromhex("00A40000"))
        assert receive(line) == bytes.fromhex("6A86")
        send(line, b"\x00")


def test_ejecting_closes_the_line_and_inserting_opens_a_new_one(driver: Driver, card: VirtualCard) -> None:
    with CardOnReader(card, driver.port) as reader:
        with driver.accept() as line:
            reader.eject()
            assert line.recv(1) == b""
            assert not card.present
        reader.insert()
        with driver.accept() as line:
            send(line, b"\x04")
            assert receive(line) == card.atr


def test_a_card_that_leaves_in_mid_command_never_answers(driver: Driver, card: VirtualCard) -> None:
    card.faults = Faults(eject=When(at=1))
    with CardOnReader(card, driver.port) as reader, driver.accept() as line:
        send(line, bytes.fromhex("00A40000"))
        assert line.recv(1) == b""
        card.faults = Faults()
        reader.insert()
        driver.accept().close()


def test_a_silent_card_holds_the_line_until_it_is_taken_out(driver: Driver, card: VirtualCard) -> None:
    card.faults = Faults(silence=When())
    with CardOnReader(card, driver.port) as reader, driver.accept() as line:
        send(line, bytes.fromhex("00A40000"))
        line.settimeout(0.1)
        with pytest.raises(TimeoutError):
            line.recv(1)
        line.settimeout(30)
        reader.eject()
        assert line.recv(1) == b""


def test_the_card_waits_for_a_driver_that_is_gone(driver: Driver, card: VirtualCard) -> None:
    with CardOnReader(card, driver.port):
        driver.accept().close()
        with driver.accept() as line:
            send(line, b"\x04")
            assert receive(line) == card.atr


def test_another_card_takes_the_place(driver: Driver, card: VirtualCard) -> None:
    from tests.parts.cards import toy_card

    other = toy_card(contactless=True)
    with CardOnReader(card, driver.port) as reader:
        driver.accept().close()
        reader.eject()
        reader.insert(other)
        with driver.accept() as line:
            send(line, b"\x04")
            assert receive(line) == other.atr


def test_a_card_is_kept_until_told_to_stop(driver: Driver, card: VirtualCard) -> None:
    stop = threading.Event()
    keeping = threading.Thread(target=keep, args=(card, "127.0.0.1", driver.port, stop))
    keeping.start()
    with driver.accept() as line:
        stop.set()
        keeping.join(30)
        assert not keeping.is_alive()
        assert line.recv(1) == b""


def test_stopping_while_nobody_listens(card: VirtualCard) -> None:
    free = Driver()
    free.close()
    with CardOnReader(card, free.port) as reader:
        assert not reader.wait_seen(0.1)
