"""The insurers' web API: an officer's client certificate, the officer's own insurer, and nothing of anybody else's.

Served by the importer's own process (`serving`), because files carry 個人番号. What is not the officer's insurer's
does not exist: 404. Not the console's pages (`central.console`).
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

from central.api.route import Auth, Call, Raw, Route
from central.insurers.check import ERROR_HEADER
from central.insurers.desk import BATCH, Answered, Standing, UploadDesk
from central.insurers.error_list import listed
from central.insurers.freshness import Fresh, Freshness
from central.insurers.layout import COLUMNS, Form
from protocol.errors import Fault, OnshiError
from protocol.errors import insurers as faults
from protocol.errors.central import QUERY_WRONG

MAX_FILE = 6 << 30
"""Bytes of one upload."""
KEY_HEADER = "Idempotency-Key"
_HEADERS = {
    KEY_HEADER: "Names this upload for ever: sent again, it gives the upload that is there. At most 64 characters."
}
_SKIP = {"skip_faulty": "`1`: lines that are right are applied although others have faults."}
_TAG = "insurers"
_REFUSED = (
    faults.INSURER_UNKNOWN, faults.UPLOAD_RUNNING, faults.UPLOAD_WAITS, faults.KEY_REUSED, faults.KEYS_WRONG,
)  # fmt: skip

Member = dict[Annotated[str, msgspec.Meta(max_length=40)], Annotated[str, msgspec.Meta(max_length=400)]]
"""A member's fields by the keys of the layout."""


