"""How Alembic runs here: on SQLite over a connection, for PostgreSQL as one SQL script that asyncpg executes.

Called by `central.db.migrate` only; there is no ``alembic.ini``.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from central.db.schema import Moment
from central.db.tables import metadata


def _render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, Moment):
        autogenerate.imports.add("from central.db.schema import Moment")
        return "Moment()"
    return False


config = context.config
if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql",
        target_metadata=metadata,
        transactional_ddl=True,
        literal_binds=True,
        output_buffer=config.output_buffer,
    )
else:
    context.configure(
        connection=config.attributes["connection"],
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=True,
        render_item=_render,
        compare_type=True,
        user_module_prefix=None,
    )
with context.begin_transaction():
    context.run_migrations()
