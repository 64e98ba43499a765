"""Consents as they would lie in the centre's database, without a card: for worlds that begin with some given.

A grant alone opens nothing: the door follows its consent to the visit, and that to the certificate and its person.
"""

from collections.abc import Sequence
from datetime import datetime

from central.audit.journal import Write
from central.disclosure.service import KEEP_CONSENT, items_text
from central.presence.statements import KEEP_VISIT
from protocol.visit import ConsentItem
from sandbox.world.seed import CertificateIdentity

_NONE = "0" * 64
"""For digests of documents that nobody signed."""


def on_record(
    *,
    consent_id: str,
    items: Sequence[ConsentItem],
    person_id: str,
    facility: str,
    device: str,
    certificate: CertificateIdentity,
    now: datetime,
) -> list[Write]:
    """The visit (its request id is ``consent_id`` as well) and the consent that come before the grant."""
    common = {
        "device": device, "facility": facility, "person_id": person_id, "payload_digest": _NONE, "payload": b"{}",
        "signature": b"", "answer": None, "forget_at": None,
    }  # fmt: skip
    visit = {
        **common, "request_id": consent_id, "issuer_key_id": certificate.issuer_key_id, "serial": certificate.serial,
        "certificate": _NONE, "method": "pin", "challenge": _NONE, "challenge_expires_at": now, "decided_at": now,
        "deferred": False, "in_grace": False, "view_stopped": False, "key": "authentication", "key_spki": b"",
        "full_message": None,
    }  # fmt: skip
    consent = {
        **common, "visit": consent_id, "consent_id": consent_id, "items": items_text(items), "consented_at": now,
        "visit_payload": b"{}", "visit_signature": b"",
    }  # fmt: skip
    return [(KEEP_VISIT, visit), (KEEP_CONSENT, consent)]
