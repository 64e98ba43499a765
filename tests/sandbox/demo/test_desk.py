"""The scripted desk does what the script says, once, and stops instead of trying again."""

import pytest

from edge.visit.desk import ClerkQuestion, ConsentQuestion, MethodOffer, PinQuestion, PrintedQuestion, Say
from protocol.visit import ConsentItem, Method
from sandbox.demo.desk import Script, ScriptedDesk

SAID = Say(code="x", ja="いい", en="said")
SCRIPT = Script(method=Method.PIN, pin="4321", printed_birth="560724", clerk="clerk-1", clerk_code="sesame")
ITEMS = (ConsentItem.CHECKUPS, ConsentItem.DRUGS)


def desk(script: Script = SCRIPT) -> tuple[ScriptedDesk, list[Say]]:
    said: list[Say] = []
    return ScriptedDesk(script=script, told=said.append, done=lambda record: None), said


def consent() -> ConsentQuestion:
    return ConsentQuestion(items=ITEMS, said=SAID, names_ja={}, names_en={})


async def test_the_patient_types_the_pin_once() -> None:
    played, said = desk()
    entry = await played.ask_pin(PinQuestion(tries_left=3, said=SAID))
    assert entry is not None
    assert bytes(entry.pin) == b"4321"
    assert await played.ask_pin(PinQuestion(tries_left=2, said=SAID)) is None
    assert said == [SAID, SAID]


async def test_the_method_is_chosen_once_even_where_the_card_does_not_offer_it() -> None:
    played, _ = desk()
    offer = MethodOffer(methods=(Method.SIGHT,), pin_tries=0, said=SAID)
    assert await played.choose_method(offer) is Method.PIN
    assert await played.choose_method(offer) is None


async def test_the_clerk_gives_code_and_printed_birth_date_once() -> None:
    played, _ = desk()
    entry = await played.ask_clerk(ClerkQuestion(said=SAID))
    assert entry is not None
    assert (entry.clerk, bytes(entry.code)) == ("clerk-1", b"sesame")
    printed = await played.ask_printed(PrintedQuestion(said=SAID))
    assert printed is not None
    assert printed.birth == bytearray(b"560724")
    assert await played.ask_clerk(ClerkQuestion(said=SAID)) is None
    assert await played.ask_printed(PrintedQuestion(said=SAID)) is None
    played.play(SCRIPT)
    assert await played.ask_clerk(ClerkQuestion(said=SAID)) is not None


@pytest.mark.parametrize(
    ("wanted", "given"),
    [(None, ITEMS), (frozenset(), ()), (frozenset({ConsentItem.DRUGS}), (ConsentItem.DRUGS,))],
)
async def test_consent_follows_the_script(
    wanted: frozenset[ConsentItem] | None, given: tuple[ConsentItem, ...]
) -> None:
    played, _ = desk(
        Script(
            method=Method.PIN,
            pin="4321",
            printed_birth="560724",
            clerk="clerk-1",
            clerk_code="sesame",
            consent=wanted,
        )
    )
    assert await played.ask_consent(consent()) == given


def test_a_script_shows_no_secret() -> None:
    assert "4321" not in repr(SCRIPT)


async def test_number_b_is_typed_in_place_of_the_birth_date_where_the_script_has_it() -> None:
    script = Script(
        method=Method.SIGHT, pin="", printed_birth="560724", number_b="5" * 14, clerk="c", clerk_code="sesame"
    )
    printed = await desk(script)[0].ask_printed(PrintedQuestion(said=SAID))
    assert printed is not None
    assert (printed.birth, printed.number_b) == (None, bytearray(b"5" * 14))
