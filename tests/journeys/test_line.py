"""The line to the centre: down, slow, cut, one-way, or with rubbish at its end.

The visit ends well: the request is signed anew with a challenge from the stock, kept, and answered when the line is
back; eligibility only, never a grant. The desk hears which hop failed, that the request is kept, and the late answer.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from protocol import canonical
from protocol.visit import ConsentItem, SignedDocument
from sandbox.demo.centre import RunningCentre
from tests.journeys.desk import ALL, heard
from tests.journeys.letters import writer
from tests.journeys.road import Road, Way, reply
from tests.journeys.test_cast import REFUSED
from tests.journeys.test_replays import grants
from tests.journeys.town import Clinic, Town
from tests.journeys.words import (
    ASKING,
    BY_PIN,
    BY_SIGHT,
    CONSENT,
    GRANTED_BY_PIN,
    KEPT,
    LATE_ANSWER,
    READY,
    TAKE_CARD,
    VALID,
    Heard,
)
from tests.parts.until import until

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

WAIT = (
    "しばらく待ってください。カードの受付は控えてあり、自動で送られます。番号での照会は、あとでもう一度行ってください。",
    "Wait a while. Visits with a card are kept and sent by themselves; ask by number again later.",
)
REFUSED_CONNECTION: Heard = (
    "回線はつながっていますが、センターが接続を受け付けません。",
    "The line works, but the centre takes no connection.",
    *WAIT,
)
SLOW: Heard = ("センターから時間内に返事がありません。", "The centre did not answer in time.", *WAIT)
CUT: Heard = ("通信の途中で回線が切れました。", "The line broke in the middle.", *WAIT)
UNREADABLE: Heard = (
    "センターの返事を読めませんでした。",
    "The centre's answer could not be read.",
    "もう一度お試しください。続くときは保守業者に連絡してください。",
    "Try again. If it lasts, call the maintainer.",
)
FAILED: Heard = ("センターで障害が起きています。", "The centre has a fault.", *WAIT)
NO_DATABASE: Heard = (
    "センターのデータベースに接続できません。",
    "The centre cannot reach its database.",
    "しばらくしてから、もう一度お試しください。続く場合はセンターに連絡してください。",
    "Try again in a little while. If it goes on, tell the centre.",
)


@pytest_asyncio.fixture(loop_scope="package")
async def road(town: Town, centre: RunningCentre) -> AsyncIterator[Road]:
    async with Road.built(town.world, centre.central.device_port) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="package")
async def far(town: Town, centre: RunningCentre, road: Road, tmp_path: Path) -> AsyncIterator[Clinic]:
    """A clinic at the end of that road, with its stock."""
    async with town.clinic(centre, tmp_path / "far", url=road.url, answer_seconds=0.7) as clinic:
        await until((clinic.folder / "state" / "outbox" / "stock").exists)
        yield clinic


async def arrives(clinic: Clinic, slug: str) -> None:
    """The kept request is answered: a file of eligibility only, the words, one row, no grant."""
    await clinic.people.hears(LATE_ANSWER)
    await until(lambda: len(clinic.appliance.outbox) == 0)
    assert [heard(said) for said in clinic.told_later()] == [READY, LATE_ANSWER, VALID]
    (name,) = clinic.names("face")
    text = (clinic.folder / "face" / name).read_text("utf-8")
    assert "<QualificationValidity>1</QualificationValidity>" in text
    assert "<PharmacistsInfoConsFlg>0</PharmacistsInfoConsFlg>" in text
    assert await clinic.audited() == [("visit", "answered")]
    assert await grants(clinic, slug) == []


@pytest.mark.parametrize(
    ("way", "words", "code"),
    [
        (Way.CLOSED, REFUSED_CONNECTION, "LINE-003"),
        (Way.SILENT, SLOW, "LINE-005"),
        (Way.CUT, REFUSED_CONNECTION, "LINE-003"),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Way) else "",
)
async def test_a_line_that_is_gone_before_the_card_comes(
    town: Town, far: Clinic, road: Road, way: Way, words: Heard, code: str
) -> None:
    await road.turn(way)
    visited = await far.by_pin(town.persona("renewed"))
    assert visited.heard == [*BY_PIN, words, KEPT]
    assert visited.ended == ("deferred", code, None, "not_asked")
    assert (far.names("face"), len(far.appliance.outbox)) == ([], 1)
    await road.turn(Way.OPEN)
    await arrives(far, "renewed")


@pytest.mark.parametrize("way", [Way.CLOSED, Way.SILENT, Way.CUT], ids=lambda way: way.name.lower())
async def test_a_line_that_goes_while_the_centre_is_asked(town: Town, far: Clinic, road: Road, way: Way) -> None:
    far.people.when["asking"] = lambda: road.turn(way)
    visited = await far.by_sight(town.persona("renewed"))
    words, code = {
        Way.CLOSED: (REFUSED_CONNECTION, "LINE-003"),
        Way.SILENT: (SLOW, "LINE-005"),
        Way.CUT: (REFUSED_CONNECTION, "LINE-003"),
    }[way]
    assert visited.heard == [*BY_SIGHT, ASKING, words, KEPT]
    assert visited.ended == ("deferred", code, None, "not_asked")
    assert far.names("face") == []
    await road.turn(Way.OPEN)
    await arrives(far, "renewed")


async def test_an_answer_that_is_lost_on_its_way(town: Town, far: Clinic, road: Road) -> None:
    """The centre answered, nobody heard it: asked again off line, answered once more, still without a grant."""
    far.people.when["asking"] = road.lose_answers
    visited = await far.by_pin(town.persona("in-grace"))
    assert visited.heard == [*BY_PIN, ASKING, SLOW, KEPT]
    assert visited.ended == ("deferred", "LINE-005", None, "not_asked")
    await road.turn(Way.OPEN)
    await far.people.hears(LATE_ANSWER)
    assert await far.audited() == [("visit", "answered")] * 2
    assert len(far.names("face")) == 1


async def test_a_line_that_is_cut_before_the_consent_is_held(town: Town, far: Clinic, road: Road) -> None:
    async def cut() -> tuple[ConsentItem, ...]:
        await road.turn(Way.CLOSED)
        return ALL

    visited = await far.by_pin(town.persona("newborn"), consent=cut)
    assert visited.heard == [*BY_PIN, ASKING, VALID, CONSENT, REFUSED_CONNECTION, TAKE_CARD]
    assert visited.ended == ("answered", "LINE-003", "1", "not_held")
    assert visited.values("QualificationValidity", "PharmacistsInfoConsFlg") == ["1", "0"]
    assert await far.audited() == [("visit", "answered")]
    assert await grants(far, "newborn") == []


async def test_a_no_that_does_not_reach_the_centre_is_not_said_to_be_recorded(
    town: Town, far: Clinic, road: Road
) -> None:
    """Nothing is granted at this visit; what was allowed an hour ago stays at the centre, and the desk says so."""
    await far.by_pin(town.persona("newborn"), consent=(ConsentItem.DRUGS,))

    async def cut() -> tuple[ConsentItem, ...]:
        await road.turn(Way.CLOSED)
        return ()

    visited = await far.by_pin(town.persona("newborn"), consent=cut)
    assert visited.heard == [
        *BY_PIN,
        ASKING,
        VALID,
        CONSENT,
        (
            "同意しないことを受け付けました。診療はこれまでどおり受けられます。",
            "Your refusal is noted here. You are treated all the same.",
            "センターには届いていません。この24時間に同意していた場合、その同意は期限まで残ります。",
            "The centre could not be told: a consent given in the last 24 hours stays until it ends.",
        ),
        TAKE_CARD,
    ]
    assert visited.ended == ("answered", None, "1", "refused")
    assert visited.values("PharmacistsInfoConsFlg") == ["0"]
    assert await grants(far, "newborn") == ["YZK"]


async def test_one_cut_connection_is_taken_up_again_without_a_word(town: Town, far: Clinic, road: Road) -> None:
    """A connection that a router forgot between two patients is no fault of the line."""
    await far.by_pin(town.persona("ordinary"))
    await road.turn(Way.OPEN)
    assert (await far.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN


RUBBISH: dict[str, tuple[bytes, Heard, str]] = {
    "a page": (reply(content="text/html", body=b"<html>login</html>"), UNREADABLE, "LINE-007"),
    "no JSON": (reply(body=b"{rubbish"), UNREADABLE, "LINE-007"),
    "another shape": (reply(body=b'{"ok": true}'), UNREADABLE, "LINE-007"),
    "too much": (reply(body=b'"' + b"x" * 1_100_000 + b'"'), UNREADABLE, "LINE-007"),
    "no HTTP": (b"220 mail.example ESMTP\r\n\r\ncut here", UNREADABLE, "LINE-007"),
    "a redirect": (reply("302 Found", body=b""), UNREADABLE, "LINE-007"),
    "half an answer": (reply(body=b"cut here " * 100)[:200], CUT, "LINE-006"),
    "a broken proxy": (reply("502 Bad Gateway", "text/html", b"<html>"), FAILED, "LINE-008"),
    "no database": (
        reply(
            "503 Service Unavailable",
            body=b'{"code":"CENTRE-901","kind":"upstream","desk_ja":"x","desk_en":"x","next_ja":"x","next_en":"x",'
            b'"vendor":"x","repeat":"later"}',
        ),
        NO_DATABASE,
        "CENTRE-901",
    ),
}


async def test_rubbish_at_the_end_of_the_line_is_never_believed(
    town: Town, centre: RunningCentre, road: Road, tmp_path: Path
) -> None:
    """Each kind in turn; then the line is good again, and every kept request is answered."""
    differing = {}
    async with town.clinic(centre, tmp_path / "far", url=road.url, stock=len(RUBBISH)) as far:
        await until((far.folder / "state" / "outbox" / "stock").exists)
        for name, (answer, words, code) in RUBBISH.items():
            road.answer = answer
            far.people.when["asking"] = lambda: road.turn(Way.RUBBISH)
            visited = await far.by_pin(town.persona("renewed"))
            if visited.heard != [*BY_PIN, ASKING, words, KEPT] or visited.ended[:2] != ("deferred", code):
                differing[name] = (visited.heard[len(BY_PIN) :], visited.ended)
            await road.turn(Way.OPEN)
        assert differing == {}
        await until(lambda: len(far.names("face")) == len(RUBBISH), 40)
        assert await far.audited() == [("visit", "answered")] * len(RUBBISH)
        assert await grants(far, "renewed") == []


async def test_the_answer_to_another_request_is_not_taken(
    town: Town, centre: RunningCentre, far: Clinic, road: Road
) -> None:
    """A right answer of the centre, to somebody else's visit."""
    async with writer(far, "twin-elder") as hand:
        theirs = await hand.line.visit(hand.document(hand.statement(await hand.challenge())))
    road.answer = reply(body=canonical.encode(theirs))
    far.people.when["asking"] = lambda: road.turn(Way.RUBBISH)
    visited = await far.by_pin(town.persona("ordinary"))
    assert visited.heard == [*BY_PIN, ASKING, UNREADABLE, KEPT]
    assert far.names("face") == []


