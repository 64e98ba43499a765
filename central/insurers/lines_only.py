"""``onshi insurer import --lines-only``: a file checked against the layout alone; no database, nobody is asked."""

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
import msgspec

from central.insurers.check import LineChecker, LineFault, error_rows
from central.insurers.desk import FAULTS
from central.insurers.error_file import ErrorFile
from central.insurers.reader import UploadReader
from central.insurers.settings import ImporterSettings
from central.insurers.telling import faults_told
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors.insurers import FILE_ENCODING, LINE_ENCODING, LINES_REFUSED


def check_lines(settings: ImporterSettings, chunks: Iterable[bytes], errors: Path | None, *, as_json: bool) -> None:
    """Tells what is wrong with the lines; ends with 1 where something is."""
    reader = UploadReader(chunks)
    checker = LineChecker(today=datetime.now(JST).date(), rule=settings.numbers.check_digit)
    by_code: dict[str, int] = {}
    shown: list[LineFault] = []
    faulty = 0
    with ErrorFile(errors) as file:
        for number, text in reader:
            _, found = checker.check(number, text)
            faulty += bool(found)
            for fault in found:
                by_code[fault.code] = by_code.get(fault.code, 0) + 1
            shown += found[: FAULTS - len(shown)]
            file.write(error_rows(found))
    if LINE_ENCODING.code in by_code:
        raise OnshiError(FILE_ENCODING, reason="lines")
    if as_json:
        told = {"lines": reader.lines, "faulty": faulty, "encoding": reader.encoding, "by_code": by_code}
        click.echo(msgspec.json.encode(told | {"faults": shown}))
    else:
        click.echo(f"{reader.lines:,} lines ({reader.encoding}), {faulty:,} with faults")
    if faulty:
        if not as_json:
            again = "onshi insurer import FILE --lines-only --errors ERRORS"
            faults_told(shown, OnshiError(LINES_REFUSED, lines=faulty), again="" if errors else again)
        sys.exit(1)
