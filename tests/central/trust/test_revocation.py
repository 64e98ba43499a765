"""Status: the newer source decides, unknown is refused, and what was learned is not forgotten before grace ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.x509 import ReasonFlags

from central.db import Store
from central.trust.certificates import AuthenticationCertificate
from central.trust.ledger import PORTION, Ledger
from central.trust.ocsp import OcspAnswer, OcspClient
from central.trust.revocation import GoodStatus, Revocations
from protocol.errors import Fault, OnshiError, trust
from sandbox.jlis.status import Responder
from tests.central.cards import NOON, Clock, Lab
from tests.central.trust.lists import entry, listed


class NoNetwork(OcspClient):
    """The responder without a line: the stand-in's bytes, judged by the product's own code."""

    def __init__(self, lab: Lab, *, up: bool = True) -> None:
        from central.trust import ocsp

        self.responder = Responder(lab.jlis)
        self.up = up
        self.asked = 0
        self._judge = ocsp.judge
        self._request = ocsp.request

    async def ask(self, certificate: AuthenticationCertificate, now: datetime) -> OcspAnswer | None:
        self.asked += 1
        if not self.up:
            return None
        return self._judge(self.responder.answer(self._request(certificate, None)), certificate, now)


async def fault_of(revocations: Revocations, certificate: AuthenticationCertificate, now: datetime) -> Fault:
    with pytest.raises(OnshiError) as caught:
        await revocations.check(certificate, now)
    return caught.value.fault


async def test_without_any_source_the_status_is_unknown(lab: Lab, store: Store) -> None:
    revocations = Revocations(lab.anchors(), store)
    await revocations.start()
    assert await fault_of(revocations, lab.certificate(), NOON) is trust.STATUS_UNKNOWN


async def test_a_list_inside_its_time_decides(lab: Lab, store: Store) -> None:
    revocations = Revocations(lab.anchors(), store)
    taken = await revocations.take(lab.crl(), NOON)
    assert await revocations.check(lab.certificate(), NOON) == GoodStatus("crl", taken.this_update)


async def test_a_list_past_its_next_update_decides_nothing_good(lab: Lab, store: Store) -> None:
    good, bad = lab.certificate(), lab.certificate("bad")
    lab.revoke(lab.issue("bad"))
    revocations = Revocations(lab.anchors(), store)
    taken = await revocations.take(lab.crl(), NOON)
    assert await fault_of(revocations, good, taken.next_update) is trust.STATUS_UNKNOWN
    assert await fault_of(revocations, bad, taken.next_update) is trust.CERTIFICATE_REVOKED_STOLEN


async def test_a_list_of_another_generation_says_nothing(lab: Lab, store: Store) -> None:
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(generation=2), NOON)
    assert await fault_of(revocations, lab.certificate(), NOON) is trust.STATUS_UNKNOWN


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        (ReasonFlags.unspecified, trust.CERTIFICATE_REVOKED),
        (ReasonFlags.cessation_of_operation, trust.CERTIFICATE_REVOKED),
        (ReasonFlags.key_compromise, trust.CERTIFICATE_REVOKED_STOLEN),
        (ReasonFlags.ca_compromise, trust.CERTIFICATE_REVOKED_STOLEN),
        (ReasonFlags.superseded, trust.CERTIFICATE_REVOKED_REPLACED),
        (ReasonFlags.affiliation_changed, trust.CERTIFICATE_REVOKED_CHANGED),
        (ReasonFlags.certificate_hold, trust.CERTIFICATE_SUSPENDED),
    ],
)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("source", ["crl", "ocsp"])
async def test_each_class_of_reason_has_its_words(
    lab: Lab, store: Store, reason: ReasonFlags, fault: Fault, source: str
) -> None:
    lab.revoke(lab.issue(), reason)
    revocations = Revocations(lab.anchors(), store, ocsp=NoNetwork(lab) if source == "ocsp" else None)
    if source == "crl":
        await revocations.take(lab.crl(), NOON)
    assert await fault_of(revocations, lab.certificate(), NOON) is fault


async def test_the_responder_knows_before_the_next_list(lab: Lab, store: Store) -> None:
    certificate, ocsp = lab.certificate(), NoNetwork(lab)
    revocations = Revocations(lab.anchors(), store, ocsp=ocsp)
    await revocations.take(lab.crl(), NOON)
    assert (await revocations.check(certificate, NOON)).source == "ocsp"
    lab.revoke(lab.issue(), minutes=1)
    assert await fault_of(revocations, certificate, NOON) is trust.CERTIFICATE_REVOKED_STOLEN
    # What was learned stays known when the responder goes away, and after a restart.
    ocsp.up = False
    assert await fault_of(revocations, certificate, NOON) is trust.CERTIFICATE_REVOKED_STOLEN
    again = Revocations(lab.anchors(), store)
    await again.start()
    assert await fault_of(again, certificate, NOON) is trust.CERTIFICATE_REVOKED_STOLEN


async def test_a_silent_responder_leaves_the_list_to_decide(lab: Lab, store: Store) -> None:
    revocations = Revocations(lab.anchors(), store, ocsp=NoNetwork(lab, up=False))
    await revocations.take(lab.crl(), NOON)
    assert (await revocations.check(lab.certificate(), NOON)).source == "crl"


async def test_a_certificate_that_the_responder_does_not_know_is_refused(lab: Lab, store: Store) -> None:
    stranger = Lab(lab.clock).certificate("stranger")
    revocations = Revocations(lab.anchors(), store, ocsp=NoNetwork(lab))
    await revocations.take(lab.crl(), NOON)
    assert await fault_of(revocations, stranger, NOON) is trust.STATUS_UNKNOWN


# Expired, in grace


async def expired(lab: Lab, name: str, days: int = 10) -> AuthenticationCertificate:
    """A certificate whose last day lies that many days from the clock's (negative: in the past)."""
    return lab.certificate(name, until=(lab.clock() + timedelta(days=days)).date())


