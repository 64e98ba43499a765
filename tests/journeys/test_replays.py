"""What somebody with the device's certificate could send: old, copied, changed and foreign documents.

Each is refused in its own words, with its audit row, and never a second answer, a grant or a face file.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from protocol import canonical
from protocol.visit import ConsentItem, SignedDocument, VisitRequest
from sandbox.cast.insurers import CLINIC, OTHER_CLINIC
from sandbox.demo.centre import RunningCentre
from sandbox.world.seed import person_id
from tests.central.disclosure.alive import alive
from tests.journeys.letters import Writer, refused, writer
from tests.journeys.town import Clinic, Town
from tests.journeys.words import ASKING, BY_PIN, Heard

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

START_AGAIN = ("最初からやり直してください。", "Start again.")
OR_TELL = (
    "最初からやり直してください。続く場合は機器の保守担当に連絡してください。",
    "Start again. If it goes on, tell whoever maintains the appliance.",
)
TELL = ("機器の保守担当に連絡してください。", "Tell whoever maintains the appliance.")
SPENT: Heard = ("この確認番号は既に使われています。", "This challenge has already been used.", *START_AGAIN)
REPLAYED: Heard = (
    "同じ受付番号で違う内容が送られました。",
    "The same request number came with other contents.",
    *OR_TELL,
)
EXPIRED: Heard = (
    "時間がかかりすぎたため、確認の有効時間が切れました。",
    "It took too long; the check has expired.",
    "カードを置き直して、最初からやり直してください。",
    "Put the card back and start again.",
)
FOREIGN: Heard = (
    "この機器に渡されたものではない確認番号が使われています。",
    "The check uses a challenge that was not given to this appliance.",
    *OR_TELL,
)
NOT_THIS: Heard = (
    "カードの署名が、送られた内容と一致しません。",
    "The card's signature does not fit what was sent.",
    "カードを置き直してもう一度お試しください。続く場合は資格確認書などで確認してください。",
    "Put the card back and try again. If it goes on, check by another document.",
)
OTHER_FACILITY: Heard = (
    "別の医療機関のコードで送られています。",
    "The document names another facility.",
    "医療機関コードの設定を確認してください。",
    "Check the facility code in the settings.",
)
OTHER_DEVICE: Heard = ("別の機器の名前で送られています。", "The document names another appliance.", *TELL)


@pytest_asyncio.fixture(loop_scope="package")
async def hand(clinic: Clinic) -> AsyncIterator[Writer]:
    async with writer(clinic) as made:
        yield made


async def test_the_same_bytes_get_the_same_answer_and_one_row(clinic: Clinic, hand: Writer) -> None:
    document = hand.document(hand.statement(await hand.challenge()))
    first = await hand.line.visit(document)
    assert await hand.line.visit(document) == first
    assert await asyncio.gather(*(hand.line.visit(document) for _ in range(5))) == [first] * 5
    assert await clinic.audited() == [("visit", "answered")]


async def test_the_same_bytes_at_the_same_moment_get_one_answer(clinic: Clinic, hand: Writer) -> None:
    document = hand.document(hand.statement(await hand.challenge()))
    answers = await asyncio.gather(*(hand.line.visit(document) for _ in range(8)))
    assert len({answer.request_id for answer in answers}) == 1
    assert answers == [answers[0]] * 8
    assert await clinic.audited() == [("visit", "answered")]


async def test_a_challenge_is_spent_once(clinic: Clinic, hand: Writer) -> None:
    challenge = await hand.challenge()
    await hand.line.visit(hand.document(hand.statement(challenge)))
    again = hand.document(hand.statement(challenge))
    assert await refused(hand.line.visit(again)) == ("TRUST-036", SPENT)
    assert await clinic.audited() == [("visit", "answered"), ("visit", "TRUST-036")]


async def test_two_documents_that_race_for_one_challenge(clinic: Clinic, hand: Writer) -> None:
    challenge = await hand.challenge()
    documents = [hand.document(hand.statement(challenge)) for _ in range(4)]
    ended = await asyncio.gather(*(hand.line.visit(one) for one in documents), return_exceptions=True)
    assert sorted(str(type(one).__name__) for one in ended) == ["OnshiError"] * 3 + ["VisitAnswer"]
    assert sorted(await clinic.audited()) == [("visit", "TRUST-036")] * 3 + [("visit", "answered")]


async def test_the_same_id_with_other_bytes(clinic: Clinic, hand: Writer) -> None:
    statement = hand.statement(await hand.challenge())
    await hand.line.visit(hand.document(statement))
    other = hand.statement(await hand.challenge(), request_id=statement.request_id)
    assert await refused(hand.line.visit(hand.document(other))) == ("TRUST-037", REPLAYED)
    assert await clinic.audited() == [("visit", "answered"), ("visit", "TRUST-037")]


async def test_a_challenge_of_another_device(
    town: Town, centre: RunningCentre, clinic: Clinic, hand: Writer, tmp_path: Path
) -> None:
    neighbour = await town.settled(centre, tmp_path / "neighbour")
    async with writer(neighbour) as other:
        challenge = await other.challenge()
    stolen = hand.document(hand.statement(challenge))
    assert await refused(hand.line.visit(stolen)) == ("TRUST-035", FOREIGN)
    assert await clinic.audited() == [("visit", "TRUST-035")]


async def test_a_challenge_of_the_other_kind(clinic: Clinic, hand: Writer) -> None:
    """A day's challenge never passes for one of two minutes, nor the other way round."""
    long = hand.document(hand.statement(await hand.challenge(deferred=True)))
    short = hand.document(hand.statement(await hand.challenge(), deferred=True))
    for document in (long, short):
        assert await refused(hand.line.visit(document)) == ("TRUST-035", FOREIGN)


