"""Settings of a program: TOML text, then environment, checked against one `msgspec.Struct` that also documents them.

What for: wrong configuration stops the start with file, line and remedy, and the handbook's list of settings is
generated from the same definition. Not for reading files: callers hand in the text (`protocol` does no I/O).
A field is written ``port: Annotated[int, Meta(ge=1, le=65535, description="…")] = 8443``; a nested Struct is a
TOML table. Secrets are `Credential`: the name of a file, never the value.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
from msgspec import inspect

from protocol.errors.fault import OnshiError
from protocol.errors.input_ import SETTING_WRONG

S = TypeVar("S", bound=msgspec.Struct)


class Credential(str):
    """The file that holds a secret: a name inside the credentials folder, or an absolute path.

    The credentials folder is systemd's ``$CREDENTIALS_DIRECTORY`` or the setting of that meaning.
    """

    __slots__ = ()

    def path(self, folder: str | None) -> PurePath:
        """Where the file is; ``ValueError`` when a bare name has no folder to be in."""
        given = PurePath(self)
        if given.is_absolute():
            return given
        if folder is None:
            raise ValueError("no credentials folder")
        return PurePath(folder) / given


class Setting(NamedTuple):
    """One setting as the documentation shows it."""

    name: str
    """Dotted path in the TOML file: ``database.url``."""
    variable: str
    """The environment variable that overrides it."""
    kind: str
    """Type and range in words."""
    default: str | None
    """As TOML would spell it; None: must be given."""
    description: str


def load(
    kind: type[S],
    text: str,
    *,
    file: str,
    prefix: str,
    environment: Mapping[str, str],
    ignored: frozenset[str] = frozenset(),
) -> S:
    """The settings from TOML ``text``, overridden by ``environment``.

    ``file`` is only named in messages. A variable is ``prefix`` + the dotted path in capitals with ``__`` for each
    dot (``ONSHI_CENTRAL_DATABASE__URL``); an unknown one with this prefix stops the start, unless ``ignored``.
    Raises `OnshiError` (`SETTING_WRONG`) with ``file``, ``line``, ``setting`` and ``reason``.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r"\(at line (\d+)", str(wrong))
        line = int(found.group(1)) if found else max(1, text.count("\n"))
        raise OnshiError(SETTING_WRONG, file=file, line=line, reason=str(wrong)) from None
    _check(kind, tree, text, file)
    return _with_environment(kind, tree, text, file, prefix, environment, ignored)


def _with_environment(
    kind: type[S],
    tree: dict[str, Any],
    text: str,
    file: str,
    prefix: str,
    environment: Mapping[str, str],
    ignored: frozenset[str],
) -> S:
    known = {setting.variable: setting.name for setting in describe(kind, prefix=prefix)}
    for variable in sorted(name for name in environment if name.startswith(prefix) and name not in ignored):
        if variable not in known:
            raise OnshiError(SETTING_WRONG, file="environment", setting=variable, reason="no such setting")
        path = known[variable].split(".")
        try:
            value = _from_variable(_type_at(kind, path), environment[variable])
        except (msgspec.ValidationError, tomllib.TOMLDecodeError) as wrong:
            raise OnshiError(SETTING_WRONG, file="environment", setting=variable, reason=str(wrong)) from None
        table = tree
        for name in path[:-1]:
            table = table.setdefault(name, {})
        table[path[-1]] = value
    try:
        return msgspec.convert(tree, kind, dec_hook=_decode)
    except msgspec.ValidationError as wrong:
        raise _located(wrong, text, file) from None


def _check(kind: type[msgspec.Struct], tree: dict[str, Any], text: str, file: str) -> None:
    """Everything that the file itself says must be right, even where a variable overrides it."""
    try:
        msgspec.convert(tree, kind, dec_hook=_decode)
    except msgspec.ValidationError as wrong:
        if "missing required field" not in str(wrong):
            raise _located(wrong, text, file) from None
    _refuse_unknown(kind, tree, text, file, ())


def _refuse_unknown(
    kind: type[msgspec.Struct], tree: Mapping[str, Any], text: str, file: str, at: tuple[str, ...]
) -> None:
    known = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    for name, value in tree.items():
        path = (*at, name)
        if name not in known:
            raise OnshiError(
                SETTING_WRONG, file=file, line=line_of(text, path), setting=".".join(path), reason="no such setting"
            )
        inner = known[name]
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            _refuse_unknown(inner, value, text, file, path)


