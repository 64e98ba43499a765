"""CPU time of the processes that this one started, in seconds; Linux, from /proc (ticks of 10 ms)."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def children_seconds() -> float:
    """All living descendants together."""
    return sum(_of(pid) for pid in _descendants(os.getpid()))


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
