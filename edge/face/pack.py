"""The model pack as the appliance reads it: the record, each file's bytes checked, thresholds by model identity.

Works on our own pack and on one that an operator supplies; knows nothing of how a pack is built.
"""

import hashlib
from pathlib import Path

import msgspec

from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD, PackedModel, PackRecord


class Pack:
    """A folder of models whose bytes are what its record says."""

    def __init__(self, folder: Path) -> None:
        """Reads the record; raises `PACK_NOT_BUILT` or `MANIFEST_WRONG`. Files are checked when they are asked for."""
        self.folder = folder
        try:
            raw = (folder / RECORD).read_bytes()
        except OSError:
            raise OnshiError(models_.PACK_NOT_BUILT, folder=str(folder)) from None
        try:
            self.record = msgspec.json.decode(raw, type=PackRecord)
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, reason=str(wrong)) from None

    def model(self, task: str) -> tuple[PackedModel, bytes]:
        """The model that does ``task`` and its bytes; raises `FILE_DIFFERS` when they are not the record's."""
        found = self.record.by_task(task)
        if found is None:
            raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, reason=f"no model for {task}")
        try:
            data = (self.folder / found.file).read_bytes()
        except OSError:
            raise OnshiError(models_.FILE_DIFFERS, file=found.file) from None
        if hashlib.sha256(data).hexdigest() != found.sha256:
            raise OnshiError(models_.FILE_DIFFERS, file=found.file)
        return found, data
