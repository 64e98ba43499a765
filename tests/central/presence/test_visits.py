"""Visits: every way through, every refusal with its words, and what is left behind on disk."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from cryptography.x509 import ReasonFlags
from msgspec.structs import replace

from central.register import entries as e
from protocol import canonical
from protocol.errors import Fault, trust
from protocol.visit import CertificateState, ConsentItem, FaceReport, Method, SightReport
from sandbox.jlis.world import Flaw
from tests.central.cards import BIRTH, NOON, TODAY, Appliance, face, keys, pkcs1
from tests.central.presence.centre import Centre, body, ready, result, visit_refused

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""What is decided here does not depend on the database; `test_kept_visits` runs on both."""

# The three ways


async def test_a_visit_with_the_pin(centre: Centre) -> None:
    card = await ready(centre)
    answer = await centre.visit(card)
    assert answer.proven == ("holder_pin", "this_card", "this_document")
    assert answer.device_word == ()
    assert answer.consent_items == tuple(ConsentItem)
    assert answer.certificate.state is CertificateState.VALID
    assert body(answer)["QualificationValidity"] == "1"
    assert result(answer)["Name"] == "見本　花子"


async def test_a_visit_by_sight(centre: Centre) -> None:
    card = await ready(centre)
    answer = await centre.visit(card, Method.SIGHT)
    assert answer.proven == ("genuine_chip", "this_document", "birth_matches")
    assert answer.device_word == ("clerk_compared",)
    with_number_b = await centre.visit(card, Method.SIGHT, file="0002")
    assert with_number_b.proven == answer.proven


async def test_a_visit_by_face(centre: Centre) -> None:
    answer = await centre.visit(await ready(centre), Method.FACE)
    assert answer.proven == ("genuine_chip", "this_document", "photo_signed", "birth_matches")
    assert answer.device_word == ("face_compared",)


async def test_the_flags_say_that_nothing_was_consented_yet(centre: Centre) -> None:
    told = result(await centre.visit(await ready(centre)))
    flags = {name: value for name, value in told.items() if name.endswith("ConsFlg") and "Limit" not in name}
    assert len(flags) == 5
    assert set(flags.values()) == {"0"}
    assert not [name for name in told if name.endswith("AvailableTime")]


# Who sends it


async def test_a_document_of_another_device_or_facility_is_refused(centre: Centre) -> None:
    card, appliance = await ready(centre), centre.appliance
    other = Appliance(clock=centre.clock, id="reader-2")
    value = centre.challenge()
    assert await visit_refused(centre, other.visit(card, value), appliance) is trust.OTHER_DEVICE
    assert await visit_refused(centre, appliance.visit(card, value, device="reader-2")) is trust.OTHER_DEVICE
    assert await visit_refused(centre, appliance.visit(card, value, facility="9910000091")) is trust.OTHER_FACILITY
    signed = appliance.request(card, appliance.statement(card, value))
    forged = keys().p256("somebody").sign(b"x", _ecdsa())
    assert await visit_refused(centre, appliance.sign(signed, signature=forged)) is trust.DEVICE_SIGNATURE_WRONG
    assert await visit_refused(centre, appliance.sign(signed, signature=b"rubbish!")) is trust.DEVICE_SIGNATURE_WRONG


def _ecdsa() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(hashes.SHA256())


@pytest.mark.parametrize("document", [b"", b"{}", b"[" * 50_000, b"\xff", b"{" + b" " * 200_000])
async def test_what_is_no_document_is_refused(centre: Centre, document: bytes) -> None:
    assert await visit_refused(centre, document) is trust.DOCUMENT_UNREADABLE


async def test_another_kind_or_spelling_is_refused(centre: Centre) -> None:
    card, appliance = await ready(centre), centre.appliance
    request = appliance.request(card, appliance.statement(card, centre.challenge()))
    payload = canonical.encode(request)
    assert await visit_refused(centre, appliance.envelope(payload, "consent")) is trust.DOCUMENT_UNREADABLE
    for other in (payload + b" ", payload.replace(b'{"', b'{ "', 1), b"{}"):
        assert await visit_refused(centre, appliance.envelope(other)) is trust.DOCUMENT_UNREADABLE


