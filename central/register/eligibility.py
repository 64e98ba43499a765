"""The rules of an eligibility answer: from what is known of a person to a QualificationValidity with its reason.

Pure: no database, no clock, no message (`wire` builds that). Facts: 資格有効性 (OQSCD006), the result by method
(a card always gets the newest coverage, a number only tells about itself), 高齢者医療確保法 50-52 (75th birthday),
the rules on 高齢受給者証 and 未就学; ages by 年齢計算ニ関スル法律 (`protocol.eras`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from central.register import words
from central.register.facts import Assistance, Coverage, Person
from central.register.keys import is_late_elderly
from central.register.words import Word
from protocol.codes import QualificationValidity, ReasonOfLoss
from protocol.eras import attains_on, last_day_of_month
from protocol.visit import CertificateState

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A coverage as it is answered: where it ends in truth, and why."""

    coverage: Coverage
    ends_on: date | None
    """The first day without; the 75th birthday where that has come first."""
    loss_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """``insurance`` and ``assistance`` are what the answer shows; ``words`` the reason first, then the news.

    ``conflict`` holds the insurers whose valid coverages contradict each other (none: no conflict).
    """

    validity: QualificationValidity
    insurance: Shown | None = None
    assistance: Assistance | None = None
    words: tuple[Word, ...]
    conflict: tuple[Coverage, ...] = ()
    medical: bool = False
    """Whether medical information may be asked for: eligible, not stopped, certificate not in grace."""


def late_elderly_from(birth: date) -> date:
    """The 75th birthday: from this day 後期高齢者医療 replaces every other insurance."""
    return attains_on(birth, 75) + _DAY


def elderly_certificate_applies(birth: date, day: date) -> bool:
    """高齢受給者証: from the month after the one in which 70 is attained, until the 75th birthday."""
    return last_day_of_month(attains_on(birth, 70)) < day < late_elderly_from(birth)


def is_preschool(birth: date, day: date) -> bool:
    """未就学: until the first 31 March on or after the day on which 6 is attained."""
    attained = attains_on(birth, 6)
    return day <= date(attained.year + ((attained.month, attained.day) > (3, 31)), 3, 31)


def _shown(person: Person, coverage: Coverage, day: date) -> Shown:
    ends, reason = coverage.disqualified_on, coverage.loss_reason
    birthday = late_elderly_from(person.birth_date)
    if birthday <= day and not is_late_elderly(coverage.insurer_number) and (ends is None or birthday < ends):
        return Shown(coverage, max(birthday, coverage.qualified_on), ReasonOfLoss.OTHER_INSURANCE.value)
    return Shown(coverage, ends, reason)


def _current(shown: Shown, day: date) -> bool:
    return shown.coverage.qualified_on <= day and (shown.ends_on is None or day < shown.ends_on)


def _newest(shown: Shown) -> tuple[date, date, str]:
    """Newest acquisition, then issue date; the row id makes it definite."""
    coverage = shown.coverage
    return coverage.qualified_on, coverage.issued_on or date.min, coverage.row_id


def _last_lost(shown: Shown) -> tuple[date, date, date, str]:
    return shown.ends_on or date.max, *_newest(shown)


def _decision(decisions: Sequence[Assistance], day: date) -> Assistance | None:
    return next((one for one in decisions if one.ends_on is None or day < one.ends_on), None)


def _cut_at_75(shown: Shown) -> bool:
    return shown.ends_on != shown.coverage.disqualified_on


def _lost(shown: Shown, *more: Word) -> Judgement:
    word = words.LATE_ELDERLY if _cut_at_75(shown) else words.LOST
    return Judgement(validity=QualificationValidity.INVALID, insurance=shown, words=(word, *more))


def _none(word: Word = words.NONE) -> Judgement:
    return Judgement(validity=QualificationValidity.NONE, words=(word,))


def _assisted(decision: Assistance) -> Judgement:
    if decision.tickets:
        return Judgement(
            validity=QualificationValidity.VALID, assistance=decision, words=(words.ASSISTED,), medical=True
        )
    return Judgement(
        validity=QualificationValidity.VALID_UNREGISTERED,
        assistance=decision,
        words=(words.UNREGISTERED,),
        medical=True,
    )


