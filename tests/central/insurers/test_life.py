"""What happens in lives, as it comes through an upload: births, other insurers, loss, death, departure."""

from datetime import date, timedelta

from central.insurers.identity import Resident
from central.insurers.parts import State
from protocol.codes import QualificationValidity as V
from protocol.codes import ReasonOfLoss
from protocol.numbers import with_check_digit
from sandbox.residents.people import number_of
from tests.central.insurers.bureau import CLINIC, OTHER, SOCIETY, TODAY, Bureau

ELDERLY = with_check_digit("3999001")


async def answer(bureau: Bureau, place: int = 1, day: date = TODAY) -> object:
    person = await bureau.person(place)
    return await bureau.register.answer_for_card(person, day, facility=CLINIC, now=bureau.now)


async def test_a_newborn_without_a_name_is_registered_and_gets_the_name_later(bureau: Bureau) -> None:
    newborn = {"name": "見本　名未定", "kana": "ミホン　メイミテイ", "birth_date": "20260501"}
    bureau.town.settle(1, **newborn)
    result = await bureau.send(bureau.line(1, qualified="20260501", branch="02", relation="2"))
    assert (result.state, await bureau.current("view_stop")) == (State.APPLIED, [])
    bureau.town.known[number_of(1)] = Resident(
        name="見本　光", kana="ミホン　ヒカル", birth_date="20260501", sex="1", address=bureau.line(1)["address"]
    )
    named = await bureau.send(bureau.line(1, operation="2", qualified="20260501", branch="02", relation="2"))
    assert named.state is State.APPLIED
    (person,) = [row for row in await bureau.current("person") if row["valid_to"] is None]
    assert person["name"] == "見本　光"
    late = await bureau.send(
        bureau.line(1, operation="2", qualified="20260501", branch="02", relation="2", name="見本　名未定")
    )
    assert late.difference is not None
    assert late.difference.verdicts == {"review": 1}, "a name that the resident register has outlived is looked into"


async def test_without_any_name_there_are_too_few_items(bureau: Bureau) -> None:
    refused = await bureau.send(bureau.line(1, name="", kana=""))
    assert refused.state is State.REFUSED
    assert {code for _, code in await bureau.codes(refused)} == {"INSURER-026", "INSURER-040"}


async def test_people_born_on_a_leap_day_change_insurer_on_the_1st_of_march(bureau: Bureau) -> None:
    bureau.town.settle(1, birth_date="19480229")
    first, last = date(2023, 3, 1), date(2023, 2, 28)
    await bureau.send(bureau.line(1))
    person = await bureau.person()
    before = await bureau.register.answer_for_card(person, last, facility=CLINIC, now=bureau.now)
    after = await bureau.register.answer_for_card(person, first, facility=CLINIC, now=bureau.now)
    assert (before.validity, after.validity) == (V.VALID, V.INVALID)


async def test_on_the_75th_birthday_the_late_elderly_insurer_takes_over_in_one_day(bureau: Bureau) -> None:
    from central.register import entries as e
    from central.register.intake import RegisterIntake

    await RegisterIntake(bureau.store, lambda: bureau.now).register(
        e.Insurer(number=ELDERLY, name="見本広域連合", valid_from=date(2008, 4, 1))
    )
    bureau.town.settle(1, birth_date="19510601")
    await bureau.send(bureau.line(1))
    birthday = {"insurer": ELDERLY, "symbol": "", "number": "12345678", "branch": "", "qualified": "20260601"}
    moved = await bureau.send(bureau.line(1, percent="020", **birthday))
    assert moved.state is State.APPLIED
    person = await bureau.person()
    for day, number in ((date(2026, 5, 31), "1001"), (TODAY, "12345678")):
        found = await bureau.register.answer_for_card(person, day, facility=CLINIC, now=bureau.now)
        assert (found.validity, str(found.message.results[0].number)) == (V.VALID, number)


async def test_the_limit_category_is_that_of_the_month(bureau: Bureau) -> None:
    """A category that changes in the middle of the year: each day gets the one of its own month."""
    limit = {"limit_kind": "01", "limit_class": "A03", "limit_issued": "20260101", "limit_from": "20260101"}
    await bureau.send(bureau.line(1, **limit, limit_through="20261231"))
    lower = {**limit, "limit_class": "A05", "limit_issued": "20260525", "limit_from": "20260601"}
    await bureau.send(bureau.line(1, operation="2", card_from="20260601", **lower, limit_through="20261231"))
    for day, income_class in ((date(2026, 5, 31), "A03"), (date(2026, 6, 1), "A05"), (date(2026, 12, 31), "A05")):
        found = (await answer(bureau, day=day)).message.results[0].limit  # type: ignore[attr-defined]
        assert found.category.value == income_class, day
    assert (await answer(bureau, day=date(2027, 1, 1))).message.results[0].limit is None  # type: ignore[attr-defined]


