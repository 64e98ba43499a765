"""The resident register's stand-in over HTTP, on the loopback address: five items for a number, or a search by items.

``POST /v1/residents/lookup`` {"numbers": […]} → {"residents": […]}; ``POST /v1/residents/search`` {"name", "kana",
"birth_date", "sex", "address"} → {"numbers": […]}, refused with fewer than four items. The real J-LIS interface is not
public. It serves invented people only.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from aiohttp import web

from central.insurers import identity
from central.insurers.identity import NEEDED, Resident
from central.insurers.residents import BATCH, Found, Lookup

T = TypeVar("T")
_AT_ONCE = 500


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """The five items; at least four have to be there."""

    name: str = ""
    kana: str = ""
    birth_date: str = ""
    sex: str = ""
    address: str = ""


class StandIn:
    """Answers from a file of `files.RESIDENTS`."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        self.asked = 0
        """Numbers that were looked up."""

    def close(self) -> None:
        self._database.close()

    def lookup(self, numbers: Sequence[str]) -> list[Resident | None]:
        """One answer for each number, in their order."""
        self.asked += len(numbers)
        known: dict[str, Resident] = {}
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._database.execute(f"SELECT * FROM resident WHERE number IN ({marks})", some)  # noqa: S608 - marks only
            for number, name, kana, birth, sex, address in rows:
                known[number] = Resident(name=name, kana=kana, birth_date=birth, sex=sex, address=address)
        return [known.get(number) for number in numbers]

    def search(self, wanted: Search) -> list[str]:
        """Numbers of the residents who fit every item given; None of it is guessed."""
        asked = identity.items(wanted.name, wanted.kana, wanted.birth_date, wanted.sex, wanted.address)
        found = []
        rows = self._database.execute("SELECT * FROM resident WHERE birth_date = ?", (wanted.birth_date,))
        for number, name, kana, birth, sex, address in rows:
            has = identity.items(name, kana, birth, sex, address)
            verdict, _ = identity.judge(asked, has)
            if verdict is identity.Verdict.MATCH:
                found.append(number)
        return found


def application(stand_in: StandIn) -> web.Application:
    """The two routes."""

    async def lookup(request: web.Request) -> web.Response:
        asked = await _body(request, Lookup)
        if len(asked.numbers) > BATCH:
            raise web.HTTPRequestEntityTooLarge(max_size=BATCH, actual_size=len(asked.numbers))
        found = Found(residents=stand_in.lookup(asked.numbers))
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    async def search(request: web.Request) -> web.Response:
        asked = await _body(request, Search)
        if sum(bool(item) for item in msgspec.structs.astuple(asked)) < NEEDED or not asked.birth_date:
            raise web.HTTPUnprocessableEntity(text="at least four items, the birth date among them")
        numbers = stand_in.search(asked)
        return web.Response(body=msgspec.json.encode({"numbers": numbers}), content_type="application/json")

    made = web.Application(client_max_size=1 << 20)
    made.add_routes([web.post("/v1/residents/lookup", lookup), web.post("/v1/residents/search", search)])
    return made


async def _body(request: web.Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.MsgspecError as wrong:
        raise web.HTTPBadRequest(text=type(wrong).__name__) from None
