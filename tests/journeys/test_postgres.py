"""A shorter set of the journeys on PostgreSQL: the same words, outcomes, files and rows as on SQLite."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from protocol.visit import ConsentItem, Method
from sandbox.demo.centre import RunningCentre
from tests.journeys import (
    test_card_leaves,
    test_cast,
    test_consents,
    test_folders,
    test_pin,
    test_replays,
    test_two_halves,
    test_wrong_cards,
)
from tests.journeys.desk import ALL
from tests.journeys.letters import writer
from tests.journeys.test_restarts import Restartable
from tests.journeys.town import Clinic, Running, Town
from tests.journeys.words import GRANTED_BY_PIN
from tests.parts.postgres import Server

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_databases = count(1)


def database(server: Server) -> str:
    """The URL of a fresh one."""
    name = f"journeys_{next(_databases)}"
    server.run("createdb", name)
    return server.url(name)


@pytest_asyncio.fixture(loop_scope="package", scope="module")
async def on_postgres(running: Running, postgres: Server) -> AsyncIterator[RunningCentre]:
    """One centre on PostgreSQL for this module."""
    town = running.town
    async with town.centre(town.centre_settings(database(postgres))) as centre:
        assert centre.central.store.dialect == "postgresql"
        yield centre


@pytest_asyncio.fixture(loop_scope="package")
async def there(town: Town, on_postgres: RunningCentre, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with town.clinic(on_postgres, tmp_path / "clinic") as made:
        yield made


Journey = Callable[[Town, Clinic], Awaitable[None]]
JOURNEYS: list[Journey] = [
    test_pin.test_the_ordinary_visit_ends_with_an_answer_a_consent_and_a_face_file,
    test_pin.test_a_pin_that_is_wrong_twice_and_then_right,
    test_pin.test_a_locked_pin_is_said_before_anybody_types_and_never_tried,
    test_card_leaves.test_a_card_that_is_taken_before_the_consent_is_answered,
    test_wrong_cards.test_a_card_that_falls_silent_at_the_consent_leaves_the_answer,
    test_cast.test_a_renewed_certificate_is_the_same_person,
    test_cast.test_sight_rests_on_the_clerks_word_and_a_pin_on_nobodys,
    test_consents.test_the_later_consent_takes_the_earlier_ones_place,
    test_consents.test_two_patients_one_after_the_other_have_nothing_of_each_other,
    test_folders.test_a_query_that_fits_nobody_is_an_answer_as_well,
    test_replays.test_a_consent_that_the_answer_did_not_offer,
]


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__.removeprefix("test_"))
async def test_the_journey_is_the_same_on_postgresql(town: Town, there: Clinic, journey: Journey) -> None:
    await journey(town, there)


@pytest.mark.parametrize(
    "journey",
    [
        test_replays.test_the_same_bytes_at_the_same_moment_get_one_answer,
        test_replays.test_two_documents_that_race_for_one_challenge,
        test_replays.test_the_same_id_with_other_bytes,
    ],
    ids=lambda journey: journey.__name__.removeprefix("test_"),
)
async def test_replays_are_refused_on_postgresql(there: Clinic, journey: Callable[..., Awaitable[None]]) -> None:
    async with writer(there) as hand:
        await journey(there, hand)


@pytest.mark.parametrize("slug", ["in-grace", "revoked", "two-coverages", "assistance-no-ticket", "support-measure"])
async def test_people_are_answered_alike_on_postgresql(town: Town, there: Clinic, slug: str) -> None:
    visited = await there.by_pin(town.persona(slug))
    assert visited.heard == test_cast.words(town, slug, Method.PIN)


@pytest.mark.parametrize("encoding", ["UTF-8", "Shift_JIS"])
async def test_folders_are_answered_alike_on_postgresql(town: Town, there: Clinic, encoding: str) -> None:
    await test_folders.test_a_request_file_becomes_an_answer_file_in_its_own_encoding(town, there, encoding)


async def test_bindings_and_work_items_on_postgresql(town: Town, there: Clinic, on_postgres: RunningCentre) -> None:
    """The copied certificate is refused once its own card was bound, the differing birth date is one work item."""
    cards, shown = town.world.cards, test_two_halves.shown
    mine = cards.personalisation(town.persona("ordinary"))
    copy = cards.personalisation(town.persona("copied-certificate"))
    assert "surface_bound" in (await shown(there, mine, "pin and birth")).record.proven
    assert (await shown(there, copy, "birth")).ended == ("failed", "TRUST-048", None, "not_asked")
    differs = cards.personalisation(town.persona("birth-differs"))
    for _ in range(2):
        assert (await shown(there, differs, "birth")).ended == ("failed", "TRUST-049", None, "not_asked")
    assert await test_two_halves.work(on_postgres, "06990121") == [("chip-differs", "cast-birth-differs", "birth_date")]


async def test_the_centre_restarts_before_the_consent_on_postgresql(
    town: Town, postgres: Server, tmp_path: Path
) -> None:
    centre = Restartable(town, tmp_path, database=database(postgres))
    own = await centre.start()

    async def restart() -> tuple[ConsentItem, ...]:
        await centre.stop()
        clinic.centre = await centre.start()
        return ALL

    async with AsyncExitStack() as stack:
        stack.push_async_callback(centre.stop)
        clinic = await stack.enter_async_context(town.clinic(own, tmp_path / "clinic"))
        visited = await clinic.by_pin(town.persona("ordinary"), consent=restart)
        assert visited.heard == GRANTED_BY_PIN
        assert await clinic.audited() == [("visit", "answered"), ("consent", "answered")]
