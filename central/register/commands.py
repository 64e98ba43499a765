"""``onshi central query``: what a facility would be told about a number, asked by an operator on the centre itself.

The same service as the devices' route, on the store directly, with its audit row. Not for a clinic's software.
"""

import asyncio
import hashlib
import re
from datetime import UTC, date, datetime

import click
import msgspec

from central.audit import AuditEntry, Journal
from central.cli import configured, guarded
from central.db.migrate import store_at_head
from central.operators import account
from central.register.service import NumberEligibility, Register
from central.settings import Settings
from protocol import eras
from protocol.codes import LimitConsent
from protocol.messages import EligibilityRequest, EligibilityResult, SearchInfo, write_json
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol

LOG = "admin"
NO_FACILITY = "0000000000"
"""Stands for the operator in the message: the facility code of nobody, so no reference number and no ticket comes."""


def _day(text: str) -> date:
    """20260601, 2026-06-01, or with its era (S55.1.2, 昭和55年1月2日); raises `OnshiError`."""
    digits = text.replace("-", "")
    return eras.day(digits) if re.fullmatch(r"[0-9]{8}", digits, re.ASCII) else eras.parse(text)


@click.command()
@configured
@click.option("--insurer", required=True, help="保険者番号 insurer number: 8 or 6 digits, padded or not.")
@click.option("--symbol", default="", help="被保険者証記号 symbol. Without it any symbol fits.")
@click.option("--number", required=True, help="被保険者証番号 insured number.")
@click.option("--branch", default="", help="枝番 branch, two digits. Without it any branch fits.")
@click.option("--birth", required=True, help="生年月日 birth date: 19800102, 1980-01-02 or S55.1.2.")
@click.option("--day", default="", help="資格確認日 the day asked about. Without it: today in Japan.")
@click.option("--limit-consent", is_flag=True, help="The holder agrees that the limit certificate is shown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the answer as XmlMsg.")
@guarded
def query(
    settings: Settings,
    insurer: str,
    symbol: str,
    number: str,
    branch: str,
    birth: str,
    day: str,
    *,
    limit_consent: bool,
    as_json: bool,
) -> None:
    """Ask for eligibility by insured number, as of a day."""
    now = datetime.now(UTC)
    request = EligibilityRequest(
        asked_day=_day(day) if day else now.astimezone(eras.JST).date(),
        facility=FacilityCode(NO_FACILITY),
        search=SearchInfo(
            insurer_number=InsurerNumber(insurer),
            symbol=Symbol(symbol) if symbol else None,
            number=InsuredNumber(number),
            branch=Branch(branch) if branch else None,
            birth_date=BirthDate.of(_day(birth)),
            limit_consent=LimitConsent.GIVEN if limit_consent else LimitConsent.NOT_GIVEN,
        ),
    )
    found = asyncio.run(_ask(settings, request, now))
    if as_json:
        told = {
            "qualification_validity": found.validity.value,
            "words": [{"code": word.code, "ja": word.ja, "en": word.en} for word in found.words],
            "known_at": found.known_at,
            "answer": write_json(found.message),
        }
        click.echo(msgspec.json.encode(told))
        return
    click.echo(f"資格有効性 {found.validity.value}: {found.validity.ja} / {found.validity.en}")
    for word in found.words:
        click.echo(f"{word.code} {word.ja} / {word.en}")
    for result in found.message.results:
        click.echo(_line(result))


async def _ask(settings: Settings, request: EligibilityRequest, now: datetime) -> NumberEligibility:
    async with store_at_head(settings.database_url(), patience=settings.database.patience_seconds) as store:
        found = await Register(store).query_by_number(request, facility=NO_FACILITY, now=now)
        journal = Journal(store, log=LOG, clock=lambda: datetime.now(UTC))
        await journal.record(
            AuditEntry(
                kind="query",
                outcome="answered",
                operator=account(),
                request_hash=_digest(write_json(request)),
                answer_hash=_digest(write_json(found.message)),
                asked_day=request.asked_day,
                computed_from=found.known_at,
                subject=found.person_id,
                references=(f"validity:{found.validity.value}",),
            )
        )
        await journal.stop()
    return found


def _digest(tree: object) -> str:
    return hashlib.sha256(msgspec.json.encode(tree)).hexdigest()


def _line(result: EligibilityResult) -> str:
    until = result.disqualification_date
    return "  ".join(
        part
        for part in (
            result.insurer_name,
            str(result.insurer_number or ""),
            str(result.symbol or ""),
            str(result.number or ""),
            str(result.branch or ""),
            result.name,
            f"{result.qualification_date} – {until or ''}",
        )
        if part
    )
