"""schemathesis against the OpenAPI document of the running centre: no server error, no undocumented answer."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from central.api.openapi import document
from central.app import build
from central.facilities.ca import DeviceCa, make_ca
from central.settings import Clinics, Database, Listen, Settings
from protocol.numbers import with_check_digit
from tests.parts.devices import new_key, signing_request

pytestmark = pytest.mark.sockets

CLINIC = with_check_digit("991000000")


@pytest.mark.timeout(330)
@pytest.mark.parametrize("listener", ["devices", "clinics", "operators"])
async def test_schemathesis_finds_nothing(tmp_path: Path, listener: str) -> None:
    certificate, key = make_ca(now=datetime.now(UTC))
    (tmp_path / "device-ca.pem").write_bytes(certificate)
    # A trusted hop lets a plain HTTP client speak for an enrolled device.
    listen = Listen(host="127.0.0.1", port=0, ops_port=0, trusted_hop="127.0.0.1")
    clinics = Clinics(enabled=True, host="127.0.0.1", port=0)
    central = build(Settings(credentials=tmp_path, database=Database(url="sqlite://"), listen=listen, clinics=clinics))
    await central.start()
    try:
        await central.facilities.add_facility(CLINIC, "第一医院")
        issued = await central.facilities.enrol(
            DeviceCa(certificate, key),
            signing_request(new_key(), "reader-1"),
            device="reader-1",
            facility=CLINIC,
            days=3,
        )
        told = document(central.routes(), version="1")
        told["paths"] = {
            path: {method: one for method, one in operations.items() if one["x-onshi-listener"] == listener}
            for path, operations in told["paths"].items()
            # Not ready without anchors, and says so with 503.
            if path != "/readyz"
        }
        (tmp_path / "openapi.json").write_bytes(msgspec.json.encode(told))
        ports = {"devices": central.device_port, "clinics": central.clinics_port, "operators": central.ops_port}
        token = central.domains.tokens.issue(await central.facilities.device_named("reader-1"))
        words = [
            sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", f"http://127.0.0.1:{ports[listener]}",
            "-H", f"X-Onshi-Client-Certificate: {quote(issued.pem.decode())}",
            *(("-H", f"Authorization: {token}") if listener == "clinics" else ()),
            "--max-examples", "10" if listener == "clinics" else "30", "--seed", "1", "--no-color",
            # A body of the right form is still refused: signatures and codes are no matter of form.
            "--exclude-checks", "positive_data_acceptance",
        ]  # fmt: skip
        running = await asyncio.create_subprocess_exec(
            *words, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await asyncio.wait_for(running.communicate(), 300)
        assert running.returncode == 0, output.decode()
        assert b"Operations" in output
    finally:
        await central.stop()
