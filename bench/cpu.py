"""CPU time of the processes that this one started, in seconds; Linux, from /proc (ticks of 10 ms)."""

import os
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def children_seconds() -> float:
    """All living descendants together."""
    return sum(_of(pid) for pid in _descendants(os.getpid()))


def tree_seconds(pid: int) -> float:
    """A process, its living descendants, and all that any of them has waited for; 0 when it is gone."""
    found = 0.0
    for one in (pid, *_descendants(pid)):
        fields = _fields(one)
        found += sum(map(int, fields[11:15])) / _TICK if fields else 0.0
    return found


def tree_memory(pid: int) -> int:
    """Bytes that a process and its descendants hold for themselves (not what they share), now."""
    found = 0
    for one in (pid, *_descendants(pid)):
        with suppress(OSError, StopIteration):
            status = Path(f"/proc/{one}/status").read_text(encoding="utf-8", errors="replace").splitlines()
            found += int(next(line for line in status if line.startswith("RssAnon:")).split()[1]) << 10
    return found


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _fields(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.append(child)
            waiting.append(child)
    return found


def _of(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def _fields(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
