"""Overlaps in a person's own data are refused by a trigger; the exclusion constraint was a tenth of a large upload."""

from alembic import op

from central.db.migrations.steps import run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":  # on SQLite it was a trigger from the beginning
        run_sql("0010_person_guard")
