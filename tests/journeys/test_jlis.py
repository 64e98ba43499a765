"""J-LIS is down, slow, stale or answers rubbish: what is not known to be good is refused, and nothing is guessed."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
from cryptography import x509

from protocol.errors import OnshiError
from sandbox.demo.centre import RunningCentre
from sandbox.jlis.authority import Organisation, Purpose
from sandbox.jlis.service import Condition, Service
from tests.journeys.road import Road, Way
from tests.journeys.test_cast import REFUSED
from tests.journeys.town import Clinic, Town
from tests.journeys.words import ASKING, BY_PIN, GRANTED_BY_PIN, GRANTED_BY_SIGHT, LATE_ANSWER, Heard
from tests.parts.until import until

pytestmark = [pytest.mark.sockets, pytest.mark.asyncio(loop_scope="package")]

UNKNOWN: Heard = (
    "電子証明書が失効していないことを確認できませんでした。",
    "It could not be checked whether the certificate has been revoked.",
    "しばらくしてからもう一度お試しください。急ぐ場合は資格確認書などで確認してください。",
    "Try again in a little while. If it is urgent, check by another document.",
)


@contextlib.asynccontextmanager
async def under(
    town: Town, folder: Path, *, crl: Condition = Condition.UP, ocsp: Condition = Condition.UP
) -> AsyncIterator[tuple[RunningCentre, Clinic]]:
    """A centre that starts while J-LIS does like that, and a clinic of it."""
    conditions = town.jlis.service.conditions
    conditions[Service.CRL], conditions[Service.OCSP] = crl, ocsp
    try:
        async with (
            town.own_centre(folder) as own,
            town.clinic(own, folder / "clinic") as clinic,
        ):
            yield own, clinic
    finally:
        conditions.update(dict.fromkeys(Service, Condition.UP))


BAD = [Condition.DOWN, Condition.RUBBISH, Condition.STALE]


@pytest.mark.parametrize("ocsp", [*BAD, Condition.SLOW])
@pytest.mark.parametrize("crl", BAD)
async def test_what_is_unknown_is_refused(town: Town, tmp_path: Path, crl: Condition, ocsp: Condition) -> None:
    async with under(town, tmp_path, crl=crl, ocsp=ocsp) as (_, clinic):
        visited = await clinic.by_pin(town.persona("ordinary"))
        assert visited.heard == [*BY_PIN, ASKING, UNKNOWN]
        assert visited.ended == ("failed", "TRUST-016", None, "not_asked")
        assert clinic.names("face") == []
        assert await clinic.audited() == [("visit", "TRUST-016")]
        assert len(clinic.appliance.outbox) == 0


@pytest.mark.parametrize("ocsp", [*BAD, Condition.SLOW])
async def test_a_fresh_list_alone_decides(town: Town, tmp_path: Path, ocsp: Condition) -> None:
    async with under(town, tmp_path, ocsp=ocsp) as (_, clinic):
        assert (await clinic.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN
        assert (await clinic.by_pin(town.persona("revoked"))).heard == [*BY_PIN, ASKING, REFUSED["revoked"]]
        visit = (await clinic.audit())[0]
        assert "status:crl" in visit.references


@pytest.mark.parametrize("crl", BAD)
async def test_the_responder_alone_decides(town: Town, tmp_path: Path, crl: Condition) -> None:
    async with under(town, tmp_path, crl=crl) as (own, clinic):
        assert (await clinic.by_sight(town.persona("ordinary"))).heard == GRANTED_BY_SIGHT
        assert (await clinic.by_pin(town.persona("revoked"))).heard == [*BY_PIN, ASKING, REFUSED["revoked"]]
        assert "status:ocsp" in (await clinic.audit())[0].references
        async with aiohttp.ClientSession() as session, session.get(f"{own.ops_url}/readyz") as ready:
            assert ready.status == 200


async def test_a_centre_with_no_status_at_all_says_so_to_its_operators(town: Town, tmp_path: Path) -> None:
    """It goes on answering what needs no certificate; the metrics and the log name what is missing."""
    async with under(town, tmp_path, crl=Condition.DOWN, ocsp=Condition.DOWN) as (own, clinic):
        await clinic.by_pin(town.persona("ordinary"))
        async with aiohttp.ClientSession() as session, session.get(f"{own.ops_url}/metrics") as metrics:
            assert 'onshi_refusals_total{code="TRUST-016"} 1.0' in await metrics.text()


async def test_a_revocation_is_known_within_a_quarter_of_an_hour_and_kept_when_jlis_is_gone(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The responder's last answer may serve for 15 minutes; what was learned stays known without J-LIS."""
    register, persona = town.world.jlis.register, town.persona("child")
    monkeypatch.setattr(register, "_revoked", dict(register._revoked))
    known = town.world.pki.identity(persona)
    certificate = register.find(known.issuer_key_id, int(known.serial, 16))
    assert certificate is not None
    async with under(town, tmp_path) as (_, clinic):
        assert (await clinic.by_pin(persona)).heard == GRANTED_BY_PIN
        town.world.jlis.revoke(certificate, x509.ReasonFlags.key_compromise, town.clock())
        with town.clock.later(timedelta(minutes=16)):
            assert (await clinic.by_pin(persona)).heard == [*BY_PIN, ASKING, REFUSED["revoked"]]
        town.jlis.service.conditions.update(dict.fromkeys(Service, Condition.DOWN))
        assert (await clinic.by_pin(persona)).heard == [*BY_PIN, ASKING, REFUSED["revoked"]]
        assert (await clinic.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN
        assert [one for one in await clinic.audited() if one[0] == "visit"] == [
            ("visit", "answered"), ("visit", "TRUST-011"), ("visit", "TRUST-011"), ("visit", "answered")
        ]  # fmt: skip


async def test_a_kept_request_waits_for_jlis_as_well(town: Town, tmp_path: Path) -> None:
    """The line is back, J-LIS is not: the request waits on, and is answered once the status is known again."""
    both = {"crl": Condition.DOWN, "ocsp": Condition.RUBBISH}
    async with (
        under(town, tmp_path, **both) as (own, _),
        Road.built(town.world, own.central.device_port) as road,
        town.clinic(own, tmp_path / "far", url=road.url) as far,
    ):
        await until((far.folder / "state" / "outbox" / "stock").exists)
        await road.turn(Way.CLOSED)
        await far.by_pin(town.persona("ordinary"))
        await road.turn(Way.OPEN)
        await until(far.audited)
        assert set(await far.audited()) == {("visit", "TRUST-016")}
        assert len(far.appliance.outbox) == 1
        town.jlis.service.conditions[Service.OCSP] = Condition.UP
        await far.people.hears(LATE_ANSWER)
        assert len(far.names("face")) == 1


@pytest.mark.parametrize("named", [True, False])
async def test_the_test_hierarchy_is_trusted_only_where_a_setting_names_it(
    town: Town, tmp_path: Path, named: bool
) -> None:
    """Pinned and named: its cards pass as far as their status, which the stand-in does not publish for that hierarchy.
    Pinned and not named: the centre does not start.
    """
    anchors = tmp_path / "anchors"
    shutil.copytree(town.world.places.anchors, anchors)
    (der,) = town.world.jlis.anchors(Purpose.AUTHENTICATION, Organisation.TEST)
    (anchors / "authentication" / "test.cer").write_bytes(der)
    plain = town.centre_settings(tmp_path / "plain.sqlite").trust
    hierarchies = ("JPKI-LAB", "JPKI-TEST") if named else ("JPKI-LAB",)
    trust = msgspec.structs.replace(plain, anchors=anchors, hierarchies=hierarchies)
    if not named:
        with pytest.raises(OnshiError, match="TRUST-021"):
            async with town.own_centre(tmp_path, trust=trust):
                pass
        return
    async with town.own_centre(tmp_path, trust=trust) as own, town.clinic(own, tmp_path / "clinic") as clinic:
        visited = await clinic.by_pin(town.persona("test-hierarchy"))
        assert visited.heard == [*BY_PIN, ASKING, UNKNOWN]
        assert (await clinic.by_pin(town.persona("ordinary"))).heard == GRANTED_BY_PIN
