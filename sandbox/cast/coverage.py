"""Personas whose situation lies in their coverage: ended, changed, doubled, by age, with certificates beside it.

Facts: `data-formats` reference 1.3-1.7, trust rules ("Eligibility answers").
"""

from dataclasses import replace
from datetime import date, timedelta

from protocol.errors import trust
from sandbox.cast.build import VALID, card, employed, ends, name, story
from sandbox.cast.days import born, first_of_month, in_year, leap_born, month_end, months_from, years_before
from sandbox.cast.insurers import CITY, CITY_SECOND, ELDERS, KUMIAI_SECOND, KYOKAI, KYOSAI, home
from sandbox.cast.persona import (
    Answered,
    Disease,
    Elderly,
    Limit,
    Membership,
    NumberQuery,
    Persona,
    Refused,
    Sex,
)

INVALID = Answered(validity="2", consent=False)
NONE = Answered(validity="4", consent=False, results=0)


def ordinary(today: date) -> Persona:
    birth = born(today, 45, 120)
    return Persona(
        slug="ordinary",
        name=name("見本 花子", "ミホン ハナコ", "Mihon Hanako"),
        story=story("会社員。資格も電子証明書も有効な、ふつうの来院。", "Employed, everything valid: the usual visit."),
        birth=birth,
        sex=Sex.FEMALE,
        home=home(1),
        card=card(today, birth),
        endings=ends(VALID),
        memberships=(employed(today, "100001"),),
        queries=(NumberQuery(membership=0, validity="1"),),
    )