# Challenges


async def test_a_challenge_of_another_device_or_kind_or_past_its_time_is_refused(centre: Centre) -> None:
    card, appliance = await ready(centre), centre.appliance
    other = Appliance(clock=centre.clock, id="reader-2")
    assert await visit_refused(centre, appliance.visit(card, centre.challenge(other))) is trust.CHALLENGE_FOREIGN
    assert (
        await visit_refused(centre, appliance.visit(card, centre.challenge(deferred=True))) is trust.CHALLENGE_FOREIGN
    )
    assert await visit_refused(centre, appliance.visit(card, "A" * 83)) is trust.CHALLENGE_FOREIGN
    value = centre.challenge()
    centre.clock.pass_(seconds=120)
    assert await visit_refused(centre, appliance.visit(card, value)) is trust.CHALLENGE_EXPIRED


async def test_work_off_line_gets_eligibility_and_no_consent(centre: Centre) -> None:
    card = await ready(centre)
    value = centre.challenge(deferred=True)
    centre.clock.pass_(hours=10)
    await centre.lists()
    answer = await centre.send(centre.appliance.visit(card, value, deferred=True))
    assert body(answer)["QualificationValidity"] == "1"
    assert answer.consent_items == ()
    late = centre.challenge(deferred=True)
    centre.clock.pass_(hours=24)
    assert await visit_refused(centre, centre.appliance.visit(card, late, deferred=True)) is trust.CHALLENGE_EXPIRED


async def test_the_asked_day_may_be_past_but_not_in_the_future(centre: Centre) -> None:
    card = await ready(centre)
    assert body(await centre.visit(card, asked_day=date(2021, 5, 5)))["QualificationValidity"] == "1"
    tomorrow = centre.appliance.visit(card, centre.challenge(), asked_day=TODAY + timedelta(days=1))
    assert await visit_refused(centre, tomorrow) is trust.ASKED_DAY_IN_FUTURE


# The certificate


@pytest.mark.parametrize(
    ("flaw", "fault"),
    [
        (Flaw.OTHER_CA, trust.CERTIFICATE_OTHER_CA),
        (Flaw.TEST_HIERARCHY, trust.CERTIFICATE_TEST_CA),
        (Flaw.FORGED_SIGNATURE, trust.CERTIFICATE_FORGED),
        (Flaw.WRONG_KEY_USAGE, trust.CERTIFICATE_WRONG_USAGE),
        (Flaw.WRONG_POLICY, trust.CERTIFICATE_POLICY),
    ],
)
async def test_a_flawed_certificate_ends_the_visit(centre: Centre, flaw: Flaw, fault: Fault) -> None:
    card = await ready(centre, name=f"flaw-{flaw.value}", flaw=flaw)
    assert await visit_refused(centre, centre.appliance.visit(card, centre.challenge())) is fault
    assert await centre.outcomes() == [fault.code]


async def test_a_certificate_put_in_the_place_of_the_signed_one_is_refused(centre: Centre) -> None:
    card, other = await ready(centre), centre.lab.card("other")
    request = centre.appliance.request(card, centre.appliance.statement(card, centre.challenge()))
    swapped = centre.appliance.sign(replace(request, certificate=other.der))
    assert await visit_refused(centre, swapped) is trust.CERTIFICATE_SUBSTITUTED


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        (ReasonFlags.key_compromise, trust.CERTIFICATE_REVOKED_STOLEN),
        (ReasonFlags.superseded, trust.CERTIFICATE_REVOKED_REPLACED),
        (ReasonFlags.cessation_of_operation, trust.CERTIFICATE_REVOKED),
    ],
)
async def test_a_revoked_certificate_ends_the_visit(centre: Centre, reason: ReasonFlags, fault: Fault) -> None:
    card = await ready(centre)
    centre.lab.revoke(card.issued, reason, minutes=1)
    centre.clock.pass_(seconds=1)
    await centre.lists()
    assert await visit_refused(centre, centre.appliance.visit(card, centre.challenge())) is fault


