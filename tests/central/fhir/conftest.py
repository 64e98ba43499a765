"""FHIR over the disclosure's practice: a register, consents, a receipt and a checkup.

On SQLite only: FHIR has no statement of its own. The tables are made once and copied for each test.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from central.db.opening import open_store
from tests.central.disclosure.practice import Practice
from tests.parts.store import create_all


@pytest.fixture(scope="session")
def made() -> list[Path]:
    """The database with its tables, once a test has made it."""
    return []


@pytest_asyncio.fixture
async def practice(
    made: list[Path], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Practice]:
    if not made:
        made.append(tmp_path_factory.mktemp("fhir") / "centre.sqlite")
        await create_all(f"sqlite:///{made[0]}")
    shutil.copy(made[0], tmp_path / "centre.sqlite")
    opened = open_store(f"sqlite:///{tmp_path / 'centre.sqlite'}")
    try:
        found = Practice(opened)
        await found.open()
        yield found
    finally:
        await opened.close()
