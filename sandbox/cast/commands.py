"""``onshi sandbox cast``: who is there, what is the matter with them, and how each visit ends."""

import json
import sys
from datetime import date

import click

from protocol.visit import Method
from sandbox.cast import Answered, Persona, Refused, cast
from sandbox.clock import japan_today
from sandbox.demo.columns import pad, width
from sandbox.demo.paper import Paper, colours_wanted

SLUG, NAME = 29, 47


@click.command("cast")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The world's day in Japan; the cast is invented anew around it. Default: today.",
)
def cast_command(as_json: bool, today: object) -> None:
    """List the cast (登場人物): some forty invented people, one for each situation at a reception desk."""
    day = today.date() if hasattr(today, "date") else japan_today()
    people = cast(day)
    if as_json:
        click.echo(json.dumps([told(persona) for persona in people], ensure_ascii=False, indent=2))
        return
    paper = Paper(sys.stdout, colours=colours_wanted(sys.stdout))
    _show(paper, people, day)


def told(persona: Persona) -> dict[str, object]:
    """The public part of a persona; no secret of the card."""
    return {
        "slug": persona.slug,
        "name": persona.name.original,
        "kana": persona.name.kana,
        "romaji": persona.name.romaji,
        "story_ja": persona.story.ja,
        "story_en": persona.story.en,
        "birth": persona.birth.isoformat(),
        "sex": persona.sex.value,
        "certificate_last_day": persona.card.certificate.last_day.isoformat(),
        "ends": {method.value: _ending(persona, method) for method in Method},
        "records": [
            {
                "insurer": membership.insurer.number,
                "symbol": membership.symbol,
                "number": membership.number,
                "branch": membership.branch,
            }
            for membership in persona.memberships
        ],
    }


def _ending(persona: Persona, method: Method) -> dict[str, object]:
    match persona.endings[method]:
        case Answered() as answered:
            return {
                "qualification_validity": answered.validity,
                "certificate": answered.state.value,
                "consent": answered.consent,
            }
        case Refused(fault=fault):
            return {"fault": fault.code}


def _short(persona: Persona, method: Method) -> str:
    match persona.endings[method]:
        case Answered(validity=validity):
            return validity
        case Refused(fault=fault):
            return fault.code


def _show(paper: Paper, people: tuple[Persona, ...], day: date) -> None:
    paper.title("登場人物", "The cast", day.isoformat())
    paper.line()
    for persona in people:
        name = f"{persona.name.original}  {persona.name.romaji}"
        if width(name) > NAME:
            name = persona.name.other or persona.name.original
        paper.line("  " + paper.style(pad(persona.slug, SLUG), "bold") + name)
        paper.text(persona.story.ja, indent=4)
        paper.text(persona.story.en, "dim", indent=4)
        ends = (_short(persona, Method.PIN), _short(persona, Method.SIGHT))
        if ends != ("1", "1"):
            paper.text(f"→ 暗証番号 PIN {ends[0]} · 目視 sight {ends[1]}", "dim", indent=4)
    paper.line()
    paper.text("onshi demo --persona SLUG", "dim", indent=2)
