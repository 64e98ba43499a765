"""A route as a value: what it takes, what it gives, how it can refuse, and who may call. No framework in sight.

The application (`central.api.application`) and the OpenAPI document are both made from the same list of routes.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

from central.facilities.device import Device
from protocol.errors.fault import Fault

B = TypeVar("B")


class Auth(Enum):
    """Who may call: an enrolled device (mutual TLS), a device's token, operators on their loopback, anybody there."""

    DEVICE = "device"
    TOKEN = "token"  # noqa: S105 - the word
    OPS = "ops"
    NONE = "none"


class Listener(Enum):
    """Which door a route is behind."""

    DEVICES = "devices"
    CLINICS = "clinics"
    """The web API of clinic software."""
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[B]):
    """One request, checked: ``body`` has the route's type. ``device`` is there on `Auth.DEVICE` and `TOKEN` routes."""

    body: B
    raw: bytes
    """The body's bytes as they came."""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    caller: Device | None = None

    @property
    def device(self) -> Device:
        """The enrolled device that calls; only for routes with `Auth.DEVICE` or `TOKEN`."""
        if self.caller is None:
            raise RuntimeError("this route is not for devices")
        return self.caller


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that leaves as these bytes: a stored answer given again, a document that was hashed."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call[Any]], Awaitable[Any]]


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
    query: Mapping[str, str] = field(default_factory=dict)
    """Query parameters taken: name → description in English."""
    faults: tuple[Fault, ...] = ()
    auth: Auth = Auth.DEVICE
    body_limit: int = 131072
    content_type: str = "application/json"
    """Of the answer."""
    or_content_type: str | None = None
    """Of the answer in another form, which the request may ask for."""
    request_example: Any = None
    response_example: Any = None
    listener: Listener | None = None
    """None: devices' for `Auth.DEVICE`, else operators'."""

    @property
    def door(self) -> Listener:
        return self.listener or (Listener.DEVICES if self.auth is Auth.DEVICE else Listener.OPERATORS)

    @property
    def name(self) -> str:
        """The operation's id: method and path as one word."""
        words = self.path.strip("/").replace("{", "").replace("}", "").replace(".", "/").replace("-", "/").split("/")
        return "_".join([self.method.lower(), *words])
