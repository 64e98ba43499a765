"""The book's client examples do what they say."""

import asyncio
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from protocol.codes import Sex
from protocol.messages import DrugAnswer, DrugHolder, write_json
from protocol.numbers import FacilityCode
from tests.edge.clinic.test_api import TOKEN, Program, program
from tests.edge.fakes import FACILITY, NOW, message

__all__ = ["program"]

PAGE = (Path(__file__).parents[2] / "docs/clinic.md").read_text("utf-8")


def the_client(program: Program) -> dict[str, Any]:
    """The book's Python, all of it."""
    client: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, client)  # noqa: S102 - our own book
    client |= {"BASE": str(program.http.make_url("/")).rstrip("/"), "TOKEN": TOKEN, "FACILITY": FACILITY}
    return client


@pytest.mark.sockets
async def test_the_python_client_of_the_book_gets_the_visits(program: Program) -> None:
    client = the_client(program)
    await program.feed.publish(message(), visit="ab" * 16, at=NOW + timedelta(seconds=1))
    told = await asyncio.to_thread(client["visits"], 0)
    assert [visit["visit"] for visit in told["visits"]] == ["ab" * 16]


@pytest.mark.sockets
async def test_the_python_client_of_the_book_gets_drugs_as_a_message_and_as_paper(program: Program) -> None:
    client = the_client(program)
    person = ("06990013", "12-34", "4260", "01")
    answer = DrugAnswer(facility=FacilityCode(FACILITY), holder=DrugHolder(birth_date=date(1980, 2, 17), sex=Sex.MALE))
    program.centre.reply = lambda _, tree: write_json(answer)
    told = await asyncio.to_thread(client["medical"], "drugs", *person, "2")
    assert told == write_json(answer)
    program.centre.document = b"%PDF-1.4 paper"
    assert await asyncio.to_thread(client["medical"], "drugs", *person, "1") == b"%PDF-1.4 paper"


def test_the_book_names_every_part_of_the_command_line() -> None:
    from edge.clinic.commands import clinic

    assert [name for name in clinic.commands if f"onshi edge clinic {name}" not in PAGE] == []
