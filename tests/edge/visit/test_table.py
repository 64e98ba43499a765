"""The table itself: complete, reachable, and every state ends."""

from edge.visit import machine
from edge.visit.table import TABLE, Event, State, Tell


def test_every_state_has_a_step_and_a_row() -> None:
    states = set(State) - {State.END}
    assert set(TABLE) == states
    assert set(machine.Visit._STEPS) == states


def test_every_state_is_reached_and_every_state_can_end() -> None:
    reached = {State.READING}
    while True:
        more = {move.to for state in reached - {State.END} for move in TABLE[state].values()} | reached
        if more == reached:
            break
        reached = more
    assert reached == set(State)
    ending = {State.END}
    while True:
        more = {state for state, row in TABLE.items() if any(move.to in ending for move in row.values())} | ending
        if more == ending:
            break
        ending = more
    assert ending == set(State)


def test_every_event_and_every_tell_is_used() -> None:
    moves = [(event, move) for row in TABLE.values() for event, move in row.items()]
    assert {event for event, _ in moves} == set(Event)
    assert {move.tell for _, move in moves} == set(Tell)


def test_a_removed_card_is_foreseen_wherever_the_card_is_needed() -> None:
    without = {state for state, row in TABLE.items() if Event.CARD_GONE not in row}
    assert without == {State.ASKING, State.GRANTING, State.DELIVERING}


def test_nothing_but_the_centres_answer_leads_to_a_delivery() -> None:
    before = {state for state, row in TABLE.items() if any(move.to is State.DELIVERING for move in row.values())}
    assert before == {State.ANSWERED, State.CONSENT, State.CONSENT_SIGNING, State.GRANTING}
