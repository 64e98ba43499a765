"""What a worker process with secrets in its memory does first: no core dumps, no debugger, nothing left when freed.

Linux; elsewhere what is missing is left out.
"""

import ctypes
import resource
import signal
from contextlib import suppress
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_MLOCK_ONFAULT = 1
_M_PERTURB, _OVERWRITTEN = -6, 0xFF
"""glibc: blocks of a kilobyte and more are overwritten with that byte as they are freed, whoever asked for them."""


def harden() -> None:
    """No core dumps, no debugger of the same user, no life after the daemon, no end by a Ctrl-C meant for it.

    What decoders and networks copy for themselves is overwritten when they free it (glibc; some 3 % of CPU).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(AttributeError):  # not Linux
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_PERTURB, _OVERWRITTEN)


def lock(buffer: Any) -> bool:
    """Keep a writable buffer's pages out of swap, as they come into use; False where the system does not allow it.

    The buffer must not be resized afterwards.
    """
    view = memoryview(buffer)
    if not view:
        return True
    place = ctypes.addressof(ctypes.c_char.from_buffer(view))
    with suppress(AttributeError):  # not Linux, or an old C library
        return bool(ctypes.CDLL(None).mlock2(ctypes.c_void_p(place), ctypes.c_size_t(len(view)), _MLOCK_ONFAULT) == 0)
    return False


def limit_growth(headroom: int) -> None:
    """Let this process's address space grow by no more than ``headroom`` bytes from now on.

    What a hostile picture asks for beyond that is a MemoryError in here and no trouble for the machine.
    """
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    wanted = pages * resource.getpagesize() + headroom
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
