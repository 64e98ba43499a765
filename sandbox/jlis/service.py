"""The J-LIS stand-in over HTTP: authorities' certificates, revocation lists, OCSP, linkage; each can be made to fail.

    GET  /ca/{authentication|signature}/{1|2|3}.cer     DER
    GET  /crl/{authentication|signature}/{1|2|3}.crl    DER, with ETag
    POST /ocsp, GET /ocsp/{base64}                      RFC 6960, appendix A
    GET  /linkage                                       {"links": [{"issuer", "old", "new", "new_issuer"}]}

Real J-LIS gives these to notified verifiers only and says nothing public about addresses: the paths are ours.
"""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum

import msgspec
from aiohttp import web

from sandbox.jlis.authority import GENERATIONS, Authority, Purpose
from sandbox.jlis.status import Responder, published, revocation_list
from sandbox.jlis.world import JlisWorld

MAX_REQUEST = 8192
STALE = timedelta(days=3)
RUBBISH = b"<html><body>503 Service Temporarily Unavailable</body></html>"


class Service(StrEnum):
    """What can be made to fail by itself."""

    CRL = "crl"
    OCSP = "ocsp"
    LINKAGE = "linkage"


class Condition(StrEnum):
    """How a service does. STALE: bytes that were right three days ago."""

    UP = "up"
    DOWN = "down"
    SLOW = "slow"
    RUBBISH = "rubbish"
    STALE = "stale"


class JlisService:
    """The HTTP face of a `JlisWorld`; set ``conditions`` at any time. ``slow`` is the delay of SLOW in seconds."""

    def __init__(self, world: JlisWorld, *, slow: float = 5.0) -> None:
        self.world = world
        self.responder = Responder(world)
        self.conditions = dict.fromkeys(Service, Condition.UP)
        self.slow = slow
        self._lists: dict[tuple[str, object], bytes] = {}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST)
        app.router.add_get("/ca/{purpose}/{generation}.cer", self._ca)
        app.router.add_get("/crl/{purpose}/{generation}.crl", self._guard(Service.CRL, self._crl))
        app.router.add_post("/ocsp", self._guard(Service.OCSP, self._ocsp_post))
        app.router.add_get("/ocsp/{request:.+}", self._guard(Service.OCSP, self._ocsp_get))
        app.router.add_get("/linkage", self._guard(Service.LINKAGE, self._linkage))
        return app

    def linkage(self) -> bytes:
        """The whole linkage, as it is served."""
        links = [
            {
                "issuer": renewal.old.issuer_key_id,
                "old": renewal.old.serial_hex,
                "new": renewal.new.serial_hex,
                "new_issuer": renewal.new.issuer_key_id,
            }
            for renewal in self.world.register.renewals
        ]
        return msgspec.json.encode({"links": links})

    def _guard(
        self, service: Service, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            match self.conditions[service]:
                case Condition.DOWN:
                    return _hang_up(request)
                case Condition.SLOW:
                    await asyncio.sleep(self.slow)
                case Condition.RUBBISH:
                    return web.Response(body=RUBBISH, content_type="text/html")
                case Condition.UP | Condition.STALE:
                    pass
            return await handler(request)

        return guarded

    def _stale(self, service: Service) -> timedelta:
        return STALE if self.conditions[service] is Condition.STALE else timedelta()

    def _authority(self, request: web.Request) -> Authority:
        purposes = {purpose.slug: purpose for purpose in Purpose}
        purpose, generation = request.match_info["purpose"], request.match_info["generation"]
        if purpose not in purposes or generation not in {str(one) for one in GENERATIONS}:
            raise web.HTTPNotFound
        return self.world.authority(purposes[purpose], int(generation))

    async def _ca(self, request: web.Request) -> web.Response:
        return web.Response(body=self._authority(request).der, content_type="application/pkix-cert")

    async def _crl(self, request: web.Request) -> web.Response:
        authority = self._authority(request)
        moment = published(self.world.clock() - self._stale(Service.CRL))
        version = (moment, self.world.register.changes)
        made = self._lists.get((authority.key_id, version))
        if made is None:
            made = await asyncio.to_thread(revocation_list, self.world, authority, moment)
            for old in [key for key in self._lists if key[0] == authority.key_id]:
                del self._lists[old]
            self._lists[authority.key_id, version] = made
        etag = f'"{hashlib.sha256(made).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=made, content_type="application/pkix-crl", headers={"ETag": etag})

    async def _ocsp_post(self, request: web.Request) -> web.Response:
        return self._ocsp(await request.read())

    async def _ocsp_get(self, request: web.Request) -> web.Response:
        try:
            return self._ocsp(base64.b64decode(request.match_info["request"], validate=True))
        except binascii.Error:
            raise web.HTTPBadRequest from None

    def _ocsp(self, asked: bytes) -> web.Response:
        answer = self.responder.answer(asked, age=self._stale(Service.OCSP))
        return web.Response(body=answer, content_type="application/ocsp-response")

    async def _linkage(self, request: web.Request) -> web.Response:
        body = b'{"links": []}' if self._stale(Service.LINKAGE) else self.linkage()
        return web.Response(body=body, content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    """Like a machine that is not there: the connection ends without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