class Members(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several members in one step: all of them are applied, or none."""

    members: Annotated[list[Member], msgspec.Meta(min_length=1, max_length=BATCH)]


class Uploads(msgspec.Struct, frozen=True, kw_only=True):
    """Uploads, newest first. ``before``: ask with it for the older ones; None at the end."""

    uploads: list[Standing]
    before: datetime | None = None


class LayoutColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the upload: ``key`` in JSON, ``header`` in a file, ``needed`` for which 処理区分."""

    key: str
    header: str
    form: Form
    width: int
    needed: str
    codes: str


LAYOUT = [
    LayoutColumn(key=c.key, header=c.header, form=c.form, width=c.width, needed=c.needed, codes=c.codes)
    for c in COLUMNS
]


@dataclass(frozen=True, slots=True)
class Office:
    """What the routes answer from."""

    desk: UploadDesk
    freshness: Freshness


def _key(call: Call[Any]) -> str | None:
    key = call.headers.get(KEY_HEADER)
    if key is not None and not (1 <= len(key) <= 64 and key.isascii() and key.isprintable()):
        raise OnshiError(QUERY_WRONG, header=KEY_HEADER)
    return key


def _skips(call: Call[Any]) -> bool:
    told = call.query.get("skip_faulty", "0")
    if told not in {"0", "1"}:
        raise OnshiError(QUERY_WRONG, parameter="skip_faulty")
    return told == "1"


_EXAMPLE: Member = {
    "operation": "1", "symbol": "12-34", "number": "4260", "branch": "00", "individual": "999912345678",
    "name": "例示　花子", "kana": "レイジ　ハナコ", "sex": "2", "birth": "19800102",
    "address": "例示県例示市例示町1-2-3", "relation": "1", "classification": "01", "qualified": "20260401",
    "percent": "030",
}  # fmt: skip


class _Routes:
    def __init__(self, opened: Callable[[], Office]) -> None:
        self._opened = opened

    async def hand_in(self, call: Call[None]) -> Standing:
        if call.stream is None:
            raise RuntimeError("the route streams")
        return await self._opened().desk.hand_in(
            call.officer, call.stream, idempotency_key=_key(call), skip_faulty=_skips(call)
        )

    async def member(self, call: Call[Member]) -> Answered:
        return await self._members(call, [call.body])

    async def batch(self, call: Call[Members]) -> Answered:
        return await self._members(call, call.body.members)

    async def _members(self, call: Call[Any], members: list[Member]) -> Answered:
        return await self._opened().desk.members(
            call.officer, members, idempotency_key=_key(call), skip_faulty=_skips(call)
        )

    async def history(self, call: Call[None]) -> Uploads:
        told = call.query.get("before")
        try:
            before = msgspec.convert(told, datetime) if told else None
        except msgspec.ValidationError:
            raise OnshiError(QUERY_WRONG, parameter="before") from None
        if before is not None and before.tzinfo is None:
            raise OnshiError(QUERY_WRONG, parameter="before")
        found = await self._opened().desk.history(call.officer, before=before)
        return Uploads(uploads=found, before=found[-1].received_at if found else None)

    async def standing(self, call: Call[None]) -> Standing:
        return await self._opened().desk.standing(call.officer, call.path["upload"])

    async def errors(self, call: Call[None]) -> Raw:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(ERROR_HEADER)
        desk, upload = self._opened().desk, call.path["upload"]
        standing = await desk.standing(call.officer, upload)
        async for row in listed(desk.errors(call.officer, upload), standing.result.faulty):
            writer.writerow(row)
        name = f'attachment; filename="errors-{upload[:64]}.csv"'
        # With a mark in front, or a spreadsheet program takes it for CP932.
        body = buffer.getvalue().encode("utf-8-sig")
        return Raw(body, "text/csv; charset=utf-8", headers={"Content-Disposition": name})

    async def confirm(self, call: Call[None]) -> Standing:
        return await self._opened().desk.confirm(call.officer, call.path["upload"])

    async def withdraw(self, call: Call[None]) -> Standing:
        return await self._opened().desk.withdraw(call.officer, call.path["upload"])

    async def resume(self, call: Call[None]) -> Standing:
        return await self._opened().desk.resume(call.officer, call.path["upload"])

    async def fresh(self, call: Call[None]) -> Fresh:
        return await self._opened().freshness.of(call.officer.insurer)

    async def layout(self, call: Call[None]) -> list[LayoutColumn]:
        return LAYOUT


def routes(opened: Callable[[], Office]) -> list[Route]:
    """The insurers' routes. ``opened`` is asked at each request, so that the document can be made without one."""
    made = _Routes(opened)

    def one(
        method: Any, path: str, handler: Any, response: Any, summary_ja: str, summary_en: str, *more: Fault, **rest: Any
    ) -> Route:
        return Route(
            method=method, path=path, handler=handler, response=response, summary_ja=summary_ja, summary_en=summary_en,
            tag=_TAG, auth=Auth.OFFICER, faults=more, **rest,
        )  # fmt: skip

    base, upload = "/v1/insurers/uploads", "/v1/insurers/uploads/{upload}"
    known = (faults.UPLOAD_UNKNOWN, faults.UPLOAD_STATE)
    return [
        one(
            "POST", base, made.hand_in, Standing, "ファイルの登録（CSV）", "Hand in an upload file (CSV)", *_REFUSED,
            faults.FILE_HEADER, faults.FILE_ENCODING, faults.FILE_COUNT, faults.FILE_EMPTY,
            streams="text/csv", body_limit=MAX_FILE, headers=_HEADERS, query=_SKIP,
        ),
        one(
            "POST", "/v1/insurers/members", made.member, Answered, "加入者 1 件の登録・更新・無効化",
            "Register, update or invalidate one member", *_REFUSED, faults.MEMBER_FIELD,
            request=Member, request_example=_EXAMPLE, headers=_HEADERS,
        ),
        one(
            "POST", "/v1/insurers/members/batch", made.batch, Answered, "加入者のまとめ登録（1,000 件まで）",
            "Register, update or invalidate up to 1,000 members in one step", *_REFUSED, faults.MEMBER_FIELD,
            request=Members, body_limit=4 << 20, headers=_HEADERS, query=_SKIP,
        ),
        one(
            "GET", base, made.history, Uploads, "登録の履歴", "History of uploads",
            query={"before": "Only uploads received before this moment (RFC 3339)."},
        ),
        one("GET", upload, made.standing, Standing, "登録の状態と見込み",
            "State, progress and expected end of an upload", faults.UPLOAD_UNKNOWN),
        one(
            "GET", f"{upload}/errors", made.errors, str, "エラー一覧（CSV）", "Errors-only CSV of an upload",
            faults.UPLOAD_UNKNOWN, content_type="text/csv",
        ),
        one("POST", f"{upload}/confirm", made.confirm, Standing, "保留の確認（責任者）",
            "Confirm a held upload (supervisor, another person)", *known, faults.ROLE_NEEDED,
            faults.SAME_PERSON_CONFIRMS),
        one("POST", f"{upload}/withdraw", made.withdraw, Standing, "登録の取り下げ", "Withdraw an upload", *known,
            faults.UPLOAD_RUNNING),
        one("POST", f"{upload}/resume", made.resume, Standing, "中断した登録の再開", "Resume an interrupted upload",
            *known),
        one("GET", "/v1/insurers/freshness", made.fresh, Fresh, "最終登録・未処理・遅延の状況",
            "Last upload, backlog, late lines and whether the insurer has gone quiet"),
        one("GET", "/v1/insurers/layout", made.layout, list[LayoutColumn], "登録様式の項目", "Columns of the layout"),
    ]  # fmt: skip
