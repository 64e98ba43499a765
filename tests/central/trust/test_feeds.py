"""Feeds of lists and linkage, over HTTP and from files; a feed in trouble changes nothing that is in force."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from central.db import Store
from central.trust import feeds
from central.trust.certificates import CertificateId
from central.trust.feeds import FileFeed, Refresher, UrlFeed
from central.trust.links import MAX_RENEWALS, Links
from central.trust.revocation import Revocations
from protocol.errors import OnshiError, trust
from sandbox.jlis.service import Condition, JlisService, Service
from tests.central.cards import NOON, Clock, Lab

ISSUER = "ab" * 20


@pytest_asyncio.fixture
async def service(lab: Lab) -> AsyncIterator[tuple[JlisService, TestServer]]:
    made = JlisService(lab.jlis)
    server = TestServer(made.app())
    await server.start_server()
    yield made, server
    await server.close()


@pytest.mark.sockets
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_lists_and_linkage_come_by_themselves(
    clock: Clock, lab: Lab, store: Store, service: tuple[JlisService, TestServer]
) -> None:
    jlis, server = service
    old, new = lab.issue("old", generation=2), lab.issue("new")
    lab.jlis.renew(old, new)
    revocations, links = Revocations(lab.anchors(), store), Links(store)
    async with aiohttp.ClientSession() as session:
        lists = [UrlFeed(session, str(server.make_url(f"/crl/authentication/{one}.crl"))) for one in (1, 2, 3)]
        linkage = UrlFeed(session, str(server.make_url("/linkage")), name="linkage")
        refresher = Refresher(revocations, lists, clock=clock, links=(links, linkage))
        assert await refresher.refresh() == 0
        assert (await revocations.check(lab.certificate("new"), NOON)).source == "crl"
        identity = CertificateId(new.issuer_key_id, new.serial_hex)
        assert await links.earlier(identity) == [CertificateId(old.issuer_key_id, old.serial_hex)]
        # Nothing new: the server says so, and nothing is read again.
        assert await lists[2].fetch() is None
        for condition in (Condition.DOWN, Condition.RUBBISH):
            jlis.conditions[Service.CRL] = jlis.conditions[Service.LINKAGE] = condition
            assert await refresher.refresh() == 4
        assert (await revocations.check(lab.certificate("new"), NOON)).source == "crl"


@pytest.mark.sockets
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_the_background_task_goes_on_until_it_is_cancelled(
    clock: Clock, lab: Lab, store: Store, tmp_path: Path
) -> None:
    place = tmp_path / "3.crl"
    revocations = Revocations(lab.anchors(), store)
    refresher = Refresher(revocations, [FileFeed(place)], clock=clock, every=timedelta(milliseconds=10))
    running = asyncio.create_task(refresher.run())
    await asyncio.sleep(0.05)
    place.write_bytes(lab.crl())
    for _ in range(3000):
        await asyncio.sleep(0.01)
        if revocations.issuers():
            break
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await revocations.check(lab.certificate(), NOON)).source == "crl"


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "list.crl"
    feed = FileFeed(place)
    with pytest.raises(OSError, match="No such file"):
        await feed.fetch()
    place.write_bytes(b"one")
    assert await feed.fetch() == b"one"
    assert await feed.fetch() is None
    place.write_bytes(b"another")
    assert await feed.fetch() == b"another"
    monkeypatch.setattr(feeds, "MAX_LIST", 3)
    place.write_bytes(b"a very long one")
    with pytest.raises(OSError, match="too large"):
        await feed.fetch()


@pytest.mark.sockets
async def test_an_endless_list_is_cut(service: tuple[JlisService, TestServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_LIST", 10)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientPayloadError):
            await UrlFeed(session, str(service[1].make_url("/crl/authentication/3.crl"))).fetch()


# Linkage


def linkage(*links: tuple[str, str]) -> bytes:
    return msgspec.json.encode({"links": [{"issuer": ISSUER, "old": old, "new": new} for old, new in links]})


async def test_a_chain_of_renewals_is_followed_to_its_beginning(store: Store) -> None:
    links = Links(store)
    assert await links.take(linkage(("01", "0B"), ("b", "c")), NOON) == 2
    assert await links.take(linkage(("01", "0B"), ("b", "c")), NOON) == 0
    assert await Links(store).take(linkage(("1", "b"), ("b", "c"), ("c", "d")), NOON) == 1
    found = await links.earlier(CertificateId(ISSUER, "d"))
    assert [one.serial for one in found] == ["c", "b", "1"]


async def test_what_is_known_is_never_changed_by_a_feed(store: Store) -> None:
    links = Links(store)
    await links.take(linkage(("1", "2")), NOON)
    assert await links.take(linkage(("9", "2"), ("1", "8")), NOON) == 0
    assert await links.previous(CertificateId(ISSUER, "2")) == CertificateId(ISSUER, "1")
    assert await links.previous(CertificateId(ISSUER, "8")) is None


async def test_a_circle_or_an_endless_chain_ends(store: Store) -> None:
    links = Links(store)
    await links.take(linkage(("1", "2"), ("2", "3"), ("3", "1")), NOON)
    assert [one.serial for one in await links.earlier(CertificateId(ISSUER, "1"))] == ["3", "2"]
    await links.take(linkage(*((f"{number:x}", f"{number + 1:x}") for number in range(100, 140))), NOON)
    assert len(await links.earlier(CertificateId(ISSUER, "8c"))) == MAX_RENEWALS


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"links": [{"issuer": "x"}]}', b'{"links": 5}', b"\xff", b"[" * 100_000],
)
async def test_linkage_of_another_shape_is_refused_whole(store: Store, content: bytes) -> None:
    with pytest.raises(OnshiError) as caught:
        await Links(store).take(content, NOON)
    assert caught.value.fault is trust.LINKS_WRONG
