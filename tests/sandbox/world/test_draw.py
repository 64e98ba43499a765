"""The world's numbers come from its seed and nothing else."""

import pytest

from sandbox.world.draw import Draw


def test_the_same_seed_and_name_give_the_same_digits() -> None:
    assert Draw("onshi").pin("pin", "ordinary") == Draw("onshi").pin("pin", "ordinary")
    assert Draw("onshi").pin("pin", "ordinary") != Draw("other").pin("pin", "ordinary")


@pytest.mark.parametrize("who", ["a", "b", "c", "d"])
def test_forms(who: str) -> None:
    draw = Draw("onshi")
    assert len(draw.digits(14, who)) == 14
    assert 0x0100_0000 <= draw.serial(who) < 0x8000_0000
    assert draw.password(who).isalnum()
    assert len(draw.password(who)) == 8
    assert 0 <= draw.number(7, who) < 7


def check_digit_of_an_individual_number(body: str) -> int:
    total = 0
    for n in range(1, 12):
        weight = n + 1 if n <= 6 else n - 5
        total += int(body[11 - n]) * weight
    return 0 if total % 11 in {0, 1} else 11 - total % 11


@pytest.mark.parametrize("who", [str(number) for number in range(20)])
def test_nobody_can_have_an_individual_number_of_the_cast(who: str) -> None:
    number = Draw("onshi").individual_number(who)
    assert len(number) == 12
    assert check_digit_of_an_individual_number("12345678901") == 8
    assert int(number[11]) != check_digit_of_an_individual_number(number[:11])
