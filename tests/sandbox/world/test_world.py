"""A world keeps its keys, forgets its last run, belongs to one process, and has the cast's cards ready."""

import json
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from central.trust.anchors import LAB, Anchors
from central.trust.service import PinnedFiles
from protocol.numbers import check_digit_fits
from sandbox.cast.insurers import CLINIC, INSURERS
from sandbox.world.world import NotAWorld, World, WorldInUse, WorldNotWritable

LATE_ON_FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
"""Already Saturday in Japan."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds") / "world"


def test_today_is_the_day_in_japan(folder: Path) -> None:
    with World.open(folder, clock=lambda: LATE_ON_FRIDAY) as world:
        assert world.today.isoformat() == "2026-11-21"
        assert json.loads(world.places.state.read_text())["today"] == "2026-11-21"
        assert world.persona("seventy-five-today").birth.strftime("%m%d") == "1121"


def test_keys_stay_and_the_last_run_is_forgotten(folder: Path) -> None:
    with World.open(folder) as world:
        key = world.keys.rsa_2048("card-ordinary-surface").private_numbers()
        world.places.database.write_bytes(b"last run")
        (world.places.appliance / "device.key").write_bytes(b"last run")
        kept = world.places.clinic / "face" / "result.xml"
        kept.write_text("for the clinic")
    with World.open(folder) as world:
        assert world.keys.rsa_2048("card-ordinary-surface").private_numbers() == key
        assert not world.places.database.exists()
        assert list(world.places.appliance.iterdir()) == []
        assert kept.exists()


def test_two_processes_do_not_hold_one_world_but_a_card_may_be_made_beside_it(folder: Path) -> None:
    with World.open(folder) as world:
        with pytest.raises(WorldInUse, match="in use"), World.open(folder):
            pass
        with World.share(folder) as beside:
            assert beside.cards.pin(beside.people[0]) == world.cards.pin(world.people[0])


@pytest.mark.parametrize("opening", [World.open, World.share])
def test_a_folder_that_holds_something_else_is_left_as_it_is(tmp_path: Path, opening: Any) -> None:
    theirs = tmp_path / "appliance" / "device.key"
    theirs.parent.mkdir()
    theirs.write_bytes(b"of a real appliance")
    with pytest.raises(NotAWorld, match="no world"), opening(tmp_path):
        pass
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [theirs]
    assert theirs.read_bytes() == b"of a real appliance"


@pytest.mark.parametrize("opening", [World.open, World.share])
def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path, opening: Any) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorldNotWritable, match="choose another"), opening(tmp_path / "file" / "world"):
        pass


def test_a_world_in_which_only_a_card_was_made_can_be_opened(tmp_path: Path) -> None:
    with World.share(tmp_path / "world") as beside:
        assert beside.people
    with World.open(tmp_path / "world") as world:
        assert world.people


def test_cards_hold_their_own_keys_and_the_centre_can_pin_who_signed(folder: Path) -> None:
    with World.open(folder) as world:
        made = world.cards.personalisation(world.people[0])
        pinned = Anchors.from_files(PinnedFiles.in_folder(world.places.anchors).authentication, hierarchies=[LAB])
        surfaces = PinnedFiles.in_folder(world.places.anchors).surface
    assert made.authentication_certificate is not None
    assert made.authentication_key is not None
    certificate = x509.load_der_x509_certificate(made.authentication_certificate)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.public_numbers() == made.authentication_key.public_key().public_numbers()
    assert any(anchor.signed(certificate.signature, certificate.tbs_certificate_bytes) for anchor in pinned)
    assert [made.issuer.certificate[10:26].hex()] == [path.stem for path in surfaces]


def test_a_copied_certificate_has_another_cards_key(folder: Path) -> None:
    with World.share(folder) as world:
        copied = world.cards.personalisation(world.persona("copied-certificate"))
        owner = world.cards.personalisation(world.people[0])
    assert copied.authentication_certificate == owner.authentication_certificate
    assert copied.authentication_key != owner.authentication_key
    assert copied.birth == owner.birth


def test_the_invented_numbers_keep_their_check_digits() -> None:
    for number in (CLINIC.code, *(insurer.number for insurer in INSURERS)):
        assert check_digit_fits(number)


@pytest.mark.sockets
def test_the_jlis_stand_in_runs_by_itself(folder: Path) -> None:
    onshi = Path(sys.executable).parent / "onshi"
    with subprocess.Popen(
        [onshi, "sandbox", "jlis", "run", "--world", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/crl/authentication/3.crl", timeout=10) as answer:  # noqa: S310 - our own
            assert x509.load_der_x509_crl(answer.read()).issuer.rfc4514_string()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
