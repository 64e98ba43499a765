"""How our applications meet a socket: malformed HTTP is a problem, too, and nothing that a stranger sent is logged."""

from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from central.api.problems import problem_response
from protocol.errors import OnshiError
from protocol.errors.central import HTTP_WRONG, INTERNAL

log = structlog.get_logger("central.api")


class Connection(RequestHandler):
    """A connection whose own errors (bad request line, broken chunk) leave as catalogue errors."""

    __slots__ = ()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        log.info("http_refused", status=status, exception=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer had begun")
        response = problem_response(OnshiError(HTTP_WRONG if status < 500 else INTERNAL))
        response.force_close()
        return response


class _Server(web.Server):
    connection: type[Connection]

    def __call__(self) -> RequestHandler:
        return self.connection(self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    connection: type[Connection] = Connection

    async def _make_server(self) -> Any:
        # The application makes its server itself; only what it calls for each connection is ours.
        server: Any = await super()._make_server()
        server.__class__ = _Server
        server.connection = self.connection
        return server


def runner(made: web.Application, connection: type[Connection] = Connection) -> web.AppRunner:
    """No access log with URLs, no decompression, quiet shutdown in 10 s, connections kept for 75 s."""
    found = _Runner(made, access_log=None, auto_decompress=False, shutdown_timeout=10.0, keepalive_timeout=75.0)
    found.connection = connection
    return found
