"""A page of the console as a value: who may see it, what of the insurer's it names, what it answers. No framework.

`web` serves these, the tests try every one of them as another insurer's officer.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from central.insurers.officers import Officer, Role
from protocol.errors import OnshiError
from protocol.errors.console import FORM_WRONG

Language = Literal["ja", "en"]


class Incoming(Protocol):
    """A file while it comes in: parts of bytes, and how many there will be (0: not told)."""

    size: int

    def parts(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of an officer, checked: own origin, the form's token, the page's role."""

    officer: Officer
    language: Language = "ja"
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    file: Incoming | None = None

    def word(self, name: str, *, longest: int = 200) -> str:
        """One field of the form, blanks around it cut off; "" when it was left empty. Raises `OnshiError`."""
        values = self.form.get(name, ())
        if len(values) > 1 or any(len(value) > longest for value in values):
            raise OnshiError(FORM_WRONG, item=name)
        return values[0].strip() if values else ""

    @property
    def page(self) -> int:
        """Which page of a list, from 1."""
        told = self.query.get("page", "1")
        return min(max(int(told), 1), 100_000) if told.isascii() and told.isdecimal() and len(told) < 7 else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A template with its values. ``about``: id of the upload or record, for the officer's own book; ``subject``:
    the person whose data is shown; ``references``: records of which something is shown."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    about: str | None = None
    subject: str | None = None
    references: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """See another page: what a form's answer is once it is done. ``language``: remember it."""

    to: str
    about: str | None = None
    references: Sequence[str] = ()
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Bytes for a script of ours."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that leaves in parts."""

    parts: AsyncIterator[bytes]
    name: str
    content_type: str
    about: str | None = None


Answer = Shown | Moved | Told | Download
Handler = Callable[[Visit], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``action`` names it in the audit log (``console.…``). ``names``: what of an insurer's the request names: path
    parameters and form fields; a page with none shows the officer's own insurer only."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    action: str
    role: Role = Role.OFFICER
    names: tuple[str, ...] = ()
    takes_file: bool = False
    audited: bool = True
    """False where nothing is shown but how far an upload is: asked for every second by a page that is audited."""
