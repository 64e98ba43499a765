"""Trust as one value: the readers and judges that a visit needs, made together from pinned anchors.

Made by the composition root with `open_trust`; `Refresher` then keeps lists and linkage fresh.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from central.db import Store
from central.trust.anchors import PRODUCTION, Anchors
from central.trust.certificates import AUTHENTICATION_POLICY, CertificateReader
from central.trust.links import Links
from central.trust.ocsp import OcspClient
from central.trust.revocation import Revocations
from central.trust.surface import SurfaceAnchors


@dataclass(frozen=True, slots=True)
class Trust:
    """Who reads certificates, who judges their status, who reads card surfaces, and which renewals are known."""

    anchors: Anchors
    certificates: CertificateReader
    revocations: Revocations
    surfaces: SurfaceAnchors
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFiles:
    """The operator's anchor files: DER or PEM certificates, and surface CA keys named by their key id."""

    authentication: Sequence[Path]
    signature: Sequence[Path] = ()
    surface: Sequence[Path] = ()

    @classmethod
    def in_folder(cls, folder: Path) -> "PinnedFiles":
        """``folder/authentication/*``, ``folder/signature/*``, ``folder/surface/*``; hidden files are left out."""

        def files(name: str) -> list[Path]:
            place = folder / name
            return (
                sorted(file for file in place.iterdir() if file.is_file() and file.name[0] != ".")
                if place.is_dir()
                else []
            )

        return cls(authentication=files("authentication"), signature=files("signature"), surface=files("surface"))


def open_trust(
    store: Store,
    files: PinnedFiles,
    *,
    hierarchies: Collection[str] = (PRODUCTION,),
    policies: Collection[str] = (AUTHENTICATION_POLICY,),
    ocsp: OcspClient | None = None,
) -> Trust:
    """Pins the files. Raises `OnshiError` (ANCHOR_WRONG). Test hierarchies only where ``hierarchies`` names them."""
    anchors = Anchors.from_files(files.authentication, hierarchies=hierarchies)
    signature = Anchors.from_files(files.signature, hierarchies=hierarchies) if files.signature else None
    return Trust(
        anchors=anchors,
        certificates=CertificateReader(anchors, policies=policies, signature_anchors=signature),
        revocations=Revocations(anchors, store, ocsp=ocsp),
        surfaces=SurfaceAnchors.from_files(files.surface, hierarchies=hierarchies),
        links=Links(store),
    )
