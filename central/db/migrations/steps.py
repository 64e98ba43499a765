"""What steps share: running a file of SQL for the database at hand, kept as it was when the step was written."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

PLACE = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Runs ``sql/NAME.DIALECT.sql``: statements divided by lines ``-- next``, the first part being remarks."""
    dialect = op.get_context().dialect.name
    parts = (PLACE / f"{name}.{dialect}.sql").read_text("utf-8").split("\n-- next\n")
    for statement in parts[1:]:
        op.execute(sa.text(statement.strip().replace(":", "\\:")))
