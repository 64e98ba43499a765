"""The centre is down, slow or refuses; the answers in words; the consent that is or is not held."""

import pytest

from edge.visit.desk import ConsentResult, Ending
from protocol import canonical
from protocol.errors import Fault, Kind, OnshiError, card, clinic, uplink
from protocol.visit import CertificateState, ConsentItem, Method, VisitRequest
from tests.edge.fakes import BIRTH, Script, World, clerk, message, pin, printed

KEPT = "通信ができないため、確認の依頼を控えました。回線が戻ると自動で送られ、結果が届きます。受付は続けられます。"
REFUSAL = Fault(
    code="TRUST-999",
    kind=Kind.NOT_PROVEN,
    desk_ja="この電子証明書は失効しています。",
    desk_en="This certificate is revoked.",
    next_ja="市区町村の窓口へ。",
    next_en="Go to the municipality.",
    vendor="revoked",
)


def pin_desk(**more: list[object]) -> Script:
    return Script(method=[Method.PIN], pin=[pin()], **more)


@pytest.mark.parametrize(
    "fault", [uplink.NAME_UNRESOLVED, uplink.NO_ROUTE, uplink.NO_CONNECTION, uplink.TLS_FAILED, uplink.CENTRE_SLOW]
)
async def test_without_a_line_the_request_is_signed_for_later(world: World, fault: Fault) -> None:
    world.centre.faults = {"challenges": [OnshiError(fault)]}
    desk = pin_desk()
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.DEFERRED
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == fault.code
    assert desk.words()[-2:] == [fault.desk_ja, KEPT]
    kept = canonical.decode(world.later.kept[0].payload, VisitRequest)
    assert kept.statement.deferred
    assert kept.statement.request_id == record.visit
    assert kept.authentication_signature is not None
    assert world.centre.documents == []
    assert world.delivery.delivered == []


async def test_a_line_that_breaks_while_asking_signs_again_under_another_id(world: World) -> None:
    world.centre.faults = {"visit": [OnshiError(uplink.LINE_CUT)]}
    desk = pin_desk()
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.DEFERRED
    kept = canonical.decode(world.later.kept[0].payload, VisitRequest)
    sent = world.centre.requests()[0]
    assert kept.statement.deferred
    assert not sent.statement.deferred
    assert kept.statement.request_id != sent.statement.request_id
    assert kept.statement.challenge != sent.statement.challenge


@pytest.mark.parametrize("fault", [uplink.ANSWER_UNREADABLE, uplink.CENTRE_FAILED, uplink.CENTRE_SLOW])
async def test_rubbish_failure_and_slowness_are_kept_for_later(world: World, fault: Fault) -> None:
    world.centre.faults = {"visit": [OnshiError(fault)]}
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[printed(birth=BIRTH)])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.DEFERRED
    kept = canonical.decode(world.later.kept[0].payload, VisitRequest)
    assert kept.surface is not None
    assert fault.desk_ja in desk.words()


async def test_without_a_stock_the_desk_is_told_to_write_it_down(world: World) -> None:
    world.later.stock = 0
    world.centre.faults = {"challenges": [OnshiError(uplink.NO_ROUTE)]}
    desk = pin_desk()
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.FAILED
    assert desk.words()[-2:] == [uplink.NO_ROUTE.desk_ja, uplink.NO_STOCK.desk_ja]
    assert desk.said[-1].next_ja == "氏名・生年月日・住所を控え、回線の復旧後に確認してください。"


