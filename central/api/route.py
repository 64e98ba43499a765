"""A route as a value: what it takes, what it gives, how it can refuse, and who may call. No framework in sight.

The application (`central.api.application`) and the OpenAPI document are both made from the same list of routes.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

from central.facilities.device import Device
from central.insurers.officer import Officer
from protocol.errors.fault import Fault, OnshiError

B = TypeVar("B")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Auth(Enum):
    """Who may call: an enrolled device (mutual TLS), a device's token, an insurer's officer (mutual TLS), operators on
    their loopback, anybody there."""

    DEVICE = "device"
    OFFICER = "officer"
    TOKEN = "token"  # noqa: S105 - the word
    OPS = "ops"
    NONE = "none"


class Listener(Enum):
    """Which door a route is behind."""

    DEVICES = "devices"
    CLINICS = "clinics"
    """The web API of clinic software."""
    INSURERS = "insurers"
    """The importer's own process."""
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[B]):
    """One request, checked: ``body`` has the route's type. ``device`` is there on `Auth.DEVICE` and `TOKEN` routes."""

    body: B
    raw: bytes
    """The body's bytes as they came."""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those that the route takes, where they were sent."""
    caller: Device | Officer | None = None
    stream: AsyncIterator[bytes] | None = None
    """The body of a `Route.streams` route, as it comes."""

    @property
    def device(self) -> Device:
        """The enrolled device that calls; only for routes with `Auth.DEVICE` or `TOKEN`."""
        if not isinstance(self.caller, Device):
            raise RuntimeError("this route is not for devices")
        return self.caller

    @property
    def officer(self) -> Officer:
        """The insurer's officer who calls; only for routes with `Auth.OFFICER`."""
        if not isinstance(self.caller, Officer):
            raise RuntimeError("this route is not for officers")
        return self.caller


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that leaves as these bytes: a stored answer given again, a document that was hashed."""

    body: bytes
    content_type: str = JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call[Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How the routes of another protocol say no, where `Problem` is not its word: the body of a refusal.

    ``under``: refusals of paths that begin so and lead nowhere are written in this way, too; ``get``: what a GET
    that leads nowhere there hears.
    """

    under: str
    content_type: str
    schema: Any
    write: Callable[[OnshiError], bytes]
    get: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``handler`` gets a `Call` whose body is a ``request`` (None: no body) and gives a ``response`` or `Raw`.

    ``faults`` are the catalogue entries that this route itself can answer with; those of every route (body form,
    device, database) are added in the OpenAPI document. ``body_limit`` in bytes.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Handler
    response: Any
    summary_ja: str
    summary_en: str
    tag: str
    request: Any = None
    takes: tuple[str, ...] = (JSON,)
    """Content types of the body; `FORM` is read as one string for each name, any other as JSON."""
    query: Mapping[str, str] | None = field(default_factory=dict)
    """Query parameters taken: name → description in English. None: whatever stands there is neither read nor told."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers taken: name → description in English."""
    streams: str = ""
    """Content type of a body that the handler reads as it comes (`Call.stream`), at most ``body_limit`` bytes."""
    faults: tuple[Fault, ...] = ()
    auth: Auth = Auth.DEVICE
    body_limit: int = 131072
    content_type: str = JSON
    """Of the answer."""
    refusals: Refusals | None = None
    """None: refusals are `Problem`."""
    or_content_type: str | None = None
    """Of the answer in another form, which the request may ask for."""
    request_example: Any = None
    response_example: Any = None
    listener: Listener | None = None
    """None: devices' for `Auth.DEVICE`, insurers' for `OFFICER`, else operators'."""

    @property
    def door(self) -> Listener:
        return self.listener or _DOORS.get(self.auth, Listener.OPERATORS)

    @property
    def name(self) -> str:
        """The operation's id: method and path as one word."""
        words = re.split(r"[^A-Za-z0-9_]+", self.path.replace("{", "").replace("}", "").strip("/"))
        return "_".join([self.method.lower(), *words])


_DOORS = {Auth.DEVICE: Listener.DEVICES, Auth.OFFICER: Listener.INSURERS}
