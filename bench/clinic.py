"""The folder exchange against its floor: writing one answer whole and durable, in the same folder and run.

The centre is a stand-in that answers at once, so everything measured is the exchange's own. Issue's bounds: one
request ≤ 1 s at the 95th percentile beyond the centre's time, 100 dropped at once ≤ 10 s.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import click
import msgspec
import structlog

from bench.numbers import p50, p95
from edge.clinic.folders import Exchange, RequestFolder
from edge.clinic.requests import Requests
from edge.clinic.writer import WholeFiles
from edge.uplink.port import Centre
from protocol.numbers import with_check_digit

CLINIC = with_check_digit("991000000")
_RESULT = {
    "InsuredCardClassification": "01",
    "InsurerNumber": "06990018",
    "InsuredIdentificationNumber": "4260",
    "Name": "見本　太郎",
    "Sex1": "1",
    "Birthdate": "19800102",
    "InsurerName": "見本健康保険組合",
}
_ANSWER = {
    "XmlMsg": {
        "MessageHeader": {
            "ProcessExecutionTime": "20260601090000",
            "QualificationConfirmationDate": "20260601",
            "MedicalInstitutionCode": CLINIC,
            "ReferenceClassification": "2",
            "SegmentOfResult": "1",
            "CharacterCodeIdentifier": "0",
        },
        "MessageBody": {
            "ProcessingResultStatus": "1",
            "QualificationValidity": "1",
            "ResultList": [{"ResultOfQualificationConfirmation": _RESULT}],
        },
    }
}
_REQUEST = (
    '<?xml version="1.0" encoding="Shift_JIS" standalone="no"?><XmlMsg><MessageHeader>'
    "<QualificationConfirmationDate>20260601</QualificationConfirmationDate>"
    f"<MedicalInstitutionCode>{CLINIC}</MedicalInstitutionCode></MessageHeader><MessageBody>"
    "<QualificationConfirmSearchInfo><InsurerNumber>06990018</InsurerNumber>"
    "<InsuredCardSymbol>公立</InsuredCardSymbol><InsuredIdentificationNumber>4260</InsuredIdentificationNumber>"
    "<Birthdate>19800102</Birthdate><LimitApplicationCertificateRelatedConsFlg>0"
    "</LimitApplicationCertificateRelatedConsFlg></QualificationConfirmSearchInfo></MessageBody></XmlMsg>"
).encode("cp932")


class _AtOnce:
    async def eligibility(self, message: dict[str, Any]) -> dict[str, Any]:
        return _ANSWER


class _Folders:
    def __init__(self, root: Path) -> None:
        self.req, self.res = root / "req", root / "res"
        self.req.mkdir()
        self.res.mkdir()
        self._dropped = 0

    def drop(self, count: int) -> list[Path]:
        """Request files at once; gives where their answers will be."""
        found = []
        for _ in range(count):
            self._dropped += 1
            name = f"{self._dropped:013d}.xml"
            (self.req / f"OQSsiquc01req_{name}").write_bytes(_REQUEST)
            found.append(self.res / f"OQSsiquc01res_{name}")
        return found

    async def answered(self, answers: list[Path], pause: float) -> None:
        while answers:
            if answers[-1].exists():
                answers.pop()
            else:
                await asyncio.sleep(pause)


async def measured(root: Path, singles: int, crowd: int, progress: Callable[[str], None]) -> dict[str, float]:
    folders, files = _Folders(root), WholeFiles()
    requests = Requests(cast(Centre, _AtOnce()), facility=CLINIC, clock=lambda: datetime.now(UTC))
    exchange = RequestFolder(Exchange(req=folders.req, res=folders.res), requests, files, ticks=time.monotonic)
    floor = []
    for number in range(50):
        began = time.perf_counter()
        await files.write(folders.res / f"floor-{number}", _REQUEST)
        floor.append(time.perf_counter() - began)
    running = asyncio.create_task(exchange.run())
    try:
        one = []
        for _ in range(singles):
            began = time.perf_counter()
            await folders.answered(folders.drop(1), 0.001)
            one.append(time.perf_counter() - began)
        found = {"floor_ms": p50(floor) * 1000, "one_p50_ms": p50(one) * 1000, "one_p95_ms": p95(one) * 1000}
        for count in (100, crowd):
            progress(f"{count} at once …")
            began = time.perf_counter()
            await folders.answered(await asyncio.to_thread(folders.drop, count), 0.02)
            found[f"{count}_at_once_s"] = time.perf_counter() - began
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await files.close()
    found["floors_per_answer"] = found[f"{crowd}_at_once_s"] * 1000 / crowd / found["floor_ms"]
    return found


@click.command()
@click.option("--singles", default=30, show_default=True, help="Requests one after the other.")
@click.option("--crowd", default=1000, show_default=True, help="Requests dropped at once, beside 100.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def clinic(singles: int, crowd: int, as_json: bool) -> None:
    """The folder exchange: time from request file to answer file, one by one and many at once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory(prefix="onshi-bench-") as folder:
        found = asyncio.run(measured(Path(folder), singles, crowd, lambda text: click.echo(text, err=True)))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for name, value in found.items():
        click.echo(f"{name:20} {value:10.2f}")
