"""Personas whose name is the difficulty: characters outside JIS X 0208, a variation selector, a very long name.

Facts: `data-formats` reference 1.10 and 6.1. What the insurer could not write stands as ● in ``registered``;
the chip holds the true name.
"""

from dataclasses import replace
from datetime import date

from sandbox.cast.build import VALID, card, employed, ends, name, story
from sandbox.cast.days import born
from sandbox.cast.insurers import home
from sandbox.cast.persona import NumberQuery, Persona, PersonName, Sex, Story

LONG_NAME = "MARIA FERNANDA GUADALUPE DE LA SANTISIMA TRINIDAD VILLANUEVA-ETXEBERRIA SCHWARZENBERGER VON HOHENFELDEN"
LONG_KANA = (
    "マリア フェルナンダ グアダルーペ デ ラ サンティシマ トリニダッド "
    "ビジャヌエバエチェベリア シュヴァルツェンベルガー フォン ホーエンフェルデン"
)


def _named(today: date, slug: str, block: int, who: PersonName, line: Story, sex: Sex, age: int, days: int) -> Persona:
    birth = born(today, age, days)
    return Persona(
        slug=slug,
        name=who,
        story=line,
        birth=birth,
        sex=sex,
        home=home(block),
        card=card(today, birth),
        endings=ends(VALID),
        memberships=(employed(today, f"1000{block:02d}"),),
        queries=(NumberQuery(membership=0, validity="1"),),
    )


def names(today: date) -> tuple[Persona, ...]:
    """A foreigner's card prints the Gregorian year of birth."""
    *japanese, foreigner = _people(today)
    return (*japanese, replace(foreigner, card=replace(foreigner.card, foreign=True)))


def _people(today: date) -> tuple[Persona, ...]:
    return (
        _named(
            today,
            "name-hashigo-taka",
            19,
            name("髙橋 涼子", "タカハシ リョウコ", "Takahashi Ryoko", registered="●橋 涼子"),
            story("はしご高。保険者の登録では●になる。", "髙 (U+9AD9): the insurer's record shows ● instead."),
            Sex.FEMALE,
            41,
            15,
        ),
        _named(
            today,
            "name-tatsu-saki",
            20,
            name("山﨑 豊", "ヤマザキ ユタカ", "Yamazaki Yutaka", registered="山崎 豊"),
            story("たつさき。保険者は「崎」で登録している。", "﨑 (U+FA11): the insurer registered the plain 崎."),
            Sex.MALE,
            57,
            90,
        ),
        _named(
            today,
            "name-tsuchi-yoshi",
            21,
            name("𠮷田 明", "ヨシダ アキラ", "Yoshida Akira", registered="●田 明"),
            story("つちよし。基本多言語面の外の字。", "𠮷 (U+20BB7): a character outside the basic plane."),
            Sex.MALE,
            36,
            180,
        ),
        _named(
            today,
            "name-toku",
            22,
            name("德永 文子", "トクナガ フミコ", "Tokunaga Fumiko"),
            story(
                "第３水準の「德」。答えには出るが、レセプトは通らない。",
                "德 (level 3): arrives in the answer, but receipts refuse it.",
            ),
            Sex.FEMALE,
            63,
            210,
        ),
        _named(
            today,
            "name-ivs",
            23,
            name("葛\U000e0100城 巡", "カツラギ メグル", "Katsuragi Meguru"),
            story("異体字セレクタ付きの「葛」。", "葛 with an ideographic variation selector (IVS)."),
            Sex.MALE,
            25,
            260,
        ),
        _named(
            today,
            "name-very-long",
            24,
            name(
                LONG_NAME,
                LONG_KANA,
                LONG_NAME.title(),
                other="山田 マリア",
                other_kana="ヤマダ マリア",
            ),
            story("とても長い外国人の氏名と、通称。", "A very long foreign name, and the name used in daily life."),
            Sex.FEMALE,
            34,
            5,
        ),
    )
