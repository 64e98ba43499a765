"""Visits with the PIN: what is signed, what is said, what is left behind."""

import pytest

from edge.visit.desk import ConsentResult, Ending
from protocol.errors import OnshiError, card, visit
from protocol.visit import Care, ConsentItem, Method
from tests.edge.fakes import BIRTH, CERTIFICATE, FACILITY, Script, World, digest_of, pin


async def test_an_ordinary_visit_signs_asks_consents_and_delivers(world: World) -> None:
    desk = Script(method=[Method.PIN], pin=[pin()], consent=[(ConsentItem.DRUGS,)])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert record.outcome.problem is None
    assert (record.validity, record.method) == ("1", Method.PIN)
    assert record.outcome.consent is ConsentResult.GRANTED
    assert record.outcome.granted == (ConsentItem.DRUGS,)
    assert [said.ja for said in record.said] == [
        "カードを読み取っています。そのままお待ちください。",
        "どの方法で本人確認をしますか。",
        "暗証番号（数字4けた）を入力してください。あと3回入力できます。",
        "資格を確認しています。",
        "資格は有効です。",
        "過去の医療情報を、この医療機関が見ることに同意しますか。同意しなくても診療は受けられます。",
        "同意を受け付けました（お薬）。24時間有効です。",
        "終わりました。カードをお取りください。",
    ]
    assert desk.records == [record]
    body = world.delivery.delivered[0]["XmlMsg"]["MessageBody"]
    assert body["ResultList"][0]["ResultOfQualificationConfirmation"]["PharmacistsInfoConsFlg"] == "1"


@pytest.mark.parametrize(
    ("care", "ja", "en"),
    [(Care.HOME_VISIT, "訪問診療等", "home visits"), (Care.ONLINE_CARE, "オンライン診療等", "online care")],
)
async def test_a_consent_to_care_that_goes_on_says_so_before_and_after(
    world: World, care: Care, ja: str, en: str
) -> None:
    world.care = care
    record = await world.visit(Script(method=[Method.PIN], pin=[pin()], consent=[(ConsentItem.DRUGS,)]))
    assert world.centre.consents()[0].statement.care is care
    asked, granted = record.said[-3], record.said[-2]
    assert f"{ja}が続く間、この医療機関が見ること" in asked.ja
    assert f"as long as {en} go on" in asked.en
    assert granted.ja == f"同意を受け付けました（お薬）。{ja}が続く間有効です。"
    assert granted.en == f"Consent is recorded (medicines). It lasts as long as {en} go on."


async def test_the_card_signs_the_whole_statement_with_the_authentication_key(world: World) -> None:
    await world.visit(Script(method=[Method.PIN], pin=[pin()], consent=[()]))
    request = world.centre.requests()[0]
    assert request.statement.facility == FACILITY
    assert request.statement.request_id == f"{1:032x}"
    assert request.statement.asked_day.isoformat() == "2026-11-21"
    assert request.certificate == CERTIFICATE
    assert request.surface is None
    consent = world.centre.consents()[0]
    assert consent.key == "authentication"
    assert consent.statement.items == ()
    assert consent.statement.challenge == request.statement.challenge
    assert world.session.digests == [
        ("authentication", digest_of(request)),
        ("authentication", digest_of(consent)),
    ]


