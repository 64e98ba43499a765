"""What an upload does on later days is told, and held, as what it does today: renewals come a month ahead."""

import pytest

from central.insurers.parts import Result, State
from tests.central.insurers.bureau import Bureau

PEOPLE = range(1, 11)
NAMES = ("gained", "lost", "ratio_changed", "ratio_lost", "ratio_gained")
TO_JULY = {"percent": "020", "card_through": "20260731"}
FROM_AUGUST = {"operation": "2", "percent": "020", "card_from": "20260801", "card_through": "20270731"}


async def send(bureau: Bureau, confirm: bool = False, **more: str) -> Result:
    result = await bureau.send(*(bureau.line(place, **more) for place in PEOPLE))
    if confirm and result.state is State.HELD:
        await bureau.importer.confirm(result.upload, operator="second")
        result = await bureau.importer.run(result.upload)
    return result


def told(result: Result) -> dict[str, int]:
    assert result.difference is not None
    counts = {name: result.difference.total(name) for name in NAMES}
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ({}, {"percent": "", "card_from": "20260701"}, "ratio_lost"),
        ({}, {"disqualified": "20260602", "loss": "03"}, "lost"),
        ({"percent": "020"}, {"percent": "020", "card_through": "20260602"}, "ratio_lost"),
        (TO_JULY, FROM_AUGUST | {"percent": ""}, "ratio_lost"),
        ({"qualified": "20260701"}, {"operation": "3", "qualified": "20260701"}, "lost"),
        (
            {"elderly_from": "20260601", "elderly_percent": "020", "percent": ""},
            {"elderly_from": "20260601", "elderly_through": "20260731", "elderly_percent": "020", "percent": ""},
            "ratio_lost",
        ),
    ],
    ids=[
        "no ratio from July", "lost tomorrow", "ratio ends tomorrow", "renewal without a ratio", "called off",
        "elderly ratio ends in July",
    ],
)  # fmt: skip
async def test_what_goes_on_a_later_day_waits_for_a_second_person(
    bureau: Bureau, first: dict[str, str], then: dict[str, str], expected: str
) -> None:
    assert (await send(bureau, **first)).state is State.APPLIED
    before = await bureau.state()
    held = await send(bureau, **({"operation": "2"} | then))
    assert (held.state, told(held)) == (State.HELD, {expected: 10})
    assert await bureau.state() == before


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ({"percent": "020"}, FROM_AUGUST | {"percent": "030", "card_through": ""}, {"ratio_changed": 10}),
        (TO_JULY, FROM_AUGUST | {"percent": "030"}, {"ratio_changed": 10}),
        (TO_JULY, FROM_AUGUST, {}),
        (TO_JULY, TO_JULY, {}),
        (TO_JULY, TO_JULY | {"operation": "2", "issued": "20260601"}, {}),
        ({"percent": "020"}, FROM_AUGUST, {"ratio_lost": 10}),
        ({}, {"operation": "2", "elderly_from": "20260701", "elderly_percent": "020"}, {"ratio_changed": 10}),
        ({"percent": "", "elderly_from": "20200401", "elderly_through": "20260731", "elderly_percent": "020"},
         {"operation": "2", "percent": "", "elderly_from": "20260801", "elderly_percent": "030",
          "card_from": "20260801"}, {"ratio_changed": 10}),
        ({"disqualified": "20260701", "loss": "03"}, {"operation": "2"}, {"gained": 10, "ratio_gained": 10}),
    ],
    ids=[
        "changed in August", "changed by the renewal", "renewed", "the same again", "issued anew", "gets an end",
        "elderly from July", "elderly renewed", "stays after all",
    ],
)  # fmt: skip
async def test_what_changes_on_a_later_day_is_told(
    bureau: Bureau, first: dict[str, str], then: dict[str, str], expected: dict[str, int]
) -> None:
    assert (await send(bureau, **first)).state is State.APPLIED
    found = await bureau.send(*(bureau.line(place, **then) for place in PEOPLE), check_only=True)
    assert told(found) == expected


async def test_members_who_come_and_go_on_later_days_are_counted_once(bureau: Bureau) -> None:
    coming = {"qualified": "20260701"}
    assert told(await send(bureau, **coming)) == {"gained": 10, "ratio_gained": 10}
    assert told(await send(bureau, **coming)) == {}
    assert told(await send(bureau, **coming, operation="2", percent="020")) == {"ratio_changed": 10}
    leaving = coming | {"operation": "2", "percent": "020", "disqualified": "20260901", "loss": "03"}
    assert told(await send(bureau, confirm=True, **leaving)) == {"lost": 10}
    assert told(await send(bureau, **leaving)) == {}
    (size,) = await bureau.rows("SELECT members, ratios FROM insurers_cohort")
    assert dict(size) == {"members": 0, "ratios": 0}
