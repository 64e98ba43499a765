"""Hypothesis strategies for everything that `protocol` reads: numbers, texts, whole messages from their definition."""

from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from protocol import eras, numbers, text
from protocol.messages import MESSAGES, ConsentCancel, ConsentCancelled, MedicalRefusal, Message
from protocol.messages.definition import Branch, Leaf, Many, Node, Plan, Spelling, Sub, plan_of

M = TypeVar("M", bound=Message)

TYPES = sorted({*MESSAGES.values(), MedicalRefusal, ConsentCancel, ConsentCancelled}, key=lambda kind: kind.__name__)
"""Every message that there is."""
digits = st.text("0123456789", min_size=1, max_size=20)
days = st.dates(date(1868, 1, 23), date(2199, 12, 31))
moments = st.integers(-2_000_000_000, 7_000_000_000).map(lambda second: datetime.fromtimestamp(second, eras.JST))
JIS = "".join(
    character
    for character in map(
        chr, (*range(0x20, 0x7F), *range(0x3000, 0x30FF), *range(0x4E00, 0x9FA6), *range(0xFF01, 0xFFA0))
    )
    if text.is_jis_x_0208(character)
)
plain_texts = st.text(min_size=1, max_size=20).filter(lambda written: text.is_plain(written) and bool(written.strip()))
_jis_texts = st.text(JIS, min_size=1, max_size=20).filter(lambda written: bool(written.strip()))


@st.composite
def _short_named(draw: st.DrawFn) -> str:
    """As a composite the strategy shows itself by name, not by its thousands of characters in every field."""
    return draw(_jis_texts)


jis_texts = _short_named()
insurer_texts = st.one_of(
    st.from_regex(r"[0-9]{8}|[0-9]{6}|  [0-9]{6}|00[0-9]{6}|[1-9][0-9]{6}", fullmatch=True).filter(
        lambda written: bool(written.strip(" 0"))
    )
)


@cache
def message_of(kind: type[M], texts: st.SearchStrategy[str] = plain_texts) -> st.SearchStrategy[M]:
    """Messages of a type that can be written: every field by its spelling, texts from ``texts``."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    needed = {name for name, _ in plan_of(kind).required}
    _collect(plan_of(kind), plan_of(kind).children, texts, fields)
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in fields.items() if name in needed},
        optional={name: strategy for name, strategy in fields.items() if name not in needed},
    ).map(lambda values: kind(**values))


def _collect(plan: Plan, children: dict[str, Node], texts: st.SearchStrategy[str], fields: dict[str, Any]) -> None:
    for node in children.values():
        if isinstance(node, Branch):
            _collect(plan, node.children, texts, fields)
        elif isinstance(node, Leaf):
            if node.field != plan.character_code:
                fields[node.field] = _leaf(node.spelling, texts)
        elif isinstance(node, Sub):
            fields[node.field] = message_of(node.plan.kind, texts).filter(_says_something)
        elif isinstance(node, Many):
            groups = message_of(node.plan.kind, texts).filter(_says_something)
            fields[node.field] = st.lists(groups, min_size=1, max_size=2).map(tuple)


def _says_something(message: Message) -> bool:
    return any(getattr(message, name) not in (None, ()) for name in message.__struct_fields__)


def _leaf(spelling: Spelling, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    if spelling.codes:
        return st.sampled_from(list(spelling.codes))
    short = texts.filter(lambda written: "\n" not in written and "\t" not in written and bool(text.record_key(written)))
    written: dict[Any, st.SearchStrategy[str]] = {
        numbers.InsurerNumber: insurer_texts,
        numbers.FacilityCode: st.from_regex(r"[0-9]{2}[0-9A-Z][0-9]{7}", fullmatch=True),
        numbers.Symbol: short,
        numbers.InsuredNumber: short,
        numbers.Branch: st.from_regex(r"[0-9]{2}", fullmatch=True),
        numbers.BirthDate: days.map(eras.day_text),
        numbers.BurdenRatio: st.sampled_from(["010", "020", "030", "100"]),
        numbers.Yen: st.from_regex(r"[0-9]{1,8}", fullmatch=True),
        numbers.YearMonth: days.map(lambda day: eras.day_text(day)[:6]),
    }
    if spelling.kind == "day":
        return days
    if spelling.kind == "moment":
        return moments
    if spelling.kind == "count":
        return st.integers(0, 999_999_999)
    if spelling.kind == "text":
        return texts.map(lambda one: one[: spelling.limit].strip() or "x")
    return written[spelling.parse].map(spelling.parse)
