"""From a database URL to its store."""

from pathlib import Path
from urllib.parse import urlsplit

from central.db.store import Store
from protocol.errors import OnshiError
from protocol.errors.input_ import SETTING_WRONG


def sqlite_path(url: str) -> Path | None:
    """The file of a ``sqlite:///`` URL (four slashes: absolute); None for ``sqlite://``, a private one."""
    rest = url.removeprefix("sqlite://")
    if rest in {"", "/", "/:memory:"}:
        return None
    return Path(rest.removeprefix("/"))


def is_sqlite(url: str) -> bool:
    """Whether it is a SQLite URL; raises `OnshiError` (`SETTING_WRONG`) for anything but the two databases."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return True
    if scheme in {"postgresql", "postgres"}:
        return False
    raise OnshiError(SETTING_WRONG, setting="database.url", reason="must be sqlite:///FILE or postgresql://…")


def open_store(url: str, *, size: int = 8, patience: float = 30.0) -> Store:
    """``sqlite:///file`` (``sqlite://``: a private file, gone when closed) or ``postgresql://…``.

    ``size`` and ``patience`` (seconds) are for PostgreSQL: connections, and how long to wait for anything.
    """
    if is_sqlite(url):
        from central.db.sqlite import SqliteStore

        return SqliteStore(sqlite_path(url))
    from central.db.postgres import PostgresStore

    return PostgresStore(url, size=size, patience=patience)