async def test_revoked_then_expired_is_remembered_after_the_list_dropped_it(
    clock: Clock, lab: Lab, store: Store
) -> None:
    bad, good = await expired(lab, "bad"), await expired(lab, "good")
    lab.revoke(lab.issue("bad", until=bad.last_day))
    revocations = Revocations(lab.anchors(), store)
    for _ in range(14):
        await revocations.take(lab.crl(), clock())
        clock.pass_(days=1)
    assert len(await revocations.take(lab.crl(), clock())) == 0
    for one in (revocations, Revocations(lab.anchors(), store)):
        await one.start()
        assert await fault_of(one, bad, clock()) is trust.CERTIFICATE_REVOKED_THEN_EXPIRED
        assert (await one.check(good, clock())).source == "kept"


async def test_what_is_kept_goes_when_grace_has_ended(clock: Clock, lab: Lab, store: Store) -> None:
    bad = await expired(lab, "bad", days=0)
    lab.revoke(lab.issue("bad", until=bad.last_day))
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(), clock())
    clock.pass_(days=1)
    await revocations.take(lab.crl(), clock())
    assert await revocations.purge(clock()) == 0
    clock.now = datetime(2026, 9, 30, 14, 59, tzinfo=UTC)
    assert await revocations.purge(clock()) == 0
    assert await fault_of(revocations, bad, clock()) is trust.CERTIFICATE_REVOKED_THEN_EXPIRED
    clock.now = datetime(2026, 9, 30, 15, 0, tzinfo=UTC)
    assert bad.grace_until == date(2026, 9, 30)
    assert await revocations.purge(clock()) == 1


