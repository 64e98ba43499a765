"""Writes the face file: the result of a visit at the reader, as clinic software finds it in its face folder.

Only for an answer that has a QualificationValidity. Facts: reference clinic-interface 2.1 (name and encoding), 3.3.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.clinic.habits import Habits
from edge.clinic.names import face_name, is_face_of
from edge.clinic.writer import WholeFiles
from protocol.codes import CharacterCode
from protocol.errors import OnshiError, clinic
from protocol.messages import EligibilityAnswer, read_json


class FaceFolder:
    """`edge.visit.ports.FaceDelivery`. ``folder`` None: the clinic has face files switched off."""

    def __init__(
        self,
        folder: Path | None,
        files: WholeFiles,
        *,
        encoding: CharacterCode = CharacterCode.UTF_8,
        habits: Habits | None = None,
    ) -> None:
        self._habits = habits or Habits()
        self._folder = folder
        self._files = files
        self._encoding = encoding

    async def deliver(self, message: dict[str, Any], *, visit: str, at: datetime, again: bool = False) -> Path | None:
        """Write the file once per visit and give its path; ``again`` puts a new one in the place of the old.

        ``visit`` is the visit's id, ``at`` the aware time that goes into the name. Raises ``CLINIC-014`` without a
        QualificationValidity, ``CLINIC-011``/``012`` when the folder fails, ``INPUT-…`` for a message that is none.
        """
        answer = read_json(message, EligibilityAnswer)
        if answer.validity is None:
            raise OnshiError(clinic.NO_RESULT_TO_DELIVER)
        if self._folder is None:
            return None
        there = await asyncio.to_thread(self._found, str(answer.facility), visit)
        if there and not again:
            return there[0]
        await asyncio.to_thread(_remove, there)
        name = face_name(str(answer.facility), visit, at)
        file = self._habits.packed(name, self._habits.written(answer, self._encoding), bulk=False)
        path = self._folder / (name[:-4] + file.suffix)
        await self._files.write(path, file.data)
        return path

    def _found(self, facility: str, visit: str) -> list[Path]:
        """The files of this visit: what a restart left undelivered to nobody is not written twice."""
        if self._folder is None or not self._folder.is_dir():
            raise OnshiError(clinic.FOLDER_MISSING, folder="face")
        return [entry for entry in self._folder.iterdir() if is_face_of(entry.name, facility, visit)]


def _remove(old: list[Path]) -> None:
    try:
        for path in old:
            path.unlink(missing_ok=True)
    except OSError as refused:
        raise OnshiError(clinic.FOLDER_NOT_WRITABLE, errno=refused.errno or 0) from None
