"""A Core statement compiled once for one dialect: SQL text, parameter order, value processors both ways.

Not an executor: `central.db.sqlite` and `central.db.postgres` run what this prepares. SQLAlchemy's own execution
costs several times the query (the project's measurements), so only its compiler and types are used here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

from central.db.store import Statement

Processor = Callable[[Any], Any]


class Compiled:
    """One statement for one dialect. Lists in ``IN`` (expanding parameters) are spelled out at each call."""

    __slots__ = ("_columns", "_compiler", "_known", "_slots", "expands", "plain", "sql")

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiler = statement.core.compile(dialect=dialect)  # type: ignore[attr-defined]
        if not isinstance(compiler, SQLCompiler):
            raise TypeError(f"{statement} is not a statement with rows or parameters")
        self._compiler = compiler
        self.expands = bool(compiler.post_compile_params)
        self.sql = str(compiler)
        self._known = frozenset(compiler.bind_names.values())
        self._slots = () if self.expands else _slots(compiler, compiler.positiontup or ())
        self._columns = _columns(compiler, dialect)
        self.plain = bool(self._columns) and all(processor is None for _, processor in self._columns)

    def bind(self, parameters: Mapping[str, object]) -> tuple[str, list[Any]]:
        """The SQL and its positional values; ``TypeError`` for a missing or an unknown parameter."""
        if not parameters.keys() <= self._known:
            raise TypeError(f"unknown parameters: {sorted(parameters.keys() - self._known)}")
        if not self.expands:
            return self.sql, self.values(parameters)
        state = self._compiler.construct_expanded_state(dict(parameters))
        # The state names processors of what it spelled out only; every other parameter keeps the statement's own.
        processors = {**self._compiler._bind_processors, **state.processors}
        values = []
        for name in state.positiontup or ():
            processor: Any = processors.get(name)
            value = state.parameters[name]
            values.append(processor(value) if processor else value)
        return state.statement, values

    def values(self, parameters: Mapping[str, object]) -> list[Any]:
        values = []
        for name, given, processor in self._slots:
            try:
                value = parameters[name] if given is _REQUIRED else parameters.get(name, given)
            except KeyError:
                raise TypeError(f"missing parameter: {name}") from None
            values.append(processor(value) if processor else value)
        return values

    def rows(self, raw: Sequence[Sequence[Any]], names: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Rows by column name; ``names`` from the cursor serve where the statement is text of unknown columns."""
        columns = self._columns or tuple((name, None) for name in names)
        return [
            {
                name: processor(value) if processor and value is not None else value
                for (name, processor), value in zip(columns, row, strict=True)
            }
            for row in raw
        ]

    def counting(self) -> "Statement | None":
        """The same write giving one row per row changed, or None where it cannot."""
        core = self._compiler.statement
        if isinstance(core, UpdateBase) and not core._returning:
            return Statement("counting", core.returning(sa.literal_column("1")))
        return None


_REQUIRED = object()


def _slots(compiler: SQLCompiler, order: Sequence[str]) -> tuple[tuple[str, Any, Processor | None], ...]:
    """Per position: the name callers use, the value the statement brings itself, the bind processor."""
    processors = compiler._bind_processors
    slots: list[tuple[str, Any, Processor | None]] = []
    for name in order:
        bound = compiler.binds[name]
        given = _REQUIRED if bound.required else bound.effective_value
        processor = processors.get(name)
        if processor is not None and not callable(processor):
            raise TypeError(f"{name}: tuples are not parameters")
        slots.append((name, given, processor))
    return tuple(slots)


def _columns(compiler: SQLCompiler, dialect: Dialect) -> tuple[tuple[str, Processor | None], ...]:
    found = []
    for column in compiler._result_columns:
        kind = column.type.dialect_impl(dialect)
        # A plain str: a column's own name is a subclass that strict readers of rows refuse.
        found.append((str(column.keyname), kind.result_processor(dialect, None)))
    return tuple(found)


class Compiler:
    """Compiles each `Statement` once and keeps it; statements are module constants, so the cache stays small."""

    def __init__(self, dialect: DefaultDialect) -> None:
        self.dialect = dialect
        self._made: dict[Statement, Compiled] = {}

    def __call__(self, statement: Statement) -> Compiled:
        made = self._made.get(statement)
        if made is None:
            made = self._made[statement] = Compiled(statement, self.dialect)
        return made
