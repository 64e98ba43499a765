"""Who may act for an insurer: an enrolled certificate, for one insurer, with a role; until it ends or is revoked."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.audit import Journal, verify
from central.db import Store
from central.db.migrate import upgrade_file
from central.facilities.ca import DeviceCa, Issued, make_ca, read_request
from central.insurers.commands import insurer
from central.insurers.officers import Officer, Officers, Role
from central.register.entries import Insurer
from central.register.intake import RegisterIntake
from protocol.errors import OnshiError
from protocol.errors import insurers as faults
from protocol.errors.central import CSR_WRONG
from protocol.numbers import with_check_digit
from tests.parts.devices import new_key, signing_request

MORNING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
A, B = with_check_digit("0699001"), with_check_digit("0699002")
CA = DeviceCa(*make_ca(now=MORNING))


class Now:
    moment = MORNING

    def __call__(self) -> datetime:
        return self.moment


async def office(store: Store, now: Now) -> Officers:
    intake = RegisterIntake(store, now)
    for number in (A, B):
        await intake.register(Insurer(number=number, name="見本", valid_from=date(1961, 4, 1)))
    return Officers(store, Journal(store, log="insurers-admin", clock=now), clock=now)


async def enrol(officers: Officers, name: str, number: str = A, role: Role = Role.OFFICER) -> Issued:
    request = signing_request(new_key(), name)
    return await officers.enrol(CA, request, officer=name, insurer=number, role=role, days=365)


async def test_a_certificate_says_which_insurer_and_which_role(store: Store) -> None:
    officers = await office(store, Now())
    first, second = await enrol(officers, "o-1"), await enrol(officers, "s-1", B, Role.SUPERVISOR)
    assert await officers.authenticate(first.der) == Officer(id="o-1", insurer=A, role=Role.OFFICER)
    assert await officers.authenticate(second.der) == Officer(id="s-1", insurer=B, role=Role.SUPERVISOR)
    with pytest.raises(OnshiError) as refused:
        (await officers.authenticate(first.der)).require(Role.SUPERVISOR)
    assert refused.value.fault is faults.ROLE_NEEDED
    (await officers.authenticate(second.der)).require(Role.OFFICER)
    assert (await verify(store, "insurers-admin")).rows == 2


async def test_a_renewal_is_the_same_officer_and_the_old_certificate_serves_until_its_end(store: Store) -> None:
    now = Now()
    officers = await office(store, now)
    first = await enrol(officers, "o-1")
    now.moment = MORNING + timedelta(days=300)
    second = await enrol(officers, "o-1")
    assert (await officers.authenticate(first.der)).id == (await officers.authenticate(second.der)).id == "o-1"
    now.moment = MORNING + timedelta(days=366)
    with pytest.raises(OnshiError) as refused:
        await officers.authenticate(first.der)
    assert refused.value.fault is faults.OFFICER_UNKNOWN
    assert (await officers.authenticate(second.der)).id == "o-1"


async def test_a_revoked_officer_is_out_with_every_certificate_and_for_good(store: Store) -> None:
    officers = await office(store, Now())
    certificates = [await enrol(officers, "o-1"), await enrol(officers, "o-1")]
    await officers.revoke("o-1", reason="left")
    await officers.revoke("o-1", reason="left")
    for issued in certificates:
        with pytest.raises(OnshiError) as refused:
            await officers.authenticate(issued.der)
        assert refused.value.fault is faults.OFFICER_REVOKED
    with pytest.raises(OnshiError) as again:
        await enrol(officers, "o-1")
    assert again.value.fault is faults.OFFICER_REVOKED
    assert {row.revoked_reason for row in await officers.officers()} == {"left"}
    with pytest.raises(OnshiError) as missing:
        await officers.revoke("o-2", reason="left")
    assert missing.value.fault is faults.OFFICER_MISSING


async def test_an_officer_never_changes_insurer_or_role_and_a_stranger_is_nobody(store: Store) -> None:
    officers = await office(store, Now())
    await enrol(officers, "o-1")
    for number, role in ((B, Role.OFFICER), (A, Role.SUPERVISOR)):
        with pytest.raises(OnshiError) as refused:
            await enrol(officers, "o-1", number, role)
        assert refused.value.fault is faults.OFFICER_EXISTS
    with pytest.raises(OnshiError) as unknown:
        await enrol(officers, "o-2", with_check_digit("0699003"))
    assert unknown.value.fault is faults.INSURER_UNKNOWN
    stranger = CA.issue(read_request(signing_request(new_key(), "o-9")), now=MORNING, days=1)
    with pytest.raises(OnshiError) as nobody:
        await officers.authenticate(stranger.der)
    assert nobody.value.fault is faults.OFFICER_UNKNOWN
    for name, csr in (("o-3", signing_request(new_key(), "o-4")), ("o/3", signing_request(new_key(), "o/3"))):
        with pytest.raises(OnshiError) as wrong:
            await officers.enrol(CA, csr, officer=name, insurer=A, role=Role.OFFICER, days=1)
        assert wrong.value.fault is CSR_WRONG


def test_officers_from_the_command_line(tmp_path: Path) -> None:
    upgrade_file(tmp_path / "x.sqlite")
    runner = CliRunner(
        env={
            "ONSHI_INSURER_CREDENTIALS": str(tmp_path / "keys"),
            "ONSHI_INSURER_DATABASE__URL": f"sqlite:///{tmp_path / 'x.sqlite'}",
        }
    )

    def run(*words: str, code: int = 0, stdin: bytes | None = None) -> str:
        done = runner.invoke(insurer, list(words), input=stdin)
        assert done.exit_code == code, done.output
        return done.stdout

    run("officer", "ca", str(tmp_path / "keys"))
    run("officer", "ca", str(tmp_path / "keys"), code=1)
    run("add", A, "--name", "見本組合", "--from", "1961-04-01")
    request = signing_request(new_key(), "o-1")
    words = ("officer", "enrol", "o-1", "--insurer", A, "--csr", "-")
    told = json.loads(run(*words, "--role", "supervisor", "--json", stdin=request))
    assert (told["officer"], told["insurer"], told["role"]) == ("o-1", A, "supervisor")
    assert run(*words, "--role", "supervisor", stdin=request).startswith("-----BEGIN CERTIFICATE")
    out = tmp_path / "o.pem"
    run(*words, "--role", "supervisor", "--out", str(out), stdin=request)
    assert out.read_bytes().startswith(b"-----BEGIN CERTIFICATE")
    assert json.loads(run(*words, "--json", code=1, stdin=request))["code"] == "INSURER-072"
    run(*words, code=1, stdin=b"x" * 70_000)
    assert "o-1" in run("officer", "list")
    run("officer", "revoke", "o-1", "--reason", "left")
    assert {row["revoked_reason"] for row in json.loads(run("officer", "list", "--json"))} == {"left"}
