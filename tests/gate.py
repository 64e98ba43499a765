"""Runs the whole suite with coverage and holds the rooms that must not rot to 90 % of their branches.

``python -m tests.gate``: one pytest run over all tests (short counts), then one verdict per room. The last lines
are pytest's own, so that whoever reads the log sees how many tests ran.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import coverage

FLOOR = 90.0
ROOMS = ("protocol", "edge/card", "central/trust", "central/presence", "central/register")


def branch_coverage(room: str) -> float:
    """Percentage of a room's branches that the last run took; lines do not count."""
    data = coverage.Coverage()
    data.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        data.json_report(include=[f"{room}/*"], outfile=report.name)
        totals = json.loads(Path(report.name).read_bytes())["totals"]
    return 100.0 * totals["covered_branches"] / totals["num_branches"]


def main() -> int:
    python = sys.executable
    subprocess.run([python, "-m", "coverage", "erase"], check=True)
    tests = subprocess.run(
        [
            python,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "--dist",
            # A file to a worker: what a module starts once (pcscd, PostgreSQL, a world) is started once. Groups
            # would do it too, but pytest-xdist 3.8 does not see them with pytest 9.
            "loadfile",
            "--cov",
            "--cov-report=",
            *sys.argv[1:],
        ],
        check=False,
    )
    if tests.returncode:
        return tests.returncode
    low = []
    for room in ROOMS:
        reached = branch_coverage(room)
        print(f"coverage {room}: {reached:.1f} % of branches (floor {FLOOR:.0f} %)")
        if reached < FLOOR:
            low.append(room)
    if low:
        print(f"below the floor: {', '.join(low)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