async def test_a_wrong_pin_off_line_spends_no_stock(world: World) -> None:
    world.centre.faults = {"challenges": [OnshiError(uplink.NO_ROUTE)] * 2}
    desk = Script(method=[Method.PIN], pin=[pin(b"0000"), pin()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.DEFERRED
    assert len(world.later.kept) == 1


async def test_card_gone_and_line_gone_ends_with_the_lines_words(world: World) -> None:
    world.centre.on_visit = world.remove_card
    world.centre.faults = {"visit": [OnshiError(uplink.NO_CONNECTION)]}
    desk = pin_desk()
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.FAILED
    assert world.later.kept == []
    assert uplink.NO_CONNECTION.desk_ja in desk.words()


async def test_what_the_centre_refuses_is_said_in_its_words_and_leaves_no_file(world: World) -> None:
    world.centre.faults = {"visit": [OnshiError(REFUSAL)]}
    desk = pin_desk()
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.FAILED
    assert desk.words()[-1] == "この電子証明書は失効しています。"
    assert world.delivery.delivered == []
    assert world.later.kept == []


ANSWERS = {
    "1": "資格は有効です。",
    "2": "資格は無効です（資格を失っています）。",
    "3": "この資格は無効です。新しい資格があります。",
    "4": "該当する資格が登録されていません。",
    "5": "該当する資格が複数あるため、一つに決められません。",
    "6": "医療扶助の資格は有効です（この医療機関の医療券は未登録です）。",
}


@pytest.mark.parametrize("validity", list(ANSWERS))
async def test_every_answer_in_plain_words_and_a_file_for_each(world: World, validity: str) -> None:
    world.centre.message = message(validity)
    world.centre.consent_items = ()
    desk = pin_desk()
    record = await world.visit(desk)
    assert ANSWERS[validity] in desk.words()
    assert record.validity == validity
    assert len(world.delivery.delivered) == 1
    assert record.outcome.consent is ConsentResult.NOT_ASKED
    assert desk.questions == []


async def test_an_answer_without_a_validity_leaves_no_file(world: World) -> None:
    world.centre.message = message(None)
    world.centre.consent_items = ()
    desk = pin_desk()
    record = await world.visit(desk)
    assert "資格の判定が返りませんでした。" in desk.words()
    assert world.delivery.delivered == []
    assert record.face_file is None


async def test_grace_says_until_when_and_asks_no_consent(world: World) -> None:
    world.centre.state = CertificateState.GRACE
    world.centre.consent_items = ()
    desk = pin_desk()
    await world.visit(desk)
    assert (
        "カードの電子証明書は2026年10月5日に期限が切れました。2027年1月31日までは資格の確認だけできます。医療情報は閲覧できません。"
        in desk.words()
    )
    assert desk.questions == []


async def test_an_expiring_certificate_is_said_in_time(world: World) -> None:
    world.centre.state = CertificateState.EXPIRING
    desk = pin_desk(consent=[()])
    await world.visit(desk)
    assert "カードの電子証明書の期限は2026年10月5日です。" in desk.words()


async def test_refusing_is_signed_and_changes_no_answer(world: World) -> None:
    desk = pin_desk(consent=[()])
    record = await world.visit(desk)
    assert record.outcome.consent is ConsentResult.REFUSED
    assert world.centre.consents()[0].statement.items == ()
    assert "同意しないことを受け付けました。診療はこれまでどおり受けられます。" in desk.words()
    assert len(world.delivery.delivered) == 1


async def test_only_what_was_asked_can_be_allowed(world: World) -> None:
    desk = pin_desk(consent=[(ConsentItem.OPERATIONS, ConsentItem.DRUGS, ConsentItem.CHECKUPS)])
    await world.visit(desk)
    assert world.centre.consents()[0].statement.items == (ConsentItem.CHECKUPS, ConsentItem.DRUGS)


@pytest.mark.parametrize("answers", [{}, {"consent": [None]}])
async def test_an_unanswered_consent_is_none(world: World, answers: dict[str, list[object]]) -> None:
    desk = pin_desk(**answers)
    record = await world.visit(desk)
    assert record.outcome.consent is ConsentResult.UNANSWERED
    assert "同意の回答がなかったため、医療情報は閲覧できません。資格の確認は済んでいます。" in desk.words()
    assert world.centre.consents() == []
    assert len(world.delivery.delivered) == 1


async def test_a_consent_that_the_centre_does_not_hold_is_told(world: World) -> None:
    world.centre.faults = {"consent": [OnshiError(uplink.CENTRE_SLOW)] * 2}
    desk = pin_desk(consent=[(ConsentItem.DRUGS,)])
    record = await world.visit(desk)
    assert record.outcome.consent is ConsentResult.NOT_HELD
    assert record.outcome.granted == ()
    assert uplink.CENTRE_SLOW.desk_ja in desk.words()
    assert len(world.delivery.delivered) == 1


async def test_a_lost_consent_answer_is_asked_for_once_more_with_the_same_bytes(world: World) -> None:
    world.centre.faults = {"consent": [OnshiError(uplink.LINE_CUT)]}
    record = await world.visit(pin_desk(consent=[(ConsentItem.DRUGS,)]))
    assert record.outcome.consent is ConsentResult.GRANTED
    first, second = (document for document in world.centre.documents if document.kind == "consent")
    assert first == second


async def test_a_refused_consent_is_not_repeated(world: World) -> None:
    world.centre.faults = {"consent": [OnshiError(REFUSAL)]}
    record = await world.visit(pin_desk(consent=[(ConsentItem.DRUGS,)]))
    assert record.outcome.consent is ConsentResult.NOT_HELD
    assert len(world.centre.consents()) == 1


async def test_a_file_that_cannot_be_written_is_told(world: World) -> None:
    world.delivery.fault = OnshiError(clinic.FOLDER_NOT_WRITABLE)
    desk = pin_desk(consent=[()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert desk.words()[-1] == clinic.FOLDER_NOT_WRITABLE.desk_ja
    assert record.outcome.problem is not None


async def test_a_no_stands_even_when_it_cannot_be_signed_or_held(world: World) -> None:
    world.centre.faults = {"consent": [OnshiError(uplink.CENTRE_SLOW)] * 2}
    desk = pin_desk(consent=[()])
    record = await world.visit(desk)
    assert (record.outcome.consent, record.outcome.problem) == (ConsentResult.REFUSED, None)
    assert "同意しないことを受け付けました。診療はこれまでどおり受けられます。" in desk.words()


async def test_a_no_stands_when_the_card_leaves_right_after_it(world: World) -> None:
    def before(name: str) -> None:
        if name == "sign_authentication" and world.session.calls.count(name) == 2:
            world.gone.set()
            raise OnshiError(card.REMOVED)

    world.before = before
    desk = pin_desk(consent=[()])
    record = await world.visit(desk)
    assert (record.outcome.consent, record.outcome.problem) == (ConsentResult.REFUSED, None)
    assert desk.words()[-1] == "終わりました。カードをお取りください。"


async def test_a_line_that_is_back_by_the_time_of_the_pin_is_used(world: World) -> None:
    def slowly() -> object:
        world.now += 6.0
        return pin()

    world.centre.faults = {"challenges": [OnshiError(uplink.NO_ROUTE)]}
    record = await world.visit(Script(method=[Method.PIN], pin=[slowly], consent=[()]))
    assert record.outcome.ending is Ending.ANSWERED
    assert not world.centre.requests()[0].statement.deferred
