"""A record that hung on a stranger: moved, and everything that went out until then is listed, nothing else."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from central.audit import AuditEntry, Journal
from central.commands import central
from central.db.migrate import upgrade_file
from central.db.opening import open_store
from central.register.relinking import Relinking, WrongDisclosure
from protocol.codes import QualificationValidity as V
from protocol.errors import OnshiError
from protocol.errors.central import REGISTER_UNKNOWN
from tests.central.register.world import CLINIC, OTHER_CLINIC, SOCIETY, TODAY, World, record


class Desk:
    """A centre that answered about two people while a record hung on the wrong one of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal = Journal(world.store, log="centre-1", clock=lambda: self.world.now)
        self.relinking = Relinking(world.store, self.journal, clock=lambda: self.world.now, operator="cli:test")

    async def open(self) -> None:
        self.wrong = await self.world.insured()
        self.right = await self.world.person()
        self.record_id = await self.relinking.record_id(record())

    async def went_out(self, kind: str, **more: Any) -> None:
        """An audit row as the routes write it, an hour after the last one."""
        self.world.later()
        values = {"outcome": "answered", "facility": CLINIC, "device": "reader-1", "subject": self.wrong, **more}
        await self.journal.record(AuditEntry(kind=kind, **values))

    async def visit(self, day: date = TODAY, **more: Any) -> None:
        answer = await self.world.card(self.wrong, day=day)
        await self.went_out("visit", asked_day=day, computed_from=answer.known_at, **more)

    async def told(self) -> list[tuple[str, str | None]]:
        found = await self.relinking.disclosures(self.record_id, self.wrong)
        return [(one.kind, one.facility) for one in found]


@pytest.fixture
async def desk(world: World) -> Desk:
    made = Desk(world)
    await made.open()
    return made


async def test_relink_moves_the_record_and_lists_every_disclosure_under_the_wrong_tie(desk: Desk) -> None:
    await desk.visit()
    await desk.went_out("consent", request_id="c1")
    await desk.went_out("query", facility=OTHER_CLINIC, asked_day=TODAY)
    await desk.went_out("disclosure", references=(f"record:{desk.record_id}", "item:drugs"))
    desk.world.later()
    done = await desk.relinking.relink(record(), desk.right, on=TODAY)
    assert (done.wrong_person, done.right_person, done.moved) == (desk.wrong, desk.right, True)
    assert [(one.kind, one.facility, one.names_record) for one in done.disclosures] == [
        ("visit", CLINIC, False),
        ("consent", CLINIC, False),
        ("query", OTHER_CLINIC, False),
        ("disclosure", CLINIC, True),
    ]
    assert [one.sequence for one in done.disclosures] == [1, 2, 3, 4]
    assert (await desk.world.card(desk.right)).validity is V.VALID
    assert (await desk.world.card(desk.wrong)).validity is V.NONE
    assert len(await desk.told()) == 4, "the list stays, after the move too"


async def test_what_did_not_show_the_record_is_not_listed(desk: Desk) -> None:
    before = date(2019, 1, 1)
    await desk.went_out("visit", asked_day=before, computed_from=desk.world.now)
    await desk.went_out("visit", outcome="TRUST-101", asked_day=TODAY)
    await desk.went_out("disclosure", references=("record:another",))
    await desk.went_out("visit", asked_day=TODAY, subject=desk.right)
    assert await desk.told() == []
    desk.world.later()
    await desk.relinking.relink(record(), desk.right, on=TODAY)
    await desk.visit()
    assert await desk.told() == [], "after the move nothing of the record goes out with the wrong person"


async def test_an_answer_that_was_on_its_way_during_the_move_is_listed_too(desk: Desk) -> None:
    known_at = (await desk.world.card(desk.wrong)).known_at
    desk.world.later()
    await desk.relinking.relink(record(), desk.right, on=TODAY)
    desk.world.later(seconds=1)
    await desk.journal.record(
        AuditEntry(kind="visit", outcome="answered", subject=desk.wrong, asked_day=TODAY, computed_from=known_at)
    )
    desk.world.later(minutes=20)
    assert await desk.told() == [("visit", None)]


async def test_to_tell_moves_nothing(desk: Desk) -> None:
    await desk.visit()
    done = await desk.relinking.relink(record(), desk.right, on=TODAY, only_tell=True)
    assert (done.moved, len(done.disclosures)) == (False, 1)
    assert (await desk.world.card(desk.wrong)).validity is V.VALID


async def test_a_move_back_and_forth_keeps_every_time_under_the_wrong_person(desk: Desk) -> None:
    await desk.visit()
    desk.world.later()
    await desk.relinking.relink(record(), desk.right, on=TODAY)
    desk.world.later()
    await desk.relinking.relink(record(), desk.wrong, on=TODAY)
    await desk.visit()
    assert await desk.told() == [("visit", CLINIC)] * 2


async def test_an_unknown_record_person_or_day_is_refused(desk: Desk) -> None:
    for key, who, day in (
        (record(number="9"), desk.right, TODAY),
        (record(), "nobody", TODAY),
        (record(), desk.right, date(2019, 1, 1)),
    ):
        with pytest.raises(OnshiError) as refused:
            await desk.relinking.relink(key, who, on=day)
        assert refused.value.fault is REGISTER_UNKNOWN
    with pytest.raises(OnshiError):
        await desk.relinking.disclosures(desk.record_id, desk.right)


def test_from_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    upgrade_file(path)

    async def seed() -> tuple[str, str]:
        world = World(open_store(f"sqlite:///{path}"))
        await world.open()
        wrong, right = await world.insured(), await world.person()
        journal = Journal(world.store, log="centre-1", clock=lambda: world.now)
        known = (await world.card(wrong)).known_at
        await journal.record(
            AuditEntry(kind="visit", outcome="answered", subject=wrong, asked_day=TODAY, computed_from=known)
        )
        await journal.stop()
        await world.store.close()
        return wrong, right

    wrong, right = asyncio.run(seed())
    runner = CliRunner(env={"ONSHI_CENTRAL_DATABASE__URL": f"sqlite:///{path}"})
    key = ["--insurer", SOCIETY, "--symbol", "12-34", "--number", "4260", "--branch", "00"]
    words = ["register", "relink", *key, "--person", right, "--on", str(TODAY)]
    assert "would be moved" in runner.invoke(central, [*words, "--only-tell"]).stdout
    done = runner.invoke(central, [*words, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["wrong_person"], told["moved"], len(told["disclosures"])) == (wrong, True, 1)
    listed = runner.invoke(central, ["register", "disclosures", *key, "--person", wrong, "--json"])
    assert [WrongDisclosure(**one).kind for one in json.loads(listed.stdout)] == ["visit"]
    plain = runner.invoke(central, ["register", "disclosures", *key, "--person", wrong])
    assert "1 disclosures" in plain.stdout
    assert runner.invoke(central, [*words[:3], "1", *words[4:]]).exit_code == 1
    audited = json.loads(runner.invoke(central, ["audit", "verify", "--json"]).stdout)
    assert {log["log"]: log["rows"] for log in audited["logs"]} == {"centre-1": 1, "admin": 1}
