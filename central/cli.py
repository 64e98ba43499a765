"""What the centre's commands share: the settings option, and how a refusal leaves the process."""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec
import structlog

from central.settings import CONFIG_VARIABLE, load_settings
from protocol.errors import OnshiError, problem, words
from protocol.errors.input_ import OUTPUT_UNWRITABLE

P = ParamSpec("P")
R = TypeVar("R")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """A catalogue error becomes exit code 1: words on stderr, and with ``--json`` the problem on stdout.

    Log lines go to stderr: the answer on stdout is the answer alone.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
        try:
            return command(*args, **kwargs)
        except OnshiError as refused:
            if kwargs.get("as_json"):
                click.echo(msgspec.json.encode(problem(refused)))
            refusal(refused)
            sys.exit(1)

    return run


def refusal(refused: OnshiError) -> None:
    """The words of a catalogue error on stderr."""
    click.echo(words(refused), err=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around what is written here: `OnshiError` (`OUTPUT_UNWRITABLE`) where the system refuses it."""
    try:
        yield
    except OSError as failed:
        raise OnshiError(OUTPUT_UNWRITABLE, file=str(path), reason=type(failed).__name__) from None


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--config`` and hands the settings to the command as ``settings``. Put it above `guarded`."""

    @click.option(
        "--config",
        "config",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar=CONFIG_VARIABLE,
        help="Settings file (TOML). Without it: defaults and the environment.",
    )
    @functools.wraps(command)
    def run(*args: Any, config: Path | None, **kwargs: Any) -> Any:
        settings = guarded(_load)(config, as_json=bool(kwargs.get("as_json")))
        return command(*args, settings=settings, **kwargs)

    return run


def _load(config: Path | None, *, as_json: bool) -> Any:
    return load_settings(config, os.environ)
