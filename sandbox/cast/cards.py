"""Personas whose card or certificate is the difficulty: ending, ended, revoked, renewed, locked, foreign, false.

Facts: `my-number-card` reference 2.5, 4 and 5, trust rules ("Certificates", "What each method proves").
"""

from dataclasses import replace
from datetime import date, timedelta

from protocol.errors import card as card_faults
from protocol.errors import trust
from protocol.visit import CertificateState, Method
from sandbox.cast.build import VALID, card, employed, ends, name, story
from sandbox.cast.coverage import elders
from sandbox.cast.days import birthday_after, born, years_before
from sandbox.cast.insurers import CITY, home
from sandbox.cast.persona import (
    Answered,
    CardPlan,
    CertificatePlan,
    Ending,
    Hierarchy,
    NumberQuery,
    Persona,
    Refused,
    Revocation,
    Sex,
)


def _holder(
    today: date,
    slug: str,
    block: int,
    who: tuple[str, str, str],
    line: tuple[str, str],
    *,
    sex: Sex,
    birth: date,
    plan: CardPlan,
    endings: dict[Method, Ending],
) -> Persona:
    return Persona(
        slug=slug,
        name=name(*who),
        story=story(*line),
        birth=birth,
        sex=sex,
        home=home(block),
        card=plan,
        endings=endings,
        memberships=(employed(today, f"1000{block:02d}"),),
        queries=(NumberQuery(membership=0, validity="1"),),
    )


def _ending_on(last_day: date, age: int) -> tuple[date, CardPlan]:
    """A birth date and a card whose certificate ends on that day: its fifth birthday after the issue."""
    birth = years_before(last_day, age)
    issued = years_before(last_day, 5) + timedelta(days=60)
    return birth, CardPlan(
        issued=issued,
        expiry=birthday_after(birth, issued, 10),
        certificate=CertificatePlan(issued=issued, last_day=last_day, generation=2),
    )


def in_time(today: date) -> tuple[Persona, ...]:
    """Certificates at the end of their time, revoked ones, and a renewed one."""
    birth_soon, soon = _ending_on(today + timedelta(days=40), 47)
    birth_grace, grace = _ending_on(today - timedelta(days=20), 39)
    birth_past, past = _ending_on(today - timedelta(days=150), 55)
    birth_both, both = _ending_on(today - timedelta(days=15), 62)
    birth_revoked, birth_renewed = born(today, 27, 130), born(today, 44, 12)
    revoked = card(today, birth_revoked)
    renewed_on = today - timedelta(days=9)
    renewed = card(today, birth_renewed, issued=years_before(today, 5) + timedelta(days=20))
    return (
        _holder(
            today,
            "expiring",
            10,
            ("近藤 直樹", "コンドウ ナオキ", "Kondo Naoki"),
            ("電子証明書が40日後に切れる。", "The certificate ends in forty days."),
            sex=Sex.MALE,
            birth=birth_soon,
            plan=soon,
            endings=ends(Answered(validity="1", state=CertificateState.EXPIRING)),
        ),
        _holder(
            today,
            "in-grace",
            11,
            ("湯原 恵", "ユハラ メグミ", "Yuhara Megumi"),
            (
                "20日前に切れた。３か月の猶予内なので資格だけ確認できる。",
                "Ended twenty days ago, inside the three months' grace: eligibility only.",
            ),
            sex=Sex.FEMALE,
            birth=birth_grace,
            plan=grace,
            endings=ends(Answered(validity="1", state=CertificateState.GRACE, consent=False)),
        ),
        _holder(
            today,
            "past-grace",
            12,
            ("遅塚 隆", "チヅカ タカシ", "Chizuka Takashi"),
            ("猶予の３か月も過ぎた電子証明書。", "The certificate ended, and its grace is over too."),
            sex=Sex.MALE,
            birth=birth_past,
            plan=past,
            endings=ends(Refused(fault=trust.CERTIFICATE_EXPIRED)),
        ),
        _holder(
            today,
            "revoked",
            13,
            ("木下 翔", "キノシタ ショウ", "Kinoshita Sho"),
            ("紛失を届け、電子証明書は失効している。", "Reported as lost, so the certificate was revoked."),
            sex=Sex.MALE,
            birth=birth_revoked,
            plan=replace(
                revoked,
                certificate=replace(
                    revoked.certificate, revoked_on=today - timedelta(days=30), revocation=Revocation.KEY_COMPROMISE
                ),
            ),
            endings=ends(Refused(fault=trust.CERTIFICATE_REVOKED_STOLEN)),
        ),
        _holder(
            today,
            "revoked-then-expired",
            14,
            ("谷口 由美", "タニグチ ユミ", "Taniguchi Yumi"),
            (
                "失効したまま期限も切れた。猶予は失効には及ばない。",
                "Revoked, then expired: grace is for expiry only.",
            ),
            sex=Sex.FEMALE,
            birth=birth_both,
            plan=replace(
                both,
                certificate=replace(
                    both.certificate, revoked_on=today - timedelta(days=70), revocation=Revocation.CESSATION
                ),
            ),
            endings=ends(Refused(fault=trust.CERTIFICATE_REVOKED_THEN_EXPIRED)),
        ),
        _holder(
            today,
            "renewed",
            15,
            ("新井 千尋", "アライ チヒロ", "Arai Chihiro"),
            (
                "先週更新した証明書。新旧の紐付けで同じ人と分かる。",
                "Renewed last week: the linkage old to new finds the person.",
            ),
            sex=Sex.FEMALE,
            birth=birth_renewed,
            plan=replace(
                renewed,
                certificate=CertificatePlan(issued=renewed_on, last_day=birthday_after(birth_renewed, renewed_on, 5)),
                replaced=replace(
                    renewed.certificate, generation=2, revoked_on=renewed_on, revocation=Revocation.SUPERSEDED
                ),
            ),
            endings=ends(VALID),
        ),
    )