def judge_card(person: Person | None, decisions: Sequence[Assistance], day: date, state: CertificateState) -> Judgement:
    """The answer to a card: the newest valid insurance, with medical assistance beside it."""
    found = _by_card(person, decisions, day)
    news = {CertificateState.EXPIRING: (words.EXPIRING,), CertificateState.GRACE: (words.GRACE,)}.get(state, ())
    stopped = person is not None and person.medical_stopped
    if stopped and found.medical:
        news = (words.MEDICAL_STOPPED, *news)
    return Judgement(
        validity=found.validity,
        insurance=found.insurance,
        assistance=found.assistance,
        words=(*found.words, *news),
        conflict=found.conflict,
        medical=found.medical and not stopped and state is not CertificateState.GRACE,
    )


def _by_card(person: Person | None, decisions: Sequence[Assistance], day: date) -> Judgement:
    if person is None:
        return _none()
    spans = [_shown(person, coverage, day) for coverage in person.coverages if not coverage.stopped]
    current = sorted((one for one in spans if _current(one, day)), key=_newest)
    decision = None if person.stopped else _decision(decisions, day)
    if current:
        conflict = tuple(one.coverage for one in current) if len(current) > 1 else ()
        news = ((words.CONFLICT,) if conflict else ()) + ((words.BESIDE,) if decision else ())
        return Judgement(
            validity=QualificationValidity.VALID,
            insurance=current[-1],
            assistance=decision,
            words=(words.VALID, *news),
            conflict=conflict,
            medical=True,
        )
    if decision:
        return _assisted(decision)
    if person.stopped or len(spans) < len(person.coverages):
        return _none(words.STOPPED)
    if lost := [one for one in spans if one.coverage.qualified_on <= day]:
        return _lost(max(lost, key=_last_lost))
    if decisions:
        return Judgement(
            validity=QualificationValidity.INVALID, assistance=decisions[0], words=(words.LOST_ASSISTANCE,)
        )
    return _none(words.NOT_BEGUN if spans else words.NONE)


def judge_number(person: Person | None, record_id: str | None, decisions: Sequence[Assistance], day: date) -> Judgement:
    """The answer to a number: about that record only. ``record_id`` None: the number of a medical assistance."""
    if person is None:
        return _none()
    if record_id is None:
        return _by_recipient(person, decisions, day)
    own = [coverage for coverage in person.coverages if coverage.record_id == record_id]
    if any(coverage.stopped for coverage in own):
        return _none(words.STOPPED)
    spans = [_shown(person, coverage, day) for coverage in person.coverages if not coverage.stopped]
    asked = [one for one in spans if one.coverage.record_id == record_id]
    if valid := [one for one in asked if _current(one, day)]:
        return Judgement(validity=QualificationValidity.VALID, insurance=valid[0], words=(words.VALID,))
    lost = [one for one in asked if one.coverage.qualified_on <= day]
    if not lost:
        return _none(words.NOT_BEGUN if asked else words.NONE)
    if any(_current(one, day) for one in spans):
        return Judgement(
            validity=QualificationValidity.INVALID_NEWER_EXISTS,
            insurance=max(lost, key=_last_lost),
            words=(words.LOST_NEWER,),
        )
    return _lost(max(lost, key=_last_lost))


def _by_recipient(person: Person, decisions: Sequence[Assistance], day: date) -> Judgement:
    if person.stopped:
        return _none(words.STOPPED)
    if decision := _decision(decisions, day):
        return _assisted(decision)
    if not decisions:
        return _none()
    return Judgement(validity=QualificationValidity.INVALID, assistance=decisions[0], words=(words.LOST_ASSISTANCE,))


SEVERAL = Judgement(validity=QualificationValidity.SEVERAL, words=(words.SEVERAL,))
"""A query that fits more than one person."""
NONE = _none()
"""A query that fits nobody."""
