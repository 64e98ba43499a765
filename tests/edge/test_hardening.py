"""A worker with secrets leaves no dump and no copy behind."""

import subprocess
import sys

ASKED = """
import ctypes, resource
import numpy as np
from edge.hardening import harden
if {hardened}:
    harden()
kept = []
def used(size):
    image = np.full(size, 0x5A, dtype=np.uint8)
    kept.append(bytearray(size))
    return image.ctypes.data
left = 0
for size in (2_000, 50_000, 100_000):
    place = used(size)
    left += sum(ctypes.c_ubyte.from_address(place + at).value == 0x5A for at in range(64, size - 64, 97))
print(left, resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


def left(*, hardened: bool) -> tuple[int, int]:
    asked = ASKED.format(hardened=hardened)
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    bytes_left, core = told.split()
    return int(bytes_left), int(core)


def test_a_picture_that_a_library_has_freed_is_overwritten() -> None:
    assert left(hardened=True) == (0, 0)
    assert left(hardened=False)[0] > 0, "or this test sees nothing"


def test_a_buffer_counts_as_locked_only_where_its_pages_are() -> None:
    asked = """
from pathlib import Path
from edge.hardening import lock
def locked():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmLck"))
buffer, before = bytearray(400_000), locked()
print(lock(buffer) == (locked() - before >= 388), lock(bytearray()))
"""
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert told == "True True\n"