async def test_without_a_fresh_list_the_visit_ends(centre: Centre) -> None:
    card = await ready(centre)
    centre.clock.pass_(hours=40)
    assert await visit_refused(centre, centre.appliance.visit(card, centre.challenge())) is trust.STATUS_UNKNOWN


async def test_nobody_learns_a_status_without_the_card(centre: Centre) -> None:
    card = await ready(centre)
    centre.lab.revoke(card.issued)
    centre.clock.pass_(seconds=1)
    await centre.lists()
    request = centre.appliance.request(card, centre.appliance.statement(card, centre.challenge()))
    document = centre.appliance.sign(replace(request, authentication_signature=b"x" * 256))
    assert await visit_refused(centre, document) is trust.CARD_SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("days", "state", "consent"),
    [(40, CertificateState.EXPIRING, True), (-10, CertificateState.GRACE, False)],
)
async def test_an_ending_certificate_still_confirms_and_in_grace_gives_no_medical_data(
    centre: Centre, days: int, state: CertificateState, consent: bool
) -> None:
    for back in range(1, 20):
        await centre.trust.revocations.take(centre.lab.crl(NOON - timedelta(days=back)), NOON)
    card = await ready(centre, until=TODAY + timedelta(days=days))
    answer = await centre.visit(card)
    assert answer.certificate.state is state
    assert bool(answer.consent_items) is consent
    assert body(answer)["QualificationValidity"] == "1"


async def test_past_grace_the_visit_ends(centre: Centre) -> None:
    card = await ready(centre, until=date(2026, 2, 27))
    assert await visit_refused(centre, centre.appliance.visit(card, centre.challenge())) is trust.CERTIFICATE_EXPIRED


# The evidence


@pytest.mark.parametrize(
    ("method", "file", "change", "statement"),
    [
        (Method.PIN, None, {"authentication_signature": None}, {}),
        (Method.PIN, "0001", {"authentication_signature": None}, {}),
        (Method.PIN, None, {}, {"sight": SightReport(clerk="c")}),
        (Method.PIN, None, {}, {"face": "of the card"}),
        (Method.FACE, "0001", {}, {}),
        (Method.FACE, "0002", {"surface": None}, {}),
        (Method.FACE, "0002", {"authentication_signature": b"x"}, {}),
        (Method.FACE, "0002", {}, {"face": None}),
        (Method.FACE, "0002", {}, {"sight": SightReport(clerk="c")}),
        (Method.SIGHT, "0001", {"surface": None}, {}),
        (Method.SIGHT, "0001", {"authentication_signature": b"x"}, {}),
        (Method.SIGHT, "0001", {}, {"sight": None}),
        (Method.SIGHT, "0002", {}, {"face": "of the card"}),
    ],
)
async def test_each_method_needs_all_of_its_proofs_and_no_others(
    centre: Centre, method: Method, file: str | None, change: dict[str, Any], statement: dict[str, Any]
) -> None:
    card, appliance = await ready(centre), centre.appliance
    if statement.get("face") == "of the card":
        statement = {"face": face(card)}
    made = appliance.request(
        card, appliance.statement(card, centre.challenge(), method, **statement), file=file, **change
    )
    assert await visit_refused(centre, appliance.sign(made)) is trust.EVIDENCE_INCOMPLETE


async def test_a_signature_over_something_else_is_refused(centre: Centre) -> None:
    card, appliance = await ready(centre), centre.appliance
    request = appliance.request(card, appliance.statement(card, centre.challenge()), file="0001")
    assert request.surface is not None
    other = pkcs1(card.key, bytes(32))
    assert (
        await visit_refused(centre, appliance.sign(replace(request, authentication_signature=other)))
        is trust.CARD_SIGNATURE_WRONG
    )
    surface = replace(request.surface, card_signature=pkcs1(card.surface_key, bytes(32)))
    document = appliance.sign(replace(request, surface=surface))
    assert await visit_refused(centre, document) is trust.SURFACE_CARD_SIGNATURE_WRONG


