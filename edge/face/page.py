"""The page of the screen beside the camera: it posts frames, and shows what the person should do.

One page per camera: ``/camera/face`` and ``/camera/front``. On the loopback only and for its own origin; the browser's
camera is on only while somebody looks. Frames lie in memory until the worker has taken them, and are zeroed. Not for
questions or answers of a visit: those are the desk's.
"""

from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files

import msgspec
import structlog
from aiohttp import web

from edge.face.camera import LONGEST, PostedCamera
from edge.hardening import lock
from edge.visit.desk import Say
from protocol.errors import OnshiError, face, problem
from protocol.errors.input_ import SETTING_WRONG

log = structlog.get_logger("onshi.face")

HOST = "127.0.0.1"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'none'; frame-ancestors 'self'; form-action 'none'",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ASSETS = {"camera.js": "text/javascript", "camera.css": "text/css"}
_WEB = files("edge.face") / "web"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is told after each frame, or when it asks."""

    looking: bool
    """Whether this camera is wanted now."""
    said: Say | None


class CameraPage:
    """Implements `edge.face.screen.Screen`. ``port`` 0 takes any; ``status`` is what `onshi face status` tells."""

    def __init__(
        self, cameras: Mapping[str, PostedCamera], *, port: int, status: Callable[[], msgspec.Struct | None]
    ) -> None:
        self._cameras = cameras
        self._wanted = port
        self._status = status
        self._said: Say | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0
        """Where it listens, once started."""

    def show(self, said: Say | None) -> None:
        self._said = said

    async def start(self) -> None:
        """Raises ``INPUT-901`` where the port is taken."""
        runner = self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self._wanted)
        try:
            await site.start()
        except OSError as taken:
            await self.stop()
            raise OnshiError(SETTING_WRONG, setting="face.page_port", reason=taken.strerror or "taken") from None
        self.port = int(runner.addresses[0][1])
        log.info("camera_page", port=self.port, cameras=sorted(self._cameras))

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def application(self) -> web.Application:
        made = web.Application(middlewares=[self._border], client_max_size=LONGEST)
        made.router.add_get("/camera/status", self._told)
        made.router.add_get("/camera/assets/{name}", _asset)
        made.router.add_get("/camera/{which}", self._page)
        made.router.add_get("/camera/{which}/state", self._state)
        made.router.add_post("/camera/{which}/frames", self._frames)
        return made

    @web.middleware
    async def _border(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only this machine's own page: another name for the loopback, or another page's request, is refused."""
        own = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        origin = request.headers.get("Origin", "")
        foreign = origin.removeprefix("http://") not in own if origin or request.method == "POST" else False
        if request.host not in own or foreign:
            return web.Response(status=403, headers=HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as absent:
            absent.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    async def _page(self, request: web.Request) -> web.Response:
        self._camera(request)
        return web.Response(text=(_WEB / "camera.html").read_text("utf-8"), content_type="text/html")

    async def _state(self, request: web.Request) -> web.Response:
        return self._answer(self._camera(request))

    async def _frames(self, request: web.Request) -> web.Response:
        """One coded frame. 413 with the catalogue's words where it is too large."""
        camera = self._camera(request)
        length = request.content_length
        if not length or length > LONGEST:
            refused = problem(OnshiError(face.PICTURE_TOO_LARGE, bytes=length or 0))
            return web.Response(status=413, body=msgspec.json.encode(refused), content_type="application/json")
        frame = bytearray(length)
        lock(frame)
        try:
            taken = 0
            async for part in request.content.iter_any():
                frame[taken : taken + len(part)] = part
                taken += len(part)
            camera.post(frame)
        finally:
            frame[:] = bytes(len(frame))
        return self._answer(camera)

    async def _told(self, request: web.Request) -> web.Response:
        """What the face worker has loaded, and whether an attack detector is among it."""
        told = self._status()
        if told is None:
            return web.json_response(msgspec.to_builtins(problem(OnshiError(face.WORKER_GONE))), status=503)
        return web.json_response(msgspec.to_builtins(told))

    def _camera(self, request: web.Request) -> PostedCamera:
        found = self._cameras.get(request.match_info["which"])
        if found is None:
            raise web.HTTPNotFound
        return found

    def _answer(self, camera: PostedCamera) -> web.Response:
        state = State(looking=camera.is_open, said=self._said if camera.is_open else None)
        return web.Response(body=msgspec.json.encode(state), content_type="application/json")


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in ASSETS:
        raise web.HTTPNotFound
    return web.Response(text=(_WEB / name).read_text("utf-8"), content_type=ASSETS[name])
