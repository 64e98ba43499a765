"""Signed requests that wait for the line, and the stock of challenges that lets them be made.

Sealed on disk, oldest first, bounded, surviving a power cut at any moment: a request is gone from disk only after
its answer was handed on. Stock challenges are single-use: gone from disk before they are given. Facts: trust rules
("Challenges": 24 h, eligibility only).
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from edge.uplink.port import Centre, IssuedChallenge, deferrable
from edge.uplink.sealed import BrokenSeal, SealedFolder
from protocol import canonical
from protocol.errors import OnshiError, uplink
from protocol.visit import Moment, SignedDocument, VisitAnswer

log = structlog.get_logger("onshi.outbox")

LIFE = timedelta(hours=24)
"""What the centre gives a deferred challenge; an older request cannot be answered any more."""
_NUMBER = re.compile(r"[0-9]{12}")
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
_WHOLE_LINE = frozenset(
    fault.code
    for fault in (
        uplink.NAME_UNRESOLVED,
        uplink.NO_ROUTE,
        uplink.NO_CONNECTION,
        uplink.TLS_FAILED,
        uplink.CENTRE_SLOW,
        uplink.LINE_CUT,
        uplink.CENTRE_DATABASE,
        uplink.BROKER_DOWN,
    )
)
"""Faults that the next request would meet too: the pass ends and waits."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the outbox."""

    request_id: str
    kept_at: Moment
    document: SignedDocument


Answered = Callable[[Waiting, VisitAnswer], Awaitable[None]]
Refused = Callable[[Waiting, OnshiError], Awaitable[None]]


class _Stock(msgspec.Struct, frozen=True):
    challenges: tuple[IssuedChallenge, ...]