async def test_the_compared_photo_must_be_the_signed_one(centre: Centre) -> None:
    card = await ready(centre)
    cases: list[tuple[FaceReport, Fault]] = [
        (face(card, photo="00" * 32), trust.PHOTO_DIFFERS),
        (face(card, score=399_999), trust.FACE_BELOW_THRESHOLD),
    ]
    for report, fault in cases:
        document = centre.appliance.visit(card, centre.challenge(), Method.FACE, face=report)
        assert await visit_refused(centre, document) is fault
    card.photo = b""
    document = centre.appliance.visit(card, centre.challenge(), Method.FACE)
    assert await visit_refused(centre, document) is trust.PHOTO_DIFFERS


async def test_a_municipality_that_nobody_certified_is_refused(centre: Centre) -> None:
    card = await ready(centre, forged_issuer=True)
    document = centre.appliance.visit(card, centre.challenge(), Method.SIGHT)
    assert await visit_refused(centre, document) is trust.SURFACE_ISSUER_FORGED


# The person


async def test_a_certificate_of_nobody_is_refused(centre: Centre) -> None:
    document = centre.appliance.visit(centre.lab.card(), centre.challenge())
    assert await visit_refused(centre, document) is trust.HOLDER_UNKNOWN


async def test_somebody_without_coverage_gets_an_answer_but_no_question(centre: Centre) -> None:
    card = centre.lab.card()
    await centre.intake.register(
        e.Person(person_id="p9", name="見本　花子", kana="ミホン　ハナコ", birth_date=BIRTH, sex=e.Sex.FEMALE),
        centre.tied(card, "p9"),
    )
    answer = await centre.visit(card)
    assert body(answer)["QualificationValidity"] == "4"
    assert answer.consent_items == ()


async def test_a_renewed_certificate_finds_its_holder_by_the_linkage(centre: Centre) -> None:
    old = await ready(centre)
    new = centre.lab.card("renewed")
    await centre.trust.links.take(
        msgspec.json.encode(
            {
                "links": [
                    {
                        "issuer": old.issued.issuer_key_id,
                        "old": old.issued.serial_hex,
                        "new": new.issued.serial_hex,
                    }
                ]
            }
        ),
        NOON,
    )
    assert result(await centre.visit(new))["Name"] == "見本　花子"
    (entry,) = await centre.audit()
    assert entry.subject == "p1"
    stranger = centre.lab.card("stranger")
    await centre.trust.links.take(
        msgspec.json.encode(
            {"links": [{"issuer": stranger.issued.issuer_key_id, "old": "777", "new": stranger.issued.serial_hex}]}
        ),
        NOON,
    )
    document = centre.appliance.visit(stranger, centre.challenge())
    assert await visit_refused(centre, document) is trust.HOLDER_UNKNOWN


@pytest.mark.parametrize(
    ("chip", "method", "file", "fault", "details"),
    [
        ({"birth": date(1980, 2, 18)}, Method.SIGHT, "0001", trust.BIRTH_DATE_DIFFERS, "birth_date"),
        ({"birth": date(1980, 2, 18)}, Method.PIN, "0001", trust.BIRTH_DATE_DIFFERS, "birth_date"),
        ({"sex": "1"}, Method.FACE, None, trust.SEX_DIFFERS, "sex"),
        ({"birth": date(1979, 2, 17), "sex": "1"}, Method.FACE, None, trust.BIRTH_DATE_DIFFERS, "birth_date,sex"),
    ],
)
async def test_a_chip_of_somebody_else_stops_the_visit_and_gives_the_insurer_work(
    centre: Centre, chip: dict[str, Any], method: Method, file: str | None, fault: Fault, details: str
) -> None:
    card = await ready(centre, **chip)
    for _ in range(2):
        document = centre.appliance.visit(card, centre.challenge(), method, file=file)
        assert await visit_refused(centre, document) is fault
    (item,) = await centre.work()
    assert (item["kind"], item["person_id"], item["details"]) == ("chip-differs", "p1", details)
    assert [entry.subject for entry in await centre.audit()] == ["p1", "p1"]


@pytest.mark.parametrize("sex", ["0", "9"])
async def test_a_chip_without_a_meaningful_sex_is_not_compared(centre: Centre, sex: str) -> None:
    assert (await centre.visit(await ready(centre, sex=sex), Method.FACE)).device_word