@pytest.mark.parametrize("challenge", ["A" * 83, "A" * 20, "A" * 400])
async def test_a_challenge_that_nobody_gave(clinic: Clinic, hand: Writer, challenge: str) -> None:
    document = hand.document(hand.statement(challenge))
    assert await refused(hand.line.visit(document)) == ("TRUST-035", FOREIGN)
    assert await clinic.audited() == [("visit", "TRUST-035")]


async def test_an_expired_challenge_and_a_stored_answer_that_outlived_it(town: Town, tmp_path: Path) -> None:
    async with town.own_centre(tmp_path) as own:
        clinic = await town.settled(own, tmp_path / "clinic")
        async with writer(clinic) as hand:
            statement = hand.statement(await hand.challenge())
            late = hand.document(hand.statement(await hand.challenge()))
            answered = hand.document(statement)
            await hand.line.visit(answered)
            with town.clock.later(timedelta(seconds=121)):
                assert await refused(hand.line.visit(late)) == ("TRUST-034", EXPIRED)
                assert await refused(hand.line.visit(answered)) == ("TRUST-034", EXPIRED)
        assert await clinic.audited() == [("visit", "answered"), ("visit", "TRUST-034"), ("visit", "TRUST-034")]


async def test_a_deferred_challenge_lives_a_day_and_no_longer(town: Town, tmp_path: Path) -> None:
    async with town.own_centre(tmp_path) as own:
        clinic = await town.settled(own, tmp_path / "clinic")
        async with writer(clinic) as hand:
            statement = hand.statement(await hand.challenge(deferred=True), deferred=True)
            other = hand.statement(await hand.challenge(deferred=True), deferred=True)
            with town.clock.later(timedelta(minutes=4)):
                answer = await hand.line.visit(hand.document(statement))
                assert answer.consent_items == ()
            with town.clock.later(timedelta(hours=24, seconds=1)):
                assert await refused(hand.line.visit(hand.document(other))) == ("TRUST-034", EXPIRED)