def at_the_chip(today: date) -> tuple[Persona, ...]:
    """What the chip lacks or refuses: photo, PIN, tries."""
    birth_toddler, birth_face, birth_locked = born(today, 2, 77), born(today, 88, 190), born(today, 40, 301)
    unusable: Ending = Refused(fault=card_faults.PIN_BLOCKED)
    return (
        replace(
            _holder(
                today,
                "no-photo",
                16,
                ("白石 悠", "シライシ ハルカ", "Shiraishi Haruka"),
                (
                    "１歳未満で交付されたカードには写真がない。",
                    "Issued before the first birthday, so the card has no photo.",
                ),
                sex=Sex.FEMALE,
                birth=birth_toddler,
                plan=replace(
                    card(today, birth_toddler, issued=birth_toddler + timedelta(days=90), minor=True),
                    photo=False,
                    signature_certificate=False,
                ),
                endings=ends(VALID),
            ),
            memberships=(
                employed(
                    today,
                    "100016",
                    branch="02",
                    start=birth_toddler,
                    family=True,
                    insured_name="白石 渉",
                    preschool=True,
                ),
            ),
        ),
        replace(
            _holder(
                today,
                "no-pin",
                17,
                ("野々村 トメ", "ノノムラ トメ", "Nonomura Tome"),
                (
                    "顔認証マイナンバーカード。暗証番号そのものがない。",
                    "A face-only card: it has no PIN at all.",
                ),
                sex=Sex.FEMALE,
                birth=birth_face,
                plan=replace(card(today, birth_face), pin_exists=False, signature_certificate=False),
                endings=ends(unusable, sight=VALID),
            ),
            memberships=(elders(today, "00000025", start=years_before(birth_face, -75), ratio="010"),),
        ),
        _holder(
            today,
            "pin-locked",
            18,
            ("鍵山 亮", "カギヤマ リョウ", "Kagiyama Ryo"),
            (
                "暗証番号を３回間違えてロックした。目視なら確認できる。",
                "Locked after three wrong PINs; confirmation by sight still works.",
            ),
            sex=Sex.MALE,
            birth=birth_locked,
            plan=replace(card(today, birth_locked), pin_tries_left=0),
            endings=ends(unusable, sight=VALID),
        ),
    )


