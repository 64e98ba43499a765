"""Every setting of the central server. What each means is said here once; the handbook's list is generated from it.

A file is TOML; ``ONSHI_CENTRAL_…`` variables override it (``ONSHI_CENTRAL_DATABASE__URL``); secrets are files in
the credentials folder and never values.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
from msgspec import Meta

from protocol import settings as generic
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG, SETTING_WRONG
from protocol.settings import Credential, Setting

PREFIX = "ONSHI_CENTRAL_"
CONFIG_VARIABLE = "ONSHI_CENTRAL_CONFIG"

Port = Annotated[int, Meta(ge=0, le=65535)]


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Database(_Table, frozen=True, kw_only=True):
    url: Annotated[
        str,
        Meta(
            pattern=r"^(sqlite|postgres(ql)?)://",
            description="`sqlite:///FILE` (four slashes for an absolute path) or `postgresql://user@host/name`; "
            "several hosts may be named for failover.",
        ),
    ] = "sqlite:///onshi-central.sqlite"
    password: Annotated[
        Credential,
        Meta(description="Password of the PostgreSQL user; empty: none (peer, certificate or a password file)."),
    ] = Credential("")
    connections: Annotated[int, Meta(ge=1, le=200, description="PostgreSQL connections of one worker process.")] = 8
    patience_seconds: Annotated[
        int, Meta(ge=1, le=300, description="How long to wait for a PostgreSQL connection or statement.")
    ] = 30
    upgrade_at_start: Annotated[
        bool, Meta(description="Bring the database to the program's version when starting.")
    ] = False


class Listen(_Table, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1, description="Address of the device listener.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[
        int, Meta(ge=0, le=65535, description="Port of the device listener (TLS 1.3, client certificate); 0: any.")
    ] = 8443
    certificate: Annotated[Credential, Meta(description="Server certificate (P-256) with its chain, PEM.")] = (
        Credential("server.pem")
    )
    key: Annotated[Credential, Meta(description="Key of the server certificate, PEM.")] = Credential("server.key")
    ops_host: Annotated[
        str,
        Meta(
            min_length=1,
            description="Address of the operators' listener (health, metrics, documentation; plain HTTP).",
        ),
    ] = "127.0.0.1"
    ops_port: Annotated[int, Meta(ge=0, le=65535, description="Port of the operators' listener; 0: any.")] = 9090
    share_port: Annotated[
        bool,
        Meta(description="Several worker processes share both ports (SO_REUSEPORT); needs PostgreSQL and a log each."),
    ] = False
    trusted_hop: Annotated[
        str,
        Meta(
            description="Address of the one proxy that ends TLS and hands the client certificate on in the header "
            "`X-Onshi-Client-Certificate` (URL-encoded PEM). Empty: no proxy, the header is ignored. With it the "
            "device listener is plain HTTP and takes connections from this address only."
        ),
    ] = ""


class Clinics(_Table, frozen=True, kw_only=True):
    enabled: Annotated[
        bool, Meta(description="Serve the web API of clinic software (login for a token, search with it).")
    ] = False
    host: Annotated[str, Meta(min_length=1, description="Address of the web API's listener.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Port of the web API's listener (TLS 1.3, certificate at login); 0: any."),
    ] = 8444


class Devices(_Table, frozen=True, kw_only=True):
    ca_certificate: Annotated[Credential, Meta(description="Certificate of the device CA, PEM.")] = Credential(
        "device-ca.pem"
    )
    ca_key: Annotated[
        Credential,
        Meta(description="Key of the device CA (P-256), PEM. Needed for enrolling only, not for running."),
    ] = Credential("device-ca.key")
    certificate_days: Annotated[int, Meta(ge=1, le=3650, description="How long a device certificate is valid.")] = 730
    cache_seconds: Annotated[
        int,
        Meta(ge=0, le=60, description="How long a device's standing is remembered; a revocation takes this long."),
    ] = 5


class Audit(_Table, frozen=True, kw_only=True):
    log: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._-]{1,64}$",
            description="Name of this process's audit log; each worker process has its own.",
        ),
    ] = "centre-1"


class Challenges(_Table, frozen=True, kw_only=True):
    keys: Annotated[
        tuple[Credential, ...],
        Meta(
            min_length=1,
            description="Keys of the challenges' HMAC: at least 32 random bytes each, the same for all workers. The "
            "first issues, all are accepted: to rotate, put the new one first and drop the old one a day later.",
        ),
    ] = (Credential("challenge.key"),)


class Trust(_Table, frozen=True, kw_only=True):
    anchors: Annotated[
        Path | None,
        Meta(
            description="Folder of the pinned anchors: `authentication/` and `signature/` (CA certificates), "
            "`surface/` (keys of the card-surface CA). Without it no card is trusted and the centre is not ready."
        ),
    ] = None
    hierarchies: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            description="Organisation names (O) whose anchors may be pinned. Name a test hierarchy (`JPKI-TEST`, "
            "`JPKI-LAB`) here only on a test system.",
        ),
    ] = ("JPKI",)
    crl_folder: Annotated[
        Path | None, Meta(description="Folder from which revocation lists (`*.crl`) are read, again when they change.")
    ] = None
    crl_urls: Annotated[tuple[str, ...], Meta(description="Where revocation lists are fetched.")] = ()
    linkage_url: Annotated[
        str, Meta(description="Where the linkage of renewed certificates (新旧紐付け) is fetched; empty: nowhere.")
    ] = ""
    refresh_seconds: Annotated[
        int, Meta(ge=10, le=86400, description="How often lists and linkage are looked for anew.")
    ] = 300
    ocsp_url: Annotated[str, Meta(description="OCSP responder; empty: revocation lists only.")] = ""
    ocsp_timeout_ms: Annotated[
        int, Meta(ge=50, le=10000, description="How long a visit waits for the responder, in milliseconds.")
    ] = 400


class Fleet(_Table, frozen=True, kw_only=True):
    broker: Annotated[str, Meta(description="Host of the MQTT broker; empty: no MQTT.")] = ""
    port: Annotated[int, Meta(ge=1, le=65535, description="Port of the MQTT broker.")] = 8883
    tls: Annotated[bool, Meta(description="Speak TLS to the broker, with the server's certificate as client.")] = True
    ca: Annotated[Credential, Meta(description="CA of the broker's certificate, PEM.")] = Credential("broker-ca.pem")


class Settings(_Table, frozen=True, kw_only=True):
    """All settings, one field per TOML table."""

    credentials: Annotated[
        Path | None,
        Meta(description="Credentials folder; `$CREDENTIALS_DIRECTORY` (systemd) when not given."),
    ] = None
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="`debug`, `info`, `warning` or `error`.")
    ] = "info"
    database: Database = Database()
    listen: Listen = Listen()
    clinics: Clinics = Clinics()
    devices: Devices = Devices()
    audit: Audit = Audit()
    challenges: Challenges = Challenges()
    trust: Trust = Trust()
    fleet: Fleet = Fleet()

    def secret_path(self, name: str, credential: Credential) -> Path:
        """Where a credential's file is. ``name`` is the setting's dotted path, for the message."""
        folder = self.credentials or os.environ.get("CREDENTIALS_DIRECTORY")
        try:
            return Path(credential.path(str(folder) if folder else None))
        except ValueError as wrong:
            raise OnshiError(SETTING_WRONG, setting=name, reason=str(wrong)) from None

    def secret(self, name: str, credential: Credential) -> bytes:
        """What a credential's file holds; `OnshiError` (`CREDENTIAL_WRONG`) when it cannot be read or is empty."""
        path = self.secret_path(name, credential)
        try:
            content = path.read_bytes()
        except OSError as failed:
            raise OnshiError(CREDENTIAL_WRONG, setting=name, file=str(path), reason=failed.strerror or "") from None
        if not content.strip():
            raise OnshiError(CREDENTIAL_WRONG, setting=name, file=str(path), reason="empty")
        return content

    def database_url(self) -> str:
        """`database.url` with the user's password from its credential's file, where one is named."""
        if not self.database.password:
            return self.database.url
        password = self.secret("database.password", self.database.password).decode("utf-8").strip()
        parts = urlsplit(self.database.url)
        user, at, hosts = parts.netloc.rpartition("@")
        if not at or ":" in user:
            raise OnshiError(
                SETTING_WRONG, setting="database.url", reason="name the user alone: postgresql://user@host/name"
            )
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{hosts}"))


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of ``path`` (None: defaults) overridden by ``environment``.

    Raises `OnshiError` (`SETTING_WRONG`) with file, line, setting and reason.
    """
    text = ""
    if path is not None:
        try:
            text = path.read_text("utf-8")
        except OSError as failed:
            raise OnshiError(SETTING_WRONG, file=str(path), reason=failed.strerror or "unreadable") from None
        except UnicodeDecodeError:
            raise OnshiError(SETTING_WRONG, file=str(path), line=1, reason="not UTF-8") from None
    return generic.load(
        Settings,
        text,
        file=str(path or "(no file)"),
        prefix=PREFIX,
        environment=environment,
        ignored=frozenset({CONFIG_VARIABLE}),
    )


def describe_settings() -> list[Setting]:
    """Every setting with type, default and meaning, for the handbook."""
    return generic.describe(Settings, prefix=PREFIX)