async def test_a_signature_over_something_else(town: Town, clinic: Clinic, hand: Writer) -> None:
    """The card signed another challenge, another day, another clinic, a consent, or nothing of ours at all."""
    statement = hand.statement(await hand.challenge())
    yesterday = hand.statement(statement.challenge, asked_day=town.world.today - timedelta(days=1))
    elsewhere = hand.statement(statement.challenge, facility=OTHER_CLINIC.code)
    wrong = [hand.sign(yesterday), hand.sign(elsewhere), hand.sign(hand.statement(await hand.challenge())), b"\0" * 256]
    for signed in wrong:
        document = hand.document(statement, signed=signed)
        assert await refused(hand.line.visit(document)) == ("TRUST-038", NOT_THIS)
    assert await clinic.audited() == [("visit", "TRUST-038")] * 4
    assert (await hand.line.visit(hand.document(statement))).consent_items == tuple(ConsentItem)


async def test_another_persons_certificate_in_place_of_the_signed_one(town: Town, clinic: Clinic, hand: Writer) -> None:
    theirs = town.world.cards.personalisation(town.persona("twin-elder")).authentication_certificate
    document = hand.document(hand.statement(await hand.challenge()), certificate=theirs)
    assert await refused(hand.line.visit(document)) == (
        "TRUST-017",
        (
            "送られた電子証明書が、カードが署名した内容と一致しません。",
            "The certificate sent is not the one that the card signed for.",
            *OR_TELL,
        ),
    )
    assert await clinic.audited() == [("visit", "TRUST-017")]


async def test_another_facilitys_code_in_the_document(clinic: Clinic, hand: Writer) -> None:
    document = hand.document(hand.statement(await hand.challenge(), facility=OTHER_CLINIC.code))
    assert await refused(hand.line.visit(document)) == ("TRUST-033", OTHER_FACILITY)
    assert await hand.challenge()


async def test_an_appliance_that_was_told_another_facilitys_code(
    town: Town, centre: RunningCentre, tmp_path: Path
) -> None:
    """The centre knows the device as one of 若草見本医院; the appliance was set up with another clinic's code."""
    async with town.clinic(centre, tmp_path / "wrong", facility=CLINIC.code, enrolled_for=OTHER_CLINIC.code) as clinic:
        visited = await clinic.by_pin(town.persona("ordinary"))
        assert visited.heard == [*BY_PIN, ASKING, OTHER_FACILITY]
        assert visited.ended == ("failed", "TRUST-033", None, "not_asked")
        assert clinic.names("face") == []


async def test_the_document_of_another_device(
    town: Town, centre: RunningCentre, clinic: Clinic, hand: Writer, tmp_path: Path
) -> None:
    """A neighbour's whole document over our line, and our line's name over a neighbour's signature."""
    neighbour = await town.settled(centre, tmp_path / "neighbour")
    async with writer(neighbour) as other:
        theirs = other.document(other.statement(await other.challenge()))
    assert await refused(hand.line.visit(theirs)) == ("TRUST-032", OTHER_DEVICE)
    renamed = SignedDocument(kind="visit", device=clinic.device, payload=theirs.payload, signature=theirs.signature)
    assert await refused(hand.line.visit(renamed)) == (
        "TRUST-031",
        ("機器の署名が正しくありません。", "The appliance's signature is wrong.", *TELL),
    )
    resigned = hand.envelope("visit", theirs.payload)
    assert await refused(hand.line.visit(resigned)) == ("TRUST-032", OTHER_DEVICE)
    assert await neighbour.audited() == []


async def test_a_document_that_was_spelled_differently(clinic: Clinic, hand: Writer) -> None:
    """Signed by the device, but not the one canonical spelling of the request."""
    payload = hand.document(hand.statement(await hand.challenge())).payload
    spelled = hand.envelope("visit", payload.replace(b'":', b'": ', 1))
    assert canonical.decode(payload, VisitRequest).statement.device == clinic.device
    status, told = await posted(hand, canonical.encode(spelled))
    assert (status, told["code"]) == (400, "TRUST-030")
    assert told["desk_ja"] == "送られた内容の形式に誤りがあります。"
    assert told["desk_en"] == "What was sent has the wrong form."
    assert await clinic.audited() == []


