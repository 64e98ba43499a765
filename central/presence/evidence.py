"""What a visit request proves, computed and not looked up: card signatures, signed surface, the rules of the method.

Pure: no database, no clock, no status. Facts: trust rules "What each method proves, and no more".
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from central.trust import surface
from central.trust.certificates import AuthenticationCertificate
from central.trust.surface import Surface, SurfaceAnchors
from protocol.errors import OnshiError, trust
from protocol.visit import FaceReport, Method, VisitRequest, card_digest

HOLDER_PIN = "holder_pin"
THIS_CARD = "this_card"
THIS_DOCUMENT = "this_document"
GENUINE_CHIP = "genuine_chip"
PHOTO_SIGNED = "photo_signed"
FACE_COMPARED = "face_compared"
CLERK_COMPARED = "clerk_compared"
_NO_PHOTO = hashlib.sha256(bytes.fromhex("df2700")).hexdigest()
"""Digest of an empty DF27, the face of a card without a photo: nothing that a face could be compared with."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven, and by which key of the card.

    ``birth_date``, ``sex`` and ``surface_key_digest`` are there when the card surface was opened. ``key`` is the one
    that a consent of this visit must be signed with, ``key_spki`` its SubjectPublicKeyInfo.
    """

    proven: tuple[str, ...]
    device_word: tuple[str, ...]
    birth_date: date | None
    sex: str | None
    surface_key_digest: str | None
    binds: bool
    """Both keys were proven in one session with the PIN: the surface key is bound to the certificate."""
    key: Literal["authentication", "surface"]
    key_spki: bytes


def prove(request: VisitRequest, certificate: AuthenticationCertificate, anchors: SurfaceAnchors) -> Proof:
    """The proof of a request. Raises `OnshiError`: EVIDENCE_…, CARD_SIGNATURE_WRONG, SURFACE_…, PHOTO_DIFFERS, FACE_….

    ``certificate`` is the request's own, already read under the pinned anchors.
    """
    _complete(request)
    digest = card_digest(request.statement)
    opened = _surface(request, digest, anchors)
    proven: list[str] = []
    device_word: tuple[str, ...] = ()
    with_pin = request.authentication_signature is not None
    if request.authentication_signature is not None:
        if not certificate.verifies(request.authentication_signature, digest):
            raise OnshiError(trust.CARD_SIGNATURE_WRONG, certificate=str(certificate.id))
        proven += [HOLDER_PIN, THIS_CARD, THIS_DOCUMENT]
    if opened is not None:
        proven += [GENUINE_CHIP] if with_pin else [GENUINE_CHIP, THIS_DOCUMENT]
    if request.statement.face is not None and opened is not None:
        _photo(request.statement.face, opened)
        proven.append(PHOTO_SIGNED)
        device_word = (FACE_COMPARED,)
    elif request.statement.sight is not None:
        device_word = (CLERK_COMPARED,)
    spki = (
        opened.key_spki
        if opened is not None and not with_pin
        else certificate.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    return Proof(
        proven=tuple(proven),
        device_word=device_word,
        birth_date=opened.birth_date if opened else None,
        sex=opened.sex if opened else None,
        surface_key_digest=opened.key_digest if opened else None,
        binds=with_pin and opened is not None,
        key="authentication" if with_pin else "surface",
        key_spki=spki,
    )


def _complete(request: VisitRequest) -> None:
    """Each method has its proofs, all of them and no others."""
    statement, opened = request.statement, request.surface
    signed = request.authentication_signature is not None
    complete = {
        Method.PIN: signed and statement.face is None and statement.sight is None,
        Method.FACE: (
            not signed
            and opened is not None
            and opened.file == "0002"
            and statement.face is not None
            and statement.sight is None
        ),
        Method.SIGHT: (not signed and opened is not None and statement.sight is not None and statement.face is None),
    }[statement.method]
    if not complete:
        raise OnshiError(trust.EVIDENCE_INCOMPLETE, method=statement.method.value)


def _surface(request: VisitRequest, digest: bytes, anchors: SurfaceAnchors) -> Surface | None:
    if request.surface is None:
        return None
    opened = surface.read(request.surface, anchors)
    if not opened.verifies(request.surface.card_signature, digest):
        raise OnshiError(trust.SURFACE_CARD_SIGNATURE_WRONG)
    return opened


def _photo(report: FaceReport, opened: Surface) -> None:
    if report.photo != opened.photo or report.photo == _NO_PHOTO:
        raise OnshiError(trust.PHOTO_DIFFERS)
    if report.score < report.threshold:
        raise OnshiError(trust.FACE_BELOW_THRESHOLD, score=report.score, threshold=report.threshold)
