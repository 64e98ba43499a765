"""Visits by the clerk's eyes, and the face path until it is there."""

import pytest

from edge.visit import clerks
from edge.visit.desk import Ending
from edge.visit.ports import FaceProof
from protocol.errors import OnshiError, card, face, visit
from protocol.visit import ConsentItem, FaceReport, Method
from tests.edge.fakes import BIRTH, CLERK, NUMBER_B, Script, World, clerk, digest_of, message, pin, printed


async def test_sight_signs_with_the_surface_key_and_names_the_clerk(world: World) -> None:
    desk = Script(
        method=[Method.SIGHT], clerk=[clerk()], printed=[printed(birth=BIRTH)], consent=[(ConsentItem.CHECKUPS,)]
    )
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    request = world.centre.requests()[0]
    assert request.statement.sight is not None
    assert request.statement.sight.clerk == CLERK
    assert request.authentication_signature is None
    assert request.surface is not None
    assert (request.surface.file, request.surface.digests) == ("0001", ())
    consent = world.centre.consents()[0]
    assert consent.key == "surface"
    assert world.session.digests == [("surface", digest_of(request)), ("surface", digest_of(consent))]
    assert "verify_pin" not in world.session.calls
    assert "職員の方は、ご自分の職員コードを入力してください。" in [said.ja for said in record.said]


async def test_number_b_opens_0002_and_shows_the_true_name_only_for_a_hidden_one(world: World) -> None:
    world.centre.message = message(name="●橋　太郎")
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[printed(number_b=NUMBER_B)], consent=[()])
    await world.visit(desk)
    surface = world.centre.requests()[0].surface
    assert surface is not None
    assert (surface.file, len(surface.digests)) == ("0002", 2)
    assert [attributes.name for attributes in desk.attributes] == ["髙橋　太郎"]
    assert all(not any(secret) for secret in [*desk.given, *world.session.taken])


async def test_the_name_on_the_card_is_not_read_without_need(world: World) -> None:
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[printed(number_b=NUMBER_B)], consent=[()])
    await world.visit(desk)
    assert desk.attributes == []
    assert "attributes" not in world.session.calls


async def test_a_front_that_tells_another_story_than_its_chip_closes_sight_and_leaves_the_pin(world: World) -> None:
    world.session.expiry = "20341231"
    desk = Script(
        method=[Method.SIGHT, Method.PIN],
        clerk=[clerk()],
        printed=[printed(number_b=NUMBER_B)],
        pin=[pin()],
        consent=[()],
    )
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert face.FRONT_DIFFERS.desk_ja in desk.words()
    assert Method.SIGHT not in desk.offers[1].methods
    assert [request.statement.method for request in world.centre.requests()] == [Method.PIN]


async def test_a_hidden_name_without_number_b_stays_hidden(world: World) -> None:
    world.centre.message = message(name="●橋　太郎")
    await world.visit(Script(method=[Method.PIN], pin=[pin()], consent=[()]))
    assert "attributes" not in world.session.calls


async def test_an_unreadable_name_costs_nothing(world: World) -> None:
    world.centre.message = message(name="●橋　太郎")

    def before(name: str) -> None:
        if name == "attributes":
            raise OnshiError(card.GARBLED)

    world.before = before
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[printed(number_b=NUMBER_B)], consent=[()])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.ANSWERED
    assert record.outcome.problem is None


async def test_a_wrong_clerk_code_is_said_and_five_pause_sight(world: World) -> None:
    desk = Script(
        method=[Method.SIGHT, Method.PIN], clerk=[clerk(b"wrong-1") for _ in range(5)], pin=[pin()], consent=[()]
    )
    record = await world.visit(desk)
    words = desk.words()
    assert words.count("職員コードが違います。") == 4
    assert visit.CLERK_LOCKED.desk_ja in words
    assert desk.offers[1].methods == (Method.PIN,)
    assert record.outcome.ending is Ending.ANSWERED
    assert record.outcome.problem is None


async def test_an_unknown_clerk_hears_the_same_words_as_a_wrong_code(world: World) -> None:
    desk = Script(method=[Method.SIGHT, None], clerk=[clerk(who="nobody"), None])
    await world.visit(desk)
    assert "職員コードが違います。" in desk.words()


async def test_sight_is_not_offered_where_no_clerk_is_registered(world: World) -> None:
    world.hashes = {}
    desk = Script(method=[Method.SIGHT, None])
    await world.visit(desk)
    assert desk.offers[0].methods == (Method.PIN,)
    assert visit.SIGHT_OFF.desk_ja in desk.words()


async def test_three_wrong_printed_dates_close_sight_for_this_visit(world: World) -> None:
    desk = Script(
        method=[Method.SIGHT, None], clerk=[clerk()], printed=[printed(birth=b"99010%d" % n) for n in range(1, 4)]
    )
    record = await world.visit(desk)
    assert world.session.calls.count("open_birth") == 3
    assert desk.words().count("生年月日が、カードの中のものと合いませんでした。あと6回入力できます。") == 3
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == visit.PRINTED_TOO_OFTEN.code


async def test_none_or_both_printed_numbers_never_reach_the_card(world: World) -> None:
    both = printed(birth=BIRTH, number_b=NUMBER_B)
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[both, printed(), printed(birth=BIRTH)], consent=[()])
    await world.visit(desk)
    assert desk.words().count(visit.PRINTED_FORM.desk_ja) == 2
    assert world.session.calls.count("open_birth") == 1
    assert "open_number_b" not in world.session.calls


