"""Tells one visit on a sheet of paper: who, which way, what was said, what was proven, the answer, the times.

Formatting only: what happened comes as a `VisitRecord`, what was said as `Say`.
"""

from collections.abc import Sequence

from edge.card.port import Attributes
from edge.visit import words as visit_words
from edge.visit.desk import Audience, ConsentResult, Ending, Say, VisitRecord
from protocol import eras
from protocol.visit import CertificateStanding, Method
from sandbox.cast import Persona
from sandbox.demo import words
from sandbox.demo.answer import consent_rows, results, rows
from sandbox.demo.paper import Paper

AUDIENCE = {Audience.PATIENT: "患者 patient", Audience.CLERK: "職員 clerk", Audience.BOTH: "窓口 desk"}
CONSENT = {
    ConsentResult.GRANTED: ("同意あり", "granted"),
    ConsentResult.REFUSED: ("同意なし", "refused; care is the same"),
    ConsentResult.NOT_ASKED: ("聞くものがない", "nothing to ask for"),
    ConsentResult.CARD_GONE: ("同意の前にカードが抜かれた", "the card left before the consent"),
    ConsentResult.UNANSWERED: ("回答なし", "not answered"),
    ConsentResult.NOT_HELD: ("センターが受け付けなかった", "the centre did not take it"),
}


class Story:
    """One visit on paper."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def begin(self, persona: Persona, method: Method, reader: str) -> None:
        paper = self._paper
        paper.section(1, "だれが", "Who")
        paper.text(f"{persona.name.original}  {persona.name.romaji}", "bold")
        paper.text(persona.story.ja)
        paper.text(persona.story.en, "dim")
        paper.section(2, "どの方法で", "Which way")
        ja, en = words.METHODS[method]
        paper.row("本人確認 method", f"{ja}  {en}", "bold")
        paper.row("リーダー reader", reader)
        paper.section(3, "窓口のやりとり", "What the desk sees")

    def said(self, say: Say) -> None:
        paper = self._paper
        paper.point("›", f"{AUDIENCE[say.audience]}  {say.ja}", "blue")
        for more in (say.next_ja,):
            if more:
                paper.text(more, indent=7)
        for english in (say.en, say.next_en):
            if english:
                paper.text(english, "dim", indent=7)

    def end(self, record: VisitRecord, shown: Attributes | None, ms: float) -> None:
        """``ms``: from the card laid on the reader to the end of the visit."""
        self._proven(record)
        self._answer(record, shown)
        if record.outcome.ending is Ending.ANSWERED:
            self._consent(record)
        self._times(record, ms)

    def _proven(self, record: VisitRecord) -> None:
        paper = self._paper
        paper.section(4, "何が証明されたか", "What was proven, and what rests on a word")
        if record.certificate:
            paper.row("証明書 certificate", _standing(record.certificate))
        for code in record.proven:
            ja, en = words.of_code(words.PROVEN, code)
            paper.point("✓", f"{ja}  {en}", "green")
        for code in record.device_word:
            ja, en = words.of_code(words.DEVICE_WORD, code)
            paper.point("·", f"{ja}  {en}", "yellow")
        if record.proven and not record.device_word:
            paper.text("機器の言葉に頼るものはない。  Nothing rests on the device's word.", "dim")
        if not record.proven:
            paper.text("何も証明されていない。  Nothing was proven.", "dim")

    def _answer(self, record: VisitRecord, shown: Attributes | None) -> None:
        paper = self._paper
        paper.section(5, "答え", "The answer")
        problem = record.outcome.problem
        if record.outcome.ending is not Ending.ANSWERED and problem:
            paper.point("✗", f"{problem.desk_ja}  ({problem.code})", "red")
            paper.text(problem.desk_en, indent=7)
            paper.text(problem.next_ja, indent=7)
            paper.text(problem.next_en, "dim", indent=7)
            return
        said = visit_words.answer(record.validity)
        good = record.validity in {"1", "6"}
        paper.point("✓" if good else "!", f"{said.ja}  {said.en}", "green" if good else "yellow")
        paper.row("資格有効性 validity", f"QualificationValidity {record.validity}", "dim")
        for number, result in enumerate(results(record.message or {}), start=1):
            if number > 1:
                paper.line()
            for label, value in rows(result):
                paper.row(label, value)
        if shown:
            paper.row("券面の氏名 on chip", shown.name, "bold")

    def _consent(self, record: VisitRecord) -> None:
        paper = self._paper
        paper.section(6, "同意", "Consent")
        ja, en = CONSENT[record.outcome.consent]
        paper.row("医療情報 records", f"{ja}  {en}")
        for result in results(record.message or {})[:1]:
            for label, value in consent_rows(result):
                paper.row(label, value)

    def _times(self, record: VisitRecord, total: float) -> None:
        paper = self._paper
        paper.section(7, "時間", "How long it took")
        steps = summed(record)
        longest = max(steps.values(), default=0.0)
        for name, ms in steps.items():
            ja, en = words.of_code(words.STEPS, name)
            paper.bar(f"{ja}  {en}", ms, longest)
        paper.bar("カードを置いてから  card in to end", total, 0.0)

    def places(self, lines: Sequence[tuple[str, str]]) -> None:
        """Files and addresses; not wrapped, so that they can be copied."""
        paper = self._paper
        paper.section(8, "どこに", "Where things are")
        for label, value in lines:
            paper.unwrapped(label, value)


def machine_steps(record: VisitRecord) -> list[tuple[str, float]]:
    """Steps without those that wait for people."""
    return [(step.name, step.ms) for step in record.steps if not step.name.startswith("wait_")]


def summed(record: VisitRecord) -> dict[str, float]:
    """Milliseconds by step, in the order of their first time."""
    found: dict[str, float] = {}
    for name, ms in machine_steps(record):
        found[name] = found.get(name, 0.0) + ms
    return found


def _standing(standing: CertificateStanding) -> str:
    ja, en = words.STATES[standing.state]
    return f"{ja}  {en}  〜 {eras.japanese(standing.last_day)}  {standing.last_day.isoformat()}"
