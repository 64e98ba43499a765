"""The cast is the same on the same day, fits any day of the calendar, and covers the field's situations."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.visit import CertificateState, Method
from sandbox.cast import Answered, Persona, Refused, UnknownPersona, cast, find
from sandbox.cast.days import birthday_after, born, leap_born, month_end, months_from
from sandbox.cast.insurers import CLINIC, INSURERS, OTHER_CLINIC
from sandbox.cast.persona import Hierarchy, Membership

TODAY = date(2026, 11, 21)
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2036, 12, 31))


def luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(product // 10 + product % 10 for product in doubled) % 10 == 0


def grace_end(last_day: date) -> date:
    return month_end(months_from(last_day, 3))


def test_the_first_is_an_ordinary_valid_adult() -> None:
    first = cast(TODAY)[0]
    assert first.slug == "ordinary"
    assert set(first.endings) == set(Method)
    assert first.endings[Method.PIN] == Answered(validity="1")


def test_the_same_day_gives_the_same_people() -> None:
    assert cast(TODAY) == cast(TODAY)


def test_names_and_slugs_are_unique_and_the_cast_is_about_forty() -> None:
    people = cast(TODAY)
    assert len({persona.slug for persona in people}) == len(people) >= 32
    assert len({persona.name.original for persona in people}) == len(people)
    assert all(re.fullmatch(r"[a-z0-9-]{3,40}", persona.slug) for persona in people)


def test_every_persona_says_how_each_method_ends() -> None:
    for persona in cast(TODAY):
        assert set(persona.endings) == set(Method), persona.slug


def test_every_validity_of_the_code_list_occurs() -> None:
    people = cast(TODAY)
    by_card = {
        ending.validity for persona in people for ending in persona.endings.values() if isinstance(ending, Answered)
    }
    by_number = {query.validity for persona in people for query in persona.queries}
    assert by_card | by_number == {"1", "2", "3", "4", "5", "6"}


def test_every_hierarchy_and_certificate_state_occurs() -> None:
    people = cast(TODAY)
    assert {persona.card.certificate.hierarchy for persona in people} == set(Hierarchy)
    states = {ending.state for persona in people for ending in persona.endings.values() if isinstance(ending, Answered)}
    assert states == set(CertificateState)


def test_insurers_and_clinics_lie_in_prefecture_99_with_good_check_digits() -> None:
    for insurer in INSURERS:
        assert luhn(insurer.number), insurer.number
        prefecture = insurer.number[:2] if len(insurer.number) == 6 else insurer.number[2:4]
        assert prefecture == "99"
    for clinic in (CLINIC, OTHER_CLINIC):
        assert luhn(clinic.code)
        assert clinic.code.startswith("99")


def state_by_days(persona: Persona, today: date) -> str:
    plan = persona.card.certificate
    if today > grace_end(plan.last_day):
        return "past"
    if today > plan.last_day:
        return CertificateState.GRACE.value
    return CertificateState.EXPIRING.value if plan.last_day < today + timedelta(days=80) else "valid"


@given(DAYS)
def test_on_any_day_certificates_stand_where_the_ending_says(today: date) -> None:
    for persona in cast(today):
        plan = persona.card.certificate
        assert plan.issued <= today, persona.slug
        assert persona.birth <= plan.issued, persona.slug
        assert plan.last_day <= persona.card.expiry, persona.slug
        ending = persona.endings[Method.SIGHT]
        if isinstance(ending, Answered):
            assert state_by_days(persona, today) == ending.state.value, persona.slug
        if plan.revoked_on:
            assert plan.revoked_on < today
            assert isinstance(ending, Refused)


def covers(membership: Membership, day: date) -> bool:
    return membership.start <= day and (membership.end is None or day < membership.end)


@given(DAYS)
def test_on_any_day_coverage_fits_the_expected_validity(today: date) -> None:
    for persona in cast(today):
        for membership in persona.memberships:
            assert persona.birth <= membership.start <= today, persona.slug
            assert membership.end is None or membership.start < membership.end, persona.slug
            assert membership.valid_until is None or membership.valid_until >= today, persona.slug
        for query in persona.queries:
            covered = covers(persona.memberships[query.membership], today)
            assert covered == (query.validity in {"1", "5"}), persona.slug
            newer = any(covers(other, today) for other in persona.memberships)
            assert query.validity != "3" or newer, persona.slug


@given(DAYS)
def test_on_any_day_ages_are_what_the_story_says(today: date) -> None:
    people = {persona.slug: persona for persona in cast(today)}
    assert birthday_after(people["seventy-five-today"].birth, today - timedelta(days=1), 1) == today
    elderly = today.year - people["elderly"].birth.year
    assert 72 <= elderly <= 73
    assert people["leap-day"].birth.strftime("%m%d") == "0229"
    assert people["newborn"].birth == today - timedelta(days=40)
    assert people["copied-certificate"].birth == people["ordinary"].birth
    assert people["twin-elder"].birth == people["twin-younger"].birth


def test_records_differ_except_that_twins_share_all_but_the_branch() -> None:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for persona in cast(TODAY):
        for membership in persona.memberships:
            key = (membership.insurer.number, membership.symbol, membership.number)
            seen.setdefault(key, []).append(persona.slug)
    assert [slugs for slugs in seen.values() if len(slugs) > 1] == [["twin-elder", "twin-younger"]]


@pytest.mark.parametrize("wanted", ["ordinary", "見本 花子", "見本花子", "見本　花子", "mihon hanako", "MIHON HANAKO"])
def test_a_persona_is_found_by_slug_or_name(wanted: str) -> None:
    assert find(wanted, cast(TODAY)).slug == "ordinary"


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UnknownPersona) as unknown:
        find("nobody", cast(TODAY))
    assert unknown.value.known[0] == "ordinary"


def test_leap_day_births_and_birthdays() -> None:
    assert born(date(2028, 2, 29), 75, 0) == date(1953, 2, 28)
    assert leap_born(date(2027, 2, 27), 3) == date(2020, 2, 29)
    assert birthday_after(date(1980, 2, 17), date(2025, 10, 27), 5) == date(2030, 2, 17)
    assert birthday_after(date(2000, 2, 29), date(2025, 10, 27), 1) == date(2026, 2, 28)
