"""Runs one visit over the table: one method per state, each giving the event that happened.

Not here: what to say (`words`, catalogue), where events lead (`table`), APDUs (`edge.card`), bytes on the line
(`edge.uplink`). PIN and digits are ``bytearray`` s that are zeroed on every way out; logs carry ids and codes.
A little over 400 lines because each state of the table has its method here and nowhere else.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

import structlog

from edge.card.port import CardPort, CardSession
from edge.visit import message as answer_tree
from edge.visit import sorting, words
from edge.visit.consenting import Consenting
from edge.visit.desk import ClerkQuestion, Desk, Ending, MethodOffer, PrintedQuestion, VisitOutcome, VisitRecord
from edge.visit.ports import VisitParts
from edge.visit.proving import Proving
from edge.visit.stopwatch import Stopwatch
from edge.visit.table import TABLE, Event, State, Tell
from edge.visit.talk import FIXED, Talk
from protocol.errors import Fault, OnshiError, card, problem, uplink, visit
from protocol.visit import Method, VisitAnswer

log = structlog.get_logger("onshi.visit")

METHOD_ROUNDS = 6
"""How often the method may be chosen in one visit; a desk that turns in circles ends it."""
ENTRIES = 8
"""How many entries in a row may be refused without the card counting them (form, repeated digits)."""


class Visit:
    """One patient's visit, from a card that was sensed to the card that may be taken. Run once.

    ``gone`` is set by whoever watches the reader, as soon as the card leaves it.
    """

    def __init__(self, parts: VisitParts, port: CardPort, desk: Desk, gone: asyncio.Event) -> None:
        self._parts = parts
        self._port = port
        self._desk = desk
        self._gone = gone
        self.id = parts.fresh_id()
        self._started_at = parts.clock()
        self._watch = Stopwatch(parts.ticks)
        self._talk = Talk(desk, gone, self._watch, seconds=parts.question_seconds)
        self._fault: OnshiError | None = None
        self._cause: OnshiError | None = None
        self._line: OnshiError | None = None
        self._session: CardSession | None = None
        self._method: Method | None = None
        self._closed: dict[Method, OnshiError] = {}
        self._rounds = 0
        self._refused_entries = 0
        self._ending = Ending.FAILED
        self._answer: VisitAnswer | None = None
        self._message: dict[str, Any] | None = None
        self._face_file: Path | None = None
        self._proving = Proving(parts, self._watch, self.id)
        self._consenting = Consenting(parts, self._watch)

    async def run(self) -> VisitRecord:
        """Always ends with the card let go and every secret zeroed; raises only for defects of desk or code."""
        state = State.READING
        try:
            await self._talk.say(words.CARD_IN)
            while state is not State.END:
                event = await self._step(state)
                log.debug("visit_event", visit=self.id, state=state.value, on=event.value)
                move = TABLE[state][event]
                await self._tell(move.tell)
                state = move.to
        finally:
            await self._clean()
        record = self._record()
        log.info("visit_ended", **record.logged())
        await self._desk.finished(record)
        return record

    async def _step(self, state: State) -> Event:
        try:
            return await self._STEPS[state](self)
        except OnshiError as error:
            self._fault = error
            return self._event_of(error)

    def _event_of(self, error: OnshiError) -> Event:
        if sorting.card_gone(error) or (sorting.card_fault(error) and self._gone.is_set()):
            return Event.CARD_GONE
        if sorting.is_fault(error, visit.DESK_SILENT):
            return Event.TIME_OVER
        if sorting.card_fault(error):
            return Event.CARD_FAULT
        return Event.LINE_DOWN if sorting.line_down(error) else Event.REFUSED

    # --- what the states do -------------------------------------------------------------------------------------

    async def _reading(self) -> Event:
        self._proving.fetch_challenge()
        with self._watch.time("open"):
            self._session = await self._port.open()
        unusable = await self._proving.read(self._session)
        if unusable:
            self._closed[Method.PIN] = unusable
            await self._talk.say(words.said_fault(unusable))
        if not self._parts.clerks:
            self._closed[Method.SIGHT] = OnshiError(visit.SIGHT_OFF)
        if why := self._parts.face.closed:
            self._closed[Method.FACE] = why
        return Event.READ

    async def _method_asked(self) -> Event:
        self._rounds += 1
        open_ways = tuple(way for way in (Method.FACE, Method.PIN, Method.SIGHT) if way not in self._closed)
        if not open_ways:
            return self._over(visit.NO_WAY_LEFT, Event.NO_WAY)
        if self._rounds > METHOD_ROUNDS:
            return self._over(visit.STOPPED, Event.STOPPED)
        tries = self._proving.pin_tries if Method.PIN in open_ways else None
        offer = MethodOffer(methods=open_ways, pin_tries=tries, said=words.choose(tries))
        chosen = await self._talk.ask(offer.said, self._desk.choose_method(offer))
        if chosen is None:
            return self._over(visit.STOPPED, Event.STOPPED)
        self._method = chosen
        if chosen in self._closed:
            self._fault = self._cause = self._closed[chosen]
            return Event.CLOSED
        return {Method.PIN: Event.PIN_CHOSEN, Method.SIGHT: Event.SIGHT_CHOSEN, Method.FACE: Event.FACE_CHOSEN}[chosen]

    def _over(self, fault: Fault, event: Event) -> Event:
        """End by choice; what closed the last way stays the reason in the record."""
        self._fault = OnshiError(fault)
        self._cause = self._cause or self._fault
        return event

    def _close_way(self, error: OnshiError) -> Event:
        self._fault = self._cause = error
        if self._method:
            self._closed[self._method] = error
        return Event.CLOSED

    async def _pin(self) -> Event:
        question = await self._proving.pin_question(self._card)
        if question.tries_left == 0:
            return self._close_way(OnshiError(card.PIN_BLOCKED))
        entry = await self._talk.ask(question.said, self._desk.ask_pin(question))
        if entry is None:
            return Event.BACK
        return self._again_or_on(self._proving.take_pin(entry))

    def _again_or_on(self, refused: OnshiError | None) -> Event:
        """Entries that cost the card nothing are counted here, so that no desk turns in circles."""
        if refused is None:
            return Event.ENTERED
        self._refused_entries += 1
        if self._refused_entries > ENTRIES:
            return self._close_way(refused)
        self._fault = self._cause = refused
        return Event.AGAIN

    async def _clerk(self) -> Event:
        question = ClerkQuestion(said=words.CLERK_CODE)
        entry = await self._talk.ask(question.said, self._desk.ask_clerk(question))
        if entry is None:
            return Event.BACK
        try:
            await self._parts.clerks.check(entry.clerk, entry.code)
        except OnshiError as error:
            log.warning("clerk_refused", visit=self.id, fault=error.fault.code)
            if sorting.is_fault(error, visit.CLERK_REFUSED):
                return self._again_or_on(error)
            return self._close_way(error)
        log.info("clerk_opened_sight", visit=self.id, clerk=entry.clerk)
        self._proving.clerk = entry.clerk
        return Event.ENTERED

    async def _printed(self) -> Event:
        question = PrintedQuestion(said=words.PRINTED)
        entry = await self._talk.ask(question.said, self._desk.ask_printed(question))
        if entry is None:
            return Event.BACK
        return self._again_or_on(self._proving.take_printed(entry))

    async def _face(self) -> Event:
        try:
            await self._proving.compare_face(self._card, self._talk)
        except OnshiError as error:
            if self._event_of(error) in {Event.CARD_GONE, Event.CARD_FAULT} and not sorting.closes_the_way(error):
                raise
            return self._close_way(error)
        return Event.ENTERED

    async def _signing(self) -> Event:
        method = self._method or Method.PIN
        try:
            told = await self._proving.sign(self._card, method)
        except OnshiError as error:
            return await self._not_signed(error, method)
        for unbound in told:
            await self._talk.say(words.said_fault(unbound))
        self._cause = None
        if not self._proving.deferred:
            return Event.SIGNED
        self._line = self._proving.line
        return Event.SIGNED_LATER

    async def _not_signed(self, error: OnshiError, method: Method) -> Event:
        self._fault = self._cause = error
        if sorting.is_fault(error, card.PIN_FORM) and self._again_or_on(error) is Event.CLOSED:
            return Event.CLOSED
        if sorting.pin_again(error) or (method is Method.PIN and sorting.printed_again(error)):
            return Event.PIN_REFUSED
        if method is Method.SIGHT and sorting.printed_again(error):
            if self._proving.printed_left():
                return Event.PRINTED_REFUSED
            await self._talk.say(words.said_fault(error))
            return self._close_way(OnshiError(visit.PRINTED_TOO_OFTEN))
        if sorting.closes_the_way(error):
            blocked = sorting.is_fault(error, card.PIN_WRONG)
            return self._close_way(OnshiError(card.PIN_BLOCKED) if blocked else error)
        if sorting.is_fault(error, uplink.NO_STOCK) and self._proving.line:
            await self._talk.say(words.said_fault(self._proving.line))
        raise error

    async def _asking(self) -> Event:
        with self._watch.time("ask"):
            try:
                answer = await self._parts.centre.visit(self._proving.document)
            except OnshiError as error:
                if sorting.line_down(error):
                    self._line = error
                raise
        self._answer, self._message, self._ending = answer, answer.message, Ending.ANSWERED
        self._fault = self._cause = None
        return Event.ANSWER

    async def _keeping(self) -> Event:
        if self._line:
            self._cause = self._line
            await self._talk.say(words.said_fault(self._line))
        with self._watch.time("keep"):
            if not self._proving.deferred:
                await self._proving.sign_for_later(self._card, self._method or Method.PIN)
            statement = self._proving.statement
            await self._parts.later.keep(
                self._proving.document, request_id=statement.request_id, kept_at=statement.made_at
            )
        self._ending = Ending.DEFERRED
        return Event.KEPT

    async def _answered(self) -> Event:
        answer = self._given
        await self._talk.say(words.answer(answer_tree.validity(answer.message)))
        standing = words.certificate(answer.certificate)
        if standing:
            await self._talk.say(standing)
        number_b = self._proving.number_b
        if number_b and answer_tree.has_hidden_name(answer.message) and not self._gone.is_set():
            await self._show_true_name(number_b)
        if not answer.consent_items:
            return Event.NOTHING_TO_ASK
        return self._consenting.card_lost() if self._gone.is_set() else Event.ASK_CONSENT

    async def _show_true_name(self, number_b: bytearray) -> None:
        """The picture of the name is a help, not a need: a card that does not give it costs nothing."""
        with self._watch.time("attributes"):
            try:
                attributes = await self._card.attributes(number_b)
            except OnshiError as error:
                log.warning("attributes_not_read", visit=self.id, fault=error.fault.code)
                return
        await self._desk.show_attributes(attributes)

    async def _consent(self) -> Event:
        question = self._consenting.question(self._given)
        try:
            allowed = await self._talk.ask(question.said, self._desk.ask_consent(question))
        except OnshiError as error:
            if sorting.card_gone(error):
                return self._consenting.card_lost()
            return self._consenting.unanswered()
        return self._consenting.decide(allowed, self._given)

    async def _consent_signing(self) -> Event:
        try:
            await self._consenting.sign(self._card, self._proving.statement, self._method or Method.PIN)
        except OnshiError as error:
            if self._consenting.declined():
                return Event.DECLINED
            if self._event_of(error) is Event.CARD_GONE:
                return self._consenting.card_lost()
            self._consenting.not_held()
            self._cause = error
            raise
        return Event.SIGNED

    async def _granting(self) -> Event:
        try:
            self._message = await self._consenting.hold()
        except OnshiError as error:
            if self._consenting.declined():
                return Event.DECLINED
            self._fault = self._cause = error
            return Event.NOT_HELD
        return Event.HELD

    async def _delivering(self) -> Event:
        message = self._message or {}
        if answer_tree.validity(message) is None:
            return Event.DELIVERED
        with self._watch.time("deliver"):
            try:
                self._face_file = await self._parts.delivery.deliver(message, visit=self.id, at=self._parts.clock())
            except OnshiError as error:
                self._fault = self._cause = error
                return Event.NOT_DELIVERED
        return Event.DELIVERED

    _STEPS: ClassVar[dict[State, Callable[["Visit"], Coroutine[Any, Any, Event]]]] = {
        State.READING: _reading,
        State.METHOD: _method_asked,
        State.PIN: _pin,
        State.CLERK: _clerk,
        State.PRINTED: _printed,
        State.FACE: _face,
        State.SIGNING: _signing,
        State.ASKING: _asking,
        State.KEEPING: _keeping,
        State.ANSWERED: _answered,
        State.CONSENT: _consent,
        State.CONSENT_SIGNING: _consent_signing,
        State.GRANTING: _granting,
        State.DELIVERING: _delivering,
    }

    # --- around the states --------------------------------------------------------------------------------------

    @property
    def _card(self) -> CardSession:
        if self._session is None or self._gone.is_set():
            raise OnshiError(card.REMOVED)
        return self._session

    @property
    def _given(self) -> VisitAnswer:
        if self._answer is None:
            raise RuntimeError("a state after the answer ran without one")
        return self._answer

    async def _tell(self, tell: Tell) -> None:
        if tell is Tell.FAULT and self._fault:
            self._cause = self._cause or self._fault
            await self._talk.say(words.said_fault(self._fault))
        elif tell is Tell.LEFT_EARLY:
            self._cause = OnshiError(visit.CARD_LEFT_EARLY)
            await self._talk.say(words.said_fault(self._cause))
        elif tell is Tell.CONSENT_LOST:
            self._cause = OnshiError(visit.CONSENT_NOT_SIGNED)
            await self._talk.say(words.said_fault(self._cause))
        elif tell is Tell.CONSENT_RESULT:
            consented = self._consenting
            await self._talk.say(
                words.consent(consented.result, consented.granted, held=consented.held, care=self._parts.care)
            )
        else:
            fixed = FIXED.get(tell)
            if fixed:
                await self._talk.say(fixed)

    async def _clean(self) -> None:
        await self._proving.close()
        if self._session is not None:
            with self._watch.time("close"):
                try:
                    await self._session.close()
                except OnshiError as error:
                    log.warning("card_close_failed", visit=self.id, fault=error.fault.code)

    def _record(self) -> VisitRecord:
        answer = self._answer
        return VisitRecord(
            visit=self.id,
            reader=self._parts.reader,
            started_at=self._started_at,
            outcome=VisitOutcome(
                ending=self._ending,
                problem=problem(self._cause) if self._cause else None,
                consent=self._consenting.result,
                granted=self._consenting.granted,
            ),
            steps=self._watch.steps(),
            said=self._talk.said(),
            method=self._method,
            validity=answer_tree.validity(answer.message) if answer else None,
            certificate=answer.certificate if answer else None,
            proven=answer.proven if answer else (),
            device_word=answer.device_word if answer else (),
            face_file=self._face_file,
            message=self._message,
        )