class Outbox:
    """`edge.uplink.port.Later`. ``clock`` is aware; ``jitter`` gives a number from 0 to 1."""

    def __init__(
        self,
        folder: SealedFolder,
        *,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        limit: int = 500,
        stock: int = 30,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._jitter = jitter
        self._limit = limit
        self._target = stock
        self._stock = asyncio.Lock()
        self._wake = asyncio.Event()
        numbers = (name.partition("-")[0] for name in folder.names(".waiting") + folder.names(".damaged"))
        # Somebody's copy of a file has a name of its own; it breaks its seal and is set aside when its turn comes.
        self._next = 1 + max((int(number) for number in numbers if _NUMBER.fullmatch(number)), default=0)

    def __len__(self) -> int:
        return len(self._folder.names(".waiting"))

    # --- stock --------------------------------------------------------------------------------------------------

    async def take_challenge(self) -> str:
        """One challenge that still lives; raises ``LINE-010`` when there is none."""
        async with self._stock:
            return await asyncio.to_thread(self._take)

    def _take(self) -> str:
        living = self._living()
        if not living:
            raise OnshiError(uplink.NO_STOCK)
        self._write_stock(living[1:])
        return living[0].value

    def _living(self) -> tuple[IssuedChallenge, ...]:
        """Oldest first, so that the stock is used up before it dies."""
        try:
            kept = msgspec.json.decode(self._folder.read("stock"), type=_Stock).challenges
        except FileNotFoundError:
            return ()
        except (BrokenSeal, msgspec.MsgspecError):
            log.error("stock_damaged", fault=uplink.OUTBOX_DAMAGED.code)
            return ()
        soon = self._clock() + timedelta(minutes=5)
        return tuple(sorted((one for one in kept if one.expires_at > soon), key=lambda one: one.expires_at))

    def _write_stock(self, challenges: tuple[IssuedChallenge, ...]) -> None:
        self._folder.write("stock", msgspec.json.encode(_Stock(challenges=challenges)))

    async def refill(self, centre: Centre) -> int:
        """Fetch what is missing to the target, replacing what is half way to its end; gives how many are there."""
        half = self._clock() + LIFE / 2
        async with self._stock:
            fresh = tuple(one for one in await asyncio.to_thread(self._living) if one.expires_at > half)
        missing = self._target - len(fresh)
        if missing <= 0:
            return len(fresh)
        fetched: tuple[IssuedChallenge, ...] = ()
        while missing > 0:
            fetched += await centre.challenges(min(missing, 50), deferred=True)
            missing = self._target - len(fresh) - len(fetched)
        async with self._stock:
            living = await asyncio.to_thread(self._living)
            fresh = tuple(one for one in living if one.expires_at > half)
            await asyncio.to_thread(self._write_stock, fresh + fetched)
        return len(fresh + fetched)

    # --- requests -----------------------------------------------------------------------------------------------

    async def keep(self, document: SignedDocument, *, request_id: str, kept_at: datetime) -> None:
        """On disk when this returns; raises ``LINE-011`` when full, ``DEVICE-007`` when the disk fails."""
        if len(self) >= self._limit:
            raise OnshiError(uplink.OUTBOX_FULL, limit=self._limit)
        name = f"{self._next:012d}-{request_id}.waiting"
        self._next += 1
        entry = Waiting(request_id=request_id, kept_at=kept_at, document=document)
        await asyncio.to_thread(self._folder.write, name, canonical.encode(entry))
        log.info("request_kept", request=request_id, waiting=len(self))
        self._wake.set()

    async def deliver_forever(self, centre: Centre, answered: Answered, refused: Refused) -> None:
        """Send what waits, with back-off while line or centre cannot answer it, until cancelled.

        What is kept meanwhile does not wait for requests that only the centre cannot answer yet.
        """
        wait = FIRST_WAIT_SECONDS
        while True:
            self._wake.clear()
            down = await self.deliver(centre, answered, refused)
            if not down and len(self) == 0:
                wait = FIRST_WAIT_SECONDS
                await self._wake.wait()
                continue
            longer = min(wait * 2, LONGEST_WAIT_SECONDS)
            pause = longer * (0.5 + self._jitter() / 2)
            if down:
                await asyncio.sleep(pause)
            elif await self._woken(pause):
                continue
            wait = longer

    async def _woken(self, seconds: float) -> bool:
        """Whether something more is kept within that time."""
        with contextlib.suppress(TimeoutError):  # not wait_for: before 3.12 it can swallow a cancellation
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        return self._wake.is_set()

    async def deliver(self, centre: Centre, answered: Answered, refused: Refused) -> OnshiError | None:
        """One pass, oldest first. Gives the fault when the line or the hand-over is down.

        One bad entry never holds up the rest.
        """
        for name in await asyncio.to_thread(self._folder.names, ".waiting"):
            waiting = await asyncio.to_thread(self._entry, name)
            if waiting is None:
                continue
            try:
                if self._clock() - waiting.kept_at > LIFE:
                    raise OnshiError(uplink.OUTBOX_EXPIRED, request=waiting.request_id)
                answer = await centre.visit(waiting.document)
            except OnshiError as error:
                if error.fault.code in _WHOLE_LINE:
                    return error
                if deferrable(error) and error.fault.code != uplink.OUTBOX_EXPIRED.code:
                    log.warning("request_waits_on", request=waiting.request_id, fault=error.fault.code)
                    continue
                log.warning("kept_request_refused", request=waiting.request_id, fault=error.fault.code)
                await refused(waiting, error)
            else:
                log.info("kept_request_answered", request=waiting.request_id)
                try:
                    await answered(waiting, answer)
                except OnshiError as error:
                    log.error("kept_answer_not_handed_on", request=waiting.request_id, fault=error.fault.code)
                    return error
            await asyncio.to_thread(self._folder.remove, name)
        return None

    def _entry(self, name: str) -> Waiting | None:
        try:
            return canonical.decode(self._folder.read(name), Waiting)
        except FileNotFoundError:
            return None
        except (BrokenSeal, canonical.NotCanonical):
            log.error("outbox_entry_damaged", entry=name.partition("-")[0], fault=uplink.OUTBOX_DAMAGED.code)
            self._folder.set_aside(name)
            return None
        except OSError as failed:  # a bad sector, a folder: it stays where it is and holds nobody up
            log.error("outbox_entry_unreadable", entry=name.partition("-")[0], errno=failed.errno)
            return None
