"""The consent of one visit: the question, what the card signs, and what the centre holds.

A consent exists only when the card signed it while it was still in; refusing is signed too, so that "asked, and
refused" is provable. Nothing here ever changes the eligibility answer (trust rules, "The order of a visit").
"""

from typing import Any, Literal

from edge.card.port import CardSession
from edge.uplink.port import deferrable
from edge.visit import words
from edge.visit.desk import ConsentQuestion, ConsentResult
from edge.visit.documents import consent_statement
from edge.visit.ports import VisitParts
from edge.visit.stopwatch import Stopwatch
from edge.visit.table import Event
from protocol import canonical
from protocol.errors import OnshiError
from protocol.visit import (
    ConsentItem,
    ConsentRequest,
    Method,
    SignedDocument,
    VisitAnswer,
    VisitStatement,
    card_digest,
)


class Consenting:
    """State of the consent: ``result`` and ``granted`` are what the record shows."""

    def __init__(self, parts: VisitParts, watch: Stopwatch) -> None:
        self._parts = parts
        self._watch = watch
        self._allowed: frozenset[ConsentItem] = frozenset()
        self._document: SignedDocument | None = None
        self.result = ConsentResult.NOT_ASKED
        self.granted: tuple[ConsentItem, ...] = ()
        self.held = False
        """Whether the centre has the answer to the question."""

    def question(self, answer: VisitAnswer) -> ConsentQuestion:
        return ConsentQuestion(
            items=answer.consent_items,
            said=words.CONSENT_QUESTIONS[self._parts.care],
            names_ja={item: words.ITEMS_JA[item] for item in answer.consent_items},
            names_en={item: words.ITEMS_EN[item] for item in answer.consent_items},
        )

    def decide(self, allowed: tuple[ConsentItem, ...] | None, answer: VisitAnswer) -> Event:
        """Only what was asked can be allowed."""
        if allowed is None:
            return self.unanswered()
        self._allowed = frozenset(allowed) & frozenset(answer.consent_items)
        self.result = ConsentResult.UNANSWERED
        return Event.DECIDED

    def unanswered(self) -> Event:
        self.result = ConsentResult.UNANSWERED
        return Event.UNANSWERED

    def card_lost(self) -> Event:
        self.result = ConsentResult.CARD_GONE
        return Event.CARD_GONE

    def declined(self) -> bool:
        """Whether the answer was no: then nothing depends on a signature or on the centre."""
        if self._allowed:
            return False
        self.result = ConsentResult.REFUSED
        return True

    def not_held(self) -> None:
        self.result = ConsentResult.NOT_HELD

    async def sign(self, session: CardSession, visit: VisitStatement, method: Method) -> None:
        """The card signs with the key that the visit proved."""
        with self._watch.time("consent_sign"):
            statement = consent_statement(
                visit,
                consent_id=self._parts.fresh_id(),
                items=self._allowed,
                now=self._parts.clock(),
                care=self._parts.care,
            )
            key: Literal["authentication", "surface"] = "authentication" if method is Method.PIN else "surface"
            sign = session.sign_authentication if key == "authentication" else session.sign_surface
            signature = await sign(card_digest(statement))
            request = ConsentRequest(statement=statement, key=key, card_signature=signature)
            self._document = self._parts.signer.document("consent", canonical.encode(request))

    async def hold(self) -> dict[str, Any]:
        """Give the signed consent to the centre; the visit's message with the flags filled in comes back.

        One repeat of the same bytes when the line failed: the centre answers the same again.
        """
        if self._document is None:
            raise RuntimeError("no consent was signed")
        self.result = ConsentResult.NOT_HELD
        with self._watch.time("grant"):
            try:
                answer = await self._parts.centre.consent(self._document)
            except OnshiError as error:
                if not deferrable(error):
                    raise
                answer = await self._parts.centre.consent(self._document)
        self.granted, self.held = answer.items, True
        self.result = ConsentResult.GRANTED if answer.items else ConsentResult.REFUSED
        return answer.message
