"""Selecting, reading, verifying and signing on the card: the one place that sends commands.

Applets say what they want; this knows the order that the card demands: SELECT AP, SELECT file, free counter,
VERIFY, and no SELECT AP between a VERIFY and what it opens, since that clears the security status. Files are
addressed by SELECT only, never by short id, so that `edge.card.files.ALLOWED` sees every access.
Facts: `my-number-card` reference, section 3.
"""

from edge.card import tlv
from edge.card.apdu import INS, SW, Command, Response, UnexpectedStatus, exchange
from edge.card.connection import CardConnection
from edge.card.credentials import RULES, check_counter, check_form, zero
from edge.card.files import Application, File, Use, allow
from edge.card.port import Credential, Tries
from protocol.errors import Fault, OnshiError, card
from protocol.visit import DIGEST_INFO_SHA256

SHORT_CHUNK = 256
EXTENDED_CHUNK = 2048
"""A certificate in one exchange, yet within what common readers buffer, and short enough for the watchdog."""
LAST_OFFSET = 0x7FFF
"""READ BINARY addresses 15 bits."""
MOST_COMMANDS = 2000
"""Commands of one session. All of a card in short chunks takes 200; a card that drips single bytes is cut off."""
SIGNATURE_LENGTH = 256
"""RSA-2048, the only key size of the card's generation."""

_NOT_THERE = frozenset({SW.FILE_NOT_FOUND, SW.RECORD_NOT_FOUND, SW.REFERENCE_NOT_FOUND, SW.NO_CURRENT_FILE})
_NO_EXTENDED = frozenset({SW.WRONG_LENGTH, SW.NO_INSTRUCTION, SW.NO_CLASS, SW.NO_DIAGNOSIS, SW.WRONG_P1P2})


class FileMissing(UnexpectedStatus):
    """The card does not have this file."""


class NoObject(OnshiError):
    """The file does not start with the object that belongs there."""


class AccessDenied(UnexpectedStatus):
    """6982: a credential has to be shown first."""


class _Counted:
    """The connection, with an end to the conversation."""

    def __init__(self, inner: CardConnection) -> None:
        self.atr = inner.atr
        self.extended = inner.extended
        self.close = inner.close
        self._inner = inner
        self._left = MOST_COMMANDS

    def transmit(self, command: bytes | bytearray) -> bytes:
        if not self._left:
            raise OnshiError(card.GARBLED, step="session", commands=MOST_COMMANDS)
        self._left -= 1
        return self._inner.transmit(command)


