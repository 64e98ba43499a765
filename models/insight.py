"""The second engine's side of a pack: the package manifest that `insightface` reads, and packs of an operator.

An operator's pack is a folder with a detector and a recogniser for which the operator declares a licence and gives
thresholds of their own; the mesh and the eyes for the liveness challenge are ours. Nothing here goes to the network,
and no InsightFace model pack is named: most are for research only. Facts: `insightface` 2.1, manifest version 2.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from models.pack import ATTACK, Manifest, build, manifest, sha256, verify
from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD, PackedModel, PackRecord, Threshold

PACKAGE = "manifest.json"
LICENCE = "MODEL.LICENSE"
OURS = ("landmarks", "eyes")
"""Tasks that the challenge needs and no operator's pack has."""
_RAW = {"mean": 0.0, "std": 1.0}
_SCRFD, _ARCFACE = {"mean": 127.5, "std": 128.0}, {"mean": 127.5, "std": 127.5}
IDENTITY_SIZE = 512


def write_package(folder: Path, record: PackRecord) -> None:
    """``manifest.json`` and ``MODEL.LICENSE`` for our own pack, beside its record."""
    detector, verifier = record.by_task("detection_scrfd"), record.by_task("verification")
    if detector is None or verifier is None:
        return
    licence = f"{detector.id}: {detector.licence}\n{verifier.id}: {verifier.licence}\n"
    _write(folder, record.name, licence, detector=detector, verifier=verifier, raw=True, dimension=128)


def _write(
    folder: Path, name: str, licence: str, *, detector: PackedModel, verifier: PackedModel, raw: bool, dimension: int
) -> None:
    def task(model: PackedModel, scale: dict[str, float], **more: Any) -> dict[str, Any]:
        return {"file": model.file, "sha256": model.sha256, "preprocessing": _RAW if raw else scale, **more}

    told = {
        "manifest_version": 2,
        "model_id": name,
        "license": LICENCE,
        "tasks": {
            "detection": task(detector, _SCRFD),
            "recognition": task(verifier, _ARCFACE, embedding_dimension=dimension),
        },
    }
    (folder / LICENCE).write_text(licence, encoding="utf-8")
    (folder / PACKAGE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def adopt(
    folder: Path,
    *,
    name: str,
    detector: Path,
    verifier: Path,
    licence: str,
    threshold: Threshold,
    dimension: int = IDENTITY_SIZE,
    told: Callable[[str], None],
    known: Manifest | None = None,
) -> PackRecord:
    """Make a pack of an operator's SCRFD detector and ArcFace recogniser.

    ``licence`` is the operator's declaration, kept in the record. Raises `MANIFEST_WRONG` for an empty declaration,
    thresholds that are none and a network that the appliance could not use, before anything is written; and what
    `models.pack.build` raises.
    """
    from models import probe

    _declared(licence)
    _stated(threshold)
    if threshold.review > threshold.accept:
        raise OnshiError(models_.MANIFEST_WRONG, reason="review is above accept")
    networks = probe.read(detector, probe.detector), probe.read(verifier, probe.verifier(dimension))
    default = known or manifest()
    ours = tuple(model for model in default.model if model.task in OURS)
    needed = {model.source for model in ours}
    kept = msgspec.structs.replace(default, model=ours, source=tuple(one for one in default.source if one.id in needed))
    base = build(folder, told=told, known=kept)

    models = [
        _taken(folder, networks[0], "detection", licence),
        _taken(folder, networks[1], "verification", licence, threshold),
    ]
    record = PackRecord(name=name, version=1, engine="insightface", models=(*models, *base.models))
    _write(folder, name, licence, detector=models[0], verifier=models[1], raw=False, dimension=dimension)
    for one in models:
        told(f"{one.task}: {one.file}")
    _keep(folder, record)
    return record


def add_attack(folder: Path, network: Path, *, licence: str, threshold: Threshold) -> PackRecord:
    """Put an operator's attack detector (PAD CNN) into a built pack, ours or their own, in place of an earlier one.

    Raises `MANIFEST_WRONG` for an empty declaration, a threshold that is none and a network that the appliance could
    not use, and what `models.pack.verify` raises; nothing is written then.
    """
    from models import probe

    _declared(licence)
    _stated(threshold)
    built = verify(folder)
    added = _taken(folder, probe.read(network, probe.attack), ATTACK, licence, threshold)
    kept = tuple(one for one in built.models if one.task != ATTACK)
    record = msgspec.structs.replace(built, models=(*kept, added))
    _keep(folder, record)
    return record


def _declared(licence: str) -> None:
    if len(licence.strip()) < 10:
        raise OnshiError(models_.MANIFEST_WRONG, reason="a licence declaration of at least ten characters is needed")


def _stated(threshold: Threshold) -> None:
    """Refuses what could be written into the record and not be read from it."""
    try:
        msgspec.json.decode(msgspec.json.encode(threshold), type=Threshold)
    except msgspec.ValidationError as wrong:
        raise OnshiError(models_.MANIFEST_WRONG, reason=f"threshold: {wrong}") from None


def _taken(folder: Path, network: bytes, task: str, licence: str, limit: Threshold | None = None) -> PackedModel:
    """A model of the operator's, written into the pack; its identity is its own hash."""
    target = folder / f"{task}.onnx"
    target.write_bytes(network)
    digest = sha256(target)
    return PackedModel(
        id=task,
        task=task,
        file=target.name,
        sha256=digest,
        identity=digest,
        licence=licence.strip(),
        threshold=limit,
    )


def _keep(folder: Path, record: PackRecord) -> None:
    (folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))
