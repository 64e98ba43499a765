"""The card is taken away, falls silent, or is no My Number Card: exact words, nothing half done."""

import asyncio

import pytest

from edge.visit.desk import ConsentResult, Ending
from protocol.errors import Fault, OnshiError, card, visit
from protocol.visit import ConsentItem, Method
from tests.edge.fakes import BIRTH, Script, World, clerk, pin, printed

EARLY = "途中でカードが取り出されたため、確認を中止しました。"
LATE = "同意の前にカードが取り出されました。資格の確認は済んでいます。医療情報は閲覧できません。"


@pytest.mark.parametrize("step", ["open", "identify", "certificate", "tries_pin", "verify_pin", "sign_authentication"])
async def test_removed_at_every_step_before_the_request(world: World, step: str) -> None:
    world.remove_at(step)
    desk = Script(method=[Method.PIN], pin=[pin()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.FAILED
    assert desk.words()[-1] == EARLY
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == visit.CARD_LEFT_EARLY.code
    assert world.centre.documents == []
    assert world.delivery.delivered == []
    assert all(not any(secret) for secret in desk.given)


@pytest.mark.parametrize("step", ["open_birth", "sign_surface"])
async def test_removed_at_every_step_of_sight(world: World, step: str) -> None:
    world.remove_at(step)
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[printed(birth=BIRTH)])
    record = await world.visit(desk)
    assert desk.words()[-1] == EARLY
    assert record.outcome.ending is Ending.FAILED
    assert world.centre.documents == []


@pytest.mark.parametrize("question", ["method", "pin", "clerk", "printed"])
async def test_removed_while_a_question_stands(world: World, question: str) -> None:
    world.question_seconds = 5.0
    way = Method.PIN if question == "pin" else Method.SIGHT
    answers = {"method": [way], "pin": [pin()], "clerk": [clerk()], "printed": [printed(birth=BIRTH)]}
    del answers[question]
    desk = Script(**answers)
    asyncio.get_running_loop().call_later(0.1, world.remove_card)
    record = await world.visit(desk)
    assert desk.words()[-1] == EARLY
    assert record.outcome.ending is Ending.FAILED


async def test_an_entry_that_comes_with_the_removal_is_zeroed_and_unused(world: World) -> None:
    def too_late() -> object:
        world.remove_card()
        return pin()

    desk = Script(method=[Method.PIN], pin=[too_late])
    await world.visit(desk)
    assert desk.words()[-1] == EARLY
    assert not any(desk.given[0])
    assert "verify_pin" not in world.session.calls


async def test_removed_while_the_centre_is_asked_the_answer_stands(world: World) -> None:
    world.centre.on_visit = world.remove_card
    desk = Script(method=[Method.PIN], pin=[pin()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert record.outcome.consent is ConsentResult.CARD_GONE
    assert desk.questions == []
    assert "資格は有効です。" in desk.words()
    assert LATE in desk.words()
    body = world.delivery.delivered[0]["XmlMsg"]["MessageBody"]
    assert body["ResultList"][0]["ResultOfQualificationConfirmation"]["PharmacistsInfoConsFlg"] == "0"


async def test_removed_before_the_consent_is_answered(world: World) -> None:
    world.question_seconds = 5.0
    desk = Script(method=[Method.PIN], pin=[pin()])
    asyncio.get_running_loop().call_later(0.1, world.remove_card)
    record = await world.visit(desk)
    assert (record.outcome.ending, record.outcome.consent) == (Ending.ANSWERED, ConsentResult.CARD_GONE)
    assert desk.words()[-2:] == [LATE, "終わりました。カードをお取りください。"]
    assert world.centre.consents() == []
    assert len(world.delivery.delivered) == 1


async def test_removed_between_yes_and_the_signature_is_no_consent(world: World) -> None:
    def before(name: str) -> None:
        if name == "sign_authentication" and world.session.calls.count(name) == 2:
            world.gone.set()
            raise OnshiError(card.REMOVED)

    world.before = before
    desk = Script(method=[Method.PIN], pin=[pin()], consent=[(ConsentItem.DRUGS,)])
    record = await world.visit(desk)
    assert record.outcome.consent is ConsentResult.CARD_GONE
    assert world.centre.consents() == []
    assert LATE in desk.words()
    assert record.outcome.granted == ()


async def test_a_card_that_falls_silent_at_the_consent_leaves_the_answer(world: World) -> None:
    def before(name: str) -> None:
        if name == "sign_authentication" and world.session.calls.count(name) == 2:
            raise OnshiError(card.SILENT)

    world.before = before
    desk = Script(method=[Method.PIN], pin=[pin()], consent=[(ConsentItem.DRUGS,)])
    record = await world.visit(desk)
    assert (record.outcome.ending, record.outcome.consent) == (Ending.ANSWERED, ConsentResult.NOT_HELD)
    assert card.SILENT.desk_ja in desk.words()
    assert len(world.delivery.delivered) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (card.SILENT, "カードから返事がありません。"),
        (card.NOT_MY_NUMBER_CARD, "これはマイナンバーカードではないようです。"),
        (card.NOT_RECOGNISED, "カードを読み取れませんでした。"),
        (card.SEVERAL_CARDS, "カードが二枚以上あるようです。"),
        (card.GARBLED, "カードの内容を正しく読み取れませんでした。"),
        (card.READER_BUSY, "ほかのソフトがカードリーダーを使っています。"),
    ],
)
@pytest.mark.parametrize("step", ["open", "identify", "certificate"])
async def test_a_card_that_is_none_or_does_not_answer(world: World, fault: Fault, words: str, step: str) -> None:
    def before(name: str) -> None:
        if name == step:
            raise OnshiError(fault)

    world.before = before
    desk = Script()
    record = await world.visit(desk)
    assert desk.words()[-1] == words
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == fault.code
    assert desk.offers == []


async def test_a_card_without_the_certificate_is_told_what_to_do(world: World) -> None:
    world.session.has_certificate = False
    desk = Script()
    await world.visit(desk)
    assert desk.words()[-1] == "このカードには、受付に使う電子証明書が入っていません。"


async def test_a_phone_is_told_to_use_the_card(world: World) -> None:
    world.session.token = "JPKIAPGPSETOKEN"
    desk = Script()
    await world.visit(desk)
    assert desk.words()[-1] == "スマートフォンのマイナンバーカードは、この端末ではまだ使えません。"


@pytest.mark.parametrize("question", ["method", "pin", "clerk", "printed"])
async def test_a_desk_that_says_nothing_ends_the_visit(world: World, question: str) -> None:
    way = Method.PIN if question == "pin" else Method.SIGHT
    answers = {"method": [way], "pin": [pin()], "clerk": [clerk()], "printed": [printed(birth=BIRTH)]}
    del answers[question]
    desk = Script(**answers)
    record = await world.visit(desk)
    assert desk.words()[-1] == "操作がなかったため、確認を中止しました。"
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == visit.DESK_SILENT.code