class CardChannel:
    """One card's conversation: which application is current and what has been shown to it."""

    def __init__(self, connection: CardConnection) -> None:
        self._connection = _Counted(connection)
        self._extended = connection.extended
        self._application: Application | None = None
        self._verified: set[File] = set()

    def verified(self, file: File) -> bool:
        """Whether this credential was accepted and no application has been selected since."""
        return file in self._verified

    def use(self, application: Application, missing: Fault) -> None:
        """Make an application current. Raises ``missing`` where the card does not have it."""
        if self._application is application:
            return
        self._application = None
        self._verified.clear()
        sw = self._send(Command(0x00, INS.SELECT, 0x04, 0x0C, application.value)).sw
        if sw >> 8 in (0x6A, 0x6D, 0x6E, 0x69):
            raise OnshiError(missing, application=application.name, sw=f"{sw:04X}")
        if sw != SW.OK:
            raise UnexpectedStatus(f"SELECT {application.name}", sw)
        self._application = application

    def read_object(self, file: File, tag: int, *, limit: int) -> bytes:
        """The TLV object at the start of a file, whole; filler after it is left out. ``limit`` in bytes.

        Raises `NoObject` where the file starts with anything else (filler: nothing was written to it).
        """
        self._select(file, Use.READ)
        raw = bytearray()
        total: int | None = None
        while True:
            part = self._read(file, len(raw), None if total is None else total - len(raw))
            raw += part
            if total is None:
                total = _length(file, tag, bytes(raw), limit, ended=not part)
            elif not part:
                raise OnshiError(card.GARBLED, step=str(file), length=len(raw))
            if total is not None and len(raw) >= total:
                return bytes(raw[:total])

    def read_fixed(self, file: File, length: int) -> bytes:
        """The first ``length`` bytes (up to 256) of a file without TLV, or fewer where the file is shorter."""
        self._select(file, Use.READ)
        return self._checked(file, self._read_once(0, length), length)

    def read_record(self, file: File) -> bytes:
        """Record 1 of a record file."""
        self._select(file, Use.READ)
        return self._checked(file, self._send(Command(0x00, INS.READ_RECORD, 0x01, 0x04, le=SHORT_CHUNK)), SHORT_CHUNK)

    def tries(self, file: File) -> Tries:
        """The free retry counter; costs nothing."""
        self._select(file, Use.COUNT)
        return self._tries(file)

    def verify(self, file: File, credential: Credential, secret: bytearray) -> None:
        """Show a credential, if its counter allows. Zeroes ``secret`` whatever happens.

        Raises `OnshiError`: the credential's form, blocked, guarded or wrong fault (with ``tries_left``).
        """
        rules = RULES[credential]
        try:
            check_form(credential, secret)
            self._select(file, Use.VERIFY)
            check_counter(credential, self._tries(file).left)
            self._verified.discard(file)
            response = self._send(Command(0x00, INS.VERIFY, 0x00, 0x80, secret))
        finally:
            zero(secret)
        if response.ok:
            self._verified.add(file)
            return
        left = response.tries_left
        if left == 0 or response.sw in (SW.BLOCKED, SW.BLOCKED_ISO):
            raise OnshiError(rules.blocked, tries_left=0)
        if left is not None:
            raise OnshiError(rules.wrong, tries_left=left)
        if response.sw == SW.TRIES_UNLIMITED:
            raise OnshiError(rules.wrong)
        raise UnexpectedStatus(f"VERIFY {file}", response.sw)

    def sign(self, digest: bytes, key: File | None) -> bytes:
        """PKCS#1 v1.5 over the DigestInfo of a SHA-256; ``key`` None is the application's default key."""
        if len(digest) != 32:
            raise ValueError("a SHA-256 has 32 bytes")
        if key is not None:
            self._select(key, Use.SIGN)
        p2 = 0x80 if key is not None else 0x00
        info = DIGEST_INFO_SHA256 + digest
        response = self._send(Command(0x80, INS.COMPUTE_SIGNATURE, 0x00, p2, info, le=SIGNATURE_LENGTH))
        if response.sw == SW.SECURITY_STATUS:
            raise AccessDenied("SIGN", response.sw)
        if not response.ok:
            raise UnexpectedStatus("SIGN", response.sw)
        if len(response.data) != SIGNATURE_LENGTH:
            raise OnshiError(card.GARBLED, step="SIGN", length=len(response.data))
        return response.data

    def _send(self, command: Command) -> Response:
        return exchange(self._connection, command)

    def _select(self, file: File, use: Use) -> None:
        allow(file, use)
        if file.application is not self._application:
            raise RuntimeError(f"{file} without its application")
        response = self._send(Command(0x00, INS.SELECT, 0x02, 0x0C, file.fid.to_bytes(2, "big")))
        if response.sw in _NOT_THERE:
            raise FileMissing(f"SELECT {file}", response.sw)
        if not response.ok:
            raise UnexpectedStatus(f"SELECT {file}", response.sw)

    def _tries(self, file: File) -> Tries:
        response = self._send(Command(0x00, INS.VERIFY, 0x00, 0x80))
        if response.sw in (SW.BLOCKED, SW.BLOCKED_ISO):
            return Tries(left=0)
        if response.sw == SW.TRIES_UNLIMITED:
            return Tries(left=None)
        if response.tries_left is not None:
            return Tries(left=response.tries_left)
        if response.sw in _NOT_THERE or response.sw == SW.CONDITIONS:
            raise FileMissing(f"counter {file}", response.sw)
        # A try is never spent on a counter that could not be read.
        raise UnexpectedStatus(f"counter {file}", response.sw)

    def _read(self, file: File, offset: int, wanted: int | None) -> bytes:
        if offset > LAST_OFFSET:
            raise OnshiError(card.GARBLED, step=str(file), length=offset)
        if self._extended:
            chunk = min(EXTENDED_CHUNK, wanted or EXTENDED_CHUNK)
            response = self._read_once(offset, chunk)
            if response.sw not in _NO_EXTENDED or chunk <= SHORT_CHUNK:
                return self._checked(file, response, chunk)
            self._extended = False
        chunk = min(SHORT_CHUNK, wanted or SHORT_CHUNK)
        return self._checked(file, self._read_once(offset, chunk), chunk)

    def _read_once(self, offset: int, length: int) -> Response:
        return self._send(Command(0x00, INS.READ_BINARY, offset >> 8, offset & 0xFF, le=length))

    def _checked(self, file: File, response: Response, asked: int) -> bytes:
        if response.ok or response.sw == SW.END_OF_FILE:
            if len(response.data) > asked:
                raise OnshiError(card.GARBLED, step=f"READ {file}", length=len(response.data))
            return response.data
        if response.sw == SW.OUTSIDE_FILE:
            return b""
        if response.sw == SW.SECURITY_STATUS:
            raise AccessDenied(f"READ {file}", response.sw)
        if response.sw in _NOT_THERE:
            raise FileMissing(f"READ {file}", response.sw)
        raise UnexpectedStatus(f"READ {file}", response.sw)


def _length(file: File, tag: int, raw: bytes, limit: int, *, ended: bool) -> int | None:
    """How long the object at the start of ``raw`` is; None when its header is not all there yet."""
    start = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if not start.startswith(raw[: len(start)]) or (ended and not raw):
        raise NoObject(card.GARBLED, step=str(file), tag=f"{tag:X}")
    try:
        _, head, length = tlv.header(raw)
    except tlv.NotYet:
        if ended:
            raise OnshiError(card.GARBLED, step=str(file), length=len(raw)) from None
        return None
    if head + length > limit:
        raise OnshiError(card.GARBLED, step=str(file), length=head + length)
    return head + length