async def test_specific_diseases_come_three_at_once_and_end_one_by_one(bureau: Bureau) -> None:
    def disease(n: int, category: str, yen: str, through: str = "") -> dict[str, str]:
        return {
            f"disease{n}_category": category, f"disease{n}_issued": "20260101", f"disease{n}_from": "20260101",
            f"disease{n}_through": through, f"disease{n}_yen": yen,
        }  # fmt: skip

    three = disease(1, "1", "10000") | disease(2, "2", "10000") | disease(3, "3", "20000")
    await bureau.send(bureau.line(1, **three))
    assert len(await bureau.current("disease_certificate")) == 3
    two = disease(1, "3", "20000") | disease(2, "1", "10000")
    await bureau.send(bureau.line(1, operation="2", card_from="20260501", **two))
    rows = {(row["category"], str(row["valid_to"])) for row in await bureau.current("disease_certificate")}
    assert rows == {("1", "None"), ("2", "2026-05-01"), ("3", "None")}


async def test_retirement_and_the_next_insurer_on_the_same_day_leave_no_day_without_and_none_with_two(
    bureau: Bureau,
) -> None:
    await bureau.send(bureau.line(1))
    await bureau.send(bureau.line(1, operation="2", disqualified="20260501", loss="03"))
    await bureau.send(bureau.line(1, insurer=OTHER, symbol="9", number="77", qualified="20260501"))
    assert await bureau.rows("SELECT * FROM register_work_item WHERE closed_at IS NULL") == []
    person = await bureau.person()
    for day, number in ((date(2026, 4, 30), "1001"), (date(2026, 5, 1), "77")):
        found = await bureau.register.answer_for_card(person, day, facility=CLINIC, now=bureau.now)
        assert (found.validity, found.conflict, str(found.message.results[0].number)) == (V.VALID, (), number)


async def test_a_lost_coverage_with_a_newer_one_says_so(bureau: Bureau) -> None:
    await test_retirement_and_the_next_insurer_on_the_same_day_leave_no_day_without_and_none_with_two(bureau)
    assert (await answer(bureau)).validity is V.VALID  # type: ignore[attr-defined]


async def test_death_ends_the_coverage_with_its_reason(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    ended = await bureau.send(bureau.line(1, operation="2", disqualified="20260511", loss="01"))
    assert ended.state is State.APPLIED
    found = await answer(bureau)
    assert found.validity is V.INVALID  # type: ignore[attr-defined]
    assert found.message.results[0].reason_of_loss is ReasonOfLoss.DEATH  # type: ignore[attr-defined]


async def test_who_moved_abroad_is_ended_without_a_number_and_comes_back_to_the_same_record(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1))
    number = number_of(1)
    away = bureau.town.known.pop(number)
    left = {"operation": "2", "individual": "", "disqualified": "20260201", "loss": "99"}
    line = {**_stated(away), "qualified": "20200401", "percent": "030"}
    ended = await bureau.send({**line, **left})
    assert (ended.state, await bureau.current("view_stop")) == (State.APPLIED, []), "nobody is stopped for leaving"
    bureau.town.known[number] = away
    back = await bureau.send(bureau.line(1, qualified="20260520"))
    assert back.state is State.APPLIED
    person = await bureau.person()
    days = {date(2026, 1, 31): V.VALID, date(2026, 3, 1): V.INVALID, date(2026, 5, 20): V.VALID}
    for day, validity in days.items():
        found = await bureau.register.answer_for_card(person, day, facility=CLINIC, now=bureau.now)
        assert found.validity is validity, day
    assert len({row["person_id"] for row in await bureau.current("tie")}) == 1


def _stated(resident: Resident) -> dict[str, str]:
    return {
        "insurer": SOCIETY, "symbol": "12-34", "number": "1001", "branch": "00", "name": resident.name,
        "kana": resident.kana, "sex": resident.sex, "birth": resident.birth_date, "address": resident.address,
        "relation": "1", "classification": "01",
    }  # fmt: skip


async def test_a_day_of_tomorrow_is_registered_today_and_true_tomorrow(bureau: Bureau) -> None:
    await bureau.send(bureau.line(1, qualified="20260602"))
    assert (await answer(bureau)).validity is not V.VALID  # type: ignore[attr-defined]
    assert (await answer(bureau, day=TODAY + timedelta(1))).validity is V.VALID  # type: ignore[attr-defined]
