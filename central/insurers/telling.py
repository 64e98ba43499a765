"""How the importer's commands tell progress, faults, differences and ends: words for people, or one JSON object."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import click
import msgspec

from central.cli import refusal
from central.insurers.check import LineFault
from central.insurers.parts import Progress, Result
from protocol.errors import CATALOGUE, OnshiError, problem

_WORDS = {
    "keep": "kept (bytes)",
    "read": "checked and matched (lines)",
    "enter": "entered (lines)",
    "apply": "applied (steps)",
}


class Meter:
    """Progress on standard error: what is done, how fast, when it should end."""

    def __init__(self, out: Any, monotonic: Callable[[], float] = time.monotonic, every: float = 2.0) -> None:
        self._out, self._monotonic, self._every = out, monotonic, every
        self._part, self._begun, self._last, self._from = "", monotonic(), 0.0, 0

    def __call__(self, now: Progress) -> None:
        moment = self._monotonic()
        if now.part != self._part:
            self._part, self._begun, self._last, self._from = now.part, moment, 0.0, now.done
        of = now.of
        if moment - self._last < self._every and now.done < of:
            return
        self._last = moment
        passed = max(moment - self._begun, 0.001)
        done = now.done - self._from
        left = f", {passed / done * (of - now.done):,.0f} s left" if of and done > 0 else ""
        self._out.write(f"{_WORDS[now.part]}: {now.done:,}{f' of {of:,}' if of else ''}{left}\n")
        self._out.flush()


SHOWN = 20
"""Faults told on standard error; the rest is in the errors-only CSV."""


def told(fault: LineFault) -> str:
    """One fault in one line, and how to mend it."""
    return (
        f"line {fault.line} {fault.field} {fault.code} {fault.value!r}: {fault.desk_ja} / {fault.desk_en} "
        f"→ {fault.next_ja} / {fault.next_en}"
    )


def faults_told(found: Sequence[LineFault], refused: OnshiError | None, *, again: str) -> None:
    """The first faults on standard error, why it was refused, and ``again``: the command that writes all of them;
    empty where that is done."""
    for fault in found[:SHOWN]:
        click.echo(told(fault), err=True)
    if refused is not None:
        refusal(refused)
    if found and again:
        click.echo(f"  → {again}", err=True)


def errors_of(result: Result) -> str:
    """The command that lists everything wrong with an upload."""
    return f"onshi insurer show {result.upload} --errors FILE"


def end(result: Result, found: Sequence[LineFault], *, as_json: bool, listed: bool = False) -> None:
    """Tell the result with its first faults; a refusal or a hold ends with 1. ``listed``: all are in a file."""
    details = {"upload": result.upload, "lines": result.faulty, **result.details}
    refused = OnshiError(CATALOGUE[result.code], **details) if result.code else None
    if as_json:
        answer: dict[str, Any] = {"result": result, "faults": found}
        if refused is not None:
            answer["problem"] = problem(refused)
        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(f"{result.upload}  {result.state.value}  {result.lines:,} lines, {result.faulty:,} with faults")
        differences(result)
        faults_told(found, refused, again="" if listed else errors_of(result))
    if result.code:
        sys.exit(1)


def differences(result: Result) -> None:
    """What the upload does, in a few lines."""
    found = result.difference
    if found is None:
        return
    names = ("gained", "lost", "ratio_changed", "ratio_lost", "ratio_gained")
    click.echo("  " + "  ".join(f"{name} {found.total(name):,}" for name in names))
    for name, numbers in (("lines", found.effects), ("identity", found.verdicts)):
        click.echo(f"  {name}: " + "  ".join(f"{key} {count:,}" for key, count in numbers.items()))
    for cohort in found.cohorts:
        if cohort.cohort in found.held:
            click.echo(
                f"  held: cohort {cohort.cohort} of {cohort.before:,} loses {cohort.lost:,}, "
                f"its ratio {cohort.ratio_lost:,} of {cohort.ratios_before:,}"
            )