async def test_a_card_without_a_surface_leads_back_to_the_pin(world: World) -> None:
    world.session.birth_fault = OnshiError(card.SURFACE_MISSING)
    desk = Script(
        method=[Method.SIGHT, Method.PIN], clerk=[clerk()], printed=[printed(birth=BIRTH)], pin=[pin()], consent=[()]
    )
    record = await world.visit(desk)
    assert card.SURFACE_MISSING.desk_ja in desk.words()
    assert desk.offers[1].methods == (Method.PIN,)
    assert record.outcome.ending is Ending.ANSWERED
    assert world.centre.requests()[0].statement.sight is None


async def test_a_forged_surface_ends_the_visit(world: World) -> None:
    world.session.birth_fault = OnshiError(card.SURFACE_FORGED)
    desk = Script(method=[Method.SIGHT], clerk=[clerk()], printed=[printed(birth=BIRTH)])
    record = await world.visit(desk)
    assert record.outcome.ending is Ending.FAILED
    assert desk.words()[-1] == card.SURFACE_FORGED.desk_ja
    assert world.centre.documents == []


async def test_face_says_what_to_do_until_it_is_there(world: World) -> None:
    desk = Script(method=[Method.FACE, None])
    record = await world.visit(desk)
    assert "この端末では顔認証をまだ使えません。" in desk.words()
    said = next(said for said in desk.said if said.code == visit.FACE_NOT_READY.code)
    assert said.next_ja == "暗証番号、または職員の目視で確認してください。"
    assert record.outcome.problem is not None
    assert record.outcome.problem.code == visit.FACE_NOT_READY.code


class _Face:
    closed = None

    async def confirm(self, session: object, talk: object) -> FaceProof:
        opening = await session.open_surface(_credential(), bytearray(NUMBER_B))  # type: ignore[attr-defined]
        report = FaceReport(
            model="a" * 64, score=700_000, threshold=400_000, frames=12, liveness="depth-1", photo=opening.photo_digest
        )
        return FaceProof(report=report, opening=opening, number_b=bytearray(NUMBER_B))


class _FailingFace:
    closed = None

    async def confirm(self, session: object, talk: object) -> FaceProof:
        raise OnshiError(visit.FACE_NOT_READY)


def _credential() -> object:
    from edge.card.port import Credential

    return Credential.NUMBER_B


async def test_a_face_that_is_there_is_offered_first_and_reported(world: World) -> None:
    world.face = _Face()  # type: ignore[assignment]
    desk = Script(method=[Method.FACE], consent=[()])
    record = await world.visit(desk)
    assert desk.offers[0].methods == (Method.FACE, Method.PIN, Method.SIGHT)
    assert record.outcome.ending is Ending.ANSWERED
    statement = world.centre.requests()[0].statement
    assert statement.face is not None
    assert statement.face.photo == "ab" * 32
    assert world.centre.consents()[0].key == "surface"


async def test_a_face_that_fails_leads_to_the_other_ways(world: World) -> None:
    world.face = _FailingFace()  # type: ignore[assignment]
    desk = Script(method=[Method.FACE, Method.PIN], pin=[pin()], consent=[()])
    record = await world.visit(desk)
    assert desk.offers[1].methods == (Method.PIN, Method.SIGHT)
    assert record.outcome.ending is Ending.ANSWERED


async def test_codes_are_hashed_checked_and_bounded() -> None:
    hashed = clerks.hash_code(b"abcd", b"0123456789abcdef")
    assert clerks.readable_hash(hashed)
    assert hashed.startswith("scrypt:16384:8:1:")
    for wrong in ("", "scrypt:1:8:1:AAAA:AAAA", hashed.replace("16384", "2"), hashed + ":x", hashed.replace("M", "é")):
        assert not clerks.readable_hash(wrong)
    for code in (b"abc", b"a b c d", "さくら".encode(), b"x" * 65):
        with pytest.raises(ValueError, match="4 to 64"):
            clerks.hash_code(code, b"0123456789abcdef")
    now = [0.0]
    checker = clerks.Clerks({"a": hashed}, ticks=lambda: now[0])
    for _ in range(4):
        with pytest.raises(OnshiError) as refused:
            await checker.check("a", bytearray(b"nope"))
        assert refused.value.fault.code == visit.CLERK_REFUSED.code
    with pytest.raises(OnshiError) as refused:
        await checker.check("a", bytearray(b"nope"))
    assert refused.value.details == {"seconds": 300}
    with pytest.raises(OnshiError):
        await checker.check("a", bytearray(b"abcd"))
    now[0] += 301
    code = bytearray(b"abcd")
    await checker.check("a", code)
    assert not any(code)
    assert checker.pause_left() == 0
    with pytest.raises(OnshiError) as refused:
        await clerks.Clerks({}, ticks=lambda: 0.0).check("a", bytearray(b"abcd"))
    assert refused.value.fault.code == visit.SIGHT_OFF.code


async def test_a_clerks_own_code_buys_no_tries_on_a_colleagues() -> None:
    hashes = {name: clerks.hash_code(code, b"0123456789abcdef") for name, code in (("a", b"abcd"), ("b", b"efgh"))}
    checker = clerks.Clerks(hashes, ticks=lambda: 0.0)
    for _ in range(clerks.WRONG_LIMIT):
        await checker.check("a", bytearray(b"abcd"))
        with pytest.raises(OnshiError) as refused:
            await checker.check("b", bytearray(b"nope"))
    assert refused.value.fault.code == visit.CLERK_LOCKED.code
