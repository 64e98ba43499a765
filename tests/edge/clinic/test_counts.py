"""The folder exchange at the issue's counts: one request at the 95th percentile, a hundred and ten thousand at once."""

from pathlib import Path

import pytest
import structlog

from bench.clinic import measured

pytestmark = pytest.mark.soak


@pytest.mark.timeout(900)
async def test_one_is_answered_within_a_second_and_a_hundred_within_ten(tmp_path: Path) -> None:
    with structlog.testing.capture_logs():
        found = await measured(tmp_path, 200, 10_000, lambda _: None)
    assert found["one_p95_ms"] <= 1000
    assert found["100_at_once_s"] <= 10
    assert found["10000_at_once_s"] <= 600
