"""The book's client examples do what they say."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.edge.clinic.test_api import TOKEN, Program, program
from tests.edge.fakes import NOW, message

__all__ = ["program"]

PAGE = (Path(__file__).parents[2] / "docs/clinic.md").read_text("utf-8")


@pytest.mark.sockets
async def test_the_python_client_of_the_book_gets_the_visits(program: Program) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found
    client: dict[str, Any] = {}
    exec(found[1], client)  # noqa: S102 - our own book
    client["BASE"], client["TOKEN"] = str(program.http.make_url("/")).rstrip("/"), TOKEN
    await program.feed.publish(message(), visit="ab" * 16, at=NOW + timedelta(seconds=1))
    told = await asyncio.to_thread(client["visits"], 0)
    assert [visit["visit"] for visit in told["visits"]] == ["ab" * 16]


def test_the_book_names_every_part_of_the_command_line() -> None:
    from edge.clinic.commands import clinic

    assert [name for name in clinic.commands if f"onshi edge clinic {name}" not in PAGE] == []
