"""The card's instructions, one function each, and the table that finds them by class and instruction byte.

Facts: `my-number-card` reference, section 3. Inferred, because no public source says: wrong kinds of file answer
6981, a PIN of another length costs a try, PSS salt is 32 bytes, ``00 88`` signs the challenge verbatim, ``80 2A``
without Le is 6700. Terminal authentication (``80 A2``) and secure messaging are not public: always refused.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from sandbox.card.apdu import SW, Command, Refused
from sandbox.card.model import (
    Access,
    Always,
    Application,
    ElementaryFile,
    PrivateKey,
    Records,
    Secret,
    Transparent,
)


@dataclass
class State:
    """What one power-on session holds: the application, the file, and the credentials that were shown."""

    applications: Mapping[bytes, Application]
    power_on: Application
    application: Application
    random: Callable[[int], bytes]
    touched: list[tuple[str, int]]
    current: int | None = None
    verified: set[int] = field(default_factory=set)

    def select_application(self, application: Application) -> None:
        """Also when it is the same one: the security status is gone."""
        self.application, self.current = application, None
        self.verified.clear()

    def address(self, fid: int) -> ElementaryFile:
        """Make the file the current one."""
        found = self.application.files.get(fid)
        if found is None:
            raise Refused(SW.NOT_FOUND)
        self.current = fid
        self.touched.append((self.application.name, fid))
        return found

    def file(self, p2: int) -> ElementaryFile:
        """P2 ``80`` is the current file, ``80+SFI`` the file with that short id."""
        if p2 & 0xE0 != 0x80:
            raise Refused(SW.WRONG_P1P2)
        if p2 != 0x80:
            return self.address(p2 & 0x1F)
        if self.current is None:
            raise Refused(SW.NO_CURRENT_FILE)
        return self.application.files[self.current]

    def require(self, access: Access) -> None:
        if access is Always.FREE:
            return
        if access is Always.NEVER or not (access & self.verified):
            raise Refused(SW.NOT_ALLOWED)


def select(state: State, command: Command) -> bytes:
    how = (command.p1, command.p2)
    if how == (0x00, 0x00) and not command.data:
        # Does nothing when an application is selected; the power-on state has none.
        if state.application is state.power_on:
            raise Refused(SW.WRONG_P1P2)
    elif how in ((0x04, 0x0C), (0x04, 0x00)):
        found = state.applications.get(command.data)
        if found is None:
            raise Refused(SW.NOT_FOUND)
        state.select_application(found)
    elif how in ((0x02, 0x0C), (0x02, 0x00)):
        if len(command.data) != 2:
            raise Refused(SW.WRONG_LENGTH)
        state.address(int.from_bytes(command.data, "big"))
    elif command.p1 == 0x00 and len(command.data) == 2:
        raise Refused(SW.NOT_FOUND)
    else:
        raise Refused(SW.WRONG_P1P2)
    return b""


def read_binary(state: State, command: Command) -> bytes:
    if command.p1 & 0x80:
        if command.p1 & 0x60:
            raise Refused(SW.WRONG_P1P2)
        found, offset = state.file(command.p1), command.p2
    else:
        found, offset = state.file(0x80), command.p1 << 8 | command.p2
    if not isinstance(found, Transparent):
        raise Refused(SW.INCOMPATIBLE_FILE)
    if command.le is None or command.data:
        raise Refused(SW.WRONG_LENGTH)
    state.require(found.read)
    physical = found.physical
    if offset >= len(physical):
        raise Refused(SW.OUTSIDE_FILE)
    return physical[offset : offset + command.le]


def read_record(state: State, command: Command) -> bytes:
    if command.p2 & 0x07 != 0x04:
        raise Refused(SW.WRONG_P1P2)
    found = state.file(0x80 | command.p2 >> 3)
    if not isinstance(found, Records):
        raise Refused(SW.INCOMPATIBLE_FILE)
    if command.le is None or command.data:
        raise Refused(SW.WRONG_LENGTH)
    state.require(found.read)
    if not 1 <= command.p1 <= len(found.records):
        raise Refused(SW.RECORD_NOT_FOUND)
    return found.records[command.p1 - 1][: command.le]


def _secret(state: State, p2: int) -> Secret:
    found = state.file(p2)
    if not isinstance(found, Secret):
        raise Refused(SW.INCOMPATIBLE_FILE)
    return found


def verify(state: State, command: Command) -> bytes:
    if command.p1:
        raise Refused(SW.WRONG_P1P2)
    secret = _secret(state, command.p2)
    if not command.data:
        # The free counter: always 63xx, also after a good VERIFY.
        raise Refused(SW.UNLIMITED if secret.limit is None else SW.COUNTER | secret.left)
    if secret.blocked:
        raise Refused(SW.BLOCKED)
    assert state.current is not None  # noqa: S101 - `_secret` found a current file
    if not hmac.compare_digest(command.data, secret.value):
        state.verified.discard(state.current)
        if secret.limit is None:
            raise Refused(SW.UNLIMITED)
        secret.left -= 1
        raise Refused(SW.COUNTER | secret.left)
    secret.left = secret.limit or 0
    state.verified.add(state.current)
    return b""


def change_pin(state: State, command: Command) -> bytes:
    if command.header[:3] != state.application.change_header:
        raise Refused(SW.WRONG_P1P2)
    secret = _secret(state, command.p2)
    if secret.blocked:
        raise Refused(SW.BLOCKED)
    if state.current not in state.verified:
        raise Refused(SW.NOT_ALLOWED)
    if secret.lengths is None:
        raise Refused(SW.CONDITIONS)
    shortest, longest = secret.lengths
    if not shortest <= len(command.data) <= longest:
        raise Refused(SW.WRONG_LENGTH)
    secret.value = command.data
    return b""


def challenge(state: State, command: Command) -> bytes:
    if command.p1 or command.p2:
        raise Refused(SW.WRONG_P1P2)
    if command.data or command.le is None or command.le > 256:
        raise Refused(SW.WRONG_LENGTH)
    return state.random(command.le)


def _pss() -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


def _prehashed(data: bytes) -> utils.Prehashed:
    if len(data) != 32:
        raise Refused(SW.CONDITIONS)
    return utils.Prehashed(hashes.SHA256())


def _verbatim(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    if not 1 <= len(data) <= 245:
        raise Refused(SW.CONDITIONS)
    return key.sign(data, padding.PKCS1v15(), utils.NoDigestInfo())


SIGNING: tuple[Callable[[rsa.RSAPrivateKey, bytes], bytes], ...] = (
    _verbatim,
    lambda key, data: _verbatim(key, _sha256(data)),
    lambda key, data: key.sign(data, padding.PKCS1v15(), _prehashed(data)),
    lambda key, data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
    lambda key, data: key.sign(data, _pss(), _prehashed(data)),
    lambda key, data: key.sign(data, _pss(), hashes.SHA256()),
)
"""What P1 of ``80 2A`` means: verbatim, bare hash, hash given, card hashes; PSS hash given, PSS card hashes."""


def sign(state: State, command: Command) -> bytes:
    if command.p1 >= len(SIGNING):
        raise Refused(SW.WRONG_P1P2)
    if command.p2:
        found = state.file(command.p2)
    elif state.application.default_key is not None:
        found = state.application.files[state.application.default_key]
    else:
        raise Refused(SW.WRONG_P1P2)
    if not isinstance(found, PrivateKey):
        raise Refused(SW.INCOMPATIBLE_FILE)
    if not command.data or command.le is None or command.le < 256:
        raise Refused(SW.WRONG_LENGTH)
    state.require(found.use)
    if found.key is None:
        raise Refused(SW.CONDITIONS)
    return SIGNING[command.p1](found.key, command.data)


def internal_authenticate(state: State, command: Command) -> bytes:
    wanted = state.application.internal_authentication_key
    if wanted is None:
        raise Refused(SW.NO_INSTRUCTION)
    if command.p1 or command.p2 != 0x80 | wanted:
        raise Refused(SW.WRONG_P1P2)
    found = state.address(wanted)
    if not command.data or command.le is None:
        raise Refused(SW.WRONG_LENGTH)
    if not isinstance(found, PrivateKey) or found.key is None:
        raise Refused(SW.CONDITIONS)
    return _verbatim(found.key, command.data)


def get_data(state: State, command: Command) -> bytes:
    found = state.application.objects.get(command.p1 << 8 | command.p2)
    if found is None:
        raise Refused(SW.NO_DATA_OBJECT)
    if command.data or command.le is None:
        raise Refused(SW.WRONG_LENGTH)
    return found[: command.le]


def terminal_certificate(state: State, command: Command) -> bytes:
    """特定機関認証: its profile is not public, so every P1/P2 is refused, as the surveyed guesses were."""
    raise Refused(SW.WRONG_P1P2)


def last_command(state: State, command: Command) -> bytes:
    """Only the iPhone's token answers this one; a card says wrong length."""
    raise Refused(SW.WRONG_LENGTH)


