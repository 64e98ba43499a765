"""The appliance's settings: what may stand in its TOML file and in ``ONSHI_EDGE_…`` variables.

Not here: reading files and wiring (`edge.daemon`, `edge.commands`). No secret is a setting: the device key is a
file, clerks' codes are hashes. Facts: reference clinic-interface 2.1 and 6 for the folders.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from edge.face.camera import known
from edge.visit.clerks import readable_hash
from protocol import settings
from protocol.errors import OnshiError
from protocol.errors.input_ import SETTING_WRONG
from protocol.numbers import FacilityCode

PREFIX = "ONSHI_EDGE_"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

Seconds = Annotated[float, Meta(gt=0, le=600)]


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    pass


class DeviceSettings(_Table, frozen=True, kw_only=True):
    id: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="the device's name, as enrolled at the centre")
    ]
    facility: Annotated[str, Meta(pattern=r"^[0-9]{2}[0-9A-Z][0-9]{7}$", description="医療機関コード, 10 characters")]


class FileSettings(_Table, frozen=True, kw_only=True):
    key: Annotated[Path, Meta(description="the device key, made by `onshi edge init`; mode 0600")]
    certificate: Annotated[Path, Meta(description="the device certificate that the centre issued (PEM)")]
    centre_ca: Annotated[Path, Meta(description="the CA that the centre's own certificate comes from (PEM)")]
    state: Annotated[Path, Meta(description="folder for the outbox; sealed with the device key")]


class CentreSettings(_Table, frozen=True, kw_only=True):
    url: Annotated[str, Meta(pattern=r"^https?://[^\s/]+/?$", description="the centre's address")]
    connect_seconds: Annotated[Seconds, Meta(description="longest time to connect")] = 3.0
    answer_seconds: Annotated[Seconds, Meta(description="longest time for one answer, connecting included")] = 8.0


class ReaderSettings(_Table, frozen=True, kw_only=True):
    name: Annotated[str, Meta(description="PC/SC name of the card reader, or its beginning; empty: the first")] = ""
    apdu_seconds: Annotated[Seconds, Meta(description="longest time for one command to the card")] = 5.0
    pcscd_unit: Annotated[
        str,
        Meta(description="systemd unit of the appliance's own pcscd, restarted when a card hangs in it"),
    ] = ""


class VisitSettings(_Table, frozen=True, kw_only=True):
    question_seconds: Annotated[Seconds, Meta(description="how long a question to the desk may stand")] = 60.0
    clerks: Annotated[
        dict[str, str], Meta(description="clerks who may confirm by sight: id = hash, made by `onshi edge clerk`")
    ] = {}
    care: Annotated[
        Literal["visit", "home-visit", "online-care"],
        Meta(description="what a consent here is for: this visit, or home visits or online care while they go on"),
    ] = "visit"


class FolderSettings(_Table, frozen=True, kw_only=True):
    req: Annotated[Path | None, Meta(description="where clinic software puts requests; none: no exchange")] = None
    res: Annotated[Path | None, Meta(description="where answers to requests go")] = None
    face: Annotated[Path | None, Meta(description="where results of visits at the reader go; none: no files")] = None
    face_encoding: Annotated[
        Literal["UTF-8", "Shift_JIS"], Meta(description="characters of face files; answers follow their request")
    ] = "UTF-8"
    stay_minutes: Annotated[int, Meta(ge=1, le=43200, description="how long a result that nobody fetched is kept")] = (
        1440
    )
    scan_seconds: Annotated[Seconds, Meta(description="how often the request folder is looked at without a sign")] = 2.0
    insurer_padding: Annotated[
        Literal["spaces", "zeros", "none"],
        Meta(description="how answers fill an insurer number of 6 digits up to 8; what was asked is echoed as it came"),
    ] = "spaces"
    bulk_result: Annotated[Literal["xml", "zip"], Meta(description="how results of bulk requests come")] = "xml"
    encrypt: Annotated[
        tuple[str, ...],
        Meta(description="beginnings of the names of result files that become AES-256 zips: `OQSsiquc01`"),
    ] = ()
    encrypt_password: Annotated[Path | None, Meta(description="file whose first line is the password of those")] = None


class FaceSettings(_Table, frozen=True, kw_only=True):
    camera: Annotated[
        str,
        Meta(description="`posted` by the camera page, a device such as `/dev/video0`, a file or folder; empty: none"),
    ] = ""
    front_camera: Annotated[
        str,
        Meta(description="the same for a camera that looks at the card on the reader; empty: the clerk types"),
    ] = ""
    page_port: Annotated[
        int, Meta(ge=0, le=65535, description="port on 127.0.0.1 of the camera page, for a `posted` camera; 0: any")
    ] = 8471
    models: Annotated[Path, Meta(description="folder of the model pack, made by `onshi models build`")] = Path(
        "/var/lib/onshi/models"
    )


class ApiSettings(_Table, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="serve the local API for clinic software")] = False
    port: Annotated[int, Meta(ge=0, le=65535, description="port of the local API; 0: any")] = 8470
    host: Annotated[str, Meta(min_length=1, description="address of the local API; any but loopback needs TLS")] = (
        "127.0.0.1"
    )
    certificate: Annotated[Path | None, Meta(description="certificate of the local API with its chain (PEM)")] = None
    key: Annotated[Path | None, Meta(description="key of that certificate (PEM)")] = None
    clients: Annotated[
        dict[str, str], Meta(description="programs that may call: name = hash, made by `onshi edge clinic token`")
    ] = {}
    origins: Annotated[
        tuple[str, ...], Meta(description="web origins whose pages may call from a browser; none: no page may")
    ] = ()


class OutboxSettings(_Table, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=10000, description="most requests that may wait for the line")] = 500
    stock: Annotated[int, Meta(ge=0, le=200, description="single-use challenges kept for work off line")] = 30


class EdgeSettings(_Table, frozen=True, kw_only=True):
    """Everything that one appliance is told."""

    device: DeviceSettings
    files: FileSettings
    centre: CentreSettings
    reader: ReaderSettings = ReaderSettings()
    visit: VisitSettings = VisitSettings()
    folders: FolderSettings = FolderSettings()
    api: ApiSettings = ApiSettings()
    outbox: OutboxSettings = OutboxSettings()
    face: FaceSettings = FaceSettings()


def _wrong_cameras(face: FaceSettings) -> dict[str, str]:
    """What is wrong, by setting."""
    unknown = "posted, a device under /dev, a file, or a folder of pictures"
    given = {"camera": face.camera, "front_camera": face.front_camera}
    found = {name: unknown for name, setting in given.items() if not known(setting)}
    if face.camera.startswith("/dev/") and face.camera == face.front_camera:
        found["front_camera"] = "one camera cannot look at the face and at the reader: name another, or none"
    return found


def read_settings(text: str, *, file: str, environment: Mapping[str, str]) -> EdgeSettings:
    """The settings in a TOML text; raises ``INPUT-901`` with file, line, setting and reason."""
    found = settings.load(EdgeSettings, text, file=file, prefix=PREFIX, environment=environment)

    def wrong(path: tuple[str, ...], reason: str) -> OnshiError:
        line = settings.line_of(text, path)
        return OnshiError(SETTING_WRONG, file=file, line=line, setting=".".join(path), reason=reason)

    if not FacilityCode(found.device.facility).check_digit_ok:
        raise wrong(("device", "facility"), "the check digit does not fit")
    address = urlsplit(found.centre.url)
    if address.scheme == "http" and address.hostname not in _LOOPBACK:
        raise wrong(("centre", "url"), "plain http is for this machine only; use https")
    for name, reason in _wrong_cameras(found.face).items():
        raise wrong(("face", name), reason)
    for clerk, hashed in found.visit.clerks.items():
        if not readable_hash(hashed):
            raise wrong(("visit", "clerks", clerk), "not a hash made by `onshi edge clerk`")
    if (found.folders.req is None) != (found.folders.res is None):
        raise wrong(("folders", "req"), "req and res belong together")
    if found.folders.req is not None and found.folders.req == found.folders.res:
        raise wrong(("folders", "res"), "req and res must be two folders")
    if found.api.host not in _LOOPBACK and (found.api.certificate is None or found.api.key is None):
        raise wrong(("api", "host"), "needs certificate and key: tokens and patients' data never go in the clear")
    for client, hashed in found.api.clients.items():
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", hashed):
            raise wrong(("api", "clients", client), "not a hash made by `onshi edge clinic token`")
    if found.folders.encrypt and found.folders.encrypt_password is None:
        raise wrong(("folders", "encrypt"), "needs encrypt_password")
    return found
