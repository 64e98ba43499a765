"""Personas whose record is unusual: public assistance, viewing stopped, whereabouts kept secret.

Facts: `clinic-interface` reference 3.4 and code 006, `data-formats` 1.9, trust rules ("Eligibility answers").
"""

from datetime import date, timedelta

from sandbox.cast.build import VALID, card, employed, ends, name, story
from sandbox.cast.days import born, first_of_month, month_end, months_from
from sandbox.cast.insurers import KYOKAI, WELFARE_OFFICE, home
from sandbox.cast.persona import Answered, NumberQuery, Persona, Sex, Ticket, Welfare

NO_CONSENT = Answered(validity="1", consent=False)


def _ticket(today: date, issue_number: str, *, beside_insurance: bool = False) -> Ticket:
    month = first_of_month(today)
    return Ticket(
        issue_number=issue_number,
        month=month,
        valid_from=month,
        valid_until=month_end(month),
        injury_name="高血圧症",
        combined=beside_insurance,
        social_insurance=beside_insurance,
    )


def assisted(today: date) -> tuple[Persona, ...]:
    birth_alone, birth_beside, birth_unregistered = born(today, 66, 30), born(today, 43, 160), born(today, 58, 222)
    start = months_from(today, -14)
    return (
        Persona(
            slug="assistance",
            name=name("相沢 清", "アイザワ キヨシ", "Aizawa Kiyoshi"),
            story=story("生活保護。今月の医療券がある。", "Public assistance, with a ticket for this month."),
            birth=birth_alone,
            sex=Sex.MALE,
            home=home(25),
            card=card(today, birth_alone),
            endings=ends(VALID),
            welfare=Welfare(
                office=WELFARE_OFFICE,
                recipient="0000117",
                start=start,
                tickets=(_ticket(today, "2500000001"),),
            ),
        ),
        Persona(
            slug="assistance-beside-insurance",
            name=name("並木 さくら", "ナミキ サクラ", "Namiki Sakura"),
            story=story(
                "社会保険に入りながら生活保護を併用している。",
                "Employed and insured, with public assistance beside it.",
            ),
            birth=birth_beside,
            sex=Sex.FEMALE,
            home=home(26),
            card=card(today, birth_beside),
            endings=ends(Answered(validity="1", results=2)),
            memberships=(employed(today, "100026", insurer=KYOKAI, symbol="99010026", years=3),),
            welfare=Welfare(
                office=WELFARE_OFFICE,
                recipient="0000125",
                start=start,
                tickets=(_ticket(today, "2600000001", beside_insurance=True),),
            ),
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
        Persona(
            slug="assistance-no-ticket",
            name=name("渡会 実", "ワタライ ミノル", "Watarai Minoru"),
            story=story(
                "生活保護。この医療機関への医療券はまだ登録されていない。",
                "Public assistance, but no ticket for this clinic has been registered yet.",
            ),
            birth=birth_unregistered,
            sex=Sex.MALE,
            home=home(27),
            card=card(today, birth_unregistered),
            endings=ends(Answered(validity="6")),
            welfare=Welfare(office=WELFARE_OFFICE, recipient="0000133", start=today - timedelta(days=3)),
        ),
    )


def withheld(today: date) -> tuple[Persona, ...]:
    birth_stopped, birth_hidden = born(today, 50, 66), born(today, 31, 140)
    return (
        Persona(
            slug="viewing-stopped",
            name=name("不破 学", "フワ マナブ", "Fuwa Manabu"),
            story=story(
                "氏名の不一致で、診療情報などの閲覧が止められている。",
                "A mismatch of names: medical data is blocked until the insurer answers.",
            ),
            birth=birth_stopped,
            sex=Sex.MALE,
            home=home(28),
            card=card(today, birth_stopped),
            endings=ends(NO_CONSENT),
            memberships=(employed(today, "100028"),),
            viewing_stopped=True,
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
        Persona(
            slug="support-measure",
            name=name("守屋 葵", "モリヤ アオイ", "Moriya Aoi"),
            story=story(
                "支援措置の対象。住所はだれにも出さない。",
                "Under the support measure: her address is given to nobody.",
            ),
            birth=birth_hidden,
            sex=Sex.FEMALE,
            home=home(29),
            card=card(today, birth_hidden),
            endings=ends(VALID),
            memberships=(employed(today, "100029"),),
            support_measure=True,
            queries=(NumberQuery(membership=0, validity="1"),),
        ),
    )


def aid(today: date) -> tuple[Persona, ...]:
    return (*assisted(today), *withheld(today))
