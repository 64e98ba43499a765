"""A real Samba server for tests: own configuration, own folders, one port on the loopback, one user, in the foreground.

Fixture ``samba`` (once a session): the share ``oqs`` over a folder in which each test makes its own. The server runs
as whoever runs the tests, so that what it and the appliance write belongs to one owner, as with ``force user``.
`Windows` is a client that does what clinic software on Windows does; every call blocks.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from smbprotocol.change_notify import ChangeNotifyFlags, FileSystemWatcher
from smbprotocol.connection import Connection
from smbprotocol.exceptions import NoMoreFiles
from smbprotocol.file_info import FileAttributes, FileBasicInformation, FileInformationClass, FileRenameInformation
from smbprotocol.header import Commands
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    LockFlags,
    Open,
    RequestedOplockLevel,
    ShareAccess,
    SMB2LockElement,
    SMB2SetInfoRequest,
)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from tests.conftest import need
from tests.parts.ports import free_port

SHARE = "oqs"
NOBODY_ELSE = 0
"""Share mode of whoever opens a file for itself alone, as most programs on Windows do while they write."""
PATIENCE = 30
"""Seconds that the client waits for an answer of the server."""
EVERYBODY = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
_CONFIG = """[global]
  server role = standalone server
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  smb ports = {port}
  disable netbios = yes
  disable spoolss = yes
  load printers = no
  printing = bsd
  private dir = {folder}/private
  lock directory = {folder}/lock
  state directory = {folder}/state
  cache directory = {folder}/cache
  pid directory = {folder}/run
  ncalrpc dir = {folder}/ncalrpc
  log file = {folder}/log
  max log size = 0
  server min protocol = SMB2_10
  idmap config * : range = 100000-199999
  dbwrap_tdb_mutexes:* = no
  passdb backend = tdbsam:{folder}/private/passdb.tdb
