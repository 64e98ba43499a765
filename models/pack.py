"""The pack of models: what it is made of, built into a folder, and verified before anything is loaded from it.

Sources are files inside installed, hash-pinned packages; no package is imported and nothing goes to the network.
The folder holds the built graphs and ``pack.json``, the record of what was built from what.
"""

import hashlib
import importlib.metadata
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD, PackedModel, PackRecord, Threshold
from protocol.visit import Hex32

HERE = Path(__file__).parent
ATTACK = "attack"
"""The task of an attack detector, which only an operator can add to a pack."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published file inside a package of the registry."""

    id: str
    package: str
    version: str
    path: str
    sha256: Hex32
    size: Annotated[int, Meta(gt=0)]
    licence: str
    """SPDX identifier of the licence of the weights."""
    licence_file: str
    origin: str


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A graph that is built from one source."""

    id: str
    source: str
    file: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.onnx$")]
    steps: tuple[str, ...]
    task: str
    input: str
    output: str
    use: str
    threshold: Threshold | None = None


class PackName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    version: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pack: PackName
    source: tuple[Source, ...]
    model: tuple[Model, ...]

    def source_of(self, model: Model) -> Source:
        return next(one for one in self.source if one.id == model.source)


def manifest(file: Path = HERE / "manifest.toml") -> Manifest:
    """The manifest; raises `MANIFEST_WRONG`, naming the file and what is wrong."""
    try:
        read = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Manifest)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise OnshiError(models_.MANIFEST_WRONG, file=file.name, reason=str(wrong)) from None
    known = {one.id for one in read.source}
    for model in read.model:
        if model.source not in known:
            raise OnshiError(models_.MANIFEST_WRONG, file=file.name, model=model.id, reason="unknown source")
        if unknown := set(model.steps) - STEPS.keys():
            raise OnshiError(models_.MANIFEST_WRONG, file=file.name, model=model.id, reason=f"unknown step {unknown}")
    return read


def sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def locate(source: Source) -> Path:
    """The source file inside its installed package; wrong bytes and wrong versions are refused."""
    try:
        installed = importlib.metadata.distribution(source.package)
    except importlib.metadata.PackageNotFoundError:
        raise OnshiError(models_.SOURCE_MISSING, package=source.package) from None
    if installed.version != source.version:
        raise OnshiError(models_.FILE_DIFFERS, package=source.package, found=installed.version)
    file = Path(str(installed.locate_file(source.path)))
    if not file.is_file():
        raise OnshiError(models_.SOURCE_MISSING, package=source.package, file=source.path)
    if file.stat().st_size != source.size or sha256(file) != source.sha256:
        raise OnshiError(models_.FILE_DIFFERS, package=source.package, file=source.path)
    return file


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _fold_weights(source: Path, target: Path) -> None:
    import onnx

    from models import graph

    onnx.save(graph.fold_weights(onnx.load(source)), target)


def _free_size(source: Path, target: Path) -> None:
    import onnx

    from models import graph

    onnx.save(graph.free_size(onnx.load(source), "input"), target)


def _scrfd_contract(source: Path, target: Path) -> None:
    import onnx

    from models import graph

    onnx.save(graph.scrfd_contract(onnx.load(source)), target)


def _tflite_to_onnx(source: Path, target: Path) -> None:
    import tflite2onnx

    tflite2onnx.convert(str(source), str(target))


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "copy": _copy,
    "fold_weights": _fold_weights,
    "free_size": _free_size,
    "scrfd_contract": _scrfd_contract,
    "tflite_to_onnx": _tflite_to_onnx,
}


def build(folder: Path, *, told: Callable[[str], None], known: Manifest | None = None) -> PackRecord:
    """Build every model into ``folder`` and write the record last: a folder without it is not a pack.

    ``told`` hears one line per model. Raises `SOURCE_MISSING` or `FILE_DIFFERS` before anything is written.
    """
    known = known or manifest()
    sources = {one.id: locate(one) for one in known.source}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)
    done = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for model in known.model:
            present = sources[model.source]
            for number, step in enumerate(model.steps):
                following = Path(scratch) / f"{model.id}.{number}.onnx"
                STEPS[step](present, following)
                present = following
            present.replace(folder / model.file)
            done.append(
                PackedModel(
                    id=model.id,
                    task=model.task,
                    file=model.file,
                    sha256=sha256(folder / model.file),
                    identity=known.source_of(model).sha256,
                    licence=known.source_of(model).licence,
                    threshold=model.threshold,
                )
            )
            told(f"{model.id}: {model.file}")
    record = PackRecord(name=known.pack.name, version=known.pack.version, models=tuple(done))
    (folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))
    return record


def verify(folder: Path, *, known: Manifest | None = None) -> PackRecord:
    """The built files, each with the bytes that the record names; of our own pack, each model of the manifest.

    Raises `PACK_NOT_BUILT`, `FILE_DIFFERS`, and `MANIFEST_WRONG` for a record that cannot be read.
    """
    known = known or manifest()
    try:
        raw = (folder / RECORD).read_bytes()
    except OSError:
        raise OnshiError(models_.PACK_NOT_BUILT, folder=str(folder)) from None
    try:
        record = msgspec.json.decode(raw, type=PackRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, reason=str(wrong)) from None
    expected = {model.id: known.source_of(model).sha256 for model in known.model}
    ours = {one.id: one.identity for one in record.models if one.task != ATTACK}
    if record.engine == "lean" and ours != expected:
        raise OnshiError(models_.PACK_NOT_BUILT, folder=str(folder), reason="built from another manifest")
    for one in record.models:
        try:
            found = sha256(folder / one.file)
        except OSError:
            raise OnshiError(models_.FILE_DIFFERS, file=one.file) from None
        if found != one.sha256:
            raise OnshiError(models_.FILE_DIFFERS, file=one.file)
    return record
