"""What every test stands on: no sockets in unit tests, and real parts that are missing name themselves."""

import importlib.util
import os
import shutil

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

# In CI the same examples every time: a new find belongs to whoever runs the tests, not to an unrelated landing.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

PACKAGES = {
    "pcscd": "pcscd",
    "opensc-tool": "opensc",
    "pkcs11-tool": "opensc",
    "mosquitto": "mosquitto",
    "openssl": "openssl",
    "systemd-analyze": "systemd",
    "chromium": "chromium",
    "pdbedit": "samba",
    "postgres": "postgresql",
    "smbd": "samba",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`soak` runs only when asked for by name (`make soak`)."""
    if "soak" in (config.getoption("-m") or ""):
        return
    kept = [item for item in items if "soak" not in item.keywords]
    gone = [item for item in items if "soak" in item.keywords]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = kept


@pytest.fixture(autouse=True)
def _sockets(request: pytest.FixtureRequest) -> object:
    """Unit tests open no socket but a local pair; `sockets` and `real` tests may use the loopback."""
    if request.node.get_closest_marker("sockets") or request.node.get_closest_marker("real"):
        enable_socket()
    else:
        disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture
def engine_installed() -> None:
    """The second face engine, or a skip that names what is missing (a failure in CI)."""
    if importlib.util.find_spec("insightface") is None:
        told = "insightface is missing: make .venv/insightface.stamp"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)


def need(program: str, *extra_places: str) -> str:
    """The path of a system program, or a skip that names the package (a failure in CI)."""
    path = shutil.which(
        program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin", *extra_places])
    )
    if path:
        return path
    told = f"{program} is missing: `make system` (or apt-get install {PACKAGES.get(program, program)})"
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)