async def posted(hand: Writer, body: bytes) -> tuple[int, dict[str, str]]:
    """As the client sends it, for bodies that our own client would not make."""
    session = hand.line._open()
    async with session.post(
        f"{hand.clinic.centre.url}/v1/visits", data=body, headers={"Content-Type": "application/json"}
    ) as response:
        return response.status, await response.json()


async def test_consents_belong_to_their_visit_card_and_items(town: Town, clinic: Clinic, hand: Writer) -> None:
    statement = hand.statement(await hand.challenge())
    await hand.line.visit(hand.document(statement))
    drugs, unknown = (ConsentItem.DRUGS,), hand.statement(await hand.challenge())
    assert await refused(hand.line.consent(hand.consent(unknown, drugs))) == (
        "TRUST-060",
        (
            "同意のもとになる資格確認が見つかりません。",
            "The visit that this consent belongs to is not known.",
            "カードを置き直して、最初からやり直してください。",
            "Put the card back and start again.",
        ),
    )
    assert await refused(hand.line.consent(hand.consent(statement, drugs, signed=b"\1" * 256))) == (
        "TRUST-063",
        (
            "同意の署名が正しくありません。",
            "The signature under the consent is wrong.",
            "カードを置き直して、最初からやり直してください。",
            "Put the card back and start again.",
        ),
    )
    given = hand.consent(statement, drugs)
    first = await hand.line.consent(given)
    assert first.items == drugs
    assert await hand.line.consent(given) == first
    assert await refused(hand.line.consent(hand.consent(statement, tuple(ConsentItem)))) == (
        "TRUST-068",
        (
            "この確認では、既に同意の回答を受け付けています。",
            "An answer to the consent question was already taken for this visit.",
            "変更する場合は、カードを置き直して最初からやり直してください。",
            "To change it, put the card back and start again.",
        ),
    )
    assert await clinic.audited() == [
        ("visit", "answered"),
        ("consent", "TRUST-060"),
        ("consent", "TRUST-063"),
        ("consent", "answered"),
        ("consent", "TRUST-068"),
    ]


async def test_a_consent_that_the_answer_did_not_offer(town: Town, clinic: Clinic) -> None:
    """In grace, where viewing is stopped, and after a check made off line: eligibility only, whatever is sent."""
    cases = {
        "in-grace": ("TRUST-066", "電子証明書の有効期限が切れているため、医療情報は閲覧できません。"),
        "viewing-stopped": (
            "TRUST-065",
            "保険者の確認が済むまで、この方の医療情報の閲覧は止められています。",
        ),
        "lost": ("TRUST-064", "この確認では、その情報の閲覧に同意できません。"),
    }
    for slug, (code, said) in cases.items():
        async with writer(clinic, slug) as hand:
            statement = hand.statement(await hand.challenge())
            assert (await hand.line.visit(hand.document(statement))).consent_items == ()
            told = await refused(hand.line.consent(hand.consent(statement, (ConsentItem.DRUGS,))))
            assert (told[0], told[1][0]) == (code, said)
            assert await grants(clinic, slug) == []
    async with writer(clinic, "newborn") as hand:
        statement = hand.statement(await hand.challenge(deferred=True), deferred=True)
        await hand.line.visit(hand.document(statement))
        told = await refused(hand.line.consent(hand.consent(statement, (ConsentItem.DRUGS,))))
        assert told[0] == "TRUST-067"
        assert told[1][0] == "通信できない間に受け付けた確認では、医療情報の閲覧に同意できません。"


async def grants(clinic: Clinic, slug: str) -> list[str]:
    """Items that this clinic's facility may read of the person now."""
    disclosure = clinic.centre.central.domains.disclosure
    person, now = person_id(clinic.town.persona(slug)), clinic.town.clock()
    facility = clinic.settings.device.facility
    return [item.value for item in await alive(disclosure, facility, person, now)]
