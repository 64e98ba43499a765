"""The whole cast in the real register: every card and every number gets the answer that the cast says."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest_asyncio

from central.db import Store
from central.db.opening import open_store
from central.register.intake import RegisterIntake
from central.register.service import Register
from protocol.messages import EligibilityRequest, SearchInfo, read_json, write_json
from protocol.visit import Method
from sandbox.cast import Answered, Persona, cast
from sandbox.cast.insurers import CLINIC
from sandbox.world.seed import CertificateIdentity, insurers, person_id, statements
from tests.parts.store import create_all

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
PEOPLE = cast(TODAY)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'centre.sqlite'}"
    await create_all(url)
    opened = open_store(url)
    intake = RegisterIntake(opened, lambda: NOW)
    told = [
        entry
        for number, persona in enumerate(PEOPLE)
        for entry in statements(persona, CertificateIdentity("ab" * 20, f"{number + 1:x}"), None)
    ]
    await intake.register(*insurers(), *told)
    yield opened
    await opened.close()


def answer_of(persona: Persona) -> Answered | None:
    ending = persona.endings[Method.PIN]
    other = persona.endings[Method.SIGHT]
    return ending if isinstance(ending, Answered) else other if isinstance(other, Answered) else None


async def test_every_card_gets_the_answer_of_the_cast(store: Store) -> None:
    register = Register(store)
    differing = {}
    for persona in PEOPLE:
        expected = answer_of(persona)
        if expected is None:
            continue
        given = await register.answer_for_card(
            person_id(persona), TODAY, facility=CLINIC.code, now=NOW, certificate_state=expected.state
        )
        found = (given.validity.value, len(given.message.results), given.medical)
        wanted = (expected.validity, expected.results, expected.consent)
        if found != wanted:
            differing[persona.slug] = (found, wanted)
    assert differing == {}


def query(persona: Persona, membership: int, *, with_branch: bool) -> EligibilityRequest:
    asked = persona.memberships[membership]
    search = {
        "InsurerNumber": asked.insurer.number.rjust(8, "0"),
        "InsuredCardSymbol": asked.symbol,
        "InsuredIdentificationNumber": asked.number,
        "InsuredBranchNumber": asked.branch if with_branch else "",
        "Birthdate": f"{persona.birth:%Y%m%d}",
        "LimitApplicationCertificateRelatedConsFlg": "1",
    }
    header = {"QualificationConfirmationDate": f"{TODAY:%Y%m%d}", "MedicalInstitutionCode": CLINIC.code}
    body = {"QualificationConfirmSearchInfo": {name: value for name, value in search.items() if value}}
    return read_json({"XmlMsg": {"MessageHeader": header, "MessageBody": body}}, EligibilityRequest)


async def test_every_number_gets_the_answer_of_the_cast(store: Store) -> None:
    register = Register(store)
    differing = {}
    for persona in PEOPLE:
        for asked in persona.queries:
            request = query(persona, asked.membership, with_branch=asked.with_branch)
            given = await register.query_by_number(request, facility=CLINIC.code, now=NOW)
            if given.validity.value != asked.validity:
                differing[persona.slug, asked.membership] = (given.validity.value, asked.validity)
    assert differing == {}


async def test_the_address_of_a_support_measure_is_given_to_nobody(store: Store) -> None:
    persona = next(persona for persona in PEOPLE if persona.support_measure)
    given = await Register(store).answer_for_card(person_id(persona), TODAY, facility=CLINIC.code, now=NOW)
    assert "Address" not in str(write_json(given.message))
    assert persona.home.address not in str(write_json(given.message))


def test_search_information_is_the_messages_own() -> None:
    assert isinstance(query(PEOPLE[0], 0, with_branch=True).search, SearchInfo)
