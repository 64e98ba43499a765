"""証明書新旧紐付け情報: which certificate a renewed one continues, so that its holder is still found.

It moves the person and nothing else: what an earlier visit bound to the old certificate stays with the old one.
Facts: `my-number-card` reference 5 (last point), trust rules "Certificates". Feed: JSON
``{"links": [{"issuer": hex, "old": hex, "new": hex, "new_issuer": hex}]}``, the whole linkage each time.
"""

from datetime import datetime
from typing import Annotated

import msgspec
import sqlalchemy as sa

from central.db import Statement, Store, insert
from central.trust.certificates import CertificateId
from central.trust.tables import certificate_links as t
from protocol.errors import OnshiError, trust

MAX_RENEWALS = 16
"""How far back a chain is followed: certificates live five years, so more is no person's history."""
PORTION = 2000

KeyIdText = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16,64}$")]
SerialText = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-fA-F]{1,40}$")]


class Link(msgspec.Struct, frozen=True):
    """One renewal. ``new_issuer`` is left out where the generation is the same."""

    issuer: KeyIdText
    old: SerialText
    new: SerialText
    new_issuer: KeyIdText | None = None


class Linkage(msgspec.Struct, frozen=True):
    links: tuple[Link, ...]


_FIND = Statement(
    "trust.link.previous",
    sa.select(t.c.previous_issuer_key_id, t.c.previous_serial).where(
        t.c.issuer_key_id == sa.bindparam("issuer_key_id"), t.c.serial == sa.bindparam("serial")
    ),
    key="issuer_key_id",
)
_KEEP = Statement(
    "trust.link.keep",
    insert(t).on_conflict_do_nothing(),
    key="issuer_key_id",
)


def _plain(serial: str) -> str:
    return serial.lower().lstrip("0") or "0"


class Links:
    """The table of renewals."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: bytes | None = None

    async def previous(self, id_: CertificateId) -> CertificateId | None:
        """The certificate that this one renewed."""
        row = await self._store.first(_FIND, issuer_key_id=id_.issuer_key_id, serial=id_.serial)
        return CertificateId(row["previous_issuer_key_id"], row["previous_serial"]) if row else None

    async def earlier(self, id_: CertificateId) -> list[CertificateId]:
        """All earlier certificates, newest first; a chain that runs in a circle ends where it closes."""
        found: list[CertificateId] = []
        at = await self.previous(id_)
        while at is not None and at != id_ and at not in found and len(found) < MAX_RENEWALS:
            found.append(at)
            at = await self.previous(at)
        return found

    async def take(self, content: bytes, now: datetime) -> int:
        """Keeps the linkage; gives how many links are new. What is known is never changed by a feed.

        Raises `OnshiError` (LINKS_WRONG) for bytes of another shape; then nothing is kept.
        """
        if content == self._last:
            return 0
        try:
            linkage = msgspec.json.decode(content, type=Linkage)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
            raise OnshiError(trust.LINKS_WRONG, reason=str(wrong)) from None
        rows = [_row(link, now) for link in linkage.links]
        new = 0
        for first in range(0, len(rows), PORTION):
            async with self._store.transaction() as transaction:
                new += await transaction.run_many(_KEEP, rows[first : first + PORTION])
        self._last = content
        return new


def _row(link: Link, now: datetime) -> dict[str, object]:
    return {
        "issuer_key_id": link.new_issuer or link.issuer,
        "serial": _plain(link.new),
        "previous_issuer_key_id": link.issuer,
        "previous_serial": _plain(link.old),
        "learned_at": now,
    }
