"""What a visit needs from outside: signer, face comparison, delivery, clock. The composition root fills it in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from edge.card.port import CardSession, SurfaceOpening
from edge.uplink.port import Centre, Later
from edge.visit.clerks import Clerks
from edge.visit.talk import Talk
from protocol.errors import OnshiError
from protocol.errors.visit import FACE_NOT_READY
from protocol.visit import Care, FaceReport, SignedDocument


class Signer(Protocol):
    """The device key (P-256)."""

    def document(self, kind: Literal["visit", "consent"], payload: bytes) -> SignedDocument: ...


@dataclass(frozen=True, repr=False)
class FaceProof:
    """A finished comparison: the report for the centre and the card surface that it opened."""

    report: FaceReport
    opening: SurfaceOpening
    number_b: bytearray
    """A copy for the clerk's ● screen; zeroed by the visit."""


class FaceMethod(Protocol):
    @property
    def closed(self) -> OnshiError | None:
        """Why the face way is closed now; None while it is open."""
        ...

    async def start(self) -> None:
        """Returns at once; what has to be loaded is loaded behind."""
        ...

    async def stop(self) -> None: ...

    async def confirm(self, session: CardSession, talk: Talk) -> FaceProof:
        """Compare the live face with the chip's photo; raises a fault with the next step when it cannot.

        ``talk`` tells the patient what to do before the camera, and asks the clerk.
        """
        ...


class NoFace:
    """Stands where no camera is installed, or what it needs is missing: says so, and leads to PIN or sight."""

    def __init__(self, why: OnshiError | None = None) -> None:
        self.closed: OnshiError | None = why or OnshiError(FACE_NOT_READY)

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def confirm(self, session: CardSession, talk: Talk) -> FaceProof:
        raise self.closed or OnshiError(FACE_NOT_READY)


class FaceDelivery(Protocol):
    async def deliver(self, message: dict[str, Any], *, visit: str, at: datetime) -> Path | None:
        """Write the face file; None when the clinic has switched the face folder off."""
        ...


@dataclass(frozen=True, kw_only=True)
class VisitParts:
    """Everything that outlives one visit. ``ticks`` is a monotonic clock in seconds, ``clock`` an aware one."""

    device: str
    facility: str
    reader: str
    centre: Centre
    later: Later
    signer: Signer
    delivery: FaceDelivery
    clerks: Clerks
    face: FaceMethod
    clock: Callable[[], datetime]
    ticks: Callable[[], float]
    fresh_id: Callable[[], str]
    question_seconds: float = 60.0
    care: Care | None = None
    """What consents at this appliance are for, as long as it goes on; None: the visit."""
