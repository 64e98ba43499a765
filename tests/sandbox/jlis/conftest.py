"""A fresh J-LIS world per test, over keys made once per test run, with a clock that the test moves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sandbox.jlis.world import JlisWorld

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)
"""Noon in Japan."""


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jlis") / "keys"


@pytest.fixture
def world(key_folder: Path, clock: Clock) -> JlisWorld:
    return JlisWorld.open(key_folder, TODAY, "seed", clock=clock)
