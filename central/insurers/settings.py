"""Settings of the importer: its own file and credentials, since key, schema and database role belong to it alone.

A file is TOML; ``ONSHI_INSURER_…`` variables override it. Secrets are files in the credentials folder.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from central.insurers.individual import MIN_KEY, NumberHasher, NumberKey
from central.insurers.values import NumberRule
from central.settings import Database, Settings
from protocol import settings as generic
from protocol.errors import OnshiError
from protocol.errors.input_ import CREDENTIAL_WRONG, SETTING_WRONG
from protocol.settings import Credential, Setting

PREFIX = "ONSHI_INSURER_"
CONFIG_VARIABLE = "ONSHI_INSURER_CONFIG"


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Numbers(_Table, frozen=True, kw_only=True):
    keys: Annotated[
        tuple[Credential, ...],
        Meta(
            min_length=1,
            description="Keys of the 個人番号 hashes, at least 32 random bytes each, in the order in which they came "
            "into use. To rotate, add the new one at the end and run `onshi insurer rotate`; none is ever removed.",
        ),
    ] = (Credential("number-1.key"),)
    check_digit: Annotated[
        NumberRule,
        Meta(description="`real`, or `synthetic` on a test system whose people carry numbers that can be nobody's."),
    ] = NumberRule.REAL


class Files(_Table, frozen=True, kw_only=True):
    folder: Annotated[
        Path, Meta(description="Where uploaded files wait, encrypted, until they are applied and destroyed.")
    ] = Path("onshi-uploads")
    key: Annotated[Credential, Meta(description="Key that encrypts them: 32 random bytes.")] = Credential("upload.key")


class ResidentRegister(_Table, frozen=True, kw_only=True):
    url: Annotated[
        str, Meta(description="Resident register (住民基本台帳): https, or http on the loopback address. Required.")
    ] = ""
    ca: Annotated[Credential, Meta(description="CA of its certificate, PEM; empty: the system's.")] = Credential("")
    certificate: Annotated[Credential, Meta(description="Our client certificate for it, PEM; empty: none.")] = (
        Credential("")
    )
    key: Annotated[Credential, Meta(description="Key of that certificate, PEM.")] = Credential("")


class Cohorts(_Table, frozen=True, kw_only=True):
    share_percent: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="An upload in which a cohort (資格区分 and age band of an insurer) loses this share of its "
            "members, or of its burden ratios, waits for a second person.",
        ),
    ] = 10
    members: Annotated[
        int,
        Meta(
            ge=1,
            description="Cohorts in which fewer people than this are concerned are not held, unless five or more are "
            "all of the cohort.",
        ),
    ] = 20


class Freshness(_Table, frozen=True, kw_only=True):
    quiet_factor: Annotated[
        int,
        Meta(ge=2, le=30, description="An insurer is quiet after this many times its own usual distance of uploads."),
    ] = 3
    late_days: Annotated[int, Meta(ge=1, le=60, description="Lines that come more days than this after the event.")] = 5


class Officers(_Table, frozen=True, kw_only=True):
    ca_certificate: Annotated[Credential, Meta(description="Certificate of the officers' CA, PEM.")] = Credential(
        "officers-ca.pem"
    )
    ca_key: Annotated[
        Credential, Meta(description="Key of the officers' CA (P-256), PEM. Needed for enrolling only.")
    ] = Credential("officers-ca.key")
    certificate_days: Annotated[int, Meta(ge=1, le=1825, description="How long an officer's certificate is valid.")] = (
        365
    )


class Listen(_Table, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1, description="Address of the insurers' listener.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Port of the insurers' listener (TLS 1.3, client certificate); 0: any."),
    ] = 8445
    certificate: Annotated[Credential, Meta(description="Server certificate with its chain, PEM.")] = Credential(
        "insurers.pem"
    )
    key: Annotated[Credential, Meta(description="Key of the server certificate, PEM.")] = Credential("insurers.key")
    ops_host: Annotated[
        str, Meta(min_length=1, description="Address of the operators' listener (health, metrics; plain HTTP).")
    ] = "127.0.0.1"
    ops_port: Annotated[int, Meta(ge=0, le=65535, description="Port of the operators' listener; 0: any.")] = 9091
    trusted_hop: Annotated[
        str,
        Meta(
            description="Address of the one proxy that ends TLS and hands the officer's certificate on in the header "
            "`X-Onshi-Client-Certificate` (URL-encoded PEM). Empty: no proxy."
        ),
    ] = ""


class Console(_Table, frozen=True, kw_only=True):
    enabled: Annotated[
        bool, Meta(description="Serve the officers' console (pages) beside the web API, with the same certificates.")
    ] = False
    host: Annotated[str, Meta(min_length=1, description="Address of the console's listener.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[
        int, Meta(ge=0, le=65535, description="Port of the console (TLS 1.3, an officer's certificate); 0: any.")
    ] = 8446
    largest_mib: Annotated[int, Meta(ge=1, le=16384, description="Largest file that an officer may upload, MiB.")] = (
        4096
    )


class ImporterSettings(_Table, frozen=True, kw_only=True):
    """All settings, one field per TOML table."""

    credentials: Annotated[
        Path | None,
        Meta(description="Credentials folder; `$CREDENTIALS_DIRECTORY` (systemd) when not given."),
    ] = None
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="`debug`, `info`, `warning` or `error`.")
    ] = "info"
    database: Database = Database()
    numbers: Numbers = Numbers()
    files: Files = Files()
    residents: ResidentRegister = ResidentRegister()
    cohorts: Cohorts = Cohorts()
    freshness: Freshness = Freshness()
    officers: Officers = Officers()
    listen: Listen = Listen()
    console: Console = Console()

    def secret(self, name: str, credential: Credential) -> bytes:
        """What a credential's file holds; `OnshiError` (`CREDENTIAL_WRONG`)."""
        return self._shared().secret(name, credential)

    def path(self, credential: Credential) -> Path:
        """Where a credential's file is."""
        return self._shared().secret_path("credentials", credential)

    def database_url(self) -> str:
        """`database.url` with its password."""
        return self._shared().database_url()

    def _shared(self) -> Settings:
        return Settings(credentials=self.credentials, database=self.database)

    def hasher(self) -> NumberHasher:
        """The keys of the numbers; a key's id is its file's name without suffix."""
        keys = []
        for credential in self.numbers.keys:
            secret = self.secret("numbers.keys", credential)
            if len(secret) < MIN_KEY:
                raise OnshiError(CREDENTIAL_WRONG, setting="numbers.keys", file=credential, reason="under 32 bytes")
            keys.append(NumberKey(Path(credential).stem, secret))
        return NumberHasher(keys)

    def files_key(self) -> bytes:
        """The key of the spool."""
        key = self.secret("files.key", self.files.key)
        if len(key) != 32:
            raise OnshiError(CREDENTIAL_WRONG, setting="files.key", file=self.files.key, reason="not 32 bytes")
        return key


def load_importer_settings(path: Path | None, environment: Mapping[str, str]) -> ImporterSettings:
    """The settings of ``path`` (None: defaults) overridden by ``environment``; `OnshiError` (`SETTING_WRONG`)."""
    text = ""
    if path is not None:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as failed:
            raise OnshiError(SETTING_WRONG, file=str(path), reason=type(failed).__name__) from None
    return generic.load(
        ImporterSettings,
        text,
        file=str(path or "(no file)"),
        prefix=PREFIX,
        environment=environment,
        ignored=frozenset({CONFIG_VARIABLE}),
    )


def importer_settings(path: Path | None) -> ImporterSettings:
    """The same from this process's environment."""
    return load_importer_settings(path, os.environ)


def describe_importer_settings() -> list[Setting]:
    """Every setting with type, default and meaning, for the handbook."""
    return generic.describe(ImporterSettings, prefix=PREFIX)