[{share}]
  path = {folder}/share
  read only = no
{options}
"""


@dataclass(frozen=True)
class Share:
    """Where the server listens and which local folder it shows."""

    port: int
    user: str
    password: str
    folder: Path

    def windows(self) -> "Windows":
        """A client of its own; use it in a ``with`` block."""
        return Windows(self)


@contextmanager
def running_share(*options: str) -> Iterator[Share]:
    """A started server; ``options`` are further lines of the share's section."""
    smbd, pdbedit = need("smbd"), need("pdbedit")
    folder = Path(tempfile.mkdtemp(prefix="onshi-smb-"))
    for name in ("private", "lock", "state", "cache", "run", "ncalrpc", "share"):
        (folder / name).mkdir()
    user, password, port = pwd.getpwuid(os.geteuid()).pw_name, secrets.token_hex(8), free_port()
    config = folder / "smb.conf"
    lines = "\n".join(f"  {one}" for one in options)
    config.write_text(_CONFIG.format(port=port, folder=folder, share=SHARE, options=lines))
    subprocess.run(
        [pdbedit, "-s", str(config), "-a", "-t", "-u", user],
        input=f"{password}\n{password}\n", text=True, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(  # its own session: when it ends it ends its whole process group
            [smbd, "--foreground", "--no-process-group", "-s", str(config)],
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        _await_ready(port, process, folder)
        yield Share(port, user, password, folder / "share")
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _await_ready(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise RuntimeError((folder / "output").read_text())


@pytest.fixture(scope="session")
def samba() -> Iterator[Share]:
    """The share that the tests use, with the options that the book recommends."""
    with running_share(*RECOMMENDED) as share:
        yield share


RECOMMENDED = ("oplocks = no", "smb2 leases = no", "veto files = /*.onshi-part/", "kernel share modes = no")


class Windows:
    """One connection with one tree. Paths are relative to the share, with back slashes."""

    def __init__(self, share: Share) -> None:
        self._connection = Connection(uuid.uuid4(), "127.0.0.1", share.port)
        # Without a limit a lost answer would be waited for until the test's own limit, which names nobody.
        self._connection.receive = partial(self._connection.receive, timeout=PATIENCE)
        self._share = share
        self.broken = threading.Event()
        """The server has asked for an oplock."""

    def __enter__(self) -> Self:
        self._connection.connect(timeout=20)
        self._ignore_breaks()
        session = Session(self._connection, self._share.user, self._share.password)
        session.connect()
        self._tree = TreeConnect(session, rf"\\127.0.0.1\{SHARE}")
        self._tree.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.disconnect(close=True)

    def _ignore_breaks(self) -> None:
        """The server's wish that we give an oplock back is noted and not followed, until the handle is closed.

        ``smbprotocol`` does not know these messages: it would end the connection.
        """
        receive = self._connection.transport.recv

        def recv(timeout: float) -> bytes:
            while True:
                message: bytes = receive(timeout)
                if int.from_bytes(message[12:14], "little") != Commands.SMB2_OPLOCK_BREAK:
                    return message
                self.broken.set()

        self._connection.transport.recv = recv

    def open(
        self,
        path: str,
        *,
        disposition: int = CreateDisposition.FILE_OPEN,
        access: int = FilePipePrinterAccessMask.GENERIC_READ,
        share: int = ShareAccess.FILE_SHARE_READ,
        options: int = CreateOptions.FILE_NON_DIRECTORY_FILE,
        oplock: int = RequestedOplockLevel.SMB2_OPLOCK_LEVEL_NONE,
    ) -> Open:
        """An open handle, or the server's refusal as ``smbprotocol.exceptions``."""
        handle = Open(self._tree, path)
        handle.create(
            ImpersonationLevel.Impersonation,
            access,
            FileAttributes.FILE_ATTRIBUTE_NORMAL,
            share,
            disposition,
            options,
            oplock_level=oplock,
        )
        return handle

    def creating(self, path: str, *, share: int = NOBODY_ELSE, oplock: int = 0) -> Open:
        """A new file, open for writing, as ``CreateFile`` with CREATE_ALWAYS gives it."""
        access = FilePipePrinterAccessMask.GENERIC_WRITE | FilePipePrinterAccessMask.DELETE
        return self.open(
            path, disposition=CreateDisposition.FILE_OVERWRITE_IF, access=access, share=share, oplock=oplock
        )

    def write(self, path: str, data: bytes) -> None:
        """Creates or overwrites, and closes."""
        handle = self.creating(path)
        try:
            handle.write(data, 0)
        finally:
            handle.close(False)

    def read(self, path: str) -> bytes:
        handle = self.open(path, share=EVERYBODY)
        try:
            return bytes(handle.read(0, handle.end_of_file)) if handle.end_of_file else b""
        finally:
            handle.close(False)

    def delete(self, path: str) -> None:
        """As ``DeleteFile`` does: open for deletion, delete on close."""
        self.open(
            path,
            access=FilePipePrinterAccessMask.DELETE,
            share=EVERYBODY,
            options=CreateOptions.FILE_NON_DIRECTORY_FILE | CreateOptions.FILE_DELETE_ON_CLOSE,
        ).close(False)

    def rename(self, path: str, target: str, *, replace: bool = False) -> None:
        """As ``MoveFileEx`` does, with MOVEFILE_REPLACE_EXISTING where told."""
        handle = self.open(path, access=FilePipePrinterAccessMask.DELETE, share=EVERYBODY)
        try:
            told = FileRenameInformation()
            told["replace_if_exists"] = replace
            told["file_name"] = target
            self._set(handle, told, FileInformationClass.FILE_RENAME_INFORMATION)
        finally:
            handle.close(False)

    def set_attributes(self, path: str, attributes: int) -> None:
        """As ``SetFileAttributes`` does."""
        handle = self.open(path, access=FilePipePrinterAccessMask.FILE_WRITE_ATTRIBUTES, share=EVERYBODY)
        try:
            told = FileBasicInformation()
            told["file_attributes"] = attributes
            self._set(handle, told, FileInformationClass.FILE_BASIC_INFORMATION)
        finally:
            handle.close(False)

    def _set(self, handle: Open, told: Any, kind: int) -> None:
        request = SMB2SetInfoRequest()
        request["info_type"] = 1
        request["file_info_class"] = kind
        request["file_id"] = handle.file_id
        request["buffer"] = told
        session = self._tree.session.session_id
        self._connection.receive(self._connection.send(request, session, self._tree.tree_connect_id))

    def names(self, path: str) -> list[str]:
        """What ``FindFirstFile`` would list."""
        handle = self._folder(path)
        names: list[str] = []
        try:
            while True:
                found = handle.query_directory("*", FileInformationClass.FILE_NAMES_INFORMATION)
                names += [bytes(one["file_name"].get_value()).decode("utf-16-le") for one in found]
        except NoMoreFiles:
            return [name for name in names if name not in {".", ".."}]
        finally:
            handle.close(False)

    def _folder(self, path: str) -> Open:
        return self.open(
            path,
            access=FilePipePrinterAccessMask.GENERIC_READ,
            share=EVERYBODY,
            options=CreateOptions.FILE_DIRECTORY_FILE,
        )

    def lock(self, handle: Open) -> None:
        """The whole file for this handle alone, as ``LockFile`` does."""
        element = SMB2LockElement()
        element["offset"] = 0
        element["length"] = 1 << 20
        element["flags"] = LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK | LockFlags.SMB2_LOCKFLAG_FAIL_IMMEDIATELY
        handle.lock([element])

    def changes(self, path: str, kind: int, stop: threading.Event, watching: threading.Event) -> Iterator[list[str]]:
        """The names of each notification, as ``ReadDirectoryChangesW`` gives them, until ``stop``."""
        handle = self._folder(path)
        while not stop.is_set():
            watcher = FileSystemWatcher(handle)
            watcher.start(kind, ChangeNotifyFlags.NONE)
            watching.set()
            while not watcher.response_event.wait(0.05):
                if stop.is_set():
                    return
            yield [str(one["file_name"].get_value()) for one in watcher.result or ()]
