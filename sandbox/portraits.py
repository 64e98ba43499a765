"""Portraits for the cast: real photographs that come inside registry packages; none is in this repository.

Taken as files, no package is imported: the astronaut out of scikit-image (NASA, public domain), three official
portraits of the United States government (public domain) out of face-recognition's source archive, which is
downloaded beside the virtual environment and not installed. ``make face`` brings both; without them nobody has one.
"""

import hashlib
import importlib.metadata
import io
import sys
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from sandbox.cast import Persona
from sandbox.cast.persona import Sex

ARCHIVE = "face_recognition-1.3.0.tar.gz"
ARCHIVE_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_INSIDE = "face_recognition-1.3.0/tests/test_images/"


@dataclass(frozen=True)
class Portrait:
    """One person. ``chip`` and ``live`` are two photographs where there are two, else the same one."""

    name: str
    chip: str
    live: str
    crop: tuple[int, int, int, int]
    """Of the chip photo, pixels: left, top, right, bottom; the face about half as high as the crop."""


ASTRONAUT = Portrait("astronaut", "astronaut.png", "astronaut.png", (134, 6, 313, 230))
ELDER = Portrait("elder", "biden.jpg", "biden.jpg", (264, 0, 882, 772))
SPEAKER = Portrait("speaker", "obama.jpg", "obama3.jpg", (230, 0, 755, 656))
EVERYBODY = (ASTRONAUT, ELDER, SPEAKER)
PICTURES = {
    ASTRONAUT: ("astronaut.png",),
    ELDER: ("biden.jpg",),
    SPEAKER: ("obama.jpg", "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg", "obama_partial_face2.jpg"),
}
"""Every photograph of each person that the packages carry; two show a part of the face only."""
OLD = 60
"""Years from which a man of the cast looks like the elder."""


def installed() -> bool:
    """Whether every portrait is there."""
    return all(_bytes(name) is not None for one in EVERYBODY for name in (one.chip, one.live))


def write_pairs(folder: Path) -> Path:
    """Every photograph into a folder, with the list of all ordered pairs for `onshi models evaluate`; gives the list.

    Raises ``LookupError`` where the packages are not installed, and OSError.
    """
    shown = [(person, name) for person, names in PICTURES.items() for name in names]
    for _, name in shown:
        picture = _bytes(name)
        if picture is None:
            raise LookupError("the portraits are not installed: make face")
        (folder / name).write_bytes(picture)
    listed = folder / "pairs.csv"
    lines = [f"{left},{right},{int(one is other)}" for one, left in shown for other, right in shown if left != right]
    listed.write_text("\n".join(["left,right,same", *lines, ""]), encoding="ascii")
    return listed


def of(persona: Persona) -> Portrait:
    """Whom a member of the cast looks like."""
    if persona.sex is Sex.FEMALE:
        return ASTRONAUT
    elder = persona.card.issued.year - persona.birth.year >= OLD
    return ELDER if elder else SPEAKER


def chip_picture(portrait: Portrait) -> Image.Image | None:
    """Cropped like an ID photo; None where the packages are not installed."""
    raw = _bytes(portrait.chip)
    return None if raw is None else _opened(raw).crop(portrait.crop)


def live_picture(portrait: Portrait) -> Image.Image | None:
    """The whole photograph of the person before the camera."""
    raw = _bytes(portrait.live)
    return None if raw is None else _opened(raw)


def _opened(raw: bytes) -> Image.Image:
    with Image.open(io.BytesIO(raw)) as picture:
        return picture.convert("RGB")


@cache
def _bytes(name: str) -> bytes | None:
    if name == "astronaut.png":
        return _from_package(name)
    place = Path(sys.prefix) / "share" / "onshi" / "portraits" / ARCHIVE
    try:
        archive = place.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(archive).hexdigest() != ARCHIVE_SHA256:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        found = packed.extractfile(_INSIDE + name)
        return None if found is None else found.read()


def _from_package(name: str) -> bytes | None:
    try:
        place = importlib.metadata.distribution("scikit-image").locate_file(f"skimage/data/{name}")
    except importlib.metadata.PackageNotFoundError:
        return None
    file = Path(str(place))
    return file.read_bytes() if file.is_file() else None
