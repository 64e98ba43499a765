"""The page of the upload's layout: every column with what it takes, and an empty file to begin with."""

from collections.abc import AsyncIterator

from central.console.page import Answer, Download, Shown, Visit
from central.insurers.layout import COLUMNS, COUNT_MARK, HEADER
from central.insurers.shapes import shape


async def layout_page(visit: Visit) -> Answer:
    """All columns in the order of the file."""
    place = 0 if visit.language == "ja" else 1
    columns = [(number, column, shape(column)[place]) for number, column in enumerate(COLUMNS, 1)]
    return Shown(template="layout_page.html", values={"columns": columns})


async def layout_file(_: Visit) -> Answer:
    """A file with the header and the count line, as a spreadsheet program in Japan opens it."""

    async def parts() -> AsyncIterator[bytes]:
        yield f"\ufeff{HEADER}\r\n{COUNT_MARK},0\r\n".encode()

    return Download(parts=parts(), name="layout.csv", content_type="text/csv; charset=utf-8")