async def test_a_new_centre_without_history_does_not_accept_an_expired_certificate(
    clock: Clock, lab: Lab, store: Store
) -> None:
    late = await expired(lab, "late", days=-20)
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(), clock())
    assert await fault_of(revocations, late, clock()) is trust.STATUS_UNKNOWN
    answering = Revocations(lab.anchors(), store, ocsp=NoNetwork(lab))
    assert (await answering.check(late, clock())).source == "ocsp"


async def test_loading_the_history_lets_an_expired_certificate_be_judged(clock: Clock, lab: Lab, store: Store) -> None:
    late, bad = await expired(lab, "late", days=-2), await expired(lab, "bad", days=-2)
    lab.revoke(lab.issue("bad", until=bad.last_day), days=5)
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(clock()), clock())
    for days in (1, 2, 3):
        await revocations.take(lab.crl(clock() - timedelta(days=days)), clock())
    assert (await revocations.check(late, clock())).source == "kept"
    assert await fault_of(revocations, bad, clock()) is trust.CERTIFICATE_REVOKED_THEN_EXPIRED


async def test_a_gap_between_lists_starts_the_memory_anew(clock: Clock, lab: Lab, store: Store) -> None:
    late = await expired(lab, "late", days=5)
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(), clock())
    clock.pass_(days=20)
    await revocations.take(lab.crl(), clock())
    assert await fault_of(revocations, late, clock()) is trust.STATUS_UNKNOWN


async def test_the_day_after_expiry_counts_on_a_list_that_is_still_fresh(clock: Clock, lab: Lab, store: Store) -> None:
    late = await expired(lab, "late", days=0)
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(), clock())
    clock.pass_(hours=20)
    assert (await revocations.check(late, clock())).source == "kept"
    clock.pass_(hours=20)
    assert await fault_of(revocations, late, clock()) is trust.STATUS_UNKNOWN


# Lists as they come


async def test_an_older_list_is_never_in_force_again(lab: Lab, store: Store) -> None:
    old = lab.crl(NOON - timedelta(hours=6))
    lab.revoke(lab.issue())
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(), NOON)
    await revocations.take(old, NOON)
    assert await fault_of(revocations, lab.certificate(), NOON) is trust.CERTIFICATE_REVOKED_STOLEN
    restarted = Revocations(lab.anchors(), store)
    await restarted.start()
    await restarted.take(old, NOON)
    assert await fault_of(restarted, lab.certificate(), NOON) is trust.STATUS_UNKNOWN


async def test_a_list_from_the_future_is_refused(lab: Lab, store: Store) -> None:
    revocations = Revocations(lab.anchors(), store)
    with pytest.raises(OnshiError) as caught:
        await revocations.take(lab.crl(NOON + timedelta(hours=1)), NOON)
    assert caught.value.fault is trust.REVOCATION_LIST_WRONG


async def test_taking_the_same_list_twice_changes_nothing(lab: Lab, store: Store) -> None:
    lab.revoke(lab.issue())
    one, other = (Revocations(lab.anchors(), store) for _ in range(2))
    for revocations in (one, one, other):
        await revocations.take(lab.crl(), NOON)
        assert await fault_of(revocations, lab.certificate(), NOON) is trust.CERTIFICATE_REVOKED_STOLEN


async def test_long_lists_are_kept_in_portions(lab: Lab, store: Store) -> None:
    count = PORTION * 2 + 7
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(listed(lab, [entry(number) for number in range(1, count + 1)]), NOON)
    at = NOON - timedelta(hours=1)
    await revocations.take(listed(lab, [entry(3)], at=at), NOON)
    assert len(await Ledger(store).kept()) == count - 1


async def test_a_responder_on_the_list_is_known(lab: Lab, store: Store) -> None:
    issued = lab.issue()
    lab.revoke(issued)
    revocations = Revocations(lab.anchors(), store)
    await revocations.take(lab.crl(), NOON)
    assert revocations.listed(issued.issuer_key_id, issued.serial)
    assert not revocations.listed("ab" * 20, issued.serial)