async def test_without_a_stock_nothing_can_be_kept(
    town: Town, centre: RunningCentre, road: Road, tmp_path: Path
) -> None:
    async with town.clinic(centre, tmp_path / "bare", url=road.url, stock=0) as bare:
        await road.turn(Way.CLOSED)
        visited = await bare.by_pin(town.persona("ordinary"))
        assert visited.heard == [
            *BY_PIN,
            REFUSED_CONNECTION,
            (
                "回線が不通で、控えておける件数の残りもありません。",
                "The line is down, and no kept request can be made any more.",
                "氏名・生年月日・住所を控え、回線の復旧後に確認してください。",
                "Write down name, birth date and address; check when the line is back.",
            ),
        ]
        assert visited.ended == ("failed", "LINE-010", None, "not_asked")
        assert len(bare.appliance.outbox) == 0


async def test_a_kept_request_of_a_revoked_certificate_is_refused_late(town: Town, far: Clinic, road: Road) -> None:
    await road.turn(Way.CLOSED)
    visited = await far.by_pin(town.persona("revoked"))
    assert visited.heard == [*BY_PIN, REFUSED_CONNECTION, KEPT]
    await road.turn(Way.OPEN)
    await far.people.hears(REFUSED["revoked"])
    assert far.names("face") == []
    assert await far.audited() == [("visit", "TRUST-011")]
    await until(lambda: len(far.appliance.outbox) == 0)