def false_or_foreign(today: date) -> tuple[Persona, ...]:
    """Certificates that must be refused, and two cards whose two halves do not belong together."""
    birth_other, birth_test, birth_usage = born(today, 35, 88), born(today, 30, 44), born(today, 53, 199)
    birth_forged, birth_differs = born(today, 42, 111), born(today, 46, 233)

    def certified(birth: date, **change: object) -> CardPlan:
        plan = card(today, birth)
        return replace(plan, certificate=replace(plan.certificate, **change))  # type: ignore[arg-type]

    return (
        _holder(
            today,
            "other-ca",
            37,
            ("外山 薫", "トヤマ カオル", "Toyama Kaoru"),
            ("別の認証局が出した電子証明書。", "A certificate of some other authority."),
            sex=Sex.FEMALE,
            birth=birth_other,
            plan=certified(birth_other, hierarchy=Hierarchy.OTHER),
            endings=ends(Refused(fault=trust.CERTIFICATE_OTHER_CA)),
        ),
        _holder(
            today,
            "test-hierarchy",
            38,
            ("志波 稔", "シバ ミノル", "Shiba Minoru"),
            ("試験用（JPKI-TEST）のカード。", "A card of the test hierarchy (JPKI-TEST)."),
            sex=Sex.MALE,
            birth=birth_test,
            plan=certified(birth_test, hierarchy=Hierarchy.TEST),
            endings=ends(Refused(fault=trust.CERTIFICATE_TEST_CA)),
        ),
        _holder(
            today,
            "wrong-key-usage",
            39,
            ("宇佐見 純", "ウサミ ジュン", "Usami Jun"),
            ("鍵用途が違う電子証明書。", "A certificate whose key usage is not for signatures."),
            sex=Sex.MALE,
            birth=birth_usage,
            plan=certified(birth_usage, good_key_usage=False),
            endings=ends(Refused(fault=trust.CERTIFICATE_WRONG_USAGE)),
        ),
        _holder(
            today,
            "forged",
            40,
            ("二瀬 猛", "ニセ タケシ", "Nise Takeshi"),
            ("発行者名は正しいが、署名が偽物の電子証明書。", "The right issuer's name over a forged signature."),
            sex=Sex.MALE,
            birth=birth_forged,
            plan=certified(birth_forged, hierarchy=Hierarchy.FORGED),
            endings=ends(Refused(fault=trust.CERTIFICATE_FORGED)),
        ),
        _holder(
            today,
            "birth-differs",
            31,
            ("千賀 伸", "センガ シン", "Senga Shin"),
            (
                "カードの生年月日が登録と違う。券面を開くと止まる。",
                "The chip's birth date is not the register's: opening the card face stops the visit.",
            ),
            sex=Sex.MALE,
            birth=birth_differs,
            plan=replace(card(today, birth_differs), chip_birth=years_before(birth_differs, 1)),
            endings=ends(VALID, sight=Refused(fault=trust.BIRTH_DATE_DIFFERS)),
        ),
        _copied(today),
    )


def _copied(today: date) -> Persona:
    """Everything about her fits the ordinary persona but the chip: same birth date, same sex, copied certificate."""
    birth = born(today, 45, 120)
    plan = card(today, birth)
    return Persona(
        slug="copied-certificate",
        name=name("加賀見 透子", "カガミ トウコ", "Kagami Toko"),
        story=story(
            "本物のカードに、見本 花子さんの証明書が写されている。",
            "A genuine card that carries a copy of Mihon Hanako's certificate.",
        ),
        birth=birth,
        sex=Sex.FEMALE,
        home=home(30),
        card=replace(plan, certificate_of="ordinary"),
        endings=ends(Refused(fault=trust.CARD_SIGNATURE_WRONG), sight=Refused(fault=trust.OTHER_SURFACE_KEY)),
        memberships=(employed(today, "30000030", insurer=CITY, symbol="見青", branch="02"),),
        surface_bound_to="ordinary",
        queries=(NumberQuery(membership=0, validity="1"),),
    )


def cards(today: date) -> tuple[Persona, ...]:
    return (*in_time(today), *at_the_chip(today), *false_or_foreign(today))
