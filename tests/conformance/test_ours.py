"""Our own server passes the whole kit; and the kit's strict client dies of what it shall die of."""

import asyncio
import json
import shlex
import ssl
import time
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner
from defusedxml.ElementTree import fromstring

from edge.clinic.requests import Requests
from edge.clinic.service import habits_of, works
from edge.clinic.writer import WholeFiles
from edge.daemon import connect
from edge.settings import read_settings
from edge.uplink.device import DeviceKey
from sandbox.centre_commands import DEVICE, enrolled, opened, people, web_kit, web_url, with_records
from sandbox.demo.centre import running_centre
from sandbox.demo.outside import running_jlis
from sandbox.world.world import World as Invented
from tests.conformance.__main__ import main
from tests.conformance.runner import Folders, Outcome, WebApi, World, cases, run
from tests.conformance.strict import Violation, judge_json, judge_xml
from tests.parts.until import until

pytestmark = pytest.mark.sockets


class Served:
    def __init__(self, root: Path, url: str, invented: Invented, web_kit: str) -> None:
        self.root, self.url, self.web_kit = root, url, web_kit
        self.world = World(tomllib.loads((root / "people.toml").read_text("utf-8")))
        place = invented.places.appliance / DEVICE
        self.plain = ssl.create_default_context(cafile=str(invented.centre_ca))
        self.certified = ssl.create_default_context(cafile=str(invented.centre_ca))
        self.certified.load_cert_chain(place / "device.pem", place / "device.key")


@pytest_asyncio.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    with Invented.open(tmp_path / "world") as invented:
        async with (
            running_jlis(invented) as jlis,
            running_centre(invented, jlis, told=opened(invented, jlis.url)) as centre,
        ):
            root = tmp_path / "oqs"
            file = await enrolled(invented, centre, root)
            await asyncio.to_thread(people, invented, root)
            await with_records(invented, centre, root)
            edge = read_settings(await asyncio.to_thread(file.read_text, "utf-8"), file="edge.toml", environment={})
            folders = await asyncio.to_thread(_at_root, edge, root)
            files = WholeFiles(nudge_seconds=0.1)
            async with connect(edge, DeviceKey.load(edge.files.key, DEVICE)) as line:
                requests = Requests(
                    line,
                    facility=edge.device.facility,
                    clock=lambda: datetime.now(UTC),
                    habits=habits_of(folders),
                )
                running = [
                    asyncio.create_task(work())
                    for work in works(folders, requests, files, ticks=time.monotonic).values()
                ]
                yield Served(root, web_url(centre), invented, web_kit(invented, centre, root))
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                await files.close()


def _at_root(edge: Any, root: Path) -> Any:
    from edge.clinic.service import at_root

    return at_root(edge.folders, root)


async def test_our_server_passes_every_case(served: Served) -> None:
    def kit() -> list[Outcome]:
        web = WebApi(served.url, served.world, certified=served.certified, plain=served.plain)
        return [*run(Folders(served.root, served.world), cases("folder")), *run(web, cases("web"))]

    outcomes = await asyncio.to_thread(kit)
    assert [(one.name, one.why) for one in outcomes if one.why] == []
    assert len(outcomes) >= 60
    await until(lambda: not [entry for folder in ("req", "res") for entry in (served.root / folder).iterdir()])


async def test_the_command_that_the_sandbox_prints_passes_and_wrong_words_are_told_as_such(served: Served) -> None:
    python, module, name, *words = shlex.split(served.web_kit)
    assert (python, module, name) == ("python", "-m", "tests.conformance")

    def kit(*more: str) -> Any:
        return CliRunner().invoke(main, [*words, *more])

    passed = await asyncio.to_thread(kit, "--json")
    assert (passed.exit_code, json.loads(passed.stdout.splitlines()[-1])["failed"]) == (0, 0)
    wrong = served.root / "wrong.toml"
    for content in (
        b"no toml",
        b"\xff = 1",
        b"facility = '1'",
        b"facility = 1\n[people.a]",
        b"people = 1\nfacility = '1'",
    ):
        wrong.write_bytes(content)
        told = kit("--people", str(wrong))
        assert (told.exit_code, "--people" in told.stderr) == (2, True)
    certificate = words[words.index("--certificate") + 1]
    for option, value in (("--key", str(wrong)), ("--key", certificate), ("--ca", str(wrong))):
        told = kit(option, value)
        assert (told.exit_code, "Error: " in told.stderr, "Traceback" in told.output) == (2, True, False)


GOOD = """<XmlMsg><MessageHeader><ProcessExecutionTime>20261121093000</ProcessExecutionTime>
<QualificationConfirmationDate>20261121</QualificationConfirmationDate>
<MedicalInstitutionCode>9910100016</MedicalInstitutionCode><ReferenceClassification>1</ReferenceClassification>
<SegmentOfResult>1</SegmentOfResult><CharacterCodeIdentifier>0</CharacterCodeIdentifier></MessageHeader><MessageBody>
<ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity><ResultList>
<ResultOfQualificationConfirmation><InsuredCardClassification>01</InsuredCardClassification>
<InsurerNumber>06990121</InsurerNumber><Name>a</Name><Sex1>1</Sex1><Birthdate>19800102</Birthdate>
<InsurerName>b</InsurerName><PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>
<PharmacistsInfoAvailableTime>20261122093000</PharmacistsInfoAvailableTime></ResultOfQualificationConfirmation>
</ResultList></MessageBody></XmlMsg>"""