def _decode(kind: type, value: Any) -> Any:
    if isinstance(value, str) and issubclass(kind, (PurePath, str)):
        if not value or "\x00" in value:
            raise ValueError("an empty path")
        return kind(value)
    raise ValueError(f"expected text for {kind.__name__}")


def _from_variable(kind: Any, value: str) -> Any:
    """A variable's text as the field's type: lists in TOML spelling, all else as it stands."""
    if value.lstrip().startswith("["):
        value = tomllib.loads(f"value = {value}")["value"]
    return msgspec.to_builtins(
        msgspec.convert(value, kind, strict=False, dec_hook=_decode), builtin_types=(), enc_hook=str
    )


def _type_at(kind: type[msgspec.Struct], path: list[str]) -> Any:
    for name in path[:-1]:
        kind = next(f.type for f in msgspec.structs.fields(kind) if f.encode_name == name)
    return next(f.type for f in msgspec.structs.fields(kind) if f.encode_name == path[-1])


_PATH = re.compile(r"^(?P<reason>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"field `([^`]+)`")


def _located(wrong: msgspec.ValidationError, text: str, file: str) -> OnshiError:
    found = _PATH.match(str(wrong))
    reason, where = (found.group("reason"), found.group("path") or "") if found else (str(wrong), "")
    path = tuple(re.findall(r"[^.\[\]]+", where.partition("[")[0]))
    named = _FIELD.search(reason)
    if named:
        path = (*path, named.group(1))
    return OnshiError(
        SETTING_WRONG, file=file, line=line_of(text, path), setting=".".join(path) or "(file)", reason=reason
    )


_TABLE = re.compile(r"^\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?P<name>[A-Za-z0-9_."' -]+?)\s*=""")


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line (from 1) where the setting stands, else where its nearest table begins, else 1."""
    best, depth = 1, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _TABLE.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = _names(header.group("name"))
            here = table
        elif key:
            here = (*table, *_names(key.group("name")))
        else:
            continue
        if here == path[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def describe(kind: type[msgspec.Struct], *, prefix: str) -> list[Setting]:
    """Every setting of ``kind``, depth first in the order of definition."""
    return _described(cast(inspect.StructType, inspect.type_info(kind)), kind, prefix, ())


def _described(info: inspect.StructType, kind: type[msgspec.Struct], prefix: str, at: tuple[str, ...]) -> list[Setting]:
    found: list[Setting] = []
    for field in info.fields:
        path = (*at, field.encode_name)
        inner: inspect.Type = field.type
        extra: dict[str, Any] = {}
        if isinstance(inner, inspect.Metadata):
            extra = inner.extra_json_schema or {}
            inner = inner.type
        if isinstance(inner, inspect.StructType):
            found += _described(inner, inner.cls, prefix, path)
            continue
        found.append(
            Setting(
                name=".".join(path),
                variable=prefix + "__".join(path).upper(),
                kind=_in_words(inner),
                default=None if field.required else _spelled(field),
                description=str(extra.get("description", "")),
            )
        )
    return found


def _spelled(field: inspect.Field) -> str:
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return "" if value is None else msgspec.json.encode(value, enc_hook=str).decode()


_SIMPLE: dict[type, str] = {
    inspect.BoolType: "true or false",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.StrType: "text",
    inspect.NoneType: "nothing",
}


def _in_words(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.Metadata):
        return _in_words(kind.type)
    if isinstance(kind, inspect.UnionType):
        return " or ".join(_in_words(one) for one in kind.types if not isinstance(one, inspect.NoneType))
    if isinstance(kind, inspect.EnumType):
        return "one of " + ", ".join(str(one.value) for one in kind.cls)
    if isinstance(kind, inspect.LiteralType):
        return "one of " + ", ".join(map(str, kind.values))
    if isinstance(kind, (inspect.ListType, inspect.VarTupleType)):
        return f"list of {_in_words(kind.item_type)}"
    if isinstance(kind, inspect.CustomType):
        return "credential file" if kind.cls is Credential else "path"
    words = _SIMPLE.get(type(kind), type(kind).__name__)
    for sign, bound in (("from", getattr(kind, "ge", None)), ("to", getattr(kind, "le", None))):
        if bound is not None:
            words += f" {sign} {bound}"
    return words
