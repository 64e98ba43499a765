"""Templates to bytes: Jinja2 with autoescape on and undefined names refused, words in two languages, days and counts.

What a page shows is decided in `routes`; here it only gets its form. Static files are served from the package.
"""

import mimetypes
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from central.console.page import Language, Shown
from central.console.words import CODES, ENGLISH
from central.insurers.officers import Officer
from protocol.eras import JST, japanese
from protocol.errors import CATALOGUE, OnshiError
from protocol.errors.fault import Fault

PLACE = Path(__file__).parent
STATIC = ("console.css", "console.js", "console.svg")


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """One of our own files with its type; None for any other name."""
    if name not in STATIC:
        return None
    return (PLACE / "static" / name).read_bytes(), f"{mimetypes.guess_type(name)[0]}; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a page: who is there, for which insurer, and the token of its forms."""

    officer: Officer
    insurer: str
    """The insurer's name."""
    token: str


class Pages:
    """Renders `Shown`."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(PLACE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, shown: Shown, language: Language, frame: Frame | None = None) -> bytes:
        """The page as UTF-8. Without a frame: for somebody who is not known, with nothing of any insurer in it."""
        words = Words(language)
        values: dict[str, Any] = {
            **shown.values,
            "_": words,
            "code": words.code,
            "fault_of": words.fault,
            "day": words.day,
            "birth": words.birth,
            "last_day": words.last_day,
            "moment": words.moment,
            "count": words.count,
            "operator": words.operator,
            "value": words.value,
            "language": language,
            "officer": frame.officer if frame else None,
            "insurer_name": frame.insurer if frame else "",
            "token": frame.token if frame else "",
        }
        return self._environment.get_template(shown.template).render(values).encode()


class Words:
    """Words, days and counts of one language. Called with a Japanese text it gives that of the language."""

    def __init__(self, language: Language) -> None:
        self._japanese = language == "ja"

    def __call__(self, japanese_text: str) -> str:
        return japanese_text if self._japanese else ENGLISH[japanese_text]

    def code(self, of: str, value: object) -> str:
        """The word for a stored code; the code itself where there is none."""
        found = CODES[of].get(str(value))
        return (found[0] if self._japanese else found[1]) if found else str(value)

    def fault(self, code: str | Fault) -> tuple[str, str]:
        """What a catalogue entry says, and what to do next."""
        fault = CATALOGUE[code] if isinstance(code, str) else code
        return (fault.desk_ja, fault.next_ja) if self._japanese else (fault.desk_en, fault.next_en)

    def day(self, told: date | None) -> str:
        if told is None:
            return ""
        return f"{told.year}年{told.month}月{told.day}日" if self._japanese else told.isoformat()

    def birth(self, told: date | str | None) -> str:
        """A birth date with its era; as YYYYMMDD or a day."""
        if isinstance(told, str):
            try:
                return self.birth(date(int(told[:4]), int(told[4:6]), int(told[6:8])))
            except ValueError:
                return told
        if told is None:
            return ""
        if not self._japanese:
            return told.isoformat()
        try:
            return f"{japanese(told)}（{told.year}年）"
        except OnshiError:
            return self.day(told)

    def last_day(self, first_after: date | None) -> str:
        """The last day of a span that ends before ``first_after``."""
        return self.day(first_after - timedelta(days=1)) if first_after else ""

    def moment(self, told: datetime | None) -> str:
        if told is None:
            return ""
        local = told.astimezone(JST)
        return f"{self.day(local.date())} {local.hour:02d}:{local.minute:02d}"

    @staticmethod
    def count(told: int) -> str:
        return f"{told:,}"

    @staticmethod
    def operator(told: str) -> str:
        """Who, without the prefix that says which kind of account."""
        return told.removeprefix("officer:")

    def value(self, name: str, told: object) -> str:
        """A stored value as it is read: days, codes, per cent."""
        if name == "birth_date":
            return self.birth(told if isinstance(told, date) else str(told))
        if isinstance(told, date):
            return self.day(told)
        if name in CODES:
            return self.code(name, told)
        return f"{told:,}" if isinstance(told, int) else str(told)