INSTRUCTIONS: dict[int, dict[int, Callable[[State, Command], bytes]]] = {
    0x20: {0x00: verify},
    0x24: {0x00: change_pin},
    0x2A: {0x80: sign},
    0x32: {0x80: change_pin},
    0x84: {0x00: challenge},
    0x88: {0x00: internal_authenticate},
    0xA2: {0x80: terminal_certificate},
    0xA4: {0x00: select},
    0xB0: {0x00: read_binary},
    0xB2: {0x00: read_record},
    0xCA: {0x00: get_data},
    0xFC: {0x80: last_command},
}
"""By instruction, then class: an unknown instruction is 6D00, a known one in another class 6E00."""

CARRIES_SECRET = frozenset({0x20, 0x24, 0x32})


def dispatch(state: State, command: Command) -> bytes:
    """The data of the answer; raises `Refused` with any status word but 9000."""
    by_class = INSTRUCTIONS.get(command.ins)
    if command.cla in (0x01, 0x02, 0x03):
        raise Refused(SW.NO_CHANNEL)
    if command.cla in (0x04, 0x08, 0x0C):
        raise Refused(SW.NO_SECURE_MESSAGING if command.ins == 0xA4 else SW.SECURE_MESSAGING_OBJECTS)
    if command.cla not in (0x00, 0x80):
        raise Refused(SW.NO_CLASS)
    if by_class is None:
        raise Refused(SW.NO_INSTRUCTION)
    handler = by_class.get(command.cla)
    if handler is None:
        raise Refused(SW.NO_CLASS)
    return handler(state, command)
