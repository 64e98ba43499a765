"""Pages over HTTP: who calls, whether the form is our own, the answer, its audit row; then it leaves.

The only place of the console where HTTP meets a handler. A page is given only once its audit row (and the line in the
officer's own book) is on disk. Access lines carry the route's pattern and ids, never what was typed or shown.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from central.api import body
from central.api.authentication import OfficerAuthentication
from central.api.problems import incident, status_of
from central.audit import AuditEntry, Journal
from central.console import statements as s
from central.console.page import Answer, Download, Language, Moved, Page, Shown, Told, Visit
from central.console.pages import Frame, Pages
from central.insurers.officers import Officer, Officers
from protocol.errors import OnshiError
from protocol.errors.central import METHOD_WRONG
from protocol.errors.console import FILE_MISSING, FILE_TOO_LARGE, FORM_FOREIGN, FORM_WRONG, PAGE_UNKNOWN
from protocol.errors.insurers import FILE_EMPTY

FORM_LIMIT = 65_536
FIELDS = 1000
LANGUAGE = "onshi_language"
TOKEN = "token"  # noqa: S105 - the field's name
MIB = 1 << 20

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": with it a browser sends a form with the origin "null".
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

log = structlog.get_logger("central.console.access")


class Site:
    """What pages share. ``name`` gives an insurer's name, ``secret`` makes forms' tokens, ``largest`` is in MiB."""

    def __init__(
        self,
        *,
        officers: Officers,
        journal: Journal,
        pages: Pages,
        name: Callable[[str], Awaitable[str]],
        clock: Callable[[], datetime],
        secret: bytes,
        trusted_hop: str,
        largest: int,
        ids: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self.pages = pages
        self.name = name
        self.largest = largest * MIB
        self._journal = journal
        self._clock = clock
        self._secret = secret
        self._ids = ids
        self.officer = OfficerAuthentication(officers, trusted_hop=trusted_hop)

    def token(self, officer: Officer) -> str:
        """What every form of this officer carries."""
        return hmac.digest(self._secret, f"{officer.insurer}:{officer.id}".encode(), "sha256").hex()

    def check_token(self, officer: Officer, told: str) -> None:
        """`OnshiError` (`FORM_FOREIGN`) unless the form is one that we gave to this officer."""
        if not hmac.compare_digest(told.encode(), self.token(officer).encode()):
            raise OnshiError(FORM_FOREIGN)

    async def note(self, page: Page, officer: Officer, answer: Answer, *, code: str, content: bytes) -> None:
        """The audit row and the line in the officer's book, on disk together."""
        about = getattr(answer, "about", None)
        outcome = code or ("answered" if page.method == "GET" else "done")
        references: Sequence[str] = getattr(answer, "references", ())
        entry = AuditEntry(
            kind=f"console.{page.action}",
            outcome=outcome,
            operator=officer.operator,
            subject=getattr(answer, "subject", None),
            answer_hash=hashlib.sha256(content).hexdigest() if content else None,
            references=tuple(dict.fromkeys([*([about] if about else []), *references])),
        )
        line = {
            "insurer_number": officer.insurer,
            "row_id": self._ids(),
            "officer": officer.id,
            "at": self._clock(),
            "action": page.action,
            "outcome": outcome,
            "subject": about,
        }
        await self._journal.record(entry, writes=[(s.ACT, line)])


class _File:
    """The file part of a form while it comes in."""

    def __init__(self, part: BodyPartReader, size: int, largest: int) -> None:
        self.size = size
        self._part = part
        self._largest = largest

    async def parts(self) -> AsyncIterator[bytes]:
        came = 0
        try:
            while chunk := await self._part.read_chunk(1 << 18):
                came += len(chunk)
                if came > self._largest:
                    raise OnshiError(FILE_TOO_LARGE)
                yield chunk
        except (ConnectionError, web.RequestPayloadError, BadHttpMessage, ValueError, AssertionError):
            # aiohttp's reader asserts what a boundary has to look like.
            raise OnshiError(FORM_WRONG, item="broken off") from None
        if not came:
            raise OnshiError(FILE_EMPTY)


class _Serving:
    """One page as an aiohttp handler."""

    def __init__(self, page: Page, site: Site) -> None:
        self._page = page
        self._site = site

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        started, officer, code = time.perf_counter(), None, ""
        language = _language(request)
        answer: Answer
        try:
            officer = await self._site.officer(request)
            officer.require(self._page.role)
            answer = await self._answer(request, officer, language)
        except OnshiError as refused:
            code, answer = refused.fault.code, refusal(refused)
        except asyncio.CancelledError:
            raise
        except Exception as failed:  # noqa: BLE001 - the border: told outside by an incident number only
            unforeseen = incident(failed)
            code, answer = unforeseen.fault.code, refusal(unforeseen)
        response = await self._leave(request, answer, officer, language, code)
        log.info(
            "page",
            route=self._page.path,
            method=self._page.method,
            status=response.status,
            code=code or None,
            officer=officer.id if officer else None,
            ms=round((time.perf_counter() - started) * 1000, 2),
        )
        return response

    async def _answer(self, request: web.Request, officer: Officer, language: Language) -> Answer:
        page, site = self._page, self._site
        visit: dict[str, Any] = {"officer": officer, "language": language, "path": dict(request.match_info)}
        if page.method == "GET":
            return await page.handler(Visit(**visit, query=_query(request)))
        require_same_origin(request)
        if not page.takes_file:
            form = await _form(request)
            site.check_token(officer, form.get(TOKEN, [""])[0])
            return await page.handler(Visit(**visit, form=form))
        file = await _multipart(request, site, officer)
        return await page.handler(Visit(**visit, file=file))

    async def _leave(
        self, request: web.Request, answer: Answer, officer: Officer | None, language: Language, code: str
    ) -> web.StreamResponse:
        site = self._site
        try:
            content = await self._rendered(answer, officer, language) if isinstance(answer, Shown) else b""
            if officer is not None and self._page.audited:
                await site.note(self._page, officer, answer, code=code, content=content)
        except OnshiError as refused:
            answer = refusal(refused)
            content = site.pages.render(answer, language)
        except Exception as failed:  # noqa: BLE001 - the border, as above
            answer = refusal(incident(failed))
            content = site.pages.render(answer, language)
        if isinstance(answer, Download):
            return await _stream(request, answer)
        response = _response(answer, content)
        if answer_to_upload(request, response):
            # What still comes of a refused file is not read.
            response.force_close()
        return response

    async def _rendered(self, answer: Shown, officer: Officer | None, language: Language) -> bytes:
        site = self._site
        if officer is None:
            return site.pages.render(answer, language)
        frame = Frame(officer=officer, insurer=await site.name(officer.insurer), token=site.token(officer))
        return site.pages.render(answer, language, frame)


