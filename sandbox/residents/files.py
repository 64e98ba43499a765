"""A population on disk: residents for the stand-in, one upload for each insurer, and the truth about the mistakes.

Files: ``residents.sqlite``, ``upload-<insurer>.csv``, ``truth.csv`` (upload, line, class of mistake).
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from central.insurers.layout import COUNT_MARK, HEADER
from sandbox.residents.lines import Line, csv_line, line
from sandbox.residents.mistakes import Mistakes
from sandbox.residents.people import Person, Population

PORTION = 5000
RESIDENTS = "residents.sqlite"
_CREATE = """CREATE TABLE resident (number TEXT PRIMARY KEY, name TEXT NOT NULL, kana TEXT NOT NULL,
  birth_date TEXT NOT NULL, sex TEXT NOT NULL, address TEXT NOT NULL) WITHOUT ROWID"""


class Written(NamedTuple):
    """What was written."""

    people: int
    uploads: int
    mistakes: int


class _Upload:
    """One insurer's file while it is written."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")
        self._file.write(f"{HEADER}\r\n")
        self.lines = 0

    def add(self, stated: Line) -> None:
        self.lines += 1
        self._file.write(f"{csv_line(stated, self.lines)}\r\n")

    def close(self) -> None:
        self._file.write(f"{COUNT_MARK},{self.lines}\r\n")
        self._file.close()


def write(
    population: Population,
    count: int,
    folder: Path,
    *,
    today: date,
    mistakes: int = 0,
    told: Callable[[int], None] = lambda _: None,
) -> Written:
    """Writes ``count`` people, ``mistakes`` of their lines with a seeded mistake."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESIDENTS).unlink(missing_ok=True)
    rng = random.Random(f"{population.seed}:lines")  # noqa: S311 - invented people
    wrong = Mistakes(f"{population.seed}:mistakes", wanted=mistakes, of=count)
    uploads: dict[str, _Upload] = {}
    with closing(sqlite3.connect(folder / RESIDENTS, isolation_level=None)) as database:
        # The file can be made again: no journal, no fsync.
        database.execute("PRAGMA journal_mode=OFF").close()
        database.execute("PRAGMA synchronous=OFF").close()
        database.execute(_CREATE)
        with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as truth:
            truth.write("upload,line,mistake\r\n")
            done = 0
            for portion in _portions(population.people(count)):
                database.execute("BEGIN")
                database.executemany("INSERT INTO resident VALUES (?,?,?,?,?,?)", map(_resident, portion))
                database.execute("COMMIT")
                stated = [(person, line(person, rng, today)) for person in portion]
                for one, kind in wrong.made(stated):
                    upload = uploads.get(one["insurer"])
                    if upload is None:
                        upload = uploads[one["insurer"]] = _Upload(folder / f"upload-{one['insurer']}.csv")
                    upload.add(one)
                    if kind:
                        truth.write(f"{upload.name},{upload.lines + 1},{kind}\r\n")
                done += len(portion)
                told(done)
        database.executemany("INSERT INTO resident VALUES (?,?,?,?,?,?)", wrong.residents)
    for upload in uploads.values():
        upload.close()
    return Written(people=done, uploads=len(uploads), mistakes=wrong.done)


def _portions(people: Iterator[Person]) -> Iterator[list[Person]]:
    while portion := list(islice(people, PORTION)):
        yield portion


def _resident(person: Person) -> tuple[str, ...]:
    birth = person.birth
    return (
        person.number,
        person.name,
        person.kana,
        f"{birth.year:04d}{birth.month:02d}{birth.day:02d}",
        person.sex,
        person.home.address,
    )
