"""A small register for tests: insurers of prefecture 99, one clock, short ways to say what is registered."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from central.db import Store
from central.register import entries as e
from central.register.intake import RegisterIntake
from central.register.limits import QueryLimits
from central.register.service import CardEligibility, NumberEligibility, Register
from protocol.codes import LimitConsent
from protocol.messages import EligibilityRequest, SearchInfo
from protocol.numbers import BirthDate, Branch, FacilityCode, InsuredNumber, InsurerNumber, Symbol, with_check_digit
from protocol.visit import CertificateState

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
CLINIC = with_check_digit("991000000")
OTHER_CLINIC = with_check_digit("991000001")
SOCIETY = with_check_digit("0699001")
"""組合健保."""
TOWN = with_check_digit("99001")
"""国民健康保険, six digits."""
ELDERLY = with_check_digit("3999001")
"""後期高齢者医療広域連合."""
OFFICE = with_check_digit("1299001")
"""福祉事務所."""
NAMES = {SOCIETY: "見本健康保険組合", TOWN: "見本町", ELDERLY: "見本広域連合", OFFICE: "見本福祉事務所"}
ADULT = date(1980, 1, 2)
ISSUER = "ab" * 20


def record(
    insurer: str = SOCIETY, number: str = "4260", symbol: str = "12-34", branch: str | None = "00"
) -> e.RecordKey:
    return e.RecordKey(insurer=insurer, symbol=symbol, number=number, branch=branch)


class World:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.intake = RegisterIntake(store, lambda: self.now)
        self.register = Register(store, limits=QueryLimits())
        self._people = count(1)

    def later(self, **passed: int) -> datetime:
        """Move the clock; gives the moment before."""
        before, self.now = self.now, self.now + timedelta(**(passed or {"hours": 1}))
        return before

    async def open(self) -> None:
        for number, name in NAMES.items():
            await self.add(e.Insurer(number=number, name=name, valid_from=date(1961, 4, 1)))

    async def add(self, *entries: e.Entry) -> list[e.RowRef]:
        return await self.intake.register(*entries)

    async def person(self, birth: date = ADULT, **more: Any) -> str:
        person_id: str = more.pop("person_id", f"p{next(self._people)}")
        values = {"name": "見本　太郎", "kana": "ミホン　タロウ", "sex": e.Sex.MALE, **more}
        await self.add(e.Person(person_id=person_id, birth_date=birth, **values))
        return person_id

    async def insured(
        self,
        birth: date = ADULT,
        *,
        key: e.RecordKey | None = None,
        person_id: str | None = None,
        since: date = date(2020, 4, 1),
        **coverage: Any,
    ) -> str:
        """A person (new, or the one named) with one coverage under the record."""
        key = key or record()
        person_id = person_id or await self.person(birth)
        await self.add(
            e.Tie(record=key, person_id=person_id, valid_from=since),
            e.Coverage(record=key, qualified_on=since, **coverage),
        )
        return person_id

    async def card(self, person_id: str, day: date = TODAY, **more: Any) -> CardEligibility:
        more.setdefault("certificate_state", CertificateState.VALID)
        more.setdefault("facility", CLINIC)
        return await self.register.answer_for_card(person_id, day, now=self.now, **more)

    async def ask(
        self,
        key: e.RecordKey | None = None,
        birth: date = ADULT,
        *,
        day: date = TODAY,
        consent: bool = False,
        **more: Any,
    ) -> NumberEligibility:
        facility = more.pop("facility", CLINIC)
        asked = request(key or record(), birth, day=day, consent=consent, facility=facility)
        return await self.register.query_by_number(asked, facility=facility, now=self.now, **more)


def request(
    key: e.RecordKey, birth: date = ADULT, *, day: date = TODAY, consent: bool = False, facility: str = CLINIC
) -> EligibilityRequest:
    return EligibilityRequest(
        asked_day=day,
        facility=FacilityCode(facility),
        file_identifier="F-1",
        search=SearchInfo(
            insurer_number=InsurerNumber(key.insurer),
            symbol=Symbol(key.symbol) if key.symbol else None,
            number=InsuredNumber(key.number),
            branch=Branch(key.branch) if key.branch else None,
            birth_date=BirthDate.of(birth),
            limit_consent=LimitConsent.GIVEN if consent else LimitConsent.NOT_GIVEN,
        ),
    )
