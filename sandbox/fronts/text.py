"""What stands on the front of one card, as text: for the cast and for people drawn at random.

Facts: `my-number-card` reference 2.5 and 7 (date line, 16-character manufacturing number, 4-digit security code);
a card ends with the tenth birthday after its issue, a minor's with the fifth.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from protocol import eras
from sandbox.card import CardPersonalisation
from sandbox.card.printed import number_b
from sandbox.cast.days import birthday_after
from sandbox.world.draw import Draw

_FAMILY = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水"
_GIVEN = "花子 太郎 一郎 美咲 健太 陽子 さくら 翔 結衣 大輔 和子 清 直樹 由美 トメ 学"
_TOWNS = "中央 本町 緑が丘 桜台 旭町 栄町 若葉 東町 西新田 港南"
_ADULT = 18
_EARLIEST = date(1926, 12, 25)


@dataclass(frozen=True, kw_only=True)
class FrontText:
    """The texts of one front. ``serial`` is the 16-character manufacturing number, ``code`` the security code."""

    name: str
    address: str
    sex: str
    birth: date
    expiry: date
    issuer: str
    serial: str
    code: str
    foreign: bool = False

    @property
    def date_line(self) -> str:
        """Months and days of one digit stand behind a blank; the first year of an era is 元."""
        return f"{self._birth()}生   {_gregorian(self.expiry)}まで有効"

    @property
    def number_b(self) -> str:
        """照合番号B, 14 digits: the truth that a reader is measured against."""
        return number_b(self.birth, self.expiry, self.code, foreign=self.foreign)

    def _birth(self) -> str:
        if self.foreign:
            return _gregorian(self.birth)
        era = eras.era_of(self.birth)
        year = era.year_of(self.birth)
        return f"{era.kanji}{'元' if year == 1 else f'{year:2d}'}年{self.birth.month:2d}月{self.birth.day:2d}日"


def _gregorian(day: date) -> str:
    return f"{day.year}年{day.month:2d}月{day.day:2d}日"


def front_of(card: CardPersonalisation, seed: str) -> FrontText:
    """The front of a card of the cast; the manufacturing number follows from the world's seed."""
    return FrontText(
        name=card.name,
        address=card.address,
        sex="男" if card.sex == "1" else "女",
        birth=card.birth,
        expiry=card.expiry,
        issuer="見本県青葉市長",
        serial=Draw(seed).hexadecimal(16, "manufacturing-number", card.serial).upper(),
        code=card.security_code,
        foreign=card.foreign,
    )


def random_front(seed: int, today: date) -> FrontText:
    """Somebody with a valid card on ``today``: any age from 0 to 99, one in twenty-five with a Gregorian birth date."""
    dice = random.Random(seed)  # noqa: S311 - invented people, not keys
    birth = max(_EARLIEST, today - timedelta(days=dice.randrange(200, 365 * 99)))
    adult = eras.age_on(birth, today) >= _ADULT + 10
    issued = max(birth + timedelta(days=30), today - timedelta(days=dice.randrange(1, 365 * (9 if adult else 4))))
    block = f"{dice.randint(1, 40)}丁目{dice.randint(1, 99)}番{dice.randint(1, 20)}号"
    return FrontText(
        name=f"{dice.choice(_FAMILY.split())}　{dice.choice(_GIVEN.split())}",
        address=f"見本県青葉市{dice.choice(_TOWNS.split())}{block}",
        sex=dice.choice("男女"),
        birth=birth,
        expiry=birthday_after(birth, issued, 10 if adult else 5),
        issuer="見本県青葉市長",
        serial="".join(dice.choice("0123456789ABCDEF") for _ in range(16)),
        code=f"{dice.randrange(10_000):04d}",
        foreign=dice.random() < 0.04,
    )
