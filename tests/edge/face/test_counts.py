"""The counts of the model card: every presentation, each portrait, many seeds. Simulated, all of them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from edge.face.verification import Ended
from sandbox import portraits
from sandbox.camera.presentations import ATTACKS, GENUINE
from tests.edge.face.conftest import Play

SEEDS = range(10, 14)


@pytest.mark.soak
def test_counts_of_simulated_presentations(play: Play, tmp_path: Path) -> None:
    """Prints one line per presentation: how many, how many accepted, how many at the first try."""
    counts: Counter[tuple[str, str]] = Counter()
    for presentation in (*GENUINE, *ATTACKS):
        for holder in portraits.EVERYBODY:
            for seed in SEEDS:
                ended = play(presentation.name, holder, seed)
                counts[presentation.name, "all"] += 1
                counts[presentation.name, "accepted"] += ended.step.ended is Ended.MATCH
                first = ended.step.ended is Ended.MATCH and ended.step.tries_left == 3
                counts[presentation.name, "first"] += first
        row = {what: counts[presentation.name, what] for what in ("all", "accepted", "first")}
        print(presentation.name, json.dumps(row), flush=True)
    assert {one.name: counts[one.name, "accepted"] for one in ATTACKS if counts[one.name, "accepted"]} == {}
    missed = {one.name: counts[one.name, "all"] - counts[one.name, "accepted"] for one in GENUINE}
    assert not any(missed.values()), missed
