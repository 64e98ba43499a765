"""The usual case of everything, so that each persona states only what is unusual about it."""

from datetime import date, timedelta

from protocol.errors import visit
from protocol.visit import Method
from sandbox.cast.days import birthday_after, years_before
from sandbox.cast.insurers import KUMIAI
from sandbox.cast.persona import (
    Answered,
    CardPlan,
    CertificatePlan,
    Ending,
    Insurer,
    Membership,
    PersonName,
    Refused,
    Story,
)

VALID = Answered(validity="1")
FACE = Refused(fault=visit.FACE_NOT_READY)


def name(original: str, kana: str, romaji: str, **more: str) -> PersonName:
    """A name written with one blank in each spelling; Japanese ones get the full-width blank of the registers."""
    return PersonName(
        original=original.replace(" ", "　"),
        kana=kana.replace(" ", "　"),
        romaji=romaji,
        **{key: value.replace(" ", "　") for key, value in more.items()},
    )


def story(ja: str, en: str) -> Story:
    return Story(ja=ja, en=en)


def certificate(birth: date, issued: date, *, generation: int = 3, revoked_on: date | None = None) -> CertificatePlan:
    """Valid until the fifth birthday after the issue."""
    return CertificatePlan(
        issued=issued,
        last_day=birthday_after(birth, issued, 5),
        generation=generation,
        revoked_on=revoked_on,
    )


def card(today: date, birth: date, *, issued: date | None = None, minor: bool = False) -> CardPlan:
    """A card of two years with its first certificate; a child's card ends with the fifth birthday."""
    when = issued or today - timedelta(days=730)
    return CardPlan(
        issued=when,
        expiry=birthday_after(birth, when, 5 if minor else 10),
        certificate=certificate(birth, when),
    )


def ends(pin: Ending = VALID, sight: Ending | None = None, face: Ending | None = None) -> dict[Method, Ending]:
    """How the visit ends by each method; sight ends as the PIN does, where nothing else is said.

    Face ends in its catalogue error for everybody until the appliance can compare faces.
    """
    return {Method.PIN: pin, Method.SIGHT: sight or pin, Method.FACE: face or FACE}


def employed(
    today: date,
    number: str,
    *,
    insurer: Insurer = KUMIAI,
    symbol: str = "1021",
    branch: str = "00",
    years: int = 6,
    start: date | None = None,
    end: date | None = None,
    loss: str | None = None,
    family: bool = False,
    insured_name: str = "",
    preschool: bool = False,
) -> Membership:
    """Membership of an employees' insurer for some years, or from ``start``."""
    since = start or years_before(today, years).replace(month=4, day=1)
    return Membership(
        insurer=insurer,
        symbol=symbol,
        number=number,
        branch=branch,
        start=since,
        end=end,
        loss=loss,
        family=family,
        insured_name=insured_name.replace(" ", "　"),
        issued=since,
        valid_from=since,
        preschool=preschool,
    )