def changed(today: date) -> tuple[Persona, ...]:
    """Coverage that ended, with and without a newer one, two at once, and none."""
    left = first_of_month(today) - timedelta(days=1)
    birth_lost, birth_newer = born(today, 52, 40), born(today, 33, 200)
    birth_two, birth_none = born(today, 38, 10), born(today, 29, 300)
    birth_unregistered = born(today, 23, 145)
    return (
        Persona(
            slug="lost",
            name=name("早瀬 健一", "ハヤセ ケンイチ", "Hayase Kenichi"),
            story=story("先月退職し、次の保険にまだ入っていない。", "Left the company last month, not insured since."),
            birth=birth_lost,
            sex=Sex.MALE,
            home=home(2),
            card=card(today, birth_lost),
            endings=ends(INVALID),
            memberships=(employed(today, "100002", end=left, loss="99"),),
            queries=(NumberQuery(membership=0, validity="2"),),
        ),
        Persona(
            slug="lost-with-newer",
            name=name("秋元 美咲", "アキモト ミサキ", "Akimoto Misaki"),
            story=story(
                "転職して保険者が変わった。古い番号で聞くと「新しい資格あり」。",
                "Changed jobs: the old numbers answer that there is a newer coverage.",
            ),
            birth=birth_newer,
            sex=Sex.FEMALE,
            home=home(3),
            card=card(today, birth_newer),
            endings=ends(VALID),
            memberships=(
                employed(today, "100003", end=left, loss="03"),
                employed(today, "200003", insurer=KUMIAI_SECOND, symbol="7", start=left),
            ),
            queries=(
                NumberQuery(membership=0, validity="3"),
                NumberQuery(membership=1, validity="1"),
            ),
        ),
        Persona(
            slug="two-coverages",
            name=name("三宅 大輔", "ミヤケ ダイスケ", "Miyake Daisuke"),
            story=story(
                "国保の資格喪失届が遅れ、二つの資格が同時に有効になっている。",
                "The city was told late: two insurers hold him as a member on the same days.",
            ),
            birth=birth_two,
            sex=Sex.MALE,
            home=home(4),
            card=card(today, birth_two),
            endings=ends(VALID),
            memberships=(
                employed(today, "30000004", insurer=CITY, symbol="見青", branch="01", years=9),
                employed(today, "100004", insurer=KYOSAI, symbol="公", start=months_from(today, -4)),
            ),
            queries=(NumberQuery(membership=1, validity="1"),),
        ),
        Persona(
            slug="no-coverage",
            name=name("空知 誠", "ソラチ マコト", "Sorachi Makoto"),
            story=story(
                "カードは利用登録済みだが、どの保険者にも登録がない。",
                "The card is registered, but no insurer has ever reported him.",
            ),
            birth=birth_none,
            sex=Sex.MALE,
            home=home(5),
            card=card(today, birth_none),
            endings=ends(NONE),
        ),
        Persona(
            slug="unregistered",
            name=name("初鹿 渚", "ハツカ ナギサ", "Hatsuka Nagisa"),
            story=story(
                "保険証としての利用登録をまだしていないカード。",
                "The card was never registered for use as an insurance card.",
            ),
            birth=birth_unregistered,
            sex=Sex.FEMALE,
            home=home(7),
            card=card(today, birth_unregistered),
            endings=ends(Refused(fault=trust.HOLDER_UNKNOWN)),
            memberships=(employed(today, "100007"),),
            registered=False,
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
    )


def twins(today: date) -> tuple[Persona, ...]:
    """Same insurer, symbol, number and birth date; only the branch tells them apart."""
    birth = born(today, 16, 75)

    def twin(slug: str, given: tuple[str, str, str], sex: Sex, branch: str, line: tuple[str, str]) -> Persona:
        return Persona(
            slug=slug,
            name=name(f"双葉 {given[0]}", f"フタバ {given[1]}", f"Futaba {given[2]}"),
            story=story(*line),
            birth=birth,
            sex=sex,
            home=home(6),
            card=card(today, birth, minor=True),
            endings=ends(VALID),
            memberships=(employed(today, "100006", branch=branch, years=10, family=True, insured_name="双葉 昭"),),
            queries=(
                NumberQuery(membership=0, validity="1"),
                NumberQuery(membership=0, validity="5", with_branch=False),
            ),
        )

    return (
        twin(
            "twin-elder",
            ("光", "ヒカル", "Hikaru"),
            Sex.MALE,
            "02",
            ("双子の兄。枝番なしの照会は二人に当たる。", "A twin: a query without the branch fits both."),
        ),
        twin(
            "twin-younger",
            ("望", "ノゾミ", "Nozomi"),
            Sex.FEMALE,
            "03",
            ("双子の妹。枝番だけが違う。", "The other twin: only the branch differs."),
        ),
    )


def aged(today: date) -> tuple[Persona, ...]:
    """70-74 with the elderly certificate, the 75th birthday, a leap-day birth, a child, a newborn."""
    birth_72, birth_75 = born(today, 72, 150), born(today, 75, 0)
    birth_leap, birth_child, birth_new = leap_born(today, 30), born(today, 8, 33), today - timedelta(days=40)
    year = today.year if today >= date(today.year, 8, 1) else today.year - 1
    return (
        Persona(
            slug="elderly",
            name=name("古賀 和子", "コガ カズコ", "Koga Kazuko"),
            story=story("70代前半。高齢受給者証は２割。", "In her early seventies, elderly certificate at 20 %."),
            birth=birth_72,
            sex=Sex.FEMALE,
            home=home(8),
            card=card(today, birth_72),
            endings=ends(VALID),
            memberships=(
                replace(
                    employed(today, "30000008", insurer=CITY, symbol="見青", branch="01", years=12),
                    elderly=Elderly(
                        issued=date(year, 8, 1),
                        start=date(year, 8, 1),
                        end=date(year + 1, 7, 31),
                        ratio="020",
                    ),
                ),
            ),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
        Persona(
            slug="seventy-five-today",
            name=name("喜多 勇", "キタ イサム", "Kita Isamu"),
            story=story(
                "今日が75歳の誕生日。今日から後期高齢者医療。",
                "Turns 75 today: the elders' insurance begins this very day.",
            ),
            birth=birth_75,
            sex=Sex.MALE,
            home=home(9),
            card=card(today, birth_75, issued=today - timedelta(days=400)),
            endings=ends(VALID),
            memberships=(
                employed(today, "30000009", insurer=CITY, symbol="見青", branch="01", years=15, end=today, loss="03"),
                elders(today, "00000017", start=today, ratio="010"),
            ),
            queries=(NumberQuery(membership=0, validity="3"), NumberQuery(membership=1, validity="1")),
        ),
        Persona(
            slug="leap-day",
            name=name("潤間 二郎", "ウルマ ジロウ", "Uruma Jiro"),
            story=story("２月29日生まれ。", "Born on 29 February."),
            birth=birth_leap,
            sex=Sex.MALE,
            home=home(36),
            card=card(today, birth_leap),
            endings=ends(VALID),
            memberships=(employed(today, "100036"),),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
        Persona(
            slug="child",
            name=name("小川 陽太", "オガワ ヨウタ", "Ogawa Yota"),
            story=story(
                "８歳。署名用電子証明書のないカード。", "Eight years old: the card has no signature certificate."
            ),
            birth=birth_child,
            sex=Sex.MALE,
            home=home(32),
            card=replace(card(today, birth_child, minor=True), signature_certificate=False),
            endings=ends(VALID),
            memberships=(employed(today, "100032", branch="02", years=7, family=True, insured_name="小川 陽一"),),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
        Persona(
            slug="newborn",
            name=name("若葉 結", "ワカバ ユイ", "Wakaba Yui"),
            story=story(
                "生後40日。写真のないカードと、生まれた日からの資格。",
                "Forty days old: a card without a photo, insured from the day of birth.",
            ),
            birth=birth_new,
            sex=Sex.FEMALE,
            home=home(33),
            card=replace(
                card(today, birth_new, issued=today - timedelta(days=15), minor=True),
                signature_certificate=False,
                photo=False,
            ),
            endings=ends(VALID),
            memberships=(
                employed(
                    today,
                    "100033",
                    branch="03",
                    start=birth_new,
                    family=True,
                    insured_name="若葉 透",
                    preschool=True,
                ),
            ),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
    )


def with_certificates(today: date) -> tuple[Persona, ...]:
    """A specific disease and a limit certificate."""
    birth_ill, birth_limit = born(today, 61, 20), born(today, 48, 250)
    start = months_from(today, -5)
    return (
        Persona(
            slug="dialysis",
            name=name("泉 正雄", "イズミ マサオ", "Izumi Masao"),
            story=story("人工透析の特定疾病療養受療証がある。", "Holds a specific-disease certificate for dialysis."),
            birth=birth_ill,
            sex=Sex.MALE,
            home=home(34),
            card=card(today, birth_ill),
            endings=ends(VALID),
            memberships=(
                replace(
                    employed(today, "100034", insurer=KYOKAI, symbol="99010034"),
                    diseases=(
                        Disease(
                            category="1",
                            issued=start,
                            start=start,
                            end=years_before(month_end(start), -5),
                            self_pay=10000,
                        ),
                    ),
                ),
            ),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
        Persona(
            slug="limit-certificate",
            name=name("門脇 恭子", "カドワキ キョウコ", "Kadowaki Kyoko"),
            story=story("限度額適用認定証（区分ウ）がある。", "Holds a limit certificate, category ウ (A03)."),
            birth=birth_limit,
            sex=Sex.FEMALE,
            home=home(35),
            card=card(today, birth_limit),
            endings=ends(VALID),
            memberships=(
                replace(
                    employed(today, "30000035", insurer=CITY_SECOND, symbol="若", branch="01"),
                    limit=Limit(
                        kind="01",
                        category="A03",
                        issued=start,
                        start=start,
                        end=month_end(months_from(start, 11)),
                    ),
                ),
            ),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
    )


def elders(today: date, number: str, *, start: date, ratio: str) -> Membership:
    """後期高齢者医療: no symbol, no branch, the share on the card, renewed every August."""
    year = today.year if today < date(today.year, 8, 1) else today.year + 1
    valid_from = max(start, in_year(date(year, 8, 1), year - 1))
    return Membership(
        insurer=ELDERS,
        symbol="",
        number=number,
        branch="",
        start=start,
        issued=valid_from,
        valid_from=valid_from,
        valid_until=date(year, 7, 31),
        ratio=ratio,
    )


def coverage(today: date) -> tuple[Persona, ...]:
    return (
        ordinary(today),
        *changed(today),
        *twins(today),
        *aged(today),
        *with_certificates(today),
    )
