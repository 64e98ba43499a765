"""Answers FHIR requests: eligibility through the register, drugs and checkups through the disclosure door.

Decides nothing itself: what a number gets is `Register.query_by_number`, what may leave is `Door.disclose`; both
write the audit row before the bytes that are made here leave. Facts: trust rules, issue 5.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from central.audit.journal import Journal
from central.disclosure.disclosed import Asked, Disclosed, Reader
from central.disclosure.door import Door
from central.disclosure.period import window
from central.facilities.device import Device
from central.fhir import asking, bundle, eligibility
from central.fhir import systems as s
from central.fhir.bundle import Days
from central.fhir.ids import IdMaker
from central.fhir.medication import Products
from central.fhir.resources import Bundle, Identifier, Reference, encode
from central.register.routes import answered
from central.register.service import NumberEligibility, Register
from central.trust.days import months_later
from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors.trust import OTHER_FACILITY
from protocol.messages import EligibilityAnswer, EligibilityRequest
from protocol.visit import ConsentItem

Render = Callable[[Disclosed], Bundle]


class Fhir:
    """The FHIR face of one centre. ``products``: the drug master, for YJ codes and general names."""

    def __init__(
        self,
        register: Register,
        journal: Journal,
        door: Door,
        ids: IdMaker,
        *,
        clock: Callable[[], datetime],
        products: Products | None = None,
    ) -> None:
        self._register = register
        self._journal = journal
        self._door = door
        self._ids = ids
        self._clock = clock
        self._products = products

    # --- the register -----------------------------------------------------------------------------------------------

    async def submit(self, device: Device, document: asking.Resource, raw: bytes) -> bytes:
        """The bundle that answers a CoverageEligibilityRequest. Raises `OnshiError`."""
        now = self._clock()
        asked = asking.submitted(document, now.astimezone(JST).date())
        known = Identifier(system=s.REQUEST_HASH, value=_hash(raw))
        request = asked.request or Reference(type="CoverageEligibilityRequest", identifier=known)

        def made(message: EligibilityAnswer) -> Bundle:
            return eligibility.response(
                message,
                search=asked.query.search,
                purpose=asked.purpose,
                request=request,
                ids=self._ids.of(device.facility),
                now=now,
            )

        return await self._by_number(device, asked.query, raw, now, made)

    async def patients(self, device: Device, form: asking.PatientForm, raw: bytes) -> bytes:
        """The Patient of an insured number and birth date. Raises `OnshiError`."""
        return await self._people(device, form, raw, bundle.people)

    async def coverages(self, device: Device, form: asking.CoverageForm, raw: bytes) -> bytes:
        """The Coverages of an insured number and birth date, as of today. Raises `OnshiError`."""
        return await self._people(device, form, raw, bundle.insurances)

    async def _people(
        self, device: Device, form: asking.PatientForm | asking.CoverageForm, raw: bytes, make: Callable[..., Bundle]
    ) -> bytes:
        now = self._clock()
        query = asking.by_number(form, now.astimezone(JST).date())
        made = partial(make, ids=self._ids.of(device.facility), now=now)
        return await self._by_number(device, query, raw, now, made)

    async def _by_number(
        self,
        device: Device,
        query: EligibilityRequest,
        raw: bytes,
        now: datetime,
        made: Callable[[EligibilityAnswer], Bundle],
    ) -> bytes:
        def render(found: NumberEligibility) -> bytes:
            return encode(made(found.message))

        return await answered(self._register, self._journal, device, query, _hash(raw), now=now, render=render)

    # --- the door ---------------------------------------------------------------------------------------------------

    async def medications(self, device: Device, form: asking.MedicationForm, raw: bytes) -> bytes:
        """The drugs of a person, as far as the person consented. Raises `OnshiError`."""
        days = asking.days(form.days, at="whenhandedover")
        ids = self._ids.of(device.facility)

        def made(disclosed: Disclosed, identifier: Identifier) -> Bundle:
            return bundle.medications(disclosed, identifier=identifier, ids=ids, days=days, products=self._products)

        return await self._disclosed(device, form, raw, ConsentItem.DRUGS, days, made)

    async def observations(self, device: Device, form: asking.ObservationForm, raw: bytes) -> bytes:
        """The checkup results of a person, as far as the person consented. Raises `OnshiError`."""
        days, codes = asking.days(form.days, at="date"), asking.codes(form.code)
        ids = self._ids.of(device.facility)

        def made(disclosed: Disclosed, identifier: Identifier) -> Bundle:
            return bundle.checkups(disclosed, identifier=identifier, ids=ids, days=days, codes=codes)

        return await self._disclosed(device, form, raw, ConsentItem.CHECKUPS, days, made)

    async def _disclosed(
        self,
        device: Device,
        form: asking.ReadingForm,
        raw: bytes,
        item: ConsentItem,
        days: Days,
        made: Callable[[Disclosed, Identifier], Bundle],
    ) -> bytes:
        form.checked()
        purpose = form.read_for()
        insured, identifier = asking.token(form.identifier)
        reader = Reader(facility=device.facility, device=device.id)
        first, last = _months(days, item, self._clock().astimezone(JST).date())
        asked = Asked(items=(item,), first_month=first, last_month=last, purpose=purpose)
        if form.facility != device.facility:
            other = OnshiError(OTHER_FACILITY, facility=device.facility)
            await self._door.refuse(reader, asked, other, request_hash=_hash(raw))
        person_id = await self._door.person_of(
            reader,
            insurer=insured.insurer,
            symbol=insured.symbol,
            number=insured.number,
            branch=insured.branch,
            asked=asked,
        )

        def render(disclosed: Disclosed) -> bytes:
            return encode(made(disclosed, identifier))

        return await self._door.disclose(reader, person_id, asked, render, request_hash=_hash(raw))


def _months(days: Days, item: ConsentItem, today: date) -> tuple[date | None, date | None]:
    """The months whose receipts or checkups tell of these days: a drug may be handed over in the month after the
    receipt's (調剤年月), or before it."""
    first, last = _month(days.first), _month(days.last)
    if item is not ConsentItem.DRUGS:
        return first, last
    if first is not None and first > window(item, today).first:
        first = months_later(first, -1)
    return first, months_later(last, 1) if last is not None else None


def _month(day: date | None) -> date | None:
    return day.replace(day=1) if day else None


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
