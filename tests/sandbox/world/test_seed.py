"""What the register is told of the cast keeps the register's own forms and order."""

from datetime import date

import msgspec
import pytest

from central.register import entries
from protocol import text
from sandbox.cast import Persona, cast, find
from sandbox.world.seed import CertificateIdentity, insurers, statements

TODAY = date(2026, 11, 21)
OWN = CertificateIdentity("ab" * 20, "1234567")
OLD = CertificateIdentity("ab" * 20, "7654321")
PEOPLE = cast(TODAY)


@pytest.mark.parametrize("persona", PEOPLE, ids=lambda persona: persona.slug)
def test_every_statement_keeps_its_form(persona: Persona) -> None:
    for entry in (*insurers(), *statements(persona, OWN, None)):
        assert msgspec.convert(msgspec.to_builtins(entry), type(entry)) == entry


def kinds(slug: str, replaced: CertificateIdentity | None = None) -> list[str]:
    return [type(entry).__name__ for entry in statements(find(slug, PEOPLE), OWN, replaced)]


def test_the_person_comes_first_and_the_record_before_what_hangs_on_it() -> None:
    assert kinds("ordinary") == ["Person", "Certificate", "Tie", "Coverage"]
    assert kinds("dialysis")[-1] == "DiseaseCertificate"
    assert kinds("assistance") == ["Person", "Certificate", "Assistance", "Ticket"]
    assert kinds("viewing-stopped")[-1] == "ViewStop"


@pytest.mark.parametrize("slug", ["unregistered", "other-ca", "forged", "test-hierarchy", "copied-certificate"])
def test_the_register_does_not_know_certificates_that_nobody_registered(slug: str) -> None:
    assert "Certificate" not in kinds(slug)


def test_of_a_renewed_certificate_the_register_knows_the_one_before() -> None:
    told = [entry for entry in statements(find("renewed", PEOPLE), OWN, OLD) if isinstance(entry, entries.Certificate)]
    assert [entry.serial for entry in told] == [OLD.serial]


def test_names_that_no_insurer_could_write_have_a_black_spot_there() -> None:
    told = statements(find("name-hashigo-taka", PEOPLE), OWN, None)[0]
    assert isinstance(told, entries.Person)
    assert told.name == "●橋　涼子"
    original = find("name-hashigo-taka", PEOPLE).name.original
    assert text.jis_x_0208(original) == told.name