def answer_to_upload(request: web.Request, response: web.Response) -> bool:
    """Whether a refusal leaves before the whole body has come."""
    return response.status >= 400 and request.content_type == "multipart/form-data"


def refusal(refused: OnshiError) -> Shown:
    """A catalogue error as a page."""
    told = {name: refused.details.get(name, "") for name in ("incident", "upload")} | {"details": refused.details}
    return Shown(
        template="error.html",
        values={"fault": refused.fault, **told},
        status=status_of(refused.fault),
    )


def _response(answer: Shown | Moved | Told, content: bytes) -> web.Response:
    if isinstance(answer, Moved):
        response = web.Response(status=303, headers={**HEADERS, "Location": answer.to})
        if answer.language is not None:
            response.set_cookie(
                LANGUAGE, answer.language, max_age=31_536_000, httponly=True, samesite="Strict", secure=True
            )
        return response
    if isinstance(answer, Told):
        return web.Response(body=answer.body, headers={**HEADERS, "Content-Type": answer.content_type})
    return web.Response(
        body=content, status=answer.status, headers={**HEADERS, "Content-Type": "text/html; charset=utf-8"}
    )


async def _stream(request: web.Request, answer: Download) -> web.StreamResponse:
    headers = {
        **HEADERS,
        "Content-Type": answer.content_type,
        "Content-Disposition": f'attachment; filename="{answer.name}"',
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for part in answer.parts:
        await response.write(part)
    await response.write_eof()
    return response


def _language(request: web.Request) -> Language:
    return "en" if request.cookies.get(LANGUAGE) == "en" else "ja"


def _query(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in request.query.items() if len(value) <= 64}


def require_same_origin(request: web.Request) -> None:
    """`OnshiError` (`FORM_FOREIGN`) for a form that another site's page sent: the certificate comes along with it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise OnshiError(FORM_FOREIGN)
    origin = request.headers.get("Origin", "")
    if not origin or urlsplit(origin).netloc != request.host:
        raise OnshiError(FORM_FOREIGN)


async def _form(request: web.Request) -> dict[str, list[str]]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise OnshiError(FORM_WRONG, item="content type")
    raw = await body.read(request, FORM_LIMIT)
    try:
        return parse_qs(
            raw.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS
        )
    except ValueError:
        raise OnshiError(FORM_WRONG, item="form") from None


async def _multipart(request: web.Request, site: Site, officer: Officer) -> _File:
    """The form's file; its token comes before it, so that nothing of a foreign form is kept."""
    if request.content_type != "multipart/form-data":
        raise OnshiError(FORM_WRONG, item="content type")
    size = request.content_length or 0
    if size > site.largest + MIB:
        raise OnshiError(FILE_TOO_LARGE)
    try:
        async with asyncio.timeout(body.PATIENCE):
            reader = await request.multipart()
            first = await reader.next()
            if not isinstance(first, BodyPartReader) or first.name != TOKEN:
                raise OnshiError(FORM_FOREIGN)
            site.check_token(officer, (await first.read_chunk(256)).decode("ascii", "replace"))
            second = await reader.next()
    except TimeoutError:
        raise OnshiError(FORM_WRONG, item="slow") from None
    except (ConnectionError, web.RequestPayloadError, BadHttpMessage, ValueError, AssertionError):
        raise OnshiError(FORM_WRONG, item="broken off") from None
    if not isinstance(second, BodyPartReader) or second.name != "file" or not second.filename:
        raise OnshiError(FILE_MISSING)
    return _File(second, size, site.largest)


def application(pages: Sequence[Page], files: Callable[[str], tuple[bytes, str] | None], site: Site) -> web.Application:
    """The console. ``files`` gives a static file's bytes and type by name."""

    @web.middleware
    async def problems(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """aiohttp's own refusals (no such path, another method) look like ours."""
        try:
            return await handler(request)
        except web.HTTPMethodNotAllowed:
            refused = OnshiError(METHOD_WRONG)
        except web.HTTPNotFound:
            refused = OnshiError(PAGE_UNKNOWN)
        except web.HTTPException:
            refused = OnshiError(FORM_WRONG, item="http")
        shown = refusal(refused)
        return _response(shown, site.pages.render(shown, _language(request)))

    async def static(request: web.Request) -> web.StreamResponse:
        found = files(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[0], headers={**HEADERS, "Content-Type": found[1]})

    made = web.Application(middlewares=[problems], client_max_size=FORM_LIMIT)
    for page in pages:
        made.router.add_route(page.method, page.path, _Serving(page, site).__call__)
    made.router.add_route("GET", "/static/{name}", static)
    return made
