"""The printed numbers are never locked by us: not the same digits twice, stop at three, lost answers are counted."""

import asyncio
from collections.abc import Awaitable

import pytest

from edge.card.port import Credential
from protocol.errors import Fault, OnshiError, card
from tests.edge.card.world import Clock, guard, port
from tests.parts.cards import toy_card, toy_certificate

NUMBER_B, BIRTH = b"55021720352285", b"550217"


async def refused(awaitable: Awaitable[object], fault: Fault, **details: str | int) -> OnshiError:
    with pytest.raises(OnshiError) as raised:
        await awaitable
    assert raised.value.fault is fault
    assert {name: raised.value.details.get(name) for name in details} == details
    return raised.value


async def test_a_wrong_number_is_not_tried_twice_in_a_visit_nor_in_the_next_one_today() -> None:
    clock = Clock()
    virtual = toy_card()
    reader = port(virtual, tries=guard(clock))
    session = await reader.open()
    wrong = b"55021720352286"
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.NUMBER_B_WRONG, tries_left=9)
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.NUMBER_B_REPEATED)
    await refused(session.attributes(bytearray(wrong)), card.NUMBER_B_REPEATED)
    await session.close()
    session = await reader.open()
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.NUMBER_B_REPEATED)
    assert virtual.secret("surface", 0x12).left == 9
    assert virtual.secret("attributes", 0x15).left == 10
    await session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B))
    clock.advance(hours=11, minutes=59)
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.NUMBER_B_REPEATED)
    clock.advance(minutes=1)
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.NUMBER_B_WRONG)


async def test_with_three_tries_left_a_number_is_not_tried() -> None:
    virtual = toy_card()
    virtual.secret("surface", 0x11).left = 3
    session = await port(virtual).open()
    await refused(session.open_surface(Credential.BIRTH, bytearray(BIRTH)), card.BIRTH_GUARDED, tries_left=3)
    virtual.secret("surface", 0x11).left = 4
    await session.open_surface(Credential.BIRTH, bytearray(BIRTH))


async def test_a_wrong_birth_date_of_one_card_is_free_for_another() -> None:
    tries = guard()
    for name, fault in (("authentication", card.BIRTH_WRONG), ("authentication", card.BIRTH_REPEATED)):
        virtual = toy_card(authentication_certificate=toy_certificate(name))
        session = await port(virtual, tries=tries).open()
        await refused(session.open_surface(Credential.BIRTH, bytearray(b"010101")), fault)
    other = toy_card(authentication_certificate=toy_certificate("other"))
    session = await port(other, tries=tries).open()
    await refused(session.open_surface(Credential.BIRTH, bytearray(b"010101")), card.BIRTH_WRONG)


async def test_a_try_whose_answer_was_lost_is_judged_by_the_counter() -> None:
    """The card was pulled while it judged: the counter tells next time whether it was wrong."""
    virtual = toy_card()
    reader = port(virtual)
    wrong = b"55021720352286"
    session = await reader.open()
    await session.authentication_certificate()
    spent = virtual.transmit

    def answer_lost(command: bytes) -> bytes:
        answer = spent(command)
        if command[1] == 0x20 and len(command) > 5:
            raise ConnectionResetError
        return answer

    virtual.transmit = answer_lost  # type: ignore[method-assign]
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.REMOVED)
    virtual.transmit = spent  # type: ignore[method-assign]
    await asyncio.sleep(0)
    reader.insert(virtual)
    session = await reader.open()
    await refused(session.open_surface(Credential.NUMBER_B, bytearray(wrong)), card.NUMBER_B_REPEATED)
    assert virtual.secret("surface", 0x12).left == 9
    await session.open_surface(Credential.NUMBER_B, bytearray(NUMBER_B))
