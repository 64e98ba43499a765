"""Both engines give the same for our own pack. Needs the extra ``insightface`` (requirements/insightface.lock)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge.face.engine import LeanEngine
from edge.face.engines import open_engine
from edge.face.pack import Pack
from models import insight
from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD, PackRecord
from sandbox import portraits


@pytest.fixture(scope="module")
def folder(pack_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own pack, opened with the second engine."""
    target = tmp_path_factory.mktemp("second")
    for file in pack_folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    record = msgspec.json.decode((target / RECORD).read_bytes(), type=PackRecord)
    insight.write_package(target, record)
    told = json.loads((target / RECORD).read_text())
    (target / RECORD).write_text(json.dumps({**told, "engine": "insightface"}))
    return target


@pytest.mark.usefixtures("engine_installed")
def test_both_engines_see_the_same_faces_and_give_the_same_embeddings(engine: LeanEngine, folder: Path) -> None:
    second = open_engine(Pack(folder))
    assert type(second).__name__ == "InsightFaceEngine"
    for portrait in portraits.EVERYBODY:
        picture = portraits.live_picture(portrait)
        assert picture is not None
        image = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
        [mine, theirs] = [one.detect(image)[0] for one in (engine, second)]
        np.testing.assert_allclose(mine.box, theirs.box, atol=0.05)
        np.testing.assert_allclose(mine.points, theirs.points, atol=0.05)
        assert float(engine.embed(image, mine) @ second.embed(image, theirs)) >= 0.9999


@pytest.mark.usefixtures("engine_installed")
def test_the_second_engine_never_goes_to_the_network(folder: Path) -> None:
    asked = (
        "import socket, sys\n"
        "def forbidden(*given, **more): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = forbidden\n"
        "socket.getaddrinfo = forbidden\n"
        "from pathlib import Path\n"
        "from edge.face.engines import open_engine\n"
        "from edge.face.pack import Pack\n"
        "print(open_engine(Pack(Path(sys.argv[1]))).verifier.id)\n"
    )
    run = subprocess.run([sys.executable, "-c", asked, str(folder)], capture_output=True, text=True, check=False)
    assert run.stdout.endswith("sface\n"), run.stderr


@pytest.mark.usefixtures("engine_installed")
@pytest.mark.parametrize("second", [False, True], ids=["lean", "insightface"])
def test_an_engine_notes_nothing_about_its_use(pack_folder: Path, folder: Path, tmp_path: Path, second: bool) -> None:
    """onnxruntime's wheels write a telemetry store into the home folder as they load, unless they are silenced."""
    asked = "import sys; from pathlib import Path; from edge.face.engines import open_engine; "
    asked += "from edge.face.pack import Pack; open_engine(Pack(Path(sys.argv[1])))"
    places = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", asked, str(folder if second else pack_folder)], check=True, env={**environment, **places}
    )
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_pack_for_an_engine_that_is_not_installed_is_a_catalogue_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "insightface"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "insightface", None)
    with pytest.raises(OnshiError) as refused:
        open_engine(Pack(folder))
    assert refused.value.fault is models_.SOURCE_MISSING
    assert str(refused.value.details["package"]).partition(".")[0] == "insightface"
