"""個人番号 is out of reach: by the list, by the code's shape, and by the trace of everything that can be called."""

import ast
import hashlib
from pathlib import Path

import pytest

import edge.card
from edge.card import files
from edge.card.channel import CardChannel
from edge.card.files import ALLOWED, Application, File, ForbiddenFile, Use, allow
from edge.card.port import Credential
from protocol.errors import card
from tests.edge.card.world import Scripted, port
from tests.parts.cards import toy_card

FORBIDDEN = [
    File(Application.SURFACE, 0x0005),
    File(Application.SURFACE, 0x0013),
    File(Application.ATTRIBUTES, 0x0001),
    File(Application.ATTRIBUTES, 0x0014),
]
ROOM = Path(edge.card.__file__).parent


@pytest.mark.parametrize("file", FORBIDDEN, ids=str)
@pytest.mark.parametrize("use", list(Use))
def test_the_list_knows_no_individual_number(file: File, use: Use) -> None:
    assert file not in ALLOWED
    with pytest.raises(ForbiddenFile):
        allow(file, use)


def test_a_forbidden_file_is_never_selected() -> None:
    line = Scripted("9000")
    channel = CardChannel(line)
    channel.use(Application.SURFACE, card.SURFACE_MISSING)
    for refused in (
        lambda: channel.read_object(File(Application.SURFACE, 0x0005), 0xFF40, limit=4096),
        lambda: channel.verify(File(Application.SURFACE, 0x0013), Credential.NUMBER_B, bytearray(b"1" * 14)),
        lambda: channel.tries(File(Application.SURFACE, 0x0013)),
        lambda: channel.read_object(files.AUTHENTICATION_KEY, 0x30, limit=10),
    ):
        with pytest.raises(ForbiddenFile):
            refused()
    assert len(line.sent) == 1


def test_a_file_is_used_inside_its_own_application_only() -> None:
    channel = CardChannel(Scripted("9000"))
    channel.use(Application.JPKI, card.NOT_MY_NUMBER_CARD)
    with pytest.raises(RuntimeError, match="SURFACE"):
        channel.tries(files.SURFACE_NUMBER_B)


def test_one_module_alone_speaks_to_the_card() -> None:
    """Whoever wants bytes from the card goes through the channel, and so through the list."""
    speakers, senders = set(), set()
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "edge.card.apdu":
                speakers |= {path.name for name in node.names if name.name in ("exchange", "Command")}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "transmit":
                senders.add(path.name)
    assert speakers == {"channel.py"}
    # The others hand bytes on: the command layer, the count of commands, the in-process card, the worker's brackets.
    assert senders == {"apdu.py", "channel.py", "local.py", "worker.py"}


async def test_no_call_touches_the_individual_number() -> None:
    virtual = toy_card()
    session = await port(virtual).open()
    await session.identify()
    await session.counters()
    await session.ca_certificates()
    await session.issue()
    await session.authentication_certificate()
    await session.open_surface(Credential.BIRTH, bytearray(b"550217"))
    await session.open_surface(Credential.NUMBER_B, bytearray(b"55021720352285"))
    await session.sign_surface(hashlib.sha256(b"x").digest())
    await session.attributes(bytearray(b"55021720352285"))
    await session.verify_pin(bytearray(b"1234"))
    await session.sign_authentication(hashlib.sha256(b"x").digest())
    names = {"surface": Application.SURFACE, "attributes": Application.ATTRIBUTES}
    touched = {File(names[name], fid) for name, fid in virtual.touched if name in names}
    assert not touched & set(FORBIDDEN)
    assert touched <= set(ALLOWED)
    selects = [command[4:] for command in virtual.trace if command[1] == 0xA4 and command[2] == 0x02]
    assert not {bytes.fromhex("0005"), bytes.fromhex("0013"), bytes.fromhex("0014")} & set(selects)
    # Addressed by SELECT alone: no READ or VERIFY by short id passes the list by.
    assert all(command[2] < 0x80 for command in virtual.trace if command[1] == 0xB0)
    assert all(command[3] == 0x80 for command in virtual.trace if command[1] == 0x20)
    assert b"999999999999" not in b"".join(virtual.trace)