async def test_wrong_pin_twice_then_right_is_told_with_the_tries_left(world: World) -> None:
    desk = Script(method=[Method.PIN], pin=[pin(b"0000"), pin(b"1111"), pin()], consent=[()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert [word for word in desk.words() if "暗証番号" in word] == [
        "暗証番号（数字4けた）を入力してください。あと3回入力できます。",
        "暗証番号がちがいます。あと2回入力できます。",
        "暗証番号（数字4けた）を入力してください。あと2回入力できます。",
        "暗証番号がちがいます。あと1回入力できます。",
        "暗証番号（数字4けた）を入力してください。あと1回入力できます。",
    ]


async def test_a_pin_that_the_card_refused_is_not_sent_again(world: World) -> None:
    desk = Script(method=[Method.PIN], pin=[pin(b"0000"), pin(b"0000"), pin()], consent=[()])
    await world.visit(desk)
    assert world.session.calls.count("verify_pin") == 2
    assert any(said.code == visit.PIN_REPEATED.code and "あと2回" in said.ja for said in desk.said)


async def test_the_last_wrong_pin_closes_the_way_and_leads_to_sight(world: World) -> None:
    world.session.pin_tries = 1
    desk = Script(method=[Method.PIN, None], pin=[pin(b"0000")])
    record = await world.visit(desk)
    assert desk.offers[0].said.code == "method_ask_last_try"
    assert desk.offers[0].said.ja.endswith("あと1回まちがえると使えなくなります。")
    assert card.PIN_BLOCKED.desk_ja in desk.words()
    assert desk.offers[1].methods == (Method.SIGHT,)
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == card.PIN_BLOCKED.code


async def test_a_locked_pin_is_never_tried_and_never_offered(world: World) -> None:
    world.session.pin_tries = 0
    desk = Script(method=[Method.PIN, None])
    record = await world.visit(desk)
    assert "verify_pin" not in world.session.calls
    assert desk.offers[0].methods == (Method.SIGHT,)
    assert desk.words().count(card.PIN_BLOCKED.desk_ja) == 2
    assert record.outcome.ending is Ending.FAILED
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == card.PIN_BLOCKED.code


async def test_a_card_without_a_pin_says_so_and_offers_sight(world: World) -> None:
    world.session.no_pin = True
    desk = Script(method=[None])
    await world.visit(desk)
    assert desk.words()[1] == "このカードは暗証番号を使わないカードです。"
    assert desk.offers[0].methods == (Method.SIGHT,)


async def test_no_way_left_is_said_and_not_asked(world: World) -> None:
    world.session.pin_tries = 0
    world.hashes = {}
    desk = Script()
    record = await world.visit(desk)
    assert desk.offers == []
    assert desk.words()[-1] == visit.NO_WAY_LEFT.desk_ja
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == visit.NO_WAY_LEFT.code


async def test_a_printed_birth_date_with_the_pin_proves_both_keys_in_one_request(world: World) -> None:
    desk = Script(method=[Method.PIN], pin=[pin(birth=BIRTH)], consent=[()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    request = world.centre.requests()[0]
    assert request.authentication_signature is not None
    assert request.surface is not None
    assert request.surface.file == "0001"
    calls = world.session.calls
    assert calls.index("sign_surface") < calls.index("verify_pin") < calls.index("sign_authentication")
    assert [name for name, _ in world.session.digests] == ["surface", "authentication", "authentication"]


async def test_a_wrong_birth_date_costs_no_pin_try_and_is_asked_again(world: World) -> None:
    desk = Script(method=[Method.PIN], pin=[pin(birth=b"990101"), pin(birth=BIRTH)], consent=[()])
    await world.visit(desk)
    assert world.session.calls.count("verify_pin") == 1
    assert "生年月日が、カードの中のものと合いませんでした。あと6回入力できます。" in desk.words()
    assert world.centre.requests()[0].surface is not None


async def test_a_closed_birth_date_lets_the_pin_go_on_alone(world: World) -> None:
    world.session.birth_fault = OnshiError(card.BIRTH_GUARDED)
    desk = Script(method=[Method.PIN], pin=[pin(birth=BIRTH)], consent=[()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert world.centre.requests()[0].surface is None
    assert card.BIRTH_GUARDED.desk_ja in desk.words()


async def test_every_secret_is_zero_after_a_visit(world: World) -> None:
    desk = Script(method=[Method.PIN], pin=[pin(b"0000"), pin(birth=BIRTH)], consent=[()])
    await world.visit(desk)
    assert len(desk.given) == 3
    assert all(not any(secret) for secret in desk.given)
    assert world.session.closed == 1


async def test_a_desk_that_repeats_a_useless_entry_for_ever_is_ended(world: World) -> None:
    desk = Script(method=[Method.PIN] * 20, pin=[pin(b"12") for _ in range(200)])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.FAILED
    assert world.session.pin_tries == 3


async def test_a_challenge_that_waited_too_long_for_people_is_fetched_anew(world: World) -> None:
    def slowly() -> object:
        world.now += 100.0
        return pin()

    await world.visit(Script(method=[Method.PIN], pin=[slowly], consent=[()]))
    assert world.centre.issued == 2
    assert world.centre.requests()[0].statement.challenge.startswith("challenge-00000002")


async def test_another_way_can_be_chosen_at_the_pin(world: World) -> None:
    desk = Script(method=[Method.PIN, None], pin=[None])
    record = await world.visit(desk)
    assert len(desk.offers) == 2
    assert desk.words()[-1] == "確認を中止しました。"
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == visit.STOPPED.code


async def test_steps_are_timed_and_the_log_part_holds_no_person(world: World) -> None:
    record = await world.visit(Script(method=[Method.PIN], pin=[pin()], consent=[()]))
    names = [step.name for step in record.steps]
    for name in ("open", "identify", "certificate", "challenge", "verify_pin", "sign_authentication", "ask", "deliver"):
        assert name in names
    assert "診療" not in repr(record.logged())
