"""Settings: wrong configuration names file, line and setting; every setting describes itself."""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import OnshiError
from protocol.errors.input_ import SETTING_WRONG
from protocol.settings import Credential, describe, line_of, load

PREFIX = "ONSHI_TEST_"


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    url: Annotated[str, msgspec.Meta(min_length=3, description="Where the store is.")]
    pool: Annotated[int, msgspec.Meta(ge=1, le=64, description="Connections.")] = 8
    key: Annotated[Credential, msgspec.Meta(description="Key file.")] = Credential("store.key")


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    store: Inner
    level: Annotated[Level, msgspec.Meta(description="How loud.")] = Level.LOW
    names: Annotated[tuple[str, ...], msgspec.Meta(description="Who.")] = ()
    quiet: Annotated[bool, msgspec.Meta(description="No words.")] = False
    folder: Annotated[PurePosixPath | None, msgspec.Meta(description="A place.")] = None


GOOD = '# comment\nlevel = "high"\n\n[store]\nurl = "sqlite:///x"\npool = 3\n'


def read(text: str, **environment: str) -> Whole:
    return load(Whole, text, file="c.toml", prefix=PREFIX, environment={PREFIX + n: v for n, v in environment.items()})


def refusal(text: str, **environment: str) -> OnshiError:
    with pytest.raises(OnshiError) as refused:
        read(text, **environment)
    assert refused.value.fault is SETTING_WRONG
    return refused.value


def test_a_file_gives_typed_settings_and_defaults() -> None:
    whole = read(GOOD)
    assert whole.store == Inner(url="sqlite:///x", pool=3)
    assert whole.level is Level.HIGH
    assert whole.store.key.path("/run/credentials") == PurePosixPath("/run/credentials/store.key")


def test_the_environment_overrides_the_file() -> None:
    whole = read(GOOD, STORE__POOL="9", NAMES='["a", "b"]', QUIET="true", LEVEL="low", FOLDER="/srv")
    assert (whole.store.pool, whole.names, whole.quiet, whole.level) == (9, ("a", "b"), True, Level.LOW)
    assert whole.folder == PurePosixPath("/srv")


def test_a_required_setting_may_come_from_the_environment_alone() -> None:
    assert read("", STORE__URL="sqlite:///y").store.url == "sqlite:///y"


@pytest.mark.parametrize(
    ("text", "line", "setting"),
    [
        (GOOD.replace("pool = 3", "pool = 99"), 6, "store.pool"),
        (GOOD.replace("pool = 3", 'pool = "many"'), 6, "store.pool"),
        (GOOD.replace("pool = 3", "poll = 3"), 6, "store.poll"),
        (GOOD.replace('"high"', '"loud"'), 2, "level"),
        (GOOD + "\n[sotre]\nx = 1\n", 8, "sotre"),
        ("[store]\npool = 1\n", 1, "store.url"),
        ('names = ["a", 3]\n' + GOOD, 1, "names"),
        ('folder = ""\n' + GOOD, 1, "folder"),
    ],
)
def test_a_wrong_setting_names_file_line_and_setting(text: str, line: int, setting: str) -> None:
    details = refusal(text).details
    assert (details["file"], details["line"], details["setting"]) == ("c.toml", line, setting)


def test_broken_toml_names_the_line() -> None:
    assert refusal("a = 1\nb = = 2\n").details["line"] == 2


def test_a_misspelled_or_wrong_variable_stops_the_start() -> None:
    assert refusal(GOOD, STORE__POLL="1").details["setting"] == PREFIX + "STORE__POLL"
    assert refusal(GOOD, STORE__POOL="0").details["setting"] == PREFIX + "STORE__POOL"
    assert refusal(GOOD, NAMES="[1, ").details["setting"] == PREFIX + "NAMES"
    ignored = {PREFIX + "CONFIG": "x"}
    load(Whole, GOOD, file="c", prefix=PREFIX, environment=ignored, ignored=frozenset(ignored))


def test_a_credential_without_a_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="credentials folder"):
        Credential("name").path(None)
    assert Credential("/abs/name").path(None) == PurePosixPath("/abs/name")


def test_every_setting_describes_itself() -> None:
    settings = {setting.name: setting for setting in describe(Whole, prefix=PREFIX)}
    assert list(settings) == ["store.url", "store.pool", "store.key", "level", "names", "quiet", "folder"]
    assert settings["store.pool"].variable == "ONSHI_TEST_STORE__POOL"
    assert settings["store.pool"].kind == "whole number from 1 to 64"
    assert settings["store.url"].default is None
    assert settings["level"].kind == "one of high, low" or settings["level"].kind == "one of low, high"
    assert settings["store.key"].kind == "credential file"
    assert settings["names"].kind == "list of text"
    assert all(setting.description for setting in settings.values())


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_catalogue_error(text: str) -> None:
    refused: OnshiError | None = None
    try:
        read(text, STORE__URL="sqlite:///y")
    except OnshiError as caught:
        refused = caught
    assert refused is None or isinstance(refused.details.get("line", 0), int)


def test_line_of_finds_dotted_keys_and_tables() -> None:
    assert line_of('a.b = 1\n[c."d"]\ne = 2\n', ("c", "d", "e")) == 3
    assert line_of("a.b = 1\n", ("a", "b")) == 1
