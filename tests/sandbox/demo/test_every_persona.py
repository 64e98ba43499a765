"""The whole cast through the whole system, by every method: each visit ends as the cast says."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from edge.visit.desk import ConsentResult, Ending, Say
from protocol.visit import Method
from sandbox.cast import Answered, Persona, Refused
from sandbox.demo.answer import results
from sandbox.demo.logs import logging_to
from sandbox.demo.stage import Played, Stage
from sandbox.world.world import World

pytestmark = pytest.mark.sockets


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("world")
    with World.open(folder) as world, logging_to(world.places.log):
        async with Stage.open(world, pcsc=False, progress=lambda text: None) as opened:
            yield opened


def found(played: Played) -> dict[str, Any]:
    record = played.record
    problem = record.outcome.problem
    if record.outcome.ending is not Ending.ANSWERED:
        return {"fault": problem.code if problem else None}
    return {
        "validity": record.validity,
        "state": record.certificate.state if record.certificate else None,
        "consent": record.outcome.consent is not ConsentResult.NOT_ASKED,
        "results": len(results(record.message or {})),
    }


def wanted(persona: Persona, method: Method) -> dict[str, Any]:
    match persona.endings[method]:
        case Answered() as ending:
            return {
                "validity": ending.validity,
                "state": ending.state,
                "consent": ending.consent,
                "results": ending.results,
            }
        case Refused(fault=fault):
            return {"fault": fault.code}


def unheard(said: Say) -> None:
    """The words are other tests' matter."""


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("method", list(Method))
async def test_every_persona_ends_as_the_cast_says(stage: Stage, method: Method) -> None:
    differing = {}
    for persona in stage.world.people:
        played = await stage.visit(persona, method, None, told=unheard)
        if found(played) != wanted(persona, method):
            differing[persona.slug] = (found(played), wanted(persona, method))
    assert differing == {}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_face_file_is_written_exactly_for_visits_with_an_answer(stage: Stage) -> None:
    by_slug = {persona.slug: persona for persona in stage.world.people}
    lost = await stage.visit(by_slug["lost"], Method.PIN, None, told=unheard)
    refused = await stage.visit(by_slug["revoked"], Method.PIN, None, told=unheard)
    assert lost.record.face_file is not None
    assert lost.record.face_file.name in os.listdir(stage.world.places.clinic / "face")
    assert refused.record.face_file is None


@pytest.mark.asyncio(loop_scope="module")
async def test_no_visit_touches_the_individual_number(stage: Stage) -> None:
    forbidden = {("surface", 0x0005), ("attributes", 0x0001), ("surface", 0x0013), ("attributes", 0x0014)}
    for slug, method in (("ordinary", Method.PIN), ("ordinary", Method.SIGHT), ("name-hashigo-taka", Method.SIGHT)):
        played = await stage.visit(stage.world.persona(slug), method, None, told=unheard)
        assert ("jpki", 0x000A) in played.card.touched
        assert not forbidden & set(played.card.touched)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_true_name_is_shown_where_the_register_has_a_black_spot(stage: Stage) -> None:
    played = await stage.visit(stage.world.persona("name-hashigo-taka"), Method.SIGHT, None, told=unheard)
    assert played.shown is not None
    assert played.shown.name == "髙橋　涼子"
