"""Every page of the console, in one table: its path, who may see it, what of the insurer's it names.

Handlers ask `service` and `history`, act through `central.insurers`, and choose a template. A thing of another insurer
is the same as nothing: 404.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import msgspec

from central.api.problems import status_of
from central.console.history import history
from central.console.layout import layout_file, layout_page
from central.console.page import Answer, Download, Moved, Page, Shown, Told, Visit
from central.console.runs import Runs
from central.console.service import FAULTS_SHOWN, PAGE, Console, Upload
from central.db.store import Store
from central.insurers.assurances import Seen, checked_reason, state_no_doubt
from central.insurers.check import ERROR_HEADER
from central.insurers.error_list import listed
from central.insurers.freshness import Freshness
from central.insurers.officers import Role
from central.insurers.parts import OVER, State
from central.insurers.uploads import Importer
from protocol.errors import OnshiError
from protocol.errors.console import FILE_MISSING, FORM_WRONG, ITEMS_NONE, NOT_READY

_UPLOAD = "{upload:[0-9a-z]{1,64}}"
_RECORD = "{record:[0-9A-Za-z]{1,64}}"
_CHOSEN = re.compile(r"([0-9A-Za-z]{1,64})\.([0-9a-f]{64})?")
_LOCAL = re.compile(r"/[a-z/0-9]{0,100}")


class ConsoleRoutes:
    """The handlers. ``importer`` acts on uploads at once; what takes long runs in ``runs``."""

    def __init__(
        self,
        *,
        store: Store,
        console: Console,
        freshness: Freshness,
        importer: Importer,
        runs: Runs,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._console = console
        self._freshness = freshness
        self._importer = importer
        self._runs = runs
        self._clock = clock

    def pages(self) -> list[Page]:
        """All of them; the more special path first."""
        return [
            Page(method="GET", path="/", handler=self.home, action="home"),
            Page(method="GET", path="/uploads", handler=self.uploads, action="uploads"),
            Page(method="GET", path="/uploads/new", handler=self.new_upload, action="upload.form"),
            Page(method="GET", path="/layout", handler=layout_page, action="layout"),
            Page(method="GET", path="/layout.csv", handler=layout_file, action="layout.file"),
            Page(method="POST", path="/uploads", handler=self.take_upload, action="upload.receive", takes_file=True),
            Page(
                method="GET", path=f"/uploads/{_UPLOAD}", handler=self.upload, action="upload.show", names=("upload",)
            ),
            Page(
                method="GET",
                path=f"/uploads/{_UPLOAD}/progress",
                handler=self.progress,
                action="upload.progress",
                names=("upload",),
                audited=False,
            ),
            Page(
                method="GET",
                path=f"/uploads/{_UPLOAD}/errors.csv",
                handler=self.errors,
                action="upload.errors",
                names=("upload",),
            ),
            Page(
                method="POST",
                path=f"/uploads/{_UPLOAD}/apply",
                handler=self.apply,
                action="upload.apply",
                names=("upload",),
            ),
            Page(
                method="POST",
                path=f"/uploads/{_UPLOAD}/confirm",
                handler=self.confirm,
                action="upload.confirm",
                names=("upload",),
                role=Role.SUPERVISOR,
            ),
            Page(
                method="POST",
                path=f"/uploads/{_UPLOAD}/withdraw",
                handler=self.withdraw,
                action="upload.withdraw",
                names=("upload",),
            ),
            Page(
                method="POST",
                path=f"/uploads/{_UPLOAD}/again",
                handler=self.again,
                action="upload.again",
                names=("upload",),
            ),
            Page(method="GET", path="/pending", handler=self.work, action="work"),
            Page(method="POST", path="/pending/review", handler=self.review, action="work.review", names=("item",)),
            Page(
                method="POST", path="/pending/no-doubt", handler=self.no_doubt, action="work.no_doubt", names=("item",)
            ),
            Page(method="GET", path="/stops", handler=self.stops, action="stops"),
            Page(method="GET", path="/members", handler=self.search_form, action="search.form"),
            Page(method="POST", path="/members", handler=self.search, action="search"),
            Page(
                method="GET", path=f"/members/{_RECORD}", handler=self.member, action="member.show", names=("record",)
            ),
            Page(method="GET", path="/actions", handler=self.actions, action="actions"),
            Page(method="POST", path="/language", handler=self.language, action="language"),
        ]

    async def home(self, visit: Visit) -> Answer:
        insurer = visit.officer.insurer
        kinds = await self._console.work_kinds(insurer)
        unfinished = await self._console.unfinished(insurer)
        fresh = await self._freshness.of(insurer)
        return Shown(
            template="home.html",
            values={
                "fresh": fresh,
                "days": (self._clock() - fresh.last_upload).days if fresh.last_upload else 0,
                "usual": round(fresh.usual_hours / 24) if fresh.usual_hours else None,
                "kinds": kinds,
                "open": sum(kinds.values()),
                "stopped": await self._console.stopped_count(insurer),
                "unfinished": unfinished,
            },
        )

    async def uploads(self, visit: Visit) -> Answer:
        found, more = await self._console.uploads(visit.officer.insurer, visit.page)
        return Shown(template="uploads.html", values={"uploads": found, "page": visit.page, "more": more})

    async def new_upload(self, visit: Visit) -> Answer:
        unfinished = await self._console.unfinished(visit.officer.insurer)
        return Shown(template="upload_new.html", values={"unfinished": unfinished})

    async def take_upload(self, visit: Visit) -> Answer:
        if visit.file is None:
            raise OnshiError(FILE_MISSING)
        officer = visit.officer
        upload = await self._runs.receive(visit.file, insurer=officer.insurer, operator=officer.operator)
        return Moved(to=f"/uploads/{upload}", about=upload)

    async def upload(self, visit: Visit) -> Answer:
        found = await self._of(visit)
        faults = await self._console.faults(found.id, visit.page) if found.faulty else []
        return Shown(
            template="upload.html",
            about=found.id,
            values={
                "upload": found,
                "standing": self._runs.standing(found.id),
                "faults": faults,
                "fault_codes": await self._console.fault_codes(found.id) if found.faulty else [],
                "page": visit.page,
                "more": len(faults) == FAULTS_SHOWN,
                "over": found.state in OVER,
                "own": found.operator == visit.officer.operator,
                "supervisor": visit.officer.role is Role.SUPERVISOR,
            },
        )

    async def _of(self, visit: Visit) -> Upload:
        return await self._console.upload(visit.officer.insurer, visit.path["upload"])

    async def progress(self, visit: Visit) -> Answer:
        found = await self._of(visit)
        standing = self._runs.standing(found.id)
        told = {
            "state": found.state.value,
            "running": standing.running,
            "part": standing.part,
            "done": standing.done,
            "of": standing.of,
            "percent": standing.percent,
            "minutes_left": standing.minutes_left,
        }
        return Told(body=msgspec.json.encode(told))

    async def errors(self, visit: Visit) -> Answer:
        found = await self._of(visit)
        return Download(
            parts=self._error_lines(found),
            name=f"errors-{found.id}.csv",
            content_type="text/csv; charset=utf-8",
            about=found.id,
        )

    async def _error_lines(self, upload: Upload) -> AsyncIterator[bytes]:
        """As a spreadsheet program in Japan opens it: UTF-8 with BOM, CRLF; nothing in it works as a formula."""
        yield "\ufeff".encode()
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(ERROR_HEADER)
        async for row in listed(self._importer.faults(upload.id), upload.faulty):
            writer.writerow(row)
            if buffer.tell() > 1 << 16:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()

    async def apply(self, visit: Visit) -> Answer:
        """What was checked comes into the register; with ``skip`` the lines that have faults stay out."""
        found = await self._of(visit)
        self._idle(found, State.READY)
        if visit.word("skip") == "1":
            await self._importer.skip_faulty(found.id)
        elif found.faulty and not found.skip_faulty:
            raise OnshiError(NOT_READY, state=found.state.value)
        self._runs.begin(found.id, "run")
        return Moved(to=f"/uploads/{found.id}", about=found.id)

    def _idle(self, found: Upload, *states: State) -> None:
        if found.state not in states or self._runs.standing(found.id).running:
            raise OnshiError(NOT_READY, state=found.state.value)

    async def confirm(self, visit: Visit) -> Answer:
        """A second person has looked at the differences."""
        found = await self._of(visit)
        self._idle(found, State.HELD)
        await self._importer.confirm(found.id, operator=visit.officer.operator)
        self._runs.begin(found.id, "run")
        return Moved(to=f"/uploads/{found.id}", about=found.id)

    async def withdraw(self, visit: Visit) -> Answer:
        found = await self._of(visit)
        self._idle(found, *(state for state in State if state not in OVER))
        await self._importer.withdraw(found.id)
        return Moved(to=f"/uploads/{found.id}", about=found.id)

    async def again(self, visit: Visit) -> Answer:
        """Goes on with what could not go on: the check, or a confirmed apply."""
        found = await self._of(visit)
        self._idle(found, State.CHECKING, State.HELD)
        if found.state is State.HELD and found.confirmed_by is None:
            raise OnshiError(NOT_READY, state=found.state.value)
        self._runs.begin(found.id, "look" if found.state is State.CHECKING else "run")
        return Moved(to=f"/uploads/{found.id}", about=found.id)

    async def work(self, visit: Visit) -> Answer:
        insurer, kind = visit.officer.insurer, visit.query.get("kind", "")
        kinds = await self._console.work_kinds(insurer)
        items, more = await self._console.work(insurer, kind, visit.page)
        told = visit.query.get("done", "")
        return Shown(
            template="work.html",
            references=[item.record.id for item in items if item.record],
            values={
                "items": items,
                "kinds": kinds,
                "kind": kind,
                "page": visit.page,
                "more": more,
                "done": int(told) if told.isascii() and told.isdecimal() else None,
                "open": sum(kinds.values()),
                "page_size": PAGE,
            },
        )

    async def review(self, visit: Visit) -> Answer:
        """What is about to be stated, to be looked at once more."""
        chosen, reason = _chosen(visit), checked_reason(visit.word("reason", longest=1000))
        items = await self._console.chosen(visit.officer.insurer, [one.item for one in chosen])
        fitting = [item for item in items if item.closed_at is None and item.may_be_vouched]
        if not fitting:
            raise OnshiError(ITEMS_NONE)
        digests = {one.item: one.digest for one in chosen}
        return Shown(
            template="work_review.html",
            references=[item.record.id for item in fitting if item.record],
            values={
                "items": [item for item in fitting if item.digest == digests[item.id]],
                "left": len(items) - sum(item.digest == digests[item.id] for item in fitting),
                "reason": reason,
            },
        )

    async def no_doubt(self, visit: Visit) -> Answer:
        """「疑いなし」 with its reason."""
        chosen, officer = _chosen(visit), visit.officer
        items = await self._console.chosen(officer.insurer, [one.item for one in chosen])
        closed = await state_no_doubt(
            self._store,
            self._clock,
            insurer=officer.insurer,
            seen=chosen,
            reason=visit.word("reason", longest=1000),
            operator=officer.operator,
        )
        references = [item.record.id for item in items if item.record]
        return Moved(to=f"/pending?done={closed}", references=references)

    async def stops(self, visit: Visit) -> Answer:
        found, more = await self._console.stopped(visit.officer.insurer, visit.page)
        return Shown(
            template="stops.html",
            references=[record.id for _, record, _ in found if record],
            values={
                "stops": found,
                "page": visit.page,
                "more": more,
                "total": await self._console.stopped_count(visit.officer.insurer),
            },
        )

    async def search_form(self, visit: Visit) -> Answer:
        return Shown(template="search.html", values={"words": {}, "members": None, "fault": None})

    async def search(self, visit: Visit) -> Answer:
        """The words came in the body and go back into the form: they are in no URL, log or history of the browser."""
        words = {name: visit.word(name) for name in ("symbol", "number", "name", "birth")}
        try:
            members = await self._console.search(visit.officer.insurer, **words)
        except OnshiError as refused:
            return Shown(
                template="search.html",
                status=status_of(refused.fault),
                values={"words": words, "members": None, "fault": refused.fault},
            )
        return Shown(
            template="search.html",
            references=[member.record.id for member in members],
            values={"words": words, "members": members, "fault": None},
        )

    async def member(self, visit: Visit) -> Answer:
        found = await history(self._store, visit.officer.insurer, visit.path["record"])
        return Shown(
            template="member.html",
            about=found.record.id,
            subject=found.record.person_id,
            values={"member": found, "now": self._clock()},
        )

    async def actions(self, visit: Visit) -> Answer:
        rows, more = await self._console.actions(visit.officer.insurer, visit.officer.id, visit.page)
        return Shown(template="actions.html", values={"actions": rows, "page": visit.page, "more": more})

    async def language(self, visit: Visit) -> Answer:
        back = visit.word("back")
        return Moved(
            to=back if _LOCAL.fullmatch(back) and "//" not in back else "/",
            language="en" if visit.word("language") == "en" else "ja",
        )


def _chosen(visit: Visit) -> list[Seen]:
    """The items that are ticked, each with the digest of what was shown; `OnshiError` for anything else."""
    found = []
    for told in visit.form.get("item", ()):
        written = _CHOSEN.fullmatch(told)
        if written is None:
            raise OnshiError(FORM_WRONG, item="item")
        found.append(Seen(item=written[1], digest=written[2] or ""))
    if not found:
        raise OnshiError(ITEMS_NONE)
    return found