def test_the_strict_client_accepts_a_good_answer() -> None:
    judge_xml(fromstring(GOOD), "OQSsiquc01res")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Name>a</Name>", ""),
        ("<Name>a</Name>", "<Name></Name>"),
        ("<Name>a</Name>", "<Name>a</Name><Name>b</Name>"),
        ("<Sex1>1</Sex1>", "<Sex1>4</Sex1>"),
        ("19800102", "1980-01-02"),
        ("20261121093000", "202611210930"),
        ("<SegmentOfResult>1</SegmentOfResult>", ""),
        ("<ReferenceClassification>1</ReferenceClassification>", ""),
        ("<ProcessingResultStatus>1</ProcessingResultStatus>", ""),
        ("<SegmentOfResult>1", "<ErrorCode>1</ErrorCode><SegmentOfResult>1"),
        ("<SegmentOfResult>1", "<SegmentOfResult>9"),
        ("06990121", "6990121"),
        ("InfoConsFlg>1</", "InfoConsFlg>0</"),
        ("<XmlMsg>", '<XmlMsg version="1">'),
        ("<InsurerName>b", '<InsurerName lang="ja">b'),
        ("<ResultList>", "<ResultList>text"),
    ],
)
def test_the_strict_client_dies_of_what_clients_die_of(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(Violation):
        judge_xml(fromstring(GOOD.replace(old, new)), "OQSsiquc01res")


@pytest.mark.parametrize("wrong", [None, 1, "", {}, [], True])
def test_the_strict_client_dies_of_nulls_and_numbers(wrong: Any) -> None:
    header = {
        "ProcessExecutionTime": "20261121093000", "QualificationConfirmationDate": "20261121",
        "MedicalInstitutionCode": "9910100016", "ReferenceClassification": "2", "SegmentOfResult": "1",
        "CharacterCodeIdentifier": "0",
    }  # fmt: skip
    good = {"XmlMsg": {"MessageHeader": header, "MessageBody": {"ProcessingResultStatus": "1"}}}
    judge_json(good, "OQSsiquc01res")
    good["XmlMsg"]["MessageBody"]["ProcessingResultMessage"] = wrong
    with pytest.raises(Violation):
        judge_json(good, "OQSsiquc01res")


MEDICAL = """<XmlMsg><MessageHeader><MedicalInstitutionCode>9910100016</MedicalInstitutionCode>
<ResultCode>1</ResultCode>
<QuaInf><Name>a</Name><Birth>19800102</Birth><AdmGendCode>1</AdmGendCode></QuaInf></MessageHeader><MessageBody>
<MeTrMonthInf><DiOrg>4</DiOrg><MeTrMonth>202605</MeTrMonth><InOut>2</InOut><DiDateInfs><DiDateInf>
<DiDate>20260507</DiDate><DrugInfs><DrugInf><DrugC>699900102</DrugC><Qua1>1.5</Qua1><Times>28</Times>
<MeTrIdCl>1</MeTrIdCl></DrugInf></DrugInfs></DiDateInf></DiDateInfs></MeTrMonthInf></MessageBody></XmlMsg>"""


def test_the_strict_client_accepts_good_drugs_and_a_refusal_in_words() -> None:
    judge_xml(fromstring(MEDICAL), "YZKsiquc01res")
    refusal = MEDICAL[: MEDICAL.index("<ResultCode>")] + (
        "<ResultCode>9</ResultCode><MessageContents>b</MessageContents></MessageHeader></XmlMsg>"
    )
    judge_xml(fromstring(refusal), "YZKsiquc01res")
    judge_xml(fromstring(refusal), "TKKsiquc01res")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<ResultCode>1</ResultCode>", ""),
        ("<ResultCode>1<", "<ResultCode>9<"),
        ("<Birth>19800102</Birth>", ""),
        ("<Times>28<", "<Times>28日<"),
        ("<MeTrIdCl>1<", "<MeTrIdCl>内服<"),
        ("<Qua1>1.5<", "<Qua1>1E+1<"),
        ("<DiDate>20260507<", "<DiDate>2026/05/07<"),
        ("<MeTrMonth>202605<", "<MeTrMonth>202613<"),
        ("<InOut>2<", "<InOut>院外<"),
        ("<DrugC>699900102</DrugC>", ""),
        ("<DrugInfs>", "<DrugInfs/><DrugInfs>"),
    ],
)
def test_the_strict_client_dies_of_drugs_that_it_cannot_cast(old: str, new: str) -> None:
    assert old in MEDICAL
    with pytest.raises(Violation):
        judge_xml(fromstring(MEDICAL.replace(old, new)), "YZKsiquc01res")
