"""``pack.json``: what a folder of built models says about itself, written by `models` and read by the appliance.

Facts: thresholds belong to a model's identity (the SHA-256 of its published source file) and come with the
measurement they were set by. A pack that an operator supplies carries the same record with its own licence line.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from protocol.visit import Hex32

RECORD = "pack.json"


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cosine similarities: at ``accept`` and above it is a match; from ``review`` on more frames are asked for."""

    accept: Annotated[float, Meta(ge=-1, le=1)]
    review: Annotated[float, Meta(ge=-1, le=1)]
    measured: Annotated[str, Meta(min_length=10)]
    """The measurement that the numbers come from."""


class PackedModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One built graph."""

    id: str
    task: str
    file: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\.onnx$")]
    """A plain name inside the folder."""
    sha256: Hex32
    """Of the built file."""
    identity: Hex32
    """Of the published source file: what visit requests name and thresholds belong to."""
    licence: str
    threshold: Threshold | None = None


class PackRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All models of a pack."""

    name: str
    version: int
    engine: Literal["lean", "insightface"] = "lean"
    """What runs detection and comparison: onnxruntime on the files, or `insightface` on this folder."""
    models: tuple[PackedModel, ...]

    def by_task(self, task: str) -> PackedModel | None:
        """The model that does a task (``detection``, ``verification``, ``landmarks`` …), if the pack has one."""
        return next((one for one in self.models if one.task == task), None)
