import pytest

from tests.edge.fakes import World


@pytest.fixture
async def world() -> World:
    return World()
