"""The whole cast, by every method: each visit ends as the cast says, in the words that are written out here.

Who is not named in `PIN` or `SIGHT` has the ordinary visit. The face path ends in its catalogue error for everybody
until the appliance can compare faces.
"""

from datetime import date
from typing import Any

import pytest

from protocol.visit import Method
from sandbox.cast import Answered, Refused, cast
from sandbox.cast.days import month_end, months_from
from sandbox.demo.answer import results
from tests.journeys.town import Clinic, Running, Town, Visited
from tests.journeys.words import (
    ALL_GRANTED,
    ASKING,
    BY_PIN,
    BY_SIGHT,
    CONSENT,
    GRANTED_BY_PIN,
    GRANTED_BY_SIGHT,
    HOW,
    PIN_LOCKED,
    READING,
    STOPPED,
    TAKE_CARD,
    VALID,
    Heard,
)

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

EVERYBODY = [persona.slug for persona in cast(date(2026, 6, 1))]
"""The same people on every day."""


def ja(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def ends_of(town: Town, slug: str) -> tuple[date, date]:
    """The certificate's last day, and the last day of the third month after its month."""
    last = town.persona(slug).card.certificate.last_day
    return last, month_end(months_from(last, 3))


def expiring(town: Town) -> Heard:
    last, _ = ends_of(town, "expiring")
    return (
        f"カードの電子証明書の期限は{ja(last)}です。",
        f"The card's certificate ends on {last}.",
        "期限までに市区町村の窓口で更新してください。",
        "Renew it at the municipal office before then.",
    )


def in_grace(town: Town) -> Heard:
    last, until = ends_of(town, "in-grace")
    return (
        f"カードの電子証明書は{ja(last)}に期限が切れました。"
        f"{ja(until)}までは資格の確認だけできます。医療情報は閲覧できません。",
        f"The card's certificate ended on {last}. Until {until} it confirms the insurance only; "
        "medical records stay closed.",
        "市区町村の窓口で更新してください。",
        "Renew it at the municipal office.",
    )


ANSWERED: dict[str, list[Heard]] = {
    "lost": [
        (
            "資格は無効です（資格を失っています）。",
            "The insurance is not valid: it has ended.",
            "新しい保険に加入していないか、患者に確認してください。",
            "Ask the patient whether there is a new insurance.",
        ),
        TAKE_CARD,
    ],
    "no-coverage": [
        (
            "該当する資格が登録されていません。",
            "No insurance is registered for this person.",
            "加入したばかりのときは、登録が済んでいないことがあります。資格確認書などで確認してください。",
            "After a recent change it may not be registered yet. Check by another document.",
        ),
        TAKE_CARD,
    ],
    "assistance-no-ticket": [
        (
            "医療扶助の資格は有効です（この医療機関の医療券は未登録です）。",
            "Medical assistance is valid; no ticket is registered for this clinic.",
            "福祉事務所に医療券・調剤券の登録を確認してください。",
            "Ask the welfare office about the medical ticket.",
        ),
        CONSENT,
        ALL_GRANTED,
        TAKE_CARD,
    ],
    "viewing-stopped": [VALID, TAKE_CARD],
}
"""After "checking the insurance", whatever the method; others hear VALID, CONSENT and so on."""

REFUSED: dict[str, Heard] = {
    "unregistered": (
        "このカードは、健康保険証としての利用登録がされていません。",
        "This card is not registered for use as a health insurance card.",
        "利用登録を行うか、資格確認書などで確認してください。",
        "Register the card, or check by another document.",
    ),
    "past-grace": (
        "電子証明書の有効期限が切れ、猶予期間（期限の月の3か月後の末日まで）も過ぎています。",
        "The certificate has expired and its three months of grace are over.",
        "資格確認書などで確認し、市区町村の窓口での更新をご案内ください。",
        "Check by another document; the municipality renews the certificate.",
    ),
    "revoked": (
        "電子証明書は、紛失などの届け出により失効しています。",
        "The certificate was revoked because the card or its key was reported lost or unsafe.",
        "カードの持ち主を確かめ、資格確認書などで確認してください。",
        "Make sure whose card it is, and check by another document.",
    ),
    "revoked-then-expired": (
        "電子証明書は、有効期限が切れる前に失効しています。猶予期間は使えません。",
        "The certificate was revoked before it expired, so the grace period does not apply.",
        "資格確認書などで確認し、市区町村の窓口をご案内ください。",
        "Check by another document; the municipality can say more.",
    ),
    "other-ca": (
        "この電子証明書は、公的個人認証サービスが発行したものではありません。",
        "This certificate was not issued by the public certification service (JPKI).",
        "このカードでは確認できません。資格確認書などで確認してください。",
        "This card cannot be used. Check by another document.",
    ),
    "test-hierarchy": (
        "試験用のカードです。本番では使えません。",
        "This is a test card; it cannot be used here.",
        "ご本人のカードで確認してください。",
        "Use the person's own card.",
    ),
    "wrong-key-usage": (
        "利用者証明用の電子証明書ではありません。",
        "This is not a certificate for user authentication.",
        "カードを置き直してください。続く場合は資格確認書などで確認してください。",
        "Put the card back. If it goes on, check by another document.",
    ),
    "forged": (
        "電子証明書の署名が正しくありません。偽造のおそれがあります。",
        "The certificate's signature is wrong: it may be forged.",
        "このカードでは確認できません。資格確認書などで確認し、責任者に知らせてください。",
        "This card cannot be used. Check by another document and tell the person in charge.",
    ),
}
"""After "checking the insurance", whatever the method."""

BIRTH_DIFFERS: Heard = (
    "カードの生年月日が、登録されている方の生年月日と一致しません。",
    "The birth date on the card is not that of the person registered.",
    "資格確認書などで確認してください。保険者に調査を依頼しました。",
    "Check by another document. The insurer has been asked to look into it.",
)
OTHER_CARD: Heard = (
    "この電子証明書は、別のカードに結び付けられています。",
    "This certificate is bound to another card.",
    "このカードでは確認できません。資格確認書などで確認し、責任者に知らせてください。",
    "This card cannot be used. Check by another document and tell the person in charge.",
)
NOT_SIGNED: Heard = (
    "カードの署名が、送られた内容と一致しません。",
    "The card's signature does not fit what was sent.",
    "カードを置き直してもう一度お試しください。続く場合は資格確認書などで確認してください。",
    "Put the card back and try again. If it goes on, check by another document.",
)
NO_FACE: Heard = (
    "この端末では顔認証をまだ使えません。",
    "Face recognition cannot be used on this reader yet.",
    "暗証番号、または職員の目視で確認してください。",
    "Use the PIN, or let a member of staff compare the photo.",
)
LOCKED = ("pin-locked", "no-pin")


def words(town: Town, slug: str, method: Method) -> list[Heard]:
    """What is heard in the whole visit."""
    before = [READING, PIN_LOCKED] if slug in LOCKED else [READING]
    if method is Method.FACE:
        return [*before, HOW, NO_FACE, HOW, STOPPED]
    if method is Method.PIN and slug in LOCKED:
        return [*before, HOW, PIN_LOCKED, HOW, STOPPED]
    asked = [*before, *(BY_PIN if method is Method.PIN else BY_SIGHT)[1:], ASKING]
    if slug in REFUSED:
        return [*asked, REFUSED[slug]]
    if slug == "birth-differs" and method is Method.SIGHT:
        return [*asked, BIRTH_DIFFERS]
    if slug == "copied-certificate":
        return [*asked, NOT_SIGNED if method is Method.PIN else OTHER_CARD]
    if slug == "expiring":
        return [*asked, VALID, expiring(town), CONSENT, ALL_GRANTED, TAKE_CARD]
    if slug == "in-grace":
        return [*asked, VALID, in_grace(town), TAKE_CARD]
    return [*asked, *ANSWERED.get(slug, [VALID, CONSENT, ALL_GRANTED, TAKE_CARD])]


async def visited_by(clinic: Clinic, slug: str, method: Method) -> Visited:
    persona = clinic.town.persona(slug)
    if persona.surface_bound_to:
        before = clinic.town.persona(persona.surface_bound_to)
        made = clinic.town.world.cards.personalisation(before)
        pin: Any = (clinic.town.world.cards.pin(before), made.birth_digits)
        bound = await clinic.visit(clinic.town.card(before.slug), method=[Method.PIN], pin=[pin], consent=[()])
        assert "surface_bound" in bound.record.proven
    if method is Method.PIN:
        return await clinic.by_pin(persona)
    if method is Method.SIGHT:
        return await clinic.by_sight(persona, number_b="●" in persona.name.as_registered())
    return await clinic.visit(clinic.town.card(slug), method=[Method.FACE])


@pytest.mark.parametrize("slug", EVERYBODY)
@pytest.mark.parametrize("method", list(Method))
async def test_everybody_ends_as_the_cast_says(
    town: Town, their_clinic: Clinic, running: Running, slug: str, method: Method
) -> None:
    persona, clinic = town.persona(slug), their_clinic
    visited = await visited_by(clinic, slug, method)
    assert visited.heard == words(town, slug, method)
    ending, fault, validity, consent = visited.ended
    written = [name for name in clinic.names("face") if visited.record.visit[:20] in name]
    told = [(one.kind, one.outcome) for one in await clinic.audit() if visited.record.visit in str(one)]
    match persona.endings[method]:
        case Answered() as wanted:
            assert (ending, fault, validity) == ("answered", None, wanted.validity)
            assert consent == ("granted" if wanted.consent else "not_asked")
            assert visited.record.certificate is not None
            assert visited.record.certificate.state == wanted.state
            assert len(results(visited.record.message or {})) == wanted.results
            assert written == [visited.file.name]
            assert visited.values("QualificationValidity") == [wanted.validity]
            assert told == [("visit", "answered"), *([("consent", "answered")] if wanted.consent else [])]
        case Refused(fault=wanted_fault):
            assert (ending, fault, validity, consent) == ("failed", wanted_fault.code, None, "not_asked")
            assert running.of_the_cast.findall(str(visited.record.outcome.problem)) == []
            assert visited.record.face_file is None
            assert written == []
            assert told == ([("visit", wanted_fault.code)] if fault and fault.startswith("TRUST") else [])


@pytest.mark.parametrize("slug", ["name-hashigo-taka", "name-tsuchi-yoshi"])
async def test_the_true_name_is_shown_to_the_clerk_where_the_register_has_a_black_spot(
    town: Town, clinic: Clinic, slug: str
) -> None:
    persona = town.persona(slug)
    visited = await clinic.by_sight(persona, number_b=True)
    assert [shown.name for shown in clinic.people.shown] == [persona.name.original]
    assert visited.values("Name") == [persona.name.registered]


async def test_a_renewed_certificate_is_the_same_person(town: Town, clinic: Clinic) -> None:
    """The register knows the old certificate only; the linkage finds the person, the new serial is on the log."""
    persona = town.persona("renewed")
    before, now = town.world.pki.identity_before(persona), town.world.pki.identity(persona)
    assert before is not None
    visited = await clinic.by_pin(persona)
    assert visited.heard == GRANTED_BY_PIN
    visit, _ = await clinic.audit()
    assert visit.subject == "cast-renewed"
    assert f"serial:{now.serial}" in visit.references
    assert f"serial:{before.serial}" not in visit.references


async def test_sight_rests_on_the_clerks_word_and_a_pin_on_nobodys(town: Town, clinic: Clinic) -> None:
    visited = await clinic.by_sight(town.persona("elderly"))
    assert visited.heard == GRANTED_BY_SIGHT
    assert visited.record.proven == ("genuine_chip", "this_document", "birth_matches")
    assert visited.record.device_word == ("clerk_compared",)
