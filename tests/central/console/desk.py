"""An officer's desk for tests: the console of a small town's importer, and clients that call it as a browser does."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestClient, TestServer

from central.api.authentication import HOP_HEADER
from central.audit import Journal
from central.console.app import Served
from central.console.page import Page
from central.facilities.ca import DeviceCa, make_ca
from central.insurers.freshness import Freshness
from central.insurers.officers import Officers, Role
from central.insurers.settings import Console as ConsoleSettings
from central.insurers.settings import ImporterSettings, Listen
from tests.central.insurers.bureau import NOON, OTHER, SOCIETY, Bureau, csv_file, parts_of
from tests.parts.devices import new_key, signing_request

CA = make_ca(now=NOON)
ENROLLED = (
    ("o-1", SOCIETY, Role.OFFICER),
    ("s-1", SOCIETY, Role.SUPERVISOR),
    ("s-2", SOCIETY, Role.SUPERVISOR),
    ("o-9", OTHER, Role.OFFICER),
    ("s-9", OTHER, Role.SUPERVISOR),
)
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


class Officer:
    """One officer's browser. `get` and `post` give status and text; forms carry the token of the last page seen."""

    def __init__(self, client: TestClient[Any, Any], pem: str) -> None:
        self._client = client
        self.headers = {HOP_HEADER: quote(pem)}
        self.token = ""

    @property
    def host(self) -> str:
        return self._client.host

    @property
    def port(self) -> int:
        return self._client.port or 0

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        answer = await self._client.get(path, headers={**self.headers, **headers}, allow_redirects=False)
        text = await answer.text()
        if found := TOKEN.search(text):
            self.token = found[1]
        return answer.status, text

    async def raw(self, method: str, path: str, **more: Any) -> ClientResponse:
        headers = {**self.headers, "Origin": self.origin, **more.pop("headers", {})}
        return await self._client.request(method, path, headers=headers, allow_redirects=False, **more)

    async def post(self, path: str, *fields: tuple[str, str], **named: str) -> tuple[int, str]:
        """Status, and the page or where it leads."""
        if not self.token:
            await self.get("/")
        answer = await self.raw("POST", path, data=[("token", self.token), *fields, *named.items()])
        return answer.status, answer.headers.get("Location") or await answer.text()

    async def send(self, content: bytes, name: str = "a.csv") -> tuple[int, str]:
        """Uploads a file; status, and the page or where it leads."""
        if not self.token:
            await self.get("/")
        form = FormData()
        form.add_field("token", self.token)
        form.add_field("file", io.BytesIO(content), filename=name, content_type="text/csv")
        answer = await self.raw("POST", "/uploads", data=form)
        return answer.status, answer.headers.get("Location") or await answer.text()


class Desk:
    """``bureau`` is the insurer's importer and register; ``served`` the console over them."""

    def __init__(self, bureau: Bureau, served: Served, officers: dict[str, Officer]) -> None:
        self.bureau = bureau
        self.served = served
        self._officers = officers

    def __getitem__(self, name: str) -> Officer:
        return self._officers[name]

    @property
    def pages(self) -> list[Page]:
        return self.served.pages

    async def upload(self, officer: str, *lines: dict[str, str]) -> str:
        """Uploads lines and waits for the check; the upload's path."""
        self.bureau.now += timedelta(hours=1)
        status, path = await self[officer].send(csv_file(lines))
        assert (status, path[:9]) == (303, "/uploads/"), path
        await self.served.runs.settled()
        return path

    async def apply(self, officer: str, *lines: dict[str, str]) -> str:
        """The same, applied."""
        path = await self.upload(officer, *lines)
        status, told = await self[officer].post(f"{path}/apply")
        assert status == 303, told
        await self.served.runs.settled()
        return path


async def enrolled(officers: Officers) -> dict[str, str]:
    """Everybody of `ENROLLED` with a certificate, PEM."""
    ca = DeviceCa(*CA)
    found = {}
    for name, insurer, role in ENROLLED:
        csr = signing_request(new_key(), name)
        issued = await officers.enrol(ca, csr, officer=name, insurer=insurer, role=role, days=400)
        found[name] = issued.pem.decode()
    return found


def served_over(bureau: Bureau, folder: Path, **more: Any) -> Served:
    """The console, not listening."""
    hop = more.pop("trusted_hop", "127.0.0.1")
    settings = ImporterSettings(listen=Listen(trusted_hop=hop), console=ConsoleSettings(**more))
    parts = parts_of(bureau.store, bureau.url, folder, bureau.town, lambda: bureau.now)
    journal = Journal(bureau.store, log="console-1", clock=parts.clock)
    return Served(
        settings,
        store=bureau.store,
        parts=parts,
        journal=journal,
        officers=Officers(bureau.store, journal, clock=parts.clock),
        freshness=Freshness(bureau.store, clock=parts.clock),
    )


@asynccontextmanager
async def opened(bureau: Bureau, folder: Path, **more: Any) -> AsyncIterator[Desk]:
    """The console over a bureau, behind a proxy on the loopback address."""
    served = served_over(bureau, folder, **more)
    officers = Officers(
        bureau.store, Journal(bureau.store, log="admin", clock=lambda: bureau.now), clock=lambda: bureau.now
    )
    pems = await enrolled(officers)
    async with TestClient(TestServer(served.application, access_log=None)) as client:
        yield Desk(bureau, served, {name: Officer(client, pem) for name, pem in pems.items()})
        await served.runs.stop()