async def test_a_restart_of_the_appliance_loses_no_kept_request(town: Town, far: Clinic, road: Road) -> None:
    await road.turn(Way.CLOSED)
    await far.by_pin(town.persona("renewed"))
    await far.appliance.stop()
    sealed = b"".join(path.read_bytes() for path in (far.folder / "state" / "outbox").iterdir())
    assert SignedDocument.__name__.encode() not in sealed
    assert far.device.encode() not in sealed
    await road.turn(Way.OPEN)
    again = far.made(far.reader)
    await again.start()
    try:
        await far.people.hears(LATE_ANSWER)
        assert len(far.names("face")) == 1
        assert await far.audited() == [("visit", "answered")]
    finally:
        await again.stop()


async def test_a_request_that_waited_longer_than_a_day_is_given_up_in_words(town: Town, tmp_path: Path) -> None:
    async with (
        town.own_centre(tmp_path) as own,
        Road.built(town.world, own.central.device_port) as road,
        town.clinic(own, tmp_path / "far", url=road.url) as far,
    ):
        await until((far.folder / "state" / "outbox" / "stock").exists)
        await road.turn(Way.CLOSED)
        await far.by_pin(town.persona("ordinary"))
        with town.clock.later(timedelta(hours=24, minutes=1)):
            await road.turn(Way.OPEN)
            await far.people.hears(
                (
                    "控えておいた確認が、24時間以内に送れませんでした。",
                    "A kept request could not be sent within 24 hours.",
                    "患者に連絡し、カードでもう一度確認してください。",
                    "Ask the patient to bring the card again.",
                )
            )
        assert far.names("face") == []
        assert await far.audited() == []
